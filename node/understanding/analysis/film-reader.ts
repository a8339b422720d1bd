/** From the pictures of a film, one after the other, to what is known of it: scenes, and the pictures that stand for them. Pure; it holds a few seconds of features and what was chosen. */
import type { Picture } from '../inference/inference.ts'
import type { Analysis, Cut, KeyPicture, Scene } from './analysis.ts'
import { type Candidate, KEY_EVERY_MS, PictureChoice } from './pictures/choose-pictures.ts'
import { measurePicture, scoreOf } from './pictures/measure-picture.ts'
import { rounded } from './pictures/rounded.ts'
import { cellShare } from './shots/frame-distance.ts'
import { createFeatureReader, type FrameFeatures, SMALL_HEIGHT, SMALL_WIDTH } from './shots/frame-features.ts'
import { type Boundary, SETTLES_AFTER, ShotDetector } from './shots/shot-detector.ts'

/** A picture is measured so often, in ms. @default 500 */
export const MEASURE_EVERY_MS = 500
/** After a picture that differs by so much of 255 one is measured soon: it may be a cut. @default 12 */
export const MEASURE_AFTER_DIFFERENCE = 12
/** …so many pictures later. @default 3 */
export const MEASURE_AFTER_PICTURES = 3
/** Scenes and key pictures of one film at most; a film of hours gets fewer per minute. */
export const MAX_SCENES = 8_000
export const MAX_PICTURES = 10_000
/** Key pictures that a long film is planned to have. @default 5000 */
export const PLANNED_PICTURES = 5_000
/** A picture so near to a dissolve shows two shots, in ms. @default 400 */
export const MIXED_MS = 400

export interface FilmReaderInit {
  /** As the film says. */
  readonly durationMs: number
  /** Of the picture, upright. */
  readonly hash: (picture: Picture) => string
}

type Measured = Candidate & Omit<KeyPicture, 'scene'>
interface OpenScene { readonly fromMs: number; readonly begins: Cut; readonly choice: PictureChoice<Measured>; fallback: Small | undefined }
interface Small { readonly features: FrameFeatures; readonly rgb: Uint8Array }

export class FilmReader {
  readonly #init: FilmReaderInit
  readonly #everyMs: number
  readonly #features = createFeatureReader()
  readonly #detector = new ShotDetector()
  readonly #recent: Small[] = []
  #boundaries: Boundary[] = []
  #waiting: Measured[] = []
  #lastMeasured: { readonly atMs: number; readonly cells: Float32Array } | undefined
  #measureIn = 0
  #lastMs = 0
  readonly #pictures: KeyPicture[] = []
  readonly #scenes: Scene[] = []
  #open: OpenScene | undefined

  constructor(init: FilmReaderInit) {
    this.#init = init
    this.#everyMs = Math.max(KEY_EVERY_MS, init.durationMs / PLANNED_PICTURES)
  }

  get count(): number { return this.#detector.count }

  /** The next picture, `SMALL_WIDTH` x `SMALL_HEIGHT`; `large` is asked for when it is to be measured. */
  push(rgb: Uint8Array, stride: number, atMs: number, large: () => Picture | undefined): void {
    const features = this.#features(rgb, stride, atMs)
    this.#lastMs = atMs
    this.#open ??= this.#begin(0, 'start')
    this.#recent.push({ features, rgb: packed(rgb, stride) })
    this.#boundaries.push(...this.#detector.push(features))
    if (this.#isDue(features)) this.#measure(features, large() ?? smallPicture(this.#recent.at(-1)!))
    if (this.#recent.length > SETTLES_AFTER) this.#settle(this.#recent.shift()!)
  }

  /** @throws Error when there was no picture */
  end(): Analysis {
    this.#boundaries.push(...this.#detector.end())
    for (let small = this.#recent.shift(); small !== undefined; small = this.#recent.shift()) this.#settle(small)
    if (this.#open === undefined) throw new Error('the file is damaged: none of its pictures decode')
    const durationMs = Math.round(this.#init.durationMs > 0 ? Math.max(this.#init.durationMs, this.#lastMs) : this.#lastMs)
    this.#close(durationMs)
    return { durationMs, pictures: this.#pictures, scenes: this.#scenes }
  }

  #isDue({ diff, atMs }: FrameFeatures): boolean {
    if (diff > MEASURE_AFTER_DIFFERENCE) this.#measureIn = MEASURE_AFTER_PICTURES
    else if (this.#measureIn > 0 && --this.#measureIn === 0) return true
    return this.#lastMeasured === undefined || atMs - this.#lastMeasured.atMs >= MEASURE_EVERY_MS
  }

  #measure({ atMs, cells }: FrameFeatures, picture: Picture): void {
    const measures = measurePicture(picture)
    const motion = this.#lastMeasured === undefined ? 0 : rounded(cellShare(this.#earlier(atMs), cells))
    this.#lastMeasured = { atMs, cells }
    this.#waiting.push({ atMs: Math.round(atMs), cells, ...measures, motion, score: scoreOf(measures, motion), hash: this.#init.hash(picture) })
  }

  /** Half a second ago, or as near to it as is held. */
  #earlier(atMs: number): Float32Array {
    const found = this.#recent.find(({ features }) => features.atMs >= atMs - MEASURE_EVERY_MS) ?? this.#recent.at(-1)
    return found!.features.cells
  }

  /** Nothing new will be told of this picture: it belongs to the scene that is open, or begins the next. */
  #settle(small: Small): void {
    const { atMs } = small.features
    const boundary = this.#boundaries.filter((one) => one.atMs <= atMs).sort((a, b) => a.atMs - b.atMs)
    if (boundary.length > 0) {
      this.#boundaries = this.#boundaries.filter((one) => one.atMs > atMs)
      for (const { begins, atMs: fromMs } of boundary) this.#next(Math.round(fromMs), begins)
    }
    const open = this.#open!
    open.fallback ??= small
    for (; this.#waiting[0] !== undefined && this.#waiting[0].atMs <= Math.round(atMs); this.#waiting.shift()) if (!this.#isMixed(this.#waiting[0])) open.choice.take(this.#waiting[0])
  }

  #isMixed({ atMs }: Measured): boolean {
    const { begins, fromMs } = this.#open!
    return (begins !== 'start' && begins !== 'cut' && atMs < fromMs + MIXED_MS) || this.#boundaries.some((next) => next.begins !== 'cut' && atMs > next.atMs - MIXED_MS)
  }

  #begin(fromMs: number, begins: Cut): OpenScene {
    return { fromMs, begins, choice: new PictureChoice<Measured>(fromMs, this.#everyMs), fallback: undefined }
  }

  #next(fromMs: number, begins: Cut): void {
    if (this.#scenes.length >= MAX_SCENES - 1 || fromMs <= this.#open!.fromMs) return
    this.#close(fromMs)
    this.#open = this.#begin(fromMs, begins)
  }

  #close(toMs: number): void {
    const { fromMs, begins, choice, fallback } = this.#open!
    const room = Math.max(1, MAX_PICTURES - this.#pictures.length - (MAX_SCENES - this.#scenes.length))
    const chosen = choice.end().slice(0, room)
    const from = this.#pictures.length
    const pictures = chosen.length > 0 ? chosen : fallback === undefined ? [] : [this.#measureSmall(fallback)]
    if (pictures.length === 0) return
    for (const { cells: _cells, ...picture } of pictures) this.#pictures.push({ ...picture, motion: picture.atMs - fromMs < MEASURE_EVERY_MS ? 0 : picture.motion, scene: this.#scenes.length })
    const hero = pictures.reduce((best, { score }, i) => (score > pictures[best]!.score ? i : best), 0)
    this.#scenes.push({ fromMs, toMs, begins, pictures: [from, this.#pictures.length], hero: from + hero })
  }

  /** A scene too short for a measured picture. */
  #measureSmall(small: Small): Measured {
    const picture = smallPicture(small)
    const measures = measurePicture(picture)
    return { atMs: Math.round(small.features.atMs), cells: small.features.cells, ...measures, motion: 0, score: scoreOf(measures, 0), hash: this.#init.hash(picture) }
  }
}

const smallPicture = ({ rgb }: Small): Picture => ({ width: SMALL_WIDTH, height: SMALL_HEIGHT, rgb })

function packed(rgb: Uint8Array, stride: number): Uint8Array {
  const lines = new Uint8Array(SMALL_WIDTH * SMALL_HEIGHT * 3)
  for (let y = 0; y < SMALL_HEIGHT; y++) lines.set(rgb.subarray(y * stride, y * stride + SMALL_WIDTH * 3), y * SMALL_WIDTH * 3)
  return lines
}
