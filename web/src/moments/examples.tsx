import { Link } from 'wouter'
import type { FacetList, RelationMap, UnderstandingView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { Icon } from '../design/icon.tsx'
import { OffList } from './coverage-line.tsx'

/** How often what is there is read again, ms. @default 60000 */
const POLL_MS = 60_000
/** Examples that are shown. @default 8 */
const MOST = 8
/** Tags that at least so many clips have are worth an example. */
const LEAST_CLIPS = 1

/** Words of what is there: names of topics, then tags that people gave. Nothing is made up. */
export function examplesOf(map: RelationMap | undefined, facets: FacetList | undefined): string[] {
  const topics = map?.topics.map(({ name }) => name).filter((name) => name !== 'Without a name') ?? []
  const tags = facets?.facets.find(({ field }) => field === 'tag')?.values.filter(({ assets }) => assets >= LEAST_CLIPS).map(({ value }) => value) ?? []
  return [...new Set([...topics, ...tags])].slice(0, MOST)
}

function Senses({ state }: { readonly state: UnderstandingView }) {
  const on = state.tasks.filter(({ model, why }) => model !== null && why === null)
  if (on.length === 0) return null
  return <p className="small dim">On: {on.map(({ title }) => title).join(' · ')}</p>
}

/** What stands below the box before anything is looked for. */
export function Examples() {
  const { data: map } = useResource<RelationMap>('/understanding/map', POLL_MS)
  const { data: facets } = useResource<FacetList>('/assets/facets', POLL_MS)
  const { data: state } = useResource<UnderstandingView>('/understanding', POLL_MS)
  const examples = examplesOf(map, facets)
  return (
    <div className="notice examples">
      <Icon name="search" />
      <h2>A sentence finds the second at which it happened</h2>
      <p>Say what is seen, said or written: in films and pictures of the library, and in what the cameras recorded. Or drop a picture here, or paste one, to find what looks like it.</p>
      {examples.length === 0 ? null : (
        <div className="stack">
          <p className="small dim" id="examples">Of what is there:</p>
          <ul className="row wrap example-list" aria-labelledby="examples">{examples.map((example) => <li key={example}><Link className="chip" href={`/moments?q=${encodeURIComponent(example)}`}>{example}</Link></li>)}</ul>
        </div>
      )}
      {state === undefined ? null : <><Senses state={state} /><p className="small dim">{state.coverage.text}</p><OffList off={state.coverage.off} /></>}
    </div>
  )
}
