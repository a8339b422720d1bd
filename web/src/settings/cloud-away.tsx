import { useState } from 'react'
import { Link } from 'wouter'
import type { AssetList, AssetView } from '#protocols/http.ts'
import { api, queryOf } from '../api/client.ts'
import { formatBytes, plural } from '../design/format.ts'
import { useAct } from '../organise/use-act.ts'
import type { Order } from './cloud-tier.tsx'

/** Clips asked for at once. @default 500 */
const PAGE = 500
/** Clips listed at once. @default 100 */
const SHOWN = 100

/** Every clip whose bytes are on no disk of the ring; the library is read page by page for it. */
async function awayClips(): Promise<AssetView[]> {
  const found: AssetView[] = []
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: AssetList = await api.get(`/assets${queryOf({ limit: PAGE, cursor })}`)
    found.push(...page.assets.filter(({ away }) => away === true))
    cursor = page.cursor
  }
  return found
}

const recall = (id: string): Promise<unknown> => api.post(`/assets/${encodeURIComponent(id)}/recall`, {})

/** What lies only in the cloud, looked for when somebody asks, and the way back. */
export function CloudAway({ order }: { readonly order: Order }) {
  const [clips, setClips] = useState<readonly AssetView[]>()
  const { busy, why, act } = useAct(() => undefined)
  const look = (): Promise<void> => act(async () => setClips(await awayClips()))
  const back = (ids: readonly string[], said: string): void => {
    order((async () => { for (const id of ids) await recall(id) })(), said)
    setClips(clips?.filter(({ id }) => !ids.includes(id)))
  }
  return (
    <section className="card tier" aria-label="Only in the cloud">
      <div className="row spread wrap">
        <h2>Only in the cloud</h2>
        <span className="row wrap">
          <button type="button" className="button" disabled={busy} onClick={() => void look()}>{clips === undefined ? 'List them' : 'Look again'}</button>
          {clips === undefined || clips.length === 0 ? null : <button type="button" className="button" onClick={() => back(clips.map(({ id }) => id), `${plural(clips.length, 'clip')} will come back onto the ring’s disks.`)}>Bring all back</button>}
        </span>
      </div>
      {busy ? <p className="small dim" role="status">The library is looked through…</p> : null}
      {why === '' ? null : <p className="why" role="alert">{why}</p>}
      {clips === undefined ? <p className="small dim">They play and download as before; every byte comes from a bucket.</p> : <p className="small dim num">{plural(clips.length, 'clip')}, {formatBytes(clips.reduce((sum, { size }) => sum + size, 0))}</p>}
      <ul aria-label="Clips only in the cloud">
        {clips?.slice(0, SHOWN).map(({ id, title, name, size }) => (
          <li key={id} className="row spread wrap"><Link href={`/library/${encodeURIComponent(id)}`} className="cut">{title || name}</Link><span className="row"><span className="small dim num">{formatBytes(size)}</span><button type="button" className="button quiet" aria-label={`Bring back ${title || name}`} onClick={() => back([id], `${title || name} comes back onto the ring’s disks.`)}>Bring back</button></span></li>
        ))}
      </ul>
      {clips === undefined || clips.length <= SHOWN ? null : <p className="small dim">and {(clips.length - SHOWN).toLocaleString('en')} more</p>}
    </section>
  )
}
