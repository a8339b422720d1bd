/** Pictures in, what moved in them out. Knows no files and no decoders, and no chance: the same pictures give the same answer. */
import type { Box } from '../analysis/analysis.ts'
import { FeatureTracker } from './features/feature-tracker.ts'
import type { FeatureTrack, Motion, MotionOptions, ObjectTrack, TrackPoint } from './motion.ts'
import type { SmallPicture } from './picture/frame.ts'
import { MotionEye } from './picture/motion-eye.ts'
import { isInside } from './picture/polygon.ts'
import { areaOf, footOf } from './tracks/boxes.ts'
import { Tracker } from './tracks/tracker.ts'
import { type Moment, stretchesOf, visitsOf } from './tracks/visits.ts'

/** A picture with single points to follow. */
export interface LumaPicture {
  readonly width: number
  readonly height: number
  readonly luma: Uint8Array
}

export type MotionFound = Pick<Motion, 'samples' | 'stretches' | 'tracks' | 'features' | 'notes'>

export class MotionFinder {
  readonly #options: MotionOptions
  readonly #tracker = new Tracker()
  readonly #features = new FeatureTracker()
  readonly #samples: Array<[atMs: number, share: number]> = []
  readonly #moments: Moment[] = []
  #eye: MotionEye | undefined
  #size = ''

  constructor(options: MotionOptions) {
    this.#options = options
  }

  /** A picture of those that are looked at for motion. Answers whether all of it is new. */
  look(atMs: number, picture: SmallPicture): boolean {
    const { share, boxes, isNew } = this.#eyeFor(picture).look(picture)
    if (isNew) this.#tracker.cut()
    this.#tracker.look(atMs, boxes)
    this.#samples.push([atMs, rounded(share)])
    if (boxes.length > 0) this.#moments.push({ atMs, share: rounded(share), zones: this.#zonesOf(boxes) })
    return isNew
  }

  /** Every picture of the film, when single points are followed. `isNew`: it is of another scene. */
  follow({ luma, width, height }: LumaPicture, isNew: boolean): void {
    if (isNew) this.#features.cut()
    this.#features.look(luma, width, height)
  }

  finish(): MotionFound {
    const tracks = this.#tracker.finish().map((points, i) => this.#trackOf(points, i + 1))
    const features = this.#features.finish()
    return { samples: this.#samples, stretches: stretchesOf(this.#moments), tracks, features: features.map(roundedFeature), notes: this.#notes() }
  }

  #notes(): string[] {
    return [
      ...this.#tracker.isFull ? ['more moved than is kept: some things are left out'] : [],
      ...this.#features.isFull ? ['points were followed until as many places were known as are kept, not to the end of the film'] : []
    ]
  }

  #trackOf(points: readonly TrackPoint[], id: number): ObjectTrack {
    return { id, bestMs: bestOf(points), zones: visitsOf(points, this.#options.zones), points: points.map(({ atMs, box, isSeen }) => ({ atMs, isSeen, box: box.map(rounded) as unknown as Box })) }
  }

  #zonesOf(boxes: readonly Box[]): string[] {
    return this.#options.zones.filter(({ polygon }) => boxes.some((box) => isInside(footOf(box), polygon))).map(({ name }) => name)
  }

  #eyeFor({ width, height }: SmallPicture): MotionEye {
    if (this.#eye === undefined || this.#size !== `${width}x${height}`) [this.#eye, this.#size] = [new MotionEye({ width, height }, this.#options), `${width}x${height}`]
    return this.#eye
  }
}

const rounded = (share: number): number => Math.round(share * 1e5) / 1e5
const roundedFeature = ({ id, first, places }: FeatureTrack): FeatureTrack => ({ id, first, places: places.map(([x, y]) => [Math.round(x * 1e6) / 1e6, Math.round(y * 1e6) / 1e6]) })

/** Large and away from the edges, where it is cut off. */
function bestOf(points: readonly TrackPoint[]): number {
  const isWhole = ([x, y, width, height]: Box): boolean => x > 0.01 && y > 0.01 && x + width < 0.99 && y + height < 0.99
  const score = ({ box, isSeen }: TrackPoint): number => areaOf(box) * (isWhole(box) ? 4 : 1) * Number(isSeen)
  return points.reduce((best, point) => score(point) > score(best) ? point : best).atMs
}
