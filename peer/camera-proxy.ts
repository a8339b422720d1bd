import type { DeviceSettings } from '#protocols/cameras.ts'
import { RefusedError } from '#protocols/errors.ts'
import { cameraIdOf, type CameraId, type PeerId } from '#protocols/ids.ts'
import type { Track } from '#protocols/media.ts'
import { emitter, type Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Publisher } from './publisher.ts'
import type { SourceEvent } from './sources/camera-source.ts'
import type { SourceOrder, SwitchableSource } from './sources/switchable-source.ts'

/** How a camera is now. */
export interface CameraStatus {
  readonly id: CameraId
  readonly state: 'live' | 'waiting' | 'failed' | 'off'
  /** The node it is published to. */
  readonly node: PeerId | null
  /** Why it is not live. */
  readonly reason: string | null
  /** What a person should know of its picture, for example that it has to be encoded here. */
  readonly note: string | null
}

/** One camera: its source is opened once, for the ring and for whoever looks at this peer's own page. */
export interface CameraProxy extends Startable {
  readonly id: CameraId
  readonly name: string
  /** What a person calls the source; never a password. */
  readonly source: string
  status(): CameraStatus
  readonly changed: Signal<CameraStatus>
  /** The device that is open now, as a source names it; undefined while none is, and for other sources. */
  device(): string | undefined
  /** Tracks now; empty while the source gives nothing. */
  tracks(): Track[]
  /** All that the source says from now on. */
  readonly events: Signal<SourceEvent>
  requestKeyframe(): void
  /** Its picture is encoded here. */
  adjustable(): boolean
  /** It is a device of this machine that can be set. */
  readonly settable: boolean
  /** What its device is set to by order. */
  settings(): DeviceSettings
  /** Resolves when it is done. @throws RefusedError with the reason */
  order(order: SourceOrder): Promise<void>
  /** To this node of the ring. @throws RefusedError with the reason */
  move(node: PeerId): Promise<void>
}

export interface CameraProxyComponents {
  source: SwitchableSource
  /** Makes the publisher; absent without a ring. */
  publisher?: (camera: { cameraId: CameraId; cameraName: string }) => Publisher
}

/** Sources make a keyframe for many asking at once, at most one in this time, in ms. @default 500 */
export const KEYFRAME_EVERY_MS = 500

/** @throws InvalidIdError when nothing of the name can be an id */
export function cameraProxy({ source, publisher: publishing }: CameraProxyComponents, init: { name: string; label: string; settable?: boolean }): CameraProxy {
  const id = cameraIdOf(init.name)
  const publisher = publishing?.({ cameraId: id, cameraName: init.name })
  const changed = emitter<CameraStatus>()
  let tracks: Track[] = []
  let note: string | null = null
  let device: string | undefined
  let reason = 'the camera has not started yet'
  let keyframeAskedAt = -Infinity
  let last = ''

  function status(): CameraStatus {
    if (tracks.length === 0) return { id, state: source.enabled() ? 'waiting' : 'off', node: null, reason, note: null }
    if (publisher === undefined) return { id, state: 'live', node: null, reason: null, note }
    const now = publisher.state()
    return now.state === 'live' ? { id, state: 'live', node: now.node, reason: null, note } : { id, state: now.state, node: null, reason: now.reason, note }
  }

  function tell(): void {
    const now = status()
    const text = JSON.stringify(now)
    if (text === last) return
    last = text
    changed.emit(now)
  }

  function onEvent(event: SourceEvent): void {
    if (event.type === 'tracks') {
      tracks = event.tracks
      note = event.note ?? null
      device = event.device && `v4l2:${event.device}`
      publisher?.setTracks(tracks)
    } else if (event.type === 'waiting') {
      tracks = []
      device = undefined
      reason = event.reason
      publisher?.pause(reason)
    } else if (event.type === 'packets') return publisher?.push(event.group)
    else return publisher?.report(event.report)
    tell()
  }

  function requestKeyframe(): void {
    if (Date.now() - keyframeAskedAt < KEYFRAME_EVERY_MS) return
    keyframeAskedAt = Date.now()
    source.requestKeyframe()
  }

  source.events.on(onEvent)
  publisher?.changed.on(tell)
  publisher?.keyframeWanted.on(requestKeyframe)

  return {
    id,
    name: init.name,
    source: init.label,
    status,
    changed,
    device: () => device,
    tracks: () => tracks,
    events: source.events,
    requestKeyframe,
    adjustable: () => source.adjustable(),
    settable: init.settable ?? false,
    settings: () => source.settings(),
    async order(order) {
      await source.order(order)
      tell()
    },
    async move(node) {
      if (publisher === undefined) throw new RefusedError('this machine is in no ring')
      await publisher.move(node)
    },
    async start() {
      await publisher?.start()
      await source.start()
    },
    async stop() {
      await publisher?.stop()
      await source.stop()
    }
  }
}
