import { useState } from 'react'
import type { LinkList, LinkView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { formatMoment, plural } from '../design/format.ts'
import { Notice, Unanswered } from '../design/notice.tsx'
import { toast } from '../design/toast.tsx'
import { ShareDialog } from './share-dialog.tsx'

/** What was shared, and its end. */
export function LinksTab() {
  const { data, error, refresh } = useResource<LinkList>('/links')
  const [album, setAlbum] = useState<LinkList['albums'][number]>()
  const act = (work: Promise<unknown>, said: string): void => { work.then(() => { toast(said); refresh() }, (error: Error) => toast(error.message, 'bad')) }
  if (data === undefined) return <Unanswered title="The links cannot be shown" error={error} retry={refresh} />
  const whatOf = (link: LinkView): string => link.album === '' ? plural(link.assets.length, 'file') : `album ${data.albums.find(({ id }) => id === link.album)?.name ?? link.album}`
  return (
    <section className="stack" aria-label="Shared links">
      {data.albums.length === 0 ? null : (
        <label className="row">Share an album <select className="field" value="" onChange={(event) => setAlbum(data.albums.find(({ id }) => id === event.target.value))}><option value="">choose…</option>{data.albums.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}</select></label>
      )}
      {data.links.length === 0 ? <Notice icon="link" title="Nothing is shared">Open a clip and choose Share, or share an album here: people without an account then see it by its address.</Notice> : null}
      {data.links.length === 0 ? null : (
        <div className="scroll">
          <table className="people-table">
            <thead><tr><th>Title</th><th>What</th><th>State</th><th>With</th><th>Made by</th><th><span className="hidden">Close</span></th></tr></thead>
            <tbody>{data.links.map((link) => (
              <tr key={link.id} className={link.state === 'open' ? undefined : 'closed'}>
                <td>{link.title || 'untitled'}</td><td>{whatOf(link)}</td><td>{link.state === 'open' && link.expiresMs > 0 ? `open until ${formatMoment(link.expiresMs)}` : link.state}</td>
                <td>{[link.hasPassword ? 'password' : '', link.watermark === '' ? '' : 'watermark', link.download ? 'download' : ''].filter(Boolean).join(', ')}</td><td>{link.by}</td>
                <td>{link.state === 'open'
                  ? <button type="button" className="button quiet" onClick={() => act(api.post(`/links/${link.id}/revoke`, {}), 'The link is closed.')}>Close</button>
                  : <button type="button" className="button quiet" onClick={() => act(api.remove(`/links/${link.id}`), 'The link is forgotten.')}>Forget</button>}</td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}
      {album === undefined ? null : <ShareDialog album={album.id} title={album.name} onClose={() => { setAlbum(undefined); refresh() }} />}
    </section>
  )
}
