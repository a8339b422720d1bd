import type { AssetHit, AssetList } from '#protocols/http.ts'
import { api, ApiError, queryOf } from '../api/client.ts'
import { apiQuery, type LibraryQuery } from './asset-query.ts'

/** Assets that are fetched at once. @default 100 */
export const PAGE = 100
/** Pages that are kept. @default 60 */
const KEPT_PAGES = 60
/** Requests at once: posters need connections, too, of which browsers open six to a node. @default 2 */
const MAX_REQUESTS = 2
/** Most assets of a range that is selected. @default 20000 */
const MAX_RANGE = 20_000

/** The assets of one query by their place in its list, fetched where somebody looks. */
export class AssetPages {
  readonly query: LibraryQuery
  readonly #pages = new Map<number, readonly AssetHit[]>()
  readonly #stale = new Set<number>()
  readonly #loading = new Map<number, AbortController>()
  readonly #onChange: (list: AssetList | undefined, error: ApiError | undefined) => void
  /** Not asked for again until somebody looks elsewhere or asks for everything anew. */
  readonly #failed = new Set<number>()
  #wanted: number[] = []

  constructor(query: LibraryQuery, onChange: (list: AssetList | undefined, error: ApiError | undefined) => void) {
    this.query = query
    this.#onChange = onChange
  }

  at(index: number): AssetHit | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE]
  }

  /** Where an asset is among those that are here. */
  placeOf(id: string): number | undefined {
    for (const [page, assets] of this.#pages) {
      const at = assets.findIndex((asset) => asset.id === id)
      if (at >= 0) return page * PAGE + at
    }
    return undefined
  }

  /** Fetches what is missing of a part of the list; what was wanted before and is no more is left. */
  show(from: number, to: number): void {
    this.#wanted = []
    this.#failed.clear()
    for (let page = Math.floor(from / PAGE); page * PAGE < Math.max(to, 1); page++) this.#wanted.push(page)
    for (const [page, request] of this.#loading) if (!this.#wanted.includes(page) && page !== 0) request.abort()
    this.#next()
  }

  /** Everything may have changed: what is in view is fetched again, and shown until then. */
  renew(): void {
    for (const page of [...this.#pages.keys(), ...this.#loading.keys()]) this.#stale.add(page)
    this.#failed.clear()
    this.#next()
  }

  /** Ids of a part of the list. */
  async ids(from: number, to: number): Promise<string[]> {
    const ids: string[] = []
    for (let at = from; at < Math.min(to, from + MAX_RANGE);) {
      const known = this.at(at)
      if (known !== undefined) {
        ids.push(known.id)
        at++
        continue
      }
      const { assets } = await api.get<AssetList>(`/assets${queryOf({ ...apiQuery(this.query), offset: at, limit: Math.min(500, to - at) })}`)
      if (assets.length === 0) break
      ids.push(...assets.map(({ id }) => id))
      at += assets.length
    }
    return ids
  }

  end(): void {
    this.#wanted = []
    for (const request of this.#loading.values()) request.abort()
  }

  #next(): void {
    for (const page of this.#wanted) {
      if (this.#loading.size >= MAX_REQUESTS) return
      if (!this.#loading.has(page) && !this.#failed.has(page) && (!this.#pages.has(page) || this.#stale.has(page))) void this.#load(page)
    }
  }

  async #load(page: number): Promise<void> {
    const request = new AbortController()
    this.#loading.set(page, request)
    this.#stale.delete(page) // what changes from now on may be missing of the answer
    try {
      const list = await api.get<AssetList>(`/assets${queryOf({ ...apiQuery(this.query), offset: page * PAGE, limit: PAGE })}`, request.signal)
      request.signal.throwIfAborted()
      this.#keep(page, list.assets)
      this.#onChange(list, undefined)
    } catch (error) {
      this.#stale.add(page)
      if (!request.signal.aborted) {
        this.#failed.add(page)
        this.#onChange(undefined, error instanceof ApiError ? error : new ApiError(String(error), 0, 'UNEXPECTED'))
      }
    } finally {
      this.#loading.delete(page)
      this.#next()
    }
  }

  #keep(page: number, assets: readonly AssetHit[]): void {
    this.#pages.delete(page)
    this.#pages.set(page, assets)
    for (const oldest of this.#pages.keys()) if (this.#pages.size > KEPT_PAGES && !this.#wanted.includes(oldest)) this.#pages.delete(oldest)
  }
}
