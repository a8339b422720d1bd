import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { CameraView, DeviceList, RecordingList } from '#protocols/http.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import type { GuestProgram, VirtualMachine } from '../support/virtual-machine.ts'
import { bootVivid, COMMAND, DRIVER, peerUntil, SLOW_MS, WEBCAM } from '../support/vivid-machine.ts'

/** Now and then V8 finds its list of code pages in disorder on the emulated processor, and ends: nothing this project could do. */
const V8_ON_EMULATED = 'Check failed: it->second.Size() > offset'
/** So the peer is started this often at most. */
const STARTS = 3
const BARS = 8
/** Luma that two neighbours of the driver's colour bars differ in, at the least. */
const STEP = 8

const test = suite('a camera with a real kernel driver')

let ring: TestRing
let alder: NodeProcess
let machine: VirtualMachine
let peer: GuestProgram

const cameraEvents = (): Array<Record<string, unknown>> => peer.lines().map((line) => JSON.parse(line)).filter(({ event }) => event === 'camera')
const lastReason = (): string => String(cameraEvents().at(-1)?.['reason'])
const recordings = (): Promise<RecordingList> => ring.get(`${alder.url}/api/v1/cameras/porch/recordings`)

/** The camera, when it is recorded as the `nth` span and two seconds of that are safe on disk. */
async function recorded(nth: number): Promise<CameraView | undefined> {
  const span = (await recordings()).spans[nth - 1]
  const camera = await ring.camera('porch', alder)
  return span !== undefined && camera?.recording === true && camera.lastDurableMs - span.startMs > 2_000 ? camera : undefined
}

test.before(async () => {
  ring = await TestRing.create()
  alder = await ring.begin('alder')
})

test.after(async () => {
  await machine?.stop()
  await ring?.end()
})

test('that is not plugged in is waited for', async () => {
  const { invite } = await ring.invite('peer', alder)
  for (let start = 1; ; start++) {
    peer = await machine.start(`peer-${start}`, [process.execPath, COMMAND, 'peer', '--join', invite, '--camera', 'Porch', '--source', 'v4l2:/dev/video0?size=320x180&fps=10', '--http', 'off', '--json'])
    const failure = await peerUntil(peer, () => /video0 is not there: waiting/.test(lastReason()), 'the peer waits for its camera').then(() => undefined, (err: Error) => err)
    if (failure === undefined) return
    if (start === STARTS || !failure.message.includes(V8_ON_EMULATED)) throw failure
  }
})

test('is live and recorded when it is plugged in, in the size asked for', async () => {
  await machine.load('vivid', WEBCAM)
  const { width, height, source } = await peerUntil(peer, () => recorded(1), 'the camera is recorded')
  assert.deepEqual([width, height, source], [320, 180, 'v4l2:/dev/video0'])
})

test('is listed with what its driver offers, and with the camera that uses it', async () => {
  const device = await until(async () => {
    const { machines } = await ring.get<DeviceList>(`${alder.url}/api/v1/devices`)
    return machines.find(({ role }) => role === 'peer')?.devices.find(({ source, state, modes }) => source === 'v4l2:/dev/video0' && state === 'in use' && modes.length > 0)
  }, 'the node lists the camera, which is live', SLOW_MS)
  assert.deepEqual([device.kind, device.name, device.camera, device.reason], ['v4l2', 'vivid-000-vid-cap', 'porch', null])
  assert.ok(device.modes.some(({ width, height, fps }) => width === 320 && height === 180 && Math.max(...fps) > 1), JSON.stringify(device.modes))
})

test('gives the recording the picture of its driver', async () => {
  if (!existsSync('/usr/bin/ffmpeg')) {
    process.stdout.write('skipped: ffmpeg is not installed\n')
    return
  }
  const { spans: [span] } = await recordings()
  const file = join(ring.dir, 'bars.mp4')
  await writeFile(file, await ring.bytes(`${alder.url}/api/v1/cameras/porch/play?from=${Math.floor(span?.startMs ?? 0)}&to=${Math.floor(span?.endMs ?? 0)}`))
  const decoded = spawnSync('/usr/bin/ffmpeg', ['-v', 'error', '-i', file, '-vf', `crop=iw:ih/8:0:ih*7/8,scale=${BARS}:1:flags=area`, '-pix_fmt', 'gray', '-f', 'rawvideo', '-'])
  assert.equal(decoded.stderr.toString(), '')
  assert.ok(decoded.stdout.length >= 10 * BARS, `${decoded.stdout.length / BARS} pictures`)
  const bars = [...decoded.stdout.subarray(-BARS)]
  assert.ok(bars.every((luma, i) => i === 0 || luma < (bars[i - 1] ?? 0) - STEP), `colour bars from white to black: ${bars.join(' ')}`)
})

test('is said to be gone when it is unplugged, and the peer stays up', async () => {
  await machine.run(`echo vivid.0 >${DRIVER}/unbind`)
  await peerUntil(peer, () => /video0 is gone: waiting for the camera to be plugged in again/.test(lastReason()), 'the peer says that the camera is gone')
  await until(async () => (await ring.camera('porch', alder))?.live !== true, 'the node shows no live camera')
})

test('is the same camera when it is plugged in again, and what is missing is a gap with its reason', async () => {
  const before = (await recordings()).spans.length // a machine without a processor to spare may have lost its node once
  await machine.run(`echo vivid.0 >${DRIVER}/bind`)
  await peerUntil(peer, () => recorded(before + 1), 'the camera is recorded again')
  const { spans, gaps } = await recordings()
  assert.deepEqual(gaps[before - 1], { startMs: spans[before - 1]?.endMs, endMs: spans[before]?.startMs, reason: '/dev/video0 is gone: waiting for the camera to be plugged in again' })
})

test('is the same camera also under another number', async () => {
  const before = (await recordings()).spans.length
  await machine.run('sleep 10000 </dev/video0 >/dev/null 2>&1 &') // a number is not given away while a program holds it
  await machine.run(`echo vivid.0 >${DRIVER}/unbind; echo vivid.0 >${DRIVER}/bind`)
  assert.match(await machine.run('ls /dev/video*'), /^\/dev\/video1$/)
  await peerUntil(peer, () => recorded(before + 1), 'the camera is recorded again')
  const { cameras } = await ring.get<{ cameras: CameraView[] }>(`${alder.url}/api/v1/cameras`)
  assert.deepEqual(cameras.map(({ id }) => id), ['porch'])
})

test('does not keep its peer from ending as asked', async () => {
  assert.equal(await peer.end(SLOW_MS), 0)
})

const booted = await bootVivid()
if (booted !== undefined) {
  machine = booted
  test.run()
}
