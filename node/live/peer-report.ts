/** What a peer says of itself, cut to what is kept and passed on. Pure. */
import { type CameraId, parseCameraId } from '#protocols/ids.ts'
import { type CameraState, type Device, type DeviceControl, type DeviceMode, MAX_REPORTED, type PeerReport } from '#protocols/media.ts'

/** Longest text of a report, in characters. @default 300 */
export const MAX_REPORT_CHARS = 300
/** Modes kept of a device. @default 128 */
export const MAX_MODES = 128
/** Controls kept of a device. @default 64 */
export const MAX_CONTROLS = 64
/** Choices kept of a control. @default 64 */
export const MAX_CHOICES = 64

const CAMERA_STATES = ['live', 'waiting', 'failed', 'off']
const text = (value: string): string => value.slice(0, MAX_REPORT_CHARS).replace(/[\p{Cc}\p{Cf}]/gu, ' ')

export function checkReport({ name, cameras, devices }: PeerReport): PeerReport {
  return { name: text(name), cameras: cameras.slice(0, MAX_REPORTED).flatMap(cameraState), devices: devices.slice(0, MAX_REPORTED).map(device) }
}

function cameraState({ cameraId, name, source, state, reason, note, adjustable, settable }: CameraState): CameraState[] {
  if (!CAMERA_STATES.includes(state) || !isCameraId(cameraId)) return []
  return [{ cameraId, name: text(name), source: text(source), state, reason: text(reason), note: text(note), adjustable, settable }]
}

function isCameraId(id: string): id is CameraId {
  try {
    return parseCameraId(id) === id
  } catch {
    return false
  }
}

function device({ kind, source, name, aliases, state, cameraId, reason, modes, controls, now }: Device): Device {
  return {
    kind: text(kind), source: text(source), name: text(name), aliases: aliases.slice(0, 8).map(text), state: text(state), cameraId: text(cameraId), reason: text(reason),
    modes: modes.slice(0, MAX_MODES).map(mode),
    controls: controls.slice(0, MAX_CONTROLS).map(control).filter(({ min, max, step, defaultValue, value }) => [min, max, step, defaultValue, value].every(Number.isFinite)),
    now: now ? mode(now) : null
  }
}

const mode = ({ format, width, height, fps, anyRate }: DeviceMode): DeviceMode => ({ format: text(format), width, height, fps: fps.slice(0, 32).filter(Number.isFinite), anyRate })
const control = ({ choices, ...rest }: DeviceControl): DeviceControl => ({ ...rest, name: text(rest.name), kind: text(rest.kind), choices: choices.slice(0, MAX_CHOICES).map(({ value, label }) => ({ value, label: text(label) })).filter(({ value }) => Number.isFinite(value)) })

/** As many of the first as have this many bytes together: what is told to every node must not grow with what peers say. */
export function firstWithin<T>(values: readonly T[], maxBytes: number): T[] {
  let bytes = 0
  return values.filter((value) => (bytes += Buffer.byteLength(JSON.stringify(value))) <= maxBytes)
}
