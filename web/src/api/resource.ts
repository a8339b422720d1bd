import { useCallback, useEffect, useSyncExternalStore } from 'react'
import { Store } from '../design/store.ts'
import { ApiError, api } from './client.ts'
import { connection } from './connection.ts'
import { type Hint, onHint } from './events.ts'

/** Least time between two fetches of one path that hints ask for, ms. @default 800 */
const CALM_MS = 800
/** How often a path on screen is fetched again while hints arrive, ms. @default 30000 */
export const SLOW_POLL_MS = 30_000
/** How often while they do not, ms. @default 5000 */
const FALLBACK_POLL_MS = 5000
/** How soon it is asked again what a node could not tell, ms. @default 4000 */
const RETRY_MS = 4000
/** Answers kept for pages that are not on screen. @default 60 */
const KEPT = 60

/** One GET answer on screen: old data stays while new is fetched, and stays beside an error. */
export interface Resource<T> {
  readonly data: T | undefined
  readonly error: ApiError | undefined
  /** `performance.now()` when `data` came. */
  readonly receivedAt: number
  /** Unix ms of the same, which goes on while a machine sleeps. */
  readonly receivedMs: number
}

interface Entry { readonly store: Store<Resource<unknown>>; watchers: number; busy: boolean; again: boolean; fetchedAt: number; timer: ReturnType<typeof setTimeout> | undefined; retry: ReturnType<typeof setTimeout> | undefined }

const EMPTY: Resource<unknown> = { data: undefined, error: undefined, receivedAt: 0, receivedMs: 0 }
const entries = new Map<string, Entry>()

function entryOf(path: string): Entry {
  let entry = entries.get(path)
  if (entry === undefined) {
    entry = { store: new Store(EMPTY), watchers: 0, busy: false, again: false, fetchedAt: -Infinity, timer: undefined, retry: undefined }
    entries.set(path, entry)
    for (const [old, { watchers, busy }] of entries) if (entries.size > KEPT && watchers === 0 && !busy && old !== path) entries.delete(old)
  }
  return entry
}

async function load(path: string, entry: Entry): Promise<void> {
  if (entry.busy) {
    entry.again = true
    return
  }
  entry.busy = true
  entry.fetchedAt = performance.now()
  clearTimeout(entry.retry)
  try {
    const data = await api.get<unknown>(path)
    entry.store.set({ data, error: undefined, receivedAt: performance.now(), receivedMs: Date.now() })
  } catch (error) {
    const failure = error instanceof ApiError ? error : new ApiError(String(error), 0, 'UNEXPECTED')
    entry.store.set({ ...entry.store.get(), error: failure })
    if (mayPass(failure)) entry.retry = setTimeout(() => loadCalmly(path, entry), RETRY_MS)
  }
  entry.busy = false
  if (entry.again) {
    entry.again = false
    loadCalmly(path, entry)
  }
}

/** Whether the same question may have an answer later. */
const mayPass = ({ status }: ApiError): boolean => status === 0 || status === 429 || status >= 500

function loadCalmly(path: string, entry: Entry): void {
  if (entry.watchers === 0) {
    entry.fetchedAt = -Infinity
    return
  }
  if (entry.timer !== undefined) return
  const wait = Math.max(0, entry.fetchedAt + CALM_MS - performance.now())
  entry.timer = setTimeout(() => {
    entry.timer = undefined
    void load(path, entry)
  }, wait)
}

/** Which paths a hint is about. */
function concerns(hint: Hint, path: string): boolean {
  switch (hint.type) {
    case 'reopened': return true
    case 'ring': return path === '/ring' || path.startsWith('/assets/') || (path.startsWith('/rolls/') && path.endsWith('/safe'))
    case 'cameras': return path === '/cameras'
    case 'alarms': return path === '/alarms'
    case 'recordings': return path.startsWith(`/cameras/${encodeURIComponent(hint.camera)}/recordings`)
    case 'assets': return path === '/tags' || path.startsWith('/albums') || hint.ids.some((id) => path === `/assets/${encodeURIComponent(id)}` || path.startsWith(`/assets/${encodeURIComponent(id)}/transcript`))
    case 'job': return path === '/jobs' || path.startsWith('/jobs?')
    case 'records': return path === `/${hint.kind}`
    default: return false
  }
}

onHint((hint) => {
  for (const [path, entry] of entries) if (concerns(hint, path)) loadCalmly(path, entry)
})

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) for (const [path, entry] of entries) loadCalmly(path, entry)
})

/** Fetches a path again now, if any component shows it. */
export function refetch(path: string): void {
  const entry = entries.get(path)
  if (entry !== undefined) void load(path, entry)
}

/** Puts an answer in place that another request brought, so that the page need not ask for it. */
export function put<T>(path: string, data: T): void {
  entryOf(path).store.set({ data, error: undefined, receivedAt: performance.now(), receivedMs: Date.now() })
}

/** Shows the answer of a GET path (null: none yet), fetched again on hints and every `pollMs`, which may depend on the answer. */
export function useResource<T>(path: string | null, pollMs: number | ((data: T | undefined) => number) = SLOW_POLL_MS): Resource<T> & { readonly refresh: () => void } {
  const subscribe = useCallback((listener: () => void) => path === null ? () => undefined : entryOf(path).store.subscribe(listener), [path])
  const current = useSyncExternalStore(subscribe, () => path === null ? EMPTY : entryOf(path).store.get())
  const everyMs = typeof pollMs === 'number' ? pollMs : pollMs(current.data as T | undefined)
  useEffect(() => {
    if (path === null) return
    const entry = entryOf(path)
    entry.watchers += 1
    if (performance.now() - entry.fetchedAt > CALM_MS) void load(path, entry)
    let timer: ReturnType<typeof setTimeout>
    const poll = (): void => {
      timer = setTimeout(() => {
        if (!document.hidden) loadCalmly(path, entry)
        poll()
      }, connection.get().events ? everyMs : Math.min(everyMs, FALLBACK_POLL_MS))
    }
    poll()
    return () => {
      entry.watchers -= 1
      clearTimeout(timer)
    }
  }, [path, everyMs])
  const refresh = useCallback(() => { if (path !== null) refetch(path) }, [path])
  return { ...(current as Resource<T>), refresh }
}
