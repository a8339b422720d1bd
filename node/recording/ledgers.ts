import { NotFoundError, OverloadedError } from '#protocols/errors.ts'
import type { Ledger, LedgerDay, LedgerDays } from '#protocols/http.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { RecordPlan, Ring } from '#ring'
import { defaultPlan } from './expectation.ts'
import { ledgerOf, type LedgerRange } from './ledger.ts'
import { dayName, nextDay } from './week-schedule.ts'

/** Ranges in one answer, at most. @default 20000 */
export const MAX_LEDGER_RANGES = 20_000

type LedgerRing = { readonly catalog: Pick<Ring['catalog'], 'cameras' | 'index' | 'policy' | 'unindexed'>; readonly membership: Pick<Ring['membership'], 'members'> }

/** What became of every second of every camera, the same on every node that knows the same. */
export interface Ledgers {
  /** @throws NotFoundError, OverloadedError while the lists are being built */
  ledger(camera: CameraId, fromMs: number, toMs: number): Ledger
  /** Seconds of each state, day by day. @throws as `ledger` */
  days(camera: CameraId, fromMs: number, toMs: number, timeZone: string): LedgerDays
}

/** What holds for a camera now. */
export function planOf(catalog: Pick<LedgerRing['catalog'], 'policy' | 'cameras'>, camera: CameraId): RecordPlan {
  return catalog.policy.plan(camera) ?? defaultPlan(catalog.cameras().find(({ id }) => id === camera)?.record ?? true)
}

export function createLedgers({ ring, nowMs = Date.now }: { ring: LedgerRing; nowMs?: () => number }): Ledgers {
  const { catalog, membership } = ring
  const { index } = catalog

  function rangesOf(camera: CameraId, fromMs: number, toMs: number): LedgerRange[] {
    const entry = catalog.cameras().find(({ id }) => id === camera)
    const starts = [entry?.createdAtMs, index.firstRecordedMs(camera)].filter((ms) => ms !== undefined)
    if (starts.length === 0) throw new NotFoundError(`there is no camera ${camera}`)
    if (catalog.unindexed() > 0) throw new OverloadedError('the lists of this node are being built: ask again in a moment, or another node')
    const facts = { recorded: index.stretches(camera, fromMs - LOOK_BACK_MS, toMs), notes: index.notes(camera, fromMs - LOOK_BACK_MS, toMs), plan: planOf(catalog, camera), firstMs: Math.min(...starts) }
    return ledgerOf(facts, fromMs, toMs, nowMs())
  }

  function named(): (id: string) => string {
    const names = new Map<string, string>(membership.members().map(({ peerId, name }) => [peerId, name]))
    return (id) => names.get(id) ?? id.slice(-8)
  }

  return {
    ledger(camera, fromMs, toMs) {
      const all = rangesOf(camera, fromMs, toMs)
      const shown = all.slice(0, MAX_LEDGER_RANGES)
      const nameOf = named()
      return {
        camera, fromMs, toMs: shown.at(-1)?.endMs ?? toMs, nowMs: nowMs(), truncated: all.length > shown.length,
        ranges: shown.map(({ node, ...range }) => ({ ...range, ...(node === undefined ? {} : { node: nameOf(node) }) }))
      }
    },
    days(camera, fromMs, toMs, timeZone) {
      const days: LedgerDay[] = []
      const ranges = rangesOf(camera, fromMs, toMs)
      for (let startMs = fromMs, next = 0; startMs < toMs;) {
        const endMs = Math.min(toMs, nextDay(startMs, timeZone))
        while (next < ranges.length && ranges[next]!.endMs <= startMs) next++
        days.push(dayOf(ranges, next, { day: dayName(startMs, timeZone), startMs, endMs }))
        startMs = endMs
      }
      return { camera, timeZone, days }
    }
  }
}

/** What ended before the window, and what was given up there, explains its beginning. */
const LOOK_BACK_MS = 3_600_000

function dayOf(ranges: readonly LedgerRange[], first: number, { day, startMs, endMs }: Pick<LedgerDay, 'day' | 'startMs' | 'endMs'>): LedgerDay {
  const seconds = { recorded: 0, lost: 0, 'not-expected': 0 }
  const reasons = new Map<string, number>()
  for (let i = first; i < ranges.length && ranges[i]!.startMs < endMs; i++) {
    const { state, reason } = ranges[i]!
    const length = (Math.min(endMs, ranges[i]!.endMs) - Math.max(startMs, ranges[i]!.startMs)) / 1000
    seconds[state] += length
    if (reason !== null) reasons.set(reason, (reasons.get(reason) ?? 0) + length)
  }
  const round = (value: number): number => Math.round(value * 1000) / 1000
  return {
    day, startMs, endMs, recordedSeconds: round(seconds.recorded), lostSeconds: round(seconds.lost), notExpectedSeconds: round(seconds['not-expected']),
    reasons: Object.fromEntries([...reasons].map(([reason, length]) => [reason, round(length)]))
  }
}
