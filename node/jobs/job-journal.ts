import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobView } from '#protocols/http.ts'
import { writeDurably } from '#ring/base/durable-file.ts'
import type { Logger } from '#ring/base/log.ts'
import { surplusOf } from './kept-jobs.ts'

/** What a task is made again of. */
export type JobParams = Readonly<Record<string, unknown>>

/** A job as it was when it last began, ended or was ordered something. */
export interface JobRecord {
  readonly view: JobView
  readonly params?: JobParams
}

/** Results kept of one job; refused ones come first. @default 100 */
export const MAX_JOURNAL_RESULTS = 100
/** Bytes the file may grow by before it is written anew. @default 8388608 */
export const JOURNAL_REWRITE_BYTES = 8_388_608

const FILE = 'history.jsonl'

/** What became of the jobs of a node, in a file of JSON lines: the newest line of an id counts, a line that was cut off does not. */
export interface JobJournal {
  /** Oldest first. A disk that is full is no reason not to start. */
  load(): Promise<JobRecord[]>
  /** Written soon; a disk that refuses is no reason for a job to fail. */
  note(record: JobRecord): void
  /** Resolves when all that was noted is written. */
  close(): Promise<void>
}

export function createJobJournal({ folder, log }: { folder: string; log: Logger }): JobJournal {
  const newest = new Map<string, JobRecord>()
  let writing: Promise<void> = Promise.resolve()
  let grown = 0

  const whole = (): string => [...newest.values()].map(lineOf).join('')

  function remember(record: JobRecord): void {
    const { view: { results, id }, ...rest } = record
    newest.delete(id) // the newest goes to the end
    newest.set(id, { ...rest, view: { ...record.view, results: results.slice(0, MAX_JOURNAL_RESULTS) } })
  }

  function forget(): void {
    for (const { id } of surplusOf([...newest.values()].map(({ view }) => view))) newest.delete(id)
  }

  async function write(line: string): Promise<void> {
    grown += line.length
    if (grown < JOURNAL_REWRITE_BYTES) return appendFile(join(folder, FILE), line, { mode: 0o600 })
    await rewrite()
  }

  async function rewrite(): Promise<void> {
    await writeDurably(folder, FILE, whole())
    grown = 0
  }

  return {
    async load() {
      await mkdir(folder, { recursive: true })
      const text = await readFile(join(folder, FILE), 'utf8').catch((err: { code?: string }) => {
        if (err.code !== 'ENOENT') throw err
        return ''
      })
      for (const line of text.split('\n')) {
        const record = parse(line)
        if (record !== undefined) remember(record)
      }
      forget()
      await rewrite().catch((err) => {
        grown = JOURNAL_REWRITE_BYTES // tried again with the next note, which would else follow a line that was cut off
        log.error('what became of jobs is not written anew - %s', err)
      })
      return [...newest.values()]
    },
    note(record) {
      const isNew = !newest.has(record.view.id)
      remember(record)
      if (isNew) forget()
      const line = lineOf(newest.get(record.view.id) ?? record)
      writing = writing.then(() => write(line)).catch((err) => log.error('what became of job %s is not written - %s', record.view.title, err))
    },
    close: () => writing
  }
}

const lineOf = (record: JobRecord): string => `${JSON.stringify(record)}\n`

function parse(line: string): JobRecord | undefined {
  try {
    const record = JSON.parse(line) as JobRecord
    return typeof record.view.id === 'string' && typeof record.view.kind === 'string' && typeof record.view.startedMs === 'number' && Array.isArray(record.view.results) ? record : undefined
  } catch {
    return undefined
  }
}
