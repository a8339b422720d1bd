import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import type { CameraId } from '#protocols/ids.ts'
import type { CameraState } from '#protocols/media.ts'
import { deviceReport } from '../../../peer/devices/device-report.ts'
import { inventory, type InventoryInit } from '../../../peer/devices/inventory.ts'
import { withFolder } from '../sources/record-source.ts'

/** A machine with one webcam (a node for its picture, one for its metadata), a screen, a card that records, and a camera on the LAN. */
function fakeMachine(folder: string): InventoryInit & { asked: string[] } {
  const [classFolder, deviceFolder, displayFolder] = ['class', 'dev', 'x11'].map((name) => join(folder, name)) as [string, string, string]
  const usb = join(folder, 'usb1/interface')
  for (const made of [classFolder, join(deviceFolder, 'v4l/by-id'), displayFolder, usb]) mkdirSync(made, { recursive: true })
  writeFileSync(join(folder, 'usb1/serial'), '8F2A11\n')
  for (const [node, index] of [['video0', '0'], ['video1', '1']] as const) {
    mkdirSync(join(classFolder, node))
    symlinkSync(usb, join(classFolder, node, 'device'))
    writeFileSync(join(classFolder, node, 'name'), 'HD Webcam\n')
    writeFileSync(join(classFolder, node, 'index'), index)
    writeFileSync(join(deviceFolder, node), '')
  }
  symlinkSync(join(deviceFolder, 'video0'), join(deviceFolder, 'v4l/by-id/usb-Maker_Cam_8F2A11-video-index0'))
  writeFileSync(join(displayFolder, 'X1'), '')
  const pcmFile = join(folder, 'pcm')
  writeFileSync(pcmFile, '00-00: ALC257 Analog : ALC257 Analog : playback 1\n01-00: USB Audio : USB Audio : capture 1\n')
  const asked: string[] = []
  return {
    asked, patient: true, classFolder, deviceFolder, displayFolder, pcmFile,
    discover: async () => [{ endpoint: 'urn:uuid:1', name: 'Gate', hardware: 'IPC', host: '192.0.2.7' }],
    abilities: async (path) => {
      asked.push(path)
      return { reason: '', modes: [{ format: 'YUYV', width: 640, height: 480, fps: [30], anyRate: false }], controls: [] }
    }
  }
}

test('cameras, screens, microphones and network cameras are listed with what to write after --source; a camera is asked once what it offers', withFolder(async (folder) => {
  const machine = fakeMachine(folder)
  const seen = inventory(machine)
  const devices = await seen.devices()
  await seen.devices()
  assert.deepEqual(machine.asked, [join(folder, 'dev/video0')])
  assert.deepEqual(devices.map(({ kind, source }) => [kind, source.replace(folder, '')]), [['v4l2', 'v4l2:/dev/video0'], ['screen', 'screen:1'], ['microphone', 'hw:1,0'], ['onvif', 'onvif://192.0.2.7']])
  assert.deepEqual(devices[0]?.aliases, ['v4l2:usb-8F2A11', 'v4l2:usb-Maker_Cam_8F2A11-video-index0'])
  assert.deepEqual(devices[0]?.modes, [{ format: 'YUYV', width: 640, height: 480, fps: [30], anyRate: false }])
}))

test('a serial number that several cameras have names none of them', withFolder(async (folder) => {
  const machine = fakeMachine(folder)
  const usb = join(folder, 'usb2/interface')
  mkdirSync(usb, { recursive: true })
  writeFileSync(join(folder, 'usb2/serial'), '8F2A11\n')
  mkdirSync(join(folder, 'class/video2'))
  symlinkSync(usb, join(folder, 'class/video2/device'))
  for (const [file, text] of [['class/video2/name', 'HD Webcam\n'], ['class/video2/index', '0\n'], ['dev/video2', '']] as const) writeFileSync(join(folder, file), text)
  const aliases = (await inventory(machine).devices()).filter(({ kind }) => kind === 'v4l2').map((camera) => camera.aliases)
  assert.deepEqual(aliases, [['v4l2:usb-Maker_Cam_8F2A11-video-index0'], []])
}))

test('a camera whose driver does not answer is listed as refused with the reason', withFolder(async (folder) => {
  const [camera] = await inventory({ ...fakeMachine(folder), abilities: async () => ({ reason: 'its driver does not answer', modes: [], controls: [] }) }).devices()
  assert.deepEqual([camera?.state, camera?.reason], ['refused', 'its driver does not answer'])
}))

test('a device is told with the camera that uses it by any of its names, or with what refused it', withFolder(async (folder) => {
  const devices = await inventory(fakeMachine(folder)).devices()
  const camera = (source: string, state: string, reason = ''): CameraState => ({ cameraId: 'porch' as CameraId, name: 'Porch', source, state, reason, note: '', adjustable: true, settable: false })
  const told = (one: CameraState) => deviceReport({ name: 'attic', cameras: [one] }, devices).devices.map(({ state, cameraId, reason }) => [state, cameraId, reason])
  assert.deepEqual(told(camera('v4l2:usb-8F2A11', 'live'))[0], ['in use', 'porch', ''])
  assert.deepEqual(told(camera('v4l2:/dev/v4l/by-id/usb-Maker_Cam_8F2A11-video-index0', 'waiting', '/dev/video0 is busy: another program uses it'))[0], ['refused', 'porch', '/dev/video0 is busy: another program uses it'])
  assert.deepEqual(told(camera('v4l2:usb-8F2A11', 'off'))[0], ['free', '', ''])
  assert.deepEqual(told(camera('onvif://192.0.2.7:80', 'live'))[3], ['in use', 'porch', ''])
}))

test('a device under another number than its camera was given by is in use, and the one that has that number now is not', withFolder(async (folder) => {
  const devices = await inventory(fakeMachine(folder)).devices()
  const porch: CameraState = { cameraId: 'porch' as CameraId, name: 'Porch', source: devices[0]!.source, state: 'live', reason: '', note: '', adjustable: true, settable: false }
  const told = (opened: string) => deviceReport({ name: 'attic', cameras: [porch], opened: new Map([[porch.cameraId, opened]]) }, devices).devices[0]?.state
  assert.deepEqual([told('v4l2:/dev/video9'), told('v4l2:usb-8F2A11')], ['free', 'in use'])
}))

test.run()
