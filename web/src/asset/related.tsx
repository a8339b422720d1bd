import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { AssetDetail, RelatedView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { formatDuration, formatMoment } from '../design/format.ts'
import { OffList } from '../moments/coverage-line.tsx'
import { pictureAt } from '../moments/meant.tsx'
import { useMay } from '../shell/use-may.ts'
import './scenes.css'

/** How often it is looked again what is like a clip, ms. @default 60000 */
const POLL_MS = 60_000

const BY = { sound: 'by their sound', timecode: 'by timecode', clock: 'by their clocks', person: 'as a person said' } as const
const clip = (id: string, ms = 0): string => `/library/${encodeURIComponent(id)}${ms > 0 ? `?t=${Math.round(ms)}` : ''}`

interface CardProps { readonly href: string; readonly picture: string; readonly title: string; readonly words: string }

function RelatedCard({ href, picture, title, words }: CardProps) {
  return (
    <li>
      <Link className="related-card" href={href}>
        <span className="poster"><img src={picture} alt="" loading="lazy" decoding="async" width={160} height={90} onError={({ currentTarget }) => { currentTarget.hidden = true }} /></span>
        <span className="cut">{title}</span>
        <span className="small dim">{words}</span>
      </Link>
    </li>
  )
}

function Group({ name, action, children }: { readonly name: string; readonly action?: ReactNode; readonly children: readonly ReactNode[] }) {
  if (children.length === 0) return null
  return <div className="stack"><div className="row spread"><h3>{name}</h3>{action}</div><ul className="related-cards" aria-label={name}>{children}</ul></div>
}

const alike = (likeness: number): string => `${Math.round(likeness * 100)} % alike`

/** Clips that hang together with this one. */
export function Related({ asset: { id } }: { readonly asset: AssetDetail }) {
  const { data } = useResource<RelatedView>(`/assets/${encodeURIComponent(id)}/related`, POLL_MS)
  const { edit } = useMay()
  if (data === undefined) return null
  const { duplicates, sameScene, sameMoment, more, topics, off, notes } = data
  const isEmpty = duplicates.length + sameScene.length + sameMoment.length + more.length === 0
  return (
    <section className="stack related" aria-labelledby="related">
      <div className="row spread wrap"><h2 id="related">Related</h2><Link className="button quiet" href={`/moments/map?clip=${encodeURIComponent(id)}`}>On the map</Link></div>
      {topics.length === 0 ? null : <p className="row wrap small"><span className="dim">Belongs to</span>{topics.map(({ id, name }) => <Link key={id} className="chip" href={`/moments/map?topic=${encodeURIComponent(id)}`}>{name}</Link>)}</p>}
      {isEmpty ? <p className="dim small">Nothing like it is known.</p> : null}
      <div className="related-groups">
        <Group name="The same in another version" action={edit ? <Link className="small" href="/library/duplicates">Choose one</Link> : null}>{duplicates.map(({ asset, title, likeness }) => <RelatedCard key={asset} href={clip(asset)} picture={pictureAt('asset', asset, 0)} title={title} words={alike(likeness)} />)}</Group>
        <Group name="The same scene">{sameScene.map(({ asset, title, fromMs, toMs, otherFromMs, likeness }) => <RelatedCard key={`${asset} ${fromMs} ${otherFromMs}`} href={clip(asset, otherFromMs)} picture={pictureAt('asset', asset, otherFromMs)} title={title} words={`at ${formatDuration(otherFromMs)}, here ${formatDuration(fromMs)} – ${formatDuration(toMs)}; ${alike(likeness)}`} />)}</Group>
        <Group name="The same moment, other cameras">{sameMoment.map((one) => one.kind === 'asset'
          ? <RelatedCard key={one.id} href={clip(one.id, one.fromMs)} picture={pictureAt('asset', one.id, one.fromMs)} title={one.title} words={`${formatDuration(one.fromMs)} – ${formatDuration(one.toMs)}, ${BY[one.by]}`} />
          : <RelatedCard key={one.id} href={`/recordings/${encodeURIComponent(one.id)}?t=${Math.round(one.fromMs)}`} picture={pictureAt('camera', one.id, one.fromMs)} title={one.title} words={`${formatMoment(one.fromMs)}, ${BY[one.by]}`} />)}</Group>
        <Group name="More like this">{more.map(({ asset, title, pictureMs, picture, likeness }) => <RelatedCard key={asset} href={clip(asset, pictureMs)} picture={picture ?? pictureAt('asset', asset, pictureMs)} title={title} words={alike(likeness)} />)}</Group>
      </div>
      <OffList off={off} notes={notes} />
    </section>
  )
}
