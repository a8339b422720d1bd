import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'uvu'
import { RtpHeader, SrtpAuthenticationError, SrtpSession } from 'werift'
import { MAX_STREAMS, takeOnce, WINDOW_PACKETS } from '../../../../node/live/whip/take-once.ts'

const PROFILES = [['AES-CM', 1, 14], ['AES-GCM', 7, 12]] as const

/** One side sends packets by their numbers without wraps; the other takes them, or does not. */
function pair(profile: number, saltBytes: number) {
  const [localMasterKey, localMasterSalt, remoteMasterKey, remoteMasterSalt] = [randomBytes(16), randomBytes(saltBytes), randomBytes(16), randomBytes(saltBytes)]
  const sender = new SrtpSession({ keys: { localMasterKey, localMasterSalt, remoteMasterKey, remoteMasterSalt }, profile })
  const receiver = new SrtpSession({ keys: { localMasterKey: remoteMasterKey, localMasterSalt: remoteMasterSalt, remoteMasterKey: localMasterKey, remoteMasterSalt: localMasterSalt }, profile })
  takeOnce(receiver.remoteContext)
  const payload = Buffer.from('a picture')
  return {
    seal: (index: number, ssrc = 7): Buffer => sender.localContext.cipher.encryptRtp(new RtpHeader({ ssrc, sequenceNumber: index & 0xffff, timestamp: index, payloadType: 96 }), payload, Math.floor(index / 65_536)),
    takes(packet: Buffer): boolean {
      try {
        assert.deepEqual(receiver.decrypt(packet).subarray(12), payload)
        return true
      } catch (err) {
        assert.ok(err instanceof SrtpAuthenticationError, String(err))
        return false
      }
    }
  }
}

for (const [name, profile, saltBytes] of PROFILES) {
  test(`${name}: a burst of losses across the wrap of the numbers costs no more than itself, however often`, () => {
    const { seal, takes } = pair(profile, saltBytes)
    for (const wrap of [0, 65_536, 131_072]) {
      for (let index = wrap + 65_300; index < wrap + 65_400; index++) assert.ok(takes(seal(index)), `${index}`)
      for (let index = wrap + 65_660; index < wrap + 66_000; index++) assert.ok(takes(seal(index)), `${index}`)
      for (let index = wrap + 65_400; index < wrap + 65_660; index++) assert.ok(takes(seal(index)), `${index} comes late`)
      for (let index = wrap + 70_000; index < wrap + 65_536 * 2; index += 20_000) assert.ok(takes(seal(index)), `${index}`)
    }
  })

  test(`${name}: each packet is taken once, and none that is too old`, () => {
    const { seal, takes } = pair(profile, saltBytes)
    const packets = [40_000, 40_001, 65_534, 65_535, 65_536, 65_537].map((index) => seal(index))
    for (const packet of packets) assert.ok(takes(packet))
    for (const packet of packets) assert.ok(!takes(packet))
    const last = 65_537
    assert.ok(takes(seal(last - WINDOW_PACKETS + 1)))
    assert.ok(!takes(seal(last - WINDOW_PACKETS)))
  })

  test(`${name}: what is not authentic moves nothing`, () => {
    const { seal, takes } = pair(profile, saltBytes)
    assert.ok(takes(seal(100)))
    const forged = seal(101)
    forged[forged.length - 1]! ^= 1
    const ahead = seal(20_000)
    ahead[15]! ^= 1
    assert.ok(!takes(forged) && !takes(ahead) && !takes(Buffer.alloc(11, 0x80)) && !takes(Buffer.alloc(20, 0x80)))
    assert.ok(takes(seal(101)) && takes(seal(99)))
  })
}

test('streams are told apart, as many as a bound', () => {
  const { seal, takes } = pair(1, 14)
  for (let ssrc = 1; ssrc <= MAX_STREAMS; ssrc++) assert.ok(takes(seal(5, ssrc)))
  assert.ok(!takes(seal(5, MAX_STREAMS + 1)))
  assert.ok(takes(seal(6, 1)))
})

test.run()
