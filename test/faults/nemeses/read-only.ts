import { spawnSync } from 'node:child_process'
import { bindReadOnly, whyNoMounts } from '../../support/disk.ts'
import type { Nemesis } from './nemesis.ts'

/** The data folder of one node can be read and not written, as after an error of its file system; files that are open for writing stay so. It is written to again by itself. */
export const makeReadOnly: Nemesis = {
  name: 'read-only disk',
  destroys: false,
  why: whyNoMounts,
  async strike({ cluster }, node) {
    const { child: { pid } } = cluster.process(node)
    const path = cluster.dataOf(node)
    const there = (...words: string[]): void => { // a node has mounts of its own: what is done outside may not reach it
      const { status, stderr } = spawnSync('nsenter', ['-t', String(pid), '-m', ...words], { encoding: 'utf8' })
      if (status !== 0 && cluster.process(node).running) throw new Error(`${words.join(' ')}: ${stderr}`)
    }
    bindReadOnly(path, there)
    return async () => there('umount', '-l', path)
  }
}
