import { setTimeout as sleep } from 'node:timers/promises'
import type { AbortOptions } from './lifecycle.ts'

/** Time as an argument, so that a test can let a month pass. */
export interface Clock {
  nowMs(): number
  /** Never keeps the process alive. @throws the signal's reason */
  sleep(ms: number, options?: AbortOptions): Promise<void>
}

const rest: Clock['sleep'] = async (ms, { signal } = {}) => { await sleep(ms, undefined, { signal, ref: false }) }

/** Unix time. */
export const wallClock: Clock = { nowMs: () => Date.now(), sleep: rest }
/** Time since the process began; never goes back. */
export const monotonicClock: Clock = { nowMs: () => performance.now(), sleep: rest }
