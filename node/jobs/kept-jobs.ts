import type { JobView } from '#protocols/http.ts'

/** Jobs that ended and are kept, of one kind; of workflows, of each of them. @default 200 */
export const MAX_JOBS_OF_KIND = 200
/** Jobs kept in all. @default 500 */
export const MAX_JOBS_KEPT = 500

/**
 * Those of a node's jobs, oldest first, that are to be forgotten: what is too much of one kind, and what is too much in all. First goes
 * what the node began by itself and is done, then what else is done, then the oldest of the rest; never what runs.
 */
export function surplusOf(jobs: readonly JobView[]): JobView[] {
  const ended = jobs.filter(({ endedMs }) => endedMs !== null).sort((a, b) => worthOf(a) - worthOf(b) || a.startedMs - b.startedMs)
  const over = new Set([...Map.groupBy(ended, groupOf).values()].flatMap((group) => allBut(MAX_JOBS_OF_KIND, group)))
  const rest = ended.filter((job) => !over.has(job))
  return [...over, ...allBut(MAX_JOBS_KEPT - (jobs.length - ended.length), rest)]
}

const worthOf = ({ state, automatic }: JobView): number => state !== 'done' ? 2 : automatic === true ? 0 : 1

const groupOf = ({ kind, report }: JobView): string => kind === 'workflow' ? `${kind} ${String(report?.['workflow'] ?? '')}` : kind

const allBut = (kept: number, jobs: readonly JobView[]): readonly JobView[] => jobs.slice(0, Math.max(0, jobs.length - kept))
