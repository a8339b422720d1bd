import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AssetId } from '#protocols/ids.ts'
import { writeDurably } from '../base/durable-file.ts'
import { type Logger, silentLog } from '../base/log.ts'
import type { Asset } from '../catalog/catalog.ts'

const FILE = 'trash-sights'
const LINE = /^([0-9a-f]{64}) ([0-9.e+-]+) ([0-9.e+-]+)$/

interface Sight {
  /** Which deletion it is: one that is restored and deleted again is another. */
  readonly deletedAtMs: number
  /** `SeenTime.passedMs` when this node first knew of it. */
  readonly sinceMs: number
}

/** Since when this node knows of every deletion: one made by a wrong clock, or far away for long, says nothing of it. */
export class TrashSights {
  readonly #folder: string
  readonly #log: Logger

  constructor(folder: string, log: Logger = silentLog) {
    this.#folder = folder
    this.#log = log
  }

  /** Note what lies in the trash at `passedMs`. Answers for how long each was known, in ms. */
  async look(trash: readonly Asset[], passedMs: number): Promise<ReadonlyMap<AssetId, number>> {
    const before = await this.#read()
    const sights = new Map(trash.map(({ facts: { id }, deletedAtMs = 0 }): [AssetId, Sight] => {
      const known = before.get(id)
      return [id, known?.deletedAtMs === deletedAtMs ? known : { deletedAtMs, sinceMs: passedMs }]
    }))
    if (sights.size !== before.size || [...sights].some(([id, sight]) => before.get(id) !== sight)) await this.#write(sights)
    return new Map([...sights].map(([id, { sinceMs }]) => [id, passedMs - sinceMs]))
  }

  /** What can not be read is known from now on: nothing goes too early by it. */
  async #read(): Promise<Map<AssetId, Sight>> {
    const sights = new Map<AssetId, Sight>()
    const text = await readFile(join(this.#folder, FILE), 'utf8').catch((err: NodeJS.ErrnoException) => {
      if (err.code !== 'ENOENT') this.#log('since when things are in the trash is not known - %s', err)
      return ''
    })
    for (const line of text.split('\n')) {
      const [, id, deletedAtMs, sinceMs] = LINE.exec(line) ?? []
      if (id !== undefined) sights.set(id as AssetId, { deletedAtMs: Number(deletedAtMs), sinceMs: Number(sinceMs) })
    }
    return sights
  }

  async #write(sights: ReadonlyMap<AssetId, Sight>): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true })
      await writeDurably(this.#folder, FILE, [...sights].map(([id, { deletedAtMs, sinceMs }]) => `${id} ${deletedAtMs} ${sinceMs}\n`).join(''))
    } catch (err) {
      this.#log('since when things are in the trash is not noted - %s', err)
    }
  }
}
