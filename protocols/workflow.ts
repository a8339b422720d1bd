/** Workflows over HTTP: what they are made of, what is known of them, and what became of a run. */
import { type Static, Type } from 'typebox'

const Ms = Type.Number({ description: 'Unix time, milliseconds' })

export const WorkflowStep = Type.Object({
  action: Type.String({ minLength: 1, maxLength: 64, description: 'name of a verb; `GET /workflows/verbs` lists them with their parameters' }),
  on_error: Type.Optional(Type.Union([Type.Literal('stop'), Type.Literal('continue')], { description: 'of this step; default that of the workflow' }))
}, { additionalProperties: true, description: 'an action and its parameters; `{event.NAME}` in a text stands for a value of the event that began the run' })
export interface WorkflowStep { action: string; on_error?: 'stop' | 'continue'; [parameter: string]: unknown }

export const WorkflowTrigger = Type.Object({
  event: Type.String({ minLength: 1, maxLength: 100, description: 'topic: `card.inserted`, `recording.ended`…, or `capture.*`' }),
  where: Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Type.Union([Type.String({ maxLength: 500 }), Type.Number(), Type.Boolean()]), { description: 'values the event must have' }))
}, { additionalProperties: false })
export type WorkflowTrigger = Static<typeof WorkflowTrigger>

export const WorkflowDefinition = Type.Object({
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  workflow: Type.Array(WorkflowStep, { minItems: 1, maxItems: 100 }),
  on_error: Type.Optional(Type.Union([Type.Literal('stop'), Type.Literal('continue')], { description: 'whether steps after one that failed are done; default stop' })),
  dry_run: Type.Optional(Type.Boolean({ description: 'only say what would be done' })),
  schedule: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'cron: minute hour day month weekday, seconds may come first; one live node runs it' })),
  time_zone: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'IANA name the schedule is in; default that of the node' })),
  on: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 100 }), WorkflowTrigger])),
  enabled: Type.Optional(Type.Boolean({ description: 'false: neither its schedule nor its events begin it' }))
}, { additionalProperties: false })
export type WorkflowDefinition = Omit<Static<typeof WorkflowDefinition>, 'workflow'> & { workflow: WorkflowStep[] }

export const WorkflowProblem = Type.Object({
  step: Type.Union([Type.Number(), Type.Null()], { description: 'counted from 1; null when it is about the workflow itself' }),
  message: Type.String({ description: 'what is wrong and what to do' })
})
export type WorkflowProblem = Static<typeof WorkflowProblem>
export const WorkflowCheck = Type.Object({ ok: Type.Boolean(), problems: Type.Array(WorkflowProblem) })
export type WorkflowCheck = Static<typeof WorkflowCheck>

/** A step of a run: the `report` of a job of kind `workflow` holds a list of them as `steps`. */
export const StepReport = Type.Object({
  action: Type.String(),
  state: Type.Union(['waiting', 'running', 'done', 'failed', 'skipped'].map((state) => Type.Literal(state as 'waiting'))),
  message: Type.String({ description: 'what was done, or what went wrong and what to do' }),
  result: Type.Optional(Type.Unknown()),
  startedMs: Type.Optional(Ms),
  endedMs: Type.Optional(Ms)
})
export interface StepReport { action: string; state: 'waiting' | 'running' | 'done' | 'failed' | 'skipped'; message: string; result?: unknown; startedMs?: number; endedMs?: number }

export const WorkflowView = Type.Object({
  id: Type.String(),
  definition: WorkflowDefinition,
  changedMs: Ms,
  changedBy: Type.String(),
  problems: Type.Array(WorkflowProblem, { description: 'why the node that answers could not run it' }),
  nextMs: Type.Union([Ms, Type.Null()], { description: 'when its schedule begins it next' }),
  runsOn: Type.Union([Type.String(), Type.Null()], { description: 'name of the node its schedule is minded by now' })
})
export type WorkflowView = Static<typeof WorkflowView>
export const WorkflowList = Type.Object({ workflows: Type.Array(WorkflowView) })
export type WorkflowList = Static<typeof WorkflowList>

export const WorkflowRun = Type.Object({ dry_run: Type.Optional(Type.Boolean()) }, { additionalProperties: false })
export type WorkflowRun = Static<typeof WorkflowRun>

export const VerbView = Type.Object({ action: Type.String(), summary: Type.String(), params: Type.Unknown({ description: 'JSON schema' }), known: Type.Boolean({ description: 'false: this node can not do it' }) })
export type VerbView = Static<typeof VerbView>
export const VerbList = Type.Object({ verbs: Type.Array(VerbView), events: Type.Array(Type.String(), { description: 'topics that may begin a workflow' }) })
export type VerbList = Static<typeof VerbList>
