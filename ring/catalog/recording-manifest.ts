/** How the list of a recording's parts is kept in chunks: a root with the newest parts, and full pages before them; once more in spare lists when it has ended. */
import * as dagCbor from '@ipld/dag-cbor'
import { InvalidMessageError } from '#protocols/errors.ts'
import { type ChunkId, chunkIdOf, parseChunkId } from '#protocols/ids.ts'
import type { RecordingPart, RecordingSession } from './catalog.ts'

/** Parts in one page: about 35 KB. @default 300 */
export const PAGE_PARTS = 300
/** Parts in one spare list: of 120 Mbit/s no more than a chunk. @default 1000 */
export const SPARE_PARTS = 1_000

/** `pages` are older than `parts`, oldest first. */
export interface RecordingManifest {
  readonly pages: readonly ChunkId[]
  readonly parts: readonly RecordingPart[]
}

type Row = [startMs: number, durationMs: number, bytes: number, key: boolean, copies: number, chunks: string[], arrivedMs?: number]

/** dag-cbor `{ v: 1, pages, parts }`, each part a row of `[startMs, durationMs, bytes, key, copies, chunks, arrivedMs]`, the last absent in older ones. `more`: what makes the same list another chunk. */
export function encodeRecordingManifest({ pages, parts }: RecordingManifest, more: { spare?: true } = {}): Uint8Array {
  const rows = parts.map(rowOf)
  return dagCbor.encode({ v: 1, pages: [...pages], parts: rows, ...more })
}

function rowOf({ startMs, durationMs, bytes, key, copies, chunks, arrivedMs }: RecordingPart): Row {
  return arrivedMs === undefined ? [startMs, durationMs, bytes, key, copies, [...chunks]] : [startMs, durationMs, bytes, key, copies, [...chunks], arrivedMs]
}

/** @throws InvalidMessageError */
export function decodeRecordingManifest(bytes: Uint8Array): RecordingManifest {
  try {
    const { v, pages, parts } = dagCbor.decode<{ v: number; pages: string[]; parts: Row[] }>(bytes)
    if (v !== 1) throw new Error(`version ${v}`)
    return {
      pages: pages.map(parseChunkId),
      parts: parts.map(([startMs, durationMs, size, key, copies, chunks, arrivedMs]) => ({ startMs: finite(startMs), durationMs: finite(durationMs), bytes: finite(size), key: key === true, copies: finite(copies), chunks: chunks.map(parseChunkId), ...(arrivedMs !== undefined && { arrivedMs: finite(arrivedMs) }) }))
    }
  } catch (err) {
    throw new InvalidMessageError(`recording manifest: ${err instanceof Error ? err.message : err}`)
  }
}

function finite(value: number): number {
  if (!Number.isFinite(value) || value < 0) throw new Error(`not a number: ${value}`)
  return value
}

type Listed = Pick<RecordingSession, 'manifest' | 'tail' | 'spare'>
type Get = (id: ChunkId) => Promise<Uint8Array>

/** What is known of a recording's parts, oldest first. `missing`: why some are not; `isMended`: lists were lost, and the spare ones say all. */
export interface KnownParts {
  readonly parts: readonly RecordingPart[]
  readonly missing: unknown
  readonly isMended: boolean
}

/** All parts of a recording, oldest first; pages are fetched side by side. @throws when some of them are in lists that can not be read */
export async function readParts(session: Listed, get: Get): Promise<readonly RecordingPart[]> {
  const { parts, missing } = await knownParts(session, get)
  if (missing !== undefined) throw missing
  return parts
}

/** As many of them as can be told. Never rejects. */
export async function knownParts({ manifest, tail, spare = [] }: Listed, get: Get): Promise<KnownParts> {
  if (manifest === undefined) return { parts: tail, missing: undefined, isMended: false }
  const listed = await underRoot(manifest, get)
  if (listed.missing === undefined || spare.length === 0) return { parts: [...listed.parts, ...tail], missing: listed.missing, isMended: false }
  const again = await inLists(spare, get)
  const byTime = new Map([...listed.parts, ...again.parts].map((part) => [part.startMs, part]))
  return { parts: [...[...byTime.values()].sort((a, b) => a.startMs - b.startMs), ...tail], missing: again.missing, isMended: again.missing === undefined }
}

type Lists = Pick<KnownParts, 'parts' | 'missing'>

async function underRoot(manifest: ChunkId, get: Get): Promise<Lists> {
  try {
    const root = decodeRecordingManifest(await get(manifest))
    const pages = await inLists(root.pages, get)
    return { parts: [...pages.parts, ...root.parts], missing: pages.missing }
  } catch (missing) {
    return { parts: [], missing }
  }
}

async function inLists(ids: readonly ChunkId[], get: Get): Promise<Lists> {
  const lists = await Promise.allSettled(ids.map(async (id) => decodeRecordingManifest(await get(id)).parts))
  const lost = lists.find((each) => each.status === 'rejected')
  return { parts: lists.flatMap((each) => (each.status === 'fulfilled' ? each.value : [])), missing: lost?.reason }
}

/** The lists of parts that are no tail any more, as a recording writes them: its pages, and the root last. */
export function manifestLists(parts: readonly RecordingPart[]): Array<{ readonly id: ChunkId; readonly bytes: Uint8Array }> {
  const lists = []
  const whole = parts.length - parts.length % PAGE_PARTS
  for (let at = 0; at < whole; at += PAGE_PARTS) lists.push(named({ pages: [], parts: parts.slice(at, at + PAGE_PARTS) }))
  return [...lists, named({ pages: lists.map(({ id }) => id), parts: parts.slice(whole) })]
}

/** The same parts in other chunks. */
export function spareLists(parts: readonly RecordingPart[]): Uint8Array[] {
  const lists = []
  for (let at = 0; at < parts.length; at += SPARE_PARTS) lists.push(encodeRecordingManifest({ pages: [], parts: parts.slice(at, at + SPARE_PARTS) }, { spare: true }))
  return lists
}

function named(manifest: RecordingManifest): { id: ChunkId; bytes: Uint8Array } {
  const bytes = encodeRecordingManifest(manifest)
  return { id: chunkIdOf(bytes), bytes }
}
