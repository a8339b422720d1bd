import type { TObject } from 'typebox'
import { UnsupportedActionError } from '#protocols/errors.ts'
import type { Person } from '../organise/person.ts'
import type { ActionOptions, Actions } from './actions.ts'

/** What a step hands back; `result` is kept with the run when it is small. */
export interface StepResult {
  /** One sentence: what was done. */
  readonly message: string
  readonly result?: unknown
}

export interface VerbContext extends ActionOptions {
  readonly actions: Actions
  readonly signal: AbortSignal
  /** Whose step it is, where a person said it. */
  readonly who?: Person
}

/** One word of the workflow language. */
export interface Verb {
  readonly action: string
  /** For people who choose one. */
  readonly summary: string
  /** Parameters beside `action` and `on_error`. */
  readonly params: TObject
  /** Whether this node can do it at all. */
  isKnown(actions: Actions): boolean
  /** A quick look at what would keep it from running now; changes nothing. @throws that, and what to do */
  look?(params: Params, context: VerbContext): Promise<void>
  /** Changes nothing; answers what would be done. @throws what would go wrong already now, and what to do */
  check(params: Params, context: VerbContext): Promise<string>
  /** @throws with a sentence that says what to do */
  run(params: Params, context: VerbContext): Promise<StepResult>
}

/** Parameters that were checked against the verb's schema. */
export type Params = Readonly<Record<string, any>>

/** The action, or why not. @throws UnsupportedActionError */
export function known<Name extends keyof Actions>(actions: Actions, name: Name): NonNullable<Actions[Name]> {
  const action = actions[name]
  if (action === undefined) throw new UnsupportedActionError(`this node does not know ${String(name).replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}: it is of a version or a build without it`)
  return action
}

/** `1 file`, `2 files`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
