import type { DeviceSettings } from '#protocols/cameras.ts'
import { RefusedError } from '#protocols/errors.ts'
import { settingsAfter, settingsOf } from '#protocols/device-settings.ts'
import type { Device, DeviceOrder } from '#protocols/media.ts'
import type { CameraProxy } from '../camera-proxy.ts'
import { deviceOf, pathOf } from './device-report.ts'
import { checkSettings, offeredOf } from './device-settings.ts'
import type { Inventory } from './inventory.ts'
import { setControls } from './v4l2-ctl.ts'

type Camera = Pick<CameraProxy, 'name' | 'source' | 'settable' | 'settings' | 'device' | 'order'>

export interface DeviceOrderComponents {
  devices: Inventory
  /** @default by its driver */
  set?: typeof setControls
}

/**
 * Have the device of a camera set as ordered. What was remembered is kept for when it is opened; anything else is held against what the device offers.
 * @throws InvalidInputError that names what it offers, RefusedError with the reason of its driver; then all is as it was
 */
export async function obeyDeviceOrder({ devices, set = setControls }: DeviceOrderComponents, camera: Camera, order: DeviceOrder): Promise<void> {
  if (!camera.settable) throw new RefusedError(`${camera.name} is no V4L2 device of its machine: nothing can be set there`)
  const change = settingsOf(order)
  if (order.remembered) return recall(devices, set, camera, change)
  devices.forget()
  const device = await deviceOfCamera(devices, camera)
  if (device === undefined || device.state === 'refused') throw new RefusedError(`what ${camera.name} offers is not known: ${device?.reason ?? 'it is not plugged in now'}`)
  const settings = settingsAfter(camera.settings(), change)
  checkSettings({ ...settings, controls: change.controls }, device)
  const path = pathOf(device)
  const before = Object.fromEntries(device.controls.filter(({ name }) => name in (change.controls ?? {})).map(({ name, value }) => [name, value]))
  try {
    await set(path, change.controls ?? {}, device.controls)
    await camera.order({ settings })
  } catch (err) {
    await set(path, before, device.controls).catch(() => {})
    throw err
  } finally {
    devices.forget()
  }
}

/** A camera that is open already is set at once. */
async function recall(devices: Inventory, set: typeof setControls, camera: Camera, settings: DeviceSettings): Promise<void> {
  if (JSON.stringify(settings) === JSON.stringify(camera.settings())) return
  await camera.order({ settings, remembered: true })
  const device = await deviceOfCamera(devices, camera)
  if (device !== undefined) await set(pathOf(device), offeredOf(settings, device).controls ?? {}, device.controls)
  devices.forget()
}

const deviceOfCamera = async (devices: Inventory, camera: Camera): Promise<Device | undefined> => deviceOf(camera.device() ?? camera.source, await devices.devices())
