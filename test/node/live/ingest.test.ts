// needs: ffmpeg
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { InvalidInputError } from '#protocols/errors.ts'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { MediaMessage, PeerReport } from '#protocols/media.ts'
import type { Presence } from '#protocols/presence.ts'
import type { Member, MessageStream, Network, Ring } from '#ring'
import { createAlarms } from '#ring/base/alarms.ts'
import { type Emitter, emitter } from '#ring/base/emitter.ts'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { createLive, type Live } from '../../../node/live/live.ts'
import { MOVED_SILENCE_MS, mediaProtocol, writeInto } from '../../../node/live/media-ingest.ts'
import { packetBudget } from '../../../node/live/packet-budget.ts'
import { NOTHING_ORDERED } from '../../../node/live/peer-desk.ts'
import { createRelayPool, type RelayPool } from '../../../node/live/relay-pool.ts'
import { TrackReader } from '../../../node/live/track-reader.ts'
import { feedForever, type Feeding, makeClip } from '../../support/camera-clip.ts'
import { createFakeNetwork, type FakeNetwork } from '../../support/fake-network.ts'
import { eventually } from '../../support/fake-ring.ts'
import { createRecordingRing, type RecordingRing } from '../../support/recording-ring.ts'

const clip = await makeClip({ seconds: 3, size: '160x120' })
const porch = 'porch' as CameraId
const [alder, birch] = ['alder', 'birch'] as [PeerId, PeerId]
const test = suite('ingest')

interface Node { id: PeerId; changed: Emitter<void>; live: Live; world: RecordingRing; network: Network; relays: RelayPool; members: () => Member[] }
let net: FakeNetwork
let nodes: Node[] = []
let home: PeerId
let owners: PeerId[] = []
const feedings: Feeding[] = []
const states = new Map<PeerId, Member['state']>()
/** Nodes whose plug was pulled: nobody heard from them, and no connection has noticed. */
const pulled = new Set<PeerId>()
const isAlive = (peer: PeerId): boolean => net.isUp(peer) && !pulled.has(peer)

/** A node whose callers named `camera-…` come as camera peers. */
function createNode(id: PeerId): Node {
  const world = createRecordingRing(id)
  const network = net.join(id)
  const asPeers: Network = { ...network, serveStreams: (protocol, handler) => network.serveStreams(protocol, (stream, caller) => handler(stream, { ...caller, role: caller.peerId.startsWith('camera-') ? 'peer' : 'node' })) }
  const members = (): Member[] => nodes.map((node) => ({
    peerId: node.id, name: node.id, zone: 'z', weight: 1, state: states.get(node.id) ?? 'active', addresses: [`/ip4/127.0.0.1/tcp/1/p2p/${node.id}`], joinedAtMs: 0,
    self: node.id === id, alive: isAlive(node.id), lastHeardMs: Date.now(), silentMs: 0, presence: node.live.presence() as Presence
  }))
  const changed = emitter<void>()
  const ring = {
    ...world.ring, network: asPeers, alarms: createAlarms(),
    placement: { homeOf: () => home, owners: () => owners } as unknown as Ring['placement'],
    membership: { ...world.ring.membership, members, alive: () => members().filter(({ alive }) => alive).map(({ peerId }) => peerId), isAlive, changed, presenceChanged: emitter<PeerId>() }
  }
  const live = createLive({ ring, log: silentLog, metrics: createMetrics() })
  const relays = createRelayPool({ ring, log: silentLog }, { lingerMs: 50 })
  return { id, changed, live, world, network: asPeers, relays, members }
}

test.before.each(async () => {
  net = createFakeNetwork()
  home = alder
  states.clear()
  pulled.clear()
  nodes = []
  for (const id of [alder, birch]) nodes.push(createNode(id))
  for (const { live, relays } of nodes) {
    relays.start()
    await live.start()
  }
})
test.after.each(async () => {
  for (const feeding of feedings.splice(0)) feeding.stop()
  for (const { live, relays } of nodes) {
    await relays.stop()
    await live.stop()
  }
})

type Stream = MessageStream<MediaMessage>
const publish = (overrides: object = {}): MediaMessage => ({ publish: { cameraId: porch, cameraName: 'Porch', source: 'test', tracks: clip.tracks, insist: false, ...overrides } })

async function knock(from: string, to: PeerId, message: MediaMessage): Promise<{ stream: Stream; answer: MediaMessage | undefined; rest: AsyncIterator<MediaMessage> }> {
  const network = knockers.get(from) ?? net.join(from as PeerId)
  knockers.set(from, network)
  const stream = await network.openStream(to, mediaProtocol)
  await stream.send(message)
  const rest = stream[Symbol.asyncIterator]()
  return { stream, rest, answer: (await rest.next()).value as MediaMessage | undefined }
}
async function tell(from: string, to: PeerId, peer: PeerReport): Promise<{ stream: Stream; answer: AsyncIterator<MediaMessage> }> {
  const network = knockers.get(from) ?? net.join(from as PeerId)
  knockers.set(from, network)
  const stream = await network.openStream(to, mediaProtocol)
  await stream.send({ peer })
  return { stream, answer: stream[Symbol.asyncIterator]() }
}
const knockers = new Map<string, Network>()
test.before.each(() => { knockers.clear() })

function feed(stream: Stream): Feeding {
  const feeding = feedForever(clip, (packets) => { stream.send({ packets: { packets } }).catch(() => {}) }, (report) => { stream.send({ report }).catch(() => {}) })
  feedings.push(feeding)
  return feeding
}

test('a camera published to its home is listed on every node, registered, and recorded durably', async () => {
  const { stream, answer } = await knock('camera-1', alder, publish())
  assert.ok(answer !== undefined && 'accept' in answer)
  assert.deepEqual(answer.accept.nodes.map(({ peerId }) => peerId), [alder, birch])
  feed(stream)
  await eventually(() => nodes[0]!.live.cameras().cameras[0]!.lastDurableMs > 0, 'a second is durable', 6_000)
  const here = nodes[0]!.live.cameras().cameras[0]!
  const there = nodes[1]!.live.cameras().cameras[0]!
  assert.equal(here.here, true)
  assert.equal(here.recording, true)
  assert.equal(here.durableCopies, 2)
  assert.ok(Date.now() - here.lastDurableMs < 10_000, `durable ${Date.now() - here.lastDurableMs} ms after capture`)
  assert.deepEqual([there.here, there.live, there.name, there.node?.peerId], [false, true, 'Porch', alder])
  assert.equal(here.width, 160)
  await eventually(() => nodes[0]!.live.cameras().cameras[0]!.framesPerSecond > 25, 'rates are known')
  assert.equal(nodes[0]!.world.ring.catalog.cameras()[0]!.id, porch)
  await stream.close()
  await eventually(() => !nodes[0]!.live.cameras().cameras[0]!.live, 'gone from the list')
  await eventually(() => [...nodes[0]!.world.sessions.values()][0]?.ended === 'the publisher left', 'its session is ended with the reason')
})

test('a node that is not the home sends the camera there, unless the camera insists', async () => {
  const { answer } = await knock('camera-1', birch, publish())
  assert.ok(answer !== undefined && 'redirect' in answer)
  assert.equal(answer.redirect.peerId, alder)
  assert.ok(answer.redirect.addresses[0]!.includes('alder'))
  const insisting = await knock('camera-1', birch, publish({ insist: true }))
  assert.ok(insisting.answer !== undefined && 'accept' in insisting.answer)
})

test('any owner takes the camera its peer chose it for, unless it can not keep it', async () => {
  owners = [alder, birch]
  states.set(birch, 'draining')
  const leaving = await knock('camera-1', birch, publish())
  assert.ok(leaving.answer !== undefined && 'redirect' in leaving.answer)
  states.delete(birch)
  const { answer } = await knock('camera-1', birch, publish())
  assert.ok(answer !== undefined && 'accept' in answer)
  owners = []
})

test('a publisher that asks for it is told what was received, and another is not', async () => {
  const asks = await knock('camera-1', alder, publish({ acks: true }))
  const feeding = feed(asks.stream)
  const told: number[] = []
  for (let last = 0; told.length < 3;) {
    const { value } = await asks.rest.next() as { value: MediaMessage }
    if (!('received' in value)) continue
    assert.ok(value.received.messages > last)
    told.push(last = value.received.messages)
  }
  feeding.stop()
  await asks.stream.close()
  await eventually(() => !nodes[0]!.live.cameras().cameras[0]!.live, 'gone')
  const silent = await knock('camera-1', alder, publish())
  feed(silent.stream)
  await eventually(() => nodes[0]!.live.cameras().cameras[0]!.framesPerSecond > 25, 'it runs')
  await silent.stream.close()
  for (let next = await silent.rest.next(); next.done !== true; next = await silent.rest.next()) assert.ok(!('received' in next.value))
})

test('the last of what a publisher sent is told as received, though nothing comes after it', async () => {
  const { stream, rest } = await knock('camera-1', alder, publish({ acks: true }))
  let received = 0
  void (async () => {
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) if ('received' in next.value) received = next.value.received.messages
  })().catch(() => {}) // it was given up
  for (const { packets } of clip.steps.slice(0, 5)) await stream.send({ packets: { packets } })
  await eventually(() => received === 5, 'all five are told')
  await stream.close()
})

test('a node that is asked says how busy it is', async () => {
  await knock('camera-1', alder, publish())
  const { answer } = await knock('camera-2', alder, { probe: {} })
  assert.ok(answer !== undefined && 'load' in answer)
  assert.deepEqual(answer.load, { cameras: 1, viewers: 0 })
})

test('a peer tells why its camera is not live, every node passes it on, and orders reach the peer from any of them', async () => {
  const report = { name: 'attic', devices: [], cameras: [{ cameraId: porch, name: 'Porch', source: 'v4l2:/dev/video0', state: 'waiting', reason: '/dev/video0 is busy\u001b[2J', note: '', adjustable: true, settable: false }] }
  const { stream, answer } = await tell('camera-1', alder, report)
  for (const { live } of nodes) await eventually(() => live.cameras().cameras[0]?.reason === '/dev/video0 is busy [2J', 'the reason is known')
  const done = nodes[1]!.live.desk.order({ cameraId: porch, action: 'stop', bitsPerSecond: 0, width: 0, height: 0, fps: 0, node: '', encoding: '' })
  const first = (await answer.next()).value as MediaMessage
  assert.ok('order' in first)
  assert.equal(first.order.action, 'stop')
  await stream.send({ result: { id: first.order.id, code: '', reason: '' } })
  await done
  const refused = nodes[1]!.live.desk.order({ cameraId: porch, action: '', bitsPerSecond: 0, width: 2, height: 0, fps: 0, node: '', encoding: '' })
  const second = (await answer.next()).value as MediaMessage
  assert.ok('order' in second)
  await stream.send({ result: { id: second.order.id, code: 'ERR_REFUSED', reason: 'too small' } })
  await refused.then(() => assert.fail('it was refused'), (err) => assert.match(err.message, /too small/))
  await stream.close()
  await eventually(() => nodes[1]!.live.cameras().cameras.length === 0, 'nothing is said of it any more')
})

test('what the device of a camera was set to is told its machine when it comes, and when the camera comes later; what the machine can not set is refused before', async () => {
  const settings = { format: 'MJPG', width: 640, height: 360, controls: { gain: 3 } }
  await nodes[0]!.world.ring.catalog.putCamera({ id: porch, name: 'Porch', source: 'v4l2:/dev/video0', createdAtMs: 1, record: true, device: settings })
  const report = (settable: boolean, ...ids: string[]): PeerReport => ({ name: 'attic', devices: [], cameras: ids.map((id) => ({ cameraId: id as CameraId, name: id, source: 'v4l2:/dev/video0', state: 'waiting', reason: 'gone', note: '', adjustable: false, settable })) })
  const device = { format: 'MJPG', width: 640, height: 360, fps: 0, controls: [{ name: 'gain', value: 3 }], remembered: true }
  const told = async (answer: AsyncIterator<MediaMessage>) => {
    const { value } = await answer.next() as { value: MediaMessage }
    assert.ok('order' in value)
    return value.order
  }
  const early = await tell('camera-1', alder, report(true, 'porch'))
  assert.deepEqual((await told(early.answer)).device, device)
  const late = await tell('camera-2', alder, report(true))
  await late.stream.send({ peer: report(true, 'porch') })
  assert.deepEqual((await told(late.answer)).device, device)
  await late.stream.close()
  const { desk } = nodes[1]!.live
  await eventually(() => desk.attachedAnywhere().get(porch)?.length === 1, 'one machine has it')
  const change = desk.order({ ...NOTHING_ORDERED, cameraId: porch, device: { ...device, format: 'H264', remembered: false } })
  const { id } = await told(early.answer)
  await early.stream.send({ result: { id, code: 'ERR_INVALID_INPUT', reason: 'format H264: this camera offers MJPG' } })
  await change.then(() => assert.fail('it was refused'), (err) => assert.ok(err instanceof InvalidInputError && /offers MJPG/.test(err.message), String(err)))
  await early.stream.send({ peer: report(false, 'porch') })
  await eventually(() => desk.attachedAnywhere().get(porch)?.[0]?.settable === false, 'it can not be set')
  await desk.order({ ...NOTHING_ORDERED, cameraId: porch, device }).then(() => assert.fail('it was refused'), (err) => assert.match(err.message, /is no V4L2 camera, or its machine or node runs a version that can not set one/))
})

test('how the picture of every camera was ordered to be encoded is told its machine when it comes, however many it has', async () => {
  const ids = Array.from({ length: 12 }, (_, i) => `porch-${i}` as CameraId)
  for (const id of ids) await nodes[0]!.world.ring.catalog.putCamera({ id, name: id, source: 'test', createdAtMs: 1, record: true, video: { width: 320, fps: 7.5 } })
  const { stream, answer } = await tell('camera-1', alder, { name: 'attic', devices: [], cameras: ids.map((cameraId) => ({ cameraId, name: cameraId, source: 'test', state: 'waiting', reason: 'it starts', note: '', adjustable: false, settable: false })) })
  for (const id of ids) {
    const { value } = await answer.next() as { value: MediaMessage }
    assert.ok('order' in value)
    const { cameraId, width, height, fps, encoding, action } = value.order
    assert.deepEqual([cameraId, width, height, fps, encoding, action], [id, 320, 0, 7.5, 'remembered', ''])
    await stream.send({ result: { id: value.order.id, code: '', reason: '' } })
  }
})

test('of two machines that call a camera the same the one that is taken gets the orders, and it is said of the other that it is refused', async () => {
  const report = (state: string, source: string, reason: string): PeerReport => ({ name: 'attic', devices: [], cameras: [{ cameraId: porch, name: 'Porch', source, state, reason, note: '', adjustable: state === 'live', settable: false }] })
  const other = await tell('camera-2', alder, report('failed', 'v4l2:/dev/video0', 'give this one another name'))
  await knock('camera-1', alder, publish())
  const taken = await tell('camera-1', birch, report('live', 'test', ''))
  for (const { live } of nodes) {
    await eventually(() => live.cameras().cameras[0]?.note === 'another machine has a camera of this name (v4l2:/dev/video0), which is not taken: give this one another name', 'the other is told of')
    await eventually(() => live.cameras().cameras[0]?.adjustable === true, 'what is said of it is of the one that is taken')
    const done = live.desk.order({ cameraId: porch, action: 'stop', bitsPerSecond: 0, width: 0, height: 0, fps: 0, node: '', encoding: '' })
    const asked = (await taken.answer.next()).value as MediaMessage
    assert.ok('order' in asked)
    await taken.stream.send({ result: { id: asked.order.id, code: '', reason: '' } })
    await done
  }
  await other.stream.close()
})

test('only camera peers tell of cameras: a node that does is refused', async () => {
  const { answer } = await tell('node-3', alder, { name: 'liar', devices: [], cameras: [] })
  const said = (await answer.next()).value as MediaMessage
  assert.ok('refuse' in said && said.refuse.code === 'ERR_NOT_AUTHORIZED')
})

test('a camera stays where it is when its home changes, and moves when its node is draining', async () => {
  await knock('camera-1', alder, publish())
  home = birch
  const again = await knock('camera-1', alder, publish())
  assert.ok(again.answer !== undefined && 'accept' in again.answer)
  states.set(alder, 'draining')
  const moved = await knock('camera-1', alder, publish())
  assert.ok(moved.answer !== undefined && 'redirect' in moved.answer)
})

test('another peer is refused while the camera is published, here or on another node; the same peer replaces itself', async () => {
  const first = await knock('camera-1', alder, publish())
  const other = await knock('camera-2', alder, publish())
  assert.ok(other.answer !== undefined && 'refuse' in other.answer)
  assert.equal(other.answer.refuse.code, 'ERR_CAMERA_BUSY')
  const elsewhere = await knock('camera-2', birch, publish({ insist: true }))
  assert.ok(elsewhere.answer !== undefined && 'refuse' in elsewhere.answer)
  const again = await knock('camera-1', alder, publish())
  assert.ok(again.answer !== undefined && 'accept' in again.answer)
  await eventually(() => first.stream.ended.aborted, 'the old stream is cut')
  assert.equal(nodes[0]!.live.presence().cameras.length, 1)
})

test('a camera peer may not watch, and nonsense is refused or cut off', async () => {
  await knock('camera-1', alder, publish())
  const spy = await knock('camera-2', alder, { subscribe: { cameraId: porch } })
  assert.ok(spy.answer !== undefined && 'refuse' in spy.answer)
  assert.equal(spy.answer.refuse.code, 'ERR_NOT_AUTHORIZED')
  for (const bad of [{ cameraId: 'No Such/Name' }, { tracks: [] }, { cameraId: 'garage', tracks: [{ ...clip.tracks[0]!, codec: 'theora' }] }, { cameraId: 'garage', tracks: [clip.tracks[0]!, { ...clip.tracks[1]!, index: 0 }] }]) {
    const { answer } = await knock('camera-3', alder, publish(bad))
    assert.ok(answer !== undefined && 'refuse' in answer, JSON.stringify(bad))
  }
  for (const rtp of [new Uint8Array(3), new Uint8Array(1_441).fill(0x80), new Uint8Array(20)]) {
    const { stream, answer } = await knock('camera-4', alder, publish({ cameraId: 'garage' }))
    assert.ok(answer !== undefined && 'accept' in answer)
    await stream.send({ packets: { packets: [{ track: 0, rtp }] } }).catch(() => {})
    await eventually(() => stream.ended.aborted, 'cut off')
    await eventually(() => nodes[0]!.live.presence().cameras.every(({ cameraId }) => cameraId === porch), 'forgotten')
  }
  assert.equal(nodes[0]!.live.presence().cameras.length, 1, 'the good camera is untouched')
})

test('any number of readers on another node cost one upstream, and a keyframe request reaches the camera', async () => {
  const camera = await knock('camera-1', alder, publish())
  feed(camera.stream)
  const { relays } = nodes[1]!
  const feeds = await Promise.all([1, 2, 3].map(() => relays.acquire(porch)))
  assert.equal(new Set(feeds.map((each) => each.camera)).size, 1)
  assert.equal(relays.count(), 1)
  const reader = new TrackReader(1_000)
  feeds[0]!.camera.add(reader)
  await eventually(() => reader.queued > 20, 'packets arrive')
  await eventually(() => feeds[0]!.camera.lastReport(0) !== undefined && feeds[0]!.camera.lastReport(1) !== undefined, 'so do the source\'s reports')
  const asked = await camera.rest.next()
  assert.ok('keyframe' in asked.value)
  for (const each of feeds) each.release()
  await eventually(() => relays.count() === 0, 'the relay is released after the last one')
})

test('readers of a relay are told when the upstream node dies, and the next one asks again', async () => {
  const camera = await knock('camera-1', alder, publish())
  feed(camera.stream)
  const { relays } = nodes[1]!
  const held = await relays.acquire(porch)
  const reader = new TrackReader(1_000)
  held.camera.add(reader)
  net.kill(alder)
  await eventually(() => reader.endedReason !== undefined, 'told')
  await eventually(() => relays.count() === 0, 'forgotten')
  await assert.rejects(relays.acquire(porch), { code: 'ERR_TRACK_UNAVAILABLE' })
  const moved = await knock('camera-1', birch, publish({ insist: true }))
  assert.ok(moved.answer !== undefined && 'accept' in moved.answer)
})

test('readers of a relay need not wait for its silence when the upstream node is gone, and a node that only seems gone goes on', async () => {
  const camera = await knock('camera-1', alder, publish())
  feed(camera.stream)
  const { relays, changed } = nodes[1]!
  const held = await relays.acquire(porch)
  const reader = new TrackReader(100_000)
  held.camera.add(reader)
  await eventually(() => reader.queued > 20, 'packets arrive')
  pulled.add(alder)
  changed.emit()
  const before = reader.queued
  await eventually(() => reader.queued > before + 20, 'they go on')
  for (const feeding of feedings) feeding.stop()
  await eventually(() => held.camera.silentMs() > MOVED_SILENCE_MS, 'silence')
  assert.equal(reader.endedReason, undefined)
  changed.emit()
  await eventually(() => reader.endedReason !== undefined, 'told')
  assert.equal(reader.endedReason, 'the node that has the camera is gone')
})

test('a publisher that sends nothing but reports has an end to it, too', async () => {
  await knock('camera-1', alder, publish())
  const { camera } = await nodes[1]!.relays.acquire(porch)
  const spend = packetBudget(() => 0)
  assert.throws(() => { for (let i = 0; i < 500_000; i++) writeInto(camera, { report: { track: 0, wallMs: i, rtp: i } }, spend) }, /packets a second/)
})

test.run()
