/** What the ring's people decided for all nodes: the root-level map `settings` of the root document (`trashDays`). */
import type * as Y from 'yjs'

export const SETTINGS = 'settings'
/** Days that deleted assets can be restored. @default 30 */
export const DEFAULT_TRASH_DAYS = 30
/** Most days that can be asked for: ten years. @default 3650 */
export const MAX_TRASH_DAYS = 3_650

/** A whole number from 0 (given up at the next look) to MAX_TRASH_DAYS. */
export function isTrashDays(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TRASH_DAYS
}

/** What was set, or the default. */
export function readTrashDays(doc: Y.Doc): number {
  const days = doc.getMap(SETTINGS).get('trashDays')
  return isTrashDays(days) ? days : DEFAULT_TRASH_DAYS
}

/** Inside a transaction. */
export function writeTrashDays(doc: Y.Doc, days: number): void {
  const settings = doc.getMap<unknown>(SETTINGS)
  if (settings.get('trashDays') !== days) settings.set('trashDays', days)
}
