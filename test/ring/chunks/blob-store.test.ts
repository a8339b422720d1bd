import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import { ChunkNotFoundError, InvalidInputError, InvalidMessageError, StorageFullError } from '#protocols/errors.ts'
import { type ChunkId, chunkIdOf, digestOf } from '#protocols/ids.ts'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import { createBlobStore } from '../../../ring/chunks/blob-store.ts'
import type { RingChunkStore } from '../../../ring/chunks/chunk-store.ts'
import { MANIFEST_CHUNKS, encodeManifest } from '../../../ring/chunks/manifest.ts'

const test = suite('blob store')

test('gives back the bytes it was given, in pieces of any size, with their hash', async () => {
  for (const size of [0, 1, 63, 64, 65, 640, 1_000]) {
    for (const pieceBytes of [1, 7, 64, 65, 5_000]) {
      const bytes = randomBytes(size)
      const blobs = createBlobStore({ chunks: memoryChunks() }, { chunkBytes: 64 })
      const put = await blobs.put(pieces(bytes, pieceBytes))
      assert.equal(put.size, size)
      assert.equal(put.sha256, createHash('sha256').update(bytes).digest('hex'))
      assert.equal(put.copies, 2)
      assert.deepEqual(await readAll(blobs.read(put.id)), bytes)
      const stat = await blobs.stat(put.id)
      assert.equal(stat.size, size)
      assert.equal(stat.chunks.length, Math.ceil(size / 64))
    }
  }
})

test('answers every range around every chunk edge, and fetches no chunk outside it', async () => {
  const chunks = memoryChunks()
  const bytes = randomBytes(5 * 16 + 3)
  const blobs = createBlobStore({ chunks }, { chunkBytes: 16 })
  const { id } = await blobs.put(pieces(bytes, 100))
  const { chunks: ids } = await blobs.stat(id)
  for (let start = 0; start <= bytes.length; start++) {
    for (let end = start; end <= bytes.length; end++) {
      chunks.asked.length = 0
      assert.deepEqual(await readAll(blobs.read(id, { start, end })), bytes.subarray(start, end))
      const needed = start === end ? [] : ids.slice(Math.floor(start / 16), Math.ceil(end / 16))
      assert.deepEqual(chunks.asked, needed)
    }
  }
  assert.deepEqual(await readAll(blobs.read(id, { start: 80, end: 1_000 })), bytes.subarray(80))
})

test('refuses ranges that are none', async () => {
  const blobs = createBlobStore({ chunks: memoryChunks() }, { chunkBytes: 16 })
  const { id } = await blobs.put(pieces(randomBytes(100), 100))
  for (const range of [{ start: -1 }, { start: 101 }, { start: 5, end: 4 }, { start: 0.5 }, { start: Number.NaN }]) {
    await assert.rejects(readAll(blobs.read(id, range)), InvalidInputError)
  }
})

test('reads a few chunks ahead of its reader, and stops when the reader leaves', async () => {
  const chunks = memoryChunks()
  const blobs = createBlobStore({ chunks }, { chunkBytes: 16, readAhead: 3 })
  const { id } = await blobs.put(pieces(randomBytes(16 * 100), 100))
  await blobs.stat(id)
  chunks.asked.length = 0
  for await (const _ of blobs.read(id)) break
  assert.equal(chunks.asked.length, 4)
  assert.ok(chunks.signals.at(-1)?.aborted)
})

test('writes a few chunks at once and the manifest last', async () => {
  const chunks = memoryChunks()
  let most = 0
  chunks.beforePut = () => { most = Math.max(most, chunks.putting) }
  const { id } = await createBlobStore({ chunks }, { chunkBytes: 16, parallelPuts: 4 }).put(pieces(randomBytes(16 * 50), 333))
  assert.equal(most, 4)
  assert.equal(chunks.stored.at(-1), id)
})

test('tells how far it is', async () => {
  const seen: number[] = []
  await createBlobStore({ chunks: memoryChunks() }, { chunkBytes: 16 }).put(pieces(randomBytes(40), 40), { onProgress: (bytes) => seen.push(bytes) })
  assert.deepEqual(seen, [16, 32, 40])
})

test('has no id when a chunk or the source failed, and says which failure it was', async () => {
  const chunks = memoryChunks()
  const blobs = createBlobStore({ chunks }, { chunkBytes: 16 })
  chunks.beforePut = () => { if (chunks.stored.length > 5) throw new StorageFullError('full') }
  let isClosed = false
  const source = async function* () {
    try {
      while (true) yield randomBytes(16)
    } finally {
      isClosed = true
    }
  }
  await assert.rejects(blobs.put(source()), StorageFullError)
  assert.ok(isClosed)

  chunks.beforePut = () => {}
  const broken = async function* () {
    yield randomBytes(100)
    throw new Error('the disk was pulled out')
  }
  await assert.rejects(blobs.put(broken()), /pulled out/)
  const abort = new AbortController()
  const endless = async function* () {
    while (true) {
      yield randomBytes(16)
      if (chunks.stored.length > 50) abort.abort()
    }
  }
  await assert.rejects(blobs.put(endless(), { signal: abort.signal }), { name: 'AbortError' })
})

test('a blob too long for one manifest gets parts, and its ranges are found through them', async () => {
  const chunks = memoryChunks()
  const size = 2 * MANIFEST_CHUNKS + 5
  const bytes = Buffer.alloc(size, randomBytes(251)) // one byte per chunk: few different chunks, many places
  const blobs = createBlobStore({ chunks }, { chunkBytes: 1 })
  const { id } = await blobs.put(pieces(bytes, 10_000))
  for (const at of [0, 1, MANIFEST_CHUNKS - 1, MANIFEST_CHUNKS, 2 * MANIFEST_CHUNKS - 1, 2 * MANIFEST_CHUNKS, size - 1]) {
    assert.deepEqual(await readAll(blobs.read(id, { start: at, end: at + 3 })), bytes.subarray(at, at + 3))
  }
  assert.equal((await blobs.stat(id)).chunks.length, size)
})

test('a manifest that promises other chunks than there are is refused', async () => {
  const chunks = memoryChunks()
  const chunk = randomBytes(10)
  await chunks.put(chunk)
  const lie = encodeManifest({ size: 16, chunkBytes: 16, sha256: new Uint8Array(32), chunks: [digestOf(chunkIdOf(chunk))], parts: [] })
  const { id } = await chunks.put(lie)
  const blobs = createBlobStore({ chunks })
  await assert.rejects(readAll(blobs.read(id)), InvalidMessageError)
  await assert.rejects(blobs.stat(chunkIdOf(chunk)), InvalidMessageError)
})

test.run()

interface MemoryChunks extends RingChunkStore {
  readonly asked: ChunkId[]
  readonly stored: ChunkId[]
  readonly signals: Array<AbortSignal | undefined>
  putting: number
  beforePut(): void
}

function memoryChunks(): MemoryChunks {
  const held = new Map<ChunkId, Uint8Array>()
  const store: MemoryChunks = {
    asked: [], stored: [], signals: [], putting: 0, beforePut() {},
    async put(bytes: Uint8Array, options: AbortOptions = {}) {
      store.putting++
      try {
        store.beforePut()
        await new Promise(setImmediate)
        options.signal?.throwIfAborted()
        const id = chunkIdOf(bytes)
        held.set(id, bytes.slice())
        store.stored.push(id)
        return { id, copies: 2 }
      } finally {
        store.putting--
      }
    },
    async get(id, options) {
      store.asked.push(id)
      store.signals.push(options?.signal)
      const bytes = held.get(id)
      if (bytes === undefined) throw new ChunkNotFoundError(id)
      return bytes
    }
  }
  return store
}

async function* pieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  const reused = new Uint8Array(pieceBytes) // a source may reuse its buffer
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes)
    reused.set(piece)
    yield reused.subarray(0, piece.byteLength)
  }
}

async function readAll(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}
