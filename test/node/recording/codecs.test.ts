// needs: ffmpeg
/** Streams of another packetiser than ours, ffmpeg's, recorded as they come: what ffprobe says of the file, and whether all of it decodes. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { Track } from '#protocols/media.ts'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { LiveCamera } from '../../../node/live/live-camera.ts'
import { createThumbnails } from '../../../node/outputs/pictures/thumbnails.ts'
import { createRecorder } from '../../../node/recording/recorder.ts'
import { createRecordings } from '../../../node/recording/recordings.ts'
import { assertPlayable, streamsOf } from '../../support/playable.ts'
import { createRecordingRing, type RecordingRing } from '../../support/recording-ring.ts'
import { until } from '../../support/until.ts'

const test = suite('recorded codecs')
const ENCODERS = {
  H265: { probed: 'hevc', codecs: /^hvc1\.1\.6\.L\d+\.90$/, args: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none:keyint=30:min-keyint=30:repeat-headers=1:pools=1:bframes=0'] },
  VP8: { probed: 'vp8', codecs: /^vp08\.00\.\d\d\.08$/, args: ['-c:v', 'libvpx', '-deadline', 'realtime', '-g', '30'] },
  VP9: { probed: 'vp9', codecs: /^vp09\.00\.\d\d\.08$/, args: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '30', '-strict', 'experimental'] }
} as const

let folder: string
test.before(async () => { folder = await mkdtemp(join(tmpdir(), 'thatdam-codecs-')) })
test.after(() => rm(folder, { recursive: true, force: true }))

/** Some seconds of pictures, in real time, into the camera. */
async function film(camera: LiveCamera, args: readonly string[], seconds = 4): Promise<void> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  socket.on('message', (rtp) => { if ((rtp[1]! & 0x7f) === 96) camera.write({ track: 0, rtp: new Uint8Array(rtp) }) })
  const program = spawn('/usr/bin/ffmpeg', ['-v', 'error', '-nostdin', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=30', '-t', String(seconds), '-pix_fmt', 'yuv420p', '-threads', '1', ...args, '-f', 'rtp', '-payload_type', '96', `rtp://127.0.0.1:${socket.address().port}?pkt_size=1200`], { stdio: 'ignore' })
  await once(program, 'exit')
  socket.close()
}

async function fileOf(store: RecordingRing, camera: CameraId, name: string): Promise<string> {
  const range = await createRecordings({ ring: store.ring }).open(camera, Date.now() - 600_000, Date.now() + 60_000)
  const parts: Uint8Array[] = []
  for await (const bytes of range.read(0, range.size)) parts.push(bytes)
  const path = join(folder, name)
  await writeFile(path, Buffer.concat(parts))
  return path
}

/** Two seconds from there. */
const cutOf = ({ ring }: RecordingRing, camera: CameraId, fromMs: number, mode: 'exact' | 'keyframe') => createRecordings({ ring }).cut(camera, fromMs, fromMs + 2_000, mode)

const cameraOf = (codec: Track['codec'], id = 'porch'): LiveCamera => new LiveCamera({ id: id as CameraId, name: id, source: 'test', from: 'peer' as PeerId, tracks: [{ index: 0, kind: 'video', codec, clockRate: 90_000, channels: 0, fmtp: '', width: 0, height: 0 }], requestKeyframe() {} })

for (const [codec, { probed, codecs, args }] of Object.entries(ENCODERS)) {
  test(`${codec} is recorded whole, and decoded from the file by another program`, async () => {
    const store = createRecordingRing()
    const camera = cameraOf(codec as 'VP8')
    const recorder = createRecorder({ ring: store.ring, log: silentLog }, { camera })
    recorder.start()
    await film(camera, args)
    camera.end('over')
    await recorder.stop()
    const [session] = [...store.sessions.values()]
    assert.match(session!.codecs, codecs)
    assert.deepEqual([session!.width, session!.height, camera.size], [320, 240, { width: 320, height: 240 }])
    const path = await fileOf(store, camera.id, `${codec}.mp4`)
    await assertPlayable(path)
    const [video] = await streamsOf(path)
    assert.deepEqual([video!.codec_name, video!.width, video!.height], [probed, 320, 240])
    assert.ok(video!.frames >= 85, `${video!.frames} of 120 frames`)
    const thumbnails = createThumbnails({ recordings: createRecordings({ ring: store.ring }), metrics: createMetrics() })
    const { jpeg } = await thumbnails.at(camera.id, session!.startMs + 1_500, 160)
    await thumbnails.stop()
    assert.deepEqual([...jpeg.subarray(0, 3)], [0xff, 0xd8, 0xff], 'a keyframe as JPEG')
    await assert.rejects(cutOf(store, camera.id, session!.startMs + 500, 'exact'), /not made anew here: cut at the keyframe/)
    assert.ok((await cutOf(store, camera.id, session!.startMs + 500, 'keyframe')).size > 10_000)
  })
}

test('a range is of one codec: where the camera changed to another it ends, and the rest is a range of its own', async () => {
  const store = createRecordingRing()
  for (const codec of ['VP8', 'VP9'] as const) {
    const camera = cameraOf(codec)
    const recorder = createRecorder({ ring: store.ring, log: silentLog }, { camera })
    recorder.start()
    await film(camera, ENCODERS[codec].args, 2)
    camera.end('over')
    await recorder.stop()
  }
  const [, second] = [...store.sessions.values()].sort((a, b) => a.startMs - b.startMs)
  const recordings = createRecordings({ ring: store.ring })
  const all = await recordings.open('porch' as CameraId, Date.now() - 600_000, Date.now() + 60_000)
  assert.ok(all.startMs + all.durationMs <= second!.startMs)
  const path = await fileOf(store, 'porch' as CameraId, 'both.mp4')
  await assertPlayable(path)
  assert.deepEqual((await streamsOf(path)).map(({ codec_name }) => codec_name), ['vp8'])
  const rest = await recordings.open('porch' as CameraId, second!.startMs, Date.now() + 60_000)
  assert.equal(rest.startMs, second!.startMs)
})

test('a stream that can not be kept says so, once, instead of being recorded wrongly', async () => {
  const store = createRecordingRing()
  const camera = cameraOf('VP9')
  const recorder = createRecorder({ ring: store.ring, log: silentLog }, { camera })
  recorder.start()
  let sequence = 0
  await until(() => {
    const rtp = Buffer.from([0x80, 0xe0, 0, sequence++, 0, 0, sequence, 0, 0, 0, 0, 1, 0x0c, 0x82, 1, 2, 3, 4, 5, 6])
    camera.write({ track: 0, rtp: new Uint8Array(rtp) })
    return recorder.obstacle()
  }, 'the reason')
  assert.match(recorder.obstacle() ?? '', /its VP9 can not be recorded: VP9: a keyframe without its sync code/)
  assert.equal(recorder.recording(), false)
  camera.end('over')
  await recorder.stop()
  assert.equal(store.sessions.size, 0)
})

test.run()
