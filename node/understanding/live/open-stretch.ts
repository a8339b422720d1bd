import type { CameraId } from '#protocols/ids.ts'
import type { SpaceId } from '../space.ts'
import type { SeenPicture, SeenStretch } from './seen-stretch.ts'

/** What is seen of one camera and not written down yet; of one vector space and one hour. */
export class OpenStretch {
  readonly #camera: CameraId
  readonly #space: SpaceId | undefined
  #pictures: SeenPicture[] = []
  #toMs = 0

  constructor(camera: CameraId, space: SpaceId | undefined) {
    this.#camera = camera
    this.#space = space
  }

  get space(): SpaceId | undefined { return this.#space }
  get fromMs(): number { return this.#pictures[0]?.atMs ?? 0 }
  get isEmpty(): boolean { return this.#pictures.length === 0 }

  add(picture: SeenPicture): void {
    this.#pictures.push(picture)
    this.until(picture.atMs)
  }

  /** The newest picture still stands for what is before the camera. */
  until(atMs: number): void {
    this.#toMs = Math.max(this.#toMs, atMs)
  }

  seen(): SeenStretch {
    const dimensions = this.#pictures.find(({ vector }) => vector !== undefined)?.vector?.length ?? 0
    return { camera: this.#camera, fromMs: this.fromMs, toMs: this.#toMs, space: dimensions === 0 ? undefined : this.#space, dimensions, pictures: this.#pictures }
  }
}
