import { type CameraId, partitionOfCamera } from '#protocols/ids.ts'
import { hourOf, type Ring } from '#ring'
import type { Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import type { BlobDoor } from '../../../derive/blob-door.ts'
import { createFailedTries } from '../../../derive/failed-tries.ts'
import type { JobHandle, Jobs } from '../../../jobs/jobs.ts'
import { GROWING_MS, hasSound, type Recordings } from '../../../recording/recordings.ts'
import type { Inference } from '../../inference/inference.ts'
import type { Models } from '../../models/models.ts'
import type { Span } from '../../subject.ts'
import { HEARING_MS } from '../heard-lines.ts'
import { createListen } from '../listen.ts'
import { createListeners, type ListenersComponents, whyNobodyListens } from '../listeners.ts'
import type { MediaReader } from '../sound/media-process.ts'
import type { SoundPiece } from '../sound/media-orders.ts'
import type { Transcript } from '../transcript.ts'
import { apart, type HeardNotes } from './heard-notes.ts'
import { type Unheard, unheard } from './unheard.ts'

/** Kind of the jobs in which cameras are listened to. */
export const HEAR_JOB = 'hear'
/** It is looked for what cameras recorded lately this often, in ms. @default 30000 */
export const HEAR_LOOK_MS = 30_000
/** So long ago is lately, in ms. Everything is looked through once in that time, and when models or nodes come or go. @default 7200000 */
export const HEAR_LATELY_MS = 2 * 3_600_000
/** A line that ends so near to the end of what was listened to may go on, in ms: it is heard again with what follows. @default 1500 */
export const CUT_LINE_MS = 1_500
/** What was recorded so lately is heard as it comes, in ms. @default 600000 */
export const HEAR_FRESH_MS = 600_000
/** Whoever ends a job of it is left in peace for so long, in ms. @default 3600000 */
export const HEAR_REST_MS = 3_600_000
/** Recordings, of an hour or less, that are listened to in one job: then it is looked for newer ones. @default 4 */
export const HEAR_AT_ONCE = 4
/** Stretches of an hour that one node may note. @default 100 */
export const MAX_HEARD = 100

export interface CameraListenerComponents {
  readonly ring: ListenersComponents['ring'] & {
    readonly catalog: Pick<Ring['catalog'], 'cameras' | 'unindexed'> & { readonly index: Pick<Ring['catalog']['index'], 'hourSizes' | 'notes' | 'recordings'> }
    readonly membership: Pick<Ring['membership'], 'changed'>
    readonly localChunks: Pick<Ring['localChunks'], 'disk'>
  }
  readonly recordings: Pick<Recordings, 'open'>
  readonly jobs: Pick<Jobs, 'submit'>
  readonly inference: Pick<Inference, 'findSpeech' | 'model' | 'transcribe' | 'whyNot'>
  readonly models: Pick<Models, 'usedFor'> & { readonly changed: Signal<void> }
  readonly notes: Pick<HeardNotes, 'write'>
  readonly reader: Pick<MediaReader, 'sound'>
  readonly door: Pick<BlobDoor, 'open'>
  readonly log: Logger
  /** Unix ms. @default Date.now */
  readonly nowMs?: () => number
}

/** Listens to what cameras recorded, the newest first: the first live node that has the models, and when it dies the next one sees the same gap. */
export interface CameraListener extends Startable {
  /** Look through everything that is recorded for what is this node's to hear. */
  look(): Promise<void>
  /** Why nobody listens to this camera, and what to do about it; undefined: somebody does. */
  whyNot(camera: CameraId): string | undefined
}

/** What a camera recorded in one go, within an hour. */
interface Recorded extends Span {
  readonly camera: CameraId
  readonly session: string
  readonly isGrowing: boolean
}

/** Of which something was not listened to yet. */
interface Due extends Recorded {
  /** From where on, Unix ms. */
  readonly unheardMs: number
}

/** A piece of it. */
type Piece = Recorded & Unheard

/** What of a job listening needs. */
type Work = Pick<JobHandle, 'id' | 'signal' | 'turn' | 'update' | 'note'>

export function createCameraListener({ ring, recordings, jobs, inference, models, notes, reader, door, log, nowMs = Date.now }: CameraListenerComponents, { folder }: { /** Of its own, for what is half done. */ readonly folder: string }): CameraListener {
  const { catalog, membership } = ring
  const listenerOf = createListeners({ ring, inference, models })
  const failures = createFailedTries(nowMs)
  const leave: Array<() => void> = []
  const stopping = new AbortController()
  const asItComes: Work = { id: 'as it comes', signal: stopping.signal, turn: async () => {}, update() {}, note() {} }
  /** Sessions. */
  const hearing = new Set<string>()
  let isRunning = false
  let wholeMs = -Infinity
  let restUntilMs = -Infinity

  const listen = createListen<Piece>({ inference, sound, nameOf: ({ camera, session, fromMs }) => `${camera}-${session}-${fromMs}`.replace(/[^\w-]/g, '_'), folder })
  const keyOf = ({ camera, session, fromMs }: Piece): string => `${camera} ${session} ${fromMs}`

  /** In ms of the piece. */
  async function* sound({ camera, session, fromMs, toMs }: Piece, atMs: number, signal: AbortSignal): AsyncGenerator<SoundPiece> {
    const file = await recordings.open(camera, fromMs, toMs, session)
    const lent = door.open(({ start, end }, { signal: left }) => file.read(start, end, left), file.size)
    const beginsMs = fromMs - file.startMs // it begins with a keyframe, at or before the piece, or later where nothing else is left
    try {
      for await (const piece of reader.sound({ url: lent.url, demuxer: 'mov', fromMs: Math.max(0, beginsMs + atMs), toMs: toMs - file.startMs }, signal)) yield { ...piece, fromMs: piece.fromMs - beginsMs }
    } finally {
      lent.close()
    }
  }

  /** The newest first. `sinceMs`: of hours that end later. */
  async function dueSince(sinceMs: number): Promise<Due[]> {
    const mine = catalog.cameras().filter(({ id }) => listenerOf(partitionOfCamera(id)) === ring.self)
    const due: Due[] = []
    for (const { id } of mine) {
      for (const { startMs, endMs } of catalog.index.hourSizes(id).filter((hour) => hour.endMs > sinceMs)) {
        due.push(...recordedIn(id, startMs, endMs).flatMap((one) => {
          const next = nextOf(one, [])
          return next === undefined ? [] : { ...one, unheardMs: next.fromMs }
        }))
        await new Promise(setImmediate)
        if (stopping.signal.aborted) return []
      }
    }
    return due.sort((a, b) => b.fromMs - a.fromMs)
  }

  function recordedIn(camera: CameraId, startMs: number, endMs: number): Recorded[] {
    const isFull = catalog.index.notes(camera, startMs, endMs).some(({ node, hour, heard = [] }) => node === ring.self && hour === hourOf(startMs) && heard.length >= MAX_HEARD)
    return isFull ? [] : catalog.index.recordings(camera, startMs, endMs).filter(hasSound).map((one) => ({ camera, session: one.session, fromMs: one.startMs, toMs: one.endMs, isGrowing: one.ended === undefined && nowMs() - one.endMs < GROWING_MS }))
  }

  /** Its oldest piece that nobody listened to; undefined when there is none, or it failed lately. */
  function nextOf(one: Recorded, heard: readonly Span[]): Piece | undefined {
    const [next] = unheard(one, [...apart(catalog.index.notes(one.camera, one.fromMs, one.toMs)), ...heard], one.isGrowing)
    const piece = next && { ...one, ...next }
    return piece !== undefined && failures.isDue(keyOf(piece)) ? piece : undefined
  }

  /** What was recorded just now is heard as it comes; what waited longer is a job that people see. */
  async function look(): Promise<void> {
    if (stopping.signal.aborted || catalog.unindexed() > 0 || inference.model('transcribe') === undefined || ring.localChunks.disk().acceptsWrites === false) return
    const isWhole = nowMs() - wholeMs >= HEAR_LATELY_MS
    const due = await dueSince(isWhole ? -Infinity : nowMs() - HEAR_LATELY_MS)
    const freshMs = nowMs() - HEAR_FRESH_MS
    const [fresh, waiting] = [due.filter(({ unheardMs }) => unheardMs > freshMs), due.filter(({ unheardMs }) => unheardMs <= freshMs)]
    if (isWhole && waiting.length <= HEAR_AT_ONCE) wholeMs = nowMs()
    if (waiting.length > 0 && !isRunning && nowMs() >= restUntilMs) submit(waiting.slice(0, HEAR_AT_ONCE))
    for (const one of fresh) await hearAll(one, asItComes)
  }

  function submit(due: readonly Recorded[]): void {
    isRunning = true
    jobs.submit({ kind: HEAR_JOB, title: 'What was said before cameras', isAutomatic: true, run: (job) => run(job, due).finally(() => {
      isRunning = false
      if (job.signal.aborted) restUntilMs = nowMs() + HEAR_REST_MS
      else void looking.now()
    }) })
  }

  async function run(job: JobHandle, due: readonly Recorded[]): Promise<void> {
    failures.again(job.id) // a person wishes it
    const reasons: string[] = []
    for (const [at, one] of due.entries()) {
      job.update({ filesTotal: due.length, filesDone: at })
      const reason = await hearAll(one, job)
      if (reason !== undefined) reasons.push(reason)
    }
    job.update({ filesDone: due.length })
    if (reasons.length > 0) throw new Error(`${reasons.length} of ${due.length} recordings could not be listened to: ${reasons[0]}`)
  }

  /** A recording, piece by piece; answers why it failed. */
  async function hearAll(one: Recorded, job: Work): Promise<string | undefined> {
    if (hearing.has(one.session)) return undefined
    hearing.add(one.session)
    return hearRest(one, job).finally(() => hearing.delete(one.session))
  }

  async function hearRest(one: Recorded, job: Work): Promise<string | undefined> {
    const heard: Span[] = [] // the catalog may learn of it later
    for (let piece = nextOf(one, heard); piece !== undefined; piece = nextOf(one, heard)) {
      await job.turn()
      stopping.signal.throwIfAborted()
      const { name } = inference.model('transcribe') ?? {}
      if (name === undefined || listenerOf(partitionOfCamera(one.camera)) !== ring.self) return undefined
      job.update({ step: `listening to ${one.camera}, ${new Date(piece.fromMs).toISOString()}` })
      try {
        heard.push(await hear(piece, name, job))
      } catch (err) {
        job.signal.throwIfAborted()
        stopping.signal.throwIfAborted()
        const reason = failures.note(keyOf(piece), err, job.id)
        log.error('%s was not listened to - %s', one.camera, reason)
        job.note({ path: one.camera, outcome: 'refused', assetId: null, copies: 0, reason })
        return reason
      }
    }
    return undefined
  }

  /** Answers what of it was heard to its end. */
  async function hear(piece: Piece, model: string, job: Work): Promise<Span> {
    const { transcript, forget } = await listen(piece, { model: { name: model }, signal: AbortSignal.any([job.signal, stopping.signal]), turn: () => job.turn() })
    const { lines, lengthMs } = piece.isLast ? { lines: transcript.lines, lengthMs: piece.toMs - piece.fromMs } : whole(transcript, piece.toMs - piece.fromMs)
    const span = { fromMs: Math.round(piece.fromMs), toMs: Math.round(piece.fromMs + lengthMs) }
    await notes.write(piece.camera, span, { ...transcript, lines })
    await forget()
    return span
  }

  const looking = repeating(look, HEAR_LOOK_MS, log)
  const again = (): void => {
    wholeMs = restUntilMs = -Infinity
    void looking.now()
  }
  return {
    whyNot: (camera) => listenerOf(partitionOfCamera(camera)) === undefined ? whyNobodyListens(inference) : undefined,
    async look() {
      wholeMs = -Infinity
      await looking.now()
    },
    start() {
      leave.push(models.changed.on(again), membership.changed.on(again))
      looking.start()
    },
    async stop() {
      for (const end of leave.splice(0)) end()
      stopping.abort(new Error('the node is stopping'))
      await looking.stop()
    }
  }
}

/** Without a line that may go on behind the end: that one is heard again, from a little before its beginning. */
function whole({ lines }: Transcript, lengthMs: number): { readonly lines: Transcript['lines']; readonly lengthMs: number } {
  const last = lines.at(-1)
  if (last === undefined || last.toMs < lengthMs - CUT_LINE_MS || last.fromMs < lengthMs / 2) return { lines, lengthMs }
  return { lines: lines.slice(0, -1), lengthMs: Math.max(lengthMs / 2, lines.at(-2)?.toMs ?? 0, last.fromMs - HEARING_MS) }
}
