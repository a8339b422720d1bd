/**
 * Which of several streams under one payload type is taken. Our answer is without simulcast, so one encoding is what should come (RFC 8853 section 5.3.2);
 * who sends several layers all the same has the best of them taken, and the others are as if they had not been sent.
 */

/** For so long, in milliseconds, layers are compared before one is chosen. @default 500 */
export const COMPARE_MS = 500
/** The chosen stream has ended when others come and it did not for this long, in milliseconds. @default 1000 */
export const LAYER_SILENCE_MS = 1_000
/** Streams that are compared at most. @default 16 */
export const MAX_COMPARED = 16

export interface OneLayer {
  /** Whether this packet is of the stream that is taken. */
  takes(ssrc: number, bytes: number, nowMs: number): boolean
}

/** With `hasLayers` nothing is taken before it is known which layer has the most bytes, and so the best picture; else the first stream is the only one. */
export function oneLayer(hasLayers: boolean): OneLayer {
  let chosen: number | undefined
  let heardMs = 0
  let sinceMs: number | undefined
  const compared = new Map<number, number>()

  function choose(ssrc: number, bytes: number, nowMs: number): number | undefined {
    if (!hasLayers) return ssrc
    sinceMs ??= nowMs
    if (compared.size < MAX_COMPARED || compared.has(ssrc)) compared.set(ssrc, (compared.get(ssrc) ?? 0) + bytes)
    if (nowMs - sinceMs < COMPARE_MS) return undefined
    const [[best]] = [...compared].sort(([, a], [, b]) => b - a) as [[number, number]]
    compared.clear()
    sinceMs = undefined
    return best
  }

  return {
    takes(ssrc, bytes, nowMs) {
      if (chosen !== undefined && ssrc !== chosen && nowMs - heardMs > LAYER_SILENCE_MS) chosen = undefined
      if (chosen === undefined) {
        chosen = choose(ssrc, bytes, nowMs)
        heardMs = nowMs
      }
      if (ssrc !== chosen) return false
      heardMs = nowMs
      return true
    }
  }
}
