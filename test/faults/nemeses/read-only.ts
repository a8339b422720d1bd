import { spawnSync } from 'node:child_process'
import { whyNoMounts } from '../../support/disk.ts'
import type { Nemesis } from './nemesis.ts'

/** A node that begins to write in between comes first. @default 20 */
const TRIES = 20

/** The data folder of one node can be read and not written, as after an error of its file system; files that are open for writing stay so. It is written to again by itself. */
export const makeReadOnly: Nemesis = {
  name: 'read-only disk',
  destroys: false,
  why: whyNoMounts,
  async strike({ cluster }, node) {
    const { child: { pid } } = cluster.process(node)
    const path = cluster.dataOf(node)
    /** Why it did not happen. A node has mounts of its own: what is done outside may not reach it. */
    const tried = (...words: string[]): string => {
      const { status, stderr } = spawnSync('nsenter', ['-t', String(pid), '-m', ...words], { encoding: 'utf8' })
      return status !== 0 && cluster.process(node).running ? `${words.join(' ')}: ${stderr}` : ''
    }
    const there = (...words: string[]): void => {
      const why = tried(...words)
      if (why !== '') throw new Error(why)
    }
    for (let tries = 1; ; tries++) {
      there('mount', '--bind', path, path)
      const why = tried('mount', '-o', 'remount,bind,ro', path)
      if (why === '') break
      there('umount', '-l', path) // the node began to write a file between the two: it is busy as long as that is open
      if (tries === TRIES) throw new Error(why)
    }
    return async () => there('umount', '-l', path)
  }
}
