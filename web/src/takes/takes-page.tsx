import { Link } from 'wouter'
import type { TakeAngleView, TakeList, TakeView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { Back } from '../design/back.tsx'
import { formatDuration, formatMoment, plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Notice, Unanswered } from '../design/notice.tsx'
import { useTitle } from '../shell/shortcuts.ts'
import { pictureOf } from './angle-picture.ts'
import './takes.css'

/** Pictures of one take in the list. */
const PICTURES = 4

function Picture({ angle }: { readonly angle: TakeAngleView }) {
  const picture = pictureOf(angle)
  return picture === undefined ? <Icon name={angle.kind} /> : <img src={picture} alt={angle.title} loading="lazy" />
}

function TakeCard({ take: { id, name, angles, durationMs, by } }: { readonly take: TakeView }) {
  const taken = angles.map(({ takenAtMs }) => takenAtMs).find((ms) => ms !== null)
  return (
    <li>
      <Link className="card panel take-card" href={`/takes/${encodeURIComponent(id)}`}>
        <span className="take-pictures">{angles.slice(0, PICTURES).map((angle) => <span key={angle.recording} className="poster"><Picture angle={angle} /></span>)}</span>
        <strong className="cut">{name}</strong>
        <span className="small dim">{plural(angles.length, 'recording')}, {formatDuration(durationMs)}{taken === undefined ? '' : `, ${formatMoment(taken)}`}{by === '' ? '' : `, made by ${by}`}</span>
      </Link>
    </li>
  )
}

/** All takes, the newest first. */
export function TakesPage() {
  useTitle('Takes')
  const { data, error, refresh } = useResource<TakeList>('/takes')
  return (
    <div className="page">
      <div className="page-head"><div className="row"><Back href="/library" to="Back to the library" /><h1>Takes</h1></div></div>
      {data === undefined ? <Unanswered title="The takes cannot be shown" error={error} retry={refresh} /> : null}
      {data?.takes.length === 0 ? <Notice icon="video" title="No takes yet" actions={<Link className="button" href="/library">Go to the library</Link>}>When several cameras record the same sound, their clips, and what cameras of the ring recorded then, are found and put in step here by themselves. You may also select clips in the library and put them in step.</Notice> : null}
      <ul className="take-list">{data?.takes.map((take) => <TakeCard key={take.id} take={take} />)}</ul>
      {data !== undefined && data.total > data.takes.length ? <p className="small dim">The newest {data.takes.length} of {data.total} are shown.</p> : null}
    </div>
  )
}
