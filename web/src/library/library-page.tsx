import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import { plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Failure, Notice } from '../design/notice.tsx'
import { BulkBar } from '../organise/bulk-bar.tsx'
import { Side, SideButton } from '../organise/side.tsx'
import { OrganiseSidebar } from '../organise/sidebar.tsx'
import { useMarkKeys } from '../organise/use-mark-keys.ts'
import { useTitle } from '../shell/shortcuts.ts'
import { useMay } from '../shell/use-may.ts'
import { AddButtons } from './add-menu.tsx'
import { AssetGrid, type GridHandle } from './asset-grid.tsx'
import { isNarrowed, type LibraryQuery, parseQuery, printQuery } from './asset-query.ts'
import { FacetsPanel } from './facets-panel.tsx'
import { PreviewDialog } from './preview-dialog.tsx'
import { SavedSearches } from './saved-searches.tsx'
import { Scrubber } from './scrubber.tsx'
import { SearchBox } from './search-box.tsx'
import { Toolbar } from './toolbar.tsx'
import { type Library, useLibrary } from './use-library.ts'
import { useLook } from './use-look.ts'
import { view } from './view.ts'
import './library.css'

/** Where in which list somebody was, for when they come back from a clip. */
let left: { readonly key: string; readonly top: number } | undefined

function useReturn(key: string, library: Library, grid: React.RefObject<GridHandle | null>): void {
  const isBack = useRef(left?.key === key ? left.top : undefined)
  useEffect(() => {
    if (isBack.current === undefined || library.sections.length === 0) return
    const top = isBack.current
    isBack.current = undefined
    requestAnimationFrame(() => grid.current?.scroll.scrollTo(top))
  }, [library.sections])
  useEffect(() => {
    const remember = (): void => { if (grid.current !== null) left = { key, top: grid.current.scroll.top() } }
    window.addEventListener('scroll', remember, { passive: true })
    return () => window.removeEventListener('scroll', remember)
  }, [key])
}

/** What stands where there is nothing to show. */
function Nothing({ query, change }: { readonly query: LibraryQuery; readonly change: (part: Partial<LibraryQuery>) => void }) {
  const { edit, isLimited } = useMay()
  if (!isNarrowed(query) && !edit) return <Notice icon="library" title={isLimited ? 'Nothing is in your albums' : 'The library is empty'}>What is put there appears here by itself.</Notice>
  if (!isNarrowed(query)) {
    return (
      <Notice icon="library" title="The library is empty" actions={<AddButtons isPrimary />}>
        Drop files or whole folders anywhere on this page. They are kept byte for byte, on several nodes, and can be found from every one of them.
      </Notice>
    )
  }
  return (
    <Notice icon="search" title="Nothing matches" actions={<button type="button" className="button" onClick={() => change({ q: '', weak: false })}>Show everything</button>}>
      Every word is looked for in titles, file names, paths, tags, notes and fields. Try fewer of them, or take a filter away.
    </Notice>
  )
}

/** Pages that belong to the library. */
function Beside() {
  const { administer } = useMay()
  return (
    <nav className="row library-beside" aria-label="Beside the library">
      <Link className="button quiet" href="/takes"><Icon name="video" />Takes</Link>
      <Link className="button quiet" href="/library/duplicates"><Icon name="copy" />Duplicates</Link>
      {administer ? <Link className="button quiet" href="/folders"><Icon name="server" />Folders</Link> : <Link className="button quiet" href="/imports"><Icon name="server" />Imports</Link>}
      <Link className="button quiet" href="/trash"><Icon name="trash" />Trash</Link>
    </nav>
  )
}

/** The library: every clip of the ring by the day it was taken, narrowed as you type. */
export function LibraryPage() {
  useTitle('Library')
  useMarkKeys()
  const search = useSearch()
  const [, navigate] = useLocation()
  const key = printQuery(parseQuery(search))
  const query = useMemo(() => parseQuery(search), [key])
  const library = useLibrary(query)
  const grid = useRef<GridHandle>(null)
  const may = useMay()
  const { look, ...looking } = useLook(library, grid)
  const { facets, ...rest } = useSyncExternalStore(view.subscribe, view.get)
  useReturn(key, library, grid)
  const change = (part: Partial<LibraryQuery>): void => {
    const next = printQuery({ ...query, weak: false, ...part })
    if (next !== key) navigate(next === '' ? '/library' : `/library?${next}`, { replace: true })
  }
  const { total, weak, isLoading, error } = library
  const isWrong = error?.status === 400
  const words = isNarrowed(query) ? plural(total, 'match', 'matches') : plural(total, 'item')
  const isCounted = total > 0 || !isLoading && error === undefined
  const side = (
    <>
      <OrganiseSidebar />
      {may.isLimited ? null : <SavedSearches query={query} open={({ q, sort }) => change({ q, sort: sort ?? '' })} />}
      {error !== undefined && total === 0 ? null : <FacetsPanel query={query} change={(q) => change({ q })} />}
    </>
  )
  return (
    <div className="page library">
      <div className="page-head">
        <div className="row wrap"><h1>Library</h1><span className="dim num" aria-live="polite">{isCounted && (total > 0 || isNarrowed(query)) ? words : ''}</span></div>
        {may.isLimited ? null : <Beside />}
        {may.edit ? <AddButtons /> : null}
      </div>
      <div className="library-head">
        <SearchBox q={query.q} change={(q) => change({ q })} error={isWrong ? error : undefined} />
        <Toolbar query={query} change={change}><SideButton label="Albums and filters" words="Filters" done={isCounted ? `Show ${words}` : 'Done'}>{side}</SideButton></Toolbar>
      </div>
      <div className={`library-body ${facets ? 'with-side' : ''}`}>
        <Side label="Narrow the library" isShown={facets}>{side}</Side>
        <div className="library-list">
          {error !== undefined && !isWrong && total === 0 ? <Failure title="The library cannot be shown" error={error} retry={library.renew} /> : null}
          {total === 0 && isLoading ? <div className="first-skeletons" aria-hidden="true">{Array.from({ length: 12 }, (_, at) => <div key={at} className="skeleton card-skeleton" />)}</div> : null}
          {total === 0 && !isLoading && error === undefined ? <Nothing query={query} change={change} /> : null}
          <AssetGrid library={library} view={{ ...rest, facets }} handle={grid} onPreview={looking.open} />
          {weak > 0 ? <p className="weak dim small">{plural(weak, 'weaker match', 'weaker matches')} {weak === 1 ? 'is' : 'are'} left out. <button type="button" className="button quiet" onClick={() => change({ weak: true })}>Show {weak === 1 ? 'it' : 'them'}</button></p> : null}
        </div>
        <Scrubber grid={grid} sections={library.sections} />
      </div>
      <BulkBar />
      {look === undefined ? null : <PreviewDialog {...look} onClose={looking.close} step={looking.step} />}
    </div>
  )
}
