import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import { HashThread, SLOT_BYTES } from '../../../ring/chunks/hash-thread.ts'
import { plainHasher } from '../../../ring/chunks/hasher.ts'
import { MIN_THREADED_BYTES, createThreadHasher } from '../../../ring/chunks/thread-hasher.ts'
import { eventually } from '../../support/fake-ring.ts'

const test = suite('hasher')
const threads: HashThread[] = []
const start = (): HashThread => {
  const thread = new HashThread()
  threads.push(thread)
  return thread
}
const hasher = createThreadHasher({ threads: 2, start })

test.after(async () => { for (const thread of threads) await thread.stop() })

test('digests of all sizes are those of SHA-256, however many are asked for at once', async () => {
  const sizes = [0, 1, MIN_THREADED_BYTES - 1, MIN_THREADED_BYTES, 300_001, SLOT_BYTES, SLOT_BYTES + 1]
  const pieces = [...sizes, ...sizes, ...sizes, ...sizes].map((size) => randomBytes(size))
  const digests = await Promise.all(pieces.map((piece) => hasher.digest(piece)))
  assert.deepEqual(digests.map(hex), pieces.map((piece) => sha256(piece)))
  assert.equal(threads.length, 2)
})

test('short bytes are hashed where they are: no thread begins for them', async () => {
  const short = createThreadHasher({ start: () => assert.fail('a thread began') })
  assert.equal(hex(await short.digest(Buffer.alloc(1000))), sha256(Buffer.alloc(1000)))
  const stream = short.stream()
  await stream.update(Buffer.alloc(1000))
  assert.equal(hex(await stream.digest()), sha256(Buffer.alloc(1000)))
})

test('a view on a part of a buffer is hashed, not the buffer', async () => {
  const whole = randomBytes(500_000)
  assert.equal(hex(await hasher.digest(whole.subarray(100_000, 300_000))), sha256(whole.subarray(100_000, 300_000)))
})

test('streams keep the order of their pieces, beside each other and beside digests', async () => {
  const blobs = Array.from({ length: 5 }, (_, i) => [SLOT_BYTES, SLOT_BYTES, 3 * SLOT_BYTES + 5, 0, 7 + i].map((size) => randomBytes(size)))
  const other = randomBytes(SLOT_BYTES)
  const digests = await Promise.all(blobs.map(async (pieces) => {
    const stream = hasher.stream()
    for (const piece of pieces) {
      void stream.update(piece)
      void hasher.digest(other)
    }
    return hex(await stream.digest())
  }))
  assert.deepEqual(digests, blobs.map((pieces) => sha256(Buffer.concat(pieces))))
})

test('a stream of nothing has a digest, and one that is discarded is no trouble', async () => {
  for (const { stream } of [{ stream: () => hasher.stream() }, plainHasher]) {
    assert.equal(hex(await stream().digest()), sha256(Buffer.alloc(0)))
    const left = stream()
    await left.update(randomBytes(SLOT_BYTES))
    left.discard()
    left.discard()
  }
  assert.equal(hex(await hasher.digest(Buffer.alloc(SLOT_BYTES, 1))), sha256(Buffer.alloc(SLOT_BYTES, 1)))
})

test('who awaits each piece has a few of them copied at most', async () => {
  const stream = hasher.stream()
  const piece = randomBytes(SLOT_BYTES)
  for (let i = 0; i < 20; i++) {
    await stream.update(piece)
    assert.ok(threads.every(({ load }) => load <= 4))
  }
  assert.equal(hex(await stream.digest()), sha256(Buffer.concat(Array.from({ length: 20 }, () => piece))))
})

test('when threads die, digests are made all the same, and streams that were on them say so', async () => {
  const own: HashThread[] = []
  const mortal = createThreadHasher({ threads: 1, start: () => (own.push(start()), own.at(-1) as HashThread) })
  const pieces = Array.from({ length: 12 }, () => randomBytes(SLOT_BYTES))
  const stream = mortal.stream()
  await stream.update(pieces[0] as Buffer)
  const digests = pieces.map((piece) => mortal.digest(piece))
  await own[0]?.stop()
  assert.deepEqual((await Promise.all(digests)).map(hex), pieces.map((piece) => sha256(piece)))
  await eventually(() => own[0]?.isAlive === false, 'its end is known')
  await assert.rejects(stream.digest(), /has ended/)
  assert.equal(hex(await mortal.digest(pieces[1] as Buffer)), sha256(pieces[1] as Buffer))
  assert.equal(own.length, 1)
})

test.run()

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
