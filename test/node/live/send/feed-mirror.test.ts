import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import { buildRtp } from '#protocols/rtp/packet.ts'
import { LiveCamera } from '../../../../node/live/live-camera.ts'
import { backlog, MAX_BACKLOG_MS } from '../../../../node/live/send/backlog.ts'
import { FeedMirror } from '../../../../node/live/send/feed-mirror.ts'
import { type ToWorker, unpack } from '../../../../node/live/send/worker-messages.ts'

const test = suite('feed mirror')
const endOfTurn = () => new Promise<void>((resolve) => { setImmediate(resolve) })
const IDR = 0x65
const SLICE = 0x41
const video = { index: 0, kind: 'video', codec: 'H264', clockRate: 90_000, channels: 0, fmtp: '', width: 640, height: 360 } as const
const audio = { index: 1, kind: 'audio', codec: 'opus', clockRate: 48_000, channels: 2, fmtp: '', width: 0, height: 0 } as const

function setUp() {
  const state = { taken: 0, nowMs: 0, keyframes: 0, skipped: 0, released: 0, posted: [] as ToWorker[] }
  const camera = new LiveCamera({ id: 'porch' as CameraId, name: 'porch', source: 'test', from: 'peer' as PeerId, tracks: [video, audio], requestKeyframe: () => { state.keyframes++ } })
  const behind = backlog(() => state.taken, () => state.nowMs)
  const mirror = new FeedMirror({
    number: 7, feed: { camera, release: () => { state.released++ } }, backlog: behind,
    post: (message) => { state.posted.push(message) }, onSkipped: (packets) => { state.skipped += packets }, onEnded() {}
  })
  let sequence = 0
  const write = (type: number, track = 0): void => camera.write({ track, rtp: buildRtp({ marker: true, payloadType: 96, sequence: ++sequence, timestamp: sequence, ssrc: 1 }, new Uint8Array(10).fill(type)) })
  const types = (): string[] => state.posted.flatMap((message) => message.type === 'sendRtp' ? unpack(message).map(({ track }) => track === 0 ? 'video' : 'audio') : [message.type])
  return { state, camera, mirror, behind, write, types }
}

test('packets of one turn of the event loop are posted together, as they came', async () => {
  const { state, write } = setUp()
  for (let i = 0; i < 10; i++) write(i === 0 ? IDR : SLICE)
  await endOfTurn()
  assert.equal(state.posted.length, 1)
  const [message] = state.posted
  assert.ok(message?.type === 'sendRtp')
  assert.equal(message.camera, 7)
  assert.deepEqual(unpack(message).map(({ rtp }) => (rtp[2]! << 8) | rtp[3]!), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('a thread that is behind is told to skip, gets the sound, and the picture again from a keyframe once it caught up', async () => {
  const { state, write, types } = setUp()
  write(IDR)
  await endOfTurn()
  state.nowMs += MAX_BACKLOG_MS + 1
  write(SLICE)
  write(SLICE, 1)
  await endOfTurn()
  assert.deepEqual(types(), ['video', 'skip', 'audio'])
  assert.equal(state.keyframes, 1)
  write(IDR) // still behind
  state.taken += 2
  write(SLICE)
  await endOfTurn()
  assert.deepEqual(types(), ['video', 'skip', 'audio'])
  write(IDR)
  write(SLICE)
  await endOfTurn()
  assert.deepEqual(types(), ['video', 'skip', 'audio', 'video', 'video'])
  assert.equal(state.skipped, 3)
})

test('what waits for a thread never grows old: nothing is posted while the oldest is twice too old', async () => {
  const { state, write, behind } = setUp()
  for (let i = 0; i < 1_000; i++) {
    write(i % 2 === 0 ? IDR : SLICE, i % 3 === 0 ? 1 : 0)
    state.nowMs += 3
    await endOfTurn()
  }
  assert.ok(behind.packets() <= 2 * MAX_BACKLOG_MS / 3 + 3, `${behind.packets()} packets wait`)
})

test('a camera that ends is let go of once, after its last packets', async () => {
  const { state, camera, mirror, write, types } = setUp()
  write(IDR)
  camera.end('unplugged')
  mirror.close()
  assert.deepEqual(types(), ['video', 'ended'])
  assert.equal(state.released, 1)
  assert.equal(camera.sinks, 0)
})

test.run()
