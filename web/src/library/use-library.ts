import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { AssetList, TimelineView } from '#protocols/http.ts'
import { ApiError, api, queryOf } from '../api/client.ts'
import { connection } from '../api/connection.ts'
import { onHint } from '../api/events.ts'
import { AssetPages } from './asset-pages.ts'
import { apiQuery, type LibraryQuery, printQuery } from './asset-query.ts'
import type { Section } from './grid-geometry.ts'

/** Hints within this time are answered by one renewal, ms. @default 600 */
const CALM_MS = 600
/** How often the list is renewed when no hints arrive, ms. @default 8000 */
const FALLBACK_POLL_MS = 8000

export interface Library {
  readonly pages: AssetPages
  readonly sections: readonly Section[]
  readonly total: number
  /** Weak matches that are left out. */
  readonly weak: number
  readonly ranked: boolean
  readonly isLoading: boolean
  readonly error: ApiError | undefined
  /** Raised whenever something else is to be shown. */
  readonly version: number
  readonly renew: () => void
}

interface Counted { readonly sections: readonly Section[]; readonly total: number }
interface Known { readonly key: string; readonly list: AssetList | undefined; readonly timeline: TimelineView | undefined; readonly error: ApiError | undefined; readonly timelineError: ApiError | undefined }

const NOTHING = (key: string): Known => ({ key, list: undefined, timeline: undefined, error: undefined, timelineError: undefined })
/** What is shown of a list that nobody could read. */
const UNREAD: Counted = { sections: [], total: 0 }

/** The library narrowed by a query: how many of which day there are, and the assets where somebody looks; renewed when something changed. */
export function useLibrary(query: LibraryQuery): Library {
  const key = printQuery(query)
  const [known, setKnown] = useState<Known>(NOTHING(key))
  const [version, setVersion] = useState(0)
  const last = useRef(UNREAD)
  const change = useCallback((part: Partial<Known>): void => {
    setKnown((known) => ({ ...(known.key === key ? known : NOTHING(key)), ...part }))
    setVersion((version) => version + 1)
  }, [key])
  const pages = useMemo(() => new AssetPages(query, (list, error) => change(error === undefined ? { list: list!, error: undefined } : { error })), [key, change])
  const readTimeline = useCallback(async (signal?: AbortSignal): Promise<void> => {
    try {
      change({ timeline: await api.get<TimelineView>(`/assets/timeline${queryOf(apiQuery(query))}`, signal), timelineError: undefined })
    } catch (error) {
      if (signal?.aborted !== true && error instanceof ApiError && error.status !== 400) change({ timelineError: error }) // a query that is wrong is told by its page
    }
  }, [key, change])
  const renew = useCallback((): void => {
    pages.renew()
    void readTimeline()
  }, [pages, readTimeline])

  useEffect(() => {
    const left = new AbortController()
    pages.show(0, 1)
    void readTimeline(left.signal)
    return () => {
      left.abort()
      pages.end()
    }
  }, [pages, readTimeline])
  useHints(renew)

  const now = known.key === key ? known : NOTHING(key)
  const sections = useMemo(() => sectionsOf(query, now.list, now.timeline), [key, now.list, now.timeline])
  const error = now.error ?? now.timelineError
  const isLoading = sections === undefined && error === undefined
  if (sections !== undefined) last.current = { sections, total: sections.reduce((sum, { count }) => sum + count, 0) }
  const counted = sections === undefined && error !== undefined ? UNREAD : last.current // while it is read, what was counted before
  return { pages, ...counted, weak: now.list?.weak ?? 0, ranked: now.list?.ranked ?? false, isLoading, error, version, renew }
}

/** Days are headings where the list is sorted by them. */
function sectionsOf({ sort }: LibraryQuery, list: AssetList | undefined, timeline: TimelineView | undefined): readonly Section[] | undefined {
  if (list === undefined) return undefined
  const isByDay = sort === '-taken' || sort === 'taken' || sort === '' && list.ranked !== true
  if (!isByDay) return list.total === 0 ? [] : [{ label: '', count: list.total }]
  return timeline?.entries.map(([label, count]) => ({ label, count }))
}

function useHints(renew: () => void): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const forget = onHint((hint) => {
      if (hint.type !== 'assets' && hint.type !== 'reopened') return
      timer ??= setTimeout(() => {
        timer = undefined
        renew()
      }, CALM_MS)
    })
    const poll = setInterval(() => { if (!connection.get().events && !document.hidden) renew() }, FALLBACK_POLL_MS)
    return () => {
      forget()
      clearTimeout(timer)
      clearInterval(poll)
    }
  }, [renew])
}
