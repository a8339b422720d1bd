import type { RunInit } from './harness.ts'

type Form = Pick<RunInit, 'faultsMs' | 'pace' | 'thorough'>

/** Every fault once. */
export const SHORT: Form = { thorough: false, faultsMs: 20_000, pace: { holdMs: [2_000, 4_000], restMs: [500, 1_500] } }

/** Faults long enough that others take over copies, and two at once. */
export const LONG: Form = { thorough: true, faultsMs: 180_000, pace: { holdMs: [3_000, 12_000], restMs: [500, 4_000] } }
