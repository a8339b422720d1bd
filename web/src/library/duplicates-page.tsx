import { useState } from 'react'
import { Link } from 'wouter'
import type { AssetView, DuplicateDecision, DuplicateDone, DuplicateGroup, DuplicateList } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Back } from '../design/back.tsx'
import { formatBitRate, formatBytes, formatDuration, formatMoment, plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Notice, Unanswered } from '../design/notice.tsx'
import { toast } from '../design/toast.tsx'
import { wayBack } from '../organise/undo.ts'
import { useTitle } from '../shell/shortcuts.ts'
import { useMay } from '../shell/use-may.ts'
import { posterOf } from './poster.tsx'
import './library.css'
import './duplicates.css'

/** Groups shown at once; the next follow when these are decided. @default 20 */
const SHOWN = 20

/** What two copies may differ in, line by line. */
function factsOf({ name, size, probe, kind, importedAtMs, rating, tags, locations }: AssetView): [string, string][] {
  return [
    ['File', name], ['Size', formatBytes(size)],
    ['Picture', probe.width === undefined ? '–' : `${probe.width} × ${probe.height}, ${probe.videoCodec ?? probe.container}`],
    ...kind === 'image' ? [] : [['Length', probe.durationMs === undefined ? '–' : formatDuration(probe.durationMs)], ['Bit rate', probe.bitsPerSecond === undefined ? '–' : formatBitRate(probe.bitsPerSecond)]] as [string, string][],
    ['Made', probe.createdAtMs === undefined ? '–' : formatMoment(probe.createdAtMs)], ['Added', formatMoment(importedAtMs)], ['Rating', rating === 0 ? '–' : '★'.repeat(rating)], ['Tags', tags.join(', ') || '–'], ['From', locations.map(({ path }) => path).join(', ') || '–']
  ]
}

function Copy({ asset, isKept, keep }: { readonly asset: AssetView; readonly isKept: boolean; readonly keep: (() => void) | undefined }) {
  return (
    <li className={`card panel copy ${isKept ? 'kept' : ''}`} data-asset={asset.id}>
      {keep === undefined ? null : <label className="row"><input type="radio" checked={isKept} onChange={keep} /> <strong>{isKept ? 'Keep this one' : 'Keep this one instead'}</strong></label>}
      <Link href={`/library/${encodeURIComponent(asset.id)}`} className="poster">{asset.poster ? <img src={posterOf(asset.id)} alt={asset.title || asset.name} loading="lazy" /> : <Icon name={asset.kind} />}</Link>
      <dl className="facts">{factsOf(asset).map(([name, value]) => <div key={name}><dt>{name}</dt><dd className="path">{value}</dd></div>)}</dl>
    </li>
  )
}

function Group({ group, onDone }: { readonly group: DuplicateGroup; readonly onDone: () => void }) {
  const { assets } = group
  const [kept, setKept] = useState(assets[0]?.id ?? '')
  const [merge, setMerge] = useState(true)
  const [busy, setBusy] = useState(false)
  const { edit } = useMay()
  const others = assets.filter(({ id }) => id !== kept).map(({ id }) => id)
  const decide = async (action: DuplicateDecision['action'], said: string): Promise<void> => {
    setBusy(true)
    try {
      const { undo: step } = await api.post<DuplicateDone>('/duplicates', { keep: kept, others, action, merge } satisfies DuplicateDecision)
      toast(said, 'plain', wayBack(step, onDone))
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), 'bad')
    }
    setBusy(false)
    onDone()
  }
  return (
    <section className="stack duplicate-group" aria-label={`${plural(assets.length, 'item')} that look alike`}>
      <h2>{plural(assets.length, 'item')} <span className="small dim">{group.distance === 0 ? 'the same to the eye' : `differ by ${Math.round(group.distance * 10) / 10} of 64`}</span></h2>
      <ul className="copies-side">{assets.map((asset) => <Copy key={asset.id} asset={asset} isKept={edit && asset.id === kept} keep={edit ? () => setKept(asset.id) : undefined} />)}</ul>
      {edit ? <div className="row wrap">
        <button type="button" className="button primary" disabled={busy} onClick={() => void decide('trash', `Kept one; ${plural(others.length, 'other')} in the trash.`)}>Keep one, the rest into the trash</button>
        <button type="button" className="button" disabled={busy} onClick={() => void decide('stack', 'They are shown as one.')}>Stack them</button>
        <button type="button" className="button quiet" disabled={busy} onClick={() => void decide('apart', 'They are not offered again.')}>Not duplicates</button>
        <label className="row small"><input type="checkbox" checked={merge} onChange={(event) => setMerge(event.target.checked)} /> give it the tags, albums, ratings and notes of the others</label>
      </div> : null}
    </section>
  )
}

/** Clips that look alike, side by side. Equal files are one clip already, with all the places they came from. */
export function DuplicatesPage() {
  useTitle('Duplicates')
  const { data, error, refresh } = useResource<DuplicateList>(`/duplicates?limit=${SHOWN}`)
  return (
    <div className="page">
      <div className="page-head">
        <div className="row wrap"><Back href="/library" to="Back to the library" /><h1>Duplicates</h1><span className="dim num" aria-live="polite">{data === undefined || data.total === 0 ? '' : plural(data.total, 'group')}</span></div>
      </div>
      {data === undefined ? <Unanswered title="Duplicates cannot be shown" error={error} retry={refresh} /> : null}
      {data?.total === 0 ? <Notice icon="copy" title="Nothing looks alike">Files with the same bytes are one clip already, however often they were added. Pictures and films that only look alike are offered here, as soon as they were looked at in the background.</Notice> : null}
      {data?.groups.map((group) => <Group key={group.assets.map(({ id }) => id).join()} group={group} onDone={refresh} />)}
    </div>
  )
}
