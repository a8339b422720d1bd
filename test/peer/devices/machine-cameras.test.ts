import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import type { Device } from '#protocols/media.ts'
import { silentLog } from '#ring/base/log.ts'
import { machineCameras } from '../../../peer/devices/machine-cameras.ts'

const webcam = (serial: string, change: Partial<Device> = {}): Device => ({ kind: 'v4l2', source: `v4l2:/dev/video${serial}`, name: 'HD Webcam', aliases: [`v4l2:usb-${serial}`], state: 'free', cameraId: '', reason: '', modes: [], controls: [], ...change })

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-cameras-'))
  try {
    await run(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What is usable when these are plugged in. */
async function look(folder: string, plugged: readonly Device[]): Promise<string[]> {
  const cameras = machineCameras({ devices: async () => plugged, log: silentLog }, { file: join(folder, 'data/camera-names'), machine: 'alder' })
  await cameras.start()
  await cameras.stop()
  return cameras.usable().map(({ name, source }) => `${source} ${name}`)
}

test('a camera keeps its name when another is plugged in before it, or is gone', () => inFolder(async (folder) => {
  assert.deepEqual(await look(folder, [webcam('A'), webcam('B')]), ['v4l2:usb-A alder HD Webcam 1', 'v4l2:usb-B alder HD Webcam 2'])
  assert.deepEqual(await look(folder, [webcam('B'), webcam('A')]), ['v4l2:usb-B alder HD Webcam 2', 'v4l2:usb-A alder HD Webcam 1'])
  assert.deepEqual(await look(folder, [webcam('C'), webcam('B')]), ['v4l2:usb-C alder HD Webcam 3', 'v4l2:usb-B alder HD Webcam 2'])
}))

test('what can not be used is said, and what is no camera with a driver is left to who starts it', () => inFolder(async (folder) => {
  const plugged = [webcam('A', { state: 'refused', reason: 'permission denied' }), webcam('S', { kind: 'screen' })]
  const cameras = machineCameras({ devices: async () => plugged, log: silentLog }, { file: join(folder, 'camera-names'), machine: 'alder' })
  await cameras.start()
  await cameras.stop()
  assert.deepEqual([cameras.usable(), cameras.refused()], [[], ['HD Webcam: permission denied']])
}))

test('names that can not be read are given anew', () => inFolder(async (folder) => {
  await look(folder, [webcam('A')])
  await writeFile(join(folder, 'data/camera-names'), '{"v4l2:usb-A": ')
  assert.deepEqual(await look(folder, [webcam('A')]), ['v4l2:usb-A alder HD Webcam 1'])
}))

test.run()
