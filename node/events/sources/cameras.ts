import type { CameraPresence } from '#protocols/presence.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import type { EventBus } from '../events.ts'

/** How often the cameras of this node are looked at, in ms. @default 1000 */
export const CAMERA_LOOK_MS = 1_000

/** What the cameras published to this node do: recordings begin and end, parts become durable, the list changes. */
export function cameraEvents(cameras: () => readonly CameraPresence[], bus: Pick<EventBus, 'emit'>, log: Logger): Startable {
  let before = new Map<string, CameraPresence>()
  let listed = '[]'
  const began = new Map<string, number>()

  function look(): void {
    const now = new Map(cameras().map((camera) => [String(camera.cameraId), camera]))
    for (const [device, { recording, name }] of now) if (recording && before.get(device)?.recording !== true) begin(device, name)
    for (const [device, { recording, name }] of before) if (recording && now.get(device)?.recording !== true) end(device, name)
    for (const [device, { lastDurableMs, durableCopies }] of now) {
      if (lastDurableMs > (before.get(device)?.lastDurableMs ?? lastDurableMs)) bus.emit('capture.segment.created', { device, untilMs: lastDurableMs, copies: durableCopies })
    }
    before = now
    list([...now.values()])
  }

  function begin(device: string, name: string): void {
    const fromMs = Date.now() - CAMERA_LOOK_MS // it began since the last look
    began.set(device, fromMs)
    tell(['recording.started', 'capture.recording_started'], device, name, `from=${fromMs}`)
  }

  function end(device: string, name: string): void {
    tell(['recording.ended', 'capture.recording_stopped'], device, name, `from=${began.get(device)}&to=${Date.now()}`)
    began.delete(device)
  }

  function tell(topics: readonly string[], device: string, name: string, range: string): void {
    const payload = { device, camera: device, name, file: `/api/v1/cameras/${device}/play?${range}`, timestamp: new Date().toISOString() }
    for (const topic of topics) bus.emit(topic, payload)
  }

  function list(all: readonly CameraPresence[]): void {
    const devices = all.map(({ cameraId, name, source }) => ({ id: cameraId, name, path: source }))
    if (JSON.stringify(devices) === listed) return
    listed = JSON.stringify(devices)
    bus.emit('capture.device_list', { devices, count: devices.length })
  }

  const looking = repeating(look, CAMERA_LOOK_MS, log)
  return {
    start() {
      bus.emit('capture.service_up', {})
      return looking.start()
    },
    stop: () => looking.stop()
  }
}
