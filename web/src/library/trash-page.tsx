import { useState } from 'react'
import type { AssetList, AssetView, TrashView } from '#protocols/http.ts'
import { api, MANY_TIMEOUT_MS } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Back } from '../design/back.tsx'
import { Dialog } from '../design/dialog.tsx'
import { formatBytes, formatMoment, plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Notice, Unanswered } from '../design/notice.tsx'
import { toast } from '../design/toast.tsx'
import { useTitle } from '../shell/shortcuts.ts'
import { useMay } from '../shell/use-may.ts'
import { posterOf } from './poster.tsx'
import './library.css'

/** Clips shown at once; older deletions follow when these are gone. @default 500 */
const SHOWN = 500
/** How often the list is fetched again, ms. @default 5000 */
const POLL_MS = 5_000
const DAY_MS = 86_400_000

/** `12 days left`; on the last day `today`. */
const daysLeft = (purgeAtMs: number): string => {
  const days = Math.floor((purgeAtMs - Date.now()) / DAY_MS)
  return days < 1 ? 'goes today' : `${plural(days, 'day')} left`
}

/** What was deleted and can still come back. */
export function TrashPage() {
  useTitle('Trash')
  const { data, error, refresh } = useResource<AssetList>(`/assets?trash=true&limit=${SHOWN}`, POLL_MS)
  const { edit } = useMay()
  const trash = useResource<TrashView>('/trash', POLL_MS)
  const [asked, setAsked] = useState<AssetView | 'all'>()
  const act = async (work: () => Promise<unknown>, said: string): Promise<void> => {
    try {
      await work()
      toast(said)
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), 'bad')
    }
    setAsked(undefined)
    refresh()
    trash.refresh()
  }
  const remove = (): Promise<void> => asked === 'all'
    ? act(() => api.remove('/trash', {}, MANY_TIMEOUT_MS), 'The trash is empty.')
    : act(() => api.remove(`/assets/${encodeURIComponent(asked?.id ?? '')}?purge=true`), `${nameOf(asked)} was deleted for good.`)
  const days = trash.data?.days
  return (
    <div className="page">
      <div className="page-head">
        <div className="row wrap"><Back href="/library" to="Back to the library" /><h1>Trash</h1><span className="dim num" aria-live="polite">{data === undefined || data.total === 0 ? '' : `${plural(data.total, 'item')}${trash.data === undefined ? '' : `, ${formatBytes(trash.data.bytes)}`}`}</span></div>
        {edit && data !== undefined && data.total > 0 ? <button type="button" className="button danger" onClick={() => setAsked('all')}>Empty the trash</button> : null}
      </div>
      {data === undefined ? <Unanswered title="The trash cannot be shown" error={error} retry={refresh} /> : null}
      {data?.total === 0 ? <Notice icon="trash" title="The trash is empty">What is deleted from the library can be restored here{days === undefined ? '' : ` for ${plural(days, 'day')}`}, on any node.</Notice> : null}
      <ul className="assets" aria-label="Deleted clips">
        {data?.assets.map((asset) => (
          <li key={asset.id} className="asset-card" data-asset={asset.id}>
            <div className="poster">{asset.poster ? <img src={posterOf(asset.id)} alt="" loading="lazy" decoding="async" /> : <Icon name={asset.kind} />}</div>
            <div className="asset-words">
              <strong className="cut" title={nameOf(asset)}>{nameOf(asset)}</strong>
              <span className="small dim" title={asset.trash === undefined ? '' : `deleted ${formatMoment(asset.trash.deletedAtMs)}`}>{asset.trash === undefined ? '' : daysLeft(asset.trash.purgeAtMs)}, {formatBytes(asset.size)}</span>
              {edit ? <span className="row wrap">
                <button type="button" className="button" onClick={() => void act(() => api.post(`/assets/${encodeURIComponent(asset.id)}/restore`, {}), `${nameOf(asset)} is back in the library.`)}>Restore</button>
                <button type="button" className="button quiet" onClick={() => setAsked(asset)}>Delete for good</button>
              </span> : null}
            </div>
          </li>
        ))}
      </ul>
      {asked === undefined ? null : (
        <Dialog title={asked === 'all' ? 'Delete everything in the trash for good?' : 'Delete this for good?'} onClose={() => setAsked(undefined)}>
          <p><strong className="path">{asked === 'all' ? plural(data?.total ?? 0, 'item') : nameOf(asked)}</strong> cannot be restored after that, on no node of the ring.</p>
          <div className="row end">
            <button type="button" className="button" autoFocus onClick={() => setAsked(undefined)}>Keep</button>
            <button type="button" className="button danger" onClick={() => void remove()}>Delete for good</button>
          </div>
        </Dialog>
      )}
    </div>
  )
}

const nameOf = (asset: AssetView | undefined): string => asset === undefined ? '' : asset.title || asset.name
