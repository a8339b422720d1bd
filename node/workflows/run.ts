import { InvalidInputError, ThatDamError } from '#protocols/errors.ts'
import type { StepReport, WorkflowDefinition, WorkflowStep } from '#protocols/http.ts'
import type { JobHandle, JobTask } from '../jobs/jobs.ts'
import type { Actions } from './actions.ts'
import { PLACEHOLDER } from './check.ts'
import type { StepResult } from './verb.ts'
import { VERBS } from './verbs.ts'

/** Longest result kept of a step, as JSON, in characters. @default 8192 */
export const MAX_RESULT_CHARS = 8_192

/** One run of a workflow, whoever began it. */
export interface Run {
  /** Of the stored workflow; empty when it is not stored. */
  readonly workflow: string
  readonly definition: WorkflowDefinition
  readonly dryRun: boolean
  /** Who or what began it: `a person`, `schedule`, `card.inserted`. */
  readonly trigger: string
  readonly event?: Readonly<Record<string, unknown>> | undefined
}

/** The job that does it. Tried again, it goes on with the first step that is not done. */
export function workflowTask(actions: Actions, run: Run): JobTask {
  const { definition, dryRun, trigger } = run
  return {
    kind: 'workflow',
    title: `${definition.name ?? (run.workflow || definition.workflow.map(({ action }) => action).join(', '))}${dryRun ? ' (dry run)' : ''}`.slice(0, 200),
    params: { ...run },
    workflows: [...comesOf(run.event), ...run.workflow === '' ? [] : [run.workflow]],
    async run(job) {
      const steps = stepsBefore(job, definition)
      const tell = (step?: string): void => job.update({ filesTotal: steps.length, filesDone: steps.filter(({ state }) => state === 'done').length, ...(step !== undefined && { step }), report: { workflow: run.workflow, dryRun, trigger, steps: structuredClone(steps) } })
      tell()
      for (const [index, step] of definition.workflow.entries()) {
        const report = steps[index] as StepReport
        if (report.state === 'done') continue
        await job.turn()
        Object.assign(report, { state: 'running', startedMs: Date.now() })
        tell(`step ${index + 1} of ${steps.length}: ${step.action}`)
        const isFailed = await doStep(report, () => runStep(actions, run, step, job, (words) => tell(`step ${index + 1} of ${steps.length}: ${step.action}, ${words}`)), job)
        if (isFailed && (step.on_error ?? definition.on_error ?? 'stop') === 'stop') skipRest(steps)
        tell()
        if (steps.some(({ state }) => state === 'skipped')) break
      }
      const failed = steps.filter(({ state }) => state === 'failed')
      if (failed.length > 0) throw new Error(failed.map((report) => `step ${steps.indexOf(report) + 1} (${report.action}) failed: ${report.message}`).join('; '))
    }
  }
}

/** Workflows whose jobs' end an event tells of. */
export function comesOf(event: Run['event']): string[] {
  const workflows = event?.['workflows']
  return Array.isArray(workflows) ? workflows.filter((id) => typeof id === 'string') : []
}

/** Answers whether it failed. @throws when the job is to end */
async function doStep(report: StepReport, work: () => Promise<StepResult>, job: JobHandle): Promise<boolean> {
  try {
    const { message, result } = await work()
    Object.assign(report, { state: 'done', message, endedMs: Date.now(), ...(isSmall(result) && { result }) })
    return false
  } catch (err) {
    if (job.signal.aborted) Object.assign(report, { state: 'waiting', message: '' })
    job.signal.throwIfAborted()
    Object.assign(report, { state: 'failed', message: whyFailed(err), endedMs: Date.now() })
    return true
  }
}

async function runStep(actions: Actions, { dryRun, event }: Run, step: WorkflowStep, job: JobHandle, onStep: (words: string) => void): Promise<StepResult> {
  const { action, on_error: _policy, ...params } = step
  const verb = VERBS.get(action)
  if (verb === undefined) throw new InvalidInputError(`this node does not know ${action}`)
  const filled = fill(params, event ?? {})
  const context = { actions, signal: job.signal, onStep }
  return dryRun ? { message: await verb.check(filled, context) } : verb.run(filled, context)
}

/** `{event.path}` becomes the event's path. @throws when the event has none */
function fill(params: Readonly<Record<string, unknown>>, event: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const one = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(one)
    if (typeof value !== 'string') return value
    return value.replaceAll(new RegExp(PLACEHOLDER, 'g'), (_whole, name: string) => {
      if (!Object.hasOwn(event, name) || event[name] === null) throw new InvalidInputError(`the event has no ${name}: it has ${Object.keys(event).join(', ') || 'nothing'}`)
      return String(event[name])
    })
  }
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, one(value)]))
}

function stepsBefore(job: JobHandle, { workflow }: WorkflowDefinition): StepReport[] {
  const before = (job.view.report?.['steps'] ?? []) as StepReport[]
  return workflow.map(({ action }, index) => {
    const known = before[index]
    return known?.state === 'done' && known.action === action ? known : { action, state: 'waiting', message: '' }
  })
}

function skipRest(steps: StepReport[]): void {
  for (const step of steps) if (step.state === 'waiting') Object.assign(step, { state: 'skipped', message: 'a step before it failed, and on_error is stop' })
}

const isSmall = (result: unknown): boolean => result !== undefined && JSON.stringify(result).length <= MAX_RESULT_CHARS

/** Of a deliberate error the message says what to do; of any other at least what happened, and where to look. */
function whyFailed(err: unknown): string {
  if (err instanceof ThatDamError) return err.message
  return `${err instanceof Error ? err.message : String(err)}: see the log of this node, then try it again`
}
