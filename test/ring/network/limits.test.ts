import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { suite } from 'uvu'
import type { Codec } from '#protocols/codec.ts'
import type { PeerId } from '#protocols/ids.ts'
import { type RpcFrame, rpcFrameCodec } from '#protocols/rpc.ts'
import { certificateCodec, JOIN_PROTOCOL } from '#protocols/join.ts'
import { issueCertificate } from '../../../ring/identity/certificate.ts'
import { publicKeyOf, ringIdOf } from '../../../ring/identity/ring-key.ts'
import { prefixed } from '../../../ring/network/frame-parser.ts'
import type { Host } from '../../../ring/network/host.ts'
import { serveJoins } from '../../../ring/network/join.ts'
import { silentLog } from '../../../ring/base/log.ts'
import type { RpcProtocol } from '../../../ring/network/network.ts'
import { MAX_REQUEST_STREAMS, MAX_REQUESTS_PER_SECOND } from '../../../ring/network/rpc-server.ts'
import { introduce, memoryLayout, plainLibp2p, startHost, until } from './test-hosts.ts'

const raw: Codec<Uint8Array> = { maxBytes: 65_536, encode: (bytes) => bytes, decode: (bytes) => bytes }
const echo: RpcProtocol<Uint8Array, Uint8Array> = { id: '/test/echo/1.0.0', roles: ['node'], request: raw, response: raw }

interface Context { alder: Host; honest: Host; enemy: Awaited<ReturnType<typeof plainLibp2p>>; certificate: Uint8Array }
const test = suite<Context>('limits at the door of the ring')

test.before.each(async (context) => {
  const ringSeed = randomBytes(32)
  context.alder = await startHost({ ringSeed, frameTimeoutMs: 1_000 })
  context.honest = await startHost({ ringSeed })
  context.enemy = await plainLibp2p()
  context.alder.serve(echo, async (bytes) => bytes)
  serveJoins({ network: context.alder, layout: memoryLayout(), log: silentLog })
  await introduce(context.honest, context.alder)
  const peerId = context.enemy.peerId.toString() as PeerId
  context.certificate = certificateCodec.encode(issueCertificate(ringSeed, { ringId: ringIdOf(publicKeyOf(ringSeed)), peerId, role: 'node' }, Date.now()))
})
test.after.each(async ({ alder, honest, enemy }) => { await Promise.all([alder.stop(), honest.stop(), enemy.stop()]) })

const isServed = async ({ honest, alder }: Context): Promise<void> => {
  assert.equal(Buffer.from(await honest.request(alder.self, echo, Buffer.from('hello'))).toString(), 'hello')
}

const open = ({ enemy, alder }: Context, protocol: string): Promise<Stream> => enemy.dialProtocol(multiaddr(alder.addresses()[0]), protocol, { maxOutboundStreams: 1_024 })

/** Send a byte now and then until the other side ends it. */
async function drip(stream: Stream, context: Context): Promise<void> {
  const timer = setInterval(() => { if (stream.status === 'open') stream.send(Uint8Array.of(7)) }, 100)
  try {
    await isServed(context)
    await until(() => stream.status !== 'open', 'the stream is ended', 30_000)
    await isServed(context)
  } finally {
    clearInterval(timer)
  }
}

test('a member that sends a message byte by byte is cut off, another is served', async (context) => {
  const stream = await open(context, echo.id)
  stream.send(prefixed(context.certificate))
  stream.send(prefixed(new Uint8Array(10_000)).subarray(0, 2))
  await drip(stream, context)
})

for (const protocol of [echo.id, JOIN_PROTOCOL]) {
  test(`a stranger that shows its papers byte by byte is cut off (${protocol})`, async (context) => {
    const stream = await open(context, protocol)
    stream.send(prefixed(new Uint8Array(1_000)).subarray(0, 2))
    await drip(stream, context)
  })
}

test('a message longer than its protocol allows ends the stream before it is read', async (context) => {
  const stream = await open(context, echo.id)
  stream.send(prefixed(context.certificate))
  stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0x7f))
  await until(() => stream.status !== 'open', 'the stream is ended', 30_000)
  await isServed(context)
})

test('a member that opens more request streams than anybody needs is refused the rest, another is served', async (context) => {
  const streams: Stream[] = []
  for (let count = 0; count < MAX_REQUEST_STREAMS + 4; count++) {
    const stream = await open(context, echo.id)
    stream.send(prefixed(context.certificate))
    streams.push(stream)
  }
  await until(() => streams.filter(({ remoteWriteStatus, status }) => status !== 'open' || remoteWriteStatus !== 'writable').length === 4, 'four are refused', 30_000)
  await isServed(context)
})

test('a member that closes its streams before it is answered has no more requests at work for it, and is served again when they are over', async (context) => {
  const [asked, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const slow: RpcProtocol<Uint8Array, Uint8Array> = { ...echo, id: '/test/slow/1.0.0' }
  let atWork = 0
  context.alder.serve(slow, async (bytes) => {
    if (++atWork === MAX_REQUEST_STREAMS) asked.resolve()
    await over.promise
    return bytes
  })
  const request = async (): Promise<Stream> => {
    const stream = await open(context, slow.id)
    stream.send(prefixed(context.certificate))
    stream.send(prefixed(rpcFrameCodec(slow.request.maxBytes).encode({ id: 1, body: Uint8Array.of(1) } as RpcFrame)))
    return stream
  }
  for (let count = 0; count < MAX_REQUEST_STREAMS; count++) {
    const stream = await request()
    await until(() => atWork > count, 'it is at work', 30_000)
    stream.abort(new Error('closed'))
  }
  await asked.promise
  const refused = await request()
  await until(() => refused.status !== 'open' || refused.remoteWriteStatus !== 'writable', 'one more is refused', 30_000)
  assert.equal(atWork, MAX_REQUEST_STREAMS)
  over.resolve()
  await until(async () => {
    const stream = await request()
    await until(() => atWork > MAX_REQUEST_STREAMS || stream.status !== 'open' || stream.remoteWriteStatus !== 'writable', 'taken or refused', 30_000)
    return atWork > MAX_REQUEST_STREAMS
  }, 'it is served again', 30_000)
})

test('a member that asks without end is read more slowly, and nothing of it is lost', async (context) => {
  const bodies = Array.from({ length: MAX_REQUESTS_PER_SECOND * 2 + 10 }, () => Uint8Array.of(1))
  const startedMs = performance.now()
  const asking = Promise.all(bodies.map((body) => context.honest.request(context.alder.self, echo, body, { signal: AbortSignal.timeout(60_000) })))
  assert.equal((await asking).length, bodies.length)
  assert.ok(performance.now() - startedMs >= 1_900, 'two seconds at least for what is asked in more than two')
})

test.run()
