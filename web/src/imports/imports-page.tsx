import { useState } from 'react'
import { Link } from 'wouter'
import type { BatchList, BatchView } from '#protocols/http.ts'
import { api, queryOf } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Back } from '../design/back.tsx'
import { plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Notice, Unanswered } from '../design/notice.tsx'
import { useAct } from '../organise/use-act.ts'
import { useMay } from '../shell/use-may.ts'
import { useTitle } from '../shell/shortcuts.ts'
import { broughtBy, madeBy, sourceOf, stateOf } from './import-words.ts'
import { PackageDialog } from './package-dialog.tsx'
import './imports.css'

/** How often the newest imports are looked at, ms. @default 5000 */
const POLL_MS = 5_000
/** Imports fetched at once. @default 100 */
const PAGE = 100

function ImportLine({ batch }: { readonly batch: BatchView }) {
  const state = stateOf(batch)
  return (
    <li className="card import-line" data-import={batch.id}>
      <div className="row spread wrap">
        <Link href={`/imports/${encodeURIComponent(batch.id)}`} className="import-name cut">{batch.name}</Link>
        <span className="row wrap"><span className="badge">{sourceOf(batch)}</span>{state === '' ? null : <span className={`badge ${batch.undoneMs === null ? 'open' : 'undone'}`}>{state}</span>}</span>
      </div>
      <p className="num">{broughtBy(batch)}</p>
      <p className="small dim num">{madeBy(batch)}</p>
    </li>
  )
}

/** Every import: what came in, by whom, when and from where. */
export function ImportsPage() {
  useTitle('Imports')
  const { data, error, refresh } = useResource<BatchList>('/batches', POLL_MS)
  const [older, setOlder] = useState<readonly BatchView[]>([])
  const [bringing, setBringing] = useState(false)
  const { busy, why, act } = useAct(() => undefined)
  const mayEdit = useMay().edit
  const newest = data?.batches ?? []
  const shown = [...newest, ...older.filter(({ id }) => newest.every((one) => one.id !== id))]
  const more = (): Promise<void> => act(async () => {
    const { batches } = await api.get<BatchList>(`/batches${queryOf({ from: shown.length, limit: PAGE })}`)
    setOlder([...older, ...batches.filter(({ id }) => shown.every((one) => one.id !== id))])
  })
  return (
    <div className="page">
      <div className="page-head">
        <div className="row wrap"><Back href="/folders" to="Back to the folders" /><h1>Imports</h1><span className="dim num">{data === undefined || data.total === 0 ? '' : plural(data.total, 'import')}</span></div>
        {mayEdit ? <button type="button" className="button" onClick={() => setBringing(true)}><Icon name="upload" />Bring a package in</button> : null}
      </div>
      {data === undefined ? <Unanswered title="The imports cannot be shown" error={error} retry={refresh} /> : null}
      {data?.total === 0 ? <Notice icon="upload" title="Nothing was imported yet" actions={<><Link className="button" href="/library">Add files in the library</Link><Link className="button" href="/folders">Add a folder</Link></>}>Every upload, folder scan and card that brings clips in is listed here, and can be taken back.</Notice> : null}
      <ul className="stack" aria-label="Imports">{shown.map((batch) => <ImportLine key={batch.id} batch={batch} />)}</ul>
      {why === '' ? null : <p className="why" role="alert">{why}</p>}
      {data !== undefined && shown.length < data.total ? <button type="button" className="button import-more" disabled={busy} onClick={() => void more()}><Icon name="down" />Older imports</button> : null}
      {bringing ? <PackageDialog onClose={() => setBringing(false)} /> : null}
    </div>
  )
}
