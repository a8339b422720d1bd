import { useCallback, useEffect, useRef, useState } from 'react'
import type { CoverageView, FoundView } from '#protocols/http.ts'
import { ApiError, queryOf } from '../api/client.ts'
import { apiMomentQuery, asks, type MomentQuery, printMomentQuery } from './moment-query.ts'
import { streamMoments } from './moment-stream.ts'
import type { SearchedPicture } from './searched-picture.ts'

/** Longest a search may take, ms. @default 60000 */
const SEARCH_TIMEOUT_MS = 60_000
/** Clips that are asked for at once. @default 30 */
export const FIRST_CLIPS = 30
/** Most clips that can be asked for. */
export const MOST_CLIPS = 200

export interface MomentAnswer {
  readonly found: readonly FoundView[]
  readonly coverage: CoverageView | undefined
  readonly isLoading: boolean
  readonly error: ApiError | undefined
  readonly again: () => void
}

type Known = Omit<MomentAnswer, 'again'> & { readonly key: string }

/** The last answer, for whoever comes back from a clip. */
let last: Known | undefined

const NOTHING: Known = { key: '', found: [], coverage: undefined, isLoading: false, error: undefined }

/** What is found, growing while it arrives. The answer before stays on screen until the first of the new one. */
export function useMoments(query: MomentQuery, picture: SearchedPicture | undefined, limit: number): MomentAnswer {
  const key = `${printMomentQuery(query)} ${picture?.key ?? ''} ${limit}`
  const [known, setKnown] = useState<Known>(() => last?.key === key ? last : NOTHING)
  const [turn, setTurn] = useState(0)
  const current = useRef(known)
  const tell = useCallback((next: Known): void => {
    current.current = next
    if (!next.isLoading && next.error === undefined) last = next
    setKnown(next)
  }, [])
  useEffect(() => {
    if (!asks(query) && picture === undefined) return tell(NOTHING)
    if (current.current.key === key && !current.current.isLoading && current.current.error === undefined && turn === 0) return undefined
    const left = new AbortController()
    void ask(key, query, picture, limit, left.signal, current.current, tell)
    return () => left.abort()
  }, [key, turn])
  return { ...known, again: () => setTurn((turn) => turn + 1) }
}

async function ask(key: string, query: MomentQuery, picture: SearchedPicture | undefined, limit: number, left: AbortSignal, before: Known, tell: (known: Known) => void): Promise<void> {
  const signal = AbortSignal.any([left, AbortSignal.timeout(SEARCH_TIMEOUT_MS)])
  const { q, like, ...filters } = apiMomentQuery(query)
  const [path, init] = picture === undefined
    ? [`/search${queryOf({ q, like, ...filters, limit })}`, { signal }] as const
    : [`/search/picture${queryOf({ ...filters, limit })}`, { signal, method: 'POST', body: picture.blob, headers: { 'content-type': picture.blob.type } }] as const
  let found: FoundView[] = []
  tell({ key, found: before.found, coverage: undefined, isLoading: true, error: undefined })
  try {
    const coverage = await streamMoments(path, init, (one) => {
      if (left.aborted) return
      found = [...found, one]
      tell({ key, found, coverage: undefined, isLoading: true, error: undefined })
    })
    if (!left.aborted) tell({ key, found, coverage, isLoading: false, error: coverage === undefined ? new ApiError('The answer broke off: what was found until then is shown.', 0, 'BROKEN_OFF') : undefined })
  } catch (error) {
    if (left.aborted) return
    const reason = error instanceof ApiError ? error : signal.aborted ? new ApiError(`The search took longer than ${SEARCH_TIMEOUT_MS / 1000} s: the ring may be busy. Try again, or look for less.`, 0, 'SLOW') : new ApiError(String(error), 0, 'UNEXPECTED')
    tell({ key, found, coverage: undefined, isLoading: false, error: reason })
  }
}
