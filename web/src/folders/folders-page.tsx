import { useState } from 'react'
import { Link } from 'wouter'
import type { FolderList, FolderView, JobList } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Back } from '../design/back.tsx'
import { Dialog } from '../design/dialog.tsx'
import { Icon } from '../design/icon.tsx'
import { Notice, Unanswered } from '../design/notice.tsx'
import { toast } from '../design/toast.tsx'
import { useTitle } from '../shell/shortcuts.ts'
import { FolderCard } from './folder-card.tsx'
import { FolderForm } from './folder-form.tsx'
import { ScanJob } from './scan-job.tsx'
import './folders.css'

/** How often folders and running scans are looked at, ms. @default 1500 */
const POLL_MS = 1_500

/** Folders of the nodes' machines: which may be read, how, and what scans found in them. */
export function FoldersPage() {
  useTitle('Folders')
  const { data, error, refresh } = useResource<FolderList>('/paths', POLL_MS)
  const jobs = useResource<JobList>('/jobs', POLL_MS)
  const [editing, setEditing] = useState<FolderView | 'new'>()
  const [removing, setRemoving] = useState<FolderView>()
  const act = async (work: () => Promise<unknown>, said: string): Promise<void> => {
    try {
      await work()
      toast(said)
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), 'bad')
    }
    refresh()
    jobs.refresh()
  }
  const scan = (path: string): Promise<void> => act(() => api.post('/scan', { path }), 'It is looked through.')
  const saved = (folder: FolderView): void => {
    setEditing(undefined)
    refresh()
    if (editing === 'new' && !folder.watch) void scan(folder.path)
  }
  const remove = async ({ id, path }: FolderView): Promise<void> => {
    setRemoving(undefined)
    await act(() => api.remove(`/paths/${id}`), `${path} is not read any more.`)
  }
  const scans = jobs.data?.jobs.filter(({ kind }) => kind === 'scan').slice(0, 20) ?? []
  const add = <button type="button" className="button primary" onClick={() => setEditing('new')}><Icon name="plus" />Add a folder</button>
  return (
    <div className="page">
      <div className="page-head">
        <div className="row"><Back href="/library" to="Back to the library" /><h1>Folders</h1></div>
        <div className="row wrap"><Link className="button" href="/imports">Imports</Link>{data === undefined || data.folders.length === 0 ? null : add}</div>
      </div>
      {data === undefined ? <Unanswered title="The folders cannot be shown" error={error} retry={refresh} /> : null}
      {data?.folders.length === 0 ? <Notice icon="folder" title="No folder is read yet" actions={add}>A node reads only the folders of its machine that are added here: disks, NAS shares, watch folders. Their files may stay where they are, or be copied into the ring.</Notice> : null}
      <ul className="stack" aria-label="Folders">
        {data?.folders.map((folder) => <FolderCard key={folder.id} folder={folder} scan={() => void scan(folder.path)} edit={() => setEditing(folder)} remove={() => setRemoving(folder)} />)}
      </ul>
      {scans.length === 0 ? null : <section className="stack scans"><h2>Scans</h2><ul className="stack" aria-label="Scans">{scans.map((job) => <ScanJob key={job.id} job={job} />)}</ul></section>}
      {editing === undefined ? null : <FolderForm folder={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} onSaved={saved} />}
      {removing === undefined ? null : (
        <Dialog title="Read this folder no more?" onClose={() => setRemoving(undefined)}>
          <p>What was scanned in <code>{removing.path}</code> stays in the library. {removing.mode === 'reference' ? 'Clips whose files stay there can not be played until the folder is added again.' : 'Its files are in the ring already.'}</p>
          <div className="row spread"><button type="button" className="button" onClick={() => setRemoving(undefined)}>Keep it</button><button type="button" className="button danger" onClick={() => void remove(removing)}>Remove</button></div>
        </Dialog>
      )}
    </div>
  )
}
