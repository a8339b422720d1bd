import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import type { Codec } from '#protocols/codec.ts'
import { ChunkNotFoundError, MemberUnreachableError, NotAuthorizedError, OverloadedError, RemoteError } from '#protocols/errors.ts'
import type { Host } from '../../../ring/network/host.ts'
import type { RpcProtocol } from '../../../ring/network/network.ts'
import { introduce, startHost, until } from './test-hosts.ts'

const MIB = 1 << 20
const raw: Codec<Uint8Array> = { maxBytes: MIB, encode: (bytes) => bytes, decode: (bytes) => bytes }
const echo: RpcProtocol<Uint8Array, Uint8Array> = { id: '/test/echo/1.0.0', roles: ['node'], request: raw, response: raw }

const test = suite<{ alder: Host; birch: Host; ringSeed: Uint8Array }>('requests between members')

test.before.each(async (context) => {
  context.ringSeed = randomBytes(32)
  context.alder = await startHost({ ringSeed: context.ringSeed })
  context.birch = await startHost({ ringSeed: context.ringSeed })
  await introduce(context.alder, context.birch)
})

test.after.each(async ({ alder, birch }) => {
  await Promise.all([alder.stop(), birch.stop()])
})

test('a request is answered, in both directions of one connection', async ({ alder, birch }) => {
  alder.serve(echo, async (bytes) => Buffer.concat([Buffer.from('alder:'), bytes]))
  birch.serve(echo, async (bytes, caller) => Buffer.concat([Buffer.from(`birch to ${caller.peerId} ${caller.role}:`), bytes]))
  assert.equal(Buffer.from(await alder.request(birch.self, echo, Buffer.from('hello'))).toString(), `birch to ${alder.self} node:hello`)
  assert.equal(Buffer.from(await birch.request(alder.self, echo, Buffer.from('hello'))).toString(), 'alder:hello')
})

test('a member may ask itself', async ({ alder }) => {
  alder.serve(echo, async (bytes, caller) => Buffer.from(`${bytes.byteLength} ${caller.peerId === alder.self} ${caller.role}`))
  assert.equal(Buffer.from(await alder.request(alder.self, echo, Buffer.alloc(3))).toString(), '3 true node')
})

test('a body of 1 MiB arrives unchanged', async ({ alder, birch }) => {
  birch.serve(echo, async (bytes) => bytes)
  const body = randomBytes(MIB)
  assert.ok(body.equals(await alder.request(birch.self, echo, body)))
})

test('200 requests at once all get their own answer, though only 64 wait at the server', async ({ alder, birch }) => {
  let inFlight = 0
  let most = 0
  birch.serve(echo, async (bytes) => {
    most = Math.max(most, ++inFlight)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 10))
    inFlight--
    return bytes
  })
  const bodies = Array.from({ length: 200 }, (_, index) => Buffer.from(`request ${index}`))
  const answers = await Promise.all(bodies.map((body) => alder.request(birch.self, echo, body)))
  assert.deepEqual(answers.map((answer) => Buffer.from(answer).toString()), bodies.map(String))
  assert.ok(most <= 64, `${most} at once`)
})

test('an error comes back as the class its handler threw', async ({ alder, birch }) => {
  birch.serve(echo, async () => { throw new ChunkNotFoundError('chunk bafy is nowhere') })
  await assert.rejects(alder.request(birch.self, echo, Buffer.of(1)), (err) => err instanceof ChunkNotFoundError && err.message === 'chunk bafy is nowhere')
})

test('an error of no class of ours comes back as RemoteError', async ({ alder, birch }) => {
  birch.serve(echo, async () => { throw new TypeError('x is not a function') })
  await assert.rejects(alder.request(birch.self, echo, Buffer.of(1)), (err) => err instanceof RemoteError && /x is not a function/.test(err.message))
})

test('a caller that ignores the window is told that it is too much', async ({ alder, birch }) => {
  const small = { ...echo, maxInFlight: 2 }
  let release = (): void => {}
  const gate = new Promise<void>((resolve) => { release = resolve })
  birch.serve(small, async (bytes) => { await gate; return bytes })
  const asked = [1, 2, 3].map((byte) => alder.request(birch.self, echo, Buffer.of(byte)))
  await assert.rejects(asked[2] as Promise<unknown>, OverloadedError)
  release()
  await Promise.all(asked.slice(0, 2))
})

test('a request that nobody answers ends at its deadline', async ({ alder, birch }) => {
  birch.serve(echo, () => new Promise(() => {}))
  await assert.rejects(alder.request(birch.self, echo, Buffer.of(1), { signal: AbortSignal.timeout(200) }), MemberUnreachableError)
})

test('a camera peer is refused where only nodes may ask', async ({ birch, ringSeed }) => {
  birch.serve(echo, async (bytes) => bytes)
  const camera = await startHost({ ringSeed, role: 'peer', router: false, listen: [] })
  try {
    await introduce(camera, birch)
    await assert.rejects(camera.request(birch.self, echo, Buffer.of(1)), (err) => err instanceof NotAuthorizedError && /not for a peer/.test(err.message))
  } finally {
    await camera.stop()
  }
})

test('a member of another ring is refused', async ({ birch }) => {
  birch.serve(echo, async (bytes) => bytes)
  const stranger = await startHost({ ringSeed: randomBytes(32) })
  try {
    await introduce(stranger, birch)
    await assert.rejects(stranger.request(birch.self, echo, Buffer.of(1)), (err) => err instanceof NotAuthorizedError && /another ring/.test(err.message))
  } finally {
    await stranger.stop()
  }
})

test('after the other side was stopped and came back at another address, asking works again', async ({ alder, birch, ringSeed }) => {
  birch.serve(echo, async (bytes) => bytes)
  await alder.request(birch.self, echo, Buffer.of(1))
  const seed = randomBytes(32)
  const first = await startHost({ ringSeed, seed })
  first.serve(echo, async () => Buffer.from('first'))
  await introduce(alder, first)
  await alder.request(first.self, echo, Buffer.of(1))
  await first.stop()
  await until(() => !alder.isConnected(first.self), 'alder notices')
  await assert.rejects(alder.request(first.self, echo, Buffer.of(1)), MemberUnreachableError)
  const second = await startHost({ ringSeed, seed })
  try {
    second.serve(echo, async () => Buffer.from('second'))
    await introduce(alder, second)
    assert.equal(Buffer.from(await alder.request(second.self, echo, Buffer.of(1))).toString(), 'second')
  } finally {
    await second.stop()
  }
})

test.run()
