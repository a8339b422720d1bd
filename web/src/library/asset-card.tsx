import { memo } from 'react'
import { Link } from 'wouter'
import type { AssetHit } from '#protocols/http.ts'
import { formatBytes, formatDuration, formatMoment } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { CardMarks, cardHandlers } from '../organise/card-choice.tsx'
import { Poster } from './poster.tsx'
import { Scrub } from './scrub.tsx'

interface CardProps {
  readonly asset: AssetHit
  readonly index: number
  readonly isActive: boolean
  readonly isSelected: boolean
  readonly onToggle: (index: number, id: string, range: boolean) => void
  readonly onFocus: (index: number) => void
}

type Why = NonNullable<AssetHit['why']>[number]

/** A piece of text with what was found marked in it. */
function Marked({ why: { field, text, ranges } }: { readonly why: Why }) {
  const parts = ranges.flatMap(([from = 0, to = 0], at) => [text.slice(ranges[at - 1]?.[1] ?? 0, from), <mark key={from}>{text.slice(from, to)}</mark>])
  return <span className="why-line small cut" title={`${field}: ${text}`}><span className="faint">{field}</span> {parts}{text.slice(ranges.at(-1)?.[1] ?? 0)}</span>
}

/** The first reason that is not plain from the card. */
const reasonOf = (asset: AssetHit): Why | undefined => asset.why?.find(({ field }) => field !== 'title' && !(field === 'name' && asset.title === '')) ?? asset.why?.[0]

const takenOf = ({ probe, importedAtMs }: AssetHit): number => probe.createdAtMs ?? importedAtMs

/** What stands below the name: its tags, the file it is, or what kind of file. */
function wordsBelow({ tags, title, name, kind, size, probe: { width, height, videoCodec, audioCodec } }: AssetHit): string {
  if (tags.length > 0) return tags.join(', ')
  if (title !== '' && title !== name) return name
  return [width === undefined || height === undefined ? undefined : `${width} × ${height}`, kind === 'image' ? formatBytes(size) : videoCodec ?? audioCodec ?? formatBytes(size)].filter((fact) => fact !== undefined).join(' · ')
}

function Select({ asset, index, isSelected, onToggle }: CardProps) {
  return (
    <label className="select-box" title="Select (X)">
      <input type="checkbox" tabIndex={-1} checked={isSelected} aria-label={`Select ${asset.title || asset.name}`} onChange={() => undefined}
        onClick={(event) => { event.stopPropagation(); onToggle(index, asset.id, event.shiftKey) }} />
    </label>
  )
}

/** One clip of the grid: its poster, name, length, rating, and why it was found. */
export const AssetCard = memo(function AssetCard(props: CardProps) {
  const { asset, index, isActive, isSelected, onFocus } = props
  const { id, title, name, kind, probe, rating } = asset
  const why = reasonOf(asset)
  return (
    <>
      <Link className={`asset-card ${isSelected ? 'selected' : ''}`} href={`/library/${encodeURIComponent(id)}`} data-cell data-asset={id} data-at={index} tabIndex={isActive ? 0 : -1} onFocus={() => onFocus(index)} {...cardHandlers(id)}>
        <div className="poster">
          <Poster key={id} asset={asset} />
          {asset.sprite === true ? <Scrub id={id} /> : null}
          <span className="kind" title={kind}><Icon name={kind} /><span className="hidden">{kind}</span></span>
          {probe.durationMs === undefined || kind === 'image' ? null : <span className="length num">{formatDuration(probe.durationMs)}</span>}
        </div>
        <div className="asset-words">
          <strong className="cut" title={title || name}>{title || name}</strong>
          {why !== undefined ? <Marked why={why} /> : (
            <span className="row spread small dim">
              <span className="cut">{wordsBelow(asset)}</span>
              {rating > 0 ? <span className="rated" aria-label={`${rating} of 5 stars`}>{'★'.repeat(rating)}</span> : null}
            </span>
          )}
        </div>
      </Link>
      <Select {...props} />
      <CardMarks asset={asset} />
    </>
  )
})

/** One clip as a line. */
export const AssetLine = memo(function AssetLine(props: CardProps) {
  const { asset, index, isActive, isSelected, onFocus } = props
  const { id, title, name, kind, probe, rating, size } = asset
  const why = reasonOf(asset)
  return (
    <>
      <Link className={`asset-card asset-line ${isSelected ? 'selected' : ''}`} href={`/library/${encodeURIComponent(id)}`} data-cell data-asset={id} data-at={index} tabIndex={isActive ? 0 : -1} onFocus={() => onFocus(index)}>
        <div className="poster"><Poster key={id} asset={asset} /></div>
        <div className="asset-words"><strong className="cut" title={title || name}>{title || name}</strong>{why !== undefined ? <Marked why={why} /> : <span className="small dim cut">{wordsBelow(asset)}</span>}</div>
        <span className="small dim num line-cell">{formatMoment(takenOf(asset))}</span>
        <span className="small dim num line-cell">{probe.durationMs === undefined || kind === 'image' ? kind : formatDuration(probe.durationMs)}</span>
        <span className="small dim num line-cell">{formatBytes(size)}</span>
        <span className="rated line-cell" aria-label={`${rating} of 5 stars`}>{'★'.repeat(rating)}</span>
      </Link>
      <Select {...props} />
    </>
  )
})
