/** What recordings say themselves of when they were made: timecode and capture clocks. Pure. */
import type { Recording } from './recording.ts'

type Timed = Pick<Recording['facts'], 'probe'>

const DAY_MS = 86_400_000

/** When `second` begins after `first` by their timecodes, in ms; undefined where one has none. Within half a day: timecode has no date. */
export function timecodeOffset(first: Timed, second: Timed): number | undefined {
  const [a, b] = [timecodeMs(first), timecodeMs(second)]
  return a === undefined || b === undefined ? undefined : ((b - a + DAY_MS * 1.5) % DAY_MS) - DAY_MS / 2
}

/** `01:02:03:04`, with `;` before the frames where two numbers a minute are dropped to keep up with the clock. */
export function timecodeMs({ probe: { timecode, framesPerSecond } }: Timed): number | undefined {
  const [, hours, minutes, seconds, mark, frames] = /^(\d\d):(\d\d):(\d\d)([:;.])(\d\d)$/.exec(timecode ?? '') ?? []
  if (frames === undefined || framesPerSecond === undefined || !(framesPerSecond > 0)) return undefined
  const base = Math.round(framesPerSecond)
  const count = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * base + Number(frames)
  const total = Number(hours) * 60 + Number(minutes)
  const dropped = mark === ':' ? 0 : Math.round(base / 15) * (total - Math.floor(total / 10))
  return (count - dropped) / framesPerSecond * 1000
}

/** Whether its clock means a moment: it says in which zone. */
export const hasClock = ({ probe }: Timed): boolean => probe.createdAtMs !== undefined && probe.createdAtZone !== 'unknown'

/** When `second` begins after `first` by their clocks, in ms. */
export function clockOffset(first: Timed, second: Timed): number | undefined {
  return hasClock(first) && hasClock(second) ? second.probe.createdAtMs! - first.probe.createdAtMs! : undefined
}
