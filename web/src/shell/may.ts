import type { AssetView, SessionView } from '#protocols/http.ts'

/** What whoever is at the page may do; what they may not is not offered. The node decides anyhow. */
export interface May {
  /** They see some albums only. */
  readonly isLimited: boolean
  /** Change the library as a whole: albums, tags, many clips at once. */
  readonly edit: boolean
  readonly administer: boolean
  /** Put clips into this album, and take them out. */
  fill(album: string): boolean
  /** Change this clip. */
  change(asset: Pick<AssetView, 'albums'>): boolean
}

/** Until it is known who that is, as an editor's page looks. */
export function mayOf({ role, limited, editAlbums }: Pick<SessionView, 'role' | 'limited' | 'editAlbums'> = { role: 'editor', limited: false }): May {
  const isEditor = role !== 'viewer'
  const fill = (album: string): boolean => isEditor && (editAlbums?.includes(album) ?? true)
  return { isLimited: limited, edit: isEditor && !limited, administer: role === 'admin', fill, change: ({ albums }) => editAlbums === undefined ? isEditor : albums.some(fill) }
}
