import type { Track, TrackPacket, TrackReport } from '#protocols/media.ts'
import type { Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'

/** What one captured moment becomes: the RTP packets of one picture, or one of sound. */
export interface PacketGroup {
  readonly packets: readonly TrackPacket[]
  /** The group begins with a picture that needs no earlier one. */
  readonly keyframe: boolean
  readonly video: boolean
}

/** What a source says while it runs. `tracks` comes first, and again when it had to start anew; its `note` is what a person should know of the picture; `encoded` here, an Encoding can be asked for; `device` is the path that was opened, where a camera may come back under another. */
export type SourceEvent =
  | { readonly type: 'tracks'; readonly tracks: Track[]; readonly note?: string; readonly encoded?: boolean; readonly device?: string }
  | { readonly type: 'packets'; readonly group: PacketGroup }
  | { readonly type: 'report'; readonly report: TrackReport }
  | { readonly type: 'waiting'; readonly reason: string }

/** A camera's picture and sound as RTP. It starts itself anew until it is stopped. */
export interface CameraSource extends Startable {
  readonly events: Signal<SourceEvent>
  /** Ask for a keyframe soon; nothing happens when the source passes a stream through. */
  requestKeyframe(): void
}

/** How the picture is to be encoded, where it is encoded here; what is not said is chosen. */
export interface Encoding {
  readonly bitsPerSecond?: number
  readonly width?: number
  readonly height?: number
  readonly fps?: number
}

/** Index of the picture in every camera's tracks. */
export const VIDEO_TRACK = 0
/** Index of the sound, when there is any. */
export const AUDIO_TRACK = 1

/** What the peer tells the process that captures. */
export type WorkerCommand =
  | { readonly type: 'start'; readonly spec: import('./source-spec.ts').SourceSpec; readonly transcode: boolean; readonly keepHevc: boolean; readonly encoding: Encoding }
  | { readonly type: 'keyframe' }

/** What that process answers. One that is `waiting` may take its time: it is sent to, and nobody sends. `transcode` asks to be started again that way: the stream cannot be passed through. */
export type WorkerMessage =
  | SourceEvent
  | { readonly type: 'failed'; readonly reason: string; readonly transcode: boolean }
