import { type FormEvent, useState } from 'react'
import type { AlbumView, JobView, SyncRequest } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { Dialog } from '../design/dialog.tsx'
import { useJob } from '../jobs/use-job.ts'
import { SyncPlan } from './sync-plan.tsx'
import { useAct } from './use-act.ts'

type Mode = NonNullable<SyncRequest['mode']>

const MODES: readonly (readonly [mode: Mode, words: string])[] = [
  ['copy', 'Copies: files of their own'], ['hardlink', 'Hard links: the original under another name; who edits it edits both'], ['symlink', 'Symbolic links: names that point to the original'], ['reflink', 'Clones: copies that share the disk until one is edited']
]
/** Where files lie below the folder, unless said otherwise. @default {album}/{type}/{name} */
const TEMPLATE = '{album}/{type}/{name}'

interface FolderProps {
  readonly album: AlbumView
  readonly onClose: () => void
  readonly onBegun: (job: JobView) => void
}

/** Lays an album out in a folder of the node's machine: first what would be done, then doing it. */
export function AlbumFolderDialog({ album, onClose, onBegun }: FolderProps) {
  const [folder, setFolder] = useState('')
  const [template, setTemplate] = useState(TEMPLATE)
  const [mode, setMode] = useState<Mode>('copy')
  const [removes, setRemoves] = useState(false)
  const [watch, setWatch] = useState(true)
  const [tried, setTried] = useState<string>()
  const { job: plan } = useJob(tried)
  const { busy, why, act } = useAct(() => undefined)
  const send = (dryRun: boolean): Promise<JobView> =>
    api.post<JobView>(`/albums/${encodeURIComponent(album.id)}/sync`, { folder: folder.trim(), template: template.trim(), mode, removed: removes ? 'delete' : 'keep', watch, dryRun } satisfies SyncRequest)
  const look = (): Promise<void> => act(async () => { setTried(undefined); setTried((await send(true)).id) })
  const begin = (event: FormEvent): void => {
    event.preventDefault()
    void act(async () => onBegun(await send(false)))
  }
  const changed = <T,>(set: (value: T) => void) => (value: T): void => { setTried(undefined); set(value) }
  return (
    <Dialog title={`Keep ${album.name} in a folder`} onClose={onClose}>
      <form className="stack" onSubmit={begin}>
        <label><span className="label">Folder on this node’s machine; it is made when it is not there</span><input className="field mono" name="folder" required autoFocus maxLength={4096} placeholder="/media/edit" value={folder} onChange={(event) => changed(setFolder)(event.target.value)} /></label>
        <label><span className="label">Names below it: {'{year} {month} {day} {album} {type} {label} {rating} {state} {tag} {name} {title} {ext}'}</span><input className="field mono" name="template" required maxLength={500} value={template} onChange={(event) => changed(setTemplate)(event.target.value)} /></label>
        <label><span className="label">Files are</span><select className="field album-mode" name="mode" value={mode} onChange={(event) => changed(setMode)(event.target.value as Mode)}>{MODES.map(([value, words]) => <option key={value} value={value}>{words}</option>)}</select></label>
        <div className="checks">
          <label><input type="checkbox" checked={watch} onChange={(event) => changed(setWatch)(event.target.checked)} />Again whenever the album changes</label>
          <label><input type="checkbox" checked={removes} onChange={(event) => changed(setRemoves)(event.target.checked)} />Remove files whose clip left the album</label>
        </div>
        <p className="small dim">Links need the original on the same machine and disk; where it is not, the file is copied, and that is said. A file that somebody changed is never written over or removed.</p>
        {plan === undefined ? null : <SyncPlan job={plan} />}
        {why === '' ? null : <p className="why" role="alert">{why}</p>}
        <div className="row wrap end">
          <button type="button" className="button" disabled={busy || folder.trim() === ''} onClick={() => void look()}>See what would be done</button>
          <button type="submit" className="button primary" disabled={busy || folder.trim() === ''}>Keep it there</button>
        </div>
      </form>
    </Dialog>
  )
}
