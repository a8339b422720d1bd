/** What is said between a node and the processes that compare sound. */
import type { SyncSource } from './sync-sound.ts'

export interface SyncOrder {
  readonly first: SyncSource
  readonly second: SyncSource
}

/** Where the second recording lies on the clock of the first: at `t` ms of its own it is `offsetMs + t · (1 + driftPpm / 1e6)` of the other. */
export type SoundSync =
  | { readonly found: true; readonly offsetMs: number; readonly driftPpm: number; readonly confidence: number; readonly agree: number; readonly windows: number }
  | { readonly found: false; readonly reason: string }
