/** What is said between a node and the process that reads the sound and the captions of an original. */
import type { CaptionTrack } from '../captions/caption-tracks.ts'

export type MediaOrder =
  /** Sound from here to there; each `more` answers with a piece. */
  | { readonly read: 'sound'; readonly url: string; readonly demuxer: string; readonly fromMs: number; readonly toMs: number }
  | { readonly read: 'more' }
  | { readonly read: 'captions'; readonly url: string; readonly demuxer: string }

/** A piece of the sound: mono, 16 kHz. */
export interface SoundPiece {
  /** In ms of the asset. */
  readonly fromMs: number
  readonly samples: Float32Array
}

export interface MediaAnswer {
  /** Null: the sound is over. */
  readonly sound?: SoundPiece | null
  readonly captions?: readonly CaptionTrack[]
  /** It is still at it. */
  readonly alive?: true
  readonly failed?: string
}

/** Samples of a second: what models of speech are made for. */
export const HERTZ = 16_000
