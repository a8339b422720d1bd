/** The RTP header extension that says how long a browser may hold a picture back (http://www.webrtc.org/experiments/rtp-hdrext/playout-delay). */
import type { Section } from './sdp.ts'

export const PLAYOUT_DELAY = 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay'
/** Identifiers of one-byte headers (RFC 8285 section 4.2). */
const MAX_ID = 14

/** The identifier a section gives it; undefined when it has none, or one that only longer headers can carry. */
export function playoutDelayId({ lines }: Section): number | undefined {
  for (const line of lines) {
    const [, id, uri] = /^a=extmap:(\d{1,5})(?:\/\w+)? (\S+)/.exec(line) ?? []
    if (uri === PLAYOUT_DELAY && Number(id) >= 1 && Number(id) <= MAX_ID) return Number(id)
  }
  return undefined
}

/** What follows the fixed header of every packet that asks to be shown at once: 0 at least and 0 at most. */
export const shownAtOnce = (id: number): Uint8Array => Uint8Array.of(0xbe, 0xde, 0, 1, (id << 4) | 2, 0, 0, 0)
