import { useRef } from 'react'
import type { AssetDetail, AssetView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { refetch } from '../api/resource.ts'
import { useSharedText } from './use-shared-text.ts'

/** Notes of a clip: whoever has it open sees what is typed, as it is typed. */
export function Notes({ asset, path }: { readonly asset: AssetDetail; readonly path: string }) {
  const field = useRef<HTMLTextAreaElement>(null)
  const { text, state, reason, edit, flush } = useSharedText({ text: asset.notes, atMs: asset.editedAtMs }, async (notes, notesBase) => {
    const stored = await api.patch<AssetView>(path, { notes, notesBase })
    refetch(path)
    return { text: stored.notes, atMs: stored.editedAtMs }
  }, field)
  return (
    <div>
      <div className="row spread"><label className="label" htmlFor="notes">Notes</label>
        {state === 'failed' ? <span className="small save-state" role="alert"><span className="why">Not saved: {reason}</span> <button type="button" className="link" onClick={flush}>Try again</button></span>
          : <span className="small dim save-state" role="status" data-state={state}>{state === 'saved' ? 'Saved' : 'Typing…'}</span>}
      </div>
      <textarea ref={field} id="notes" className="field" rows={5} maxLength={20_000} placeholder="What should the next person know about this clip?" value={text} onChange={(event) => edit(event.target.value)} onBlur={flush} />
    </div>
  )
}
