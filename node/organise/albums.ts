import { randomUUID } from 'node:crypto'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import type { AlbumChange, AlbumNew, AlbumView } from '#protocols/http.ts'
import type { Asset, AssetPage, Catalog, RingRecord, SearchQuery, SearchRequest, Sort } from '#ring'
import type { Edits } from './edits.ts'
import type { Person } from './person.ts'
import { createRuleCounts, type RuleCount } from './rule-counts.ts'

export const ALBUMS = 'albums'
/** The orders of an album, as the search calls them. */
const SORTS: Readonly<Record<AlbumView['sort'], Sort>> = { newest: '-imported', oldest: 'imported', name: 'name', rating: '-rating' }

/** An album as people wrote it. */
export type Album = Omit<AlbumView, 'assets' | 'path' | 'problem'>
/** Where it lies among the others. */
export type PlacedAlbum = Omit<AlbumView, 'assets' | 'problem'>

/** Longest name of an album, in UTF-16 units. @default 200 */
export const MAX_ALBUM_NAME = 200

/** @throws InvalidInputError */
export function checkAlbumName(name: string): void {
  if (name.includes('/') || name !== name.trim() || /\p{Cc}/u.test(name)) throw new InvalidInputError('the name of an album has no / in it and no space around it')
  if (name === '' || name.length > MAX_ALBUM_NAME) throw new InvalidInputError(`the name of an album has 1 to ${MAX_ALBUM_NAME} characters: ${JSON.stringify(name.slice(0, 40))}`)
}

/** Albums people fill by hand, and those that a rule fills. */
export interface Albums {
  /** By path. */
  all(): PlacedAlbum[]
  /** @throws NotFoundError */
  find(id: string): PlacedAlbum
  /** With how many assets are in each: what rules find may be as of a minute ago. @throws OverloadedError */
  list(): Promise<AlbumView[]>
  /** @throws NotFoundError, OverloadedError */
  view(id: string): Promise<AlbumView>
  /** @throws InvalidInputError, InvalidQueryError */
  create(who: Person, album: AlbumNew): Promise<AlbumView>
  /** @throws NotFoundError, InvalidInputError, InvalidQueryError */
  change(who: Person, id: string, change: AlbumChange): Promise<AlbumView>
  /** The assets stay, and so do albums below it: they move up. @throws NotFoundError */
  remove(who: Person, id: string): Promise<void>
  /** What finds its assets, however little a rule's words say of them. @throws NotFoundError */
  query(id: string): SearchQuery
  /** A page of what is in it now. @throws NotFoundError, InvalidQueryError, InvalidInputError, OverloadedError */
  assets(id: string, page: Pick<SearchRequest, 'cursor' | 'limit'>): Promise<AssetPage>
  /** Whether an asset is in it now. @throws NotFoundError, InvalidQueryError, OverloadedError */
  holds(id: string, asset: Asset): Promise<boolean>
}

export function createAlbums({ catalog, edits }: { catalog: Pick<Catalog, 'records' | 'assetsChanged' | 'search'>; edits: Pick<Edits, 'put' | 'remove'> }): Albums {
  const rules = createRuleCounts({ catalog })

  const known = (): Map<string, Album> => new Map(catalog.records.list(ALBUMS).flatMap((record) => albumOf(record) ?? []).map((album) => [album.id, album]))

  function placed(album: Album, albums: ReadonlyMap<string, Album>): PlacedAlbum {
    const line = lineOf(album, albums)
    return { ...album, parent: line === undefined ? null : line.at(-2)?.id ?? null, path: (line ?? [album]).map(({ name }) => name).join('/') }
  }

  function all(): PlacedAlbum[] {
    const albums = known()
    return [...albums.values()].map((album) => placed(album, albums)).sort((a, b) => a.path.localeCompare(b.path))
  }

  function find(id: string): PlacedAlbum {
    const albums = known()
    const album = albums.get(id)
    if (album === undefined) throw noAlbum(id)
    return placed(album, albums)
  }

  async function list(): Promise<AlbumView[]> {
    const albums = all()
    const byHand = await catalog.search.albumCounts()
    const byRule = await rules.all(albums.flatMap(({ kind, rule }) => kind === 'rule' ? rule ?? '' : []))
    return albums.map((album) => ({ ...album, ...(album.kind === 'rule' ? byRule.get(album.rule ?? '') ?? NOTHING : { assets: byHand.get(album.id) ?? 0, problem: null }) }))
  }

  async function view(id: string): Promise<AlbumView> {
    const album = find(id)
    return { ...album, ...(album.kind === 'rule' ? await rules.one(album.rule ?? '') : { assets: (await catalog.search.albumCounts()).get(id) ?? 0, problem: null }) }
  }

  /** @throws InvalidInputError, InvalidQueryError */
  async function check(id: string, { name, parent, rule, kind }: Pick<Album, 'name' | 'parent' | 'rule' | 'kind'>): Promise<void> {
    const albums = known()
    checkAlbumName(name)
    if (parent !== null && !albums.has(parent)) throw new InvalidInputError(`there is no album ${parent} to put it under`)
    if (parent !== null && lineOf({ ...albums.get(parent) as Album }, albums)?.some((above) => above.id === id)) throw new InvalidInputError('an album can not lie under itself')
    if ([...albums.values()].some((other) => other.id !== id && other.parent === parent && other.name === name)) throw new InvalidInputError(`there is an album ${name} here already: choose another name`)
    if (kind !== 'rule' && rule !== null) throw new InvalidInputError('an album that is filled by hand has no rule')
    if (kind === 'rule' && isBlank(rule)) throw new InvalidInputError('a rule says what to look for, as it is typed into the search: tag:harbour rating:>=3 -type:audio')
    if (kind === 'rule' && rule !== albums.get(id)?.rule) await catalog.search.count({ also: [rule ?? ''] })
  }

  function query(id: string): SearchQuery {
    const { kind, rule } = find(id)
    if (kind === 'manual') return { albums: [id] }
    return isBlank(rule) ? { albums: [] } : { also: [rule ?? ''], weak: true }
  }

  return {
    all, find, list, view, query,
    async assets(id, page) {
      const { hits, total, cursor } = await catalog.search.page({ ...query(id), sort: SORTS[find(id).sort], ...page })
      return { assets: hits.map(({ asset }) => asset), total, cursor }
    },
    async holds(id, asset) {
      return find(id).kind === 'rule' ? catalog.search.has(query(id), asset.facts.id) : asset.albums.includes(id)
    },
    async create(who, { name, kind = 'manual', parent = null, project = null, cover = null, rule = null, sort = 'newest' }) {
      const id = randomUUID()
      await check(id, { name, parent, rule, kind })
      await edits.put(who, ALBUMS, id, { name, kind, parent, project, cover, rule, sort }, `album ${name}`)
      return view(id)
    },
    async change(who, id, change) {
      const before = find(id)
      await check(id, { ...before, ...change })
      await edits.put(who, ALBUMS, id, change, `album ${change.name ?? before.name}`)
      return view(id)
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
  const name = text(fields['name'], MAX_ALBUM_NAME)
  if (name === null) return undefined
  return {
    id, name: name.replaceAll('/', '∕'), kind: fields['kind'] === 'rule' ? 'rule' : 'manual', parent: text(fields['parent'], 64), project: text(fields['project'], 64),
    cover: text(fields['cover'], 64), rule: text(fields['rule'], 500), sort: isOrder(fields['sort']) ? fields['sort'] : 'newest'
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

/** It would find everything. */
const isBlank = (rule: string | null): boolean => (rule ?? '').trim() === ''
const NOTHING: RuleCount = { assets: 0, problem: null }
const isOrder = (value: unknown): value is AlbumView['sort'] => typeof value === 'string' && Object.hasOwn(SORTS, value)
