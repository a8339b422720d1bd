import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import { suite } from 'uvu'
import type { Codec } from '#protocols/codec.ts'
import { certificateCodec, type Certificate } from '#protocols/join.ts'
import { InvalidInputError, InvalidMessageError, MemberUnreachableError } from '#protocols/errors.ts'
import { FrameParser, prefixed } from '../../../ring/network/frame-parser.ts'
import type { Host } from '../../../ring/network/host.ts'
import type { MessageStream, RpcProtocol, StreamProtocol } from '../../../ring/network/network.ts'
import { introduce, plainLibp2p, startHost, until } from './test-hosts.ts'

const KIB = 1 << 10
const MIB = 1 << 20
const raw = (maxBytes: number): Codec<Uint8Array> => ({ maxBytes, encode: (bytes) => bytes, decode: (bytes) => bytes })
const flow: StreamProtocol<Uint8Array> = { id: '/test/flow/1.0.0', roles: ['node'], message: raw(MIB) }
const ask: RpcProtocol<Uint8Array, Uint8Array> = { id: '/test/ask/1.0.0', roles: ['node'], request: raw(KIB), response: raw(KIB) }

const test = suite<{ alder: Host; birch: Host }>('streams between members')

test.before.each(async (context) => {
  const ringSeed = randomBytes(32)
  context.alder = await startHost({ ringSeed })
  context.birch = await startHost({ ringSeed })
  await introduce(context.alder, context.birch)
})

test.after.each(async ({ alder, birch }) => {
  await Promise.all([alder.stop(), birch.stop()])
})

/** The stream that birch gets when alder opens one. */
async function pair(alder: Host, birch: Host): Promise<{ here: MessageStream<Uint8Array>; there: MessageStream<Uint8Array>; done: () => void }> {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<MessageStream<Uint8Array>>()
  const { promise: isDone, resolve: done } = Promise.withResolvers<void>()
  birch.serveStreams(flow, async (stream) => {
    arrive(stream)
    await isDone
  })
  const here = await alder.openStream(birch.self, flow)
  return { here, there: await arrived, done }
}

test('messages of all sizes arrive whole and in order, both ways at once', async ({ alder, birch }) => {
  const sizes = [0, 1, 127, 128, 16_383, 16_384, 65_507, 262_144, MIB, 3]
  birch.serveStreams(flow, async (stream) => {
    for await (const message of stream) await stream.send(message)
  })
  const stream = await alder.openStream(birch.self, flow)
  const sent = sizes.map((size) => randomBytes(size))
  const sending = (async () => {
    for (const message of sent) await stream.send(message)
    await stream.close()
  })()
  const echoed: Buffer[] = []
  for await (const message of stream) echoed.push(Buffer.from(message))
  await sending
  assert.deepEqual(echoed.map((message) => message.byteLength), sizes)
  assert.ok(echoed.every((message, index) => message.equals(sent[index] as Buffer)))
})

test('who sends to a slow reader waits, and neither side hoards', async ({ alder, birch }) => {
  const { here, there, done } = await pair(alder, birch)
  const message = randomBytes(256 * KIB)
  let sent = 0
  const sending = (async () => {
    for (; sent < 256; sent++) await here.send(message)
    await here.close()
  })()
  let seen = 0
  await until(() => {
    const settled = sent === seen && sent > 0
    seen = sent
    return settled
  }, 'the sender comes to a halt')
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.ok(sent * message.byteLength <= 8 * MIB, `${sent * message.byteLength} of ${256 * message.byteLength} bytes were taken though nobody reads`)
  assert.ok(here.queuedBytes > 0 && here.queuedBytes <= MIB, `${here.queuedBytes} bytes queued`)
  let received = 0
  for await (const { byteLength } of there) received += byteLength
  await sending
  assert.equal(received, 256 * message.byteLength)
  done()
})

test('the end of one side is a clean end on the other', async ({ alder, birch }) => {
  const { here, there, done } = await pair(alder, birch)
  await here.send(Buffer.from('last words'))
  await here.close()
  const heard: string[] = []
  for await (const message of there) heard.push(Buffer.from(message).toString())
  assert.deepEqual(heard, ['last words'])
  done()
  await until(() => here.ended.aborted && there.ended.aborted, 'both know that it is over')
})

test('a cut is told apart from an end, and sending fails after it', async ({ alder, birch }) => {
  const { here, there, done } = await pair(alder, birch)
  await here.send(Buffer.from('half'))
  const reading = (async () => { for await (const _ of there); })()
  here.abort(new Error('camera unplugged'))
  await assert.rejects(reading, MemberUnreachableError)
  assert.ok(there.ended.aborted)
  await assert.rejects(here.send(Buffer.of(1)), /camera unplugged/)
  await assert.rejects(there.send(Buffer.of(1)), MemberUnreachableError)
  done()
})

test('a lost connection is a cut', async ({ alder, birch }) => {
  const { there, done } = await pair(alder, birch)
  const reading = (async () => { for await (const _ of there); })()
  alder.disconnect(birch.self, 'test')
  await assert.rejects(reading, MemberUnreachableError)
  done()
})

test('a message over the limit is refused here, before it is sent', async ({ alder, birch }) => {
  const { here, done } = await pair(alder, birch)
  await assert.rejects(here.send(Buffer.alloc(MIB + 1)), (err) => err instanceof InvalidInputError && /exceeds the limit of 1048576/.test(err.message))
  await assert.rejects(alder.request(birch.self, ask, Buffer.alloc(KIB + 1)), InvalidInputError)
  done()
})

for (const [what, bytes] of Object.entries({
  'a frame over the limit': prefixed(Buffer.alloc(64 * KIB)),
  'a length that never ends': Buffer.alloc(64, 0xff),
  'garbage instead of a certificate': prefixed(randomBytes(200)),
  'garbage instead of a length': Buffer.from('GET / HTTP/1.1\r\nHost: birch\r\nUser-Agent: a browser that lost its way, and its wits\r\n\r\n')
})) {
  test(`${what} ends the stream, and the next one works`, async ({ alder, birch }) => {
    let calls = 0
    birch.serve(ask, async (body) => { calls++; return body })
    const stranger = await plainLibp2p()
    try {
      const stream = await stranger.dialProtocol(multiaddr(birch.addresses()[0]), ask.id)
      stream.send(bytes)
      await until(() => stream.status !== 'open', 'birch ends the stream')
      assert.equal(calls, 0)
    } finally {
      await stranger.stop()
    }
    assert.equal((await alder.request(birch.self, ask, Buffer.of(7)))[0], 7)
  })
}

test('garbage after a good certificate ends the stream', async ({ alder, birch }) => {
  birch.serve(ask, async (body) => body)
  const frames = await alder.openBare(birch.self, ask.id, 64 * KIB)
  await frames.write(certificateCodec.encode(alder.credentials.certificate() as Certificate))
  await frames.write(Buffer.alloc(100, 0xff))
  await assert.rejects(frames.read(), MemberUnreachableError)
})

test('a stream on which nothing is said first is not kept', async ({ alder, birch }) => {
  birch.serve(ask, async (body) => body)
  const frames = await alder.openBare(birch.self, ask.id, 64 * KIB)
  await frames.close()
  assert.match(Buffer.from(await frames.read() ?? []).toString(), /no certificate was shown/)
})

test('the parser gives the same frames however the bytes are cut', () => {
  const frames = [0, 1, 127, 128, 300, 70_000].map((size) => randomBytes(size))
  const bytes = Buffer.concat(frames.map(prefixed))
  for (const step of [1, 2, 3, 64, 1_000, bytes.byteLength]) {
    const parser = new FrameParser(70_000)
    const found: Uint8Array[] = []
    for (let at = 0; at < bytes.byteLength; at += step) {
      parser.push(bytes.subarray(at, at + step))
      for (let frame = parser.next(); frame !== undefined; frame = parser.next()) found.push(frame)
    }
    assert.deepEqual(found.map((frame) => Buffer.from(frame).toString('hex')), frames.map((frame) => frame.toString('hex')))
    assert.equal(parser.bufferedBytes, 0)
  }
  assert.throws(() => { const parser = new FrameParser(10); parser.push(Buffer.of(11)); parser.next() }, InvalidMessageError)
})

test.run()
