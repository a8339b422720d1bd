/** Summaries on disk: dag-cbor `{v: 1, space, assets: […]}` after its SHA-256. It can be made anew at any time, so what is damaged or of another space counts as none. */
import { createHash } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { decode, encode } from '@ipld/dag-cbor'
import type { AssetId } from '#protocols/ids.ts'
import type { SpaceId } from '../space.ts'
import type { Neighbour } from './neighbours.ts'
import type { SceneEdge, Summary } from './summary.ts'

const HASH_BYTES = 32

type Row = [id: AssetId, key: string, mean: Uint8Array, heroMs: number, words: string[], labels: string[], scenes: Array<[other: AssetId, ...spans: number[]]>, near: Array<[other: AssetId, likeness: number]>, labelled: string, isSearched?: boolean]

/** A summary with the neighbours it had. */
export interface KeptSummary {
  readonly summary: Summary
  readonly near: readonly Neighbour[]
}

const hashOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

function rowOf({ summary: { id, key, mean, heroMs, words, labels, labelled, scenes, isSearched }, near }: KeptSummary): Row {
  return [id, key, new Uint8Array(mean.buffer.slice(mean.byteOffset, mean.byteOffset + mean.byteLength)), heroMs, [...words], [...labels], scenes.map(({ other, fromMs, toMs, otherFromMs, otherToMs, likeness }) => [other, fromMs, toMs, otherFromMs, otherToMs, likeness]), near.map(({ id: other, likeness }) => [other, likeness]), labelled, isSearched]
}

function summaryOf([id, key, mean, heroMs, words, labels, scenes, near, labelled, isSearched = true]: Row, space: SpaceId): KeptSummary {
  const summary: Summary = { id, key, space, heroMs, words, labels, labelled, isSearched, mean: new Float32Array(mean.slice().buffer), scenes: scenes.map(([other, fromMs = 0, toMs = 0, otherFromMs = 0, otherToMs = 0, likeness = 0]): SceneEdge => ({ other, fromMs, toMs, otherFromMs, otherToMs, likeness })) }
  return { summary, near: near.map(([other, likeness]) => ({ id: other, likeness })) }
}

/** Replaces the file so that after a crash it is the old one or the new one. */
export async function saveSummaries(path: string, space: SpaceId, summaries: Iterable<KeptSummary>): Promise<void> {
  const bytes = encode({ v: 1, space, assets: [...summaries].map(rowOf) })
  await mkdir(dirname(path), { recursive: true })
  const file = await open(`${path}.tmp`, 'w', 0o600)
  try {
    await file.writeFile(hashOf(bytes))
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.tmp`, path)
}

/** Those of a space; none when there is no file, or it is not whole. */
export async function loadSummaries(path: string, space: SpaceId): Promise<KeptSummary[]> {
  const all = await readFile(path).catch(() => Buffer.alloc(0))
  const bytes = all.subarray(HASH_BYTES)
  if (all.length <= HASH_BYTES || !all.subarray(0, HASH_BYTES).equals(hashOf(bytes))) return []
  const whole = decode<{ v: number; space: string; assets: Row[] }>(bytes)
  return whole.v === 1 && whole.space === space ? whole.assets.map((row) => summaryOf(row, space)) : []
}
