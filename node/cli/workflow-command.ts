import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import type { JobList, JobView, VerbList, WorkflowCheck, WorkflowList, WorkflowView } from '#protocols/http.ts'
import { CommandError, type NodeApi, nodeApi, NODE_FLAGS } from './api.ts'
import { type FlagValues, parseFlags, text, UsageError } from './flags.ts'
import { untilEnded } from './follow-job.ts'
import { show } from './jobs-command.ts'
import { clean, print, table } from './output.ts'

type Sub = (api: NodeApi, args: readonly string[], values: FlagValues) => Promise<number>

const SUBS: Readonly<Record<string, Sub>> = { run, check, list, add, remove, history, verbs }

/** `thatdam workflow run|check|list|add|remove|history|verbs`. */
export async function runWorkflow(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('workflow', argv, { ...NODE_FLAGS, 'dry-run': { type: 'boolean' }, id: { type: 'string' } })
  const [name = '', ...args] = positionals
  const sub = Object.hasOwn(SUBS, name) ? SUBS[name] : undefined
  if (sub === undefined || args.length > 1) throw new UsageError(`say what to do: thatdam workflow ${Object.keys(SUBS).join('|')} (thatdam help workflow)`)
  return sub(nodeApi(values), args, values)
}

/** A file, standard input, or the id of one that is kept. */
async function run(api: NodeApi, [what]: readonly string[], values: FlagValues): Promise<number> {
  const dryRun = values['dry-run'] === true
  const isKept = what !== undefined && (await api.get<WorkflowList>('workflows')).workflows.some(({ id }) => id === what)
  const begun = isKept ? await api.post<JobView>(`workflows/${what}/run`, dryRun ? { dry_run: true } : {}) : await api.post<JobView>(`workflows/run${dryRun ? '?dry_run=true' : ''}`, await definitionIn(what))
  const job = await untilEnded(api, begun)
  show(job, values['json'] === true)
  return job.state === 'done' ? 0 : 1
}

async function check(api: NodeApi, [what]: readonly string[], values: FlagValues): Promise<number> {
  const found = await api.post<WorkflowCheck>('workflows/check', await definitionIn(what))
  if (values['json'] === true) print(JSON.stringify(found))
  else if (found.ok) print('It can be run.')
  else for (const { step, message } of found.problems) print(clean(`${step === null ? '' : `step ${step}: `}${message}`))
  return found.ok ? 0 : 1
}

async function list(api: NodeApi, _args: readonly string[], values: FlagValues): Promise<number> {
  const found = await api.get<WorkflowList>('workflows')
  if (values['json'] === true) print(JSON.stringify(found))
  else if (found.workflows.length === 0) print('No workflow is kept: thatdam workflow add FILE')
  else print(table(['ID', 'NAME', 'STEPS', 'BEGINS', 'NEXT', 'ON', 'PROBLEMS'], found.workflows.map(rowOf)))
  return 0
}

function rowOf({ id, definition, nextMs, runsOn, problems }: WorkflowView): string[] {
  const event = typeof definition.on === 'string' ? definition.on : definition.on?.event
  const begins = [definition.schedule, event].filter((one) => one !== undefined).join(', ')
  return [id, definition.name ?? '', definition.workflow.map(({ action }) => action).join(' '), definition.enabled === false ? 'off' : begins || 'by hand', nextMs === null ? '' : new Date(nextMs).toISOString(), runsOn ?? '', problems.map(({ message }) => message).join('; ')]
}

async function add(api: NodeApi, [what]: readonly string[], values: FlagValues): Promise<number> {
  const id = text(values, 'id')
  const definition = await definitionIn(what)
  const view = id === undefined ? await api.post<WorkflowView>('workflows', definition) : await api.put<WorkflowView>(`workflows/${encodeURIComponent(id)}`, definition)
  print(values['json'] === true ? JSON.stringify(view) : `kept as ${view.id}`)
  return 0
}

async function remove(api: NodeApi, [id]: readonly string[], values: FlagValues): Promise<number> {
  if (id === undefined) throw new UsageError('say which: thatdam workflow remove ID')
  await api.delete(`workflows/${encodeURIComponent(id)}`)
  print(values['json'] === true ? JSON.stringify({ removed: id }) : `${clean(id)} is forgotten`)
  return 0
}

async function history(api: NodeApi, [id]: readonly string[], values: FlagValues): Promise<number> {
  const found = await api.get<JobList>(id === undefined ? 'workflows/history' : `workflows/${encodeURIComponent(id)}/history`)
  if (values['json'] === true) print(JSON.stringify(found))
  else if (found.jobs.length === 0) print('It has not run yet.')
  else print(table(['JOB', 'BEGUN', 'BY', 'STATE', 'NODE', 'TITLE', 'WHY NOT'], found.jobs.map((job) => [job.id.slice(0, 8), new Date(job.startedMs).toISOString(), String(job.report?.['trigger'] ?? ''), job.state, job.node, job.title, job.error ?? ''])))
  return 0
}

async function verbs(api: NodeApi, _args: readonly string[], values: FlagValues): Promise<number> {
  const found = await api.get<VerbList>('workflows/verbs')
  if (values['json'] === true) print(JSON.stringify(found))
  else {
    print(table(['ACTION', 'PARAMETERS', 'WHAT IT DOES'], found.verbs.map(({ action, summary, params, known }) => [action, Object.keys((params as { properties?: object }).properties ?? {}).join(' '), known ? summary : `${summary} (this node does not know it)`])))
    print(`\nevents: ${found.events.join(', ')}`)
  }
  return 0
}

async function definitionIn(what: string | undefined): Promise<object> {
  if (what === undefined) throw new UsageError('say which: a file, or - for standard input')
  const json = what === '-' ? await readAll(process.stdin) : await readFile(what, 'utf8').catch((err: { code?: string; message: string }) => {
    throw new CommandError(err.code === 'ENOENT' ? `there is neither a file nor a kept workflow ${clean(what)}` : err.message)
  })
  try {
    return JSON.parse(json) as object
  } catch (err) {
    throw new CommandError(`${clean(what)} is no JSON: ${(err as Error).message}`)
  }
}
