import { Icon } from '../design/icon.tsx'
import { type Range, dayOf, stepDay, stepRecordedDay } from './timeline-math.ts'

interface DayStepperProps {
  readonly day: Range
  readonly hours: readonly string[]
  readonly nowMs: number
  readonly change: (day: Range) => void
}

const two = (n: number): string => String(n).padStart(2, '0')

function isoDay(ms: number): string {
  const date = new Date(ms)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** The day in words: `Sunday, 22 November`. */
export function dayName(ms: number): string {
  return new Date(ms).toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long' })
}

/** Chooses a day: the arrows go to the next one with recordings, the field to any. */
export function DayStepper({ day, hours, nowMs, change }: DayStepperProps) {
  const before = stepRecordedDay(hours, day, -1) ?? stepDay(day, -1)
  const after = stepRecordedDay(hours, day, 1) ?? stepDay(day, 1)
  const today = dayOf(nowMs)
  return (
    <div className="row stepper">
      <button type="button" className="button icon" aria-label={`Back to ${dayName(before.fromMs)}`} onClick={() => change(before)}><Icon name="left" /></button>
      <input type="date" className="field" aria-label="Day" value={isoDay(day.fromMs)} max={isoDay(nowMs)} onChange={(event) => { const ms = new Date(`${event.target.value}T00:00`).getTime(); if (!Number.isNaN(ms)) change(dayOf(ms)) }} />
      <button type="button" className="button icon" aria-label={`Ahead to ${dayName(after.fromMs)}`} disabled={after.fromMs > nowMs} onClick={() => change(after)}><Icon name="right" /></button>
      <button type="button" className="button" disabled={today.fromMs === day.fromMs} onClick={() => change(today)}>Today</button>
    </div>
  )
}
