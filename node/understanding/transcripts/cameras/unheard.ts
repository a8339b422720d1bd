/** What of a recording was not listened to yet. Pure. */
import type { Span } from '../../subject.ts'

/** So much is listened to at once, in ms: found after that, and written down once. @default 120000 */
export const HEAR_MS = 120_000
/** What is shorter and was left between what was heard is nothing, in ms. @default 500 */
export const LEAST_MS = 500

/** What is to be listened to at once. */
export interface Unheard extends Span {
  /** Nothing follows that belongs to it: a line at its end is whole. */
  readonly isLast: boolean
}

/** Pieces of a recorded stretch, oldest first. While it grows, its end waits until it is long enough. */
export function unheard({ fromMs, toMs }: Span, heard: readonly Span[], isGrowing: boolean): Unheard[] {
  const pieces: Unheard[] = []
  let atMs = fromMs
  for (const { fromMs: from, toMs: to } of [...heard.toSorted((a, b) => a.fromMs - b.fromMs), { fromMs: toMs, toMs }]) {
    pieces.push(...piecesOf({ fromMs: atMs, toMs: Math.min(from, toMs) }))
    atMs = Math.max(atMs, to)
  }
  return pieces.filter((piece) => !isGrowing || piece.toMs < toMs || piece.toMs - piece.fromMs >= HEAR_MS).map((piece) => piece.toMs === toMs && isGrowing ? { ...piece, isLast: false } : piece)
}

function piecesOf({ fromMs, toMs }: Span): Unheard[] {
  const pieces: Unheard[] = []
  for (let atMs = fromMs; toMs - atMs >= LEAST_MS; atMs += HEAR_MS) pieces.push({ fromMs: atMs, toMs: Math.min(toMs, atMs + HEAR_MS), isLast: toMs - atMs <= HEAR_MS })
  return pieces
}
