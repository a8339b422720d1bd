import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import type { Device } from '#protocols/media.ts'
import { emitter } from '#ring/base/emitter.ts'
import { silentLog } from '#ring/base/log.ts'
import { parsePeerArgs } from '../../peer/config.ts'
import { device } from '../../peer/devices/device.ts'
import { machineCameras } from '../../peer/devices/machine-cameras.ts'
import { createPeer } from '../../peer/peer.ts'
import { pluggedCameras } from '../../peer/plugged-cameras.ts'
import type { CameraSource, SourceEvent } from '../../peer/sources/camera-source.ts'
import { sourceLabel } from '../../peer/sources/source-spec.ts'
import { until } from '../support/until.ts'

const LOOK_MS = 20
const webcam = (at: number, serial?: string): Device => device({ kind: 'v4l2', source: `v4l2:/dev/video${at}`, name: 'Webcam', aliases: serial === undefined ? [] : [`v4l2:usb-${serial}`] })

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-plugged-'))
  try {
    await run(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What is plugged in, and how often it was looked at. */
function machine() {
  const plugged: Device[] = []
  let looks = 0
  const devices = async (): Promise<Device[]> => {
    looks++
    return [...plugged]
  }
  const lookedTwice = (from = looks): Promise<true> => until(() => looks > from + 2, 'it is looked twice more')
  return { plugged, devices, lookedTwice }
}

test('what is plugged in later is taken up, once, and by a name that stays its own', () => inFolder(async (folder) => {
  const { plugged, devices, lookedTwice } = machine()
  const adopted: string[] = []
  const cameras = pluggedCameras({ machine: machineCameras({ devices, log: silentLog }, { file: join(folder, 'names'), machine: 'attic', lookMs: LOOK_MS }), adopt: async ({ name, source }) => { adopted.push(`${name} ${source}`) }, onRefused() {} })
  plugged.push(webcam(0, 'A'))
  await cameras.start()
  assert.deepEqual(adopted, ['attic Webcam 1 v4l2:usb-A'])
  plugged.push(webcam(2, 'B'))
  await until(() => adopted.length === 2, 'the second is taken up')
  plugged.splice(0, 1)
  await lookedTwice()
  plugged.push(webcam(4, 'A'))
  await lookedTwice()
  await cameras.stop()
  assert.deepEqual(adopted, ['attic Webcam 1 v4l2:usb-A', 'attic Webcam 2 v4l2:usb-B'])
}))

test('what is there for one look only is no new camera: it may be one that came back under another number, and is in use again by then', () => inFolder(async (folder) => {
  let asked = 0
  const { plugged, devices, lookedTwice } = machine()
  const cameras = machineCameras({ devices, log: silentLog }, { file: join(folder, 'names'), machine: 'attic', isUsed: () => asked++ > 0, lookMs: LOOK_MS })
  const found: string[] = []
  cameras.changed.on(() => found.push(...cameras.usable().map(({ source }) => source)))
  await cameras.start()
  plugged.push(webcam(1))
  await lookedTwice()
  await cameras.stop()
  assert.deepEqual(found, [])
}))

test('one that can not be taken up is said, and does not keep the others', async () => {
  const said: string[] = []
  const changed = emitter<void>()
  const usable = [{ name: 'a', source: 'x' }, { name: 'b', source: 'y' }]
  const adopted: string[] = []
  const cameras = pluggedCameras({ machine: { usable: () => usable, refused: () => [], changed, start() {}, stop() {} }, adopt: async ({ name }) => { if (name === 'a') throw new Error('no'); adopted.push(name) }, onRefused: ({ name }, err) => said.push(`${name}: ${err.message}`) })
  await cameras.start()
  changed.emit()
  await cameras.stop()
  assert.deepEqual([said, adopted], [['a: no'], ['b']])
})

test('a peer that is to take all runs without any, takes up what is plugged in, and leaves the one that was given by name as it is', () => inFolder(async (folder) => {
  const { plugged, devices } = machine()
  const opened: string[] = []
  const openSource = (spec: Parameters<typeof sourceLabel>[0]): CameraSource => ({ events: emitter<SourceEvent>(), start() { opened.push(sourceLabel(spec)) }, stop() { opened.splice(opened.indexOf(sourceLabel(spec)), 1) }, requestKeyframe() {} })
  const config = parsePeerArgs(['--all-cameras', join(folder, 'names'), '--camera', 'Porch', '--source', 'v4l2:/dev/video0', '--http', '127.0.0.1:0'], 'attic')
  assert.ok(config !== 'help')
  const peer = createPeer({ log: silentLog, join: () => Promise.reject(new Error('no ring')), rank: () => [], openSource, devices: { devices, forget() {} } }, config)
  await peer.start()
  assert.deepEqual(opened, ['v4l2:/dev/video0'])
  plugged.push(webcam(0, 'A'), webcam(1, 'B'))
  await until(() => opened.length === 2, 'the new one is opened')
  assert.deepEqual(opened, ['v4l2:/dev/video0', 'v4l2:usb-B'])
  assert.deepEqual(peer.cameras.map(({ source }) => source), opened)
  await peer.stop()
  assert.deepEqual(opened, [])
}))

test('without a camera a peer says what to add, unless it is to take all', () => {
  assert.throws(() => parsePeerArgs([], 'attic'), /no camera: add for example --camera porch --source test, or --all-cameras FILE/)
  const config = parsePeerArgs(['--all-cameras', 'names'], 'attic')
  assert.ok(config !== 'help' && config.allCameras === 'names' && config.cameras.length === 0)
})

test.run()
