/** Do `work` for every item, at most `limit` of them at once. After a failure nothing new is begun, and what runs is waited for. @throws the first failure */
export async function atOnce<T>(limit: number, items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items[Symbol.iterator]()
  const failures: unknown[] = []
  async function worker(): Promise<void> {
    while (failures.length === 0) {
      const next = rest.next()
      if (next.done === true) return
      await work(next.value).catch((err) => { failures.push(err) })
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
  if (failures.length > 0) throw failures[0]
}
