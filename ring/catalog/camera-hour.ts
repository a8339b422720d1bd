/** The UTC hours by which what is known of cameras is kept. */
export const HOUR_MS = 3_600_000

/** `2026-11-22T17`, UTC. @throws RangeError for what is no moment */
export const hourOf = (ms: number): string => new Date(ms).toISOString().slice(0, 13)
