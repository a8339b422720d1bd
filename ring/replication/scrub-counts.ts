import type { VerifyOutcome } from '#protocols/chunk.ts'
import type { Metrics } from '../base/metrics.ts'

/** What was read and found since the start, also as metrics. */
export interface ScrubCounts {
  add(outcome: VerifyOutcome, bytes: number): void
  /** Something found earlier is whole now. */
  healedLater(): void
  read(): { checked: number; damaged: number; missing: number; healed: number }
}

export function createScrubCounts(metrics?: Metrics): ScrubCounts {
  const counts = { checked: 0, damaged: 0, missing: 0, healed: 0 }
  const counter = {
    checked: metrics?.counter('ring_scrub_chunks_total', 'Chunks read from this disk and compared with their ids'),
    bytes: metrics?.counter('ring_scrub_bytes_total', 'Bytes of chunks read from this disk and found good'),
    damaged: metrics?.counter('ring_scrub_damaged_total', 'Chunks of this disk that were found damaged'),
    missing: metrics?.counter('ring_scrub_missing_total', 'Chunks that this disk should have held and did not'),
    healed: metrics?.counter('ring_scrub_healed_total', 'Damaged and missing chunks that were replaced by copies of other nodes')
  }
  const count = (kind: keyof typeof counts): void => {
    counts[kind]++
    counter[kind]?.increment()
  }
  return {
    add(outcome, bytes) {
      if (outcome === 'ELSEWHERE') return
      count('checked')
      counter.bytes?.increment(bytes)
      if (outcome.startsWith('DAMAGED')) count('damaged')
      if (outcome.startsWith('MISSING')) count('missing')
      if (outcome.endsWith('HEALED')) count('healed')
    },
    healedLater: () => count('healed'),
    read: () => ({ ...counts })
  }
}
