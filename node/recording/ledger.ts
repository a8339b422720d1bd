/** What became of every moment of a camera: recorded, lost, or not expected. Pure. */
import { HOUR_MS, hourOf, type HourNote, type Loss, type RecordedStretch } from '#ring'
import { expectation, type Expected, type PlanHistory } from './expectation.ts'
import { endedAsPlanned, LOSS, NOT_EXPECTED, reasonOf } from './loss-reason.ts'
import { MIN_GAP_MS } from './part-selection.ts'
import { inOrder, joined, overlay, type Stretch } from './time-ranges.ts'

/** How a recording ended explains what follows for this long, in ms; after that somebody has to have been there and say so. @default 60000 */
export const END_EXPLAINS_MS = 60_000
/** A recording takes this long to begin at most, from the moment it is expected, in ms: until the first keyframe. @default 15000 */
export const START_TAKES_MS = 15_000
/** Nothing is said to be lost of the newest so many ms: it may be on its way to the disks. @default 30000 */
export const LEDGER_SETTLES_MS = 30_000
/** That a camera was looked at is noted, and known on every node, no later than this, in ms. @default 60000 */
export const LOOKS_NOTED_MS = 60_000

export interface LedgerRange extends Stretch {
  readonly state: 'recorded' | 'lost' | 'not-expected'
  /** One of the words of loss-reason.ts; null for what is recorded. */
  readonly reason: string | null
  /** What was said, in other words. */
  readonly detail?: string
  /** Id of the node that recorded it, or knows the reason. */
  readonly node?: string
}

export interface LedgerFacts extends Omit<PlanHistory, 'changes'> {
  readonly recorded: readonly RecordedStretch[]
  readonly notes: readonly HourNote[]
}

/** Contiguous ranges in order that cover `[fromMs, toMs)` exactly. `nowMs`: what is later is not yet. */
export function ledgerOf(facts: LedgerFacts, fromMs: number, toMs: number, nowMs: number): LedgerRange[] {
  const expected = expectation({ ...facts, changes: facts.notes.flatMap(({ plans }) => plans) }, fromMs, toMs)
  const sessions = [...facts.recorded].sort((a, b) => a.startMs - b.startMs || (a.session < b.session ? -1 : 1))
  const recorded = recordedRanges(sessions)
  const ended = inOrder(ends(sessions))
  let ranges = expected.map(baseOf)
  ranges = overlay(ranges, unwatched(facts.notes, fromMs, Math.min(toMs, nowMs - LOOKS_NOTED_MS)), ifMissed)
  ranges = overlay(ranges, starts(expected), ifLost)
  ranges = overlay(ranges, ended, ifLost)
  ranges = overlay(ranges, interruptions(ended, sessions), ifMissed)
  ranges = overlay(ranges, lossesOf(facts.notes), ifMissed)
  ranges = overlay(ranges, expiredRanges(facts.notes, recorded), (_below, above) => above)
  ranges = overlay(ranges, [notYet(recorded, nowMs)], (below, above) => below.state === 'lost' || below.startMs >= nowMs ? above : undefined)
  ranges = overlay(ranges, [{ startMs: nowMs, endMs: Infinity, state: 'not-expected', reason: NOT_EXPECTED.notYet } satisfies LedgerRange], (_below, above) => above)
  ranges = overlay(ranges, recorded, (_below, above) => above)
  return joined(ranges, alike)
}

const baseOf = ({ startMs, endMs, reason }: Expected): LedgerRange => reason === undefined
  ? { startMs, endMs, state: 'lost', reason: LOSS.nobody }
  : { startMs, endMs, state: 'not-expected', reason }

const ifLost = (below: LedgerRange, above: LedgerRange): LedgerRange | undefined => (below.state === 'lost' ? above : undefined)

/** A camera that is watched for motion is missed when it can not be watched. */
const ifMissed = (below: LedgerRange, above: LedgerRange): LedgerRange | undefined => (below.state === 'lost' || below.reason === NOT_EXPECTED.motion ? above : undefined)

const alike = (one: LedgerRange, next: LedgerRange): boolean => one.state === next.state && one.reason === next.reason && one.node === next.node && one.detail === next.detail

/** What lies between two sessions and is too short to be a gap belongs to the first. */
export function recordedRanges(sessions: readonly RecordedStretch[]): LedgerRange[] {
  const ranges = inOrder(sessions.map(({ startMs, endMs, node }): LedgerRange => ({ startMs, endMs, state: 'recorded', reason: null, node })))
  return ranges.map((range, i) => {
    const next = ranges[i + 1]
    return next !== undefined && next.startMs - range.endMs < MIN_GAP_MS ? { ...range, endMs: next.startMs } : range
  })
}

/** Hour by hour, when nobody looked whether something moves before a camera; where an older node noted something of an hour, it is not known. */
function unwatched(notes: readonly HourNote[], fromMs: number, toMs: number): LedgerRange[] {
  const looks = Map.groupBy(notes.filter(({ motion }) => motion !== undefined), ({ hour }) => hour)
  const found: LedgerRange[] = []
  for (let startMs = Math.floor(fromMs / HOUR_MS) * HOUR_MS; startMs < toMs; startMs += HOUR_MS) {
    const noted = (looks.get(hourOf(startMs)) ?? []).map(({ motion }) => motion!.watched)
    if (noted.includes(undefined)) continue
    const watched = inOrder(noted.flatMap((stretches) => stretches ?? []).map((each): Stretch => ({ startMs: each.fromMs, endMs: each.toMs })))
    const hour: LedgerRange = { startMs, endMs: Math.min(toMs, startMs + HOUR_MS), state: 'lost', reason: LOSS.nobody }
    found.push(...overlay([hour], watched, (below): LedgerRange => ({ ...below, state: 'recorded', reason: null })).filter(({ state }) => state === 'lost'))
  }
  return found
}

/** Of what follows from ends, that after which recording went on soon: it was to be recorded, also on motion. */
function interruptions(ended: readonly LedgerRange[], sessions: readonly RecordedStretch[]): LedgerRange[] {
  const starting = new Set(sessions.map(({ startMs }) => startMs))
  return ended.filter(({ startMs, endMs }) => endMs - startMs <= START_TAKES_MS && starting.has(endMs))
}

/** Whether what is expected begins: recording, or that somebody looks whether something moves. */
const begins = (reason: string | undefined, before: string | undefined): boolean =>
  reason === undefined ? before !== undefined : reason === NOT_EXPECTED.motion && before !== undefined && before !== NOT_EXPECTED.motion

/** The moments after recording begins to be expected. */
function starts(expected: readonly Expected[]): LedgerRange[] {
  return expected.filter(({ reason }, i) => i > 0 && begins(reason, expected[i - 1]!.reason))
    .map(({ startMs, endMs }) => ({ startMs, endMs: Math.min(endMs, startMs + START_TAKES_MS), state: 'lost', reason: LOSS.starting }))
}

/** The moments after each session that ended, or that went on no more. One that was ended because nobody expected it explains nothing that is lost. */
function ends(sessions: readonly RecordedStretch[]): LedgerRange[] {
  return sessions.flatMap(({ endMs, ended, node }, i) => {
    if (endedAsPlanned(ended)) return []
    const range = { startMs: endMs, endMs: Math.min(endMs + END_EXPLAINS_MS, sessions[i + 1]?.startMs ?? Infinity), state: 'lost', node } as const
    return ended === undefined || ended === 'hour' ? { ...range, reason: LOSS.node } : { ...range, reason: reasonOf(ended), detail: ended }
  })
}

function lossesOf(notes: readonly HourNote[]): LedgerRange[] {
  const losses = notes.flatMap(({ losses, node }) => losses.map((loss) => ({ ...loss, node }))).sort((a, b) => a.fromMs - b.fromMs || (a.node < b.node ? -1 : 1))
  return inOrder(losses.map(({ fromMs, toMs, reason, detail, node }: Loss & { node: string }): LedgerRange => (
    { startMs: fromMs, endMs: toMs, state: 'lost', reason, node, ...(detail === '' ? {} : { detail }) }
  )))
}

/** Footage that was given up. What lies between it and other footage and was too short to be a gap belongs to it: it was not lost while all was there. */
function expiredRanges(notes: readonly HourNote[], recorded: readonly LedgerRange[]): LedgerRange[] {
  const expired = notes.flatMap((note) => note.expired.map(({ fromMs, toMs }): LedgerRange => ({ startMs: fromMs, endMs: toMs, state: 'not-expected', reason: NOT_EXPECTED.expired })))
  const footage = inOrder([...recorded, ...expired])
  return footage.flatMap((range, i) => {
    if (range.state === 'recorded') return []
    const [before, after] = [footage[i - 1], footage[i + 1]]
    const startMs = before?.state === 'recorded' && range.startMs - before.endMs < MIN_GAP_MS ? before.endMs : range.startMs
    return { ...range, startMs, endMs: after !== undefined && after.startMs - range.endMs < MIN_GAP_MS ? after.startMs : range.endMs }
  })
}

/** The newest moments of a recording that goes on. */
function notYet(recorded: readonly LedgerRange[], nowMs: number): LedgerRange {
  const reachedMs = Math.max(...recorded.map(({ endMs }) => endMs), -Infinity)
  const isOnItsWay = reachedMs > nowMs - LEDGER_SETTLES_MS
  return { startMs: isOnItsWay ? reachedMs : nowMs, endMs: Infinity, state: 'not-expected', reason: NOT_EXPECTED.notYet }
}
