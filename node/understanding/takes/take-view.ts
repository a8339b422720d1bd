import type { TakeAngleView, TakeView } from '#protocols/http.ts'
import type { Asset } from '#ring'
import { clockOffset, timecodeOffset } from './clocks.ts'
import { type Angle, between, endOf, type Take } from './take.ts'

/** Clocks that differ by more than this from what is heard are told of, in ms. @default 2000 */
export const CLOCK_SAID_MS = 2_000
/** Timecodes that do, in frames. @default 1.5 */
export const TIMECODE_SAID_FRAMES = 1.5

/** A take as people see it: its clock begins when the first recording does. */
export function takeView(take: Take, assetOf: (id: Angle['asset']) => Asset | undefined): TakeView {
  const angles = [...take.angles].sort((a, b) => a.offsetMs - b.offsetMs || (a.asset < b.asset ? -1 : 1))
  const known = angles.flatMap((angle) => {
    const asset = assetOf(angle.asset)
    return asset === undefined || asset.deletedAtMs !== undefined ? [] : [{ angle, asset }]
  })
  const beginsMs = Math.min(...known.map(({ angle }) => angle.offsetMs))
  const views = known.map(({ angle, asset }) => angleView(angle, asset, beginsMs))
  return {
    id: take.id, name: take.name, by: take.by, createdAtMs: take.createdAtMs, originMs: Number.isFinite(beginsMs) ? beginsMs : 0, angles: views,
    durationMs: Math.max(0, ...views.map((view) => endOf(view, view.durationMs))), missing: angles.length - views.length, notes: disagreements(known)
  }
}

function angleView({ asset: id, offsetMs, driftPpm, by, confidence }: Angle, { facts, title, poster }: Asset, beginsMs: number): TakeAngleView {
  const { durationMs = 0, framesPerSecond = null, timecode = null, createdAtMs = null, audioCodec, width = 0, height = 0 } = facts.probe
  return { asset: id, title: title || facts.name, name: facts.name, kind: facts.kind === 'audio' ? 'audio' : 'video', offsetMs: offsetMs - beginsMs, driftPpm, by, confidence, durationMs, framesPerSecond, timecode, takenAtMs: createdAtMs, hasSound: audioCodec !== undefined, hasPoster: poster !== undefined, width, height }
}

/** Where timecode and clocks say something else than what was heard. */
function disagreements(known: ReadonlyArray<{ readonly angle: Angle; readonly asset: Asset }>): string[] {
  const [first, ...others] = [...known].sort((a, b) => b.angle.confidence - a.angle.confidence)
  return first === undefined ? [] : others.flatMap((other) => [...differs(first, other)])
}

type Known = { readonly angle: Angle; readonly asset: Asset }

function* differs(first: Known, other: Known): Generator<string> {
  const { offsetMs } = between(first.angle, other.angle)
  const names = `${other.asset.title || other.asset.facts.name} and ${first.asset.title || first.asset.facts.name}`
  const timecode = timecodeOffset(first.asset.facts, other.asset.facts)
  const frameMs = 1000 / Math.min(first.asset.facts.probe.framesPerSecond ?? 25, other.asset.facts.probe.framesPerSecond ?? 25)
  if (timecode !== undefined && other.angle.by !== 'timecode' && Math.abs(timecode - offsetMs) > TIMECODE_SAID_FRAMES * frameMs) yield `The timecodes of ${names} lie ${seconds(timecode - offsetMs)} beside where they are`
  const clock = clockOffset(first.asset.facts, other.asset.facts)
  if (clock !== undefined && other.angle.by !== 'clock' && Math.abs(clock - offsetMs) > CLOCK_SAID_MS) yield `The clocks of ${names} are ${seconds(clock - offsetMs)} apart`
}

const seconds = (ms: number): string => `${(Math.abs(ms) / 1000).toFixed(Math.abs(ms) < 10_000 ? 2 : 0)} s`
