import type { PartList, RecordingList, RecordingSpan } from '#protocols/http.ts'
import { ChunkNotFoundError, InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import type { CameraId, ChunkId } from '#protocols/ids.ts'
import { knownParts, type KnownParts, manifestLists, type RecordingPart, type RecordingSession, type Ring } from '#ring'
import { limiter } from '#ring/base/tasks.ts'
import { type CutMode, cutParts, SOUND_REACH_MS } from './cut/cut.ts'
import { createGroupEncoder, type GroupEncoder } from './cut/group-encoder.ts'
import { type Keyframe, keyframeOf } from './keyframe.ts'
import { type Mp4Range, mp4Range, withoutOverlap } from './mp4-range.ts'
import { endOf, gapsBetween, type PlacedPart, selectParts, unbrokenRuns } from './part-selection.ts'

/** Longest range played as one file, in milliseconds. @default 86400000 */
export const MAX_RANGE_MS = 86_400_000
/** A session without an end whose newest part is older than this, in milliseconds, is no longer growing. @default 20000 */
export const GROWING_MS = 20_000
/** Manifests and init segments kept in memory, at most about 36 KB each. @default 256 */
export const KEPT_CHUNKS = 256
/** Longest window of which every part is told, in ms. @default 3600000 */
export const MAX_PARTS_MS = 3_600_000
/** Ranges whose ends are cut at once: each holds some of its footage in memory. @default 2 */
export const CUTS_AT_ONCE = 2
/** Whether there is sound in a recording. */
export const hasSound = ({ codecs }: Pick<RecordingSession, 'codecs'>): boolean => codecs.endsWith(',opus')
/** Two moments closer than this, in milliseconds, are the same. */
const SAME_MS = 1
/** Parts begin this much earlier than a range at most: with the keyframe before it. */
const KEYFRAME_REACH_MS = 60_000

/** What was recorded, and any stretch of it as a file, on every node alike. */
export interface Recordings {
  /** Sessions that overlap the window, and the gaps between them. */
  list(camera: CameraId, fromMs: number, toMs: number): RecordingList
  /** End (Unix ms, rounded down) of the newest durable part that begins before `beforeMs`; undefined when nothing is recorded in the day before. */
  newestMs(camera: CameraId, beforeMs: number, session?: string): number | undefined
  /** Every part of a window by both clocks. @throws InvalidInputError for one of more than MAX_PARTS_MS */
  parts(camera: CameraId, fromMs: number, toMs: number): Promise<PartList>
  /**
   * A range as one MP4, from the keyframe at or before `fromMs`. @throws InvalidInputError, NotFoundError when nothing of it is recorded, ChunkNotFoundError when the lists of all of it are lost.
   * `session`: of this recording only, where several lie at the same time.
   */
  open(camera: CameraId, fromMs: number, toMs: number, session?: string): Promise<Mp4Range>
  /** The parts of a range that begin in it, for whoever has all before it. @throws as `open` */
  goOn(camera: CameraId, fromMs: number, toMs: number, session?: string): Promise<Mp4Range>
  /** A range that begins and ends where it was asked to. @throws as `open`, UnsupportedMediaError when an end can not be cut, OverloadedError */
  cut(camera: CameraId, fromMs: number, toMs: number, mode: CutMode, session?: string): Promise<Mp4Range>
  /** The newest keyframe at or before a moment, else the first of the minute after it. @throws InvalidInputError, NotFoundError */
  keyframe(camera: CameraId, atMs: number): Promise<Keyframe>
}

export function createRecordings({ ring, encoder = createGroupEncoder() }: { ring: Pick<Ring, 'catalog' | 'chunks' | 'membership'>; encoder?: GroupEncoder }): Recordings {
  const sessionsOf = (camera: CameraId, fromMs: number, toMs: number, only?: string): RecordingSession[] =>
    ring.catalog.index.recordings(camera, fromMs, toMs).filter(({ session, tail, manifest }) => (only === undefined || session === only) && (tail.length > 0 || manifest !== undefined))

  const kept = new Map<ChunkId, Uint8Array>()
  const mended = new Set<string>()
  const cutting = limiter(CUTS_AT_ONCE)

  /** Manifests and init segments: small, asked for with every byte range of a file, and never changing. */
  async function getSmall(id: ChunkId): Promise<Uint8Array> {
    const bytes = kept.get(id) ?? await ring.chunks.get(id)
    kept.delete(id)
    kept.set(id, bytes)
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT_CHUNKS) break
      kept.delete(oldest)
    }
    return bytes
  }

  function nameOf(session: RecordingSession): string {
    return ring.membership.members().find(({ peerId }) => peerId === session.node)?.name ?? session.node.slice(-8)
  }

  function spanOf(session: RecordingSession): RecordingSpan {
    const growing = session.ended === undefined && ring.membership.isAlive(session.node) && Date.now() - session.endMs < GROWING_MS
    const newest = session.tail.at(-1)
    return {
      session: session.session, startMs: session.startMs, endMs: session.endMs, bytes: session.bytes, node: nameOf(session), growing, ended: session.ended ?? null,
      ...(newest?.arrivedMs !== undefined && { arrivedMs: newest.arrivedMs, capturedMs: newest.startMs })
    }
  }

  /** What is known of a session's parts. Lists that were lost and are known by their spares are stored again. */
  async function partsOf(session: RecordingSession): Promise<KnownParts> {
    const known = await knownParts(session, getSmall)
    if (known.isMended && !mended.has(session.session)) {
      mended.add(session.session)
      storeLists(session, known.parts).catch(() => mended.delete(session.session))
    }
    return known
  }

  async function storeLists({ manifest, tail }: RecordingSession, parts: readonly RecordingPart[]): Promise<void> {
    const lists = manifestLists(parts.slice(0, parts.length - tail.length))
    if (lists.at(-1)!.id === manifest) for (const { bytes } of lists) await ring.chunks.put(bytes)
  }

  const chunks = { get: (id: ChunkId, options?: { signal?: AbortSignal }) => ring.chunks.get(id, options), getInit: getSmall }

  /** The parts of a range and what lies `reachMs` behind it; at least one of the range itself. */
  async function select(camera: CameraId, fromMs: number, toMs: number, { reachMs = 0, session: only }: { reachMs?: number; session?: string | undefined } = {}): Promise<PlacedPart[]> {
    checkRange(fromMs, toMs)
    if (toMs - fromMs > MAX_RANGE_MS) throw new InvalidInputError(`a range of more than ${MAX_RANGE_MS / 3_600_000} hours; ask for less`)
    const sessions = sessionsOf(camera, fromMs - KEYFRAME_REACH_MS, toMs + reachMs, only).filter((session) => session.endMs > fromMs)
    const known = await Promise.all(sessions.map(async (session) => ({ session, ...await partsOf(session) })))
    const placed = selectParts(known.flatMap(({ session, parts, missing }) => (missing === undefined ? [parts] : unbrokenRuns(parts)).map((run) => ({ session, parts: run }))), fromMs, toMs + reachMs)
    if (placed.length > 0) return placed
    const lost = known.find(({ missing }) => missing !== undefined)
    if (lost !== undefined) throw new ChunkNotFoundError(`what was recorded of ${camera} between ${iso(fromMs)} and ${iso(toMs)} can not be found: the list of its parts is lost, or on nodes that do not answer (${String(lost.missing)}). Start every node that may have it, or restore a backup`)
    throw nothing(camera, fromMs, toMs)
  }

  return {
    list(camera, fromMs, toMs) {
      checkRange(fromMs, toMs)
      const sessions = sessionsOf(camera, fromMs, toMs)
      return {
        camera, fromMs, toMs,
        spans: sessions.map(spanOf),
        gaps: gapsBetween(sessions, nameOf),
        hours: ring.catalog.index.recordedHours(camera)
      }
    },

    newestMs(camera, beforeMs, session) {
      const ends = sessionsOf(camera, beforeMs - MAX_RANGE_MS, beforeMs, session).map(({ endMs }) => endMs)
      return ends.length === 0 ? undefined : Math.floor(Math.max(...ends)) // down: the part that follows is not in a range that ends here
    },

    async parts(camera, fromMs, toMs) {
      checkRange(fromMs, toMs)
      if (toMs - fromMs > MAX_PARTS_MS) throw new InvalidInputError('a window of more than an hour; ask for less')
      const parts = await Promise.all(sessionsOf(camera, fromMs, toMs).map(async (each) => (await partsOf(each)).parts.map((part) => ({ ...part, session: each.session }))))
      const within = parts.flat().filter((part) => part.startMs < toMs && endOf(part) > fromMs).sort((a, b) => a.startMs - b.startMs)
      return { camera, fromMs, toMs, parts: within.map(({ session, startMs, arrivedMs = null, durationMs, bytes, key, copies }) => ({ session, startMs, arrivedMs, durationMs, bytes, key, copies })) }
    },

    async open(camera, fromMs, toMs, session) {
      return mp4Range(await select(camera, fromMs, toMs, { session }), chunks)
    },

    async goOn(camera, fromMs, toMs, session) {
      const placed = (await select(camera, fromMs, toMs, { session })).filter(({ part }) => part.startMs > fromMs - SAME_MS)
      if (placed.length === 0) throw nothing(camera, fromMs, toMs)
      return mp4Range(placed, chunks)
    },

    async cut(camera, fromMs, toMs, mode, session) {
      const selected = withoutOverlap(await select(camera, fromMs, toMs, { reachMs: SOUND_REACH_MS, session }))
      if (selected[0]!.part.startMs >= toMs) throw nothing(camera, fromMs, toMs)
      const { placed, made } = await cutting(() => cutParts(selected, { fromMs, toMs, mode }, { ...chunks, encoder }))
      if (placed.length === 0) throw nothing(camera, fromMs, toMs)
      return mp4Range(placed, chunks, made)
    },

    async keyframe(camera, atMs) {
      const placed = (await select(camera, atMs, atMs + 1).catch(() => select(camera, atMs, atMs + KEYFRAME_REACH_MS)))[0]!
      return keyframeOf(placed, chunks)
    }
  }
}

const nothing = (camera: CameraId, fromMs: number, toMs: number): NotFoundError => new NotFoundError(`nothing of ${camera} is recorded between ${iso(fromMs)} and ${iso(toMs)}`)

const iso = (ms: number): string => new Date(ms).toISOString()

function checkRange(fromMs: number, toMs: number): void {
  const sane = (ms: number): boolean => Number.isFinite(ms) && ms >= 0 && ms < 8.64e15
  if (!sane(fromMs) || !sane(toMs) || fromMs >= toMs) throw new InvalidInputError('the range needs a from that lies before its to')
}
