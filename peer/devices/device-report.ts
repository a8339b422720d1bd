import { type CameraState, type Device, MAX_REPORTED, type PeerReport } from '#protocols/media.ts'

/** Modes of one device that are told, at most: a report is small. @default 64 */
export const MAX_TOLD_MODES = 64

/** What a machine tells of itself: its devices, each with the camera that uses it or was refused it. Pure. */
export function deviceReport(name: string, cameras: readonly CameraState[], devices: readonly Device[]): PeerReport {
  return { name, cameras: cameras.slice(0, MAX_REPORTED), devices: devices.slice(0, MAX_REPORTED).map((device) => withUse(device, cameras)) }
}

function withUse(device: Device, cameras: readonly CameraState[]): Device {
  const told = { ...device, modes: device.modes.slice(0, MAX_TOLD_MODES) }
  const camera = cameras.find(({ source, state }) => state !== 'off' && isSame(device, source))
  if (camera === undefined) return told
  const refused = camera.state !== 'live' && camera.reason !== ''
  return { ...told, cameraId: camera.cameraId, state: refused ? 'refused' : 'in use', reason: refused ? camera.reason : '' }
}

/** A source names its device by its path or by a lasting name, `/dev/v4l/by-…` or bare. */
function isSame({ source, aliases }: Device, used: string): boolean {
  const bare = used.replace(/^v4l2:\/dev\/v4l\/by-(id|path)\//, 'v4l2:')
  return source === used || aliases.includes(bare) || (used === 'screen' && source === `screen${process.env['DISPLAY'] ?? ''}`) || (used.startsWith('onvif://') && `${source.includes(':', 8) ? source : `${source}:80`}` === used)
}
