/** What of the library somebody may see: the one place that decides. Lists, searches, counts, pictures, contents and events go by it. */
import { NotFoundError } from '#protocols/errors.ts'
import type { ServerEvent } from '#protocols/http.ts'
import { type AssetId, parseAssetId } from '#protocols/ids.ts'
import type { Asset, AssetPatch, Ring, SearchQuery } from '#ring'
import { ForbiddenError } from '../accounts/refusals.ts'
import type { PlacedAlbum } from '../organise/albums.ts'
import type { Turn } from '../organise/history.ts'
import type { Who } from './who.ts'

/** Whether somebody may see this asset. */
export const sees = ({ albums }: Pick<Who, 'albums'>, asset: Pick<Asset, 'albums'>): boolean => albums === undefined || asset.albums.some((album) => albums.includes(album))

/** A query that finds nothing else. */
export const within = <Query extends SearchQuery>({ albums }: Pick<Who, 'albums'>, query: Query): Query => albums === undefined ? query : { ...query, within: albums }

/** Of all albums those they may see, as if there was nothing above them. One that a rule fills is none of these. */
export function albumsSeen<Album extends PlacedAlbum>({ albums }: Pick<Who, 'albums'>, all: readonly Album[]): Album[] {
  if (albums === undefined) return [...all]
  const seen = new Map(all.filter(({ id, kind }) => kind === 'manual' && albums.includes(id)).map((album) => [album.id, album]))
  const pathOf = ({ name, parent }: PlacedAlbum): string => {
    const above = seen.get(parent ?? '')
    return above === undefined ? name : `${pathOf(above)}/${name}`
  }
  return [...seen.values()].map((album) => ({ ...album, parent: seen.has(album.parent ?? '') ? album.parent : null, path: pathOf(album) }))
}

type Limits = Pick<Who, 'albums' | 'editAlbums'>

/** Whether an edit puts assets into albums they may edit, and takes them out of those, alone. */
const keepsToAlbums = ({ albums, editAlbums = [] }: Limits, { addAlbums = [], removeAlbums = [] }: AssetPatch): boolean => albums === undefined || [...addAlbums, ...removeAlbums].every((album) => editAlbums.includes(album))

/** Whether somebody may still take back this of an edit of theirs: the asset is in an album they may edit, or comes back into one. */
export function mayTurn(who: Limits, turn: Turn): boolean {
  if (who.albums === undefined) return true
  return 'asset' in turn && keepsToAlbums(who, turn.patch) && sees({ albums: who.editAlbums ?? [] }, { albums: [...turn.asset.albums, ...turn.patch.addAlbums ?? []] })
}

/** The library as one person has it. */
export interface Sight {
  /** @throws NotFoundError as `findSeen` */
  find(id: string, inTrash?: boolean): Promise<Asset>
  /** As `find`, for this edit. @throws ForbiddenError for what they may only see, and for albums they may not change */
  findToEdit(id: string, patch?: AssetPatch): Promise<Asset>
  /** As `find`, in the trash too. @throws ForbiddenError for whoever is limited to albums: it may lie in those of others */
  findToPurge(id: string): Promise<Asset>
}

/** One asset, if they may see it. @throws NotFoundError also for what they may not see: nobody learns that it is there */
export async function findSeen(catalog: Pick<Ring['catalog'], 'asset'>, who: Pick<Who, 'albums'>, id: string, inTrash = false): Promise<Asset> {
  const asset = await catalog.asset(parseAssetId(id))
  if (asset === undefined || (asset.deletedAtMs !== undefined && !inTrash) || !sees(who, asset)) {
    throw new NotFoundError(inTrash ? 'no such asset: it was never imported here, or it was deleted for good' : 'no such asset: it was never imported here, or it was deleted')
  }
  return asset
}

export function sightOf(catalog: Pick<Ring['catalog'], 'asset'>, who: Who): Sight {
  const find = (id: string, inTrash = false): Promise<Asset> => findSeen(catalog, who, id, inTrash)
  return {
    find,
    async findToEdit(id, patch = {}) {
      const asset = await find(id, patch.deleted === false)
      if (who.albums !== undefined && !sees({ albums: who.editAlbums ?? [] }, asset)) throw new ForbiddenError(`${who.name} may see this, but not change it`)
      if (!keepsToAlbums(who, patch)) throw new ForbiddenError(`${who.name} may not change what is in this album`)
      return asset
    },
    async findToPurge(id) {
      const asset = await find(id, true)
      if (who.albums !== undefined) throw new ForbiddenError(`${who.name} may edit some albums only, and this deletes it from all: put it into the trash`)
      return asset
    }
  }
}

/** What of an event somebody may hear; undefined for nothing. */
export function heardBy(who: Who, event: ServerEvent, asset: (id: AssetId) => Pick<Asset, 'albums'> | undefined): ServerEvent | undefined {
  if (who.albums === undefined || event.type === 'hello') return event
  if (event.type !== 'assets') return undefined
  const ids = event.ids.filter((id) => {
    const found = asset(id as AssetId)
    return found !== undefined && sees(who, found)
  })
  return ids.length === 0 ? undefined : { ...event, ids }
}
