import { type ReactNode, useSyncExternalStore } from 'react'
import type { SortOrder } from '#protocols/http.ts'
import { Icon } from '../design/icon.tsx'
import { useNarrow } from '../organise/side.tsx'
import { type LibraryQuery, SORT_NAMES } from './asset-query.ts'
import { CARD_SIZES, view } from './view.ts'

interface ToolbarProps {
  readonly query: LibraryQuery
  readonly change: (part: Partial<LibraryQuery>) => void
  readonly children: ReactNode
}

/** Order, size and kind of the list. */
export function Toolbar({ query, change, children }: ToolbarProps) {
  const now = useSyncExternalStore(view.subscribe, view.get)
  return (
    <div className="row wrap toolbar">
      {useNarrow() ? children : <button type="button" className="button icon" aria-pressed={now.facets} aria-label="Filters beside the list" title="Filters" onClick={() => view.set({ ...now, facets: !now.facets })}><Icon name="choose" /></button>}
      <select className="field" aria-label="Order" value={query.sort} onChange={(event) => change({ sort: event.target.value as SortOrder | '' })}>
        <option value="">{query.q === '' ? 'By date' : 'Best first'}</option>
        {SORT_NAMES.map(([sort, name]) => <option key={sort} value={sort}>{name}</option>)}
      </select>
      <select className="field" aria-label="Size" value={now.kind === 'list' ? 'list' : now.cardPx} onChange={({ target }) => view.set(target.value === 'list' ? { ...now, kind: 'list' } : { ...now, kind: 'grid', cardPx: Number(target.value) as (typeof CARD_SIZES)[number] })}>
        <option value={CARD_SIZES[0]}>Small</option>
        <option value={CARD_SIZES[1]}>Medium</option>
        <option value={CARD_SIZES[2]}>Large</option>
        <option value="list">List</option>
      </select>
    </div>
  )
}
