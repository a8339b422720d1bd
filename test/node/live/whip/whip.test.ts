// needs: ffmpeg
import assert from 'node:assert/strict'
import { RtpHeader } from 'werift'
import { suite } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { TrackReport } from '#protocols/media.ts'
import type { Presence } from '#protocols/presence.ts'
import { buildRtp } from '#protocols/rtp/packet.ts'
import type { Member } from '#ring'
import type { LivePacket } from '../../../../node/live/live-packet.ts'
import { answerPublisher, type PublisherEvents } from '../../../../node/live/whip/publisher-connection.ts'
import { readPublisherOffer } from '../../../../node/live/whip/publisher-offer.ts'
import { WhipSession } from '../../../../node/live/whip/whip-session.ts'
import { Client, type Session } from '../../../conformance/client.ts'
import { type LiveServer, SELF, startLiveServer } from '../../../support/live-server.ts'
import { until } from '../../../support/until.ts'

const test = suite('whip')
const DESK = 'desk' as CameraId
let server: LiveServer
let client: Client
/** What the connection of the last publisher tells its session; tests speak through it, too. */
let events: PublisherEvents | undefined
let keyframesAsked = 0

test.before.each(async () => {
  keyframesAsked = 0
  server = await startLiveServer({
    maxPublishers: 2,
    answer: async (offer, their) => {
      events = their
      const connection = await answerPublisher(offer, { extraAddresses: ['127.0.0.1'] }, their)
      return {
        answer: connection.answer, ice: connection.ice, close: () => connection.close(),
        requestKeyframe() {
          keyframesAsked++
          connection.requestKeyframe()
        }
      }
    }
  })
  client = new Client({ endpoint: `${server.url}/whip/desk?name=Desk`, role: 'publish' })
})
test.after.each(async () => {
  await client.cleanUp()
  await server.stop()
})

const live = () => server.cameras.get(DESK)?.camera
async function goLive(): Promise<Session> {
  const session = await client.connect()
  await until(() => live() !== undefined, 'it is a camera')
  return session
}

test('a publisher is a camera once it is connected: named, noted, asked for keyframes, with its packets', async () => {
  await client.open()
  assert.equal(live(), undefined, 'not before')
  await client.cleanUp()
  await goLive()
  const camera = live()!
  assert.deepEqual([camera.name, camera.source, camera.tracks.map(({ codec }) => codec)], ['Desk', 'browser', ['H264', 'opus']]) // fetch() says Sec-Fetch-Mode as browsers do
  assert.deepEqual(server.noted.map(({ id, name }) => [id, name]), [['desk', 'Desk']])
  const packets: LivePacket[] = []
  camera.add({ write: (packet) => packets.push(packet), report() {}, ended() {} })
  await until(() => packets.length > 3, 'packets')
  assert.ok(packets.every(({ rtp }) => rtp.extension === undefined))
  await until(() => keyframesAsked >= 2, 'a stream without keyframes is asked for one again and again')
})

test('a name that is not of this id is not believed', async () => {
  await client.cleanUp()
  client = new Client({ endpoint: `${server.url}/whip/desk?name=Porch`, role: 'publish' })
  await goLive()
  assert.equal(live()!.name, 'desk')
})

test('packets that are lost on the way are asked for, and come', async () => {
  const { peer } = await goLive()
  const wire = peer.pc.iceTransports[0]!.connection
  const { send } = wire
  let sent = 0
  wire.send = async (data) => { if (!isRtp(data) || ++sent % 4 !== 0) await send(data) }
  const came = new Set<number>()
  live()!.add({ write: ({ sequence }) => came.add(sequence), report() {}, ended() {} })
  await until(() => came.size > 25, 'packets')
  const [first, last] = [Math.min(...came), Math.max(...came)]
  await until(() => [...came].filter((sequence) => sequence <= last).length === last - first + 1, 'none of them is missing', 10_000)
})

test('a packet that is sent again by somebody on the way is no packet of the camera', async () => {
  const { peer, answer } = await client.open()
  const wire = peer.pc.iceTransports[0]!.connection
  const send = wire.send.bind(wire)
  const sent: Buffer[] = []
  wire.send = async (data) => {
    if (isRtp(data) && data.readUInt32BE(8) !== 0x777) return // one stream is taken, and it is not the peer's own
    if (isRtp(data)) sent.push(Buffer.from(data))
    await send(data)
  }
  await peer.accept(answer.text)
  await peer.connected()
  await until(() => live() !== undefined, 'it is a camera')
  const payloadType = Number(/^m=video \d+ \S+ (\d+)/m.exec(answer.text)?.[1])
  const came: number[] = []
  live()!.add({ write: ({ rtp: { ssrc, sequence } }) => { if (ssrc === 0x777) came.push(sequence) }, report() {}, ended() {} })
  const write = (sequenceNumber: number): Promise<void> => peer.pc.dtlsTransports[0]!.sendRtp(Buffer.alloc(40, 0x41), new RtpHeader({ payloadType, ssrc: 0x777, sequenceNumber, timestamp: sequenceNumber * 3_000, marker: true })).then(() => {})
  for (let sequence = 100; sequence < 500; sequence++) {
    await write(sequence)
    if (sequence % 50 === 0) await until(() => came.includes(sequence), 'they come') // a socket holds no more than some hundred
  }
  for (const packet of sent.slice(0, 100)) await send(packet)
  await write(500)
  await until(() => came.includes(500), 'what came after it')
  assert.deepEqual(came, Array.from({ length: 401 }, (_, i) => 100 + i))
})

/** Media, and neither DTLS nor STUN nor RTCP (RFC 5761 section 4). */
const isRtp = (data: Buffer): boolean => data[0]! >> 6 === 2 && ((data[1]! & 0x7f) < 64 || (data[1]! & 0x7f) >= 96)

test('of a publisher that sends several layers all the same the best is taken, and the next when that one ends', async () => {
  const peer = client.peer()
  const answer = await client.post((await peer.offer()).replace('a=sendonly', ['a=sendonly', 'a=rid:f send', 'a=rid:q send', 'a=simulcast:send f;q'].join('\r\n')))
  assert.equal(answer.status, 201)
  assert.doesNotMatch(answer.text, /a=(simulcast|rid):/, 'one encoding is what we answer')
  await peer.accept(answer.text)
  await peer.connected()
  const payloadType = Number(/^m=video \d+ \S+ (\d+)/m.exec(answer.text)?.[1])
  const layers = [{ ssrc: 0x111, bytes: 200, sequence: 7 }, { ssrc: 0x222, bytes: 1_000, sequence: 9_000 }, { ssrc: 0x333, bytes: 400, sequence: 65_000 }]
  const sending = setInterval(() => {
    for (const layer of layers) void peer.pc.dtlsTransports[0]!.sendRtp(Buffer.alloc(layer.bytes, 0x41), new RtpHeader({ payloadType, ssrc: layer.ssrc, sequenceNumber: layer.sequence++ & 0xffff, timestamp: layer.sequence * 3_000, marker: true }))
  }, 30)
  try {
    await until(() => live() !== undefined, 'it is a camera')
    const came: Array<{ ssrc: number; sequence: number }> = []
    live()!.add({ write: ({ rtp: { ssrc, sequence } }) => came.push({ ssrc, sequence }), report() {}, ended() {} })
    await until(() => came.length > 30, 'packets')
    assert.deepEqual(new Set(came.map(({ ssrc }) => ssrc)), new Set([0x222]))
    assert.ok(came.every(({ sequence }, i) => i === 0 || sequence === came[i - 1]!.sequence + 1), 'in one row')
    layers.splice(1, 1)
    came.length = 0
    await until(() => came.filter(({ ssrc }) => ssrc === 0x333).length > 10, 'the next best')
    assert.ok(came.every(({ ssrc }) => ssrc !== 0x111))
  } finally {
    clearInterval(sending)
  }
})

test('the camera ends with DELETE, at once and with the reason', async () => {
  const { url } = await goLive()
  const camera = live()!
  await client.ask('DELETE', { url })
  assert.deepEqual([live(), camera.endedReason, server.whip.count()], [undefined, 'the publisher left', 0])
})

test('a publisher that falls silent ends its camera within seconds, with the reason', async () => {
  const { peer } = await goLive()
  const camera = live()!
  await peer.pc.iceTransports[0]!.connection.close() // a pulled plug: no farewell in DTLS
  await until(() => live() === undefined, 'the camera is over', 12_000)
  assert.match(camera.endedReason ?? '', /the publisher sent nothing for 5 s|connection/)
  assert.equal(server.whip.count(), 0)
})

test('a publisher whose pictures do not get here ends its camera, though its sound does', async () => {
  const { peer } = await goLive()
  const camera = live()!
  const speaking = setInterval(() => events!.packet('audio', buildRtp({ marker: false, payloadType: 111, sequence: 1, timestamp: 1, ssrc: 9 }, new Uint8Array(10))), 200)
  try {
    const wire = peer.pc.iceTransports[0]!.connection
    const { send } = wire
    wire.send = async (data) => { if (!isRtp(data)) await send(data) }
    await until(() => live() === undefined, 'the camera is over', 12_000)
    assert.match(camera.endedReason ?? '', /sound and no picture for 5 s/)
  } finally {
    clearInterval(speaking)
  }
})

test('one camera has one publisher; a silent one loses its place to who comes', async () => {
  const first = await goLive()
  const second = new Client(client.init)
  const refused = await second.post(await second.offer())
  assert.equal(refused.status, 409)
  assert.ok(refused.headers.has('retry-after'))
  const camera = live()!
  await first.peer.pc.iceTransports[0]!.connection.close()
  await until(() => camera.silentMs() > 2_100, 'silence')
  await second.connect()
  await until(() => live() !== undefined && live() !== camera, 'the second is the camera')
  assert.match(camera.endedReason ?? '', /took its place|sent nothing/)
  await second.cleanUp()
})

test('a camera that is live on another node is not taken over', async () => {
  server.members.push({ ...SELF, self: false, peerId: 'birch' as PeerId, name: 'birch', presence: { cameras: [{ cameraId: DESK }] } as unknown as Presence } as Member)
  const answer = await client.post(await client.offer())
  assert.equal(answer.status, 409)
  assert.match(answer.text, /birch/)
})

test('a node that leaves takes no new publishers, and says where else; one that is full says so', async () => {
  server.members[0] = { ...SELF, state: 'draining' }
  server.members.push({ ...SELF, self: false, peerId: 'birch' as PeerId, name: 'birch', presence: { cameras: [], http: 'http://birch:8080' } as unknown as Presence } as Member)
  const leaving = await client.post(await client.offer())
  assert.deepEqual([leaving.status, leaving.headers.get('retry-after'), leaving.text.includes('http://birch:8080')], [503, '2', true])
  server.members.length = 0
  server.members.push(SELF)
  for (const name of ['one', 'two']) assert.equal((await client.ask('POST', { url: `${server.url}/whip/${name}`, type: 'application/sdp', body: await client.offer() })).status, 201)
  assert.equal((await client.post(await client.offer())).status, 503)
})

test('what a camera sends is watched, and its clock is believed unless it is absurd', async () => {
  await goLive()
  const viewer = new Client({ endpoint: `${server.url}/whep/desk`, role: 'watch' })
  assert.equal((await viewer.post(await viewer.offer())).status, 201)
  await viewer.cleanUp()
  const reports: TrackReport[] = []
  live()!.add({ write() {}, report: (report) => reports.push(report), ended() {} })
  const nowMs = Date.now()
  events!.report('video', nowMs - 300, 90_000)
  events!.report('audio', nowMs - 310, 48_000)
  const ours = reports.filter(({ rtp }) => rtp === 90_000 || rtp === 48_000)
  assert.deepEqual(ours.map(({ track }) => track), [0, 1])
  assert.ok(Math.abs(ours[0]!.wallMs - ours[1]!.wallMs - 10) < 1e-6, 'both are moved alike')
  assert.ok(Math.abs(ours[0]!.wallMs - nowMs) < 2_000)
})

test('a phone whose clock is a day off is recorded now, with picture and sound in step', async () => {
  const reports: TrackReport[] = []
  let spoken: PublisherEvents | undefined
  const session = new WhipSession({ camera: DESK, name: 'Desk', source: 'whip', onClosed() {}, onLive: (camera) => { camera.add({ write() {}, report: (report) => reports.push(report), ended() {} }) } })
  const ice = { remote: () => ({ ufrag: '', pwd: '' }), isConnected: () => true, add: async () => {}, restart: async () => ({ ufrag: '', pwd: '', candidates: [] }) }
  await session.answer(readPublisherOffer(await client.offer()), async (_offer, their) => {
    spoken = their
    return { answer: '', ice, requestKeyframe() {}, close: async () => {} }
  })
  spoken!.connected()
  const nowMs = Date.now()
  spoken!.report('video', nowMs - 86_400_000, 1)
  spoken!.report('audio', nowMs - 86_400_000 + 40, 2)
  assert.ok(Math.abs(reports[0]!.wallMs - nowMs) < 1_000)
  assert.ok(Math.abs(reports[1]!.wallMs - reports[0]!.wallMs - 40) < 1e-3)
  session.close('over')
})

test.run()
