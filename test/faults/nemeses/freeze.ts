import type { Nemesis } from './nemesis.ts'

/** The process stands still: its connections live, nobody answers, and it wakes up with an old idea of the world. */
export const freeze: Nemesis = {
  name: 'freeze',
  destroys: false,
  async strike({ cluster }, node) {
    const { child } = cluster.process(node)
    child.kill('SIGSTOP')
    return async () => { child.kill('SIGCONT') }
  }
}
