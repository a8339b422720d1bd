import { AsyncLocalStorage } from 'node:async_hooks'
import { InvalidInputError, NotFoundError, RefusedError } from '#protocols/errors.ts'
import type { ImportResult, JobView } from '#protocols/http.ts'
import { emitter, type Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { JobJournal, JobParams } from './job-journal.ts'
import { endState, howOn, newView, whyEnded, withResult } from './job-view.ts'
import { MAX_JOBS_OF_KIND, surplusOf } from './kept-jobs.ts'

/** A running job is told of at most this often, in ms. @default 250 */
export const JOB_PROGRESS_MS = 250

/** What a running job found is written to the journal at most this often, in ms. @default 1000 */
export const JOB_KEPT_MS = 1_000

/** Numbers and words of a job that its work changes as it goes. */
export type JobProgress = Partial<Pick<JobView, 'step' | 'report' | 'verify' | 'filesDone' | 'filesTotal' | 'bytesDone' | 'bytesTotal' | 'imported' | 'known' | 'refused'>>

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
  /** What its kind's factory makes it again of, JSON without secrets; without them it can not be tried again after the node was started anew. */
  readonly params?: JobParams
  /** What its report says from the first moment, and so also when the node ends right after it. @default nothing */
  readonly report?: JobView['report']
  /** Ids of workflows that it comes of, beside those of the job that begins it. @default none */
  readonly workflows?: readonly string[]
  /** The node begins it, and nobody asked for it: it is the first to be forgotten. @default false */
  readonly isAutomatic?: boolean
  /** False for work that never comes to a `turn` of its handle while it lasts. @default true */
  readonly isPausable?: boolean
  /** False for work on something that is gone when it ends. @default true */
  readonly isRetryable?: boolean
  /** May be called again for a retry: it does what is not done yet. Rejects with a sentence a person understands. */
  run(job: JobHandle): Promise<void>
}

/** Makes a task of what was kept of it. @throws when it can not be done any more, with a sentence a person understands */
export type JobFactory = (params: JobParams) => JobTask

export interface JobsComponents {
  /** Name of this node, for the job's page. */
  node: string
  log: Logger
  /** Where jobs outlive the node; without one they are forgotten when it stops. */
  journal?: JobJournal
}

/** Work of this node that takes a while and people want to see. */
export interface Jobs extends Startable {
  /** How jobs of a kind that an earlier run of the node left are made again. */
  register(kind: string, factory: JobFactory): void
  submit(task: JobTask): JobView
  /** Newest first. */
  list(): JobView[]
  /** @throws NotFoundError */
  find(id: string): JobView
  /** @throws NotFoundError, InvalidInputError when it does not run, RefusedError when it can not wait */
  pause(id: string): JobView
  /** @throws NotFoundError, InvalidInputError when it is not paused */
  resume(id: string): JobView
  /** @throws NotFoundError, InvalidInputError when it has ended */
  cancel(id: string): JobView
  /** Runs one that failed, was cancelled or interrupted once more, under the same id. @throws NotFoundError, InvalidInputError, RefusedError when it can not be made again */
  retry(id: string): JobView
  /** Resolves when it has ended, however. @throws NotFoundError */
  ended(id: string): Promise<JobView>
  readonly changed: Signal<JobView>
}

interface Entry {
  /** Undefined for one of an earlier run of the node, until it is tried again. */
  task: JobTask | undefined
  readonly params: JobParams | undefined
  view: JobView
  cancel: AbortController
  running: Promise<void>
  /** Settled when a paused job goes on. */
  going: { promise: Promise<void>; resolve: () => void } | undefined
}

export function createJobs({ node, log, journal }: JobsComponents): Jobs {
  const entries = new Map<string, Entry>()
  const factories = new Map<string, JobFactory>()
  const changed = emitter<JobView>()
  const stopping = new AbortController()
  /** Workflows that the work under way comes of; what a job begins comes of them, too, unless the node does it by itself. */
  const comesOf = new AsyncLocalStorage<readonly string[]>()

  function find(id: string): Entry {
    const entry = entries.get(id)
    if (entry === undefined) throw new NotFoundError(`there is no job ${JSON.stringify(id.slice(0, 60))}: of each kind the newest ${MAX_JOBS_OF_KIND} are kept`)
    return entry
  }

  function set(entry: Entry, change: Partial<JobView>): JobView {
    entry.view = { ...entry.view, ...change }
    keep(entry)
    changed.emit(entry.view)
    return entry.view
  }

  function keep({ view, params }: Entry): void {
    journal?.note({ view, ...(params && { params }) })
  }

  async function run(entry: Entry, task: JobTask): Promise<void> {
    const signal = AbortSignal.any([entry.cancel.signal, stopping.signal])
    let [keptMs, keptReport] = [Date.now(), entry.view.report]
    const timer = setInterval(() => {
      changed.emit(entry.view)
      if (entry.view.report === keptReport || Date.now() - keptMs < JOB_KEPT_MS) return
      [keptMs, keptReport] = [Date.now(), entry.view.report]
      keep(entry)
    }, JOB_PROGRESS_MS).unref()
    try {
      await comesOf.run(entry.view.workflows ?? [], () => task.run(handleOf(entry, signal)))
      set(entry, { state: 'done', endedMs: Date.now() })
    } catch (err) {
      if (!signal.aborted) log.error('job %s (%s) failed - %s', task.kind, task.title, err)
      set(entry, { state: endState(entry.cancel.signal, stopping.signal), error: whyEnded(err, entry.params, entry.cancel.signal, stopping.signal), endedMs: Date.now() })
    } finally {
      clearInterval(timer)
      entry.going = undefined
    }
  }

  function begin(entry: Entry, task: JobTask): JobView {
    stopping.signal.throwIfAborted()
    entry.task = task
    entry.cancel = new AbortController()
    entry.running = Promise.resolve().then(() => run(entry, task))
    return set(entry, {})
  }

  /** The task of a job that may be one of an earlier run. @throws RefusedError */
  function taskOf({ task, view, params }: Entry): JobTask {
    const again = task ?? (params && factories.get(view.kind)?.(params))
    if (again === undefined || view.retryable === false) throw new RefusedError('this job can not be made again of what was kept of it: begin it anew where it was begun')
    return again
  }

  function remember({ view, params }: { view: JobView; params?: JobParams }): void {
    const entry: Entry = { task: undefined, params, view: { ...view, retryable: params !== undefined }, cancel: new AbortController(), running: Promise.resolve(), going: undefined }
    entries.set(view.id, entry)
    if (view.endedMs === null) set(entry, { state: 'interrupted', error: `the node ended before it was through: ${howOn(params)}`, endedMs: Date.now() })
  }

  const workflowsOf = ({ workflows = [], isAutomatic = false }: JobTask): string[] => isAutomatic ? [] : [...new Set([...comesOf.getStore() ?? [], ...workflows])]

  function forget(): void {
    for (const { id } of surplusOf([...entries.values()].map(({ view }) => view))) entries.delete(id)
  }

  return {
    changed,
    async start() {
      for (const record of await journal?.load() ?? []) remember(record)
    },
    register(kind, factory) {
      factories.set(kind, factory)
    },
    submit(task) {
      const entry: Entry = { task, params: task.params, view: newView(task, node, workflowsOf(task)), cancel: new AbortController(), running: Promise.resolve(), going: undefined }
      entries.set(entry.view.id, entry)
      forget()
      return begin(entry, task)
    },
    list: () => [...entries.values()].reverse().map(({ view }) => view).sort((a, b) => b.startedMs - a.startedMs),
    find: (id) => find(id).view,
    pause(id) {
      const entry = find(id)
      if (entry.view.state !== 'running') throw new InvalidInputError('this job does not run: only a running job can be paused')
      if (entry.view.pausable === false) throw new RefusedError('this job can not wait in the middle of its work: let it end, or cancel it and try it again later')
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
      if (!['failed', 'cancelled', 'interrupted'].includes(entry.view.state)) throw new InvalidInputError('only a job that failed, was cancelled or interrupted can be tried again')
      const task = taskOf(entry)
      entry.view = { ...newView(task, node, entry.view.workflows ?? []), id, ...(entry.view.report && { report: entry.view.report }) }
      return begin(entry, task)
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
      await journal?.close()
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
