import { useEffect, useMemo, useRef } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import { plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Failure, Notice } from '../design/notice.tsx'
import { BulkBar } from '../organise/bulk-bar.tsx'
import { OrganiseSidebar } from '../organise/sidebar.tsx'
import { useMarkKeys } from '../organise/use-mark-keys.ts'
import { moveInGrid } from '../shell/grid-keys.ts'
import { useTitle } from '../shell/shortcuts.ts'
import { AddButtons } from './add-menu.tsx'
import { AssetCard } from './asset-card.tsx'
import { type LibraryQuery, isNarrowed, parseQuery, printQuery } from './asset-query.ts'
import { DropZone } from './drop-zone.tsx'
import { Filters } from './filters.tsx'
import { useAssets } from './use-assets.ts'
import './library.css'

/** How far below the screen the next page is fetched already, px. @default 900 */
const AHEAD_PX = 900

/** Calls `act` whenever the last element of the list comes near the screen. */
function useNearEnd(act: () => void) {
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (end.current === null) return
    const observer = new IntersectionObserver(([entry]) => { if (entry?.isIntersecting === true) act() }, { rootMargin: `${AHEAD_PX}px` })
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [act])
  return end
}

/** The library: every clip of the ring, narrowed as you type. */
export function LibraryPage() {
  useTitle('Library')
  useMarkKeys()
  const search = useSearch()
  const [, navigate] = useLocation()
  const query = useMemo(() => parseQuery(search), [search])
  const { assets, total, hasMore, isLoading, error, more, renew } = useAssets(query)
  const end = useNearEnd(more)
  const tags = useMemo(() => [...new Set(assets.flatMap((asset) => asset.tags))].sort((a, b) => a.localeCompare(b)), [assets])
  const change = (part: Partial<LibraryQuery>): void => {
    const next = printQuery({ ...query, ...part })
    if (next !== printQuery(query)) navigate(next === '' ? '/library' : `/library?${next}`, { replace: true })
  }
  const isEmpty = assets.length === 0 && !isLoading && error === undefined
  return (
    <DropZone>
      <div className="page with-side">
        <OrganiseSidebar />
        <div className="side-main">
        <div className="page-head">
          <div className="row wrap"><h1>Library</h1><span className="dim num" aria-live="polite">{assets.length === 0 && (isLoading || error !== undefined) ? '' : isNarrowed(query) ? `${plural(total, 'match', 'matches')}` : plural(total, 'item')}</span></div>
          <div className="row wrap"><Link className="button quiet" href="/library/duplicates"><Icon name="copy" />Duplicates</Link><Link className="button quiet" href="/trash"><Icon name="trash" />Trash</Link><AddButtons /></div>
        </div>
        <Filters query={query} change={change} tags={tags} />
        {error !== undefined && assets.length === 0 ? <Failure title="The library cannot be shown" error={error} retry={renew} /> : null}
        {isEmpty && isNarrowed(query) ? (
          <Notice icon="search" title="Nothing matches" actions={<button type="button" className="button" onClick={() => navigate('/library', { replace: true })}>Show everything</button>}>
            Words are looked for in titles, file names, paths, tags and notes. Try fewer of them, or widen the filters.
          </Notice>
        ) : null}
        {isEmpty && !isNarrowed(query) ? (
          <Notice icon="library" title="The library is empty" actions={<AddButtons isPrimary />}>
            Drop files or whole folders anywhere on this page. They are kept byte for byte, on several nodes, and can be found from every one of them.
          </Notice>
        ) : null}
        <ul className={`assets ${isLoading && assets.length > 0 && !hasMore ? 'fresh' : ''}`} aria-label="Clips" aria-busy={isLoading} onKeyDown={moveInGrid}>
          {assets.map((asset) => <AssetCard key={asset.id} asset={asset} />)}
          {isLoading && assets.length === 0 ? Array.from({ length: 12 }, (_, at) => <li key={at} className="skeleton card-skeleton" />) : null}
        </ul>
        <div ref={end} className="list-end small dim">{hasMore ? 'More…' : ''}</div>
        </div>
        <BulkBar />
      </div>
    </DropZone>
  )
}
