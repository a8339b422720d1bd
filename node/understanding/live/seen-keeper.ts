import { InvalidMessageError } from '#protocols/errors.ts'
import { type CameraId, type ChunkId, partitionOfCamera } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import type { MomentIndex } from '../index/entries.ts'
import { seenReading } from './live-eyes.ts'
import { decodeSeen, entriesOfSeen, MAX_SEEN_BYTES } from './seen-stretch.ts'

/** All notes of all cameras are compared with the index this often, in ms. @default 3600000 */
export const SEEN_LOOK_MS = 3_600_000
/** When a camera's notes change, those of so long ago are compared, in ms: older ones seldom do. @default 7200000 */
export const SEEN_RECENT_MS = 2 * 3_600_000
const DAY_MS = 86_400_000

export interface SeenKeeperComponents {
  readonly ring: Pick<Ring, 'self'> & {
    readonly blobs: Pick<Ring['blobs'], 'read' | 'stat'>
    readonly placement: Pick<Ring['placement'], 'targets' | 'owners'>
    readonly catalog: Pick<Ring['catalog'], 'cameras' | 'recordingsChanged'> & { readonly index: Pick<Ring['catalog']['index'], 'notes' | 'hourSizes'> }
  }
  readonly index: Pick<MomentIndex, 'put' | 'remove' | 'readings'>
  readonly log: Logger
}

/** Tells the index of this node what was seen of the cameras it owns, whoever saw it. */
export function createSeenKeeper({ ring, index, log }: SeenKeeperComponents, { lookMs = SEEN_LOOK_MS }: { lookMs?: number } = {}): Startable & { look(): Promise<void> } {
  const { catalog, placement } = ring
  /** Cameras, and from which moment on, Unix ms. */
  const due = new Map<CameraId, number>()
  let away: (() => void) | undefined
  let running: Promise<void> | undefined
  let isStopped = false

  const owns = (camera: CameraId): boolean => [...placement.owners(partitionOfCamera(camera)), ...placement.targets(partitionOfCamera(camera))].includes(ring.self)

  function soon(): void {
    running ??= run().catch((err) => { log.error('could not tell the index what was seen - %s', err) }).finally(() => { running = undefined; if (due.size > 0 && !isStopped) soon() })
  }

  async function run(): Promise<void> {
    for (let [next] = due; next !== undefined && !isStopped; [next] = due) {
      const [camera, sinceMs] = next
      due.delete(camera)
      await keep(camera, sinceMs)
    }
  }

  async function keep(camera: CameraId, sinceMs: number): Promise<void> {
    const subject = { kind: 'camera', id: camera } as const
    const blobs = owns(camera) ? await seenSince(camera, sinceMs) : []
    const named = new Set(blobs.map(seenReading))
    const isGone = (reading: string): boolean => reading.startsWith('seen@') && !named.has(reading)
    if (sinceMs === 0 && index.readings(subject).some(isGone)) await index.remove(subject) // footage went, or another node owns it now: what stays is told anew
    const known = new Set(index.readings(subject))
    for (const blob of blobs) if (!isStopped && !known.has(seenReading(blob))) await tell(camera, blob)
  }

  /** Day by day, with the turns of others in between. */
  async function seenSince(camera: CameraId, sinceMs: number): Promise<ChunkId[]> {
    const found: ChunkId[] = []
    const firstMs = Math.max(sinceMs, Math.min(...catalog.index.hourSizes(camera).map(({ startMs }) => startMs), Date.now()))
    for (let atMs = firstMs; atMs <= Date.now() + DAY_MS && !isStopped; atMs += DAY_MS) {
      found.push(...catalog.index.notes(camera, atMs, atMs + DAY_MS).flatMap((note) => note.seen?.map(({ blob }) => blob) ?? []))
      await new Promise(setImmediate)
    }
    return [...new Set(found)]
  }

  async function tell(camera: CameraId, blob: ChunkId): Promise<void> {
    try {
      const { size } = await ring.blobs.stat(blob)
      if (size > MAX_SEEN_BYTES) throw new InvalidMessageError(`it has ${size} bytes`)
      const parts: Uint8Array[] = []
      for await (const part of ring.blobs.read(blob)) parts.push(part)
      const stretch = decodeSeen(Buffer.concat(parts))
      if (stretch.camera !== camera) throw new InvalidMessageError('it is of another camera')
      await index.put(entriesOfSeen(stretch, seenReading(blob)))
    } catch (err) {
      log.error('what was seen of %s can not be read - %s', camera, err)
    }
  }

  async function look(): Promise<void> {
    for (const { id } of catalog.cameras()) due.set(id, 0)
    soon()
    await running
  }

  const looking = repeating(look, lookMs, log)
  return {
    look,
    start() {
      away = catalog.recordingsChanged.on((cameras) => {
        for (const camera of cameras) due.set(camera, Math.min(due.get(camera) ?? Infinity, Date.now() - SEEN_RECENT_MS))
        soon()
      })
      looking.start()
      void looking.now()
    },
    async stop() {
      isStopped = true
      away?.()
      await Promise.all([looking.stop(), running])
    }
  }
}
