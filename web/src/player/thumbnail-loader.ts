/** Pictures under the pointer: the wanted one first, its neighbours after it, never many at once; knows nothing of React. */
import { API } from '../api/client.ts'

/** Pictures fetched at once. @default 3 */
const AT_ONCE = 3
/** Least time between two requests, ms: a node gives one address forty a second. @default 40 */
const CALM_MS = 40
/** A picture that could not be had is asked for again after this, ms. @default 5000 */
const RETRY_MS = 5000
/** Pictures that are remembered as loaded. @default 400 */
const REMEMBERED = 400
/** Neighbours fetched on either side. @default 4 */
export const NEIGHBOURS = 4

export type ThumbnailWidth = 120 | 240 | 480

export function thumbnailUrl(camera: string, atMs: number, width: ThumbnailWidth = 240): string {
  return `${API}/cameras/${encodeURIComponent(camera)}/thumbnail?at=${Math.round(atMs)}&width=${width}`
}

export class ThumbnailLoader {
  readonly #loaded = new Set<string>()
  readonly #failed = new Map<string, number>()
  readonly #onLoaded: () => void
  #wanted: readonly string[] = []
  #loading = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #lastMs = -Infinity

  constructor(onLoaded: () => void) {
    this.#onLoaded = onLoaded
  }

  has(url: string): boolean {
    return this.#loaded.has(url)
  }

  /** What to load from now on, the most wanted first; what was wanted before and has not begun is forgotten. */
  want(urls: readonly string[]): void {
    this.#wanted = urls
    this.#next()
  }

  close(): void {
    this.#wanted = []
    clearTimeout(this.#timer)
  }

  #next(): void {
    const url = this.#wanted.find((each) => !this.#loaded.has(each) && performance.now() - (this.#failed.get(each) ?? -Infinity) > RETRY_MS && !this.#loading.has(each))
    if (url === undefined || this.#loading.size >= AT_ONCE || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#load(url)
      this.#next()
    }, Math.max(0, this.#lastMs + CALM_MS - performance.now()))
  }

  #load(url: string): void {
    if (this.#loading.has(url) || this.#loaded.has(url)) return
    this.#lastMs = performance.now()
    this.#loading.add(url)
    const image = new Image()
    image.src = url
    image.decode().then(() => this.#loaded.add(url), () => this.#failed.set(url, performance.now())).finally(() => {
      this.#loading.delete(url)
      for (const known of [this.#loaded, this.#failed]) for (const oldest of known.keys()) if (known.size > REMEMBERED) known.delete(oldest)
      this.#onLoaded()
      this.#next()
    })
  }
}
