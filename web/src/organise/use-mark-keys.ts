import { useMay } from '../shell/use-may.ts'
import { useShortcuts } from '../shell/shortcuts.ts'
import { editOfKey, MARK_KEYS } from './marks.ts'
import { selection } from './selection.ts'
import { editMany } from './undo.ts'

/** The clips a key is for: those chosen, else the one that has the focus. */
function concerned(): string[] {
  const chosen = [...selection.get()]
  const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>('[data-asset]')?.dataset['asset']
  return chosen.length > 0 ? chosen : focused === undefined ? [] : [focused]
}

function mark(key: string): void {
  const [ids, edit] = [concerned(), editOfKey(key)]
  if (ids.length > 0 && edit !== undefined) void editMany(ids, edit.patch, (count) => `${count}: ${edit.words}`)
}

/** 0–5 rate, 6–9 label, P R U flag, Esc gives the selection up. */
export function useMarkKeys(): void {
  const { edit } = useMay()
  useShortcuts({ ...edit && Object.fromEntries(MARK_KEYS.map((key) => [key, () => mark(key)])), Escape: () => selection.clear() })
}
