// needs: ffmpeg
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import { createRing, type Ring } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { createLive, type Live } from '../../../node/live/live.ts'
import { mediaProtocol, type MediaStream } from '../../../node/live/media-ingest.ts'
import { createRecordings } from '../../../node/recording/recordings.ts'
import { feedForever, type Feeding, makeClip } from '../../support/camera-clip.ts'
import { eventually } from '../../support/fake-ring.ts'
import { launchBrowser, openViewer, serveWhep } from '../../support/whep-page.ts'

const clip = await makeClip({ seconds: 4 })
const test = suite('cameras in a real ring')
interface Node { ring: Ring; live: Live; stop(): Promise<void> }
let dir: string
let nodes: Node[]
let browser: Browser
let feeding: Feeding | undefined

async function begin(name: string, invite?: string): Promise<Node> {
  const ring = await createRing({ log: silentLog }, { dir: join(dir, name), listen: ['/ip4/127.0.0.1/tcp/0'], name, zone: name, invite })
  const live = createLive({ ring, log: silentLog, metrics: createMetrics() })
  ring.describe(() => ({ ...live.presence(), http: '' }))
  await ring.start()
  await live.start()
  return {
    ring, live,
    async stop() {
      await live.stop()
      await ring.stop()
    }
  }
}

/** Publishes as a camera peer would; a ring's own node may do so too. */
async function publish(from: Ring, to: PeerId, cameraId: CameraId): Promise<MediaStream> {
  const stream = await from.network.openStream(to, mediaProtocol)
  await stream.send({ publish: { cameraId, cameraName: 'Porch', source: 'test', tracks: clip.tracks, insist: true } })
  const messages = stream[Symbol.asyncIterator]()
  const { value } = await messages.next()
  assert.ok('accept' in value)
  void (async () => { try { while ((await messages.next()).done !== true); } catch {} })()
  let sending = Promise.resolve()
  const send = (message: Parameters<MediaStream['send']>[0]): void => { sending = sending.then(() => stream.send(message)).catch(() => {}) }
  feeding = feedForever(clip, (packets) => send({ packets: { packets } }), (report) => send({ report }))
  return stream
}

test.before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'thatdam-live-'))
  browser = await launchBrowser()
  const alder = await begin('alder')
  const birch = await begin('birch', alder.ring.createInvite('node', 60_000).invite)
  const cedar = await begin('cedar', alder.ring.createInvite('node', 60_000).invite)
  nodes = [alder, birch, cedar]
  await eventually(() => nodes.every(({ ring }) => ring.membership.alive().length === 3), 'three are alive', 30_000)
})
test.after(async () => {
  feeding?.stop()
  await browser.close()
  for (const { stop } of nodes) await stop()
  await rm(dir, { recursive: true, force: true })
})

test('a camera on one node is watched on another, recorded on two, and plays from the third while it grows', async () => {
  const [alder, birch, cedar] = nodes as [Node, Node, Node]
  const porch = 'porch' as CameraId
  const stream = await publish(cedar.ring, alder.ring.self, porch)
  await eventually(() => birch.live.cameras().cameras.some(({ live }) => live), 'birch knows of it', 30_000)
  const { app, url } = await serveWhep(birch.live.whep)
  try {
    const viewer = await openViewer(browser, url)
    assert.equal(await viewer.watch('porch'), 201)
    await eventually(async () => (await viewer.stats()).frames > 60, 'frames are decoded', 30_000)
    const stats = await viewer.stats()
    assert.equal(stats.lost, 0)
    assert.ok(stats.audioBytes > 0)
    assert.equal(birch.live.presence().viewers, 1)

    await eventually(() => alder.live.cameras().cameras[0]!.lastDurableMs > Date.now() - 2_500, 'what is durable is less than 2.5 s old', 30_000)
    assert.equal(alder.live.cameras().cameras[0]!.durableCopies, 2)
    const recordings = createRecordings({ ring: cedar.ring })
    await eventually(() => (recordings.list(porch, Date.now() - 60_000, Date.now()).spans[0]?.endMs ?? 0) > Date.now() - 3_000, 'cedar lists it as it grows', 30_000)
    const [span] = recordings.list(porch, Date.now() - 60_000, Date.now()).spans
    assert.equal(span!.node, 'alder')
    assert.equal(span!.growing, true)
    const file = await recordings.open(porch, span!.startMs, span!.endMs)
    const pieces: Uint8Array[] = []
    for await (const piece of file.read(0, file.size)) pieces.push(piece)
    assert.equal(Buffer.concat(pieces).length, file.size)

    await stream.close()
    await eventually(() => !birch.live.cameras().cameras[0]!.live, 'gone', 30_000)
    await eventually(() => birch.live.whep.count() === 0, 'its viewers too', 30_000)
    await viewer.page.close()
  } finally {
    await app.close()
  }
})

test.run()
