/** Which chunks of a partition are garbage. Pure. Chunks are named by the hex of their digests. */

/** The kernel stamps files with a clock that lags by some milliseconds, in ms. @default 50 */
export const FILE_CLOCK_LAG_MS = 50

export interface PartitionFacts {
  /** What is kept here, and when its file last changed (Unix ms); undefined for what is only remembered as damaged or missing. */
  readonly kept: Iterable<readonly [name: string, writtenMs: number | undefined]>
  readonly needed: ReadonlySet<string>
  /** Chunks that were seen unneeded before, and since when. */
  readonly suspects: ReadonlyMap<string, number>
  /** Chunks put or asked for again since then. */
  readonly renewed: ReadonlySet<string>
  readonly nowMs: number
  /** Every write that is under way began after this. */
  readonly quietUntilMs: number
  readonly graceMs: number
}

export interface Verdict {
  /** What nothing needs and nobody is writing, and since when that is known. */
  readonly suspects: Map<string, number>
  /** Suspects of which that is known for the whole grace. */
  readonly ripe: string[]
}

/** What was written or renewed after it was seen unneeded begins its grace anew. */
export function judge({ kept, needed, suspects, renewed, nowMs, quietUntilMs, graceMs }: PartitionFacts): Verdict {
  const verdict: Verdict = { suspects: new Map(), ripe: [] }
  for (const [name, writtenMs] of kept) {
    if (needed.has(name) || (writtenMs ?? 0) + FILE_CLOCK_LAG_MS >= quietUntilMs) continue
    const knownMs = suspects.get(name)
    const isOld = knownMs !== undefined && knownMs <= nowMs && !renewed.has(name) && isUntouched(writtenMs, knownMs)
    verdict.suspects.set(name, isOld ? knownMs : nowMs)
    if (isOld && nowMs - knownMs >= graceMs) verdict.ripe.push(name)
  }
  return verdict
}

/** Whether a file that changed at `writtenMs` was left alone since `sinceMs`. */
export function isUntouched(writtenMs: number | undefined, sinceMs: number): boolean {
  return (writtenMs ?? 0) + FILE_CLOCK_LAG_MS < sinceMs
}
