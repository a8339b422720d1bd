import type { Nemesis } from './nemesis.ts'

/** The plug is pulled and put back. */
export const kill: Nemesis = {
  name: 'kill -9',
  destroys: false,
  async strike({ cluster }, node) {
    await cluster.kill(node)
    return () => cluster.begin(node)
  }
}
