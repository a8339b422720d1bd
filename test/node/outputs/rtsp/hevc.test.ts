// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { Track } from '#protocols/media.ts'
import { h265Packetiser } from '#protocols/rtp/h265.ts'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { LiveCamera } from '../../../../node/live/live-camera.ts'
import { createRtspServer, type RtspServer } from '../../../../node/outputs/rtsp/server.ts'
import { hevcPictures } from '../../../support/bare-rtsp-camera.ts'
import { RtspClient } from '../../../support/rtsp-client.ts'
import { until } from '../../../support/until.ts'

const run = promisify(execFile)
const test = suite('RTSP of an HEVC camera')
const units = await hevcPictures(2)
const cameraOf = (codec: Track['codec'], fmtp: string): LiveCamera => new LiveCamera({
  id: 'porch' as CameraId, name: 'Porch', source: 'test', from: 'peer' as PeerId, requestKeyframe() {},
  tracks: [{ index: 0, kind: 'video', codec, clockRate: 90_000, channels: 0, fmtp, width: 320, height: 240 }]
})
let camera = cameraOf('H265', 'level-id=60;profile-id=1;tier-flag=0;tx-mode=SRST')
let server: RtspServer
let feeding: NodeJS.Timeout

test.before(async () => {
  server = createRtspServer({ log: silentLog, metrics: createMetrics() }, { listen: '127.0.0.1:0', open: async () => ({ camera, release() {} }), knows: () => true, authorize: undefined })
  await server.start()
  const packetiser = h265Packetiser()
  const startMs = performance.now()
  let sent = 0
  feeding = setInterval(() => {
    for (; sent * 1_000 / 30 < performance.now() - startMs; sent++) for (const rtp of packetiser.packets(units[sent % units.length]!, sent * 3_000)) camera.write({ track: 0, rtp })
  }, 10)
})
test.after(async () => {
  clearInterval(feeding)
  camera.end('over')
  await server.stop()
})

test('its description has the parameter sets of the stream', async () => {
  const client = await RtspClient.connect(server.url)
  const { body } = await client.send('DESCRIBE', `${server.url}/porch`, { Accept: 'application/sdp' })
  client.end()
  assert.match(body, /a=rtpmap:96 H265\/90000\r\na=fmtp:96 profile-id=1;level-id=60;tier-flag=0;sprop-vps=QAE[\w+/=]+;sprop-sps=QgE[\w+/=]+;sprop-pps=RAH[\w+/=]+\r\n/)
})

for (const transport of ['tcp', 'udp']) {
  test(`ffmpeg decodes it over ${transport} without a complaint`, async () => {
    const { stdout, stderr } = await run('/usr/bin/ffmpeg', ['-v', 'warning', '-xerror', '-rtsp_transport', transport, '-i', `${server.url}/porch`, '-frames:v', '30', '-f', 'framecrc', '-'], { timeout: 60_000 })
    assert.equal(stderr, '')
    assert.equal(stdout.split('\n').filter((line) => line.startsWith('0,')).length, 30)
  })
}

test('GStreamer decodes it', async () => {
  const play = () => run('/usr/bin/gst-launch-1.0', ['-q', 'rtspsrc', 'name=s', `location=${server.url}/porch`, 'protocols=tcp', 'latency=100', 's.', '!', 'rtph265depay', '!', 'avdec_h265', '!', 'fakesink', 'num-buffers=30'], { timeout: 60_000 })
  await play().catch(play).catch(play) // when all has come it sometimes trips over its own farewell
})

test('a client is let go when the camera comes back with another codec than it was told of', async () => {
  const client = await RtspClient.connect(server.url)
  await client.play(`${server.url}/porch`)
  await until(() => client.rtp(0).length > 10, 'pictures')
  const before = camera
  camera = cameraOf('H264', '')
  before.end('unplugged')
  await until(() => client.closed, 'the connection is closed')
  assert.equal(camera.sinks, 0, 'nobody listens to the new one')
})

test.run()
