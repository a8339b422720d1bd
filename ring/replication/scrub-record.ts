import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ChunkId, PARTITIONS, type Partition, parseChunkId, partitionOfChunk } from '#protocols/ids.ts'
import { createLruCache } from '../chunks/lru-cache.ts'
import { writeDurably } from '../base/durable-file.ts'
import type { ScrubHistory } from './scrub-plan.ts'

/** Name of the record in the data folder. */
export const SCRUB_FILE = 'scrub.json'
/** Chunks that are remembered as damaged or missing and not mended, at most. @default 10000 */
export const MAX_UNMENDED = 10_000
/** Chunks that were verified one by one and are remembered until the node stops, at most. @default 65536 */
export const MAX_REMEMBERED = 65_536

/** `lost`: no live node had a good copy; `waiting`: one may have, but it could not be fetched or stored. */
export type Unmended = 'lost' | 'waiting'

/** Where the reading of a partition stands. */
export interface ScrubPosition {
  readonly partition: Partition
  /** Everything up to this chunk was read; undefined at the beginning. */
  readonly after: ChunkId | undefined
  readonly startedMs: number
}

/** What scrubbing knows: kept over restarts, but for chunks verified one by one. */
export class ScrubRecord implements ScrubHistory {
  sinceMs: number
  position: ScrubPosition | undefined
  readonly verifiedMs = Array.from({ length: PARTITIONS }, () => 0)
  readonly unmended = new Map<ChunkId, Unmended>()
  readonly #remembered = createLruCache<number>(MAX_REMEMBERED)

  constructor(nowMs: number) {
    this.sinceMs = nowMs
  }

  remember(id: ChunkId, nowMs: number): void {
    this.#remembered.set(id, nowMs, 1)
  }

  setUnmended(id: ChunkId, state: Unmended | undefined): void {
    if (state === undefined) this.unmended.delete(id)
    else if (this.unmended.has(id) || this.unmended.size < MAX_UNMENDED) this.unmended.set(id, state)
  }

  /**
   * Since when all of these chunks that are held here are known to be good: each was read whole from this disk, and hashed to
   * its id, at this time or later. null when one was not read since it was written, when one that belongs here is not whole, or
   * when none is held. `writtenMs` says when a chunk's file last changed; undefined when it is not held.
   */
  lastVerifiedMs(ids: readonly ChunkId[], writtenMs: (id: ChunkId) => number | undefined): number | null {
    let oldestMs = Number.POSITIVE_INFINITY
    for (const id of ids) {
      if (this.unmended.has(id)) return null
      const changedMs = writtenMs(id)
      if (changedMs === undefined) continue
      const verifiedMs = this.#verifiedMsOf(id, changedMs)
      if (verifiedMs === undefined) return null
      oldestMs = Math.min(oldestMs, verifiedMs)
    }
    return Number.isFinite(oldestMs) ? oldestMs : null
  }

  #verifiedMsOf(id: ChunkId, changedMs: number): number | undefined {
    const times = [this.verifiedMs[partitionOfChunk(id)] ?? 0, this.#remembered.get(id) ?? 0].filter((ms) => ms > 0 && ms >= changedMs)
    return times.length > 0 ? Math.max(...times) : undefined
  }
}

/** Read what an earlier process left; a new record when there is none. @throws TypeError, SyntaxError when it can not be read */
export async function readScrubRecord(folder: string, nowMs: number): Promise<ScrubRecord> {
  const text = await readFile(join(folder, SCRUB_FILE), 'utf8').catch((err: NodeJS.ErrnoException) => {
    if (err.code === 'ENOENT') return undefined
    throw err
  })
  return text === undefined ? new ScrubRecord(nowMs) : recordOf(JSON.parse(text) as Json, nowMs)
}

/** Durable when it resolves; after a crash the file is the old one or the new one, whole. */
export async function writeScrubRecord(folder: string, { sinceMs, verifiedMs, position, unmended }: ScrubRecord): Promise<void> {
  await writeDurably(folder, SCRUB_FILE, `${JSON.stringify({ version: 1, sinceMs, verifiedMs, position: position ?? null, unmended: [...unmended] })}\n`)
}

interface Json { version?: unknown; sinceMs?: unknown; verifiedMs?: unknown; position?: unknown; unmended?: unknown }

function recordOf({ version, sinceMs, verifiedMs, position, unmended }: Json, nowMs: number): ScrubRecord {
  if (version !== 1) throw new TypeError(`version ${version} is not known to this program`)
  if (!isTime(sinceMs) || !Array.isArray(verifiedMs) || verifiedMs.length !== PARTITIONS || !verifiedMs.every(isTime) || !Array.isArray(unmended)) throw new TypeError('a field is missing')
  const record = new ScrubRecord(Math.min(sinceMs, nowMs))
  for (const [partition, ms] of verifiedMs.entries()) record.verifiedMs[partition] = Math.min(ms, nowMs) // a clock that was set back must not put a reading off
  for (const [id, state] of (unmended as Array<[string, Unmended]>).slice(0, MAX_UNMENDED)) record.setUnmended(parseChunkId(id), state === 'lost' ? 'lost' : 'waiting')
  record.position = positionOf(position)
  return record
}

function positionOf(json: unknown): ScrubPosition | undefined {
  if (json === null || typeof json !== 'object') return undefined
  const { partition, after, startedMs } = json as Record<string, unknown>
  if (!Number.isInteger(partition) || (partition as number) < 0 || (partition as number) >= PARTITIONS || !isTime(startedMs)) throw new TypeError('the position is none')
  return { partition: partition as Partition, after: typeof after === 'string' ? parseChunkId(after) : undefined, startedMs }
}

const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0
