import type { CameraView, FacetList } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { filtersOf, KINDS, LEVELS, type MomentQuery, NO_FILTERS, SENSES } from './moment-query.ts'

/** How often the cameras and models to choose from are read again, ms. @default 60000 */
const CHOICES_POLL_MS = 60_000

interface FiltersProps { readonly query: MomentQuery; readonly change: (part: Partial<MomentQuery>) => void }

function Toggles<T extends string | number>({ name, all, chosen, choose }: { readonly name: string; readonly all: readonly (readonly [T, string])[]; readonly chosen: readonly T[]; readonly choose: (chosen: T[]) => void }) {
  return (
    <div className="row wrap toggles" role="group" aria-label={name}>
      {all.map(([value, words]) => (
        <button key={value} type="button" className="button" aria-pressed={chosen.includes(value)} onClick={() => choose(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value])}>{words}</button>
      ))}
    </div>
  )
}

function CameraChoice({ query: { camera }, change }: FiltersProps) {
  const { data: ring } = useResource<{ cameras: CameraView[] }>('/cameras', CHOICES_POLL_MS)
  const { data: facets } = useResource<FacetList>('/assets/facets', CHOICES_POLL_MS)
  const models = facets?.facets.find(({ field }) => field === 'camera')?.values.map(({ value }) => value) ?? []
  const cameras = ring?.cameras ?? []
  const isKnown = camera === '' || models.includes(camera) || cameras.some(({ id }) => `camera:${id}` === camera)
  return (
    <select className="field" aria-label="Camera" value={camera} onChange={(event) => change({ camera: event.target.value })}>
      <option value="">Any camera</option>
      {isKnown ? null : <option value={camera}>{camera.replace(/^camera:/, '')}</option>}
      {cameras.length === 0 ? null : <optgroup label="Recordings of">{cameras.map(({ id, name }) => <option key={id} value={`camera:${id}`}>{name}</option>)}</optgroup>}
      {models.length === 0 ? null : <optgroup label="Clips taken with">{models.map((model) => <option key={model} value={model}>{model}</option>)}</optgroup>}
    </select>
  )
}

/** What of the library is looked through, and for what. */
export function MomentFilters({ query, change }: FiltersProps) {
  const { levels, senses, kind, from, to } = query
  return (
    <div className="moment-filters">
      <Toggles name="Where it was seen" all={SENSES} chosen={senses} choose={(senses) => change({ senses })} />
      <div className="row wrap">
        <Toggles name="How much of a clip" all={LEVELS} chosen={levels} choose={(levels) => change({ levels })} />
        <select className="field" aria-label="Kind" value={kind} onChange={(event) => change({ kind: event.target.value as MomentQuery['kind'] })}>{KINDS.map(([value, words]) => <option key={value} value={value}>{words}</option>)}</select>
        <CameraChoice query={query} change={change} />
        <label className="row small dim">from <input type="date" className="field" value={from} max={to || undefined} onChange={(event) => change({ from: event.target.value })} /></label>
        <label className="row small dim">to <input type="date" className="field" value={to} min={from || undefined} onChange={(event) => change({ to: event.target.value })} /></label>
        {filtersOf(query) === 0 ? null : <button type="button" className="button quiet" onClick={() => change(NO_FILTERS)}>Without filters</button>}
      </div>
    </div>
  )
}
