/** Questions to a model whose answers are known: that its files are whole is not yet that it works here. */
import type { Ask, ModelToOpen } from '../inference/asks.ts'
import { FAMILIES } from '../inference/families.ts'
import type { Picture, Samples } from '../inference/inference.ts'
import { openModelProcess } from '../inference/model-process.ts'
import { paintFace, paintSign, paintWords } from '../inference/pictures/painted.ts'
import type { GoldenCase } from './models.ts'

const PICTURE = 'picture:'
const SOUND = 'sound:'
/** Sides of the golden pictures. */
const SIDE = 96
const RATE = 16_000

/** Made by code, the same everywhere. */
export const GOLDEN_PICTURES: Readonly<Record<string, Picture>> = Object.freeze({
  red: paint(() => [255, 0, 0]),
  slope: paint((x, y) => [Math.round((255 * x) / (SIDE - 1)), Math.round((255 * y) / (SIDE - 1)), 128]),
  board: paint((x, y) => ((Math.floor(x / 12) + Math.floor(y / 12)) % 2 === 0 ? [240, 240, 240] : [20, 20, 60]))
})
/** Of which it is known what is read and found in them; painted when they are asked for. */
export const PAINTED_PICTURES: Readonly<Record<string, () => Picture>> = Object.freeze({ words: paintWords, sign: paintSign, face: paintFace })
export const GOLDEN_SOUNDS: Readonly<Record<string, Samples>> = Object.freeze({
  silence: new Float32Array(2 * RATE),
  tone: Float32Array.from({ length: 2 * RATE }, (_, at) => 0.2 * Math.sin((2 * Math.PI * 440 * at) / RATE)),
  vowels: vowels()
})

/** Opens the model by itself, asks, and answers what is not as it should be. @throws the signal's reason */
export async function runGolden(cases: readonly GoldenCase[], model: ModelToOpen, signal: AbortSignal): Promise<string[]> {
  const process = await openModelProcess({ program: FAMILIES[model.family].program, model, signal })
  const findings: string[] = []
  try {
    for (const each of cases) {
      signal.throwIfAborted()
      const why = difference(each, await process.run(askOf(each), [inputOf(each)] as never).then(([output]) => plain(output), (err: Error) => err.message))
      if (why !== undefined) findings.push(`asked to ${each.task} of ${JSON.stringify(each.input.slice(0, 60))}, ${why}`)
    }
  } finally {
    await process.end()
  }
  return findings
}

function askOf({ task, input }: GoldenCase): Ask {
  return task === 'embed-pictures' && !input.startsWith(PICTURE) ? 'embed-queries' : task
}

function inputOf({ task, input }: GoldenCase): unknown {
  const found = input.startsWith(PICTURE) ? pictureNamed(input.slice(PICTURE.length)) : input.startsWith(SOUND) ? GOLDEN_SOUNDS[input.slice(SOUND.length)] : input
  if (found === undefined) throw new RangeError(`there is no golden ${input}`)
  return task === 'transcribe' ? { samples: found } : found
}

const pictureNamed = (name: string): Picture | undefined => GOLDEN_PICTURES[name] ?? PAINTED_PICTURES[name]?.()

/** A vector as its numbers; anything else as text: words, labels, spans, and `face` for each. */
function plain(output: unknown): readonly number[] | string {
  if (output instanceof Float32Array) return [...output]
  if (typeof output === 'string') return output
  const rows = (Array.isArray(output) ? output : (output as { segments?: unknown }).segments ?? []) as ReadonlyArray<{ text?: string; label?: string; fromMs?: number; toMs?: number }>
  return rows.map((row) => row.text ?? row.label ?? (row.fromMs === undefined ? 'face' : `${Math.round(row.fromMs)}-${Math.round(row.toMs ?? 0)}`)).join(' ')
}

function difference({ expected, tolerance }: GoldenCase, answer: readonly number[] | string): string | undefined {
  const [spans, heard] = [spansIn(expected), spansIn(answer)]
  if (spans !== undefined && heard?.length === spans.length && spans.every((ms, at) => Math.abs(ms - (heard[at] ?? 0)) <= tolerance)) return undefined
  if (typeof expected === 'string' || typeof answer === 'string') return answer === expected ? undefined : `it answers ${JSON.stringify(String(answer).slice(0, 120))}, not ${JSON.stringify(String(expected).slice(0, 120))}`
  const off = Math.max(0, ...expected.map((value, at) => Math.abs(value - (answer[at] ?? Number.NaN))))
  return off <= tolerance ? undefined : `its numbers differ by ${off.toPrecision(2)} where ${tolerance} is allowed`
}

function spansIn(text: readonly number[] | string): number[] | undefined {
  return typeof text === 'string' && /^\d+-\d+(?: \d+-\d+)*$/.test(text) ? text.split(/[- ]/).map(Number) : undefined
}

function paint(colour: (x: number, y: number) => readonly number[]): Picture {
  return { width: SIDE, height: SIDE, rgb: Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, at) => colour(Math.floor(at / 3) % SIDE, Math.floor(at / 3 / SIDE))[at % 3] ?? 0) }
}

/** A second of silence, then a throat that says vowels: pulses through the resonances of a mouth. */
function vowels(): Samples {
  const samples = new Float32Array(3 * RATE)
  for (const [hertz, width] of [[730, 90], [1_090, 110], [2_440, 160]] as const) resonate(samples, hertz, width)
  return samples.map((value) => Math.max(-1, Math.min(1, value)))
}

function resonate(samples: Float32Array, hertz: number, width: number): void {
  const radius = Math.exp((-Math.PI * width) / RATE)
  const turn = 2 * radius * Math.cos((2 * Math.PI * hertz) / RATE)
  let [before, last, phase] = [0, 0, 0]
  for (let at = RATE; at < samples.length; at++) {
    const seconds = at / RATE - 1
    phase += (120 + 15 * Math.sin(2 * Math.PI * 3 * seconds)) / RATE
    const pulse = phase >= 1 ? 1 : 0
    phase -= pulse
    const value = pulse + turn * last - radius * radius * before;
    [before, last] = [last, value]
    samples[at]! += 0.05 * value * Math.max(0, Math.sin(2 * Math.PI * 2 * seconds))
  }
}
