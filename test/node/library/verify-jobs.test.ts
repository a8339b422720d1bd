import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'uvu'
import { type AssetId, type ChunkId, chunkIdOf } from '#protocols/ids.ts'
import type { Ring, RingFindings } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { createJobs } from '../../../node/jobs/jobs.ts'
import { createVerifyJobs, type VerifyJobsComponents } from '../../../node/library/verify-jobs.ts'
import { createBlobStore } from '../../../ring/chunks/blob-store.ts'

test('a verification that is paused has no further page of chunks read until it goes on', async () => {
  const jobs = createJobs({ node: 'alder', log: silentLog })
  const first = Promise.withResolvers<void>()
  let pages = 0
  async function everything({ turn }: Parameters<Ring['verification']['everything']>[0] = {}): Promise<RingFindings> {
    for (; pages < 3; pages++) {
      await turn?.()
      if (pages === 0) jobs.pause(id)
      if (pages === 0) first.resolve()
    }
    return { nodes: [], lost: [] }
  }
  const ring = { verification: { everything, unheld: async () => [] }, membership: { members: () => [] }, localChunks: { usage: () => ({ chunks: 0, usedBytes: 0 }) }, catalog: { index: { assets: () => ({ assets: [], total: 0 }) } } }
  const { id } = createVerifyJobs({ ring, originals: {}, jobs } as unknown as VerifyJobsComponents).everything()
  await first.promise
  await new Promise(setImmediate)
  assert.deepEqual([jobs.find(id).state, pages], ['paused', 1])
  jobs.resume(id)
  assert.deepEqual([(await jobs.ended(id)).state, pages], ['done', 3])
})

test('of an original that is in the cloud only its lists and its poster are looked for, and it is named', async () => {
  const held = new Map<ChunkId, Uint8Array>()
  const chunks = {
    async put(bytes: Uint8Array) { const id = chunkIdOf(bytes); held.set(id, bytes); return { id, copies: 1 } },
    async get(id: ChunkId) { const bytes = held.get(id); if (bytes === undefined) throw new Error('no node has it'); return bytes }
  }
  const blobs = createBlobStore({ chunks }, { chunkBytes: 1_000 })
  const blobOf = (bytes: Uint8Array) => blobs.put((async function* () { yield bytes })())
  const [film, poster] = [await blobOf(randomBytes(5_300)), await blobOf(randomBytes(1_500))]
  for (const id of (await blobs.stat(film.id)).chunks) held.delete(id)
  const asset = { facts: { id: film.sha256, name: 'film.mov', blob: film.id }, title: '', poster: poster.id, away: true, locations: [] }
  const asked: ChunkId[][] = []
  const verification = {
    everything: async () => ({ nodes: [], lost: [] }),
    unheld: async (ids: ChunkId[]) => ids.filter((id) => !held.has(id)),
    chunks: async (ids: ChunkId[]) => { asked.push(ids); return { nodes: [], lost: ids.filter((id) => !held.has(id)) } }
  }
  const ring = { verification, chunks, blobs: createBlobStore({ chunks }, { chunkBytes: 1_000 }), membership: { members: () => [] }, localChunks: { usage: () => ({ chunks: 0, usedBytes: 0 }) }, catalog: { asset: async () => asset, index: { assets: () => ({ assets: [asset], total: 1 }) } } }
  const jobs = createJobs({ node: 'alder', log: silentLog })
  const verify = createVerifyJobs({ ring, originals: {}, jobs } as unknown as VerifyJobsComponents)
  const found = async () => (await jobs.ended(verify.everything().id)).verify
  assert.deepEqual(await found(), { nodes: [], lost: 0, lostChunks: [], away: 1 })
  const one = (await jobs.ended((await verify.asset(film.sha256 as AssetId)).id)).verify
  assert.deepEqual([one, asked], [{ nodes: [], lost: 0, lostChunks: [], away: 1 }, [[film.id, poster.id, ...(await blobs.stat(poster.id)).chunks]]])
  held.delete(film.id)
  assert.deepEqual((await found())?.lostChunks, [film.id], 'nobody could read it from the cloud without its list')
})

test.run()
