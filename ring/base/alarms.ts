import { type Signal, emitter } from './emitter.ts'

/** Something a person should know of, and may have to mend. It stands until whoever raised it clears it. */
export interface Alarm {
  /** What it is about, unique among those that stand: `disk-full`, `document-damaged/3f`. */
  readonly key: string
  /** `critical`: what was promised is in danger, or recording does not go on. */
  readonly severity: 'warning' | 'critical'
  /** One sentence: what is wrong and what to do. No secrets. */
  readonly message: string
  /** Unix ms. */
  readonly sinceMs: number
}

/** The alarms of this node that stand now. */
export interface Alarms {
  /** Raised again with the same key, severity and message changes nothing; `sinceMs` is that of the first. */
  raise(alarm: Pick<Alarm, 'key' | 'severity' | 'message'>): void
  /** Unknown keys are ignored. */
  clear(key: string): void
  /** Oldest first. */
  active(): Alarm[]
  /** An alarm was raised, changed or cleared. */
  readonly changed: Signal<void>
}

/** Longest message kept, in characters. @default 500 */
export const MAX_ALARM_CHARACTERS = 500
/** Alarms kept at once; more of a kind are one alarm too many to read. @default 200 */
export const MAX_ALARMS = 200

/** `now` answers Unix ms. */
export function createAlarms({ now = Date.now }: { now?: () => number } = {}): Alarms {
  const standing = new Map<string, Alarm>()
  const changed = emitter<void>()
  return {
    raise({ key, severity, message: text }) {
      const message = text.slice(0, MAX_ALARM_CHARACTERS)
      const known = standing.get(key)
      if (known === undefined ? standing.size >= MAX_ALARMS : known.severity === severity && known.message === message) return
      standing.set(key, { key, severity, message, sinceMs: known?.sinceMs ?? now() })
      changed.emit()
    },
    clear(key) {
      if (standing.delete(key)) changed.emit()
    },
    active: () => [...standing.values()],
    changed
  }
}
