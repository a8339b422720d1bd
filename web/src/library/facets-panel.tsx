import { useState } from 'react'
import type { FacetList } from '#protocols/http.ts'
import { queryOf } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { dayName } from './day-name.ts'
import { apiQuery, type LibraryQuery, termsOf, toggleTerm, written } from './asset-query.ts'

/** Values of a facet before somebody asks for more. @default 6 */
const FEW = 6
/** How often the counts are read again while nothing says that they changed, ms. @default 30000 */
const POLL_MS = 30_000

const NAMES: Readonly<Record<string, string>> = { type: 'Kind', camera: 'Camera', tag: 'Tag', album: 'Album', label: 'Label', flag: 'Flag', state: 'State', codec: 'Codec', ext: 'File type', batch: 'Batch', licence: 'Licence', rating: 'Rating', year: 'Year', month: 'Month' }
const FIELDS: Readonly<Record<string, string>> = { year: 'on', month: 'on' }

type FacetView = FacetList['facets'][number]

interface FacetProps { readonly facet: FacetView; readonly q: string; readonly change: (q: string) => void }

function nameOf(field: string, { value, title }: FacetView['values'][number]): string {
  if (field === 'rating') return value === '0' ? 'Not rated' : '★'.repeat(Number(value))
  return field === 'month' ? dayName(value) : title ?? value
}

function Facet({ facet: { field, values, more }, q, change }: FacetProps) {
  const [all, setAll] = useState(false)
  const terms = termsOf(q)
  const shown = all ? values : values.slice(0, FEW)
  return (
    <details className="facet" open={field !== 'month' && field !== 'ext'}>
      <summary>{NAMES[field] ?? field}</summary>
      <ul>
        {shown.map((value) => {
          const term = `${written(FIELDS[field] ?? field)}:${written(value.value)}`
          return (
            <li key={value.value}>
              <button type="button" className="facet-value" aria-pressed={terms.includes(term)} onClick={() => change(toggleTerm(q, term))}>
                <span className="cut" title={nameOf(field, value)}>{nameOf(field, value)}</span><span className="dim num small">{value.assets.toLocaleString('en')}</span>
              </button>
            </li>
          )
        })}
      </ul>
      {values.length > FEW ? <button type="button" className="button quiet small" onClick={() => setAll(!all)}>{all ? 'Fewer' : `${values.length - FEW} more`}</button> : null}
      {all && more > 0 ? <p className="small dim">And {more.toLocaleString('en')} others: type {field}: to find them.</p> : null}
    </details>
  )
}

/** What the assets of the query have in common, with counts; each narrows the query. */
export function FacetsPanel({ query, change }: { readonly query: LibraryQuery; readonly change: (q: string) => void }) {
  const { data, error } = useResource<FacetList>(`/assets/facets${queryOf(apiQuery({ ...query, sort: '' }))}`, POLL_MS)
  const [last, setLast] = useState<FacetList>()
  if (data !== undefined && data !== last) setLast(data)
  const shown = data ?? last
  if (shown === undefined) return error === undefined ? <div className="skeleton facets-skeleton" /> : <p className="small dim">The counts cannot be shown: {error.message}</p>
  return <div className={`facets ${data === undefined ? 'stale' : ''}`}>{shown.facets.map((facet) => <Facet key={facet.field} facet={facet} q={query.q} change={change} />)}</div>
}
