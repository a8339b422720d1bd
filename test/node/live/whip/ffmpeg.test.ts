// needs: ffmpeg
/** FFmpeg's own WHIP muxer publishes: a client that is neither a browser nor of the library that this server stands on. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Demuxer, Muxer } from 'node-av'
import { suite } from 'uvu'
import type { CameraId } from '#protocols/ids.ts'
import type { LivePacket } from '../../../../node/live/live-packet.ts'
import { type LiveServer, startLiveServer } from '../../../support/live-server.ts'
import { until } from '../../../support/until.ts'

const test = suite('FFmpeg as a WHIP client')
let server: LiveServer
let folder: string

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thatdam-whip-'))
  server = await startLiveServer()
})
test.after(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Ten seconds at their own pace, or until `isEnough`. */
async function publish(camera: string, profile: string, isEnough: () => boolean): Promise<void> {
  const film = join(folder, `${profile}.mkv`)
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=30:duration=10', '-c:v', 'libx264', '-profile:v', profile, '-preset', 'veryfast', '-bf', '0', '-g', '30', '-pix_fmt', 'yuv420p']
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=10', ...picture, '-c:a', 'libopus', '-ac', '2', film])
  await using input = await Demuxer.open(film)
  await using output = await Muxer.open(`${server.url}/whip/${camera}`, { format: 'whip', input })
  const streams = input.streams.map((stream) => output.addStream(stream))
  const beganMs = performance.now()
  for await (const packet of input.packets()) {
    if (packet === null || isEnough()) break
    const { num, den } = input.streams[packet.streamIndex]!.timeBase
    await sleep(Math.max(0, Number(packet.dts) * num / den * 1000 - (performance.now() - beganMs)))
    await output.writePacket(packet, streams[packet.streamIndex]!)
    packet.free()
  }
}

for (const [profile, id, level] of [['baseline', 'desk', '42'], ['high', 'hall', '64']] as const) {
  test(`H.264 of the ${profile} profile and Opus are a camera, from the first keyframe to its farewell`, async () => {
    const came: LivePacket[] = []
    let isKept = false
    await publish(id, profile, () => {
      const camera = server.cameras.get(id as CameraId)?.camera
      if (!isKept && camera !== undefined) {
        isKept = true
        assert.deepEqual([camera.source, ...camera.tracks.map(({ codec }) => codec)], ['whip', 'H264', 'opus'])
        assert.match(camera.tracks[0]!.fmtp, new RegExp(`profile-level-id=${level}`))
        camera.add({ write: (packet) => { came.push(packet) }, report() {}, ended() {} })
      }
      return came.filter(({ key }) => key).length >= 2 && came.some(({ track }) => track.kind === 'audio')
    })
    assert.ok(came.filter(({ key }) => key).length >= 2, 'keyframes come')
    assert.ok(came.some(({ track }) => track.kind === 'audio'), 'and sound')
    await until(() => server.whip.count() === 0, 'its DELETE ended the session')
  })
}

test.run()
