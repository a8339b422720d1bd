import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'uvu'
import { PictureLossIndication, RtcpPayloadSpecificFeedback, SrtcpSession, SrtpAuthenticationError } from 'werift'
import { MAX_SENDERS, takeReportsOnce, WINDOW_REPORTS } from '../../../../node/live/webrtc/reports-once.ts'

const PROFILES = [['AES-CM', 1, 14], ['AES-GCM', 7, 12]] as const

/** One side says something; the other takes it, or does not. */
function pair(profile: 1 | 7, saltBytes: number) {
  const [localMasterKey, localMasterSalt, remoteMasterKey, remoteMasterSalt] = [randomBytes(16), randomBytes(saltBytes), randomBytes(16), randomBytes(saltBytes)]
  const sender = new SrtcpSession({ keys: { localMasterKey, localMasterSalt, remoteMasterKey, remoteMasterSalt }, profile })
  const receiver = new SrtcpSession({ keys: { localMasterKey: remoteMasterKey, localMasterSalt: remoteMasterSalt, remoteMasterKey: localMasterKey, remoteMasterSalt: localMasterSalt }, profile })
  takeReportsOnce(receiver.remoteContext)
  const words = (senderSsrc: number): Buffer => new RtcpPayloadSpecificFeedback({ feedback: new PictureLossIndication({ senderSsrc, mediaSsrc: 9 }) }).serialize()
  return {
    say: (ssrc = 7): Buffer => sender.encrypt(words(ssrc)),
    takes(packet: Buffer): boolean {
      try {
        assert.deepEqual(receiver.decrypt(packet).subarray(8), words(7).subarray(8))
        return true
      } catch (err) {
        assert.ok(err instanceof SrtpAuthenticationError, String(err))
        return false
      }
    }
  }
}

for (const [name, profile, saltBytes] of PROFILES) {
  test(`${name}: what is said is taken once, in any order, and not when it is too old`, () => {
    const { say, takes } = pair(profile, saltBytes)
    const said = Array.from({ length: WINDOW_REPORTS + 1 }, () => say())
    const late = [3, 2, 50, 49].map((at) => said[at]!)
    for (const packet of said.slice(1).filter((each) => !late.includes(each))) assert.ok(takes(packet))
    for (const packet of late) assert.ok(takes(packet))
    for (const packet of said) assert.ok(!takes(packet), 'none of it comes twice, and the first too late')
    assert.ok(takes(say()))
  })

  test(`${name}: what is not authentic moves nothing`, () => {
    const { say, takes } = pair(profile, saltBytes)
    const packet = say()
    const forged = Buffer.from(packet)
    forged[9]! ^= 1
    const ahead = Buffer.from(packet)
    ahead[packet.length - (profile === 1 ? 14 : 4)]! |= 0x7f
    assert.ok(!takes(forged) && !takes(ahead) && !takes(Buffer.alloc(9, 0x80)))
    assert.ok(takes(packet))
  })
}

test('senders are told apart, as many as a bound', () => {
  const { say, takes } = pair(1, 14)
  for (let ssrc = 1; ssrc <= MAX_SENDERS; ssrc++) assert.ok(takes(say(ssrc)))
  assert.ok(!takes(say(MAX_SENDERS + 1)))
  assert.ok(takes(say(1)))
})

test.run()
