import type { PeerId } from '#protocols/ids.ts'
import type { Records } from '#ring'

/** Kind of the records in which each node says what it can make. */
export const MAKERS_KIND = 'understanding-node'
/** Readings one node can make, at most. @default 32 */
const MAX_MAKES = 32

/** Which node of the ring has the model for which reading: few records that change when a model comes or goes. */
export interface MakersOfReadings {
  /** Names in `made` of what a node can make; of this node as it is now. */
  of(node: PeerId): readonly string[]
  /** Names of all readings that some node can make. */
  all(): readonly string[]
  /** Tell the others when it has changed. */
  tell(): Promise<void>
}

export function createMakersOfReadings({ records, self, makes }: { records: Pick<Records, 'find' | 'list' | 'put'>; self: PeerId; makes: () => readonly string[] }): MakersOfReadings {
  const told = (fields: Readonly<Record<string, unknown>> | undefined): string[] => Array.isArray(fields?.['makes']) ? fields['makes'].filter((name) => typeof name === 'string').slice(0, MAX_MAKES) : []
  return {
    of: (node) => node === self ? makes() : told(records.find(MAKERS_KIND, node)?.fields),
    all: () => [...new Set([...makes(), ...records.list(MAKERS_KIND).flatMap(({ id, fields }) => id === self ? [] : told(fields))])],
    async tell() {
      const now = [...makes()].sort()
      if (told(records.find(MAKERS_KIND, self)?.fields).join() !== now.join()) await records.put(MAKERS_KIND, self, { makes: now })
    }
  }
}
