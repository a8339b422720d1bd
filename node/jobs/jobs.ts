import { randomUUID } from 'node:crypto'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import type { ImportResult, JobView } from '#protocols/http.ts'
import { emitter, type Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'

/** Jobs kept for looking back at, newest last. @default 200 */
export const MAX_JOBS_KEPT = 200
/** Results kept of one job; refused ones first. @default 1000 */
export const MAX_JOB_RESULTS = 1_000
/** A running job is told of at most this often, in ms. @default 250 */
export const JOB_PROGRESS_MS = 250

/** Numbers and words of a job that its work changes as it goes. */
export type JobProgress = Partial<Pick<JobView, 'step' | 'report' | 'filesDone' | 'filesTotal' | 'bytesDone' | 'bytesTotal' | 'imported' | 'known' | 'refused'>>

/** What a job's work holds of it. */
export interface JobHandle {
  readonly id: string
  /** Aborted when the job is cancelled or the node stops. */
  readonly signal: AbortSignal
  readonly view: Readonly<JobView>
  update(progress: JobProgress): void
  /** One file, and what became of it. */
  note(result: ImportResult): void
  /** Between two pieces of work: resolves at once, or when a paused job goes on. @throws the signal's reason */
  turn(): Promise<void>
}

export interface JobTask {
  /** A lower-case word: `scan`, `offload`, `derive`… */
  readonly kind: string
  /** What a person calls it. */
  readonly title: string
  /** May be called again for a retry: it does what is not done yet. Rejects with a sentence a person understands. */
  run(job: JobHandle): Promise<void>
}

export interface JobsComponents {
  /** Name of this node, for the job's page. */
  node: string
  log: Logger
}

/** Work of this node that takes a while and people want to see. */
export interface Jobs extends Startable {
  submit(task: JobTask): JobView
  /** Newest first. */
  list(): JobView[]
  /** @throws NotFoundError */
  find(id: string): JobView
  /** @throws NotFoundError, InvalidInputError when it does not run */
  pause(id: string): JobView
  /** @throws NotFoundError, InvalidInputError when it is not paused */
  resume(id: string): JobView
  /** @throws NotFoundError, InvalidInputError when it has ended */
  cancel(id: string): JobView
  /** Runs one that failed or was cancelled once more, under the same id. @throws NotFoundError, InvalidInputError */
  retry(id: string): JobView
  /** Resolves when it has ended, however. @throws NotFoundError */
  ended(id: string): Promise<JobView>
  readonly changed: Signal<JobView>
}

interface Entry {
  readonly task: JobTask
  view: JobView
  cancel: AbortController
  running: Promise<void>
  /** Settled when a paused job goes on. */
  going: { promise: Promise<void>; resolve: () => void } | undefined
}

export function createJobs({ node, log }: JobsComponents): Jobs {
  const entries = new Map<string, Entry>()
  const changed = emitter<JobView>()
  const stopping = new AbortController()

  function find(id: string): Entry {
    const entry = entries.get(id)
    if (entry === undefined) throw new NotFoundError(`there is no job ${JSON.stringify(id.slice(0, 60))}: the newest ${MAX_JOBS_KEPT} are kept, until the node stops`)
    return entry
  }

  function set(entry: Entry, change: Partial<JobView>): JobView {
    entry.view = { ...entry.view, ...change }
    changed.emit(entry.view)
    return entry.view
  }

  async function run(entry: Entry): Promise<void> {
    const signal = AbortSignal.any([entry.cancel.signal, stopping.signal])
    const timer = setInterval(() => changed.emit(entry.view), JOB_PROGRESS_MS).unref()
    try {
      await entry.task.run(handleOf(entry, signal))
      set(entry, { state: 'done', endedMs: Date.now() })
    } catch (err) {
      if (!signal.aborted) log.error('job %s (%s) failed - %s', entry.task.kind, entry.task.title, err)
      set(entry, { state: entry.cancel.signal.aborted ? 'cancelled' : 'failed', error: whyEnded(err, entry.cancel.signal, stopping.signal), endedMs: Date.now() })
    } finally {
      clearInterval(timer)
      entry.going = undefined
    }
  }

  function begin(entry: Entry): JobView {
    stopping.signal.throwIfAborted()
    entry.cancel = new AbortController()
    entry.running = Promise.resolve().then(() => run(entry))
    changed.emit(entry.view)
    return entry.view
  }

  function forget(): void {
    for (const [id, { view }] of entries) {
      if (entries.size <= MAX_JOBS_KEPT) break
      if (view.endedMs !== null) entries.delete(id)
    }
  }

  return {
    changed,
    start() {},
    submit(task) {
      const entry: Entry = { task, view: newView(task, node), cancel: new AbortController(), running: Promise.resolve(), going: undefined }
      entries.set(entry.view.id, entry)
      forget()
      return begin(entry)
    },
    list: () => [...entries.values()].reverse().map(({ view }) => view),
    find: (id) => find(id).view,
    pause(id) {
      const entry = find(id)
      if (entry.view.state !== 'running') throw new InvalidInputError('this job does not run: only a running job can be paused')
      entry.going = Promise.withResolvers<void>()
      return set(entry, { state: 'paused' })
    },
    resume(id) {
      const entry = find(id)
      if (entry.going === undefined) throw new InvalidInputError('this job is not paused')
      entry.going.resolve()
      entry.going = undefined
      return set(entry, { state: 'running' })
    },
    cancel(id) {
      const entry = find(id)
      if (entry.view.endedMs !== null) throw new InvalidInputError('this job has ended already')
      entry.cancel.abort(new Error('cancelled'))
      entry.going?.resolve()
      return entry.view
    },
    retry(id) {
      const entry = find(id)
      if (entry.view.state !== 'failed' && entry.view.state !== 'cancelled') throw new InvalidInputError('only a job that failed or was cancelled can be tried again')
      entry.view = { ...newView(entry.task, node), id }
      return begin(entry)
    },
    async ended(id) {
      const entry = find(id)
      await entry.running
      return entry.view
    },
    async stop() {
      stopping.abort(new Error('the node is stopping'))
      for (const { going } of entries.values()) going?.resolve()
      await Promise.all([...entries.values()].map(({ running }) => running))
    }
  }
}

function handleOf(entry: Entry, signal: AbortSignal): JobHandle {
  return {
    id: entry.view.id,
    signal,
    get view() { return entry.view },
    update(progress) { entry.view = { ...entry.view, ...progress } },
    note(result) { entry.view = { ...entry.view, [result.outcome]: entry.view[result.outcome] + 1, results: withResult(entry.view.results, result) } },
    async turn() {
      await entry.going?.promise
      signal.throwIfAborted()
    }
  }
}

function newView({ kind, title }: JobTask, node: string): JobView {
  return {
    id: randomUUID(), kind, title, node, state: 'running', startedMs: Date.now(), endedMs: null,
    filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0, imported: 0, known: 0, refused: 0, results: [], error: null
  }
}

function whyEnded(err: unknown, cancelled: AbortSignal, stopping: AbortSignal): string {
  if (cancelled.aborted) return 'it was cancelled; what it had done stays'
  if (stopping.aborted) return 'the node was stopped before it was through: run it again, what is done is skipped'
  return err instanceof Error ? err.message : String(err)
}

/** Refused ones stay in front, and push the others out when there are too many. */
function withResult(results: readonly ImportResult[], result: ImportResult): ImportResult[] {
  const refused = result.outcome === 'refused' ? results.findLastIndex(({ outcome }) => outcome === 'refused') + 1 : results.length
  return results.toSpliced(refused, 0, result).slice(0, MAX_JOB_RESULTS)
}
