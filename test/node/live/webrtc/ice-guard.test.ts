import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { suite } from 'uvu'
import { Message, RTCPeerConnection } from 'werift'
import { MAX_REMOTE_CANDIDATES } from '../../../../node/live/webrtc/ice.ts'
import { answerOffer } from '../../../../node/live/webrtc/webrtc.ts'
import { until } from '../../../support/until.ts'

const test = suite('who is heard on the ports of a connection')
let offerer: RTCPeerConnection
let answerer: RTCPeerConnection
let say: (text: string) => void
const heard: string[] = []

const create = (): RTCPeerConnection => new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle', iceAdditionalHostAddresses: ['127.0.0.1'] })

test.before.each(async () => {
  heard.length = 0
  offerer = create()
  answerer = create()
  answerer.onDataChannel.subscribe((channel) => { channel.onMessage.subscribe((text) => { heard.push(String(text)) }) })
  const channel = offerer.createDataChannel('x')
  say = (text) => channel.send(text)
  for (const { connection } of offerer.iceTransports) delete connection.stunServer
  await offerer.setLocalDescription(await offerer.createOffer())
  await answerOffer(answerer, offerer.localDescription!.sdp, { extraAddresses: ['127.0.0.1'] })
  await offerer.setRemoteDescription(answerer.localDescription!)
  await until(() => channel.readyState === 'open', 'both are connected')
})
test.after.each(async () => {
  await offerer.close()
  await answerer.close()
})

const connection = () => answerer.iceTransports[0]!.connection
const dtls = () => answerer.dtlsTransports[0]!.dtls as unknown as { bufferFragmentedHandshakes: unknown[] }
const port = (): number => (connection().nominated!.protocol as unknown as { getExtraInfo(): [string, number] }).getExtraInfo()[1]

/** A piece of a message that never comes whole. */
function fragment(): Buffer {
  const piece = Buffer.alloc(13 + 12 + 100)
  Buffer.from([22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 112, 11, 0, 4, 0, 0, 1, 0, 0, 0, 0, 0, 100]).copy(piece)
  return piece
}

function request(name: string, password: string | undefined, role: 'ICE-CONTROLLED' | 'ICE-CONTROLLING' = 'ICE-CONTROLLED'): Buffer {
  const message = new Message(1, 0)
  message.setAttribute('USERNAME', name).setAttribute('PRIORITY', 1).setAttribute(role, 1n)
  if (password !== undefined) message.addMessageIntegrity(Buffer.from(password)).addFingerprint()
  return message.bytes
}

/** From a socket of its own each, and what was said after them on the connection is heard. */
async function send(datagrams: readonly Buffer[]): Promise<void> {
  for (let at = 0; at < datagrams.length; at += 50) {
    for (const datagram of datagrams.slice(at, at + 50)) {
      const socket = createSocket('udp4').bind(0, '127.0.0.1')
      await once(socket, 'listening')
      await new Promise((resolve) => { socket.send(datagram, port(), '127.0.0.1', resolve) })
      socket.close()
    }
    const before = heard.length
    say('and now?')
    await until(() => heard.length > before, 'the connection goes on')
  }
}

test('requests of those who do not know the password change nothing', async () => {
  const { localUsername, localPassword } = connection()
  const before = [connection().remoteCandidates.length, connection().iceControlling]
  const wrong = [request(`${localUsername}:x`, undefined), request(`${localUsername}:x`, 'guessed'), request('other:x', localPassword), request('__proto__:x', ''), Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...Array.from({ length: 12 }, () => 7)])]
  await send(Array.from({ length: 500 }, (_, i) => wrong[i % wrong.length]!))
  assert.deepEqual([connection().remoteCandidates.length, connection().iceControlling], before)
})

test('who knows it is a candidate, until there are as many as are tried', async () => {
  const { localUsername, localPassword, remoteCandidates: { length } } = connection()
  await send([request(`${localUsername}:x`, localPassword, 'ICE-CONTROLLING')])
  assert.equal(connection().remoteCandidates.length, length + 1)
  await send(Array.from({ length: 100 }, () => request(`${localUsername}:x`, localPassword, 'ICE-CONTROLLING')))
  assert.equal(connection().remoteCandidates.length, MAX_REMOTE_CANDIDATES)
})

test('pieces of a handshake are not kept: of others never, of the other side not once it is over', async () => {
  await send(Array.from({ length: 200 }, fragment))
  assert.equal(dtls().bufferFragmentedHandshakes.length, 0)
  for (let i = 0; i < 200; i++) await offerer.iceTransports[0]!.connection.send(fragment())
  say('at last')
  await until(() => heard.includes('at last'), 'the connection goes on')
  assert.equal(dtls().bufferFragmentedHandshakes.length, 0)
})

test.run()
