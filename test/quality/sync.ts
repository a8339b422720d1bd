/**
 * How exactly recordings are put in step, how often what belongs together is missed, and what does not is put together: on sound made in code whose truth is known.
 *
 *   node test/quality/sync.ts            the seeds that nothing was tuned on
 *   node test/quality/sync.ts tune       those that may be tuned on; a word after it chooses rows
 *   node test/quality/sync.ts hour       one pair of an hour each: time, memory, and error
 */
import { execFile, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LANDMARK_HERTZ } from '../../node/understanding/takes/landmarks.ts'
import { printOf } from '../../node/understanding/takes/sound-print.ts'
import { SoundIndex } from '../../node/understanding/takes/sound-index.ts'
import { syncSound, type SyncSource } from '../../node/understanding/takes/sync-sound.ts'
import type { SoundSync } from '../../node/understanding/takes/take-orders.ts'
import { readSound } from '../../node/library/sound-stretches.ts'
import { type Microphone, music, recorded, SCENE_HERTZ, speech, writeWav } from '../support/sound-scene.ts'
import { randomOf } from '../support/random.ts'

const run = promisify(execFile)
const [, , mode, only] = process.argv
const SEEDS = mode === 'tune' ? [21, 22, 23] : [9_101, 9_102, 9_103]

interface Condition {
  readonly scene?: typeof speech
  readonly seconds?: number
  readonly first?: Partial<Microphone>
  readonly second?: Partial<Microphone>
}

const ROOM: Partial<Microphone> = { colour: true, reverb: 0.5, snr: 15 }
const CONDITIONS: Readonly<Record<string, Condition>> = {
  'speech, other microphones': { first: { colour: true }, second: { colour: true } },
  'speech, rooms, 15 dB': { first: ROOM, second: { ...ROOM, reverb: 0.8 } },
  'speech, 0 dB': { first: ROOM, second: { ...ROOM, snr: 0 } },
  'speech, -10 dB, 60 ppm': { seconds: 150, first: { snr: 15, colour: true }, second: { snr: -10, driftPpm: 60 } },
  'speech, 0 dB, -100 ppm': { seconds: 150, first: ROOM, second: { ...ROOM, snr: 0, driftPpm: -100 } },
  'music, rooms, 10 dB': { scene: music, first: { ...ROOM, snr: 10 }, second: { ...ROOM, snr: 10 } },
  'speech, 8 s in common': { seconds: 8, first: ROOM, second: ROOM }
}
/** Two scenes that have nothing in common but what they are made of. */
const UNRELATED: Readonly<Record<string, readonly [typeof speech, typeof speech]>> = { 'speech and other speech': [speech, speech], 'music and other music': [music, music], 'music and speech': [music, speech], 'the same hum': [hummed(speech), hummed(speech)] }

/** Under both scenes the same mains are heard. */
function hummed(scene: typeof speech): typeof speech {
  return (random, seconds) => scene(random, seconds).map((sample, i) => sample + 0.3 * [50, 100, 150, 250, 350].reduce((sum, hertz) => sum + Math.sin(2 * Math.PI * hertz * i / SCENE_HERTZ), 0))
}

async function tables(): Promise<void> {
  process.stdout.write(`seeds ${SEEDS.join(' ')}\n`)
  const index = new SoundIndex()
  const isAsked = ([name]: readonly [string, unknown]): boolean => only === undefined || name.includes(only)
  printHead(['related', 'found', 'error ms, median', 'worst', 'drift ppm, worst', 'confidence, least', 'candidate by landmarks', 'cpu s'])
  for (const [name, condition] of Object.entries(CONDITIONS).filter(isAsked)) printRow(summary(name, await each((seed) => related(name, condition, seed, index))))
  printHead(['unrelated', 'put together wrongly', 'candidate by landmarks', 'cpu s'])
  for (const [name, scenes] of Object.entries(UNRELATED).filter(isAsked)) printRow(wrongs(name, await each((seed) => unrelated(name, scenes, seed, index))))
}

async function each(act: (seed: number) => Promise<Row>): Promise<Row[]> {
  const rows: Row[] = []
  for (const seed of SEEDS) rows.push(await act(seed))
  return rows
}

interface Row { readonly errorMs: number | undefined; readonly driftPpm: number; readonly confidence: number; readonly isCandidate: boolean; readonly cpu: number }

async function related(name: string, { scene = speech, seconds = 60, first = {}, second = {} }: Condition, seed: number, index: SoundIndex): Promise<Row> {
  const random = randomOf(seed)
  const from = Math.round((5 + random() * 20) * SCENE_HERTZ) / SCENE_HERTZ
  const length = Math.max(40, seconds) + from
  const heard = scene(randomOf(seed + 1), length + 12)
  const a = await record(heard, seed + 2, { from: 0, seconds: length, ...first })
  const b = await record(heard, seed + 3, { from: length - seconds, seconds: seconds === 8 ? 20 : seconds, ...second })
  const { sync, cpu } = await measured(a, b)
  const drift = 1 / (1 + (second.driftPpm ?? 0) / 1e6) - 1
  const errorAt = (at: number): number => sync.found ? Math.abs(sync.offsetMs + at * sync.driftPpm / 1e6 - (length - seconds) * 1000 - at * drift) : Infinity
  return {
    cpu, errorMs: sync.found ? Math.max(errorAt(0), errorAt(seconds * 1000)) : undefined, driftPpm: sync.found ? Math.abs(sync.driftPpm - drift * 1e6) : 0, confidence: sync.found ? sync.confidence : 1,
    isCandidate: await areCandidates(index, a, b, `${name} ${seed}`)
  }
}

async function unrelated(name: string, [one, other]: readonly [typeof speech, typeof speech], seed: number, index: SoundIndex): Promise<Row> {
  const a = await record(one(randomOf(seed + 10), 70), seed + 11, { from: 0, seconds: 70, ...ROOM })
  const b = await record(other(randomOf(seed + 20), 60), seed + 21, { from: 0, seconds: 60, ...ROOM })
  const { sync, cpu } = await measured(a, b)
  return { cpu, errorMs: sync.found ? 0 : undefined, driftPpm: 0, confidence: sync.found ? sync.confidence : 0, isCandidate: await areCandidates(index, a, b, `${name} ${seed}`) }
}

/** As cameras write it: AAC. */
async function record(scene: Float32Array, seed: number, microphone: Microphone): Promise<SyncSource> {
  const path = join(folder, `${files++}`)
  await writeWav(`${path}.wav`, recorded(scene, randomOf(seed), microphone))
  await run('/usr/bin/ffmpeg', ['-v', 'error', '-i', `${path}.wav`, '-c:a', 'aac', '-b:a', '128k', `${path}.m4a`])
  await rm(`${path}.wav`)
  return { url: `${path}.m4a`, demuxer: 'mov', seconds: microphone.seconds }
}

/** The time of this process: other work on the machine does not count. */
async function measured(a: SyncSource, b: SyncSource): Promise<{ sync: SoundSync; cpu: number }> {
  const before = process.cpuUsage()
  const sync = await syncSound(a, b, () => {})
  const { user, system } = process.cpuUsage(before)
  return { sync, cpu: (user + system) / 1e6 }
}

/** Whether the landmarks of the second lead to the first, among all that were put in before. */
async function areCandidates(index: SoundIndex, a: SyncSource, b: SyncSource, name: string): Promise<boolean> {
  const print = (source: SyncSource) => printOf(readSound(source, LANDMARK_HERTZ, [{ from: 0, seconds: source.seconds }])[0]!)
  index.add(name, await print(a))
  return index.match(await print(b), 12).some(({ clip }) => clip === name)
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
const shareOf = (rows: readonly Row[], is: (row: Row) => boolean): string => `${rows.filter(is).length}/${rows.length}`
const cpuOf = (rows: readonly Row[]): string => (rows.reduce((sum, { cpu }) => sum + cpu, 0) / rows.length).toFixed(1)

function summary(name: string, rows: readonly Row[]): string[] {
  const errors = rows.flatMap(({ errorMs }) => errorMs ?? [])
  return [name, shareOf(rows, ({ errorMs }) => errorMs !== undefined), median(errors).toFixed(2), Math.max(...errors).toFixed(2), Math.max(...rows.map(({ driftPpm }) => driftPpm)).toFixed(1), Math.min(...rows.map(({ confidence }) => confidence)).toFixed(2), shareOf(rows, ({ isCandidate }) => isCandidate), cpuOf(rows)]
}

function wrongs(name: string, rows: readonly Row[]): string[] {
  return [name, shareOf(rows, ({ errorMs }) => errorMs !== undefined), shareOf(rows, ({ isCandidate }) => isCandidate), cpuOf(rows)]
}

const printRow = (cells: readonly string[]): void => { process.stdout.write(`| ${cells.join(' | ')} |\n`) }
function printHead(cells: readonly string[]): void {
  printRow(cells)
  process.stdout.write(`|${cells.map(() => '---|').join('')}\n`)
}

/** Two of an hour each, the second begun later, with noise, and with a clock that runs 62.5 ppm beside the first's; compared in a process as a node has it. */
async function hour(): Promise<void> {
  const laterSeconds = 123.456
  const raw = join(folder, 'scene.s16')
  await writeHour(raw, 3_600 + laterSeconds)
  const input = ['-v', 'error', '-f', 's16le', '-ac', '1', '-ar', String(SCENE_HERTZ), '-i', raw]
  await run('/usr/bin/ffmpeg', [...input, '-t', '3600', '-c:a', 'aac', join(folder, 'first.m4a')])
  const late = `atrim=start=${laterSeconds},asetpts=PTS-STARTPTS,asetrate=48003,aresample=48000[a];anoisesrc=r=48000:a=0.05:seed=7:d=3600[b];[a][b]amix=duration=first`
  await run('/usr/bin/ffmpeg', [...input, '-filter_complex', `[0]${late}`, '-c:a', 'aac', join(folder, 'second.m4a')])
  const [first, second] = ['first', 'second'].map((name) => ({ url: join(folder, `${name}.m4a`), demuxer: 'mov', seconds: 3_599 }))
  const { sync, seconds, megabytes } = await inProcess(first!, second!)
  const drift = 48_003 / 48_000 - 1
  const worst = sync.found ? Math.max(Math.abs(sync.offsetMs - laterSeconds * 1000), Math.abs(sync.offsetMs + 3_400_000 * sync.driftPpm / 1e6 - laterSeconds * 1000 - 3_400_000 * drift)) : Number.NaN
  printHead(['two of an hour', 'error ms, worst', 'drift ppm (62.5)', 'windows', 's', 'MB at most'])
  printRow(['speech, noise, AAC', worst.toFixed(2), sync.found ? sync.driftPpm.toFixed(2) : sync.reason, sync.found ? `${sync.agree}/${sync.windows}` : '–', seconds.toFixed(0), megabytes.toFixed(0)])
}

/** Minute by minute: all of it at once would be a gigabyte. */
async function writeHour(path: string, seconds: number): Promise<void> {
  const child = spawn('/bin/sh', ['-c', 'exec cat > "$0"', path], { stdio: ['pipe', 'ignore', 'inherit'] })
  for (let at = 0; at < seconds; at += 60) {
    const samples = speech(randomOf(9_500 + at), 60)
    const bytes = Buffer.alloc(samples.length * 2)
    samples.forEach((sample, i) => bytes.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(sample * 8_000))), i * 2))
    if (!child.stdin.write(bytes)) await once(child.stdin, 'drain')
  }
  child.stdin.end()
  await once(child, 'close')
}

async function inProcess(first: SyncSource, second: SyncSource): Promise<{ sync: SoundSync; seconds: number; megabytes: number }> {
  const child = fork(new URL('../../node/understanding/takes/sync-child.ts', import.meta.url), { serialization: 'advanced' })
  const started = performance.now()
  const { promise, resolve, reject } = Promise.withResolvers<SoundSync>()
  child.on('message', ({ made, failed }: { made?: SoundSync; failed?: string }) => { if (made !== undefined) resolve(made); else if (failed !== undefined) reject(new Error(failed)) })
  child.send({ first, second })
  const sync = await promise
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
  child.disconnect()
  return { sync, seconds: (performance.now() - started) / 1000, megabytes: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024 }
}

let files = 0
const folder = await mkdtemp(join(tmpdir(), 'thatdam-sync-'))
try {
  if (mode === 'hour') await hour()
  else await tables()
} finally {
  await rm(folder, { recursive: true, force: true })
}
