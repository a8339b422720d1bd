/** What was tried and failed, on this node, since it was started: each thing is tried a few times, ever later, and then left alone. */

/** What failed is tried again after so long, in ms, and four times as long after each failure. @default 600000 */
export const DERIVE_AGAIN_MS = 600_000
/** Tries before a node leaves it until it starts anew, or a person asks. @default 3 */
export const DERIVE_TRIES = 3

export interface FailedTries {
  /** Whether it may be tried now. */
  isDue(key: string): boolean
  /** Why it failed the last time. */
  reason(key: string): string | undefined
  /** It failed in this job, which tries it again when a person asks. */
  note(key: string, err: unknown, job: string): string
  forget(key: string): void
  /** What failed in a job is forgotten, and answered: it is tried at once. */
  again(job: string): string[]
  /** Everything that failed the last time. */
  keys(): Iterable<string>
}

/** Jobs whose failures are known. @default 200 */
const MAX_JOBS = 200

export function createFailedTries(nowMs: () => number): FailedTries {
  const failures = new Map<string, { readonly reason: string; readonly tries: number; readonly atMs: number }>()
  const jobs = new Map<string, Set<string>>()
  return {
    isDue(key) {
      const failure = failures.get(key)
      return failure === undefined || (failure.tries < DERIVE_TRIES && nowMs() - failure.atMs > DERIVE_AGAIN_MS * 4 ** (failure.tries - 1))
    },
    reason: (key) => failures.get(key)?.reason,
    note(key, err, job) {
      const reason = err instanceof Error ? err.message : String(err)
      failures.set(key, { reason, tries: (failures.get(key)?.tries ?? 0) + 1, atMs: nowMs() })
      jobs.set(job, (jobs.get(job) ?? new Set()).add(key))
      for (const [old] of jobs) if (jobs.size > MAX_JOBS) jobs.delete(old)
      return reason
    },
    forget: (key) => { failures.delete(key) },
    again(job) {
      const keys = [...jobs.get(job) ?? []].filter((key) => failures.has(key))
      for (const key of keys) failures.delete(key)
      return keys
    },
    keys: () => failures.keys()
  }
}
