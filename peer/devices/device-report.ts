import type { CameraId } from '#protocols/ids.ts'
import { type CameraState, type Device, MAX_REPORTED, type PeerReport } from '#protocols/media.ts'

/** Modes of one device that are told, at most: a report is small. @default 64 */
export const MAX_TOLD_MODES = 64

/** What of its devices is told in full, at most, in bytes of JSON: of the rest only that they are there. @default 131072 */
export const MAX_TOLD_BYTES = 131_072

/** A machine and its cameras, with the devices that are open for them: a camera may have come back under another number than its source says. */
export interface Reporting {
  readonly name: string
  readonly cameras: readonly CameraState[]
  readonly opened?: ReadonlyMap<CameraId, string>
}

/** What a machine tells of itself: its devices, each with the camera that uses it or was refused it. Pure. */
export function deviceReport({ name, cameras, opened = new Map() }: Reporting, devices: readonly Device[]): PeerReport {
  const used = cameras.filter(({ state }) => state !== 'off').map((camera) => ({ camera, source: opened.get(camera.cameraId) ?? camera.source }))
  const told = devices.slice(0, MAX_REPORTED).map((device) => withUse(device, used.find(({ source }) => isSame(device, source))?.camera))
  return { name, cameras: cameras.slice(0, MAX_REPORTED), devices: withinBytes(told) }
}

function withinBytes(devices: readonly Device[]): Device[] {
  let bytes = 0
  return devices.map((device) => ((bytes += Buffer.byteLength(JSON.stringify(device))) <= MAX_TOLD_BYTES ? device : { ...device, modes: [], controls: [] }))
}

function withUse(device: Device, camera: CameraState | undefined): Device {
  const told = { ...device, modes: device.modes.slice(0, MAX_TOLD_MODES) }
  if (camera === undefined) return told
  const refused = camera.state !== 'live' && camera.reason !== ''
  return { ...told, cameraId: camera.cameraId, state: refused ? 'refused' : 'in use', reason: refused ? camera.reason : '' }
}

/** Where its driver is asked: `/dev/video0`. */
export const pathOf = ({ source }: Pick<Device, 'source'>): string => source.slice('v4l2:'.length)

/** The device that a camera uses, or would use. */
export function deviceOf(used: string, devices: readonly Device[]): Device | undefined {
  return devices.find((device) => isSame(device, used))
}

/** A source names its device by its path or by a lasting name, `/dev/v4l/by-…` or bare. */
function isSame({ source, aliases }: Device, used: string): boolean {
  const bare = used.replace(/^v4l2:\/dev\/v4l\/by-(id|path)\//, 'v4l2:')
  return source === used || aliases.includes(bare) || (used === 'screen' && source === `screen${process.env['DISPLAY'] ?? ''}`) || (used.startsWith('onvif://') && `${source.includes(':', 8) ? source : `${source}:80`}` === used)
}
