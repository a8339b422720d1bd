import assert from 'node:assert/strict'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import { v4l2Device, type V4l2Device } from '../../../peer/sources/v4l2-device.ts'
import { withFolder } from './record-source.ts'

/** Device nodes and what the kernel says of them, as files. */
function fakeMachine(folder: string) {
  const [devices, classes, ports] = ['dev', 'class', 'ports'].map((name) => join(folder, name)) as [string, string, string]
  for (const made of [devices, classes, ports]) mkdirSync(made)
  return {
    path: (node: string): string => join(devices, node),
    device: (path: string): V4l2Device => v4l2Device(path, { classFolder: classes, deviceFolder: devices }),
    plug(node: string, name: string, port: string, index = 0): void {
      mkdirSync(join(ports, port), { recursive: true })
      mkdirSync(join(classes, node))
      symlinkSync(join(ports, port), join(classes, node, 'device'))
      writeFileSync(join(classes, node, 'name'), `${name}\n`)
      writeFileSync(join(classes, node, 'index'), `${index}\n`)
      writeFileSync(join(devices, node), '')
    },
    unplug(node: string): void {
      rmSync(join(classes, node), { recursive: true })
      rmSync(join(devices, node))
    }
  }
}

test('a camera that comes back under another number is found there, and not taken for its neighbour node', withFolder(async (folder) => {
  const machine = fakeMachine(folder)
  const camera = machine.device(machine.path('video0'))
  assert.match(JSON.stringify(await camera.locate()), /video0 is not there: waiting for the camera to be plugged in"/)
  machine.plug('video0', 'HD Webcam', 'usb1')
  assert.deepEqual(await camera.locate(), { path: machine.path('video0') })
  machine.unplug('video0')
  assert.match(JSON.stringify(await camera.locate()), /video0 is gone: waiting for the camera to be plugged in again"/)
  machine.plug('video2', 'HD Webcam', 'usb1', 1) // of one camera, the node for its metadata
  machine.plug('video1', 'HD Webcam', 'usb1')
  assert.deepEqual(await camera.locate(), { path: machine.path('video1') })
}))

test('another camera under the number is not taken for it; the same one at another port is', withFolder(async (folder) => {
  const machine = fakeMachine(folder)
  const camera = machine.device(machine.path('video0'))
  machine.plug('video0', 'HD Webcam', 'usb1')
  await camera.locate()
  machine.unplug('video0')
  machine.plug('video0', 'Capture Card', 'usb2')
  assert.match(JSON.stringify(await camera.locate()), /video0 is another camera now \(Capture Card\): waiting for HD Webcam/)
  machine.plug('video1', 'HD Webcam', 'usb1')
  assert.deepEqual(await camera.locate(), { path: machine.path('video1') })
  machine.unplug('video1')
  machine.unplug('video0')
  machine.plug('video0', 'HD Webcam', 'usb3')
  assert.deepEqual(await camera.locate(), { path: machine.path('video0') })
}))

test('a camera with a serial number is found at whatever port it comes back, and another of its kind is not taken for it', withFolder(async (folder) => {
  const machine = fakeMachine(folder)
  const serial = (port: string, number: string): void => writeFileSync(join(folder, 'ports', port, 'serial'), `${number}\n`)
  const camera = machine.device(machine.path('video0'))
  machine.plug('video0', 'HD Webcam', 'usb1/interface')
  serial('usb1', 'A1')
  await camera.locate()
  machine.unplug('video0')
  machine.plug('video0', 'HD Webcam', 'usb2/interface')
  serial('usb2', 'B2')
  assert.match(JSON.stringify(await camera.locate()), /video0 is another camera now \(HD Webcam, serial B2\): waiting for HD Webcam, serial A1/)
  machine.plug('video5', 'HD Webcam', 'usb3/interface')
  serial('usb3', 'A1')
  assert.deepEqual(await camera.locate(), { path: machine.path('video5') })
}))

test('cameras to which their maker gave one serial number are told apart by their ports', withFolder(async (folder) => {
  const machine = fakeMachine(folder)
  const camera = machine.device(machine.path('video0'))
  for (const [node, port] of [['video0', 'usb1'], ['video2', 'usb2']] as const) {
    machine.plug(node, 'HD Webcam', `${port}/interface`)
    writeFileSync(join(folder, 'ports', port, 'serial'), '01.00.00\n')
  }
  await camera.locate()
  machine.unplug('video0')
  assert.match(JSON.stringify(await camera.locate()), /video0 is gone: waiting for the camera to be plugged in again/)
  machine.plug('video4', 'HD Webcam', 'usb1/interface')
  assert.deepEqual(await camera.locate(), { path: machine.path('video4') })
}))

test('a lasting link is followed wherever it points', withFolder(async (folder) => {
  const machine = fakeMachine(folder)
  const link = join(folder, 'usb-Webcam-video-index0')
  const camera = machine.device(link)
  for (const node of ['video0', 'video1']) {
    machine.plug(node, node, node)
    symlinkSync(machine.path(node), link)
    assert.deepEqual(await camera.locate(), { path: link })
    rmSync(link)
    assert.match(JSON.stringify(await camera.locate()), /is gone/)
  }
}))

test('a camera named by its serial number is found under any number and at any port, and is its picture, not its metadata', withFolder(async (folder) => {
  const machine = fakeMachine(folder)
  const camera = machine.device('usb-8F2A11')
  assert.match(JSON.stringify(await camera.locate()), /usb-8F2A11 is not there/)
  machine.plug('video0', 'HD Webcam', 'usb1/interface')
  machine.plug('video2', 'HD Webcam', 'usb2/interface', 1)
  machine.plug('video3', 'HD Webcam', 'usb2/interface')
  writeFileSync(join(folder, 'ports/usb1/serial'), '777\n')
  writeFileSync(join(folder, 'ports/usb2/serial'), '8F2A11\n')
  assert.deepEqual(await camera.locate(), { path: machine.path('video3') })
  for (const node of ['video2', 'video3']) machine.unplug(node)
  assert.match(JSON.stringify(await camera.locate()), /usb-8F2A11 is gone/)
  mkdirSync(join(folder, 'ports/usb5'))
  writeFileSync(join(folder, 'ports/usb5/serial'), '8F2A11\n')
  machine.plug('video7', 'HD Webcam', 'usb5/interface')
  assert.deepEqual(await camera.locate(), { path: machine.path('video7') })
}))

test('a camera named as udev names it is found by that link', withFolder(async (folder) => {
  const machine = fakeMachine(folder)
  machine.plug('video4', 'HD Webcam', 'usb1')
  const links = join(folder, 'dev/v4l/by-path')
  mkdirSync(links, { recursive: true })
  symlinkSync(machine.path('video4'), join(links, 'pci-0000:00:14.0-usb-0:3:1.0-video-index0'))
  assert.deepEqual(await machine.device('pci-0000:00:14.0-usb-0:3:1.0-video-index0').locate(), { path: join(links, 'pci-0000:00:14.0-usb-0:3:1.0-video-index0') })
}))

test.run()
