/** How the list of a recording's parts is kept in chunks: a root with the newest parts, and full pages before them. */
import * as dagCbor from '@ipld/dag-cbor'
import { InvalidMessageError } from '#protocols/errors.ts'
import { type ChunkId, parseChunkId } from '#protocols/ids.ts'
import type { RecordingPart } from './catalog.ts'

/** Parts in one page: about 35 KB. @default 300 */
export const PAGE_PARTS = 300

/** `pages` are older than `parts`, oldest first. */
export interface RecordingManifest {
  readonly pages: readonly ChunkId[]
  readonly parts: readonly RecordingPart[]
}

type Row = [startMs: number, durationMs: number, bytes: number, key: boolean, copies: number, chunks: string[], arrivedMs?: number]

/** dag-cbor `{ v: 1, pages, parts }`, each part a row of `[startMs, durationMs, bytes, key, copies, chunks, arrivedMs]`, the last absent in older ones. */
export function encodeRecordingManifest({ pages, parts }: RecordingManifest): Uint8Array {
  const rows = parts.map(rowOf)
  return dagCbor.encode({ v: 1, pages: [...pages], parts: rows })
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

/** All parts of a recording, oldest first; pages are fetched side by side. */
export async function readParts(manifest: ChunkId | undefined, tail: readonly RecordingPart[], get: (id: ChunkId) => Promise<Uint8Array>): Promise<RecordingPart[]> {
  if (manifest === undefined) return [...tail]
  const root = decodeRecordingManifest(await get(manifest))
  const pages = await Promise.all(root.pages.map(async (id) => decodeRecordingManifest(await get(id)).parts))
  return [...pages.flat(), ...root.parts, ...tail]
}
