import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { encode as encodeCbor } from '@ipld/dag-cbor'
import { suite } from 'uvu'
import { InvalidMessageError } from '#protocols/errors.ts'
import { CHUNK_BYTES } from '../../../ring/chunks/chunk-store.ts'
import { MANIFEST_CHUNKS, type Manifest, chunkCount, decodeManifest, decodeManifestPart, encodeManifest, encodeManifestPart } from '../../../ring/chunks/manifest.ts'

const test = suite('manifest')
const digest = (seed: number): Uint8Array => new Uint8Array(createHash('sha256').update(`digest ${seed}`).digest())

test('comes back as it was written, for every size around a chunk edge', () => {
  for (const chunkBytes of [1, 10, 4_096, CHUNK_BYTES]) {
    for (const size of [0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 7 * chunkBytes, 7 * chunkBytes + 1]) {
      const manifest = manifestOf(size, chunkBytes)
      assert.deepEqual(decodeManifest(encodeManifest(manifest)), manifest)
    }
  }
})

test('of the longest blob it lists by itself fits a chunk, and so does the root of one of 256 TiB', () => {
  assert.ok(encodeManifest(manifestOf(MANIFEST_CHUNKS * CHUNK_BYTES, CHUNK_BYTES)).byteLength <= CHUNK_BYTES)
  const parts = Array.from({ length: MANIFEST_CHUNKS }, (_, i) => digest(i))
  const size = MANIFEST_CHUNKS * MANIFEST_CHUNKS * CHUNK_BYTES
  const long: Manifest = { size, chunkBytes: CHUNK_BYTES, sha256: digest(1), chunks: [], parts }
  assert.ok(encodeManifest(long).byteLength <= CHUNK_BYTES)
  assert.deepEqual(decodeManifest(encodeManifest(long)), long)
  assert.deepEqual(decodeManifestPart(encodeManifestPart(parts), MANIFEST_CHUNKS), parts)
})

test('refuses whatever is not exactly a manifest', () => {
  const good = { v: 1, size: 10, chunkBytes: 10, sha256: digest(1), chunks: [digest(2)] }
  const hostile: unknown[] = [
    null, 1, 'manifest', [], {}, { ...good, v: 2 }, { ...good, v: undefined }, { ...good, more: 1 },
    { ...good, size: -1 }, { ...good, size: 1.5 }, { ...good, size: '10' }, { ...good, size: 11 }, { ...good, size: 0 }, { ...good, size: Number.MAX_SAFE_INTEGER },
    { ...good, chunkBytes: 0 }, { ...good, chunkBytes: CHUNK_BYTES + 1 }, { ...good, sha256: digest(1).slice(1) }, { ...good, sha256: 'x'.repeat(32) },
    { ...good, chunks: [] }, { ...good, chunks: [digest(2), digest(3)] }, { ...good, chunks: [new Uint8Array(31)] }, { ...good, chunks: { 0: digest(2) } },
    { ...good, parts: [digest(2)] }, { v: 1, size: 10, chunkBytes: 10, sha256: digest(1), parts: [digest(2)] }
  ]
  for (const value of hostile) {
    const bytes = encodeCbor(clean(value))
    assert.throws(() => decodeManifest(bytes), InvalidMessageError, JSON.stringify(value))
  }
  assert.throws(() => decodeManifest(new Uint8Array(0)), InvalidMessageError)
  assert.throws(() => decodeManifest(new Uint8Array(CHUNK_BYTES + 1)), InvalidMessageError)
  assert.throws(() => decodeManifestPart(encodeManifestPart([digest(1)]), 2), InvalidMessageError)
})

test('random and damaged bytes are refused as such, never with another error', () => {
  const good = encodeManifest(manifestOf(100, 10))
  for (let round = 0; round < 3_000; round++) {
    const bytes = round % 2 === 0 ? randomBytes(round % 300) : Buffer.from(good)
    if (round % 2 === 1) for (let i = 0; i < 1 + round % 5; i++) bytes.writeUInt8(randomBytes(1).readUInt8(), randomBytes(2).readUInt16LE() % bytes.length)
    try {
      const manifest = decodeManifest(bytes)
      assert.equal(manifest.chunks.length, chunkCount(manifest))
    } catch (err) {
      assert.ok(err instanceof InvalidMessageError, String(err))
    }
  }
})

test.run()

function manifestOf(size: number, chunkBytes: number): Manifest {
  return { size, chunkBytes, sha256: digest(size), chunks: Array.from({ length: chunkCount({ size, chunkBytes }) }, (_, i) => digest(i)), parts: [] }
}

/** dag-cbor has no undefined. */
function clean(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined))
}
