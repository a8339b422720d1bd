import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { CameraDevice, CameraList, CaptureChange } from '#protocols/http.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { type GuestProgram, type VirtualMachine, whyNoVirtualMachine } from '../support/virtual-machine.ts'
import { bootVivid, COMMAND, DRIVER, peerUntil, SLOW_MS, WEBCAM } from '../support/vivid-machine.ts'

/** What the driver's control of that name is set to: it begins with 128. */
const BRIGHTNESS = 140

const test = suite('a camera that is plugged into a machine whose peer takes all')

let ring: TestRing
let alder: NodeProcess
let machine: VirtualMachine
let peer: GuestProgram
let camera: string

const events = (): Array<Record<string, unknown>> => peer.lines().map((line) => JSON.parse(line))
const last = (): Record<string, unknown> | undefined => events().findLast(({ event }) => event === 'camera')
/** What the driver itself says. */
const driver = (...words: string[]): Promise<string> => machine.run(`v4l2-ctl -d /dev/video0 ${words.join(' ')}`)
const told = (): Promise<CameraDevice> => ring.get<CameraDevice>(`${alder.url}/api/v1/cameras/${camera}/device`)

/** An emulated machine may fall silent for a while, and is not connected then. */
function order(method: string, path: string, body: object): Promise<Response> {
  return until(async () => {
    const answer = await fetch(`${alder.url}/api/v1/cameras/${camera}/${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal: AbortSignal.timeout(SLOW_MS) })
    return /ERR_TRACK_UNAVAILABLE|ERR_MEMBER_UNREACHABLE|ERR_NOT_FOUND/.test(await answer.clone().text()) ? undefined : answer
  }, `${path} is answered`, SLOW_MS)
}

async function set(device: CaptureChange['device']): Promise<void> {
  const answer = await order('PATCH', 'capture', { device })
  assert.equal(answer.status, 200, await answer.text())
}

test.before(async () => {
  ring = await TestRing.create()
  alder = await ring.begin('alder')
})

test.after(async () => {
  await machine?.stop()
  await ring?.end()
})

test('is taken up, though there was none when the peer was started', async () => {
  const { invite } = await ring.invite('peer', alder)
  peer = await machine.start('peer', [process.execPath, COMMAND, 'peer', '--join', invite, '--all-cameras', join(machine.folder, 'camera-names'), '--http', 'off', '--json'])
  await peerUntil(peer, () => events().some(({ event }) => event === 'ready'), 'the peer is in the ring')
  assert.equal(last(), undefined)
  await machine.load('vivid', WEBCAM)
  await peerUntil(peer, () => last()?.['state'] === 'live', 'the camera is live')
  const { cameras } = await ring.get<CameraList>(`${alder.url}/api/v1/cameras`)
  assert.deepEqual(cameras.map(({ source, settable }) => [source, settable]), [['v4l2:/dev/video0', true]])
  camera = cameras[0]?.id ?? ''
})

test('has its controls set from the node, and told as they are', async () => {
  await until(async () => (await told()).device !== null, 'what it offers is known', SLOW_MS)
  await set({ controls: { brightness: BRIGHTNESS } })
  assert.match(await driver('--get-ctrl=brightness'), new RegExp(`brightness: ${BRIGHTNESS}`))
  const { device, settings } = await told()
  assert.deepEqual(settings, { controls: { brightness: BRIGHTNESS } })
  const { kind, min, max, step, defaultValue, value } = device?.controls.find(({ name }) => name === 'brightness') ?? {}
  assert.deepEqual([kind, min, max, step, defaultValue, value], ['integer', 0, 255, 1, 128, BRIGHTNESS])
  assert.deepEqual(device?.controls.find(({ name }) => name === 'test_pattern')?.choices[1], { value: 1, label: '100% Colorbar' })
})

test('is refused what its driver does not offer, with what it does, and stays as it is', async () => {
  for (const [wrong, words] of [[{ controls: { brightness: 256 } }, /brightness 256: use 0 to 255/], [{ format: 'H264' }, /format H264: this camera offers YUYV, UYVY/], [{ format: 'UYVY', width: 8, height: 8 }, /size 8x8 in UYVY: this camera offers 320x180, 640x360/]] as const) {
    const refused = await order('PATCH', 'capture', { device: wrong })
    assert.equal(refused.status, 400)
    assert.match(await refused.text(), words)
  }
  assert.match(await driver('--get-ctrl=brightness'), new RegExp(`brightness: ${BRIGHTNESS}`))
})

test('sends the pixel format, size and rate that were ordered while it was stopped', async () => {
  await order('POST', 'stop', {})
  await set({ format: 'UYVY', width: 320, height: 180, fps: 5 })
  await order('POST', 'start', {})
  await peerUntil(peer, () => last()?.['state'] === 'live', 'the camera is live again')
  assert.match(await driver('--get-fmt-video'), /Width\/Height +: 320\/180\s+Pixel Format +: 'UYVY'/)
  await until(async () => (await told()).device?.now?.format === 'UYVY', 'the node tells so', SLOW_MS)
})

test('is set so again when it is plugged in again, though its driver has forgotten', async () => {
  await machine.run(`echo vivid.0 >${DRIVER}/unbind`)
  await peerUntil(peer, () => /video0 is gone/.test(String(last()?.['reason'])), 'the peer says that the camera is gone')
  await machine.run(`echo vivid.0 >${DRIVER}/bind`)
  await peerUntil(peer, () => last()?.['state'] === 'live', 'the camera is live again')
  assert.match(await driver('--get-fmt-video', '--get-ctrl=brightness'), new RegExp(`brightness: ${BRIGHTNESS}[^]*320/180[^]*'UYVY'`))
  assert.equal((await ring.get<CameraList>(`${alder.url}/api/v1/cameras`)).cameras.length, 1)
})

test('does not keep its peer from ending as asked', async () => {
  assert.equal(await peer.end(SLOW_MS), 0)
})

const booted = await bootVivid(whyNoVirtualMachine() ?? (spawnSync('v4l2-ctl', ['--version']).error === undefined ? undefined : 'v4l2-ctl is not installed'))
if (booted !== undefined) {
  machine = booted
  test.run()
}
