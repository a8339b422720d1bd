import { randomUUID } from 'node:crypto'
import { access, constants, stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { InvalidInputError, NotFoundError, OverloadedError } from '#protocols/errors.ts'
import type { ImportResult, JobView } from '#protocols/http.ts'
import { emitter, type Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Importer } from './importer.ts'
import { walk, type FoundFile } from './walk.ts'

/** Jobs kept for looking back at, newest last. @default 100 */
export const MAX_JOBS = 100
/** Scans that run at the same time. @default 4 */
export const MAX_RUNNING_SCANS = 4
/** Results kept of one job; refused ones first. @default 1000 */
export const MAX_RESULTS = 1_000
/** Files of one scan that are imported at once. @default 2 */
export const SCAN_CONCURRENCY = 2
/** A running job is told of at most this often, in ms. @default 250 */
export const PROGRESS_EVERY_MS = 250

export interface ScanJobsComponents {
  importer: Importer
  /** Name of this node, for the job's page. */
  node: string
  log: Logger
}

/** Folders of this machine on their way into the ring. Jobs live in memory: what they brought in is in the catalog. */
export interface ScanJobs extends Startable {
  /** @throws InvalidInputError when the path is not absolute or cannot be read, OverloadedError when too many run */
  scan(path: string): Promise<JobView>
  /** Newest first. */
  list(): JobView[]
  /** @throws NotFoundError */
  job(id: string): JobView
  readonly changed: Signal<JobView>
}

type Job = { -readonly [K in keyof JobView]: JobView[K] }

export function createScanJobs(components: ScanJobsComponents): ScanJobs {
  const { importer, log, node } = components
  const jobs = new Map<string, Job>()
  const running = new Map<string, Promise<void>>()
  const stopping = new AbortController()
  const changed = emitter<JobView>()

  async function run(job: Job): Promise<void> {
    const timer = setInterval(() => changed.emit(snapshot(job)), PROGRESS_EVERY_MS)
    try {
      const files: FoundFile[] = []
      for await (const file of walk(job.title, stopping.signal)) {
        files.push(file)
        job.filesTotal++
        job.bytesTotal += file.size
      }
      await Promise.all(Array.from({ length: SCAN_CONCURRENCY }, () => drain(job, files)))
      job.state = 'done'
    } catch (err) {
      job.state = 'failed'
      job.error = stopping.signal.aborted ? 'the node was stopped before the scan was through: scan again, what is in already is skipped' : err instanceof Error ? err.message : String(err)
      if (!stopping.signal.aborted) log.error('scan of %s failed - %s', job.title, err)
    } finally {
      clearInterval(timer)
      job.endedMs = Date.now()
      changed.emit(snapshot(job))
    }
  }

  async function drain(job: Job, files: FoundFile[]): Promise<void> {
    for (let file = files.shift(); file !== undefined; file = files.shift()) {
      let seen = 0
      const result = await importer.importFile(file.path, {
        signal: stopping.signal, batch: { id: job.id, source: 'scan', name: job.title },
        onProgress: (bytes) => { job.bytesDone += bytes - seen; seen = bytes }
      })
      job.bytesDone += file.size - seen
      job.filesDone++
      job[result.outcome]++
      note(job.results, result)
    }
  }

  function remember(job: Job): void {
    jobs.set(job.id, job)
    for (const [id, old] of jobs) {
      if (jobs.size <= MAX_JOBS) break
      if (old.state !== 'running') jobs.delete(id)
    }
  }

  return {
    changed,
    start() {},
    async scan(path) {
      await checkPath(path)
      if (running.size >= MAX_RUNNING_SCANS) throw new OverloadedError(`${MAX_RUNNING_SCANS} scans are running: wait for one to end`)
      stopping.signal.throwIfAborted()
      const job: Job = {
        id: randomUUID(), kind: 'scan', title: path, node, state: 'running', startedMs: Date.now(), endedMs: null,
        filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0, imported: 0, known: 0, refused: 0, results: [], error: null
      }
      remember(job)
      running.set(job.id, run(job).finally(() => running.delete(job.id)))
      return snapshot(job)
    },
    list: () => [...jobs.values()].reverse().map(snapshot),
    job(id) {
      const job = jobs.get(id)
      if (job === undefined) throw new NotFoundError('no such job: jobs are kept until the node stops, the newest hundred')
      return snapshot(job)
    },
    async stop() {
      stopping.abort(new Error('the node is stopping'))
      await Promise.all(running.values())
    }
  }
}

const snapshot = (job: Job): JobView => ({ ...job, results: [...job.results] })

/** Refused ones stay in front, and push the others out when there are too many. */
function note(results: ImportResult[], result: ImportResult): void {
  if (result.outcome === 'refused') results.splice(results.findLastIndex(({ outcome }) => outcome === 'refused') + 1, 0, result)
  else results.push(result)
  if (results.length > MAX_RESULTS) results.pop()
}

async function checkPath(path: string): Promise<void> {
  if (!isAbsolute(path) || path.includes('\0')) throw new InvalidInputError(`not an absolute path: ${JSON.stringify(path)}. Name the folder from / on`)
  try {
    await stat(path)
    await access(path, constants.R_OK)
  } catch (err) {
    const why = (err as { code?: string }).code === 'ENOENT' ? 'there is no such file or folder' : 'the node may not read it'
    throw new InvalidInputError(`cannot scan ${path} on this node's machine: ${why}`)
  }
}
