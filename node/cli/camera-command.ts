/** `thatdam cameras [start|stop|set|device CAMERA]`: what the ring's cameras do, and what they are to do. */
import type { CameraChange, CameraDevice, CameraList, CameraView, CaptureChange, DeviceControlView, DeviceModeView, DeviceSettings, MasterList } from '#protocols/http.ts'
import { AUTO_VIDEO } from '#protocols/video-settings.ts'
import { nodeApi, NODE_FLAGS } from './api.ts'
import { type FlagValues, parseFlags, positive, text, texts, UsageError } from './flags.ts'
import { bytes, clean, clock, print, table } from './output.ts'

const FLAGS = { ...NODE_FLAGS, name: { type: 'string' }, bitrate: { type: 'string' }, size: { type: 'string' }, fps: { type: 'string' }, format: { type: 'string' }, 'device-size': { type: 'string' }, 'device-fps': { type: 'string' }, control: { type: 'string', multiple: true }, mode: { type: 'string' }, 'pre-roll': { type: 'string' }, 'post-roll': { type: 'string' }, master: { type: 'string' }, record: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' } } as const

const MODES = ['continuous', 'scheduled', 'manual', 'motion', 'off'] as const
const DONE: Readonly<Record<string, string>> = { set: 'changed', stop: 'stopped', start: 'started', move: 'moved' }
const MASTERS = ['as-sent', 'prores', 'ffv1'] as const

export async function runCameras(argv: readonly string[]): Promise<number> {
  const { values, positionals: [verb, camera, node, ...more] } = parseFlags('cameras', argv, FLAGS)
  if (verb === undefined) return list(values)
  if (!['start', 'stop', 'set', 'move', 'device', 'masters'].includes(verb) || camera === undefined || (node === undefined) === (verb === 'move') || more.length > 0) throw new UsageError('say which camera by its id: thatdam cameras start|stop|set|device|masters CAMERA, or thatdam cameras move CAMERA NODE (thatdam help cameras)')
  const path = `cameras/${encodeURIComponent(camera)}`
  if (verb === 'masters') return masters(path, values)
  if (verb === 'device') return device(path, values)
  if (verb === 'set') await set(path, values)
  else if (verb === 'move') await nodeApi(values).post<CameraView>(`${path}/move`, { node })
  else await nodeApi(values).post<CameraView>(`${path}/${verb}`, {})
  const { cameras } = await nodeApi(values).get<CameraList>('cameras')
  const view = cameras.find(({ id }) => id === camera)
  print(values['json'] === true ? JSON.stringify(view) : clean(`${view?.name}: ${DONE[verb]}`))
  return 0
}

async function masters(path: string, values: FlagValues): Promise<number> {
  const [from, to] = [text(values, 'from'), text(values, 'to')]
  const list = await nodeApi(values).get<MasterList>(`${path}/masters?${new URLSearchParams({ ...(from !== undefined && { from }), ...(to !== undefined && { to }) })}`)
  if (values['json'] === true) print(JSON.stringify(list))
  else if (list.masters.length === 0) print('No masters in that time: thatdam cameras set CAMERA --master prores|ffv1')
  else print(table(['FROM', 'TO', 'FORMAT', 'STATE', 'NODE', 'SIZE', 'ASSET'], list.masters.map(({ fromMs, toMs, format, state, node, bytes: size, asset, reason, progress }) => [
    new Date(fromMs).toISOString(), new Date(toMs).toISOString(), format, state === 'making' ? `${Math.round(progress * 100)} %` : state, node, size > 0 ? bytes(size) : '', clean(asset ?? reason ?? '')
  ])))
  return list.masters.some(({ state }) => state === 'failed') ? 1 : 0
}

/** What its machine does, when it is recorded, and the button of one that is recorded by hand: in this order. */
async function set(path: string, values: FlagValues): Promise<void> {
  const [capture, record, turn] = [captureOf(values), recordOf(values), turnOf(values)]
  if (capture === undefined && record === undefined && turn === undefined) throw new UsageError('say what to set: --name, --bitrate, --size, --fps, --format, --device-size, --device-fps, --control, --mode, --pre-roll, --post-roll, --master or --record')
  if (capture !== undefined) await nodeApi(values).patch<CameraView>(`${path}/capture`, capture)
  if (record !== undefined) await nodeApi(values).patch(path, { record })
  if (turn !== undefined) await nodeApi(values).post(`${path}/record`, { on: turn })
}

async function list(values: FlagValues): Promise<number> {
  const list = await nodeApi(values).get<CameraList>('cameras')
  if (values['json'] === true) print(JSON.stringify(list))
  else if (list.cameras.length === 0) print('No cameras yet: thatdam invite peer, then thatdam peer --join INVITE --camera NAME --source test')
  else print(table(['CAMERA', 'ID', 'LIVE', 'NODE', 'PICTURE', 'RECORDING', 'DURABLE', 'NOTE'], list.cameras.map((camera) => [
    camera.name, camera.id, camera.live ? 'live' : 'off', camera.node?.name ?? '', camera.live ? `${camera.width}x${camera.height}` : '',
    camera.recording ? 'on' : 'off', camera.lastDurableMs > 0 ? `${clock(Math.max(0, list.nowMs - camera.lastDurableMs))} ago, ${camera.durableCopies} copies` : '', camera.reason ?? camera.note ?? ''
  ])))
  return 0
}

function captureOf(values: FlagValues): CaptureChange | undefined {
  const [name, bitrate, fps] = [text(values, 'name'), text(values, 'bitrate'), text(values, 'fps')]
  const isAuto = text(values, 'size') === AUTO_VIDEO
  if (isAuto && (bitrate ?? fps) !== undefined) throw new UsageError('--size auto forgets --fps and --bitrate, too: set those in a second command')
  const video: NonNullable<CaptureChange['video']> = isAuto ? AUTO_VIDEO : { ...(bitrate !== undefined && { bitrate: positive('bitrate', bitrate) }), ...sizeOf(values, 'size'), ...(fps !== undefined && { fps: positive('fps', fps) }) }
  const device = deviceOf(values)
  const change = { ...(name !== undefined && { name }), ...(Object.keys(video).length > 0 && { video }), ...(Object.keys(device).length > 0 && { device }) }
  return Object.keys(change).length === 0 ? undefined : change
}

function sizeOf(values: FlagValues, flag: string): { width?: number; height?: number } {
  const value = text(values, flag)
  const [, width, height] = /^(\d+)x(\d+)$/.exec(value ?? '') ?? []
  if (value !== undefined && width === undefined) throw new UsageError(`--${flag} ${value}: use WIDTHxHEIGHT, for example 1280x720`)
  return width === undefined ? {} : { width: Number(width), height: Number(height) }
}

function deviceOf(values: FlagValues): DeviceSettings {
  const [format, fps] = [text(values, 'format'), text(values, 'device-fps')]
  const controls = Object.fromEntries(texts(values, 'control').map((word) => {
    const [, name = '', value] = /^(\w+)=(-?\d+)$/.exec(word) ?? []
    if (value === undefined) throw new UsageError(`--control ${word}: use NAME=VALUE with a whole number, for example brightness=128 (thatdam cameras device CAMERA lists them)`)
    return [name, Number(value)]
  }))
  return { ...(format !== undefined && { format }), ...sizeOf(values, 'device-size'), ...(fps !== undefined && { fps: positive('device-fps', fps) }), ...(Object.keys(controls).length > 0 && { controls }) }
}

/** What the device of a camera offers and is set to; what was ordered is marked. */
async function device(path: string, values: FlagValues): Promise<number> {
  const { device, settings } = await nodeApi(values).get<CameraDevice>(`${path}/device`)
  if (values['json'] === true) print(JSON.stringify({ device, settings }))
  else if (device === null) print('Nothing is known of its device: it is no V4L2 camera, is not plugged in, or its machine is not connected')
  else {
    print(clean(`${device.name} (${device.source})${device.now === null ? '' : `, set to ${modeOf(device.now)}`}`))
    if (device.modes.length > 0) print(table(['FORMAT', 'SIZE', 'PICTURES A SECOND'], device.modes.map((mode) => [mode.format, `${mode.width}x${mode.height}`, ratesOf(mode)])))
    if (device.controls.length > 0) print(table(['CONTROL', 'VALUE', 'CAN BE', 'DEFAULT', 'NOTE'], device.controls.map((control) => [control.name, String(control.value), rangeOf(control), String(control.defaultValue), control.locked ? 'can not be set now' : control.name in (settings.controls ?? {}) ? 'set by order' : ''])))
  }
  return 0
}

const modeOf = ({ format, width, height, fps }: DeviceModeView): string => `${format} ${width}x${height}${fps.length === 0 ? '' : ` at ${fps[0]}`}`
const ratesOf = ({ fps, anyRate }: DeviceModeView): string => (anyRate ? `${Math.min(...fps)} to ${Math.max(...fps)}` : fps.join(', '))

function rangeOf({ kind, min, max, step, choices }: DeviceControlView): string {
  if (kind === 'menu') return choices.map(({ value, label }) => `${value} (${label})`).join(', ')
  return kind === 'switch' ? '0 or 1' : `${min} to ${max}${step > 1 ? ` in steps of ${step}` : ''}`
}

function recordOf(values: FlagValues): CameraChange['record'] {
  const seconds = (flag: string): number | undefined => {
    const value = text(values, flag)
    if (value !== undefined && !/^\d+(\.\d+)?$/.test(value)) throw new UsageError(`--${flag} ${value}: use seconds, for example 5`)
    return value === undefined ? undefined : Number(value)
  }
  const [mode, master] = [oneOf(values, 'mode', MODES), oneOf(values, 'master', MASTERS)]
  const [preRollSeconds, postRollSeconds] = [seconds('pre-roll'), seconds('post-roll')]
  const change = { ...(mode !== undefined && { mode }), ...(preRollSeconds !== undefined && { preRollSeconds }), ...(postRollSeconds !== undefined && { postRollSeconds }), ...(master !== undefined && { master }) }
  return Object.keys(change).length === 0 ? undefined : change
}

function turnOf(values: FlagValues): boolean | undefined {
  const turn = oneOf(values, 'record', ['on', 'off'] as const)
  return turn === undefined ? undefined : turn === 'on'
}

function oneOf<Word extends string>(values: FlagValues, flag: string, words: readonly Word[]): Word | undefined {
  const value = text(values, flag)
  const word = words.find((each) => each === value)
  if (value !== undefined && word === undefined) throw new UsageError(`--${flag} ${value}: use ${words.join(', ')}`)
  return word
}
