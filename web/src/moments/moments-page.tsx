import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import { plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Failure, Notice } from '../design/notice.tsx'
import { moveInGrid } from '../shell/grid-keys.ts'
import { useShortcuts, useTitle } from '../shell/shortcuts.ts'
import { CoverageLine, OffList } from './coverage-line.tsx'
import { Examples } from './examples.tsx'
import { FoundGroup, tileKey } from './found-group.tsx'
import { LikeChip, PictureChip } from './meant.tsx'
import { MomentBox } from './moment-box.tsx'
import { MomentFilters } from './moment-filters.tsx'
import { asks, filtersOf, type MomentQuery, NO_FILTERS, parseMomentQuery, printMomentQuery } from './moment-query.ts'
import { forgetPicture, searchedPicture } from './searched-picture.ts'
import { takePicture, useDroppedPicture } from './use-dropped-picture.ts'
import { FIRST_CLIPS, type MomentAnswer, MOST_CLIPS, useMoments } from './use-moments.ts'
import '../library/library.css'
import './moments.css'

interface ResultsProps { readonly answer: MomentAnswer; readonly query: MomentQuery; readonly change: (part: Partial<MomentQuery>) => void }

/** What stands where nothing was found. */
function Nothing({ answer: { coverage }, query, change }: ResultsProps) {
  const isPart = coverage !== undefined && coverage.understoodMs < coverage.totalMs
  return (
    <Notice icon="search" title="Nothing was found" actions={filtersOf(query) === 0 ? <Link className="button" href={`/library?q=${encodeURIComponent(query.q)}`}>Look in the library</Link> : <button type="button" className="button" onClick={() => change(NO_FILTERS)}>Look without filters</button>}>
      {isPart ? 'Part of the library is not understood yet: it may be in there. ' : ''}Try other words for what is seen or said.
    </Notice>
  )
}

function Results(props: ResultsProps) {
  const { answer: { found, isLoading, error, again }, query } = props
  const [focused, setFocused] = useState<string>()
  const keys = useMemo(() => found.flatMap((one) => one.moments.map((_, at) => tileKey(one, at))), [found])
  const active = focused !== undefined && keys.includes(focused) ? focused : keys[0]
  if (error !== undefined && found.length === 0) return error.status === 400 ? <p className="query-error" role="alert">{error.message}</p> : <Failure title="It cannot be looked for now" error={error} retry={again} />
  if (found.length === 0 && isLoading) return <div className="founds" aria-hidden="true">{Array.from({ length: 8 }, (_, at) => <div key={at} className="skeleton moment-skeleton" />)}</div>
  if (found.length === 0) return <Nothing {...props} />
  return (
    <>
      {error === undefined ? null : <p className="query-error" role="alert">{error.message} <button type="button" className="button quiet" onClick={again}>Try again</button></p>}
      <ul className="founds" aria-label="Found" aria-busy={isLoading} onKeyDown={moveInGrid}>
        {found.map((one) => <FoundGroup key={`${one.subject.kind} ${one.subject.id}`} found={one} q={query.q} active={active} onFocus={setFocused} />)}
      </ul>
    </>
  )
}

/** What was found, in numbers. */
function wordsOf({ found, isLoading }: MomentAnswer): string {
  const moments = found.reduce((sum, one) => sum + one.moments.length, 0)
  if (found.length === 0) return isLoading ? 'looking…' : ''
  return `${plural(moments, 'moment')} in ${plural(found.length, 'clip')}${isLoading ? ', looking on…' : ''}`
}

/** The page that finds the second at which something happened. */
export function MomentsPage() {
  useTitle('Find')
  const search = useSearch()
  const [, navigate] = useLocation()
  const key = printMomentQuery(parseMomentQuery(search))
  const query = useMemo(() => parseMomentQuery(search), [key])
  const given = useSyncExternalStore(searchedPicture.subscribe, searchedPicture.get)
  const picture = asks(query) ? undefined : given // an address that asks for something is newer
  const atFirst = useRef(given)
  const [wide, setWide] = useState<string>()
  const [filters, setFilters] = useState(filtersOf(query) > 0)
  const answer = useMoments(query, picture, wide === key ? MOST_CLIPS : FIRST_CLIPS)
  const isOver = useDroppedPicture()
  const isAsked = asks(query) || picture !== undefined
  const change = (part: Partial<MomentQuery>): void => {
    const next = printMomentQuery({ ...query, ...part })
    if (next !== key) navigate(next === '' ? '/moments' : `/moments?${next}`, { replace: true })
  }
  const say = (q: string): void => change({ q, ...(q.trim() === '' ? {} : { like: '' }) })
  useEffect(() => { if (given !== undefined && given !== atFirst.current) change({ q: '', like: '' }) }, [given])
  useEffect(() => { if (asks(query)) forgetPicture() }, [key])
  useShortcuts({ Escape: () => { if (isAsked) { forgetPicture(); change({ q: '', like: '' }) } } })
  const set = filtersOf(query)
  return (
    <div className="page">
      <div className="page-head">
        <div className="row wrap"><h1>Find</h1><span className="dim num" aria-live="polite">{isAsked ? wordsOf(answer) : ''}</span></div>
        <Link className="button quiet brief" href="/moments/map"><Icon name="overlays" /><span>Map of the library</span></Link>
      </div>
      <div className="library-head moments-head">
        <MomentBox q={query.q} change={say} takePicture={takePicture} />
        <button type="button" className="button" aria-expanded={filters} aria-controls="moment-filters" onClick={() => setFilters(!filters)}><Icon name="choose" />Filters{set === 0 ? '' : ` (${set})`}</button>
      </div>
      <div id="moment-filters" hidden={!filters}>{filters ? <MomentFilters query={query} change={change} /> : null}</div>
      {picture === undefined ? null : <PictureChip picture={picture} />}
      {query.like === '' ? null : <LikeChip like={query.like} forget={() => change({ like: '' })} />}
      {!isAsked || answer.coverage === undefined ? null : <div className="coverage-lines"><CoverageLine coverage={answer.coverage} /><OffList off={answer.coverage.off} /></div>}
      {isAsked ? <Results answer={answer} query={query} change={change} /> : <Examples />}
      {isAsked && wide !== key && answer.found.length >= FIRST_CLIPS && !answer.isLoading ? <p className="weak"><button type="button" className="button" onClick={() => setWide(key)}>More clips</button></p> : null}
      {isOver ? <div className="drop-veil" aria-hidden="true"><div><Icon name="image" /><strong>Drop a picture to find what looks like it</strong></div></div> : null}
    </div>
  )
}
