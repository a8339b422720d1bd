import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readlinkSync, readdirSync } from 'node:fs'
import { suite } from 'uvu'
import { RtpPacket, SrtpSession } from 'werift'
import { koffiTransmitter } from '../../../../node/live/send/koffi-transmitter.ts'
import { nodeCrypto } from '../../../../node/live/send/node-crypto.ts'
import { rtpOutlet } from '../../../../node/live/send/rtp-outlet.ts'
import { nodeTransmitter, type Transmitter } from '../../../../node/live/send/transmitter.ts'
import { AEAD_AES_128_GCM, AES_CM_128_HMAC_SHA1_80 } from '../../../../node/live/send/srtp.ts'
import { shownAtOnce } from '../../../../node/live/webrtc/playout-delay.ts'
import { until } from '../../../support/until.ts'

const test = suite('rtp outlet')
const FIRST = 65_500
const COUNT = 100
const PROFILES = [['AES-CM with HMAC-SHA1-80', AES_CM_128_HMAC_SHA1_80, 14], ['AES-GCM', AEAD_AES_128_GCM, 12]] as const

let from: Socket
let to: Socket
let arrived: Buffer[]

test.before.each(async () => {
  arrived = []
  from = createSocket('udp4').bind(0, '127.0.0.1')
  to = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 }).bind(0, '127.0.0.1').on('message', (bytes) => { arrived.push(bytes) })
  await Promise.all([once(from, 'listening'), once(to, 'listening')])
})
test.after.each(() => {
  from.close()
  to.close()
})

async function exchange(profile: number, saltBytes: number, transmitter: Transmitter, sizeOf: (sequence: number) => number, extension?: Uint8Array): Promise<void> {
  const [key, salt] = [randomBytes(16), randomBytes(saltBytes)]
  const session = () => new SrtpSession({ keys: { localMasterKey: key, localMasterSalt: salt, remoteMasterKey: key, remoteMasterSalt: salt }, profile })
  const { srtpSessionKey, srtpSessionSalt, srtpSessionAuthTag } = session().localContext
  const outlet = rtpOutlet({
    keys: { profile, key: srtpSessionKey, salt: srtpSessionSalt, auth: srtpSessionAuthTag }, transmitter, extension,
    destination: () => ({ socket: from, host: '127.0.0.1', port: to.address().port })
  })
  const payloads = Array.from({ length: COUNT }, (_, i) => randomBytes(sizeOf(FIRST + i)))
  for (const [i, payload] of payloads.entries()) {
    const sequence = FIRST + i
    outlet.send({ sequence, timestamp: 2 ** 32 + sequence, payloadType: 102, marker: sequence % 3 === 0, ssrc: 0xdeadbeef }, payload)
  }
  await until(() => arrived.length === COUNT, 'all packets arrive')
  outlet.close()
  const receiver = session()
  for (const [i, sealed] of arrived.entries()) {
    const plain = receiver.decrypt(sealed)
    assert.ok(plain.subarray(12 + (extension?.length ?? 0)).equals(payloads[i]!), `packet ${FIRST + i}`)
    if (extension !== undefined) assert.deepEqual(RtpPacket.deSerialize(plain).header.extensions.map(({ id, payload }) => [id, ...payload]), [[5, 0, 0, 0]])
    assert.equal(plain.readUInt16BE(2), (FIRST + i) & 0xffff)
    assert.equal(plain.readUInt32BE(4), FIRST + i)
    assert.equal(plain[1], 102 | ((FIRST + i) % 3 === 0 ? 0x80 : 0))
  }
}

const native = await koffiTransmitter(() => {})
for (const transmitter of [nodeTransmitter(nodeCrypto), ...(native === undefined ? [] : [native])]) {
  for (const [name, profile, saltBytes] of PROFILES) {
    test(`${transmitter.kind}, ${name}: another implementation decrypts what arrives, in order, also after the sequence number wrapped`, async () => {
      await exchange(profile, saltBytes, transmitter, (sequence) => 1 + sequence % 1_188)
    })
    test(`${transmitter.kind}, ${name}: packets of one size, as a picture is cut into, arrive one by one`, async () => {
      await exchange(profile, saltBytes, transmitter, (sequence) => sequence % 10 === 9 ? 300 : 1_188)
    })
    test(`${transmitter.kind}, ${name}: a header extension arrives with every packet, authenticated with it`, async () => {
      await exchange(profile, saltBytes, transmitter, (sequence) => 1 + sequence % 1_188, shownAtOnce(5))
    })
  }
}

test('the accelerator gives back the descriptor it held of a socket that closed', async () => {
  if (native === undefined) return
  const sockets = (): number => readdirSync('/proc/self/fd').filter((fd) => { try { return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:') } catch { return false } }).length
  const before = sockets()
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const outlet = rtpOutlet({
    keys: { profile: AES_CM_128_HMAC_SHA1_80, key: randomBytes(16), salt: randomBytes(14), auth: randomBytes(20) }, transmitter: native,
    destination: () => ({ socket, host: '127.0.0.1', port: to.address().port })
  })
  outlet.send({ sequence: 1, timestamp: 1, payloadType: 102, marker: true, ssrc: 1 }, randomBytes(100))
  await until(() => arrived.length === 1, 'the packet arrives')
  assert.equal(sockets(), before + 2)
  socket.close()
  await until(() => sockets() === before, 'both descriptors are closed')
})

test.run()
