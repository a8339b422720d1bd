import { useMemo } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import type { RelationMap } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { Back } from '../design/back.tsx'
import { plural } from '../design/format.ts'
import { Failure, Notice } from '../design/notice.tsx'
import { useShortcuts, useTitle } from '../shell/shortcuts.ts'
import { OffList } from './coverage-line.tsx'
import { MapCanvas } from './map-canvas.tsx'
import { TopicsList } from './topics-list.tsx'
import '../library/library.css'
import './map.css'

/** How often the map is read again, ms. @default 60000 */
const POLL_MS = 60_000

/** What the lines mean. */
function Legend() {
  return <ul className="row wrap small dim map-legend" aria-label="Lines"><li><i className="line-duplicate" />the same in another version</li><li><i className="line-scene" />the same scene</li><li><i className="line-moment" />the same moment</li><li><i className="line-like" />alike</li></ul>
}

/** The clips that are meant by the address: of a topic, or one and what it hangs together with. */
function meantBy(map: RelationMap | undefined, topic: string | null, clip: string | null): ReadonlySet<string> | undefined {
  if (map === undefined) return undefined
  if (topic !== null) return new Set(map.topics.find(({ id }) => id === topic)?.assets)
  if (clip === null) return undefined
  return new Set([clip, ...map.edges.flatMap(({ from, to }) => from === clip ? [to] : to === clip ? [from] : [])])
}

/** The library by likeness. */
export function MapPage() {
  useTitle('Map')
  const search = useSearch()
  const [, navigate] = useLocation()
  const { data, error, refresh } = useResource<RelationMap>('/understanding/map', POLL_MS)
  const query = new URLSearchParams(search)
  const [topic, clip] = [query.get('topic'), query.get('clip')]
  const meant = useMemo(() => meantBy(data, topic, clip), [data, topic, clip])
  const choose = (id: string | undefined): void => navigate(id === undefined ? '/moments/map' : `/moments/map?topic=${encodeURIComponent(id)}`, { replace: true })
  useShortcuts({ Escape: () => navigate(search === '' ? '/moments' : '/moments/map') })
  return (
    <div className="page">
      <div className="page-head">
        <div className="row wrap"><Back href="/moments" to="Back to Find" /><h1>Map</h1><span className="dim num" aria-live="polite">{data === undefined || data.nodes.length === 0 ? '' : plural(data.nodes.length, 'clip')}</span></div>
      </div>
      {data === undefined && error !== undefined ? <Failure title="The map cannot be shown" error={error} retry={refresh} /> : null}
      {data === undefined && error === undefined ? <div className="skeleton map-skeleton" aria-busy="true" /> : null}
      {data !== undefined && data.nodes.length === 0 ? <Notice icon="overlays" title="There is no map yet" actions={<Link className="button" href="/settings/understanding">What is understood</Link>}>Clips appear here by likeness as soon as their pictures were looked at.</Notice> : null}
      {data === undefined ? null : <OffList off={data.off} notes={data.notes} />}
      {data === undefined || data.nodes.length === 0 ? null : (
        <>
          <Legend />
          <div className="map-body"><MapCanvas map={data} meant={meant} /><TopicsList map={data} chosen={topic ?? undefined} choose={choose} /></div>
        </>
      )}
    </div>
  )
}
