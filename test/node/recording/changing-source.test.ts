// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { LiveCamera } from '../../../node/live/live-camera.ts'
import { createRecorder, type Recorder } from '../../../node/recording/recorder.ts'
import { createRecordings } from '../../../node/recording/recordings.ts'
import { supervisedSource } from '../../../peer/sources/supervised-source.ts'
import { assertPlayable } from '../../support/playable.ts'
import { createRecordingRing } from '../../support/recording-ring.ts'
import { until } from '../../support/until.ts'

const run = promisify(execFile)
const test = suite('a source that changes its size')
const awake = setInterval(() => {}, 1_000)
let dir: string
test.before(async () => { dir = await mkdtemp(join(tmpdir(), 'thatdam-changing-')) })
test.after(async () => {
  clearInterval(awake)
  await rm(dir, { recursive: true })
})

/** Four seconds small, then four seconds large, in one stream whose time goes on. */
async function film(name: string, encode: string[]): Promise<string> {
  const halves = await Promise.all([['320x180', '0'], ['640x360', '4']].map(async ([size, offset]) => {
    const path = join(dir, `${name}-${size}.ts`)
    await run('/usr/bin/ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25`, '-t', '4', ...encode, '-g', '25', '-bf', '0', '-output_ts_offset', offset!, '-f', 'mpegts', path])
    return readFile(path)
  }))
  await writeFile(join(dir, `${name}.ts`), Buffer.concat(halves))
  return join(dir, `${name}.ts`)
}

/** A real source of a peer, recorded for a while. */
async function record(path: string, enough: (sizes: string[], seconds: number) => boolean) {
  const world = createRecordingRing()
  const source = supervisedSource({ log: silentLog }, { spec: { kind: 'file', path }, firstPictureMs: 90_000 })
  let live: { camera: LiveCamera; recorder: Recorder } | undefined
  const end = async (): Promise<void> => {
    live?.camera.end('the source ended')
    await live?.recorder.stop()
    live = undefined
  }
  source.events.on((event) => {
    if (event.type === 'tracks' && live === undefined) {
      const camera = new LiveCamera({ id: 'porch' as CameraId, name: 'Porch', source: 'file', from: 'camera' as PeerId, tracks: event.tracks, requestKeyframe() {} })
      live = { camera, recorder: createRecorder({ ring: world.ring, log: silentLog }, { camera }) }
      void live.recorder.start()
    } else if (event.type === 'packets') for (const packet of event.group.packets) live?.camera.write(packet)
    else if (event.type === 'report') live?.camera.report(event.report)
  })
  const sessions = () => [...world.sessions.values()].sort((a, b) => a.startMs - b.startMs)
  try {
    await source.start()
    await until(() => enough(sessions().map(({ width, height }) => `${width}x${height}`), sessions().reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0) / 1000), 'it was recorded', 120_000)
  } finally {
    await source.stop()
    await end()
  }
  const file = await createRecordings({ ring: world.ring }).open('porch' as CameraId, sessions()[0]!.startMs, sessions().at(-1)!.endMs)
  const parts: Uint8Array[] = []
  for await (const bytes of file.read(0, file.size)) parts.push(bytes)
  await writeFile(join(dir, 'play.mp4'), Buffer.concat(parts))
  await assertPlayable(join(dir, 'play.mp4'))
  return { sessions: sessions() }
}

test('H.264 that is passed through is recorded in both sizes, without a gap', async () => {
  const path = await film('pass', ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'])
  const { sessions } = await record(path, (sizes) => sizes.length >= 3)
  assert.deepEqual(sessions.slice(0, 2).map(({ width, height, ended }) => [width, height, ended]), [[320, 180, 'picture format changed'], [640, 360, 'picture format changed']])
  assert.ok(Math.abs(sessions[1]!.startMs - sessions[0]!.endMs) < 250, `${sessions[1]!.startMs - sessions[0]!.endMs} ms between them`)
  assert.ok(Math.abs(sessions[0]!.endMs - sessions[0]!.startMs - 4_000) < 300)
})

test('what is encoded goes on through the change, and plays', async () => {
  const path = await film('encode', ['-c:v', 'mpeg2video'])
  const { sessions } = await record(path, (_sizes, seconds) => seconds > 7)
  assert.ok(sessions.length <= 3, sessions.map(({ ended }) => ended).join(', '))
})

test.run()
