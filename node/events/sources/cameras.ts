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
    const payload = { device, camera: device, name, file: `/api/v1/cameras/${device}/play`, timestamp: new Date().toISOString() }
    bus.emit('recording.started', payload)
    bus.emit('capture.recording_started', payload)
  }

  function end(device: string, name: string): void {
    const payload = { device, camera: device, name, file: `/api/v1/cameras/${device}/play`, timestamp: new Date().toISOString() }
    bus.emit('recording.ended', payload)
    bus.emit('capture.recording_stopped', payload)
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
