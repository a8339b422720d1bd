import { useEffect } from 'react'
import type { BulkEditRequest, BulkEditResult, UndoResult } from '#protocols/http.ts'
import { api, MANY_TIMEOUT_MS } from '../api/client.ts'
import { plural } from '../design/format.ts'
import { toast, type Way } from '../design/toast.tsx'
import { isTyping } from '../shell/shortcuts.ts'

/** Reasons named in full before the rest is counted. @default 2 */
const NAMED = 2

function leftWords({ left, leftCount }: UndoResult): string {
  if (leftCount === 0) return ''
  const named = left.slice(0, NAMED).map(({ name, field, by }) => `${name}: ${field.replace(':', ' ')} was changed by ${by || 'somebody'}`)
  return ` Left as it is: ${named.join('; ')}${leftCount > named.length ? ` and ${leftCount - named.length} more` : ''}.`
}

/** Somebody who did something since on a node that is away reads why that is not what was undone. */
const awayWords = ({ silent }: UndoResult): string => silent.length === 0 ? '' : ` ${silent.join(' and ')} ${silent.length === 1 ? 'does' : 'do'} not answer: what you did there since can be undone when ${silent.length === 1 ? 'it is' : 'they are'} back.`

async function turn(way: 'undo' | 'redo', id?: string): Promise<void> {
  try {
    const result = await api.post<UndoResult>(`/${way}`, id === undefined ? {} : { id }, MANY_TIMEOUT_MS)
    const words = `${result.restored === 0 && result.leftCount > 0 ? `Nothing could be ${way === 'undo' ? 'undone' : 'done again'}` : way === 'undo' ? 'Undone' : 'Done again'}: ${result.entry.title}.${leftWords(result)}${awayWords(result)}`
    toast(words, result.leftCount > 0 ? 'bad' : 'plain', way === 'undo' ? { label: 'Redo', act: () => void turn('redo', result.entry.id) } : { label: 'Undo', act: () => void turn('undo', result.entry.id) })
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), 'bad')
  }
}

/** Takes back what this person did last, or one thing they did. */
export const undo = (id?: string): Promise<void> => turn('undo', id)
export const redo = (id?: string): Promise<void> => turn('redo', id)

/** The button that takes that very step back; none where there was no step. */
export const wayBack = (id: string | null, then = (): void => undefined): Way | undefined => id === null ? undefined : { label: 'Undo', act: () => void undo(id).then(then) }

/** Says what was done, with a way back. */
export function done(words: string, { undo: id, failed, missing }: Pick<BulkEditResult, 'undo' | 'failed' | 'missing'>): void {
  const lost = failed.reduce((sum, { ids }) => sum + ids.length, missing.length)
  const trouble = lost === 0 ? '' : ` ${plural(lost, 'clip')} could not be changed${failed[0] === undefined ? ': nobody knows them any more' : `: ${failed[0].reason}`}.`
  toast(words + trouble, lost > 0 ? 'bad' : 'plain', wayBack(id))
}

/** Edits many clips in one step, and says so. */
export async function editMany(ids: readonly string[], patch: BulkEditRequest['patch'], words: (count: string) => string): Promise<void> {
  try {
    const result = await api.post<BulkEditResult>('/assets/edit', { ids, patch }, MANY_TIMEOUT_MS)
    done(result.changed === 0 ? 'Nothing to change: it is so already.' : words(plural(result.changed, 'clip')), result)
  } catch (error) {
    toast(`Not changed: ${error instanceof Error ? error.message : String(error)}`, 'bad')
  }
}

/** Ctrl or Cmd with Z undoes, with Shift (or with Y) does it again; a field that is being typed in keeps its own. */
export function useUndoKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const key = event.key.toLowerCase()
      if (!(event.ctrlKey || event.metaKey) || event.altKey || (key !== 'z' && key !== 'y') || isTyping(event.target) || document.querySelector('dialog[open]') !== null) return
      event.preventDefault()
      void (key === 'y' || event.shiftKey ? redo() : undo())
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
