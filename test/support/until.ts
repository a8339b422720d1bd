import { setTimeout as sleep } from 'node:timers/promises'

/** Longest `until` waits, in ms. @default 30000 */
export const UNTIL_MS = 30_000

/** Wait until `condition` holds (or answers something truthy), looking often; a deadline instead of a guess. @throws Error naming `what` did not come true */
export async function until<T>(condition: () => T | Promise<T>, what: string, withinMs = UNTIL_MS): Promise<Exclude<NonNullable<T>, false>> {
  const endMs = performance.now() + withinMs
  let last: unknown
  while (performance.now() < endMs) {
    try {
      const value = await condition()
      if (value) return value as Exclude<NonNullable<T>, false>
      last = value
    } catch (err) {
      last = err
    }
    await sleep(25)
  }
  throw new Error(`${what}: not within ${withinMs} ms (last: ${last instanceof Error ? last.message : JSON.stringify(last)})`)
}
