import { useState } from 'react'
import { Link } from 'wouter'
import type { AssetView } from '#protocols/http.ts'
import { API } from '../api/client.ts'
import { formatDuration } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Scrub } from './scrub.tsx'
import { CardChoice, cardHandlers } from '../organise/card-choice.tsx'
import { useSelection } from '../organise/selection.ts'

/** Address of a clip's poster. */
export const posterOf = (id: string): string => `${API}/assets/${encodeURIComponent(id)}/poster`

/** One clip of the grid: its poster, name, length, rating. */
export function AssetCard({ asset }: { readonly asset: AssetView }) {
  const [broken, setBroken] = useState(false)
  const { id, title, name, kind, probe, rating, tags } = asset
  const chosen = useSelection().has(id)
  return (
    <li className={`card-holder ${chosen ? 'chosen' : ''}`}>
      <CardChoice asset={asset} />
      <Link className="asset-card" href={`/library/${encodeURIComponent(id)}`} data-cell data-asset={id} {...cardHandlers(id)}>
        <div className="poster">
          {asset.poster && !broken ? <img src={posterOf(id)} alt="" loading="lazy" decoding="async" onError={() => setBroken(true)} /> : <Icon name={kind} />}
          {asset.sprite === true ? <Scrub id={id} /> : null}
          <span className="kind" title={kind}><Icon name={kind} /><span className="hidden">{kind}</span></span>
          {probe.durationMs === undefined || kind === 'image' ? null : <span className="length num">{formatDuration(probe.durationMs)}</span>}
        </div>
        <div className="asset-words">
          <strong className="cut" title={title || name}>{title || name}</strong>
          <span className="row spread small dim">
            <span className="cut">{tags.length > 0 ? tags.join(', ') : name}</span>
            {rating > 0 ? <span className="rated" aria-label={`${rating} of 5 stars`}>{'★'.repeat(rating)}</span> : null}
          </span>
        </div>
      </Link>
    </li>
  )
}
