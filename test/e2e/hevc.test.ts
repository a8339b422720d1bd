// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { RecordingList } from '#protocols/http.ts'
import { assertPlayable, streamsOf } from '../support/playable.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('a camera whose HEVC is to be kept')
const OFFER = ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'm=video 9 UDP/TLS/RTP/SAVPF 96', 'c=IN IP4 0.0.0.0', 'a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuvwx', `a=fingerprint:sha-256 ${'AB:'.repeat(31)}AB`, 'a=setup:actpass', 'a=mid:0', 'a=recvonly', 'a=rtcp-mux', 'a=rtpmap:96 H264/90000', 'a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f', ''].join('\r\n')

let ring: TestRing
let alder: NodeProcess

test.before(async () => {
  ring = await TestRing.create()
  const film = join(ring.dir, 'film.mp4')
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=30:duration=6', '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none:bframes=0:keyint=30:min-keyint=30', '-tag:v', 'hvc1', '-pix_fmt', 'yuv420p', film])
  alder = await ring.begin('alder', { flags: ['--camera', 'Porch', '--source', `file:${film}`, '--keep-hevc'] })
})
test.after(async () => { await ring?.end() })

test('it is recorded as it comes, and another program decodes the recording', async () => {
  const seen = await until(async () => {
    const camera = await ring.camera('porch', alder)
    return camera !== undefined && camera.recording && camera.lastDurableMs > 0 ? camera : undefined
  }, 'it is recorded', 90_000)
  await until(async () => (await ring.get<RecordingList>(`${alder.url}/api/v1/cameras/porch/recordings?from=${seen.lastDurableMs - 60_000}&to=${Date.now()}`)).spans.reduce((ms, { startMs, endMs }) => ms + endMs - startMs, 0) > 4_000, 'four seconds of it', 60_000)
  const answer = await fetch(`${alder.url}/api/v1/cameras/porch/play?from=${seen.lastDurableMs - 60_000}&to=${Date.now()}`)
  assert.equal(answer.status, 200)
  const file = join(ring.dir, 'played.mp4')
  await writeFile(file, Buffer.from(await answer.arrayBuffer()))
  const [video] = await streamsOf(file)
  assert.deepEqual([video?.codec_name, video?.width, video?.height], ['hevc', 640, 360])
  await assertPlayable(file)
})

test('a viewer without HEVC is told what the camera sends', async () => {
  const answer = await fetch(`${alder.url}/whep/porch`, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: OFFER })
  assert.equal(answer.status, 406)
  assert.match(await answer.text(), /HEVC/)
})

test.run()
