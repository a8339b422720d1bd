import type { Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import { clockWatch } from './source-clock.ts'

/** How often it is looked whether this node's clock was set, in ms: before anybody gives footage up. @default 2000 */
export const CLOCK_NOTES_MS = 2_000
/** A clock that was behind by less makes no footage old, in ms. @default 3600000 */
export const MIN_BEHIND_MS = 3_600_000

export interface ClockNotes extends Startable {
  look(): Promise<void>
}

/** When this node's clock is set on, notes with the hours it recorded since it started that they are younger than their names: retention would give them up as old. */
export function createClockNotes({ ring, log }: { ring: { readonly self: Ring['self']; readonly catalog: Pick<Ring['catalog'], 'cameras' | 'index' | 'policy'> }; log: Logger }): ClockNotes {
  const setMs = clockWatch()
  let beganMs = Date.now()

  async function look(): Promise<void> {
    const behindMs = setMs()
    const fromMs = beganMs
    beganMs += behindMs
    if (behindMs < MIN_BEHIND_MS) return
    for (const { id } of ring.catalog.cameras()) {
      const own = ring.catalog.index.recordings(id, fromMs, Date.now() - behindMs + MIN_BEHIND_MS).filter(({ node }) => node === ring.self)
      for (const hour of new Set(own.map((session) => session.hour))) {
        await ring.catalog.policy.note(id, hour, (note) => ({ ...note, behindMs: Math.max(note.behindMs ?? 0, behindMs) })).catch((err) => log.error('that %s of %s is younger is not noted - %s', hour, id, err))
      }
    }
  }

  const looking = repeating(look, CLOCK_NOTES_MS, log)
  return { look, start: () => looking.start(), stop: () => looking.stop() }
}
