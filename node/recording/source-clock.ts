/** What a source's reports say of its clocks: when a picture was captured, how far its clocks have parted. Pure but for this node's own clock. */
import type { TrackReport } from '#protocols/media.ts'
import { AUDIO_TIMESCALE, VIDEO_TIMESCALE } from './fmp4.ts'

/** A source whose clock says a picture is older than this, in milliseconds, or from the future, is not believed. A peer holds 30 s for a broken link. @default 60000 */
export const MAX_CAPTURE_AGE_MS = 60_000
/** From one hour to the next a source's clock is followed by at most so much, in ms: less than is taken for a gap. @default 200 */
export const MAX_HOUR_AHEAD_MS = 200
/** The same backwards: less than two sessions may overlap to be joined. @default 45 */
export const MAX_HOUR_BACK_MS = 45
/** Less than this is not followed, in ms: it is no drift. @default 25 */
export const MIN_HOUR_DRIFT_MS = 25
/** More than this is no drift either, but a clock that was set, in ms. @default 2000 */
export const MAX_HOUR_DRIFT_MS = 2_000

/** This node's clock was set when it has parted from `performance.now()` by this, in ms; by less it is kept right. @default 60000 */
export const MIN_SET_MS = 60_000

/** Unix ms by this node's clock of a moment of `performance.now()`. */
export const wallOfArrival = (arrivedMs: number): number => Date.now() - (performance.now() - arrivedMs)

/** Answers by how many ms this node's clock was set since it was asked before; 0: it was not. */
export function clockWatch(): () => number {
  let zeroMs = wallOfArrival(0)
  return () => {
    const setMs = wallOfArrival(0) - zeroMs
    if (Math.abs(setMs) < MIN_SET_MS) return 0
    zeroMs += setMs
    return setMs
  }
}

/** Unix ms by the source's clock of an RTP time. */
const wallOf = (report: TrackReport, rtp: number, rate: number): number => report.wallMs + ((rtp - report.rtp) | 0) * 1000 / rate

/** When a picture was captured: as the source says, where that is plausible, for what comes may have waited in the source for a broken link. */
export function capturedMs(report: TrackReport | undefined, time: number, arrivedMs: number): number {
  const arrivedWallMs = wallOfArrival(arrivedMs)
  const ageMs = report === undefined ? -1 : arrivedWallMs - wallOf(report, time, VIDEO_TIMESCALE)
  return ageMs >= 0 && ageMs <= MAX_CAPTURE_AGE_MS ? arrivedWallMs - ageMs : arrivedWallMs
}

/** How far the source's RTP clock has parted from its own wall clock, as much of it as leaves neither gap nor overlap between two sessions. `goneOnMs`: what counting RTP ticks came to. */
export function driftMs(report: TrackReport | undefined, time: number, goneOnMs: number): number {
  const ms = report === undefined ? 0 : wallOf(report, time, VIDEO_TIMESCALE) - goneOnMs
  return Math.abs(ms) < MIN_HOUR_DRIFT_MS || Math.abs(ms) > MAX_HOUR_DRIFT_MS ? 0 : Math.max(-MAX_HOUR_BACK_MS, Math.min(MAX_HOUR_AHEAD_MS, ms))
}

/** By how many audio ticks a sound was captured after a picture, by the reports of both tracks. */
export function soundAfterPicture(pictures: TrackReport, pictureTime: number, sounds: TrackReport, soundTime: number): number {
  return Math.round((wallOf(sounds, soundTime, AUDIO_TIMESCALE) - wallOf(pictures, pictureTime, VIDEO_TIMESCALE)) * AUDIO_TIMESCALE / 1000)
}
