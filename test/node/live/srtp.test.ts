import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import { SrtpSession } from 'werift'
import { AEAD_AES_128_GCM, AES_CM_128_HMAC_SHA1_80, srtpSender } from '../../../node/live/srtp.ts'

const test = suite('srtp')

for (const [name, profile, saltBytes] of [['AES-CM with HMAC-SHA1-80', AES_CM_128_HMAC_SHA1_80, 14], ['AES-GCM', AEAD_AES_128_GCM, 12]] as const) {
  test(`${name}: another implementation decrypts what we send, also after the sequence number wrapped`, () => {
    const [key, salt] = [randomBytes(16), randomBytes(saltBytes)]
    const session = () => new SrtpSession({ keys: { localMasterKey: key, localMasterSalt: salt, remoteMasterKey: key, remoteMasterSalt: salt }, profile })
    const { localContext } = session()
    const seal = srtpSender({ profile, key: localContext.srtpSessionKey, salt: localContext.srtpSessionSalt, auth: localContext.srtpSessionAuthTag })
    const receiver = session()
    for (let sequence = 65_500; sequence < 65_600; sequence++) {
      const payload = randomBytes(1 + sequence % 1_100)
      const sealed = seal({ sequence, timestamp: 2 ** 32 + sequence, payloadType: 102, marker: sequence % 3 === 0, ssrc: 0xdeadbeef }, payload)
      const plain = receiver.decrypt(sealed)
      assert.ok(plain.subarray(12).equals(payload), `packet ${sequence}`)
      assert.equal(plain.readUInt16BE(2), sequence & 0xffff)
      assert.equal(plain.readUInt32BE(4), sequence)
    }
  })
}

test.run()
