/** All places a card goes to. One that fails is left out from then on, with all that was to go there; the others go on. */
import { RefusedError, StorageFullError } from '#protocols/errors.ts'
import type { CardFile } from '../card/card-files.ts'
import { diskReason } from './disk-reason.ts'
import type { Hashes } from '../copy/digester.ts'
import type { HashFormat } from '../mhl/hash-formats.ts'
import { bytes } from '../report/report-data.ts'
import { isHistoryPath, isSameFile } from '../card/same-card.ts'
import type { CopiedFile, Target } from './target.ts'

export interface LostTarget { readonly target: string; readonly reason: string }

export class Targets {
  /** Those that failed, and why. */
  readonly lost: LostTarget[] = []
  readonly #live: Set<Target>
  readonly #excuse: (err: unknown) => Promise<void>

  /** `excuse` throws what no target is to blame for. */
  constructor(targets: readonly Target[], excuse: (err: unknown) => Promise<void>) {
    this.#live = new Set(targets)
    this.#excuse = excuse
  }

  get live(): readonly Target[] {
    return [...this.#live]
  }

  lacking(file: CardFile): Target[] {
    return this.live.filter((target) => {
      const known = target.known(file.path)
      return known === undefined || (!isHistoryPath(file.path) && !isSameFile(known, file))
    })
  }

  /** What was read of this very file before, by each target that has it. */
  known(file: CardFile): CopiedFile[] {
    return this.live.flatMap((target) => target.known(file.path) ?? []).filter((known) => isSameFile(known, file))
  }

  isDoubted(path: string): boolean {
    return this.live.some((target) => target.isDoubted(path))
  }

  isSourceVerified(path: string): boolean {
    return this.live.some((target) => target.isSourceVerified?.(path) === true)
  }

  /** Does it; answers undefined when the target failed, now or before. @throws what no target is to blame for; RefusedError when no target is left */
  async attempt<T>(target: Target, work: () => Promise<T>): Promise<T | undefined> {
    if (!this.#live.has(target)) return undefined
    try {
      return await work()
    } catch (err) {
      await this.#excuse(err)
      if (this.#live.delete(target)) this.lost.push({ target: target.name, reason: diskReason(err) })
      if (this.#live.size > 0) return undefined
      throw new RefusedError(this.lost.map(({ target: name, reason }) => `${name}: ${reason}`).join('; '))
    }
  }

  /** One after the other. */
  async each(work: (target: Target) => Promise<void>): Promise<void> {
    for (const target of this.#live) await this.attempt(target, () => work(target))
  }

  /** Targets on one disk share its room. @throws StorageFullError naming all that have less than they lack */
  async checkRoom(files: readonly CardFile[]): Promise<void> {
    const disks = new Map<string, { names: string[]; freeBytes: number; needed: number }>()
    await this.each(async (target) => {
      const needed = files.reduce((sum, file) => sum + (this.lacking(file).includes(target) ? file.size : 0), 0)
      const room = await target.room?.()
      if (room === undefined) return
      const disk = disks.get(room.disk) ?? { names: [], freeBytes: room.freeBytes, needed: 0 }
      disks.set(room.disk, { ...disk, names: [...disk.names, target.name], needed: disk.needed + needed })
    })
    const short = [...disks.values()].filter(({ needed, freeBytes }) => needed > freeBytes)
    if (short.length > 0) throw new StorageFullError(short.map(({ names, freeBytes, needed }) => `${names.join(' and ')}: ${bytes(needed)} are to be copied there, and ${bytes(freeBytes)} are free. Free some space, or name another place`).join('; '))
  }
}

/** Whether two readings of a file differ, as far as they were hashed alike. */
export const isOther = (a: Hashes, b: Hashes): boolean => Object.entries(a).some(([format, hash]) => b[format as HashFormat] !== undefined && b[format as HashFormat] !== hash)
