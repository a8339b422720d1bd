/** Which parts of which sessions a range of time is played from. Pure. */
import type { RecordingPart, RecordingSession } from '#ring'

/** Two sessions closer than this, in milliseconds, are taken as one unbroken recording. @default 250 */
export const MIN_GAP_MS = 250

/** Two instants closer than this, in milliseconds, are the same picture seen by two nodes. */
const JOIN_TOLERANCE_MS = 50
/** Parts of the earlier session a later one may replace. */
const MAX_REPLACED_PARTS = 30

export interface PlacedPart {
  readonly session: RecordingSession
  readonly part: RecordingPart
  /** The bytes of a part that was made for a cut, and is in no chunk. */
  readonly made?: Buffer
}

export const endOf = (part: RecordingPart): number => part.startMs + part.durationMs

/**
 * The parts to play for `[fromMs, toMs)`, in time order: of each session from the keyframe part at or before `fromMs`. Where two
 * sessions overlap (a camera that moved to another node sends its newest seconds again) the later one takes over at a keyframe with
 * which a part of the earlier one begins or ends, so that nothing is played twice and nothing is left out.
 */
export function selectParts(sessions: ReadonlyArray<{ session: RecordingSession; parts: readonly RecordingPart[] }>, fromMs: number, toMs: number): PlacedPart[] {
  const placed: PlacedPart[] = []
  let reachedMs = -Infinity
  const ordered = [...sessions].sort((a, b) => a.session.startMs - b.session.startMs || (a.session.session < b.session.session ? -1 : 1))
  for (const { session, parts } of ordered) {
    if (reachedMs >= toMs) break // a range that is there is not played from another: its bytes stay what they were
    const start = reachedMs > fromMs ? joinAt(parts, placed, reachedMs) : startFor(parts, fromMs)
    if (start < 0) continue
    const chosen = parts.slice(start).filter((part) => part.startMs < toMs)
    if (chosen.length === 0) continue
    while (placed.length > 0 && placed.at(-1)!.part.startMs > chosen[0]!.startMs - JOIN_TOLERANCE_MS) placed.pop()
    for (const part of chosen) placed.push({ session, part })
    reachedMs = endOf(chosen.at(-1)!)
  }
  return placed.length > 0 && endOf(placed.at(-1)!.part) > fromMs ? placed : []
}

/** A session's parts without those of lists that are lost, as the stretches that lie between. */
export function unbrokenRuns(parts: readonly RecordingPart[]): RecordingPart[][] {
  const runs: RecordingPart[][] = []
  for (const part of parts) {
    const last = runs.at(-1)?.at(-1)
    if (last === undefined || part.startMs - endOf(last) >= MIN_GAP_MS) runs.push([part])
    else runs.at(-1)!.push(part)
  }
  return runs
}

/** The keyframe part with which this session can go on from what is placed; -1 when it adds nothing. */
function joinAt(parts: readonly RecordingPart[], placed: readonly PlacedPart[], reachedMs: number): number {
  const last = parts.at(-1)
  if (last === undefined || endOf(last) <= reachedMs) return -1
  const boundaries = [reachedMs, ...placed.slice(-MAX_REPLACED_PARTS).map(({ part }) => part.startMs)]
  const seamless = parts.findLastIndex((part) => part.key && boundaries.some((ms) => Math.abs(ms - part.startMs) < JOIN_TOLERANCE_MS))
  return seamless >= 0 ? seamless : parts.findIndex((part) => part.key && part.startMs >= reachedMs)
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
