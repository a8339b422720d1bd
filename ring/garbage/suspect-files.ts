import { mkdir, readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Partition } from '#protocols/ids.ts'
import { writeDurably } from '../base/durable-file.ts'

const LINE = /^([0-9a-f]{64}) (\d+)$/

/** Since when each chunk of this disk is known to be needed by nothing: a text file per partition that has such chunks. */
export class SuspectFiles {
  readonly #dir: string
  /** Partitions that have a file. */
  readonly #present = new Set<string>()

  constructor(dir: string) {
    this.#dir = dir
  }

  async open(): Promise<void> {
    await mkdir(this.#dir, { recursive: true })
    this.#present.clear()
    for (const name of await readdir(this.#dir)) if (/^[0-9a-f]{2}$/.test(name)) this.#present.add(name)
  }

  /** Hex digests and Unix ms. A file that can not be read counts as none: the waiting begins anew. */
  async read(partition: Partition): Promise<Map<string, number>> {
    const suspects = new Map<string, number>()
    if (!this.has(partition)) return suspects
    const text = await readFile(join(this.#dir, nameOf(partition)), 'utf8').catch(() => '')
    for (const line of text.split('\n')) {
      const [, name, sinceMs] = LINE.exec(line) ?? []
      if (name !== undefined) suspects.set(name, Number(sinceMs))
    }
    return suspects
  }

  has(partition: Partition): boolean {
    return this.#present.has(nameOf(partition))
  }

  /** Durable when it resolves. */
  async write(partition: Partition, suspects: ReadonlyMap<string, number>): Promise<void> {
    const name = nameOf(partition)
    if (suspects.size === 0) {
      if (this.#present.delete(name)) await rm(join(this.#dir, name), { force: true })
      return
    }
    await writeDurably(this.#dir, name, [...suspects].map(([digest, sinceMs]) => `${digest} ${Math.floor(sinceMs)}\n`).join(''))
    this.#present.add(name)
  }
}

const nameOf = (partition: Partition): string => partition.toString(16).padStart(2, '0')
