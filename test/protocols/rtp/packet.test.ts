import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'uvu'
import { InvalidMessageError } from '#protocols/errors.ts'
import { opusSamples } from '#protocols/rtp/opus.ts'
import { buildRtp, parseRtp, unwrapper } from '#protocols/rtp/packet.ts'

test('a packet reads back as it was written', () => {
  for (let i = 0; i < 200; i++) {
    const fields = { marker: i % 2 === 0, payloadType: randomInt(128), sequence: randomInt(65_536), timestamp: randomInt(2 ** 32), ssrc: randomInt(2 ** 32) }
    const payload = new Uint8Array(randomBytes(randomInt(1_188)))
    const { csrcs, extension, ...read } = parseRtp(buildRtp(fields, payload))
    assert.deepEqual(read, { ...fields, payload })
    assert.deepEqual([csrcs, extension], [[], undefined])
  }
})

test('CSRCs, header extension and padding are taken off the payload', () => {
  const bytes = Uint8Array.from([0x80 | 0x20 | 0x10 | 1, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 9, 0xbe, 0xde, 0, 1, 1, 2, 3, 4, 7, 7, 0, 0, 3])
  const packet = parseRtp(bytes)
  assert.deepEqual(packet.csrcs, [9])
  assert.deepEqual(packet.extension, { profile: 0xbede, data: Uint8Array.of(1, 2, 3, 4) })
  assert.deepEqual(packet.payload, Uint8Array.of(7, 7))
})

test('random bytes are a packet or an InvalidMessageError, nothing else', () => {
  for (let i = 0; i < 5_000; i++) {
    const bytes = new Uint8Array(randomBytes(randomInt(40)))
    if (i % 2 === 0 && bytes.length > 0) bytes[0] = 0x80 | ((bytes[0] as number) & 0x3f)
    try {
      assert.ok(parseRtp(bytes).payload.length <= bytes.length)
    } catch (err) {
      assert.ok(err instanceof InvalidMessageError, String(err))
    }
  }
})

test('an unwrapped counter goes on over the edge, and back for a late packet', () => {
  const sequence = unwrapper(16)
  assert.deepEqual([65_534, 65_535, 1, 0, 65_535, 2].map(sequence), [65_534, 65_535, 65_537, 65_536, 65_535, 65_538])
  const timestamp = unwrapper(32)
  assert.deepEqual([2 ** 32 - 3_000, 0, 3_000].map(timestamp), [2 ** 32 - 3_000, 2 ** 32, 2 ** 32 + 3_000])
})

test('the length of an Opus packet is read from its first bytes', () => {
  assert.equal(opusSamples(Uint8Array.of((31 << 3) | 0)), 960)
  assert.equal(opusSamples(Uint8Array.of((16 << 3) | 1)), 240)
  assert.equal(opusSamples(Uint8Array.of((3 << 3) | 3, 2)), 5_760)
  assert.throws(() => opusSamples(new Uint8Array()), InvalidMessageError)
  assert.throws(() => opusSamples(Uint8Array.of(3, 0)), InvalidMessageError)
  assert.throws(() => opusSamples(Uint8Array.of((3 << 3) | 3, 63)), InvalidMessageError)
})

test.run()
