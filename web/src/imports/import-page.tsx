import { useState } from 'react'
import { Link } from 'wouter'
import type { AssetList, BatchView } from '#protocols/http.ts'
import { api, queryOf } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Back } from '../design/back.tsx'
import { formatMoment, plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Failure, Notice, Unanswered } from '../design/notice.tsx'
import { AssetCard } from '../library/asset-card.tsx'
import { BulkBar } from '../organise/bulk-bar.tsx'
import { selection, useSelection } from '../organise/selection.ts'
import { useAct } from '../organise/use-act.ts'
import { useMarkKeys } from '../organise/use-mark-keys.ts'
import { useMay } from '../shell/use-may.ts'
import { moveInGrid } from '../shell/grid-keys.ts'
import { useTitle } from '../shell/shortcuts.ts'
import { broughtBy, madeBy, sourceOf, stateOf } from './import-words.ts'
import { PackageLinks } from './package-links.tsx'
import { UndoDialog } from './undo-dialog.tsx'
import '../library/library.css'
import './imports.css'

/** Clips fetched at once. @default 100 */
const PAGE = 100
/** How often an import on screen is looked at, ms. @default 3000 */
const POLL_MS = 3_000

/** The clips it brought in that are not in the trash, page after page. */
function Clips({ base, imported }: { readonly base: string; readonly imported: number }) {
  const { data, error, refresh } = useResource<AssetList>(`${base}/assets${queryOf({ limit: PAGE })}`, POLL_MS)
  const [older, setOlder] = useState<AssetList>()
  const { busy, why, act } = useAct(() => undefined)
  const chosen = useSelection()
  useMarkKeys()
  const all = [...data?.assets ?? [], ...older?.assets ?? []]
  const shown = all.filter(({ id }, at) => all.findIndex((one) => one.id === id) === at)
  const cursor = older === undefined ? data?.cursor ?? null : older.cursor
  const toggle = (_index: number, one: string, isRange: boolean): void => isRange ? selection.rangeTo(one, shown.map(({ id }) => id)) : selection.toggle(one)
  const more = (): Promise<void> => act(async () => {
    const page = await api.get<AssetList>(`${base}/assets${queryOf({ cursor: cursor ?? undefined, limit: PAGE })}`)
    setOlder({ ...page, assets: [...older?.assets ?? [], ...page.assets] })
  })
  if (data === undefined) return <Unanswered title="Its clips cannot be shown" error={error} retry={refresh} />
  if (data.total === 0) {
    return imported === 0
      ? <Notice icon="library" title="Nothing of it is in the library now" actions={<Link className="button" href="/jobs">Jobs</Link>}>All its files were there before, or were refused: its job says why.</Notice>
      : <Notice icon="library" title="Nothing of it is in the library now" actions={<Link className="button" href="/trash"><Icon name="trash" />Trash</Link>}>What it brought in was deleted, or taken back. Some of it may still be in the trash.</Notice>
  }
  return (
    <section className="stack" aria-label="Clips of the import">
      <p className="small dim num">{plural(data.total, 'clip')} of it in the library now</p>
      <ul className="assets" aria-label="Clips" onKeyDown={moveInGrid}>
        {shown.map((asset, index) => <li key={asset.id} className="cell card-holder"><AssetCard asset={asset} index={index} isActive isSelected={chosen.has(asset.id)} onFocus={() => undefined} onToggle={toggle} /></li>)}
      </ul>
      {why === '' ? null : <p className="why" role="alert">{why}</p>}
      {cursor === null ? null : <button type="button" className="button import-more" disabled={busy} onClick={() => void more()}><Icon name="down" />More</button>}
      <BulkBar />
    </section>
  )
}

/** One import: what it brought in, its metadata as a file, and the way back. */
export function ImportPage({ id }: { readonly id: string }) {
  const base = `/batches/${encodeURIComponent(id)}`
  const { data: batch, error, refresh } = useResource<BatchView>(base, POLL_MS)
  const [undoing, setUndoing] = useState(false)
  const mayEdit = useMay().edit
  useTitle(batch?.name ?? 'Import')
  if (batch === undefined) {
    if (error === undefined) return <div className="page"><div className="skeleton list-skeleton" aria-busy="true" /></div>
    return <div className="page">{error.status === 404 ? <Notice isWhole icon="upload" title="This import is not known" actions={<Link className="button" href="/imports">All imports</Link>}>{error.message}</Notice> : <Failure isWhole title="This import cannot be shown" error={error} retry={refresh} />}</div>
  }
  const state = stateOf(batch)
  return (
    <div className="page">
      <div className="page-head">
        <div className="row"><Back href="/imports" to="All imports" /><h1 className="cut">{batch.name}</h1></div>
        {mayEdit && batch.undoneMs === null && batch.imported > 0 ? <button type="button" className="button danger" onClick={() => setUndoing(true)}>Take it back…</button> : null}
      </div>
      <section className="stack import-facts" aria-label="What is known of it">
        <div className="row wrap"><span className="badge">{sourceOf(batch)}</span>{state === '' ? null : <span className={`badge ${batch.undoneMs === null ? 'open' : 'undone'}`}>{state}</span>}<strong className="num">{broughtBy(batch)}</strong></div>
        <p className="dim num">{madeBy(batch)}{batch.endedMs === null ? '' : ` to ${formatMoment(batch.endedMs)}`}{batch.undoneMs === null ? '' : ` · taken back ${formatMoment(batch.undoneMs)}`}</p>
        <div className="row wrap"><span className="small dim">Titles, tags, ratings, notes and marks as a file</span><PackageLinks batch={batch.id} /></div>
      </section>
      <Clips base={base} imported={batch.imported} />
      {undoing ? <UndoDialog batch={batch} onClose={() => setUndoing(false)} /> : null}
    </div>
  )
}
