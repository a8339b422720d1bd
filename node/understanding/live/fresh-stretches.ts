import type { SeenNote } from '#ring'
import { LIVE, type MomentIndex } from '../index/entries.ts'
import { entriesOfSeen, type SeenStretch, seenReading } from './seen-stretch.ts'

/** Stretches that were written down lately: this node answers for them as for what is live, until their owners have had the time to read them. */
export interface FreshStretches {
  add(stretch: SeenStretch, note: SeenNote): Promise<void>
  /** Those that were added by now are their owners' from here on. */
  settle(): Promise<void>
}

export function createFreshStretches({ index }: { readonly index: Pick<MomentIndex, 'put' | 'readings'> }): FreshStretches {
  const fresh = new Set<{ readonly stretch: SeenStretch; readonly note: SeenNote }>()

  /** One that became part of a longer one meanwhile is not put back. */
  async function put(stretch: SeenStretch, note: SeenNote): Promise<void> {
    if (index.readings({ kind: 'camera', id: stretch.camera }).includes(seenReading(note))) await index.put(entriesOfSeen(stretch, seenReading(note)))
  }

  return {
    async add(stretch, note) {
      fresh.add({ stretch, note })
      await index.put(entriesOfSeen(stretch, seenReading(note), LIVE))
    },
    async settle() {
      const all = [...fresh]
      fresh.clear()
      for (const { stretch, note } of all) await put(stretch, note)
    }
  }
}
