import { useEffect, useRef, useState } from 'react'
import { Icon } from '../design/icon.tsx'
import type { LibraryQuery } from './asset-query.ts'

/** Wait after the last key before the search runs, ms. @default 180 */
const DEBOUNCE_MS = 180

interface FiltersProps {
  readonly query: LibraryQuery
  readonly change: (change: Partial<LibraryQuery>) => void
  /** Tags seen on the clips in view, offered as choices. */
  readonly tags: readonly string[]
}

function SearchField({ q, change }: { readonly q: string; readonly change: (q: string) => void }) {
  const [text, setText] = useState(q)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  // The address may change without this field (back button, a cleared filter): then the field follows.
  useEffect(() => { setText((text) => text.trim() === q ? text : q) }, [q])
  useEffect(() => () => clearTimeout(timer.current), [])
  const later = (next: string): void => {
    setText(next)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => change(next), DEBOUNCE_MS)
  }
  const now = (next: string): void => {
    clearTimeout(timer.current)
    setText(next)
    change(next)
  }
  return (
    <div className="search">
      <Icon name="search" />
      <input type="search" className="field" placeholder="Search names, tags, notes, paths" aria-label="Search the library" value={text} maxLength={500} autoComplete="off" spellCheck={false}
        onChange={(event) => later(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') now(text)
          if (event.key !== 'Escape') return
          if (text === '') event.currentTarget.blur()
          else now('')
          event.preventDefault()
        }} />
      <span className="kbd" aria-hidden="true">/</span>
    </div>
  )
}

/** The line above the grid that narrows it. */
export function Filters({ query, change, tags }: FiltersProps) {
  const choices = query.tag === '' || tags.includes(query.tag) ? tags : [query.tag, ...tags]
  return (
    <div className="filters" role="search">
      <SearchField q={query.q} change={(q) => change({ q })} />
      <select className="field" aria-label="Kind" value={query.kind} onChange={(event) => change({ kind: event.target.value as LibraryQuery['kind'] })}>
        <option value="">All kinds</option>
        <option value="video">Video</option>
        <option value="audio">Audio</option>
        <option value="image">Images</option>
      </select>
      <select className="field" aria-label="Rating" value={query.minRating} onChange={(event) => change({ minRating: Number(event.target.value) })}>
        <option value={0}>Any rating</option>
        {[1, 2, 3, 4, 5].map((stars) => <option key={stars} value={stars}>{'★'.repeat(stars)}{stars < 5 ? ' and up' : ''}</option>)}
      </select>
      <select className="field" aria-label="Tag" value={query.tag} disabled={choices.length === 0} onChange={(event) => change({ tag: event.target.value })}>
        <option value="">{choices.length === 0 ? 'No tags' : 'Any tag'}</option>
        {choices.map((tag) => <option key={tag} value={tag}>{tag}</option>)}
      </select>
    </div>
  )
}
