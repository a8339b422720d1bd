/** What is said between a node and the process that looks at films. */
import type { LentOriginal } from '../../derive/lend-original.ts'
import type { Motion, MotionOptions } from './motion.ts'

export type MotionOrder =
  | LentOriginal & { readonly make: 'motion'; readonly options: MotionOptions }
  | LentOriginal & { readonly make: 'picture'; readonly atMs: number }
  | LentOriginal & { readonly make: 'clip'; readonly fromMs: number; readonly toMs: number; readonly path: string }

export interface MotionMade {
  readonly motion?: Motion
  /** JPEG. */
  readonly picture?: Uint8Array
  /** Type of the clip. */
  readonly mime?: string
}
