/** What is said of a recording in a take. Pure. */
import type { TakeAngleView } from '#protocols/http.ts'

const GROUNDS: Readonly<Record<TakeAngleView['by'], string>> = { sound: 'by its sound', timecode: 'by its timecode', clock: 'by its clock', person: 'by hand' }

/** `+7.320 s by its sound`. */
export const wordsOfPlace = ({ offsetMs, by }: Pick<TakeAngleView, 'offsetMs' | 'by'>): string => `${offsetMs < 0 ? '−' : '+'}${(Math.abs(offsetMs) / 1000).toFixed(3)} s ${GROUNDS[by]}`

/** What more is known of it: how sure, and how its clock drifts. */
export function wordsOfTrust({ by, confidence, driftPpm }: Pick<TakeAngleView, 'by' | 'confidence' | 'driftPpm'>): string {
  const sure = by === 'person' ? '' : confidence >= 0.7 ? 'sure' : confidence >= 0.35 ? 'fairly sure' : 'not sure: look closely'
  const drift = Math.abs(driftPpm) < 1 ? '' : `drift ${driftPpm.toFixed(1)} ppm`
  return [sure, drift].filter((words) => words !== '').join(', ')
}

/** Colours of a waveform's columns are its peaks: 0 to 1 of the height, as a path from left to right in a box of `width` by 2. */
export function wavePath(peaks: readonly number[], width: number): string {
  const step = width / Math.max(1, peaks.length)
  const most = Math.max(1, ...peaks)
  const line = (sign: 1 | -1): string[] => peaks.map((peak, i) => `${(i * step).toFixed(2)} ${(1 + sign * peak / most).toFixed(3)}`)
  return peaks.length === 0 ? '' : `M0 1L${line(-1).join('L')}L${line(1).reverse().join('L')}Z`
}

/** The key of an angle, as far as there are keys: 1 to 9. */
export const keyOf = (at: number): string => at < 9 ? String(at + 1) : ''
