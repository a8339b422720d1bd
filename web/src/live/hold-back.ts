/** On a shorter way there and back, ms, what was lost is repaired before it shows. @default 100 */
export const LONG_ROUND_TRIP_MS = 100
/** So many readings are remembered, one a second. @default 10 */
export const READINGS_REMEMBERED = 10
/** When packets were asked for again in so many of them, pictures wait for repairs: once is no line that loses. @default 3 */
export const LOSSES_TO_HIDE = 3
/** A repair takes the way there and back, and so much more, ms. @default 100 */
export const REPAIR_MS = 100
/** Pictures never wait for longer than this, ms. @default 500 */
export const MAX_HELD_BACK_MS = 500
/** The line is never the same: what is waited changes in steps of so many ms. */
const STEP_MS = 50

/** What is known of a line: requests for lost packets so far, and how long it takes there and back. */
export interface Line { readonly nacks: number; readonly roundTripMs: number | null }

/**
 * How long pictures are to wait in the browser, ms, at each reading of its counters. A browser that only receives does not learn how long a
 * repair takes: it waits for as long as packets jitter, and on a long line stands still at each that was lost.
 */
export function holdBack(): (line: Line) => number {
  let lastNacks = 0
  let losses: boolean[] = []
  return ({ nacks, roundTripMs }) => {
    losses = [...losses, nacks > lastNacks].slice(-READINGS_REMEMBERED)
    lastNacks = nacks
    const isLossy = losses.filter(Boolean).length >= LOSSES_TO_HIDE
    if (!isLossy || roundTripMs === null || roundTripMs < LONG_ROUND_TRIP_MS) return 0
    return Math.min(MAX_HELD_BACK_MS, Math.ceil((roundTripMs + REPAIR_MS) / STEP_MS) * STEP_MS)
  }
}

/** Has what a connection receives wait for so long, sound and picture alike, where the browser can. */
export function waitFor(peer: Pick<RTCPeerConnection, 'getReceivers'>, ms: number): void {
  for (const receiver of peer.getReceivers()) {
    if ('jitterBufferTarget' in receiver && receiver.jitterBufferTarget !== ms) receiver.jitterBufferTarget = ms
  }
}
