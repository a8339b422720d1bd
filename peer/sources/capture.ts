import type { Encoding, SourceEvent } from './camera-source.ts'

/** What a capture is given by the process it runs in. */
export interface CaptureContext {
  emit(event: SourceEvent): void
  /** Called when someone needs a keyframe; at most one listener. */
  onKeyframeRequest(listener: () => void): void
  /** Encode even what could be passed through. */
  readonly transcode: boolean
  /** HEVC is passed through as well: recorded as the camera sends it, and shown by browsers that play it. */
  readonly keepHevc: boolean
  readonly encoding: Encoding
  readonly signal: AbortSignal
}

/** Captures until the signal; throws when the source ends or fails. */
export type Capture<Spec> = (spec: Spec, context: CaptureContext) => Promise<void>

/** The stream cannot be passed through (B-frames, another codec inside H.264's clothes): start again and encode. */
export class NeedsTranscodeError extends Error {}
