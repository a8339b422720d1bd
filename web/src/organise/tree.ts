import type { AlbumView } from '#protocols/http.ts'

/** Something that lies in something of its kind. */
export interface Branch<T> { readonly key: string; readonly name: string; readonly value: T | undefined; readonly count: number; readonly children: readonly Branch<T>[] }

/** Albums as they lie in one another. */
export function albumTree(albums: readonly AlbumView[], parent: string | null = null): Branch<AlbumView>[] {
  return albums.filter((album) => album.parent === parent).map((album) => ({ key: album.id, name: album.name, value: album, count: album.assets, children: albumTree(albums, album.id) }))
}

interface Level { count: number; isTag: boolean; readonly below: Map<string, Level> }

/** Tags by their levels: `place/oslo` lies in `place`, whether or not that is a tag itself. */
export function tagTree(tags: readonly { readonly tag: string; readonly assets: number }[]): Branch<string>[] {
  const root: Level = { count: 0, isTag: false, below: new Map() }
  for (const { tag, assets } of tags) {
    let level = root
    for (const name of tag.split('/')) {
      const next = level.below.get(name) ?? { count: 0, isTag: false, below: new Map() }
      level.below.set(name, next)
      level = next
    }
    level.isTag = true
    level.count += assets
  }
  return branches(root, '')
}

function branches({ below }: Level, above: string): Branch<string>[] {
  return [...below].map(([name, level]) => {
    const key = above === '' ? name : `${above}/${name}`
    return { key, name: name || '(no name)', value: key, count: level.count, children: branches(level, key) }
  }).sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }))
}
