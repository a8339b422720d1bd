import { useCallback, useEffect, useRef, useState } from 'react'
import type { AssetList, AssetView } from '#protocols/http.ts'
import { ApiError, api, queryOf } from '../api/client.ts'
import { connection } from '../api/connection.ts'
import { onHint } from '../api/events.ts'
import { type LibraryQuery, apiQuery, printQuery } from './asset-query.ts'

/** Clips per page. @default 60 */
const PAGE = 60
/** Most the API gives at once; what is on screen is renewed in one go up to here. @default 500 */
const RENEW_LIMIT = 500
/** Hints within this time are answered by one renewal, ms. @default 600 */
const CALM_MS = 600
/** How often the list is renewed when no hints arrive, ms. @default 8000 */
const FALLBACK_POLL_MS = 8000

/** The clips shown so far, in order, and how many there are in all. */
export interface AssetPages {
  readonly assets: readonly AssetView[]
  readonly total: number
  readonly hasMore: boolean
  readonly isLoading: boolean
  readonly error: ApiError | undefined
}

const NOTHING: AssetPages = { assets: [], total: 0, hasMore: false, isLoading: true, error: undefined }

/** The API may hand out the same clip twice when the library changes between two pages. */
function merge(before: readonly AssetView[], after: readonly AssetView[]): AssetView[] {
  const known = new Set(before.map(({ id }) => id))
  return [...before, ...after.filter(({ id }) => !known.has(id))]
}

/** The library narrowed by `query`, page after page; renewed when something changed, never jumping back to the start. */
export function useAssets(query: LibraryQuery): AssetPages & { readonly more: () => void; readonly renew: () => void } {
  const [pages, setPages] = useState<AssetPages>(NOTHING)
  const key = printQuery(query)
  const cursor = useRef<string | null>(null)
  const loaded = useRef(0)
  const current = useRef<AbortController>(null)
  const parameters = useRef(query)
  parameters.current = query

  const load = useCallback(async (from: string | null, limit: number): Promise<void> => {
    current.current?.abort()
    const controller = new AbortController()
    current.current = controller
    setPages((pages) => ({ ...pages, isLoading: true }))
    try {
      const list = await api.get<AssetList>(`/assets${queryOf({ ...apiQuery(parameters.current), cursor: from ?? undefined, limit })}`, controller.signal)
      if (controller.signal.aborted) return
      cursor.current = list.cursor
      setPages((pages) => {
        const assets = from === null ? list.assets : merge(pages.assets, list.assets)
        loaded.current = assets.length
        return { assets, total: list.total, hasMore: list.cursor !== null, isLoading: false, error: undefined }
      })
    } catch (error) {
      if (controller.signal.aborted) return
      setPages((pages) => ({ ...pages, isLoading: false, error: error instanceof ApiError ? error : new ApiError(String(error), 0, 'UNEXPECTED') }))
    }
  }, [])

  const renew = useCallback(() => void load(null, Math.min(RENEW_LIMIT, Math.max(PAGE, loaded.current))), [load])
  useEffect(() => {
    loaded.current = 0
    void load(null, PAGE)
    return () => current.current?.abort()
  }, [key, load])

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

  const more = useCallback(() => { if (cursor.current !== null) void load(cursor.current, PAGE) }, [load])
  return { ...pages, more, renew }
}
