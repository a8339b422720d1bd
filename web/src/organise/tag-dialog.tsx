import { useState } from 'react'
import type { BulkEditResult } from '#protocols/http.ts'
import { api, MANY_TIMEOUT_MS, queryOf } from '../api/client.ts'
import { refetch } from '../api/resource.ts'
import { Dialog } from '../design/dialog.tsx'
import { plural } from '../design/format.ts'
import { done } from './undo.ts'
import { useAct } from './use-act.ts'

/** Renames a tag everywhere, merges it into another by giving it that name, or takes it off everything. */
export function TagDialog({ tag, onClose }: { readonly tag: string; readonly onClose: () => void }) {
  const [to, setTo] = useState(tag)
  const { busy, why, act } = useAct(() => { refetch('/tags'); onClose() })
  const rename = (): Promise<void> => act(async () => {
    const result = await api.post<BulkEditResult>('/tags/rename', { from: [tag], to: to.trim() }, MANY_TIMEOUT_MS)
    done(`${tag} is ${to.trim()} now, on ${plural(result.changed, 'clip')}`, result)
  })
  const remove = (): Promise<void> => act(async () => {
    const { answer: result } = await api.remove<BulkEditResult>(`/tags${queryOf({ tag })}`, {}, MANY_TIMEOUT_MS)
    done(`${tag} was taken off ${plural(result.changed, 'clip')}`, result)
  })
  return (
    <Dialog title={`Tag ${tag}`} onClose={onClose}>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); void rename() }}>
        <label><span className="label">Name; / makes levels, and the name of another tag merges both</span><input className="field" autoFocus required maxLength={200} value={to} onChange={(event) => setTo(event.target.value)} /></label>
        <p className="small dim">What lies under it goes along.</p>
        {why === '' ? null : <p className="why" role="alert">{why}</p>}
        <div className="row end">
          <button type="button" className="button danger" disabled={busy} onClick={() => void remove()}>Take it off everything</button>
          <button type="submit" className="button primary" disabled={busy || to.trim() === tag}>Rename</button>
        </div>
      </form>
    </Dialog>
  )
}
