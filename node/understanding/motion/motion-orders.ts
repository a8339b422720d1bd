/** What is said between a node and the process that looks at films. */
import type { Motion, MotionOptions } from './motion.ts'

interface Source {
  readonly url: string
  readonly demuxer: string
  readonly seconds: number
  /** Degrees that its container asks for. */
  readonly turn: number
}

export type MotionOrder =
  | Source & { readonly make: 'motion'; readonly options: MotionOptions }
  | Source & { readonly make: 'picture'; readonly atMs: number }
  | Source & { readonly make: 'clip'; readonly fromMs: number; readonly toMs: number; readonly path: string }

export interface MotionMade {
  readonly motion?: Motion
  /** JPEG. */
  readonly picture?: Uint8Array
}
