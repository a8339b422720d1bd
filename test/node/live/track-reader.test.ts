// needs: ffmpeg
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { KEYFRAME_REQUEST_MS } from '../../../node/live/live-camera.ts'
import { TrackReader } from '../../../node/live/track-reader.ts'
import { clipCamera, makeClip } from '../../support/camera-clip.ts'

const clip = await makeClip({ seconds: 3, size: '160x120' })
const test = suite('live camera')

test('a reader that falls behind goes on at a keyframe, its loss is counted, and no other reader notices', () => {
  const camera = clipCamera(clip)
  let skips = 0
  const slow = new TrackReader(20, { onSkip: () => { skips++ } })
  const quick = new TrackReader(100_000)
  camera.add(slow)
  camera.add(quick)
  const packets = clip.steps.flatMap((step) => step.packets)
  for (const packet of packets) camera.write(packet)
  assert.equal(quick.queued, packets.length)
  assert.equal(quick.dropped, 0)
  assert.equal(slow.queued, 20)
  assert.equal(slow.dropped, packets.length - 20)
  assert.equal(skips, 1)
})

test('after an overflow the first packet is of a keyframe', async () => {
  const camera = clipCamera(clip)
  const reader = new TrackReader(20)
  camera.add(reader)
  const batches = reader[Symbol.asyncIterator]()
  const half = clip.steps.findIndex((step) => step.atMs > 1_500)
  for (const step of clip.steps.slice(0, half)) for (const packet of step.packets) camera.write(packet)
  await batches.next()
  for (const step of clip.steps.slice(half)) {
    for (const packet of step.packets) camera.write(packet)
    if (reader.queued > 0) break
  }
  const { value } = await batches.next()
  assert.equal(value![0]!.key, true)
})

test('however many ask for a keyframe, the source is asked once, and once more later', async () => {
  let asked = 0
  const camera = clipCamera(clip, 'porch', () => { asked++ })
  const timer = setTimeout(() => {}, 5_000) // the throttle does not keep the process alive
  for (let i = 0; i < 50; i++) camera.requestKeyframe()
  assert.equal(asked, 1)
  await new Promise((resolve) => setTimeout(resolve, KEYFRAME_REQUEST_MS + 200))
  assert.equal(asked, 2)
  clearTimeout(timer)
})

test('a packet can be recalled by its number after the numbers wrapped', () => {
  const camera = clipCamera(clip)
  const seen: number[] = []
  camera.add({ write: (packet) => { if (packet.track.index === 0) seen.push(packet.sequence) }, report() {}, ended() {} })
  for (const step of clip.steps) for (const packet of step.packets) camera.write(packet)
  assert.equal(seen.at(-1)! - seen[0]!, seen.length - 1)
  assert.equal(camera.recall(0, seen.at(-5)!)!.sequence, seen.at(-5))
  assert.equal(camera.recall(0, seen.at(-1)! + 1), undefined)
})

test('the end comes once, also to who comes after it', () => {
  const camera = clipCamera(clip)
  const told: string[] = []
  const sink = { write() {}, report() {}, ended: (reason: string) => { told.push(reason) } }
  camera.add(sink)
  camera.end('unplugged')
  camera.end('again')
  camera.add(sink)
  assert.deepEqual(told, ['unplugged', 'unplugged'])
})

test.run()
