import { useState } from 'react'
import type { AlbumView, JobView, RingView, SyncRequest, SyncView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Icon } from '../design/icon.tsx'
import { Failure } from '../design/notice.tsx'
import { toast } from '../design/toast.tsx'
import { JobCard } from '../jobs/job-card.tsx'
import { useJob } from '../jobs/use-job.ts'
import { AlbumFolderDialog } from './album-folder-dialog.tsx'
import '../jobs/jobs.css'

const HOW: Readonly<Record<string, string>> = { copy: 'copies', hardlink: 'hard links', symlink: 'symbolic links', reflink: 'clones' }

interface LineProps {
  readonly sync: SyncView
  readonly ring: RingView | undefined
  readonly again: () => void
  readonly forget: () => void
}

/** One folder: where it is, how files get there, and what can be done. */
function FolderLine({ sync: { id, node, folder, template, mode, removed, watch }, ring, again, forget }: LineProps) {
  const isHere = ring !== undefined && node === ring.self
  const name = ring?.members.find(({ peerId }) => peerId === node)?.name ?? 'a node that left'
  return (
    <li className="stack album-folder" data-sync={id}>
      <div className="row spread wrap">
        <strong className="mono path">{folder}</strong>
        <span className="row wrap"><span className="badge">{name}</span><span className="badge">{HOW[mode] ?? mode}</span>{watch ? <span className="badge">kept in step</span> : null}</span>
      </div>
      <p className="small dim"><code>{template}</code> · files of clips that leave the album are {removed === 'delete' ? 'removed' : 'kept'}</p>
      <div className="row wrap">
        {isHere ? <button type="button" className="button" onClick={again}>Bring into step now</button> : <span className="small dim">Brought into step on the page of {name}.</span>}
        <button type="button" className="button quiet" aria-label={`Forget ${folder}`} onClick={forget}><Icon name="trash" />Forget</button>
      </div>
    </li>
  )
}

/** Folders of the nodes' machines that hold an album's files. */
export function AlbumFolders({ album }: { readonly album: AlbumView }) {
  const { data, error, refresh } = useResource<{ syncs: SyncView[] }>('/syncs')
  const { data: ring } = useResource<RingView>('/ring')
  const [adding, setAdding] = useState(false)
  const [jobId, setJobId] = useState<string>()
  const { job, refresh: look } = useJob(jobId)
  const syncs = data?.syncs.filter((sync) => sync.album === album.id) ?? []
  const act = (work: Promise<JobView | undefined>, said: string): void => {
    work.then((begun) => { if (begun !== undefined) setJobId(begun.id); toast(said); refresh() }, (reason: Error) => toast(reason.message, 'bad'))
  }
  const again = ({ folder, template, mode, removed, watch }: SyncView): void =>
    act(api.post<JobView>(`/albums/${encodeURIComponent(album.id)}/sync`, { folder, template, mode, removed, watch } as SyncRequest), `${folder} is brought into step.`)
  const forget = ({ id, folder }: SyncView): void => act(api.remove(`/syncs/${encodeURIComponent(id)}`).then(() => undefined), `${folder} is looked after no longer; its files stay.`)
  if (error !== undefined && data === undefined) return <Failure title="Its folders cannot be shown" error={error} retry={refresh} />
  return (
    <section className="card panel" aria-label="Folders of the album">
      <div className="row spread wrap"><h2>Folders</h2><button type="button" className="button" onClick={() => setAdding(true)}><Icon name="plus" />Keep it in a folder</button></div>
      {data !== undefined && syncs.length === 0 ? <p className="small dim">The album is in no folder yet. An editing program can read its files from one, on the machine of this node.</p> : null}
      {syncs.length === 0 ? null : <ul className="stack" aria-label="Folders">{syncs.map((sync) => <FolderLine key={sync.id} sync={sync} ring={ring} again={() => again(sync)} forget={() => forget(sync)} />)}</ul>}
      {job === undefined ? null : <ul aria-label="Newest job"><JobCard job={job} pace={undefined} onChange={look} /></ul>}
      {adding ? <AlbumFolderDialog album={album} onClose={() => setAdding(false)} onBegun={(begun) => { setAdding(false); setJobId(begun.id); refresh() }} /> : null}
    </section>
  )
}
