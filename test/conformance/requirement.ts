import type { Client } from './client.ts'

/** One sentence of a specification that a server can be held to. */
export interface Requirement {
  /** Where it is written: `RFC 9725 4.2`, `WHEP-04 4.3.2`; `ours` for what no document asks of every server. */
  readonly clause: string
  readonly claim: string
  /** `should` is reported and does not fail the run. @default must */
  readonly level?: 'must' | 'should'
  /** Resolves when it holds. @throws Error with what was seen; SkipError when the server may do without */
  check(client: Client): Promise<void>
}

/** The server does not offer what the requirement is about, and need not. */
export class SkipError extends Error {}

export type Verdict = 'ok' | 'not ok' | 'skipped'

export interface Outcome extends Pick<Requirement, 'clause' | 'claim'> {
  readonly level: 'must' | 'should'
  readonly verdict: Verdict
  /** What was seen instead; empty when it holds. */
  readonly detail: string
}

/** Hold a server to each requirement, one after another; what a check leaves open is closed before the next. */
export async function hold(requirements: readonly Requirement[], client: Client, report: (outcome: Outcome) => void = () => {}): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const { clause, claim, level = 'must', check } of requirements) {
    const [verdict, detail] = await check(client).then(() => ['ok', ''] as const, (err: Error) => [err instanceof SkipError ? 'skipped' : 'not ok', err.message.split('\n')[0] ?? ''] as const)
    await client.cleanUp()
    const outcome = { clause, claim, level, verdict, detail }
    outcomes.push(outcome)
    report(outcome)
  }
  return outcomes
}

export function lineOf({ clause, claim, level, verdict, detail }: Outcome): string {
  return `${verdict}${verdict === 'not ok' && level === 'should' ? ' (should)' : ''} - ${clause}: ${claim}${detail === '' ? '' : ` # ${detail}`}`
}

/** @throws Error */
export function expect(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

export const isClientError = (status: number): boolean => status >= 400 && status < 500
