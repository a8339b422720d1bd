import { InvalidQueryError } from '#protocols/errors.ts'
import type { Catalog } from '#ring'

/** Counting anew what rules find takes at most one part in so many of the time: in a large library the numbers beside them lag. @default 20 */
export const COUNTS_SHARE = 20
/** Counting that takes no longer is done whenever somebody asks and something changed, in ms. @default 50 */
export const QUICK_COUNT_MS = 50
/** The numbers are no older, in ms, if somebody asks: a rule may say `today`. @default 60000 */
export const MAX_COUNT_AGE_MS = 60_000

/** How many assets a rule finds; `problem` says why it finds none here. */
export interface RuleCount {
  readonly assets: number
  readonly problem: string | null
}

export interface RuleCounts {
  /** Now. @throws OverloadedError */
  one(rule: string): Promise<RuleCount>
  /** Of all rules there are, as they were not long ago. @throws OverloadedError */
  all(rules: readonly string[]): Promise<ReadonlyMap<string, RuleCount>>
}

export function createRuleCounts({ catalog }: { catalog: Pick<Catalog, 'assetsChanged' | 'search'> }): RuleCounts {
  let known: ReadonlyMap<string, RuleCount> = new Map()
  let dueMs = -Infinity
  let isStale = true
  catalog.assetsChanged.on(() => { isStale = true })

  async function one(rule: string): Promise<RuleCount> {
    if (rule.trim() === '') return { assets: 0, problem: 'its rule is empty' }
    try {
      return { assets: await catalog.search.count({ also: [rule] }), problem: null }
    } catch (err) {
      if (err instanceof InvalidQueryError) return { assets: 0, problem: err.message }
      throw err
    }
  }

  /** One after the other: others search, too. */
  async function counted(rules: readonly string[]): Promise<Map<string, RuleCount>> {
    const counts = new Map<string, RuleCount>()
    for (const rule of rules) counts.set(rule, await one(rule))
    return counts
  }

  async function anew(rules: readonly string[], began: number): Promise<void> {
    isStale = false
    dueMs = Infinity // whoever asks meanwhile has the last numbers
    try {
      known = await counted(rules)
    } finally {
      const took = performance.now() - began
      dueMs = performance.now() + Math.min(MAX_COUNT_AGE_MS, Math.max(0, took - QUICK_COUNT_MS) * COUNTS_SHARE)
    }
  }

  return {
    one,
    async all(rules) {
      const now = performance.now()
      if (now >= dueMs && (isStale || now > dueMs + MAX_COUNT_AGE_MS)) await anew(rules, now)
      return new Map([...known, ...await counted(rules.filter((rule) => !known.has(rule)))])
    }
  }
}
