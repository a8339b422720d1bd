import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { generateKeyPair, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import type { GossipSub } from '@libp2p/gossipsub'
import type { KadDHT, QueryEvent } from '@libp2p/kad-dht'
import { multiaddr } from '@multiformats/multiaddr'
import type { Libp2p } from 'libp2p'
import { suite } from 'uvu'
import type { Codec } from '#protocols/codec.ts'
import { InvalidInputError, InvalidMessageError, NotAuthorizedError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import { certificateCodec } from '#protocols/join.ts'
import { issueCertificate } from '../../../ring/identity/certificate.ts'
import { ringIdOf } from '../../../ring/identity/ring-key.ts'
import { keepOnlyHolders } from '../../../ring/network/dht-records.ts'
import { prefixed } from '../../../ring/network/frame-parser.ts'
import type { Host } from '../../../ring/network/host.ts'
import type { RpcProtocol } from '../../../ring/network/network.ts'
import { partitionCid } from '../../../ring/network/routing.ts'
import { memoryLayout, plainDht, plainGossip, startHost, until } from './test-hosts.ts'

const raw: Codec<Uint8Array> = { maxBytes: 1_024, encode: (bytes) => bytes, decode: (bytes) => bytes }
const ask: RpcProtocol<Uint8Array, Uint8Array> = { id: '/test/ask/1.0.0', roles: ['node'], request: raw, response: raw }

const test = suite<{ ringSeed: Uint8Array; alder: Host; birch: Host; cedar: Host; cedarSeed: Uint8Array; stops: Array<{ stop: () => unknown }> }>('three nodes in a line')

type PlainPubsub = Libp2p<{ pubsub: GossipSub }>

/** Someone outside who sends and hears what it can, by no rules of ours. */
async function eavesdropper(target: Host, overheard: string[], introduceItself: (libp2p: Libp2p) => Promise<void>): Promise<{ libp2p: PlainPubsub; stop: () => Promise<void> }> {
  const libp2p = await plainGossip()
  libp2p.services.pubsub.addEventListener('message', ({ detail }) => overheard.push(Buffer.from(detail.data).toString()))
  libp2p.services.pubsub.subscribe('thatdam/test')
  await libp2p.dial(multiaddr(target.addresses()[0]))
  await introduceItself(libp2p)
  await until(() => libp2p.services.pubsub.getSubscribers('thatdam/test').length > 0, 'it knows that the target listens')
  return { libp2p, stop: async () => { await libp2p.stop() } }
}

/** How often a question to the DHT hears this. */
async function heard(events: AsyncIterable<QueryEvent>, name: QueryEvent['name']): Promise<number> {
  let count = 0
  try {
    for await (const event of events) if (event.name === name && (event.name !== 'PROVIDER' || event.providers.length > 0)) count++
  } catch (err) {
    if (!/NotFound|Query|Aggregate|Abort|Timeout/.test((err as Error).name)) throw err
  }
  return count
}

/** alder — birch — cedar: the ends know of each other only through the middle. */
test.before.each(async (context) => {
  const ringSeed = randomBytes(32)
  const cedarSeed = randomBytes(32)
  const layout = memoryLayout()
  const birch = await startHost({ ringSeed, layout })
  const alder = await startHost({ ringSeed, layout })
  const cedar = await startHost({ ringSeed, layout, seed: cedarSeed })
  for (const [index, { self }] of [alder, birch, cedar].entries()) await layout.putLayout({ peerId: self, name: `node ${index}`, zone: '', weight: 1, state: 'active', addresses: [], joinedAtMs: 1 })
  Object.assign(context, { ringSeed, cedarSeed, alder, birch, cedar, stops: [alder, birch, cedar] })
  await alder.dial(birch.addresses()[0] as string)
  await cedar.dial(birch.addresses()[0] as string)
  birch.serve(ask, async (body) => body)
  await alder.request(birch.self, ask, Buffer.of(1))
  await cedar.request(birch.self, ask, Buffer.of(1))
})

test.after.each(async ({ stops }) => {
  await Promise.all(stops.map((host) => host.stop()))
})

test('one end finds the other through the DHT and can ask it', async ({ alder, cedar }) => {
  cedar.serve(ask, async () => Buffer.from('cedar'))
  await until(async () => (await alder.findPeer(cedar.self)).length > 0, 'alder finds cedar')
  assert.equal(Buffer.from(await alder.request(cedar.self, ask, Buffer.of(1))).toString(), 'cedar')
})

test('a member that moved to another port is found and asked there', async ({ alder, birch, cedar, cedarSeed, ringSeed, stops }) => {
  cedar.serve(ask, async () => Buffer.from('before'))
  await alder.learn(cedar.self, cedar.addresses())
  assert.equal(Buffer.from(await alder.request(cedar.self, ask, Buffer.of(1))).toString(), 'before')
  await cedar.stop()
  await until(() => !alder.isConnected(cedar.self), 'alder notices')
  const moved = await startHost({ ringSeed, seed: cedarSeed })
  stops.push(moved)
  moved.serve(ask, async () => Buffer.from('after'))
  await moved.dial(birch.addresses()[0] as string)
  const address = moved.addresses()[0]?.replace(/\/p2p\/.*/, '')
  await until(async () => (await alder.findPeer(moved.self)).some((found) => found.startsWith(address as string)), 'alder finds the new address')
  assert.equal(Buffer.from(await alder.request(moved.self, ask, Buffer.of(1))).toString(), 'after')
})

test('the holders of a partition are found by a host that knows one address only', async ({ alder, birch, cedar, ringSeed, stops }) => {
  await until(async () => (await alder.findPeer(cedar.self)).length > 0, 'the routing tables are filled')
  await Promise.all([alder.provide([3, 9]), cedar.provide([3])])
  const newcomer = await startHost({ ringSeed })
  stops.push(newcomer)
  await newcomer.dial(birch.addresses()[0] as string)
  await until(async () => (await newcomer.findHolders(3)).length === 2, 'both holders are found')
  assert.deepEqual((await newcomer.findHolders(3)).sort(), [alder.self, cedar.self].sort())
  assert.deepEqual(await newcomer.findHolders(9), [alder.self])
  assert.deepEqual(await newcomer.findHolders(200), [])
})

test('announcing all 256 partitions is quick enough to do at every start', async ({ alder, cedar }) => {
  await until(async () => (await alder.findPeer(cedar.self)).length > 0, 'the routing tables are filled')
  const startedAt = performance.now()
  await alder.provide(Array.from({ length: 256 }, (_, partition) => partition))
  assert.ok(performance.now() - startedAt < 60_000)
  assert.deepEqual(await cedar.findHolders(255), [alder.self])
})

test('a stranger finds, but leaves nothing behind in the memory of the nodes', async ({ alder, birch, cedar, stops }) => {
  await until(async () => (await alder.findPeer(cedar.self)).length > 0, 'the routing tables are filled')
  await cedar.provide([9])
  const [stranger, another] = [await plainDht(), await plainDht()]
  stops.push(stranger, another)
  const { ringId } = birch.credentials
  for (const libp2p of [stranger, another]) await libp2p.dial(multiaddr(birch.addresses()[0]))
  const holders = (libp2p: typeof stranger, partition: number) => heard(libp2p.services.dht.findProviders(partitionCid(ringId, partition), { signal: AbortSignal.timeout(5_000) }), 'PROVIDER')
  for (const libp2p of [stranger, another]) await until(async () => await holders(libp2p, 9) > 0, 'it finds a holder')
  const { publicKey } = await generateKeyPair('Ed25519')
  const key = Buffer.concat([Buffer.from('/pk/'), publicKey.toMultihash().bytes])
  await heard(stranger.services.dht.put(key, publicKeyToProtobuf(publicKey)), 'PEER_RESPONSE')
  await heard(stranger.services.dht.provide(partitionCid(ringId, 3)), 'PEER_RESPONSE')
  assert.equal(await heard(another.services.dht.get(key, { signal: AbortSignal.timeout(5_000) }), 'VALUE'), 0)
  assert.equal(await holders(another, 3), 0)
  assert.deepEqual(await alder.findHolders(3), [])
})

test('what a DHT may remember: that a member holds a partition of this ring', async ({ birch: { credentials: { ringId } }, alder }) => {
  const taken: string[] = []
  const dht = { rpc: { handleMessage: async (_from: unknown, { type }: { type: string }) => { taken.push(type) } } }
  keepOnlyHolders(dht as unknown as KadDHT, (peer) => peer === alder.self, ringId)
  const say = (from: string, type: string, key: Uint8Array = partitionCid(ringId, 7).multihash.bytes) => dht.rpc.handleMessage({ toString: () => from }, { type, key } as { type: string })
  await say(alder.self, 'ADD_PROVIDER')
  await say('stranger', 'GET_PROVIDERS')
  assert.deepEqual(taken.splice(0), ['ADD_PROVIDER', 'GET_PROVIDERS'])
  await assert.rejects(say('stranger', 'ADD_PROVIDER'), NotAuthorizedError)
  for (const key of [partitionCid(ringIdOf(randomBytes(32)), 7).multihash.bytes, partitionCid(ringId, 256).multihash.bytes]) await assert.rejects(say(alder.self, 'ADD_PROVIDER', key), InvalidMessageError)
  await assert.rejects(say(alder.self, 'ADD_PROVIDER', new Uint8Array(0)))
  await assert.rejects(say(alder.self, 'PUT_VALUE'), InvalidMessageError)
  assert.deepEqual(taken, [])
})

test('gossip of a node reaches the others, gossip of a camera peer or another ring does not', async ({ alder, birch, cedar, ringSeed, stops }) => {
  const heard: string[] = []
  for (const [name, host] of [['birch', birch], ['cedar', cedar]] as const) host.subscribe('thatdam/test', (bytes, from) => heard.push(`${name} ${Buffer.from(bytes)} ${from === alder.self}`))
  alder.subscribe('thatdam/test', () => {})
  birch.serve(ask, async (body) => body)
  const overheard: string[] = []
  const camera = await eavesdropper(birch, overheard, async (eaves) => {
    const stream = await eaves.dialProtocol(multiaddr(birch.addresses()[0]), ask.id)
    const certificate = issueCertificate(ringSeed, { ringId: birch.credentials.ringId, peerId: eaves.peerId.toString() as PeerId, role: 'peer' }, Date.now())
    stream.send(prefixed(certificateCodec.encode(certificate)))
  })
  const stranger = await eavesdropper(birch, overheard, async () => {})
  stops.push(camera, stranger)
  await until(async () => {
    await alder.publish('thatdam/test', Buffer.from('hello'))
    return heard.includes('birch hello true') && heard.includes('cedar hello true')
  }, 'birch and cedar hear alder')
  for (let round = 0; round < 10; round++) {
    for (const { libp2p } of [camera, stranger]) await libp2p.services.pubsub.publish('thatdam/test', Buffer.from('forged'))
    await alder.publish('thatdam/test', Buffer.from(`round ${round}`))
    await until(() => heard.includes(`birch round ${round} true`) && heard.includes(`cedar round ${round} true`), 'both nodes hear the round')
  }
  assert.ok(!heard.some((line) => line.includes('forged')), String(heard))
  assert.deepEqual(overheard, [])
  await assert.rejects(alder.publish('thatdam/test', Buffer.alloc(65_537)), InvalidInputError)
})

test('a port that is taken is told with its address', async ({ ringSeed, alder }) => {
  const address = (alder.addresses()[0] as string).replace(/\/p2p\/.*/, '')
  await assert.rejects(startHost({ ringSeed, listen: [address] }), (err) => err instanceof InvalidInputError && err.message.includes(address))
})

test.run()
