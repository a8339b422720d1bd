import { type CameraId, partitionOfCamera } from '#protocols/ids.ts'
import type { HourNote, Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { createLibraryLook } from '../../library/library-look.ts'
import { HEARD, LIVE, type MomentIndex, type SubjectEntries } from '../index/entries.ts'
import { Filled, indexedPartitions, keepsIndex } from '../index/filled.ts'
import type { NodeIndex } from '../index/node-index.ts'
import type { Subject } from '../subject.ts'
import { apart, type HeardNotes, heardReading } from '../transcripts/cameras/heard-notes.ts'
import type { SeenBlobs } from './seen-blobs.ts'
import { entriesOfSeen, seenReading, spanOfReading } from './seen-stretch.ts'

/** All notes of all cameras are compared with the index this often, in ms, and whenever a node comes or goes. @default 3600000 */
export const NOTES_LOOK_MS = 3_600_000
/** When a camera's notes change, those of so long ago are compared, in ms: older ones seldom do. @default 7200000 */
export const NOTES_RECENT_MS = 2 * 3_600_000
const DAY_MS = 86_400_000

export interface NotesKeeperComponents {
  readonly ring: Pick<Ring, 'self'> & {
    readonly placement: Pick<Ring['placement'], 'targets' | 'owners'>
    readonly catalog: Pick<Ring['catalog'], 'cameras' | 'recordingsChanged' | 'unindexed' | 'layoutChanged'> & { readonly index: Pick<Ring['catalog']['index'], 'assets' | 'notes' | 'hourSizes'> }
    readonly membership: Pick<Ring['membership'], 'changed'>
  }
  readonly seen: Pick<SeenBlobs, 'read'>
  readonly heard: Pick<HeardNotes, 'entriesOf'>
  readonly index: Pick<MomentIndex, 'put' | 'remove' | 'readings'> & Partial<Pick<NodeIndex, 'emptied'>>
  readonly log: Logger
}

/** Tells the index of this node what was seen and heard of the cameras it owns, whoever saw or heard it. */
export interface NotesKeeper extends Startable {
  /** Of which partitions the index has everything that was seen and heard of cameras. */
  readonly filled: Pick<Filled, 'has'>
  /** Compare all notes with the index. */
  look(): Promise<void>
}

/** Of the notes of an hour. */
type Understood = Required<Pick<HourNote, 'seen' | 'heard'>>

/** What a note names. */
interface Named {
  readonly reading: string
  entries(): Promise<SubjectEntries>
}

export function createNotesKeeper({ ring, seen, heard, index, log }: NotesKeeperComponents, { lookMs = NOTES_LOOK_MS }: { lookMs?: number } = {}): NotesKeeper {
  const { catalog, membership, placement } = ring
  /** Cameras, and from which moment on, Unix ms. */
  const due = new Map<CameraId, number>()
  const away: Array<() => void> = []
  let running: Promise<void> | undefined
  const stopping = new AbortController()

  const filled = new Filled()
  const owns = (camera: CameraId): boolean => keepsIndex(placement, partitionOfCamera(camera), ring.self)

  function soon(): void {
    running ??= run().catch((err) => { log.error('could not tell the index what cameras saw and heard - %s', err) }).finally(() => { running = undefined; if (due.size > 0 && !stopping.signal.aborted) soon() })
  }

  async function run(): Promise<void> {
    for (let [next] = due; next !== undefined && !stopping.signal.aborted; [next] = due) {
      const [camera, sinceMs] = next
      due.delete(camera)
      await keep(camera, sinceMs)
    }
  }

  async function keep(camera: CameraId, sinceMs: number): Promise<void> {
    const subject = { kind: 'camera', id: camera } as const
    if (!owns(camera)) return isLeft(index.readings(subject)) ? index.remove(subject) : undefined
    const all = await namedSince(camera, sinceMs)
    const named = new Set(all.map(({ reading }) => reading))
    if (sinceMs === 0) for (const reading of index.readings(subject)) if (!named.has(reading) && !stopping.signal.aborted) await forget(subject, reading)
    const known = new Set(index.readings(subject))
    for (const one of all) if (!stopping.signal.aborted && !known.has(one.reading)) await tell(camera, one)
  }

  /** It is other nodes' now, and nothing of it is live here, or written down so lately that they may not have read it. */
  const isLeft = (readings: readonly string[]): boolean => !readings.includes(LIVE) && readings.some((reading) => spanOfReading(reading) !== undefined)

  /** Its footage went, or it is part of a longer stretch, which is told after. */
  async function forget(subject: Subject, reading: string): Promise<void> {
    const stretch = spanOfReading(reading)
    if (stretch === undefined) return
    await index.put({ subject, stretch: { fromMs: stretch.fromMs, toMs: stretch.toMs + 1 }, track: reading.startsWith(HEARD) ? 'sound' : 'pictures', vectors: [], words: [], understood: { ms: 0, readings: [] } })
  }

  const namedIn = (camera: CameraId, notes: readonly Understood[]): Named[] => [
    ...notes.flatMap(({ seen: all }) => all).map((one) => ({ reading: seenReading(one), entries: async () => entriesOfSeen(await seen.read(camera, one.blob), seenReading(one)) })),
    ...apart(notes).map((one) => ({ reading: heardReading(one), entries: () => heard.entriesOf(camera, one) }))
  ]

  /** Day by day, with the turns of others in between. */
  async function namedSince(camera: CameraId, sinceMs: number): Promise<Named[]> {
    const notes: Understood[] = []
    const firstMs = Math.max(sinceMs, Math.min(...catalog.index.hourSizes(camera).map(({ startMs }) => startMs), Date.now()))
    for (let atMs = firstMs; atMs <= Date.now() + DAY_MS && !stopping.signal.aborted; atMs += DAY_MS) {
      notes.push(...catalog.index.notes(camera, atMs, atMs + DAY_MS).map(({ seen = [], heard = [] }) => ({ seen, heard })))
      await new Promise(setImmediate)
    }
    return namedIn(camera, notes)
  }

  async function tell(camera: CameraId, named: Named): Promise<void> {
    try {
      await index.put(await named.entries())
    } catch (err) {
      log.error('what %s saw or heard can not be read - %s', camera, err)
    }
  }

  async function lookAtAll(): Promise<void> {
    const partitions = indexedPartitions(placement, ring.self)
    for (const { id } of catalog.cameras()) due.set(id, 0)
    soon()
    await running
    if (!stopping.signal.aborted) filled.looked(partitions)
  }

  const looking = createLibraryLook({ catalog, log }, { everyMs: lookMs, look: lookAtAll })
  return {
    filled, look: looking.now,
    start() {
      away.push(catalog.recordingsChanged.on((cameras) => {
        for (const camera of cameras) due.set(camera, Math.min(due.get(camera) ?? Infinity, Date.now() - NOTES_RECENT_MS))
        soon()
      }), membership.changed.on(looking.again))
      if (index.emptied !== undefined) away.push(index.emptied.on(() => {
        filled.clear()
        looking.again()
      }))
      looking.start()
    },
    async stop() {
      stopping.abort()
      for (const leave of away) leave()
      await Promise.all([looking.stop(), running])
    }
  }
}
