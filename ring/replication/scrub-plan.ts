import { PARTITIONS, type Partition } from '#protocols/ids.ts'

/** When each partition was last read through, and since when that is counted. */
export interface ScrubHistory {
  /** When scrubbing began in this data folder, in ms. */
  readonly sinceMs: number
  /** By partition: when the last whole reading of it began, in ms; 0 for never. */
  readonly verifiedMs: ArrayLike<number>
}

/** A partition, and when it is to be read. */
export interface Due {
  readonly partition: Partition
  readonly dueMs: number
}

/** When a partition is due: one period after its last reading. First readings are spread over the first period. */
export function dueMsOf(partition: Partition, { sinceMs, verifiedMs }: ScrubHistory, periodMs: number): number {
  const lastMs = verifiedMs[partition] ?? 0
  return lastMs > 0 ? lastMs + periodMs : sinceMs + (partition + 1) * periodMs / PARTITIONS
}

/** The partition that is due first. */
export function nextDue(history: ScrubHistory, periodMs: number): Due {
  let next: Due = { partition: 0 as Partition, dueMs: dueMsOf(0 as Partition, history, periodMs) }
  for (let partition = 1 as Partition; partition < PARTITIONS; partition++) {
    const dueMs = dueMsOf(partition, history, periodMs)
    if (dueMs < next.dueMs) next = { partition, dueMs }
  }
  return next
}

/** How late the latest partition is, in ms; 0 when the period is kept. */
export function overdueMs(history: ScrubHistory, periodMs: number, nowMs: number): number {
  return Math.max(0, nowMs - nextDue(history, periodMs).dueMs)
}
