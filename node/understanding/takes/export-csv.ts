import type { TakeView } from '#protocols/http.ts'

const COLUMNS = ['title', 'recording', 'offset_seconds', 'drift_ppm', 'duration_seconds', 'by', 'confidence', 'timecode', 'frames_per_second', 'file'] as const

/** One line per recording, as RFC 4180 has it. */
export function csvOf({ angles }: TakeView): string {
  const lines = angles.map(({ title, name, recording, offsetMs, driftPpm, durationMs, by, confidence, timecode, framesPerSecond }) =>
    [title, recording, (offsetMs / 1000).toFixed(6), driftPpm.toFixed(2), (durationMs / 1000).toFixed(3), by, confidence.toFixed(2), timecode ?? '', framesPerSecond ?? '', name])
  return [[...COLUMNS], ...lines].map((line) => `${line.map((each) => cell(String(each))).join(',')}\r\n`).join('')
}

/** What begins like a formula is none: spreadsheets would reckon with it. */
function cell(text: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.]+$)/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
