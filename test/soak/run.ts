/**
 * Cameras recorded for an hour while nodes and peers are killed, and every second of it accounted for. Two are test cards that the peers encode, the others send H.264 as network cameras do.
 *
 *   node test/soak/run.ts                                      eight cameras, an hour, a kill every two minutes
 *   node test/soak/run.ts --minutes 5 --cameras 4 --every 40
 *
 * Ends with one table and exit code 1 when a gap has no cause, memory grows, or a file does not play from its first frame to its last.
 */
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { checkFiles } from './files.ts'
import { unexplainedGaps } from './gaps.ts'
import { growthOf } from './memory.ts'
import { Soak } from './soak.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' }, cameras: { type: 'string', default: '8' }, every: { type: 'string', default: '120' } } })

function positive(flag: 'minutes' | 'cameras' | 'every'): number {
  const number = Number(values[flag])
  if (number > 0) return number
  process.stderr.write(`--${flag} ${values[flag]} is no number above zero\n`)
  process.exit(2)
}

if (!existsSync('/usr/bin/ffprobe') || !existsSync('/usr/bin/chromium')) {
  process.stdout.write('skipped: ffmpeg and chromium are needed\n')
  process.exit(0)
}

const tell = (line: string): void => { process.stdout.write(`${line}\n`) }
const soak = await Soak.begin({ cameras: positive('cameras'), tell })
const complaints: string[] = []
try {
  await soak.work(positive('minutes') * 60_000, positive('every') * 1000)
  const recordings = await soak.recordings()
  complaints.push(...recordings.differences)
  const seconds = recordings.lists.flatMap(({ spans }) => spans).reduce((sum, { startMs, endMs }) => sum + (endMs - startMs) / 1000, 0)
  const gaps = recordings.lists.flatMap((list) => list.gaps)
  complaints.push(...recordings.lists.flatMap((list) => unexplainedGaps(list, soak.faults)))
  const growth = growthOf(soak.memory)
  if (growth.ratio > 1.25) complaints.push(`memory of ${growth.name} grew by ${growth.ratio.toFixed(2)} from the second quarter to the last`)
  const files = await checkFiles(soak, recordings.lists)
  complaints.push(...files.complaints)
  tell(`\ncameras        ${recordings.lists.length}, ${seconds.toFixed(0)} s recorded in ${recordings.lists.flatMap(({ spans }) => spans).length} spans`)
  tell(`kills          ${soak.faults.map(({ what }) => what).join(', ')}`)
  tell(`gaps           ${gaps.length}, ${(gaps.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0) / 1000).toFixed(1)} s, longest ${(Math.max(0, ...gaps.map(({ startMs, endMs }) => endMs - startMs)) / 1000).toFixed(1)} s`)
  tell(`memory         ${growth.name}: ${growth.megabytes.toFixed(0)} MB, ${growth.ratio.toFixed(2)} of its second quarter`)
  tell(`files          ${files.decoded} decoded to the last frame, ${files.shown} of them in Chromium`)
} finally {
  complaints.push(...await soak.end())
}
for (const complaint of complaints) tell(`✗ ${complaint}`)
process.exitCode = complaints.length > 0 ? 1 : 0
