import type { TakeAngleView, TakeView } from '#protocols/http.ts'
import { clockOffset, timecodeOffset } from './clocks.ts'
import { footageOf, type Recording, type RecordingId } from './recording.ts'
import { type Angle, between, endOf, type Take } from './take.ts'

/** Clocks that differ by more than this from what is heard are told of, in ms. @default 2000 */
export const CLOCK_SAID_MS = 2_000
/** Timecodes that do, in frames. @default 1.5 */
export const TIMECODE_SAID_FRAMES = 1.5

/** A take as people see it: its clock begins when the first recording does. */
export function takeView(take: Take, recordingOf: (id: RecordingId) => Recording | undefined): TakeView {
  const angles = [...take.angles].sort((a, b) => a.offsetMs - b.offsetMs || (a.recording < b.recording ? -1 : 1))
  const known = angles.flatMap((angle) => {
    const recording = recordingOf(angle.recording)
    return recording === undefined || recording.deletedAtMs !== undefined ? [] : [{ angle, recording }]
  })
  const beginsMs = Math.min(...known.map(({ angle }) => angle.offsetMs))
  const views = known.map(({ angle, recording }) => angleView(angle, recording, beginsMs))
  return {
    id: take.id, name: take.name, by: take.by, createdAtMs: take.createdAtMs, originMs: Number.isFinite(beginsMs) ? beginsMs : 0, angles: views,
    durationMs: Math.max(0, ...views.map((view) => endOf(view, view.durationMs))), missing: angles.length - views.length, notes: disagreements(known)
  }
}

function angleView({ recording, offsetMs, driftPpm, by, confidence }: Angle, { facts, title, poster }: Recording, beginsMs: number): TakeAngleView {
  const { durationMs = 0, framesPerSecond = null, timecode = null, createdAtMs = null, audioCodec, width = 0, height = 0 } = facts.probe
  return { recording, footage: footageOf(recording) ?? null, title: title || facts.name, name: facts.name, kind: facts.kind === 'audio' ? 'audio' : 'video', offsetMs: offsetMs - beginsMs, driftPpm, by, confidence, durationMs, framesPerSecond, timecode, takenAtMs: createdAtMs, hasSound: audioCodec !== undefined, hasPoster: poster !== undefined, width, height }
}

/** Where timecode and clocks say something else than what was heard. */
function disagreements(known: ReadonlyArray<{ readonly angle: Angle; readonly recording: Recording }>): string[] {
  const [first, ...others] = [...known].sort((a, b) => b.angle.confidence - a.angle.confidence)
  return first === undefined ? [] : others.flatMap((other) => [...differs(first, other)])
}

type Known = { readonly angle: Angle; readonly recording: Recording }

function* differs(first: Known, other: Known): Generator<string> {
  const { offsetMs } = between(first.angle, other.angle)
  const names = `${other.recording.title || other.recording.facts.name} and ${first.recording.title || first.recording.facts.name}`
  const timecode = timecodeOffset(first.recording.facts, other.recording.facts)
  const frameMs = 1000 / Math.min(first.recording.facts.probe.framesPerSecond ?? 25, other.recording.facts.probe.framesPerSecond ?? 25)
  if (timecode !== undefined && other.angle.by !== 'timecode' && Math.abs(timecode - offsetMs) > TIMECODE_SAID_FRAMES * frameMs) yield `The timecodes of ${names} lie ${seconds(timecode - offsetMs)} beside where they are`
  const clock = clockOffset(first.recording.facts, other.recording.facts)
  if (clock !== undefined && other.angle.by !== 'clock' && Math.abs(clock - offsetMs) > CLOCK_SAID_MS) yield `The clocks of ${names} are ${seconds(clock - offsetMs)} apart`
}

const seconds = (ms: number): string => `${(Math.abs(ms) / 1000).toFixed(Math.abs(ms) < 10_000 ? 2 : 0)} s`
