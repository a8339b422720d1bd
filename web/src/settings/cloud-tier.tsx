import { useState } from 'react'
import type { TierView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { formatBytes, plural } from '../design/format.ts'

/** Shares of a bucket that a drill may read. */
const SHARES: readonly (readonly [share: number, words: string])[] = [[0.01, '1 % of it'], [0.1, '10 % of it'], [1, 'all of it']]

export type Order = (work: Promise<unknown>, said: string) => void

interface TierProps {
  readonly tier: TierView
  /** Path of the album it is for. */
  readonly album: string | undefined
  readonly order: Order
  readonly edit: () => void
}

const ofWhat = ({ album }: TierView, path: string | undefined): string => album === '' ? 'the whole library' : `the album ${path ?? album}`
const whatFor = ({ mode, moveCopies }: TierView): string =>
  mode === 'copy' ? 'the ring keeps its own copies' : `the ring gives up its own when ${plural(moveCopies, 'bucket')} ${moveCopies === 1 ? 'holds' : 'hold'} a good one`

/** One bucket: what belongs there, how much of it is there and was read back, and what can be ordered. */
export function CloudTier({ tier, album, order, edit }: TierProps) {
  const { id, name, place, wanted, held, away, bytes } = tier
  const [share, setShare] = useState(0.01)
  const part = wanted === 0 ? 1 : Math.min(1, held / wanted)
  const path = `/tiers/${encodeURIComponent(id)}`
  return (
    <li className="card tier" data-tier={id}>
      <div className="row spread wrap"><strong className="cut">{name}</strong><span className="row wrap"><span className="badge">{tier.mode === 'copy' ? 'copies' : 'moves'}</span>{away > 0 ? <span className="badge only">{away.toLocaleString('en')} only there</span> : null}</span></div>
      <div className="bar" role="progressbar" aria-label={`How far ${name} is`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(part * 100)}><i style={{ width: `${part * 100}%` }} /></div>
      <p className="num">{held.toLocaleString('en')} of {plural(wanted, 'original')} there and read back, {formatBytes(bytes)}</p>
      <p className="small dim">Of {ofWhat(tier, album)}; {whatFor(tier)} · <code className="path">{place}</code>{tier.endpoint === '' ? '' : ` at ${tier.endpoint}`}</p>
      <div className="row wrap">
        <button type="button" className="button" onClick={() => order(api.post(`${path}/run`, {}), `${name}: what it lacks is being copied.`)}>Copy what it lacks</button>
        <button type="button" className="button" disabled={held === 0} onClick={() => order(api.post(`${path}/drill`, { share }), `${name} is being read, as one day it may have to be.`)}>Drill</button>
        <select className="field" aria-label={`How much of ${name} a drill reads`} value={share} disabled={held === 0} onChange={(event) => setShare(Number(event.target.value))}>{SHARES.map(([value, words]) => <option key={value} value={value}>{words}</option>)}</select>
        <button type="button" className="button quiet" aria-label={`Change ${name}`} onClick={edit}>Change…</button>
      </div>
    </li>
  )
}
