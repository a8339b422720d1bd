// needs: ffmpeg
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import { CipherContext, HashAlgorithm, NamedCurveAlgorithm, RTCCertificate, RTCDtlsTransport, type RTCPeerConnection, SignatureAlgorithm } from 'werift'
import { emitter } from '#ring/base/emitter.ts'
import { guardHandshakes, MAX_FRAGMENTS } from '../../../../node/live/webrtc/handshake.ts'
import { Client, type Peer } from '../../../conformance/client.ts'
import { type LiveServer, startLiveServer } from '../../../support/live-server.ts'
import { until } from '../../../support/until.ts'

const test = suite('who answers in DTLS')
type Dtls = NonNullable<RTCDtlsTransport['dtls']>
let server: LiveServer
let client: Client

test.before(async () => {
  server = await startLiveServer({ localViewers: 8 })
})
test.after(() => server.stop())
test.before.each(() => { server.noted.length = 0 })
test.after.each(async () => {
  await client?.cleanUp()
  delete RTCDtlsTransport.localCertificate
  delete RTCDtlsTransport.localCertificatePromise
})

/** A viewer's or a publisher's peer in either role, whose DTLS may be bent before it begins. */
async function connect(role: 'watch' | 'publish', setup: 'actpass' | 'active', bend: (dtls: Dtls) => void = () => {}): Promise<Peer> {
  client = new Client({ endpoint: `${server.url}/${role === 'watch' ? 'whep/porch' : 'whip/desk'}`, role })
  const peer = client.peer()
  const offer = await peer.offer()
  const [transport] = peer.pc.dtlsTransports
  transport!.onStateChange.subscribe((state) => { if (state === 'connecting') queueMicrotask(() => bend(transport!.dtls!)) })
  const answer = await client.post(offer.replaceAll('a=setup:actpass', `a=setup:${setup}`))
  assert.equal(answer.status, 201)
  await peer.accept(answer.text)
  return peer
}

const sessions = (): number => server.whep.count() + server.whip.count()
const CERTIFICATES = { ECDSA: SignatureAlgorithm.ecdsa_3, RSA: SignatureAlgorithm.rsa_1 } as const

for (const [name, signature] of Object.entries(CERTIFICATES)) {
  for (const role of ['watch', 'publish'] as const) {
    for (const setup of ['actpass', 'active'] as const) {
      test(`${role} with a certificate of ${name}, setup ${setup}: who has its key is connected`, async () => {
        const { certPem, keyPem, signatureHash } = await CipherContext.createSelfSignedCertificateWithKey({ signature, hash: HashAlgorithm.sha256_4 }, NamedCurveAlgorithm.secp256r1_23)
        RTCDtlsTransport.localCertificate = new RTCCertificate(keyPem, certPem, signatureHash)
        const peer = await connect(role, setup)
        if (role === 'watch') await peer.media()
        else await until(() => server.cameras.get('desk' as never) !== undefined, 'it is a camera')
      })
    }
  }
}

for (const role of ['watch', 'publish'] as const) {
  for (const setup of ['actpass', 'active'] as const) {
    test(`${role}, setup ${setup}: who shows a certificate and does not have its key gets nothing and is no camera`, async () => {
      const peer = await connect(role, setup, ({ cipher }) => { cipher.signatureData = cipher.generateKeySignature = () => randomBytes(70) })
      await until(() => sessions() === 0, 'it is let go')
      assert.deepEqual([peer.packets, server.noted], [0, []])
    })
  }

  test(`${role}: who repeats the proof of another with keys of their own gets nothing`, async () => {
    const peer = await connect(role, 'actpass', (dtls) => {
      const { cipher } = dtls
      const sign = cipher.generateKeySignature.bind(cipher)
      cipher.generateKeySignature = (hash) => {
        const [mine, theirs] = [cipher.localKeyPair, { ...cipher.localKeyPair, publicKey: Buffer.from(cipher.localKeyPair.publicKey) }]
        theirs.publicKey[5]! ^= 1
        cipher.localKeyPair = theirs
        const signature = sign(hash)
        cipher.localKeyPair = mine
        return signature
      }
    })
    await until(() => sessions() === 0, 'it is let go')
    assert.deepEqual([peer.packets, server.noted], [0, []])
  })
}

test('what is signed is taken once, and of a handshake that is over only what asks for its last word again', async () => {
  const onStateChange = emitter<string>()
  const took: number[] = []
  const dtls = { connected: false, bufferFragmentedHandshakes: [] as object[], handleFragmentHandshake: (pieces: object[]) => { dtls.bufferFragmentedHandshakes.push(...pieces); return pieces }, onHandleHandshakes: async (messages: ReadonlyArray<{ msg_type: number }>) => { took.push(...messages.map(({ msg_type: type }) => type)) } }
  guardHandshakes({ dtlsTransports: [{ onStateChange: { subscribe: onStateChange.on }, dtls }] } as unknown as RTCPeerConnection)
  onStateChange.emit('connecting')
  await Promise.resolve()
  const say = (...types: number[]): Promise<void> => dtls.onHandleHandshakes(types.map((type) => ({ msg_type: type })))
  await say(2, 11, 12)
  await say(2, 11, 12, 14, 15, 16)
  await say(14, 15, 16, 20)
  const piece = (length: number): object => ({ length, fragment_length: 100, fragment: Buffer.alloc(100) })
  for (let i = 0; i < 1_000; i++) dtls.handleFragmentHandshake([piece(300), piece(10_000_000)])
  const held = dtls.bufferFragmentedHandshakes.length
  assert.ok(held > 0 && held <= MAX_FRAGMENTS, 'pieces wait, as many as a bound')
  dtls.connected = true
  dtls.handleFragmentHandshake([piece(300)])
  assert.equal(dtls.bufferFragmentedHandshakes.length, held)
  await say(1, 11, 12, 14, 16, 20)
  assert.deepEqual(took, [2, 11, 12, 14, 15, 16, 14, 20, 20])
})

test.run()
