import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { DeviceSettings } from '#protocols/cameras.ts'
import { deviceOrderOf, settingsAfter, settingsOf } from '#protocols/device-settings.ts'
import { InvalidInputError, RefusedError } from '#protocols/errors.ts'
import type { Device } from '#protocols/media.ts'
import { silentLog } from '#ring/base/log.ts'
import { obeyDeviceOrder } from '../../../peer/devices/device-order.ts'
import { checkSettings } from '../../../peer/devices/device-settings.ts'
import { preparedDevice } from '../../../peer/devices/prepared-device.ts'
import { parseControls, parseModes, parseNow } from '../../../peer/devices/v4l2-listing.ts'
import type { SourceOrder } from '../../../peer/sources/switchable-source.ts'
import { device } from '../../../peer/devices/device.ts'

/** As v4l2-ctl 1.22 prints it: of the kernel's vivid driver, with a camera's formats and one with steps from its sources. */
const LISTING = `Format Video Capture:
	Width/Height      : 640/360
	Pixel Format      : 'YUYV' (YUYV 4:2:2)
	Field             : None
Streaming Parameters Video Capture:
	Capabilities     : timeperframe
	Frames per second: 5.000 (5/1)
	Read buffers     : 1
ioctl: VIDIOC_ENUM_FMT
	Type: Video Capture

	[0]: 'MJPG' (Motion-JPEG, compressed)
		Size: Discrete 1280x720
			Interval: Discrete 0.033s (30.000 fps)
			Interval: Discrete 0.067s (15.000 fps)
		Size: Discrete 640x360
			Interval: Discrete 0.033s (30.000 fps)
	[1]: 'YUYV' (YUYV 4:2:2, csc-colorspace)
		Size: Discrete 640x360
			Interval: Continuous 0.033s - 1.000s (1.000-29.970 fps)
	[2]: 'XR15-BE' (16-bit XRGB 1-5-5-5 BE)
		Size: Discrete 640x360
	[3]: 'NV12' (Y/UV 4:2:0)
		Size: Stepwise 16x16 - 1280x720 with step 2/2
			Interval: Discrete 0.040s (25.000 fps)

User Controls

                     brightness 0x00980900 (int)    : min=-64 max=64 step=4 default=0 value=-64 flags=slider
        white_balance_automatic 0x0098090c (bool)   : default=1 value=1
           power_line_frequency 0x00980918 (menu)   : min=0 max=2 default=1 value=1 (50 Hz)
				0: Disabled
				1: 50 Hz
				2: 60 Hz
                           gain 0x00980913 (int)    : min=0 max=255 step=1 default=100 value=18 flags=inactive, volatile
                         button 0x0098f900 (button) : value=0 flags=write-only, execute-on-write
                integer_64_bits 0x0098f903 (int64)  : min=-9223372036854775808 max=9223372036854775807 step=1 default=0 value=0
                   integer_menu 0x0098f907 (intmenu): min=1 max=8 default=4 value=4 (5 0x5)
				2: 2 (0x2)
				4: 5 (0x5)
`

const modes = parseModes(LISTING)
const controls = parseControls(LISTING)
const fault = (settings: DeviceSettings): string => {
  try {
    checkSettings(settings, { modes, controls })
    return ''
  } catch (err) {
    assert.ok(err instanceof InvalidInputError)
    return err.message
  }
}

test('formats that are captured here are read with their sizes and rates; of one that takes any size some are told, and the largest', () => {
  assert.deepEqual(modes.filter(({ format }) => format !== 'NV12'), [
    { format: 'MJPG', width: 1280, height: 720, fps: [30, 15], anyRate: false },
    { format: 'MJPG', width: 640, height: 360, fps: [30], anyRate: false },
    { format: 'YUYV', width: 640, height: 360, fps: [1, 29.97], anyRate: true }
  ])
  assert.deepEqual(modes.filter(({ format }) => format === 'NV12').map(({ width, height, fps }) => `${width}x${height}@${fps}`), ['320x180@25', '640x360@25', '640x480@25', '800x600@25', '960x540@25', '1280x720@25'])
  assert.deepEqual(parseNow(LISTING), { format: 'YUYV', width: 640, height: 360, fps: [5], anyRate: false })
  assert.equal(parseNow(''), null)
})

test('controls are read with range, step, default and choices; what has no number to set is left out', () => {
  assert.deepEqual(controls.map(({ name, kind, min, max, step, defaultValue, value, locked }) => [name, kind, min, max, step, defaultValue, value, locked]), [
    ['brightness', 'integer', -64, 64, 4, 0, -64, false],
    ['white_balance_automatic', 'switch', 0, 1, 1, 1, 1, false],
    ['power_line_frequency', 'menu', 0, 2, 1, 1, 1, false],
    ['gain', 'integer', 0, 255, 1, 100, 18, true],
    ['integer_menu', 'menu', 1, 8, 1, 4, 4, false]
  ])
  assert.deepEqual(controls[2]?.choices, [{ value: 0, label: 'Disabled' }, { value: 1, label: '50 Hz' }, { value: 2, label: '60 Hz' }])
  assert.deepEqual(controls[4]?.choices, [{ value: 2, label: '2' }, { value: 4, label: '5' }])
})

test('what a device offers may be set', () => {
  for (const settings of [{}, { format: 'MJPG' }, { format: 'MJPG', width: 1280, height: 720, fps: 15 }, { width: 640, height: 480 }, { format: 'YUYV', fps: 12.5 }, { controls: { brightness: -60, white_balance_automatic: 0, power_line_frequency: 2 } }]) assert.equal(fault(settings), '', JSON.stringify(settings))
})

test('what it does not offer is refused, and what it does is named', () => {
  assert.equal(fault({ format: 'H264' }), 'format H264: this camera offers MJPG, YUYV, NV12')
  assert.equal(fault({ format: 'MJPG', width: 1920, height: 1080 }), 'size 1920x1080 in MJPG: this camera offers 1280x720, 640x360')
  assert.equal(fault({ width: 640 }), 'width and height go together')
  assert.equal(fault({ format: 'MJPG', width: 1280, height: 720, fps: 25 }), '25 pictures a second at 1280x720 in MJPG: this camera offers 30, 15')
  assert.equal(fault({ format: 'YUYV', fps: 60 }), '60 pictures a second in YUYV: this camera offers 1 to 29.97')
  assert.match(fault({ controls: { zoom: 1 } }), /^control zoom: this camera offers brightness, white_balance_automatic, power_line_frequency, gain/)
  assert.equal(fault({ controls: { brightness: 65 } }), 'brightness 65: use -64 to 64 in steps of 4')
  assert.equal(fault({ controls: { brightness: 1 } }), 'brightness 1: use -64 to 64 in steps of 4')
  assert.equal(fault({ controls: { white_balance_automatic: 2 } }), 'white_balance_automatic 2: use 0 (off) or 1 (on)')
  assert.equal(fault({ controls: { power_line_frequency: 3 } }), 'power_line_frequency 3: use 0 (Disabled), 1 (50 Hz), 2 (60 Hz)')
  assert.match(fault({ controls: { gain: 40 } }), /^gain can not be set now: it is only read, or another control governs it/)
})

test('what another control governs may be set together with that', () => {
  assert.equal(fault({ controls: { gain: 40, white_balance_automatic: 0 } }), '')
})

test('a change leaves the rest; auto forgets format, size and rate, and keeps the controls', () => {
  const set = settingsAfter({ format: 'MJPG', controls: { gain: 1 } }, { width: 640, height: 360, controls: { brightness: 0 } })
  assert.deepEqual(set, { format: 'MJPG', width: 640, height: 360, controls: { brightness: 0, gain: 1 } })
  assert.deepEqual(settingsAfter(set, { format: 'auto' }), { controls: { brightness: 0, gain: 1 } })
  assert.deepEqual(settingsOf(deviceOrderOf(set)), set)
})

/** A camera with that device, and what is done to both. */
function scene({ refuse, settable = true, here = true }: { refuse?: Error; settable?: boolean; here?: boolean } = {}) {
  const done: string[] = []
  let settings: DeviceSettings = {}
  const webcam: Device = device({ kind: 'v4l2', source: 'v4l2:/dev/video2', name: 'Cam', modes, controls })
  const devices = { devices: async () => (here ? [webcam] : []), forget() {} }
  const camera = {
    name: 'Porch', source: 'v4l2:/dev/video0', settable, settings: () => settings, device: () => 'v4l2:/dev/video2',
    async order(order: SourceOrder) {
      if (refuse !== undefined) throw refuse
      settings = order.settings ?? settings
      done.push(`order ${JSON.stringify(order)}`)
    }
  }
  const set = async (path: string, values: Readonly<Record<string, number>>): Promise<void> => { if (Object.keys(values).length > 0) done.push(`${path} ${JSON.stringify(values)}`) }
  return { done, obey: (wanted: DeviceSettings, remembered = false) => obeyDeviceOrder({ devices, set }, camera, deviceOrderOf(wanted, remembered)) }
}

test('controls are set in the device that the camera has open, and all is kept for when it is opened again', async () => {
  const { done, obey } = scene()
  await obey({ controls: { brightness: 4 } })
  await obey({ format: 'MJPG' })
  assert.deepEqual(done, ['/dev/video2 {"brightness":4}', 'order {"settings":{"controls":{"brightness":4}}}', 'order {"settings":{"format":"MJPG","controls":{"brightness":4}}}'])
})

test('what is not offered changes nothing; when the camera gives no picture that way, its controls are as they were', async () => {
  const { done, obey } = scene({ refuse: new RefusedError('it gives no picture that way') })
  await assert.rejects(obey({ format: 'H264', controls: { brightness: 4 } }), InvalidInputError)
  assert.deepEqual(done, [])
  await assert.rejects(obey({ format: 'MJPG', controls: { brightness: 4 } }), /no picture that way/)
  assert.deepEqual(done, ['/dev/video2 {"brightness":4}', '/dev/video2 {"brightness":-64}'])
})

test('of a camera that is no V4L2 device, or is not plugged in, nothing is set', async () => {
  await assert.rejects(scene({ settable: false }).obey({ format: 'MJPG' }), /Porch is no V4L2 device/)
  await assert.rejects(scene({ here: false }).obey({ format: 'MJPG' }), /not plugged in now/)
})

test('what is told again is taken as it is, set where it is offered, and done once', async () => {
  const { done, obey } = scene()
  await obey({ format: 'H264', controls: { brightness: 4, zoom: 1 } }, true)
  await obey({ format: 'H264', controls: { brightness: 4, zoom: 1 } }, true)
  assert.deepEqual(done, ['order {"settings":{"format":"H264","controls":{"brightness":4,"zoom":1}},"remembered":true}', '/dev/video2 {"brightness":4}'])
})

test('a device that is opened is set as was ordered, as far as it offers that', async () => {
  const set: string[] = []
  const components = { log: silentLog, abilities: async () => ({ modes, controls, reason: '' }), set: async (path: string, values: Readonly<Record<string, number>>) => { set.push(`${path} ${JSON.stringify(values)}`) } }
  const spec = { kind: 'v4l2', device: '/dev/video0', fps: 10 } as const
  assert.deepEqual(await preparedDevice(components, spec, {}), spec)
  assert.deepEqual(await preparedDevice(components, spec, { format: 'MJPG', width: 640, height: 360, fps: 30, controls: { brightness: 4 } }), { kind: 'v4l2', device: '/dev/video0', format: 'MJPG', size: { width: 640, height: 360 }, fps: 30 })
  assert.deepEqual(await preparedDevice(components, spec, { format: 'H264', controls: { zoom: 1 } }), spec)
  assert.deepEqual(set, ['/dev/video0 {"brightness":4}', '/dev/video0 {}'])
})

test.run()
