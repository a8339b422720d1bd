import type { JobList, JobView } from '#protocols/http.ts'
import { CommandError, type NodeApi, nodeApi, NODE_FLAGS } from './api.ts'
import { parseFlags, UsageError } from './flags.ts'
import { clean, print, table } from './output.ts'

const ORDERS = ['pause', 'resume', 'cancel', 'retry']

/** `thatdam jobs`, `thatdam jobs JOB`, and `pause`, `resume`, `cancel`, `retry JOB`. Exit code 1 when one that is shown failed or was interrupted. */
export async function runJobs(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('jobs', argv, NODE_FLAGS)
  const [first, second, ...rest] = positionals
  const isOrder = first !== undefined && ORDERS.includes(first)
  if (rest.length > 0 || isOrder !== (second !== undefined)) throw new UsageError('say which job: thatdam jobs, thatdam jobs JOB, or thatdam jobs retry JOB (thatdam help jobs)')
  const api = nodeApi(values)
  if (isOrder) return show(await api.post<JobView>(`jobs/${await wholeJobId(api, second ?? '')}/${first}`, {}), values['json'] === true)
  if (first !== undefined) return show(await api.get<JobView>(`jobs/${await wholeJobId(api, first)}`), values['json'] === true)
  const list = await api.get<JobList>('jobs?all=true')
  if (values['json'] === true) print(JSON.stringify(list))
  else printList(list)
  return list.jobs.some(isTrouble) ? 1 : 0
}

function printList({ jobs, silent = [] }: JobList): void {
  if (jobs.length === 0) print('No job was started yet.')
  else print(table(['ID', 'KIND', 'STATE', 'DONE', 'NODE', 'TITLE', 'WHY NOT'], jobs.map((job) => [job.id.slice(0, 8), job.kind, job.state, `${job.filesDone}/${job.filesTotal}`, job.node, job.title, job.error ?? (job.refused > 0 ? `${job.refused} refused` : '')])))
  if (silent.length > 0) print(clean(`${silent.join(', ')} did not answer: what runs there is missing`))
}

/** One job with its steps and the files that are not in. */
export function show(job: JobView, json: boolean): number {
  if (json) print(JSON.stringify(job))
  else {
    print(clean(`${job.title}: ${job.state}${job.step === undefined || job.endedMs !== null ? '' : `, ${job.step}`}${job.error === null ? '' : ` - ${job.error}`}`))
    for (const { action, state, message } of stepsOf(job)) print(clean(`  ${state.padEnd(8)} ${action}${message === '' ? '' : `: ${message}`}`))
    for (const { path, reason } of job.results.filter(({ outcome }) => outcome === 'refused')) print(clean(`  refused  ${path}: ${reason ?? ''}`))
  }
  return isTrouble(job) ? 1 : 0
}

const isTrouble = ({ state }: JobView): boolean => state === 'failed' || state === 'interrupted'

function stepsOf({ report }: JobView): Array<{ action: string; state: string; message: string }> {
  const steps = report?.['steps']
  return Array.isArray(steps) ? steps.map(({ action, state, message }) => ({ action: String(action), state: String(state), message: String(message ?? '') })) : []
}

async function wholeJobId(api: NodeApi, text: string): Promise<string> {
  const found = (await api.get<JobList>('jobs?all=true')).jobs.filter(({ id }) => id.startsWith(text))
  if (found.length > 1) throw new CommandError(`${clean(text)} is the beginning of ${found.length} jobs: write more of it`)
  return encodeURIComponent(found[0]?.id ?? text)
}
