import type { CameraId } from '#protocols/ids.ts'
import type { Ring, SeenNote } from '#ring'
import type { Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import type { JobHandle, Jobs } from '../../jobs/jobs.ts'
import type { Recordings } from '../../recording/recordings.ts'
import type { Inference } from '../inference/inference.ts'
import type { SpaceId } from '../space.ts'
import type { SeenBlobs } from './seen-blobs.ts'
import type { SeenPicture, SeenStretch } from './seen-stretch.ts'
import type { SmallPictures } from './small-pictures.ts'

/** Kind of the jobs in which footage is read with another model. */
export const RENEW_JOB = 'seen'
/** It is looked for what another model read this often, in ms, and whenever a model changes. @default 900000 */
export const RENEW_EVERY_MS = 900_000
/** A recorded keyframe this near to when a picture was seen is that picture, in ms. @default 1000 */
export const SAME_PICTURE_MS = 1_000

export interface SeenRenewerComponents {
  readonly ring: Pick<Ring, 'self'> & { readonly catalog: Pick<Ring['catalog'], 'cameras'> & { readonly index: Pick<Ring['catalog']['index'], 'hourSizes' | 'notes'> } }
  readonly seen: Pick<SeenBlobs, 'read' | 'renew'>
  readonly recordings: Pick<Recordings, 'keyframe'>
  readonly pictures: Pick<SmallPictures, 'ask'>
  readonly inference: Pick<Inference, 'model' | 'embedPictures'>
  readonly models: { readonly changed: Signal<void>; spaces(): { readonly searched: SpaceId | undefined } }
  readonly jobs: Pick<Jobs, 'submit'>
  readonly log: Logger
}

/**
 * Once searches use another model, what this node saw of cameras, with an earlier one or with none, is read with that, the newest first, from the pictures that are recorded. Until then the old vectors are searched;
 * what other nodes saw they read themselves. What is not recorded any more keeps its words, and loses its vectors.
 */
export interface SeenRenewer extends Startable {
  /** Look for what another model read. */
  look(): Promise<void>
}

interface Due { readonly camera: CameraId; readonly note: SeenNote }

export function createSeenRenewer({ ring, seen, recordings, pictures, inference, models, jobs, log }: SeenRenewerComponents, { everyMs = RENEW_EVERY_MS }: { readonly everyMs?: number } = {}): SeenRenewer {
  const { catalog: { cameras, index } } = ring
  /** Of the blobs whose notes do not say it. */
  const spaces = new Map<string, string>()
  /** What could not be read, until the node starts anew. */
  const given = new Set<string>()
  const stopping = new AbortController()
  let leave = (): void => {}
  let isRunning = false

  /** Undefined while there is none, or this node has not its model. */
  function wanted(): SpaceId | undefined {
    const { searched } = models.spaces()
    return searched !== undefined && inference.model('embed-pictures')?.space === searched ? searched : undefined
  }

  async function look(): Promise<void> {
    const space = isRunning ? undefined : wanted()
    const due = space === undefined ? [] : await dueFor(space)
    if (due.length === 0 || stopping.signal.aborted) return
    isRunning = true
    jobs.submit({ kind: RENEW_JOB, title: 'Reading what cameras saw with another model', isAutomatic: true, run: (job) => run(job, due, space!).finally(() => { isRunning = false }) })
  }

  /** The newest first. */
  async function dueFor(space: SpaceId): Promise<Due[]> {
    const hours = cameras().flatMap(({ id: camera }) => index.hourSizes(camera).map(({ startMs, endMs }) => ({ camera, startMs, endMs }))).sort((a, b) => b.startMs - a.startMs)
    const due = new Map<string, Due>()
    for (const { camera, startMs, endMs } of hours) {
      for (const note of index.notes(camera, startMs, endMs).filter(({ node }) => node === ring.self).flatMap((each) => each.seen ?? []).toReversed()) {
        if (!due.has(note.blob) && !given.has(note.blob) && await isOfAnother(camera, note, space)) due.set(note.blob, { camera, note })
      }
      await new Promise(setImmediate)
      if (stopping.signal.aborted) break
    }
    return [...due.values()]
  }

  async function isOfAnother(camera: CameraId, { blob, space: said = spaces.get(blob) }: SeenNote, space: SpaceId): Promise<boolean> {
    const found = said ?? (await seen.read(camera, blob).catch(() => { given.add(blob) }))?.space ?? ''
    if (said === undefined) spaces.set(blob, found)
    return !given.has(blob) && found !== space
  }

  async function run(job: JobHandle, due: readonly Due[], space: SpaceId): Promise<void> {
    job.update({ filesTotal: due.length })
    for (const { camera, note } of due) {
      if (wanted() !== space) return
      try {
        const stretch = await seen.read(camera, note.blob)
        const renewed = await seen.renew(await readAnew(job, stretch, space), note)
        if (renewed.space !== space) given.add(renewed.blob)
      } catch (err) {
        stopping.signal.throwIfAborted()
        job.signal.throwIfAborted()
        given.add(note.blob)
        job.note({ path: camera, outcome: 'refused', assetId: null, copies: 0, reason: err instanceof Error ? err.message : String(err) })
      }
      job.update({ filesDone: job.view.filesDone + 1 })
    }
  }

  /** One picture after the other: whatever else asks the model comes in between. */
  async function readAnew(job: JobHandle, { camera, ...stretch }: SeenStretch, space: SpaceId): Promise<SeenStretch> {
    const isBlind = stretch.space === undefined
    const found: SeenPicture[] = []
    for (const picture of stretch.pictures) {
      stopping.signal.throwIfAborted()
      await job.turn()
      found.push({ ...picture, vector: isBlind || picture.vector !== undefined ? await vectorOf(camera, picture.atMs, space) : undefined })
    }
    const dimensions = found.find(({ vector }) => vector !== undefined)?.vector?.length ?? 0
    return { ...stretch, camera, pictures: found, dimensions, space: dimensions === 0 ? undefined : space }
  }

  /** Undefined when it is not recorded any more. */
  async function vectorOf(camera: CameraId, atMs: number, space: SpaceId): Promise<Float32Array | undefined> {
    const keyframe = await recordings.keyframe(camera, atMs + SAME_PICTURE_MS / 2).catch(() => undefined)
    if (keyframe === undefined || Math.abs(keyframe.atMs - atMs) > SAME_PICTURE_MS) return undefined
    const { codec, unit } = await keyframe.read()
    const picture = await pictures.ask({ codec, bytes: unit })
    if (picture === undefined) return undefined
    return (await inference.embedPictures([picture], { space })).values
  }

  const looking = repeating(look, everyMs, log)
  return {
    look,
    start() {
      leave = models.changed.on(() => { void looking.now() })
      looking.start()
    },
    async stop() {
      leave()
      stopping.abort(new Error('the node is stopping'))
      await looking.stop()
    }
  }
}
