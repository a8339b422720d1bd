/** Films whose shots are known: drawn by seed, encoded by the FFmpeg of this machine. Scenes have texture, moving things, a moving camera and grain; between their cuts, dissolves and fades something happens that is none. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Random, randomOf } from './random.ts'

export const FILM_WIDTH = 320
export const FILM_HEIGHT = 180
export const FILM_RATE = 25
const [W, H] = [FILM_WIDTH, FILM_HEIGHT]
const BYTES = W * H * 3
const TEXTURE = 512

export type Transition = 'cut' | 'dissolve' | 'fade'
export type Distraction = 'flash' | 'lower third' | 'exposure' | 'whip pan' | 'passer-by'

/** Pictures from..to, the first picture of the next shot being `to`; a cut has both at once. */
export interface ShotTruth { readonly type: Transition; readonly from: number; readonly to: number }
export interface FilmTruth {
  readonly frames: number
  readonly shots: readonly ShotTruth[]
  readonly distractions: ReadonlyArray<{ readonly type: Distraction; readonly from: number; readonly to: number }>
}

export interface FilmInit {
  readonly seed: number
  readonly shots: number
  /** @default all, in turns by the seed */
  readonly transitions?: readonly Transition[]
  /** @default true */
  readonly distracted?: boolean
}

type Draw = (frame: number, into: Buffer) => void
interface Shot { readonly length: number; readonly draw: Draw }

export async function writeShotFilm(path: string, { seed, shots, transitions = ['cut', 'cut', 'cut', 'dissolve', 'fade'], distracted = true }: FilmInit): Promise<FilmTruth> {
  const random = randomOf(seed)
  const encoder = spawn('/usr/bin/ffmpeg', ['-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${W}x${H}`, '-r', String(FILM_RATE), '-i', '-', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '25', '-g', '250', '-pix_fmt', 'yuv420p', path], { stdio: ['pipe', 'inherit', 'inherit'] })
  const truth = { frames: 0, shots: [] as ShotTruth[], distractions: [] as Array<FilmTruth['distractions'][number]> }
  const write = async (picture: Buffer): Promise<void> => {
    truth.frames++
    if (!encoder.stdin.write(picture)) await once(encoder.stdin, 'drain')
  }
  let palette = paletteBy(random)
  let [shot, skipped] = [shotBy(random, palette), 0]
  for (let i = 1; i <= shots; i++) {
    if (random() > 0.25) palette = paletteBy(random)
    const next = i < shots ? shotBy(random, palette) : undefined
    const type = transitions[Math.floor(random() * transitions.length)] ?? 'cut'
    const mixed = next === undefined || type === 'cut' ? 0 : type === 'dissolve' ? 10 + Math.floor(random() * 32) : 8 + Math.floor(random() * 12)
    const end = shot.length - mixed
    const happening = distracted && i % 2 === 0 ? distractionBy(random, skipped, end) : undefined
    if (happening !== undefined) truth.distractions.push({ type: happening.type, from: truth.frames + happening.from - skipped, to: truth.frames + happening.to - skipped })
    for (let frame = skipped; frame < end; frame++) await write(drawn(shot, frame, happening))
    if (next === undefined) break
    const from = truth.frames
    if (type === 'dissolve') for (let at = 0; at < mixed; at++) await write(blend(drawn(shot, end + at), drawn(next, at), (at + 0.5) / mixed))
    if (type === 'fade') await fade(write, shot, next, end, mixed, Math.floor(random() * 12))
    truth.shots.push({ type, from, to: truth.frames })
    skipped = mixed
    shot = next
  }
  encoder.stdin.end()
  await once(encoder, 'close')
  return truth
}

async function fade(write: (picture: Buffer) => Promise<void>, shot: Shot, next: Shot, end: number, length: number, black: number): Promise<void> {
  for (let at = 0; at < length; at++) await write(lit(drawn(shot, end + at), 1 - (at + 1) / length))
  for (let at = 0; at < black; at++) await write(Buffer.alloc(BYTES))
  for (let at = 0; at < length; at++) await write(lit(drawn(next, at), (at + 1) / length))
}

interface Happening { readonly type: Distraction; readonly from: number; readonly to: number; readonly strength: number }

/** Somewhere in the middle of a shot, if it is long enough. */
function distractionBy(random: Random, first: number, end: number): Happening | undefined {
  const all: readonly Distraction[] = ['flash', 'lower third', 'exposure', 'whip pan', 'passer-by']
  const type = all[Math.floor(random() * all.length)]!
  const length = { flash: 1 + Math.floor(random() * 3), 'lower third': 30, exposure: 16, 'whip pan': 12, 'passer-by': 20 }[type]
  const from = first + 26 + Math.floor(random() * 8)
  return end - from - length < 26 ? undefined : { type, from, to: from + length, strength: random() }
}

function drawn({ draw }: Shot, frame: number, happening?: Happening): Buffer {
  const picture = Buffer.alloc(BYTES)
  const isNow = happening !== undefined && frame >= happening.from && frame < happening.to
  const whip = isNow && happening.type === 'whip pan' ? Math.min(frame - happening.from, happening.to - frame) * 24 : 0
  draw(frame, picture)
  if (whip > 0) shift(picture, whip)
  if (happening !== undefined && frame >= happening.from && happening.type === 'exposure') light(picture, 1 + (happening.strength - 0.4) * Math.min(1, (frame - happening.from) / 16))
  if (isNow && happening.type === 'flash') for (let i = 0; i < BYTES; i++) picture[i] = Math.min(255, picture[i]! * 0.5 + 110 + happening.strength * 60)
  if (isNow && happening.type === 'lower third') lowerThird(picture)
  if (isNow && happening.type === 'passer-by') bar(picture, Math.round(((frame - happening.from) / (happening.to - happening.from)) * (W + 120)) - 120, 120, Math.floor(happening.strength * 200))
  return picture
}

function lowerThird(picture: Buffer): void {
  for (let y = 140; y < 172; y++) for (let x = 20; x < 300; x++) picture.fill(y > 150 && y < 162 && (x >> 2) % 3 === 0 && x < 220 ? 20 : 235, (y * W + x) * 3, (y * W + x) * 3 + 3)
}

function bar(picture: Buffer, left: number, width: number, grey: number): void {
  const [from, to] = [Math.max(0, left), Math.min(W, left + width)]
  if (from < to) for (let y = 0; y < H; y++) picture.fill(grey, (y * W + from) * 3, (y * W + to) * 3)
}

function shift(picture: Buffer, by: number): void {
  const before = Buffer.from(picture)
  for (let y = 0; y < H; y++) for (let x = 0; x < W; x++) before.copy(picture, (y * W + x) * 3, (y * W + ((x + by) % W)) * 3, (y * W + ((x + by) % W)) * 3 + 3)
}

function light(picture: Buffer, by: number): Buffer {
  for (let i = 0; i < BYTES; i++) picture[i] = Math.min(255, picture[i]! * by)
  return picture
}
const lit = light

function blend(one: Buffer, other: Buffer, share: number): Buffer {
  for (let i = 0; i < BYTES; i++) one[i] = one[i]! * (1 - share) + other[i]! * share
  return one
}

type Rgb = readonly [number, number, number]

function paletteBy(random: Random): Rgb[] {
  const level = 0.35 + random() * 0.65
  return Array.from({ length: 3 }, () => [random() * 235 * level, random() * 235 * level, random() * 235 * level] as const)
}

/** Texture under a moving camera, with things that move before it, and grain. */
function shotBy(random: Random, palette: readonly Rgb[]): Shot {
  const length = 55 + Math.floor(random() * 70)
  const ground = textureBy(random, palette)
  const [x0, y0] = [random() * TEXTURE, random() * TEXTURE]
  const speed = random() < 0.3 ? 0 : random() * 2.5
  const angle = random() * 6.28
  const things = Array.from({ length: Math.floor(random() * 5) }, () => ({ x: random() * W, y: random() * H, dx: (random() - 0.5) * 5, dy: (random() - 0.5) * 3, size: 8 + random() * 34, colour: [random() * 255, random() * 255, random() * 255] as Rgb }))
  const shake = random() * 1.2
  const grain = Array.from({ length: 1024 }, () => (random() - 0.5) * 14)
  return { length, draw: (frame, into) => {
    const left = Math.floor(x0 + Math.cos(angle) * speed * frame + Math.sin(frame * 0.9) * shake + TEXTURE * 8)
    const top = Math.floor(y0 + Math.sin(angle) * speed * frame + Math.cos(frame * 0.7) * shake + TEXTURE * 8)
    const noise = Math.imul(frame + 1, 2_654_435_761) >>> 0
    for (let y = 0, at = 0; y < H; y++) {
      const row = ((top + y) & (TEXTURE - 1)) * TEXTURE
      for (let x = 0; x < W; x++, at += 3) {
        const from = (row + ((left + x) & (TEXTURE - 1))) * 3
        const speck = grain[(Math.imul(at, 40_503) + noise >>> 8) & 1023]!
        into[at] = clamp(ground[from]! + speck)
        into[at + 1] = clamp(ground[from + 1]! + speck)
        into[at + 2] = clamp(ground[from + 2]! + speck)
      }
    }
    for (const { x, y, dx, dy, size, colour } of things) disc(into, x + dx * frame, y + dy * frame, size, colour)
  } }
}

const clamp = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value)

function disc(into: Buffer, cx: number, cy: number, size: number, [r, g, b]: Rgb): void {
  const [x, y] = [((cx % (W + 80)) + W + 80) % (W + 80) - 40, ((cy % (H + 80)) + H + 80) % (H + 80) - 40]
  for (let dy = Math.max(0, Math.ceil(y - size)); dy < Math.min(H, y + size); dy++) {
    const half = Math.sqrt(Math.max(0, size * size - (dy - y) ** 2))
    for (let dx = Math.max(0, Math.ceil(x - half)); dx < Math.min(W, x + half); dx++) {
      const at = (dy * W + dx) * 3
      into[at] = r
      into[at + 1] = g
      into[at + 2] = b
    }
  }
}

/** Smooth noise of several sizes, coloured by a palette; it joins at its edges. */
function textureBy(random: Random, palette: readonly Rgb[]): Uint8Array {
  const height = new Float32Array(TEXTURE * TEXTURE)
  for (let cells = 2 + Math.floor(random() * 4), weight = 1; cells <= 128; cells *= 2, weight *= 0.55) addNoise(height, random, cells, weight)
  const [least, most] = height.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity])
  const texture = new Uint8Array(TEXTURE * TEXTURE * 3)
  const steps = random() < 0.5 ? 0 : 3 + Math.floor(random() * 4)
  for (let i = 0; i < height.length; i++) {
    const smooth = (height[i]! - least) / (most - least)
    const value = steps === 0 ? smooth : Math.floor(smooth * steps) / steps
    const [from, to, share] = value < 0.5 ? [palette[0]!, palette[1]!, value * 2] : [palette[1]!, palette[2]!, value * 2 - 1]
    for (let c = 0; c < 3; c++) texture[i * 3 + c] = from[c]! + (to[c]! - from[c]!) * share
  }
  return texture
}

function addNoise(height: Float32Array, random: Random, cells: number, weight: number): void {
  const corners = Float32Array.from({ length: cells * cells }, () => random())
  const size = TEXTURE / cells
  const smooth = (share: number): number => share * share * (3 - 2 * share)
  for (let y = 0; y < TEXTURE; y++) {
    const [row, v] = [Math.floor(y / size), smooth((y / size) % 1)]
    for (let x = 0; x < TEXTURE; x++) {
      const [column, u] = [Math.floor(x / size), smooth((x / size) % 1)]
      const corner = (dx: number, dy: number): number => corners[((row + dy) % cells) * cells + ((column + dx) % cells)]!
      height[y * TEXTURE + x]! += weight * ((corner(0, 0) * (1 - u) + corner(1, 0) * u) * (1 - v) + (corner(0, 1) * (1 - u) + corner(1, 1) * u) * v)
    }
  }
}
