import { randomUUID } from 'node:crypto'
import type { ImportResult, JobView } from '#protocols/http.ts'
import type { JobParams } from './job-journal.ts'
import type { JobTask } from './jobs.ts'

/** Results kept of one job; refused ones first. @default 1000 */
export const MAX_JOB_RESULTS = 1_000

/** The view of a job that begins now, on the node of this name. */
export function newView({ kind, title, isAutomatic = false, isPausable = true, isRetryable = true, report }: JobTask, node: string, workflows: string[]): JobView {
  return {
    id: randomUUID(), kind, title, node, ...(workflows.length > 0 && { workflows }), ...(report && { report }), automatic: isAutomatic, pausable: isPausable, retryable: isRetryable, state: 'running', startedMs: Date.now(), endedMs: null,
    filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0, imported: 0, known: 0, refused: 0, results: [], error: null
  }
}

/** What can be done about a job that the node did not end. */
export const howOn = (params: JobParams | undefined): string => params === undefined ? 'begin it anew where it was begun, unless the node does so by itself' : 'try it again, what is done is skipped'

/** How a job ends that did not come to its end. */
export function endState(cancelled: AbortSignal, stopping: AbortSignal): JobView['state'] {
  if (cancelled.aborted) return 'cancelled'
  return stopping.aborted ? 'interrupted' : 'failed'
}

export function whyEnded(err: unknown, params: JobParams | undefined, cancelled: AbortSignal, stopping: AbortSignal): string {
  if (cancelled.aborted) return 'it was cancelled; what it had done stays'
  if (stopping.aborted) return `the node was stopped before it was through: ${howOn(params)}`
  return err instanceof Error ? err.message : String(err)
}

/** Refused ones stay in front, and push the others out when there are too many. */
export function withResult(results: readonly ImportResult[], result: ImportResult): ImportResult[] {
  const refused = result.outcome === 'refused' ? results.findLastIndex(({ outcome }) => outcome === 'refused') + 1 : results.length
  return results.toSpliced(refused, 0, result).slice(0, MAX_JOB_RESULTS)
}
