import { type FormEvent, useState } from 'react'
import type { FolderAdd, FolderView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { Dialog } from '../design/dialog.tsx'

interface FolderFormProps {
  /** The one that is changed; undefined: a new one. */
  readonly folder: FolderView | undefined
  readonly onClose: () => void
  readonly onSaved: (folder: FolderView) => void
}

/** Patterns as they are typed: one a line, or with commas between them. */
export const parsePatterns = (text: string): string[] => [...new Set(text.split(/[\n,]/).map((pattern) => pattern.trim()).filter((pattern) => pattern !== ''))]

/** Asks which folder of its machine the node may read, and how. */
export function FolderForm({ folder, onClose, onSaved }: FolderFormProps) {
  const [path, setPath] = useState(folder?.path ?? '')
  const [mode, setMode] = useState<FolderView['mode']>(folder?.mode ?? 'reference')
  const [include, setInclude] = useState(folder?.include.join(', ') ?? '')
  const [exclude, setExclude] = useState(folder?.exclude.join(', ') ?? '')
  const [watch, setWatch] = useState(folder?.watch ?? true)
  const [error, setError] = useState('')
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setError('')
    const settings = { mode, watch, include: parsePatterns(include), exclude: parsePatterns(exclude) }
    try {
      onSaved(folder === undefined ? await api.post<FolderView>('/paths', { path: path.trim(), ...settings } satisfies FolderAdd) : await api.patch<FolderView>(`/paths/${folder.id}`, settings))
    } catch (error) {
      setError(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <Dialog title={folder === undefined ? "Add a folder of the node's machine" : 'How this folder is read'} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <label><span className="label">Full path of the folder there</span><input className="field mono" value={path} placeholder="/mnt/nas/footage" required maxLength={4096} autoFocus disabled={folder !== undefined} onChange={(event) => setPath(event.target.value)} /></label>
        <fieldset className="stack">
          <legend className="label">Its files</legend>
          <label className="row"><input type="radio" name="mode" checked={mode === 'reference'} onChange={() => setMode('reference')} /><span>stay where they are: <span className="dim">the library knows and plays them, one place only</span></span></label>
          <label className="row"><input type="radio" name="mode" checked={mode === 'import'} onChange={() => setMode('import')} /><span>are copied into the ring: <span className="dim">kept on several nodes, whatever becomes of the folder</span></span></label>
        </fieldset>
        <label className="row"><input type="checkbox" checked={watch} onChange={(event) => setWatch(event.target.checked)} /><span>Watch it: find new and changed files without being asked</span></label>
        <label><span className="label">Only files like (all when empty)</span><input className="field mono" value={include} placeholder="*.mov, *.mp4" onChange={(event) => setInclude(event.target.value)} /></label>
        <label><span className="label">Leave out</span><input className="field mono" value={exclude} placeholder="Proxy, Render/**" onChange={(event) => setExclude(event.target.value)} /></label>
        {error === '' ? null : <p className="why" role="alert">{error}</p>}
        <div className="row spread"><span className="small dim">Files in it are never changed.</span><button type="submit" className="button primary" disabled={path.trim() === ''}>{folder === undefined ? 'Add' : 'Save'}</button></div>
      </form>
    </Dialog>
  )
}
