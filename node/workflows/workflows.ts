import { createHash, randomBytes } from 'node:crypto'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import type { JobView, WorkflowDefinition, WorkflowProblem, WorkflowView } from '#protocols/http.ts'
import type { Partition, PeerId } from '#protocols/ids.ts'
import type { Ring, RingRecord } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { EventBus, NodeEvent } from '../events/events.ts'
import { isMatch } from '../events/topics.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Actions } from './actions.ts'
import { checkDefinition, cronOf, lookAtSteps, parseDefinition } from './check.ts'
import { comesOf, type Run, workflowTask } from './run.ts'
import { createScheduler } from './scheduler.ts'

/** Runs that events began, under way at once; further events are noted in the log. @default 20 */
export const MAX_TRIGGERED_RUNS = 20
/** Kind of their records. */
export const WORKFLOWS = 'workflows'

/** Workflows people keep: the same on every node, begun by people, schedules and events. */
export interface Workflows extends Startable {
  list(): WorkflowView[]
  /** @throws NotFoundError */
  find(id: string): WorkflowView
  /** What is written wrongly; when nothing is, what a quick look at what the steps name finds. @throws InvalidInputError */
  check(definition: unknown): Promise<WorkflowProblem[]>
  /** Keeps it under this id, or a new one made of its name. @throws InvalidInputError */
  put(definition: unknown, by: string, id?: string): Promise<WorkflowView>
  /** @throws NotFoundError */
  remove(id: string): Promise<void>
  /** Begins a stored one on this node. @throws NotFoundError, InvalidInputError when this node can not do all of it */
  run(id: string, begun: Pick<Run, 'trigger'> & Partial<Pick<Run, 'dryRun' | 'event'>>): JobView
  /** Begins one that is not stored. @throws InvalidInputError */
  runOnce(definition: unknown, begun: Pick<Run, 'trigger'> & Partial<Pick<Run, 'dryRun'>>): JobView
}

export interface WorkflowsComponents {
  ring: Pick<Ring, 'self' | 'membership' | 'placement'> & { readonly catalog: Pick<Ring['catalog'], 'records'> }
  jobs: Pick<Jobs, 'submit' | 'register' | 'list'>
  actions: Actions
  events: EventBus['events']
  log: Logger
}

export interface WorkflowsInit {
  /** How long two nodes that both claim a moment have to hear of each other, in ms. */
  settleMs?: number
}

export function createWorkflows({ ring, jobs, actions, events, log: parent }: WorkflowsComponents, init: WorkflowsInit = {}): Workflows {
  const log = parent.scope('node:workflows')
  const { records } = ring.catalog
  jobs.register('workflow', (params) => workflowTask(actions, { ...params, definition: parseDefinition(params['definition']) } as unknown as Run))

  const memberAt = (id: string): PeerId | undefined => ring.placement.ranking(createHash('sha256').update(id).digest()[0] as Partition).find((peer) => ring.membership.isAlive(peer))

  function record(id: string): RingRecord {
    const found = records.find(WORKFLOWS, id)
    if (found === undefined) throw new NotFoundError(`there is no workflow ${JSON.stringify(id.slice(0, 64))}: thatdam workflow list shows them`)
    return found
  }

  function viewOf({ id, fields }: RingRecord): WorkflowView | undefined {
    try {
      const definition = parseDefinition(fields['definition'])
      const owner = memberAt(id)
      const isScheduled = definition.schedule !== undefined && definition.enabled !== false
      return {
        id, definition, changedMs: Number(fields['changedMs'] ?? 0), changedBy: String(fields['changedBy'] ?? ''), problems: checkDefinition(definition, actions),
        nextMs: isScheduled ? nextOf(definition) : null,
        runsOn: isScheduled ? ring.membership.members().find(({ peerId }) => peerId === owner)?.name ?? null : null
      }
    } catch {
      return undefined // another member wrote something else
    }
  }

  const list = (): WorkflowView[] => records.list(WORKFLOWS).flatMap((each) => viewOf(each) ?? [])

  function begin(run: Run): JobView {
    const problems = checkDefinition(run.definition, actions)
    if (problems.length > 0) throw new InvalidInputError(problems.map(({ step, message }) => `${step === null ? '' : `step ${step}: `}${message}`).join('; '))
    return jobs.submit(workflowTask(actions, run))
  }

  function run(id: string, { trigger, dryRun, event }: Parameters<Workflows['run']>[1]): JobView {
    const definition = parseDefinition(record(id).fields['definition'])
    return begin({ workflow: id, definition, dryRun: dryRun ?? definition.dry_run ?? false, trigger, event })
  }

  function onEvent(event: NodeEvent): void {
    for (const { id, definition } of list()) {
      if (definition.enabled === false || !isMeant(definition.on, event) || comesOf(event.payload).includes(id)) continue
      const underWay = jobs.list().filter(({ kind, endedMs }) => kind === 'workflow' && endedMs === null).length
      if (underWay >= MAX_TRIGGERED_RUNS) log.error('workflow %s is not begun by %s: %d runs are under way', id, event.topic, underWay)
      else attempt(id, event.topic, { ...event.payload, topic: event.topic, node: event.node })
    }
  }

  function attempt(id: string, trigger: string, event?: Run['event']): void {
    try {
      run(id, { trigger, event })
    } catch (err) {
      log.error('workflow %s is not begun by %s - %s', id, trigger, err)
    }
  }

  const scheduler = createScheduler({ self: ring.self, workflows: () => records.list(WORKFLOWS), isMine: (id) => memberAt(id) === ring.self, isAlone: () => ring.membership.alive().length < 2, claim: (id, fields) => records.put(WORKFLOWS, id, fields), begin: (id) => attempt(id, 'schedule'), log }, init)
  let leave = (): void => {}
  return {
    list,
    find(id) {
      const view = viewOf(record(id))
      if (view === undefined) throw new NotFoundError(`what is stored as ${id} is no workflow: remove it`)
      return view
    },
    async check(value) {
      const definition = parseDefinition(value)
      const problems = checkDefinition(definition, actions)
      return problems.length > 0 ? problems : lookAtSteps(definition, actions)
    },
    async put(value, changedBy, id) {
      const definition = parseDefinition(value)
      const problems = checkDefinition(definition, actions)
      if (problems.length > 0) throw new InvalidInputError(problems.map(({ step, message }) => `${step === null ? '' : `step ${step}: `}${message}`).join('; '))
      const key = id ?? newId(definition, (taken) => records.find(WORKFLOWS, taken) !== undefined)
      await records.put(WORKFLOWS, key, { definition, changedMs: Date.now(), changedBy: changedBy.slice(0, 200) })
      return this.find(key)
    },
    async remove(id) {
      record(id)
      await records.remove(WORKFLOWS, id)
    },
    run,
    runOnce(value, { trigger, dryRun }) {
      const definition = parseDefinition(value)
      return begin({ workflow: '', definition, dryRun: dryRun ?? definition.dry_run ?? false, trigger })
    },
    start() {
      leave = events.on(onEvent)
      scheduler.start()
    },
    async stop() {
      leave()
      await scheduler.stop()
    }
  }
}

function isMeant(on: WorkflowDefinition['on'], { topic, payload }: NodeEvent): boolean {
  if (on === undefined) return false
  const { event, where = {} } = typeof on === 'string' ? { event: on } : on
  return isMatch(event, topic) && Object.entries(where).every(([name, value]) => payload[name] === value)
}

function nextOf({ schedule = '', time_zone }: WorkflowDefinition): number | null {
  try {
    return cronOf(schedule, time_zone).nextRun()?.getTime() ?? null
  } catch {
    return null
  }
}

/** Readable, and free. */
function newId({ name = 'workflow' }: WorkflowDefinition, isTaken: (id: string) => boolean): string {
  const slug = name.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 48).replace(/^-+|-+$/g, '') || 'workflow'
  return isTaken(slug) ? `${slug}-${randomBytes(4).toString('hex')}` : slug
}
