import { randomUUID } from 'node:crypto'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import type { AlbumChange, AlbumNew, AlbumView } from '#protocols/http.ts'
import type { Asset, AssetPage, AssetQuery, Catalog, RingRecord } from '#ring'
import type { Edits } from './edits.ts'
import type { Person } from './person.ts'
import { ruleQuery } from './rule-query.ts'

export const ALBUMS = 'albums'
/** Assets of an album that is sorted by something else than its newest. @default 20000 */
export const MAX_SORTED = 20_000
/** Counting albums anew takes at most one part in so many of the time: in a large library the numbers beside them lag. @default 20 */
export const COUNTS_SHARE = 20
const SORTS = ['newest', 'oldest', 'name', 'rating'] as const

/** An album as people wrote it. */
export type Album = Omit<AlbumView, 'assets' | 'path' | 'problem'>

/** Albums people fill by hand, and those that a rule fills. */
export interface Albums {
  list(): AlbumView[]
  /** @throws NotFoundError */
  find(id: string): AlbumView
  /** @throws InvalidInputError */
  create(who: Person, album: AlbumNew): Promise<AlbumView>
  /** @throws NotFoundError, InvalidInputError */
  change(who: Person, id: string, change: AlbumChange): Promise<AlbumView>
  /** The assets stay, and so do albums below it: they move up. @throws NotFoundError */
  remove(who: Person, id: string): Promise<void>
  /** What finds its assets. @throws NotFoundError, InvalidInputError */
  query(id: string): AssetQuery
  /** @throws NotFoundError, InvalidInputError */
  assets(id: string, page: Pick<AssetQuery, 'cursor' | 'limit'>): AssetPage
}

export function createAlbums({ catalog, edits }: { catalog: Pick<Catalog, 'index' | 'records' | 'assetsChanged'>; edits: Pick<Edits, 'put' | 'remove'> }): Albums {
  let counted = { nextMs: -Infinity, counts: new Map<string, number>() }
  let isStale = true
  catalog.assetsChanged.on(() => { isStale = true })

  const all = (): Map<string, Album> => new Map(catalog.records.list(ALBUMS).flatMap((record) => albumOf(record) ?? []).map((album) => [album.id, album]))

  function counts(): Map<string, number> {
    const began = performance.now()
    if (!isStale || began < counted.nextMs) return counted.counts
    isStale = false
    const counts = catalog.index.albumCounts()
    counted = { counts, nextMs: performance.now() + Math.min(60_000, (performance.now() - began - 1) * COUNTS_SHARE) }
    return counts
  }

  function view(album: Album, albums: ReadonlyMap<string, Album>): AlbumView {
    const line = lineOf(album, albums)
    const ruled = album.kind === 'rule' ? countRule(album) : { assets: counts().get(album.id) ?? 0, problem: null }
    return { ...album, parent: line === undefined ? null : line.at(-2)?.id ?? null, path: (line ?? [album]).map(({ name }) => name).join('/'), ...ruled }
  }

  function countRule(album: Album): Pick<AlbumView, 'assets' | 'problem'> {
    try {
      return { assets: catalog.index.assets({ ...ruleQuery(album.rule ?? ''), limit: 1 }).total, problem: null }
    } catch (err) {
      return { assets: 0, problem: err instanceof Error ? err.message : String(err) }
    }
  }

  function find(id: string): AlbumView {
    const albums = all()
    const album = albums.get(id)
    if (album === undefined) throw noAlbum(id)
    return view(album, albums)
  }

  /** @throws InvalidInputError */
  function check(id: string, { name, parent, rule, kind }: Pick<Album, 'name' | 'parent' | 'rule' | 'kind'>): void {
    const albums = all()
    if (name.includes('/') || name !== name.trim() || /\p{Cc}/u.test(name)) throw new InvalidInputError('the name of an album has no / in it and no space around it')
    if (parent !== null && !albums.has(parent)) throw new InvalidInputError(`there is no album ${parent} to put it under`)
    if (parent !== null && lineOf({ ...albums.get(parent) as Album }, albums)?.some((above) => above.id === id)) throw new InvalidInputError('an album can not lie under itself')
    if ([...albums.values()].some((other) => other.id !== id && other.parent === parent && other.name === name)) throw new InvalidInputError(`there is an album ${name} here already: choose another name`)
    if (kind === 'rule') ruleQuery(rule ?? '')
    else if (rule !== null) throw new InvalidInputError('an album that is filled by hand has no rule')
  }

  function assets(id: string, page: Pick<AssetQuery, 'cursor' | 'limit'>): AssetPage {
    const { sort } = find(id)
    const query = albumQuery(id)
    return sort === 'newest' ? catalog.index.assets({ ...query, ...page }) : sorted(catalog.index, query, sort, page)
  }

  function albumQuery(id: string): AssetQuery {
    const { kind, rule } = find(id)
    return kind === 'rule' ? ruleQuery(rule ?? '') : { album: id }
  }

  return {
    list() {
      const albums = all()
      return [...albums.values()].map((album) => view(album, albums)).sort((a, b) => a.path.localeCompare(b.path))
    },
    find, query: albumQuery, assets,
    async create(who, { name, kind = 'manual', parent = null, project = null, cover = null, rule = null, sort = 'newest' }) {
      const id = randomUUID()
      check(id, { name, parent, rule, kind })
      await edits.put(who, ALBUMS, id, { name, kind, parent, project, cover, rule, sort }, `album ${name}`)
      return find(id)
    },
    async change(who, id, change) {
      const known = find(id)
      check(id, { ...known, ...change })
      await edits.put(who, ALBUMS, id, change, `album ${change.name ?? known.name}`)
      return find(id)
    },
    async remove(who, id) {
      await edits.remove(who, ALBUMS, id, `removed the album ${find(id).name}`)
    }
  }
}

export const noAlbum = (id: string): NotFoundError => new NotFoundError(`there is no album ${id}: it was removed, or this node has not heard of it yet`)

/** What any member may have written, as an album; undefined when it is none. */
export function albumOf({ id, fields }: RingRecord): Album | undefined {
  const text = (value: unknown, most: number): string | null => (typeof value === 'string' && value !== '' && value.length <= most ? value : null)
  const name = text(fields['name'], 200)
  if (name === null) return undefined
  return {
    id, name: name.replaceAll('/', '∕'), kind: fields['kind'] === 'rule' ? 'rule' : 'manual', parent: text(fields['parent'], 64), project: text(fields['project'], 64),
    cover: text(fields['cover'], 64), rule: text(fields['rule'], 500), sort: SORTS.find((sort) => sort === fields['sort']) ?? 'newest'
  }
}

/** The album and those above it, the outermost first; undefined when they go in a circle, which two sides of a cut can make. An album above it that is gone ends the line. */
function lineOf(album: Album, albums: ReadonlyMap<string, Album>): Album[] | undefined {
  const line = [album]
  for (let above = albums.get(album.parent ?? ''); above !== undefined; above = albums.get(above.parent ?? '')) {
    if (line.includes(above)) return undefined
    line.unshift(above)
  }
  return line
}

function sorted(index: Catalog['index'], query: AssetQuery, sort: Album['sort'], { cursor, limit = 60 }: Pick<AssetQuery, 'cursor' | 'limit'>): AssetPage {
  const found: Asset[] = []
  let page = index.assets({ ...query, limit: 500 })
  found.push(...page.assets)
  while (page.cursor !== undefined && found.length < MAX_SORTED) found.push(...(page = index.assets({ ...query, limit: 500, cursor: page.cursor })).assets)
  found.sort(ORDERS[sort])
  const from = /^\d{1,6}$/.test(cursor ?? '0') ? Number(cursor ?? 0) : 0
  const most = Math.min(500, Math.max(1, limit))
  return { assets: found.slice(from, from + most), total: page.total, cursor: from + most < found.length ? String(from + most) : undefined }
}

const titleOf = ({ title, facts }: Asset): string => title || facts.name
const ORDERS: Readonly<Record<Album['sort'], (a: Asset, b: Asset) => number>> = {
  newest: (a, b) => b.facts.importedAtMs - a.facts.importedAtMs,
  oldest: (a, b) => a.facts.importedAtMs - b.facts.importedAtMs,
  name: (a, b) => titleOf(a).localeCompare(titleOf(b), undefined, { numeric: true }),
  rating: (a, b) => b.rating - a.rating || b.facts.importedAtMs - a.facts.importedAtMs
}

