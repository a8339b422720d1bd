import { createHash } from 'node:crypto'
import type { Records } from '#ring'
import { textIn } from './record-fields.ts'

/** What an account may do in an album. */
export interface AlbumRight {
  readonly album: string
  readonly may: 'see' | 'edit'
}

const KIND = 'rights'

/** Which albums an account may see and edit, one record each, so that two sides of a cut may give different ones. */
export interface AlbumRights {
  of(user: string): AlbumRight[]
  /** These and no others. */
  set(user: string, rights: readonly AlbumRight[]): Promise<void>
  /** Albums there are, by name. */
  albums(): Array<{ id: string; name: string }>
  /** Ids of the albums, and of those beneath them. */
  reach(rights: readonly AlbumRight[]): { readonly see: string[]; readonly edit: string[] }
}

export function createAlbumRights({ records }: { records: Records }): AlbumRights {
  const idOf = (user: string, album: string): string => createHash('sha256').update(`${user}/${album}`).digest('hex').slice(0, 32)

  const of = (user: string): AlbumRight[] => records.list(KIND).flatMap(({ fields }) => {
    const album = textIn(fields, 'album', 64)
    return textIn(fields, 'user') === user && album !== '' ? [{ album, may: textIn(fields, 'may') === 'edit' ? 'edit' as const : 'see' as const }] : []
  })

  function withThoseBeneath(albums: readonly string[]): string[] {
    const found = new Set(albums)
    for (let before = -1; before !== found.size;) {
      before = found.size
      for (const { id, fields } of records.list('albums')) if (found.has(textIn(fields, 'parent', 64))) found.add(id)
    }
    return [...found]
  }

  return {
    of,
    async set(user, rights) {
      const wanted = new Map(rights.map((right) => [right.album, right.may]))
      for (const { album } of of(user)) if (!wanted.has(album)) await records.remove(KIND, idOf(user, album))
      for (const [album, may] of wanted) await records.put(KIND, idOf(user, album), { user, album, may })
    },
    albums: () => records.list('albums').map(({ id, fields }) => ({ id, name: textIn(fields, 'name', 200) || id })).sort((a, b) => a.name.localeCompare(b.name)),
    reach: (rights) => ({ see: withThoseBeneath(rights.map(({ album }) => album)), edit: withThoseBeneath(rights.filter(({ may }) => may === 'edit').map(({ album }) => album)) })
  }
}
