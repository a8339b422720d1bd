import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import { buildRtp } from '#protocols/rtp/packet.ts'
import type { Ice } from '../../../../node/live/webrtc/ice.ts'
import { LiveCamera } from '../../../../node/live/live-camera.ts'
import { ViewerHost } from '../../../../node/live/send/viewer-host.ts'
import type { ViewerEvents } from '../../../../node/live/webrtc/webrtc.ts'
import { until } from '../../../support/until.ts'
import { LOSS_WINDOW_MS } from '../../../../node/live/whep/loss-meter.ts'
import { RESEND_BURST } from '../../../../node/live/whep/resend-budget.ts'
import { REST_MS, VIEWER_QUEUE_BYTES } from '../../../../node/live/whep/whep-session.ts'

const test = suite('viewer host')
const IDR = 0x65
const SLICE = 0x41
const NO_ICE: Ice = { remote: () => ({ ufrag: '', pwd: '' }), isConnected: () => true, async add() {}, restart: () => Promise.reject(new Error('no restart here')) }

async function setUp() {
  const state = { closed: '', back: undefined as LiveCamera | undefined, keyframes: 0, skipped: 0, asked: 0, resent: 0, queued: 0, sent: [] as Array<{ sequence: number; type: number }>, viewer: undefined as ViewerEvents | undefined }
  const camera = new LiveCamera({
    id: 'porch' as CameraId, name: 'porch', source: 'test', from: 'peer' as PeerId, requestKeyframe: () => { state.keyframes++ },
    tracks: [{ index: 0, kind: 'video', codec: 'H264', clockRate: 90_000, channels: 0, fmtp: '', width: 640, height: 360 }]
  })
  const host = new ViewerHost({
    open: async () => ({ camera: state.back ?? camera, release() {} }),
    events: { onClosed(_id, reason) { state.closed = reason }, onNack: (asked, sent) => { state.asked += asked; state.resent += sent }, onSkipped: (packets) => { state.skipped += packets } },
    offerToViewer: () => Promise.reject(new Error('nobody is made an offer here')),
    answerViewer: async (_offer, events) => {
      state.viewer = events
      return {
        answer: 'v=0', wants: () => true, queuedBytes: () => state.queued, sendReport() {},
        sendRtp: (_kind, packet, payload) => { state.sent.push({ sequence: packet.sequence, type: payload[0]! }) },
        ice: NO_ICE, async close() {}
      }
    }
  })
  await host.addViewer({ id: 'v', camera: camera.id, offer: { sdp: '', codec: 'H264', videoPayloadType: 96, audioPayloadType: undefined, playoutDelayId: undefined } })
  state.viewer!.connected()
  let sequence = 0
  const write = (...types: number[]): void => {
    for (const type of types) camera.write({ track: 0, rtp: buildRtp({ marker: true, payloadType: 96, sequence: ++sequence & 0xffff, timestamp: sequence, ssrc: 1 }, new Uint8Array(10).fill(type)) })
  }
  return { state, camera, host, write, types: () => state.sent.map(({ type }) => type) }
}

test('after packets were left out for its thread, a viewer goes on at the next keyframe with unbroken numbers', async () => {
  const { state, camera, write, types } = await setUp()
  write(SLICE, IDR, SLICE)
  camera.skip()
  write(SLICE, SLICE, IDR, SLICE)
  assert.deepEqual(types(), [IDR, SLICE, IDR, SLICE])
  const [first] = state.sent
  assert.deepEqual(state.sent.map(({ sequence }) => sequence - first!.sequence), [0, 1, 2, 3])
})

test('a viewer whose socket holds too much skips to a keyframe it asked for, and what it missed is counted', async () => {
  const { state, write, types } = await setUp()
  write(IDR)
  state.queued = VIEWER_QUEUE_BYTES + 1
  write(...Array.from({ length: 20 }, () => SLICE), IDR)
  const sent = state.sent.length
  assert.ok(sent < 10, 'it is noticed within a picture')
  state.queued = 0
  write(SLICE, IDR, SLICE)
  assert.deepEqual(types().slice(sent), [IDR, SLICE])
  assert.equal(state.skipped, 23 - sent)
})

test('a viewer whose line does not carry the camera is given a rest, not its packets again, and goes on at a keyframe it asked for', async () => {
  const { state, write, types } = await setUp()
  write(IDR, ...Array.from({ length: 99 }, () => SLICE))
  const again = (): void => state.viewer!.lost('video', state.sent.slice(0, 60).map(({ sequence }) => sequence & 0xffff))
  again()
  assert.equal(state.resent, 60, 'for a while it is sent what it lacks')
  await sleep(LOSS_WINDOW_MS)
  const [sent, keyframes] = [state.sent.length, state.keyframes]
  again()
  write(SLICE, IDR, SLICE)
  assert.deepEqual(types().slice(sent), [])
  await sleep(REST_MS)
  await until(() => state.keyframes > keyframes, 'a keyframe is asked for')
  write(SLICE, IDR, SLICE)
  assert.deepEqual(types().slice(sent), [IDR, SLICE])
  assert.equal(state.skipped, 4)
})

test('a camera that comes back with another codec ends its viewers\' sessions: they have to offer anew', async () => {
  for (const [codec, stays] of [['H264', true], ['VP9', false]] as const) {
    const { state, camera, types } = await setUp()
    state.back = new LiveCamera({ id: camera.id, name: 'porch', source: 'test', from: camera.from, requestKeyframe() {}, tracks: [{ ...camera.tracks[0]!, codec }] })
    camera.end('its publisher connected again')
    await until(() => stays ? state.back!.sinks > 0 : state.closed !== '', 'what becomes of the viewer')
    assert.deepEqual([state.closed === '', state.back.sinks > 0, types()], [stays, stays, []])
  }
})

test('a packet lost more than a thousand packets ago is sent again, and the asking is counted', async () => {
  const { state, write } = await setUp()
  write(IDR, ...Array.from({ length: 1_500 }, () => SLICE))
  const lost = state.sent[100]!
  state.sent.length = 0
  state.viewer!.lost('video', [lost.sequence & 0xffff])
  assert.deepEqual(state.sent, [lost])
  state.viewer!.lost('video', [lost.sequence + 30_000 & 0xffff])
  assert.deepEqual([state.asked, state.resent], [2, 1], 'what is long gone is not')
})

test('a viewer that asks for one packet thousands of times is sent it once, and of thousands of packets no more than a bound', async () => {
  const { state, write } = await setUp()
  write(IDR, ...Array.from({ length: 1_999 }, () => SLICE))
  const numbers = state.sent.map(({ sequence }) => sequence & 0xffff)
  state.sent.length = 0
  state.viewer!.lost('video', Array.from({ length: 5_000 }, () => numbers[1_000]!))
  assert.equal(state.sent.length, 1)
  for (let i = 0; i < 100; i++) state.viewer!.lost('video', numbers)
  assert.ok(state.sent.length >= RESEND_BURST, 'a burst of losses is mended')
  assert.ok(state.sent.length < 3_000, `${state.sent.length} packets were sent again`)
  assert.equal(state.resent, state.sent.length)
})

test('while its socket holds too much a viewer is sent nothing again', async () => {
  const { state, write } = await setUp()
  write(IDR, SLICE)
  const [lost] = state.sent.splice(0)
  state.queued = VIEWER_QUEUE_BYTES + 1
  state.viewer!.lost('video', [lost!.sequence & 0xffff])
  assert.deepEqual(state.sent, [])
  state.queued = 0
  state.viewer!.lost('video', [lost!.sequence & 0xffff])
  assert.deepEqual(state.sent, [lost])
})

test('the source is asked for a keyframe at most twice a second, however many times viewers ask', async () => {
  const { state, host } = await setUp()
  for (let i = 0; i < 100; i++) state.viewer!.keyframeWanted()
  assert.equal(state.keyframes, 1)
  host.stop()
})

test.run()
