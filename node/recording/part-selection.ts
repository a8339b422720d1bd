/** Which parts of which sessions a range of time is played from. Pure. */
import type { RecordingPart, RecordingSession } from '#ring'

/** Two sessions closer than this, in milliseconds, are taken as one unbroken recording. @default 250 */
export const MIN_GAP_MS = 250

export interface PlacedPart {
  readonly session: RecordingSession
  readonly part: RecordingPart
}

export const endOf = (part: RecordingPart): number => part.startMs + part.durationMs

/**
 * The parts to play for `[fromMs, toMs)`, in time order: of each session from the keyframe part at or before `fromMs`. Where two
 * sessions overlap (two nodes recorded at once) the earlier one is played out and the later one joined at a keyframe.
 */
export function selectParts(sessions: ReadonlyArray<{ session: RecordingSession; parts: readonly RecordingPart[] }>, fromMs: number, toMs: number): PlacedPart[] {
  const placed: PlacedPart[] = []
  let reachedMs = -Infinity
  const ordered = [...sessions].sort((a, b) => a.session.startMs - b.session.startMs || (a.session.session < b.session.session ? -1 : 1))
  for (const { session, parts } of ordered) {
    const joinMs = reachedMs - 1 // a rounding of the same instant is not an overlap
    const start = reachedMs > fromMs
      ? parts.findIndex((part) => part.key && part.startMs >= joinMs)
      : startFor(parts, fromMs)
    if (start < 0) continue
    const chosen = parts.slice(start).filter((part) => part.startMs < toMs)
    for (const part of chosen) placed.push({ session, part })
    if (chosen.length > 0) reachedMs = Math.max(reachedMs, endOf(chosen.at(-1)!))
  }
  return placed.length > 0 && endOf(placed.at(-1)!.part) > fromMs ? placed : []
}

/** The newest keyframe part at or before `fromMs`, else the first after it; -1 when the session is over by then. */
function startFor(parts: readonly RecordingPart[], fromMs: number): number {
  const last = parts.at(-1)
  if (last === undefined || endOf(last) <= fromMs) return -1
  const before = parts.findLastIndex((part) => part.key && part.startMs <= fromMs)
  return before >= 0 ? before : parts.findIndex((part) => part.key)
}

/** A stretch between two recordings in which nothing was kept. */
export interface Gap {
  readonly startMs: number
  readonly endMs: number
  readonly reason: string
}

/** The gaps between sessions, oldest first; `nameOf` gives the name of a node for the reason. */
export function gapsBetween(sessions: readonly RecordingSession[], nameOf: (session: RecordingSession) => string): Gap[] {
  const gaps: Gap[] = []
  let last: RecordingSession | undefined
  for (const session of [...sessions].sort((a, b) => a.startMs - b.startMs)) {
    if (last !== undefined && session.startMs - last.endMs >= MIN_GAP_MS) {
      gaps.push({ startMs: last.endMs, endMs: session.startMs, reason: last.ended ?? `node ${nameOf(last)} went away while it recorded` })
    }
    if (last === undefined || session.endMs > last.endMs) last = session
  }
  return gaps
}
