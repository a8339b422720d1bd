import { useState } from 'react'
import { api } from '../api/client.ts'
import { Dialog } from '../design/dialog.tsx'
import { toast } from '../design/toast.tsx'

interface DeleteDialogProps {
  readonly id: string
  readonly name: string
  readonly onClose: () => void
  readonly onDeleted: () => void
}

const restore = (id: string, name: string): void => {
  api.post(`/assets/${encodeURIComponent(id)}/restore`, {}).then(() => toast(`${name} is back.`), (error: Error) => toast(error.message, 'bad'))
}

/** Asks once, then deletes. */
export function DeleteDialog({ id, name, onClose, onDeleted }: DeleteDialogProps) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState('')
  const remove = async (): Promise<void> => {
    setBusy(true)
    try {
      await api.remove(`/assets/${encodeURIComponent(id)}`)
      toast(`${name} is in the trash.`, 'plain', { label: 'Undo', act: () => restore(id, name) })
      onDeleted()
    } catch (error) {
      setError(error instanceof Error ? error.message : String(error))
      setBusy(false)
    }
  }
  return (
    <Dialog title="Delete this from the library?" onClose={onClose}>
      <p><strong className="path">{name}</strong> goes to the trash of the ring, from where it can be restored on any node. Files outside the ring, such as the one it was added from, stay.</p>
      {error === '' ? null : <p className="why" role="alert">{error}</p>}
      <div className="row end">
        <button type="button" className="button" autoFocus onClick={onClose}>Keep it</button>
        <button type="button" className="button danger" disabled={busy} onClick={() => void remove()}>{busy ? 'Deleting…' : 'Delete'}</button>
      </div>
    </Dialog>
  )
}
