import type { RunInit } from './harness.ts'

type Form = Pick<RunInit, 'faultsMs' | 'pace' | 'thorough' | 'graceSeconds'>

/** Every fault once; garbage is swept while they go on. */
export const SHORT: Form = { thorough: false, faultsMs: 20_000, pace: { holdMs: [2_000, 4_000], restMs: [500, 1_500] }, graceSeconds: 8 }

/** Faults long enough that others take over copies, and two at once. */
export const LONG: Form = { ...SHORT, thorough: true, faultsMs: 180_000, pace: { holdMs: [3_000, 12_000], restMs: [500, 4_000] } }
