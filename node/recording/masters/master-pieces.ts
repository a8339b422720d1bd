/** Into which pieces recordings are cut to be made masters of, and which comes next. Pure. */
import type { HourNote, MasterNote, RecordingPart, RecordingSession } from '#ring'
import { endOf } from '../part-selection.ts'

/** A master is made of at most about this much of a recording, in ms: it is in the library while the recording still runs. @default 600000 */
export const MASTER_PIECE_MS = 600_000
/** A piece that failed so often is not tried again. @default 6 */
export const MASTER_TRIES = 6
/** Pause before a piece that failed is tried again, in ms; doubled every time. @default 300000 */
export const MASTER_RETRY_MS = 300_000
/** Another node that said this long ago that it makes a piece does not make it any more, in ms. @default 300000 */
export const MASTER_STALE_MS = 300_000

/** Two pieces closer than this have nothing between them, in ms. */
const JOIN_MS = 1

export interface MasterPiece {
  readonly session: RecordingSession
  readonly parts: readonly RecordingPart[]
  readonly fromMs: number
  readonly toMs: number
}

/** Each piece begins with the first keyframe at or after its time, so that nothing is in two and nothing in none. The last one is there when the recording is `over`. */
export function piecesOf(session: RecordingSession, parts: readonly RecordingPart[], over: boolean, pieceMs = MASTER_PIECE_MS): MasterPiece[] {
  const pieces: MasterPiece[] = []
  for (let from = 0; from < parts.length;) {
    const untilMs = session.startMs + pieceMs * (Math.floor((parts[from]!.startMs - session.startMs) / pieceMs) + 1)
    const next = parts.findIndex((part, i) => i > from && part.key && part.startMs >= untilMs)
    if (next < 0 && !over) break
    const own = parts.slice(from, next < 0 ? parts.length : next)
    pieces.push({ session, parts: own, fromMs: own[0]!.startMs, toMs: endOf(own.at(-1)!) })
    from += own.length
  }
  return pieces
}

/** What nodes noted of one piece. */
export function notesOfPiece(notes: readonly HourNote[], { session, fromMs }: Pick<MasterPiece, 'session' | 'fromMs'>, format: MasterNote['format']): Array<MasterNote & Pick<HourNote, 'node'>> {
  return notes.flatMap(({ node, masters = [] }) => masters.filter((each) => each.session === session.session && each.fromMs === fromMs && each.format === format).map((each) => ({ ...each, node })))
}

/** Whether this node should make it now. `isAlive`: another node of that name is there. */
export function isDue(notes: ReturnType<typeof notesOfPiece>, { self, nowMs, isAlive }: { self: string; nowMs: number; isAlive: (node: HourNote['node']) => boolean }): boolean {
  if (notes.some(({ state }) => state === 'done')) return false
  if (notes.some(({ state, node, atMs }) => state === 'making' && node !== self && isAlive(node) && nowMs - atMs < MASTER_STALE_MS)) return false
  const failed = notes.filter(({ state }) => state === 'failed')
  return !isGivenUp(failed) && failed.every(({ atMs, tries }) => nowMs - atMs >= MASTER_RETRY_MS * 2 ** (tries - 1))
}

const isGivenUp = (failed: ReadonlyArray<Pick<MasterNote, 'tries'>>): boolean => failed.reduce((sum, { tries }) => sum + tries, 0) >= MASTER_TRIES

/** Up to there every piece of the recording is made or given up: nothing of it has to be looked at again. */
export function settledUntil(session: Pick<RecordingSession, 'session' | 'startMs'>, notes: readonly HourNote[], format: MasterNote['format']): number {
  const settled = notes.flatMap(({ masters = [] }) => masters)
    .filter((each) => each.session === session.session && each.format === format && (each.state === 'done' || (each.state === 'failed' && isGivenUp([each]))))
  let reachedMs = session.startMs
  for (const { fromMs, toMs } of settled.sort((a, b) => a.fromMs - b.fromMs)) if (fromMs <= reachedMs + JOIN_MS) reachedMs = Math.max(reachedMs, toMs)
  return reachedMs
}
