import type Hls from 'hls.js'

/** Wait before a stream that broke is begun anew, ms. @default 3000 */
export const HLS_RETRY_MS = 3000
/** Seconds kept behind the playhead. @default 10 */
const BACK_BUFFER_SECONDS = 10

/** Plays a camera's HLS in a video element until told to stop; whatever breaks is begun anew. Knows nothing of React. */
export class HlsPlayer {
  readonly #url: string
  readonly #video: HTMLVideoElement
  #hls: Hls | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #stopped = false

  constructor(url: string, video: HTMLVideoElement) {
    this.#url = url
    this.#video = video
  }

  start(): void { void this.#begin() }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#hls?.destroy()
    this.#video.removeAttribute('src')
  }

  async #begin(): Promise<void> {
    try {
      const { default: Library } = await import('hls.js/light') // loaded only where it is needed
      if (this.#stopped) return
      if (Library.isSupported()) this.#play(Library)
      else this.#video.src = this.#url // Safari plays HLS itself
    } catch {
      this.#again()
    }
  }

  #play(Library: typeof Hls): void {
    this.#hls?.destroy()
    const hls = new Library({ enableWorker: false, lowLatencyMode: true, backBufferLength: BACK_BUFFER_SECONDS, maxLiveSyncPlaybackRate: 1.1 }) // the page's policy allows no worker from a blob
    this.#hls = hls
    hls.on(Library.Events.ERROR, (_event, { fatal }) => {
      if (!fatal || this.#hls !== hls) return
      hls.destroy()
      this.#again()
    })
    hls.loadSource(this.#url)
    hls.attachMedia(this.#video)
    // Muted autoplay is allowed everywhere; the promise only rejects when the element is taken away.
    this.#video.play().catch(() => undefined)
  }

  #again(): void {
    clearTimeout(this.#timer)
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#begin(), HLS_RETRY_MS)
  }
}
