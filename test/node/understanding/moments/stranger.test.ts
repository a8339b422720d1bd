/** The protocol as another program sees it: libp2p, the .proto files, and nothing of ours. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { multiaddr } from '@multiformats/multiaddr'
import protobuf from 'protobufjs'
import { suite } from 'uvu'
import { certificateCodec } from '#protocols/join.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { Network } from '#ring'
import { issueCertificate } from '../../../../ring/identity/certificate.ts'
import { publicKeyOf, ringIdOf } from '../../../../ring/identity/ring-key.ts'
import type { Host } from '../../../../ring/network/host.ts'
import { plainLibp2p, startHost } from '../../../ring/network/test-hosts.ts'
import { colour, COLOUR_SPACE, createMomentRing, type MomentRing } from '../../../support/moment-ring.ts'

const test = suite('another program asks for moments')
const load = (name: string): protobuf.Root => protobuf.parse(readFileSync(join(import.meta.dirname, '../../../../protocols', name), 'utf8')).root
const [rpc, moments] = [load('rpc.proto').lookupType('RpcFrame'), load('moments.proto')]
const [Request, Response] = [moments.lookupType('MomentRequest'), moments.lookupType('MomentResponse')]

interface Frame { id: number; body: Uint8Array; errorCode: string }

const ringSeed = randomBytes(32)
let host: Host
let ring: MomentRing
let red: string

test.before(async () => {
  host = await startHost({ ringSeed })
  ring = await createMomentRing(['alder'], { networks: [host as unknown as Network], replicas: 1 })
  const subject = await ring.import('clip.mp4')
  red = subject.id
  await ring.put({ subject, vectors: [{ space: COLOUR_SPACE, level: 1, fromMs: 2_000, toMs: 3_000, pictureMs: 2_500, vector: colour('red') }], words: [{ level: 1, sense: 'speech', fromMs: 7_000, toMs: 8_000, pictureMs: 7_000, text: 'to the harbour' }], understood: { ms: 10_000, readings: [`vectors@${COLOUR_SPACE}`] } })
})
test.after(async () => {
  await ring?.stop()
  await host?.stop()
})

const prefixed = (bytes: Uint8Array): Uint8Array => protobuf.Writer.create().bytes(bytes).finish()

/** What comes back for these bodies, in the order of their numbers; undefined when the stream is ended instead. */
async function say(role: 'node' | 'peer', bodies: readonly Uint8Array[]): Promise<Frame[] | undefined> {
  const program = await plainLibp2p()
  try {
    const certificate = issueCertificate(ringSeed, { ringId: ringIdOf(publicKeyOf(ringSeed)), peerId: program.peerId.toString() as PeerId, role }, Date.now())
    const stream = await program.dialProtocol(multiaddr(host.addresses()[0]!), '/thatdam/search/1.0.0')
    stream.send(prefixed(certificateCodec.encode(certificate)))
    for (const [at, body] of bodies.entries()) stream.send(prefixed(rpc.encode(rpc.fromObject({ id: at + 1, body })).finish()))
    let bytes = Buffer.alloc(0)
    const frames: Frame[] = []
    for await (const part of stream) {
      bytes = Buffer.concat([bytes, part.subarray()])
      for (let frame = take(bytes); frame !== undefined; frame = take(bytes)) {
        bytes = bytes.subarray(frame.length)
        frames.push(frame.value)
      }
      if (frames.length === bodies.length) return frames.sort((one, other) => one.id - other.id)
    }
    return undefined
  } catch {
    return undefined
  } finally {
    await program.stop()
  }
}

function take(bytes: Buffer): { value: Frame; length: number } | undefined {
  if (bytes.length === 0) return undefined
  const reader = protobuf.Reader.create(bytes)
  try {
    const body = reader.bytes()
    return { value: rpc.toObject(rpc.decode(body), { longs: Number, defaults: true }) as Frame, length: reader.pos }
  } catch {
    return undefined // not all of it is here
  }
}

const ask = (request: object): Uint8Array => Request.encode(Request.fromObject(request)).finish()
const read = (frame: Frame | undefined): Record<string, any> => Response.toObject(Response.decode(frame!.body), { defaults: true, arrays: true })

test('the whole, a slice, a sentence\'s vector and a picture\'s, in one stream', async () => {
  const query = { text: 'red', limit: 5 }
  const frames = await say('node', [
    ask({ whole: { query } }), ask({ slice: { query: { ...query, text: 'harbour' }, partitions: Array.from({ length: 256 }, (_, at) => at) } }), ask({ embed: { text: 'red' } }), ask({ picture: { subject: { id: red }, atMs: 2_500 } })
  ])
  const [whole, slice, sentence, picture] = frames!.map(read)
  assert.deepEqual([whole!['whole'].found[0].subject.id, whole!['whole'].found[0].moments[0].fromMs, whole!['whole'].understoodMs, whole!['whole'].totalMs], [red, 2_000, 10_000, 10_000])
  assert.deepEqual(slice!['slice'].words.map(({ text, fromMs }: { text: string; fromMs: number }) => [text, fromMs]), [['to the harbour', 7_000]])
  assert.deepEqual([sentence!['vector'].vector.space, Buffer.from(sentence!['vector'].vector.values).equals(Buffer.from(picture!['vector'].vector.values))], [COLOUR_SPACE, true])
})

test('what is wrong is answered with a code, and the next question is answered', async () => {
  const wrong = [{}, { slice: {} }, { slice: { query: { text: 'x', limit: 1 }, partitions: [999] } }, { whole: { query: { text: 'x'.repeat(600), limit: 1 } } }, { whole: { query: { limit: 1, near: { space: 'a b', values: Buffer.alloc(8) } } } }, { picture: { subject: { id: '../x' }, atMs: 0 } }]
  const frames = await say('node', [...wrong.map(ask), Uint8Array.of(255, 255), ask({ embed: { text: 'red' } })])
  assert.deepEqual(frames?.map(({ errorCode }) => errorCode !== ''), [...wrong.map(() => true), true, false], JSON.stringify(frames))
})

test('a camera\'s peer may not ask, nor does a question too long go through', async () => {
  const refused = await say('peer', [ask({ embed: { text: 'red' } })])
  assert.ok(refused === undefined || refused.every(({ errorCode }) => errorCode !== ''), JSON.stringify(refused))
  const long = await say('node', [ask({ embed: { text: 'x'.repeat(80_000) } })])
  assert.ok(long === undefined || long.every(({ errorCode }) => errorCode !== ''), JSON.stringify(long))
})

test.run()
