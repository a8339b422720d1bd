import { type Deck, MOST_RATE } from '../player/transport-keys.ts'

/** What of a media element is used. */
export type DeckElement = Pick<HTMLMediaElement, 'currentTime' | 'duration' | 'paused' | 'seeking' | 'playbackRate' | 'pause' | 'play'>

/** Calls until told to stop, with the ms since the last call. */
export type Beats = (beat: (elapsedMs: number) => void) => () => void

const everyPaint: Beats = (beat) => {
  let lastMs = performance.now()
  let request = requestAnimationFrame(function paint(nowMs) {
    request = requestAnimationFrame(paint)
    beat(nowMs - lastMs)
    lastMs = nowMs
  })
  return () => cancelAnimationFrame(request)
}

/** One media element, driven as an editor drives it; `element` is asked each time, since a copy may take the original's place. */
export class MediaDeck implements Deck {
  readonly #element: () => DeckElement | undefined
  readonly #beats: Beats
  /** Browsers play forwards only: backwards is seeking, by this many times the speed. */
  #backRate = 0
  #endBack: (() => void) | undefined

  constructor(element: () => DeckElement | undefined, beats: Beats = everyPaint) {
    this.#element = element
    this.#beats = beats
  }

  toggle(): void {
    if (this.#backRate > 0 || this.#element()?.paused === false) this.#stand()
    else this.#play(this.#element()?.playbackRate ?? 1)
  }

  pause(): void {
    this.#stand()
    const element = this.#element()
    if (element !== undefined) element.playbackRate = 1
  }

  shuttle(direction: 1 | -1): void {
    const element = this.#element()
    if (element === undefined) return
    const runs = direction === -1 ? this.#backRate : element.paused ? 0 : element.playbackRate
    const rate = runs === 0 ? 1 : Math.min(MOST_RATE, Math.max(1, runs) * 2)
    if (direction === 1) this.#play(rate)
    else this.#playBack(rate)
  }

  step(byMs: number): void {
    const element = this.#element()
    if (element !== undefined) this.#seek(element, element.currentTime + byMs / 1000)
  }

  frame(byMs: number): void {
    const element = this.#element()
    if (element === undefined) return
    this.pause()
    const length = Math.abs(byMs) / 1000
    const shown = Math.floor(element.currentTime / length + 1e-6)
    this.#seek(element, (Math.max(0, shown + Math.sign(byMs)) + 0.5) * length) // at its edge a browser may show the picture before
  }

  /** Goes back no more. */
  rest(): void {
    this.#endBack?.()
    this.#endBack = undefined
    this.#backRate = 0
  }

  #stand(): void {
    this.rest()
    this.#element()?.pause()
  }

  #play(rate: number): void {
    this.rest()
    const element = this.#element()
    if (element === undefined) return
    element.playbackRate = rate
    element.play().catch(() => undefined) // a pause came between
  }

  #playBack(rate: number): void {
    this.#stand()
    this.#backRate = rate
    let at = this.#element()?.currentTime ?? 0
    this.#endBack = this.#beats((elapsedMs) => {
      const element = this.#element()
      if (element === undefined || !element.paused || at <= 0) return this.rest() // its own controls may play it, too
      at = Math.max(0, at - rate * elapsedMs / 1000)
      if (!element.seeking) element.currentTime = at
    })
  }

  #seek(element: DeckElement, seconds: number): void {
    const backRate = this.#backRate
    element.currentTime = Math.max(0, Math.min(element.duration || 0, seconds))
    if (backRate > 0) this.#playBack(backRate)
  }
}
