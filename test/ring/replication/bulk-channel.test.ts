import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectTcp, type Socket } from 'node:net'
import { type TLSSocket, connect, createServer } from 'node:tls'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { ChunkCorruptError } from '#protocols/errors.ts'
import { type ChunkId, type PeerId, chunkIdOf, digestOf, hashOfChunk } from '#protocols/ids.ts'
import { type FileChunkStore, createFileChunkStore } from '../../../ring/chunks/file-chunk-store.ts'
import { type BulkChannel, type BulkChannelInit, type BulkGrant, createBulkChannel, hostsOf } from '../../../ring/replication/bulk-channel.ts'
import { BULK_TLS, MAX_BULK_HANDSHAKES, MAX_BULK_SOCKETS, MAX_BULK_SOCKETS_PER_MEMBER } from '../../../ring/replication/bulk-server.ts'
import { MAX_BULK_PENDING, NOT_HELD } from '../../../ring/replication/bulk-socket.ts'
import { type ChunkExchange, createChunkExchange } from '../../../ring/replication/chunk-exchange.ts'
import { createFakeNetwork } from '../../support/fake-network.ts'
import { bytesOf, eventually } from '../../support/fake-ring.ts'

const test = suite('bulk channel')
const alder = 'peer-alder' as PeerId
const birch = 'peer-birch' as PeerId
const MIB = 1_048_576

test('pulls chunks of all sizes, and knows what is not held', withPair(async ({ here, there, held }) => {
  const chunks = [bytesOf(1, MIB), new Uint8Array(0), bytesOf(2, 1), bytesOf(3, 300_000), randomBytes(MIB)]
  for (const bytes of chunks) held.set(chunkIdOf(bytes), bytes)
  await opened(here, there)
  const ids = [...chunks, ...chunks, ...chunks].map(chunkIdOf)
  const answers = await Promise.all(ids.map((id) => here.get(birch, id, ask(there))))
  for (const [i, answer] of answers.entries()) assert.equal(chunkIdOf(answer?.bytes as Uint8Array), ids[i])
  assert.deepEqual(await here.get(birch, chunkIdOf(bytesOf(99)), ask(there)), { bytes: undefined })
}))

test('lends bytes that are not on disk yet, until they are taken back', withPair(async ({ here, there }) => {
  await opened(here, there)
  const bytes = bytesOf(5, MIB)
  const takeBack = there.lend(chunkIdOf(bytes), bytes)
  assert.equal(chunkIdOf((await here.get(birch, chunkIdOf(bytes), ask(there)))?.bytes ?? new Uint8Array(0)), chunkIdOf(bytes))
  takeBack()
  assert.deepEqual(await here.get(birch, chunkIdOf(bytes), ask(there)), { bytes: undefined })
}))

test('who has given up before he asked is told so, and what becomes of the question harms nobody', withPair(async ({ here, there }) => {
  await opened(here, there)
  const unhandled: unknown[] = []
  const hear = (reason: unknown): void => { unhandled.push(reason) }
  process.on('unhandledRejection', hear)
  try {
    const gaveUp = new Error('gave up')
    await assert.rejects(here.get(birch, chunkIdOf(bytesOf(1)), ask(there), { signal: AbortSignal.abort(gaveUp) }), gaveUp)
    await there.stop() // the question is never answered
    await eventually(async () => await here.get(birch, chunkIdOf(bytesOf(1)), async () => undefined) === undefined, 'the channel is known to be closed')
    assert.deepEqual(unhandled, [])
  } finally {
    process.off('unhandledRejection', hear)
  }
}))

test('nobody gets in without the key that was made for him', withPair(async ({ there }) => {
  const { port, key } = there.grant(alder) as BulkGrant
  const knocking: Array<[string, Uint8Array]> = [[alder, randomBytes(32)], [birch, key], ['', key], [alder, new Uint8Array(32)]]
  for (const [identity, psk] of knocking) await assert.rejects(once(knock(port, identity, psk), 'secureConnect'))
  const renewed = there.grant(alder) as BulkGrant
  await assert.rejects(once(knock(port, alder, key), 'secureConnect'), 'a later grant replaces the key')
  const socket = knock(port, alder, renewed.key)
  await once(socket, 'secureConnect')
  socket.destroy()
}))

test('cuts off who asks for more than may be pending', withPair(async ({ there, held }) => {
  const bytes = bytesOf(1, MIB)
  held.set(chunkIdOf(bytes), bytes)
  const { port, key } = there.grant(alder) as BulkGrant
  const socket = knock(port, alder, key)
  await once(socket, 'secureConnect')
  socket.pause()
  socket.write(Buffer.concat(Array.from({ length: MAX_BULK_PENDING * 8 }, () => digestOf(chunkIdOf(bytes)))))
  socket.resume()
  await once(socket, 'close')
}))

test('sockets that say nothing are dropped for newer ones, and keep no member out', withPair(async ({ here, there, held }) => {
  const bytes = bytesOf(1, MIB)
  held.set(chunkIdOf(bytes), bytes)
  const { port } = there.grant(alder) as BulkGrant
  const silent: Socket[] = Array.from({ length: MAX_BULK_SOCKETS + 20 }, () => connectTcp(port, '127.0.0.1').on('error', () => {}))
  try {
    await eventually(() => silent.filter((socket) => !socket.destroyed && !socket.closed).length <= MAX_BULK_HANDSHAKES, 'most are dropped', 20_000)
    await opened(here, there)
    assert.equal(chunkIdOf((await here.get(birch, chunkIdOf(bytes), ask(there)))?.bytes as Uint8Array), chunkIdOf(bytes))
  } finally {
    for (const socket of silent) socket.destroy()
  }
}))

test('one member has a few sockets at most, the newest', withPair(async ({ there }) => {
  const { port, key } = there.grant(alder) as BulkGrant
  const sockets: TLSSocket[] = []
  for (let count = 0; count < MAX_BULK_SOCKETS_PER_MEMBER + 3; count++) {
    const socket = knock(port, alder, key).on('error', () => {})
    await once(socket, 'secureConnect')
    sockets.push(socket)
    socket.resume()
  }
  await eventually(() => sockets.filter(({ destroyed }) => !destroyed).length === MAX_BULK_SOCKETS_PER_MEMBER, 'the older ones are closed', 20_000)
  assert.deepEqual(sockets.map(({ destroyed }) => destroyed), sockets.map((_, index) => index < 3))
  for (const socket of sockets) socket.destroy()
}))

test('a member that was removed is cut off, and its key opens nothing', withPair(async ({ there }) => {
  const { port, key } = there.grant(alder) as BulkGrant
  const socket = knock(port, alder, key).on('error', () => {})
  await once(socket, 'secureConnect')
  socket.resume()
  there.forget(alder)
  await eventually(() => socket.destroyed, 'the socket is closed', 20_000)
  await assert.rejects(once(knock(port, alder, key), 'secureConnect'))
}))

test('bytes that are not the chunk are not taken, and the channel ends', async () => {
  const bytes = bytesOf(1, 5_000)
  await withHostileServer((socket) => socket.write(Buffer.concat([lengthOf(5_000), bytesOf(2, 5_000)])), chunkIdOf(bytes))
})

test('an answer longer than a chunk is not taken, and the channel ends', async () => {
  await withHostileServer((socket) => socket.write(lengthOf(MIB + 1)), chunkIdOf(bytesOf(1)))
})

test('a chunk of which a byte comes now and then is given up, the channel ends, and the member is asked over the network for a while', async () => {
  let drip: NodeJS.Timeout | undefined
  const stop = (): void => clearInterval(drip)
  try {
    const { opened } = await withHostileServer((socket) => {
      socket.write(lengthOf(MIB))
      drip = setInterval(() => socket.write(Buffer.of(0)), 20)
      socket.on('close', stop)
    }, chunkIdOf(bytesOf(1, MIB)), { chunkMs: 200 })
    assert.equal(opened, 1)
  } finally {
    stop()
  }
})

test('a member that can not be reached that way is served over the network', async () => {
  const net = createFakeNetwork()
  const nodes = new Map<PeerId, { held: Map<ChunkId, Uint8Array>; exchange: ReturnType<typeof createChunkExchange> }>()
  for (const self of [alder, birch]) {
    const network = { ...net.join(self), addresses: () => ['/ip4/127.0.0.1/tcp/1'] }
    const held = new Map<ChunkId, Uint8Array>()
    const bulk = createBulkChannel({ network, local: storeOf(held) }, { host: '127.0.0.2' }) // not where it says
    const exchange = createChunkExchange({ network, local: storeOf(held), bulk })
    await exchange.start()
    nodes.set(self, { held, exchange })
  }
  const [here, there] = [...nodes.values()] as [{ held: Map<ChunkId, Uint8Array>; exchange: ReturnType<typeof createChunkExchange> }, { held: Map<ChunkId, Uint8Array>; exchange: ReturnType<typeof createChunkExchange> }]
  for (let seed = 0; seed < 3; seed++) {
    const bytes = bytesOf(seed, MIB)
    await here.exchange.put(birch, chunkIdOf(bytes), bytes)
    assert.ok(there.held.has(chunkIdOf(bytes)))
    assert.equal(chunkIdOf(await here.exchange.get(birch, chunkIdOf(bytes)) ?? new Uint8Array(0)), chunkIdOf(bytes))
  }
  for (const { exchange } of nodes.values()) await exchange.stop()
})

test('a put to another node is pulled by it, and no chunk travels as a message', async () => {
  const net = createFakeNetwork()
  let messages = 0
  net.onRequest = (_from, _to, _protocol, request) => { if ('put' in (request as object) || 'get' in (request as object)) messages++ }
  const stores = new Map<PeerId, Map<ChunkId, Uint8Array>>()
  const exchanges = [alder, birch].map((self) => {
    const network = { ...net.join(self), addresses: () => ['/ip4/127.0.0.1/tcp/1'] }
    const held = new Map<ChunkId, Uint8Array>()
    stores.set(self, held)
    return createChunkExchange({ network, local: storeOf(held), bulk: createBulkChannel({ network, local: storeOf(held) }, { host: '127.0.0.1' }) })
  })
  for (const exchange of exchanges) await exchange.start()
  const [here] = exchanges as [ReturnType<typeof createChunkExchange>]
  await eventually(async () => {
    const before = messages
    const bytes = randomBytes(MIB)
    await here.put(birch, chunkIdOf(bytes), bytes)
    assert.ok(stores.get(birch)?.has(chunkIdOf(bytes)))
    return messages === before
  }, 'chunks are pulled')
  await eventually(async () => {
    const before = messages
    const id = [...stores.get(birch)?.keys() ?? []][0] as ChunkId
    assert.equal(chunkIdOf(await here.get(birch, id) ?? new Uint8Array(0)), id)
    return messages === before
  }, 'chunks are pulled back')
  for (const exchange of exchanges) await exchange.stop()
})

test('a chunk that rotted on the sender\'s disk is not taken; the sender finds that out and sets its file aside', async () => {
  const net = createFakeNetwork()
  const dir = mkdtempSync(join(tmpdir(), 'thatdam-bulk-'))
  let gets = 0
  net.onRequest = (_from, _to, _protocol, request) => { if ('get' in (request as object)) gets++ }
  const [here, there] = await Promise.all([alder, birch].map(async (self) => {
    const network = { ...net.join(self), addresses: () => ['/ip4/127.0.0.1/tcp/1'] }
    const local = createFileChunkStore(join(dir, self), { reserveBytes: 0 })
    await local.start()
    const exchange = createChunkExchange({ network, local, bulk: createBulkChannel({ network, local }, { host: '127.0.0.1' }) })
    await exchange.start()
    return { local, exchange }
  })) as [{ local: FileChunkStore; exchange: ChunkExchange }, { local: FileChunkStore; exchange: ChunkExchange }]
  try {
    const [rotten, good] = [randomBytes(MIB), randomBytes(MIB)]
    for (const bytes of [rotten, good]) await there.local.put(chunkIdOf(bytes), bytes)
    const isPulled = async (bytes: Uint8Array): Promise<boolean> => {
      const before = gets
      assert.deepEqual(await here.exchange.get(birch, chunkIdOf(bytes)), bytes)
      return gets === before
    }
    await eventually(() => isPulled(rotten), 'chunks are pulled')
    const name = hashOfChunk(chunkIdOf(rotten))
    const file = join(dir, birch, name.slice(0, 2), name)
    writeFileSync(file, readFileSync(file).map((byte, i) => (i === 700_000 ? byte ^ 1 : byte)))
    await assert.rejects(here.exchange.get(birch, chunkIdOf(rotten)), ChunkCorruptError)
    assert.deepEqual(there.local.damaged(), [chunkIdOf(rotten)])
    assert.equal(await here.exchange.get(birch, chunkIdOf(rotten)), undefined)
    await eventually(() => isPulled(good), 'others are pulled as before')
  } finally {
    for (const { exchange, local } of [here, there]) {
      await exchange.stop()
      await local.stop()
    }
    rmSync(dir, { recursive: true })
  }
})

test('tries loopback last', () => {
  assert.deepEqual(hostsOf(['/ip4/127.0.0.1/tcp/1/p2p/x', '/ip4/10.0.0.7/tcp/1', '/dns4/nas/tcp/1', '/ip6/fd00::1/tcp/1', '/ip4/10.0.0.7/udp/1']), ['10.0.0.7', 'fd00::1', '127.0.0.1'])
})

test.run()

type Pair = { here: BulkChannel; there: BulkChannel; held: Map<ChunkId, Uint8Array> }

function withPair(body: (pair: Pair) => Promise<void>): () => Promise<void> {
  return async () => {
    const held = new Map<ChunkId, Uint8Array>()
    const channel = (self: PeerId): BulkChannel => createBulkChannel({ network: { self, addresses: () => ['/ip4/127.0.0.1/tcp/1'] }, local: storeOf(held) }, { host: '127.0.0.1' })
    const pair = { here: channel(alder), there: channel(birch), held }
    await pair.here.start()
    await pair.there.start()
    try {
      await body(pair)
    } finally {
      await pair.here.stop()
      await pair.there.stop()
    }
  }
}

const ask = (there: BulkChannel) => async (): Promise<BulkGrant | undefined> => there.grant(alder)

async function opened(here: BulkChannel, there: BulkChannel): Promise<void> {
  await eventually(async () => await here.get(birch, chunkIdOf(bytesOf(0)), ask(there)) !== undefined, 'the channel is open')
}

function knock(port: number, identity: string, psk: Uint8Array): TLSSocket {
  return connect({ ...BULK_TLS, host: '127.0.0.1', port, checkServerIdentity: () => undefined, pskCallback: () => ({ psk, identity }) })
}

const lengthOf = (length: number): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(length)
  return head
}

/** A server that has the key and answers as it likes: what it says must not come out as a chunk. */
async function withHostileServer(answer: (socket: TLSSocket) => void, id: ChunkId, init: BulkChannelInit = {}): Promise<{ opened: number }> {
  const key = randomBytes(32)
  const sockets: TLSSocket[] = []
  const server = createServer({ ...BULK_TLS, pskCallback: () => key }, (socket) => {
    sockets.push(socket)
    let isFirst = true
    socket.on('error', () => {}).on('data', () => {
      if (isFirst) socket.write(lengthOf(NOT_HELD)) // the question with which the test sees it is open
      else answer(socket)
      isFirst = false
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const here = createBulkChannel({ network: { self: alder, addresses: () => [] }, local: storeOf(new Map()) }, { host: '127.0.0.1', ...init })
  let asked = 0
  const grant = async (): Promise<BulkGrant> => {
    asked++
    return { port, key, hosts: ['127.0.0.1'] }
  }
  try {
    await eventually(async () => await here.get(birch, chunkIdOf(bytesOf(0)), grant) !== undefined, 'the channel is open')
    assert.equal(await here.get(birch, id, grant), undefined)
    await eventually(() => sockets[0]?.destroyed === true, 'the channel has ended')
    assert.equal(await here.get(birch, id, grant), undefined)
    return { opened: asked }
  } finally {
    await here.stop()
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
}

function storeOf(held: Map<ChunkId, Uint8Array>) {
  return {
    has: async (id: ChunkId) => held.has(id),
    get: async (id: ChunkId) => held.get(id),
    readUnverified: async (id: ChunkId, into: Uint8Array) => {
      into.set(held.get(id) ?? [])
      return held.get(id)?.byteLength
    },
    put: async (id: ChunkId, bytes: Uint8Array) => { held.set(id, new Uint8Array(bytes)) },
    list: async () => [...held.keys()],
    summary: () => ({ chunks: held.size, digest: new Uint8Array(32) })
  }
}
