import { useState } from 'react'
import type { AlbumView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { refetch } from '../api/resource.ts'
import { Dialog } from '../design/dialog.tsx'
import { toast } from '../design/toast.tsx'
import { putInAlbum } from './drag.ts'
import { useAct } from './use-act.ts'
import { useAlbums, useProjects } from './use-definitions.ts'
import { wayBack } from './undo.ts'

interface AlbumDialogProps { readonly album: AlbumView | undefined; readonly onClose: () => void; readonly ids?: readonly string[]; readonly named?: string }

/** Makes an album (with `ids` in it, and a name to begin with), or changes one. */
export function AlbumDialog({ album, onClose, ids = [], named = '' }: AlbumDialogProps) {
  const [name, setName] = useState(album?.name ?? named)
  const [rule, setRule] = useState(album?.rule ?? '')
  const [isRule, setIsRule] = useState(album?.kind === 'rule')
  const [parent, setParent] = useState(album?.parent ?? '')
  const [project, setProject] = useState(album?.project ?? '')
  const [sort, setSort] = useState<AlbumView['sort']>(album?.sort ?? 'newest')
  const { busy, why, act } = useAct(() => { refetch('/albums'); onClose() })
  const [albums, projects] = [useAlbums(), useProjects()]
  const save = (): Promise<void> => act(async () => {
    const fields = { name: name.trim(), parent: parent || null, project: project || null, sort, rule: isRule ? rule.trim() || null : null }
    if (album !== undefined) return api.patch(`/albums/${album.id}`, fields)
    const made = await api.post<AlbumView>('/albums', { ...fields, kind: isRule ? 'rule' : 'manual' })
    if (ids.length > 0) await putInAlbum(made, ids)
  })
  const remove = (): Promise<void> => act(async () => {
    const { undo } = await api.remove(`/albums/${album?.id ?? ''}`)
    toast(`The album ${album?.name} was removed; what was in it stays.`, 'plain', wayBack(undo, () => refetch('/albums')))
  })
  return (
    <Dialog title={album === undefined ? 'New album' : `Album ${album.name}`} onClose={onClose}>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); void save() }}>
        <label><span className="label">Name</span><input className="field" autoFocus required maxLength={200} value={name} onChange={(event) => setName(event.target.value)} /></label>
        {album === undefined && ids.length === 0 ? <label className="row"><input type="checkbox" checked={isRule} onChange={(event) => setIsRule(event.target.checked)} />A rule fills it</label> : null}
        {isRule ? <label><span className="label">Rule, as it is typed into the search</span><input className="field" required maxLength={500} placeholder="tag:harbour rating:>=3 type:video" value={rule} onChange={(event) => setRule(event.target.value)} /></label> : null}
        <div className="row wrap">
          <label><span className="label">Lies in</span><select className="field" value={parent} onChange={(event) => setParent(event.target.value)}><option value="">no other</option>{albums.filter(({ id, path }) => id !== album?.id && !path.startsWith(`${album?.path ?? '\0'}/`)).map(({ id, path }) => <option key={id} value={id}>{path}</option>)}</select></label>
          <label><span className="label">Project</span><select className="field" value={project} onChange={(event) => setProject(event.target.value)}><option value="">none</option>{projects.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}</select></label>
          <label><span className="label">Order</span><select className="field" value={sort} onChange={(event) => setSort(event.target.value as AlbumView['sort'])}>{(['newest', 'oldest', 'name', 'rating'] as const).map((order) => <option key={order}>{order}</option>)}</select></label>
        </div>
        {why === '' ? null : <p className="why" role="alert">{why}</p>}
        <div className="row end">
          {album === undefined ? null : <button type="button" className="button danger" disabled={busy} onClick={() => void remove()}>Remove the album</button>}
          <button type="submit" className="button primary" disabled={busy}>{album === undefined ? 'Make it' : 'Save'}</button>
        </div>
      </form>
    </Dialog>
  )
}
