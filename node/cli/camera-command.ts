/** `thatdam cameras [start|stop|set CAMERA]`: what the ring's cameras do, and what they are to do. */
import type { CaptureChange, CameraList, CameraView } from '#protocols/http.ts'
import { nodeApi, NODE_FLAGS } from './api.ts'
import { type FlagValues, parseFlags, positive, text, UsageError } from './flags.ts'
import { clean, clock, print, table } from './output.ts'

const FLAGS = { ...NODE_FLAGS, name: { type: 'string' }, bitrate: { type: 'string' }, size: { type: 'string' }, fps: { type: 'string' } } as const

export async function runCameras(argv: readonly string[]): Promise<number> {
  const { values, positionals: [verb, camera, ...more] } = parseFlags('cameras', argv, FLAGS)
  if (verb === undefined) return list(values)
  if (!['start', 'stop', 'set'].includes(verb) || camera === undefined || more.length > 0) throw new UsageError('say which camera by its id: thatdam cameras start|stop|set CAMERA (thatdam help cameras)')
  const path = `cameras/${encodeURIComponent(camera)}`
  const view = verb === 'set' ? await nodeApi(values).patch<CameraView>(`${path}/capture`, changeOf(values)) : await nodeApi(values).post<CameraView>(`${path}/${verb}`, {})
  print(values['json'] === true ? JSON.stringify(view) : clean(`${view.name}: ${verb === 'set' ? 'changed' : verb === 'stop' ? 'stopped' : 'started'}`))
  return 0
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

function changeOf(values: FlagValues): CaptureChange {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text(values, 'size') ?? '') ?? []
  if (values['size'] !== undefined && width === undefined) throw new UsageError(`--size ${values['size']}: use WIDTHxHEIGHT, for example 1280x720`)
  const [name, bitrate, fps] = [text(values, 'name'), text(values, 'bitrate'), text(values, 'fps')]
  const video = { ...(bitrate !== undefined && { bitrate: positive('bitrate', bitrate) }), ...(width !== undefined && { width: Number(width), height: Number(height) }), ...(fps !== undefined && { fps: positive('fps', fps) }) }
  const change = { ...(name !== undefined && { name }), ...(Object.keys(video).length > 0 && { video }) }
  if (Object.keys(change).length === 0) throw new UsageError('say what to set: --name, --bitrate, --size or --fps')
  return change
}
