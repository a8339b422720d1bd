/** What is said between a node and the processes that look at originals. */
import type { Picture } from '../inference/inference.ts'
import type { Analysis } from './analysis.ts'

/** Where the bytes are, what they are, and how far the picture is to be turned clockwise, in degrees. */
export interface Source {
  readonly url: string
  readonly demuxer: string
  readonly turn: number
}

export type LookOrder = Source & (
  | { readonly look: 'film'; readonly seconds: number }
  | { readonly look: 'still' }
  /** Of these moments, in their order; at most `pixels` wide or high. */
  | { readonly look: 'pictures'; readonly atMs: readonly number[]; readonly pixels: number }
  | { readonly look: 'jpeg'; readonly atMs: number; readonly pixels: number }
)

export interface Looked {
  readonly analysis?: Analysis
  readonly pictures?: readonly Picture[]
  readonly jpeg?: Uint8Array
}
