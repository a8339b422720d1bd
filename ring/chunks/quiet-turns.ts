import type { Partition } from '#protocols/ids.ts'

/** Lets a look at a partition run while no change of it is under way, without making changes wait. */
export interface QuietTurns {
  busy<T>(partition: Partition, change: () => Promise<T>): Promise<T>
  /** `look` runs at the first moment without a change; it is synchronous, so none begins while it runs. */
  quiet<T>(partition: Partition, look: () => T): Promise<T>
}

export function createQuietTurns(): QuietTurns {
  const changes = new Map<Partition, number>()
  const looks = new Map<Partition, Array<() => void>>()

  function leave(partition: Partition): void {
    const left = (changes.get(partition) ?? 1) - 1
    if (left > 0) return void changes.set(partition, left)
    changes.delete(partition)
    const waiting = looks.get(partition) ?? []
    looks.delete(partition)
    for (const look of waiting) look()
  }

  return {
    async busy(partition, change) {
      changes.set(partition, (changes.get(partition) ?? 0) + 1)
      try {
        return await change()
      } finally {
        leave(partition)
      }
    },
    async quiet(partition, look) {
      if (!changes.has(partition)) return look()
      return new Promise((resolve, reject) => {
        const now = (): void => {
          try {
            resolve(look())
          } catch (err) {
            reject(err)
          }
        }
        looks.set(partition, [...looks.get(partition) ?? [], now])
      })
    }
  }
}
