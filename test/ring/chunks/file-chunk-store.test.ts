import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { suite } from 'uvu'
import { ChunkCorruptError, StorageFullError } from '#protocols/errors.ts'
import { type ChunkId, PARTITIONS, type Partition, chunkIdOf, digestOf, hashOfChunk, parseChunkId, partitionOfChunk } from '#protocols/ids.ts'
import { CHUNK_BYTES } from '../../../ring/chunks/chunk-store.ts'
import { type FileChunkStore, createFileChunkStore } from '../../../ring/chunks/file-chunk-store.ts'
import { bytesOf } from '../../support/fake-ring.ts'
import { until } from '../../support/until.ts'

const test = suite('file chunk store')

test('answers undefined for a chunk it was never given', withStore(async ({ store }) => {
  assert.equal(await store.get(chunkIdOf(bytesOf(1))), undefined)
  assert.equal(await store.has(chunkIdOf(bytesOf(1))), false)
}))

test('returns exactly the bytes it was given, empty and full chunks too', withStore(async ({ store }) => {
  for (const bytes of [new Uint8Array(0), bytesOf(1, 1), bytesOf(2, CHUNK_BYTES)]) {
    await store.put(chunkIdOf(bytes), bytes)
    assert.deepEqual(new Uint8Array(await store.get(chunkIdOf(bytes)) ?? []), bytes)
  }
}))

test('refuses bytes that are not the chunk, and those longer than a chunk', withStore(async ({ store }) => {
  await assert.rejects(store.put(chunkIdOf(bytesOf(1)), bytesOf(2)), ChunkCorruptError)
  const long = new Uint8Array(CHUNK_BYTES + 1)
  await assert.rejects(store.put(chunkIdOf(long), long), TypeError)
  assert.equal(store.usage().chunks, 0)
}))

test('counts a chunk once however often and at the same time it is put', withStore(async ({ store }) => {
  await Promise.all(Array.from({ length: 8 }, () => put(store, 1)))
  assert.equal(store.usage().chunks, 1)
  assert.equal(store.usage().usedBytes, 4_096)
}))

test('forgets a deleted chunk, and deletes what is not there without a word', withStore(async ({ store }) => {
  const id = await put(store, 1)
  await store.delete(id)
  await store.delete(id)
  assert.equal(await store.has(id), false)
  assert.equal(store.usage().usedBytes, 0)
}))

test('a chunk that is put again counts as written again, and is not deleted as something old', withStore(async ({ store }) => {
  const id = await put(store, 1)
  const renewed: ChunkId[] = []
  store.renewed.on((each) => renewed.push(each))
  const firstMs = store.writtenMs(id) ?? 0
  await until(() => Date.now() > firstMs + 100, 'time passes')
  await put(store, 1)
  assert.ok((store.writtenMs(id) ?? 0) > firstMs + 50)
  assert.deepEqual(renewed, [id])
  assert.equal(await store.deleteUnlessWritten(id, firstMs + 50), undefined)
  assert.equal(await store.has(id), true)
  assert.equal(await store.deleteUnlessWritten(id, Date.now() + 50), 4_096)
  assert.equal(await store.has(id), false)
  await store.renew(id)
  assert.equal(await store.has(id), false)
}))

test('of puts and deletions at the same time, a put that is answered last stays', withStore(async ({ store }) => {
  for (let round = 0; round < 30; round++) {
    const id = await put(store, round)
    const sinceMs = (store.writtenMs(id) ?? 0) + 1
    await until(() => Date.now() > sinceMs + 20, 'time passes')
    await Promise.all([store.deleteUnlessWritten(id, sinceMs), put(store, round), store.deleteUnlessWritten(id, sinceMs)])
    assert.equal(await store.has(id), true)
  }
}))

test('refuses work once aborted', withStore(async ({ store }) => {
  await assert.rejects(store.put(chunkIdOf(bytesOf(1)), bytesOf(1), { signal: AbortSignal.abort() }))
  assert.equal(store.usage().chunks, 0)
}))

test('lists a partition by digest, and its summary is the XOR of what it lists', withStore(async ({ store }) => {
  for (let seed = 0; seed < 600; seed++) await put(store, seed)
  let total = 0
  for (let partition = 0 as Partition; partition < PARTITIONS; partition++) {
    const ids = await store.list(partition)
    const digests = ids.map((id) => Buffer.from(digestOf(id)))
    assert.deepEqual(digests, [...digests].sort(Buffer.compare))
    assert.ok(ids.every((id) => partitionOfChunk(id) === partition))
    const xor = new Uint8Array(32)
    for (const digest of digests) for (let i = 0; i < 32; i++) xor[i] = (xor[i] ?? 0) ^ (digest[i] ?? 0)
    assert.deepEqual(store.summary(partition), { chunks: ids.length, digest: xor })
    total += ids.length
  }
  assert.equal(total, 600)
}))

test('knows after a restart what it held, and has thrown away half-written files', withStore(async ({ store, dir }) => {
  const ids = [await put(store, 1), await put(store, 2)]
  await store.delete(ids[1] as ChunkId)
  await writeFile(join(dir, 'tmp', 'left-over'), 'half a chunk')
  await writeFile(join(dir, '00', 'not-a-chunk.txt'), 'someone else’s')

  const again = createFileChunkStore(dir, { reserveBytes: 0 })
  await again.start()
  assert.deepEqual(await readdir(join(dir, 'tmp')), [])
  assert.equal(again.usage().chunks, 1)
  assert.equal(again.usage().usedBytes, 4_096)
  const partition = partitionOfChunk(ids[0] as ChunkId)
  assert.deepEqual(again.summary(partition), store.summary(partition))
  assert.deepEqual(await again.list(partition), [ids[0]])
}))

test('notices a flipped byte, sets the file aside, and takes the chunk again', withStore(async ({ store, dir }) => {
  const id = await put(store, 1)
  await flipByte(dir, id)
  await assert.rejects(store.get(id), ChunkCorruptError)
  assert.equal(await store.get(id), undefined)
  assert.equal(store.usage().chunks, 0)
  assert.equal((await readdir(join(dir, 'damaged'))).length, 1)
  await put(store, 1)
  assert.deepEqual(new Uint8Array(await store.get(id) ?? []), bytesOf(1))
  assert.deepEqual(await readdir(join(dir, 'damaged')), [])
}))

test('does not acknowledge a chunk because a damaged file has its name', withStore(async ({ store, dir }) => {
  const id = await put(store, 1)
  await flipByte(dir, id)
  await put(store, 1)
  assert.deepEqual(new Uint8Array(await store.get(id) ?? []), bytesOf(1))
  assert.equal(store.usage().chunks, 1)
}))

test('stops accepting before the disk is full, and keeps what it has', withStore(async ({ store, dir }) => {
  const id = await put(store, 1)
  const full = createFileChunkStore(dir, { reserveBytes: Number.MAX_SAFE_INTEGER })
  await full.start()
  assert.equal(full.usage().acceptsWrites, false)
  await assert.rejects(put(full, 2), StorageFullError)
  await put(full, 1) // it is there already
  assert.ok(await full.get(id))
}))

test('what was acknowledged before SIGKILL is there after it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'thatdam-crash-'))
  try {
    for (let round = 0; round < 3; round++) {
      const acknowledged = await killWhilePutting(dir, 40)
      const store = createFileChunkStore(dir, { reserveBytes: 0 })
      await store.start()
      assert.deepEqual(await readdir(join(dir, 'tmp')), [])
      for (const id of acknowledged) assert.ok(await store.get(id), `${id} was acknowledged`)
      for (let partition = 0 as Partition; partition < PARTITIONS; partition++) for (const id of await store.list(partition)) await store.get(id) // throws when torn
      await store.stop()
    }
  } finally {
    await rm(dir, { recursive: true })
  }
})

test.run()

function withStore(body: (given: { store: FileChunkStore; dir: string }) => Promise<void>): () => Promise<void> {
  return async () => {
    const dir = await mkdtemp(join(tmpdir(), 'thatdam-chunks-'))
    const store = createFileChunkStore(dir, { reserveBytes: 0 })
    try {
      await store.start()
      await body({ store, dir })
    } finally {
      await store.stop()
      await rm(dir, { recursive: true })
    }
  }
}

async function put(store: FileChunkStore, seed: number): Promise<ChunkId> {
  const bytes = bytesOf(seed)
  await store.put(chunkIdOf(bytes), bytes)
  return chunkIdOf(bytes)
}

async function flipByte(dir: string, id: ChunkId): Promise<void> {
  const name = hashOfChunk(id)
  const path = join(dir, name.slice(0, 2), name)
  const bytes = await readFile(path)
  bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100)
  await writeFile(path, bytes)
}

/** A child puts chunks several at a time and prints each id once it is acknowledged; it is killed after `count` of them. */
async function killWhilePutting(dir: string, count: number): Promise<ChunkId[]> {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, 'put-forever.ts'), dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged: ChunkId[] = []
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    acknowledged.push(parseChunkId(line))
    if (acknowledged.length === count) child.kill('SIGKILL')
  }
  assert.ok(acknowledged.length >= count)
  return acknowledged
}
