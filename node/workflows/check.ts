import { Cron } from 'croner'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { InvalidInputError } from '#protocols/errors.ts'
import { WorkflowDefinition, type WorkflowProblem, type WorkflowStep } from '#protocols/http.ts'
import { isTopicPattern, TOPICS } from '../events/topics.ts'
import type { Actions } from './actions.ts'
import { VERBS } from './verbs.ts'

/** Longest definition as JSON, in characters. @default 16000 */
export const MAX_DEFINITION_CHARS = 16_000

/** A look at what the steps name may take this long, in ms. @default 10000 */
export const LOOK_MS = 10_000

/** A definition whose form is right. @throws InvalidInputError naming the field */
export function parseDefinition(value: unknown): WorkflowDefinition {
  if (JSON.stringify(value)?.length > MAX_DEFINITION_CHARS) throw new InvalidInputError(`the workflow is longer than ${MAX_DEFINITION_CHARS} characters: cut it in two`)
  const [first] = errorsOf(WorkflowDefinition, value)
  if (first !== undefined) throw new InvalidInputError(`this is no workflow: ${first}. It looks like {"workflow":[{"action":"scan","root":"/media/incoming"}]}`)
  return value as WorkflowDefinition
}

/** Everything that keeps this node from running it, before anything is done. */
export function checkDefinition(definition: WorkflowDefinition, actions: Actions): WorkflowProblem[] {
  return [...checkTriggers(definition), ...definition.workflow.flatMap((step, index) => checkStep(step, actions, definition.on !== undefined).map((message) => ({ step: index + 1, message })))]
}

function checkStep({ action, on_error: _policy, ...params }: WorkflowStep, actions: Actions, hasEvent: boolean): string[] {
  const verb = VERBS.get(action)
  if (verb === undefined) return [`there is no action ${JSON.stringify(action)}: they are ${[...VERBS.keys()].join(', ')}`]
  if (!verb.isKnown(actions)) return [`this node does not know ${action}`]
  const unknown = Object.keys(params).filter((name) => verb.params.properties[name] === undefined).map((name) => `${action} has no parameter ${JSON.stringify(name.slice(0, 40))}: it takes ${Object.keys(verb.params.properties).join(', ') || 'none'}`)
  const placeholders = hasEvent ? [] : Object.values(params).filter(namesEvent).map((value) => `${String(value).slice(0, 80)} names a value of an event, but no event begins this workflow: add "on"`)
  return [...unknown, ...errorsOf(verb.params, params).map((error) => `${action}: ${error}`), ...placeholders]
}

/** What now keeps this node from doing steps that are written well. What an event will name is not looked at. */
export async function lookAtSteps({ workflow }: WorkflowDefinition, actions: Actions): Promise<WorkflowProblem[]> {
  const problems = await Promise.all(workflow.map(async ({ action, on_error: _policy, ...params }, index) => {
    if (Object.values(params).some(namesEvent)) return []
    const reason = await VERBS.get(action)?.look?.(params, { actions, signal: AbortSignal.timeout(LOOK_MS) }).then(() => undefined, whyNot)
    return reason === undefined ? [] : [{ step: index + 1, message: reason }]
  }))
  return problems.flat()
}

const namesEvent = (value: unknown): boolean => Array.isArray(value) ? value.some(namesEvent) : typeof value === 'string' && PLACEHOLDER.test(value)

const whyNot = (err: unknown): string => err instanceof Error ? err.message : String(err)

function checkTriggers({ schedule, time_zone, on }: WorkflowDefinition): WorkflowProblem[] {
  const messages: string[] = []
  if (schedule !== undefined) messages.push(...problemsOfSchedule(schedule, time_zone))
  const topic = typeof on === 'string' ? on : on?.event
  if (topic !== undefined && !isTopicPattern(topic)) messages.push(`there is no event ${JSON.stringify(topic.slice(0, 60))}: they are ${TOPICS.join(', ')}`)
  return messages.map((message) => ({ step: null, message }))
}

/** The schedule, not running. @throws when the pattern or the zone is none */
export const cronOf = (schedule: string, timeZone: string | undefined): Cron => new Cron(schedule, { paused: true, ...(timeZone !== undefined && { timezone: timeZone }) })

function problemsOfSchedule(schedule: string, timeZone: string | undefined): string[] {
  try {
    return cronOf(schedule, timeZone).nextRun() === null ? [`the schedule ${schedule} never comes`] : []
  } catch (err) {
    return [`the schedule ${JSON.stringify(schedule)} can not be read (${(err as Error).message}): write minute hour day month weekday, for example "0 3 * * *" for every night at three`]
  }
}

/** What stands for a value of the event that began a run. */
export const PLACEHOLDER = /\{event\.([A-Za-z_]{1,64})\}/

function errorsOf(schema: TSchema, value: unknown): string[] {
  return [...Value.Errors(schema, value)].filter(({ keyword }) => keyword !== 'boolean').map(({ instancePath, message, params }) => `${instancePath === '' ? '' : `${instancePath.slice(1).replaceAll('/', '.')} `}${message}${'additionalProperties' in params ? `: ${String(params.additionalProperties)}` : ''}`).slice(0, 5)
}
