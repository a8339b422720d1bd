/** Where copies of originals are kept outside the ring, and of which: records of kind `tiers`. */
import { InvalidInputError } from '#protocols/errors.ts'
import type { Asset, RecordFields, RingRecord } from '#ring'
import { keyOfPlace, parseS3Url } from './s3-place.ts'

/** Kind of the records. */
export const TIERS = 'tiers'
/** Tiers of a ring, at most. @default 20 */
export const MAX_TIERS = 20
/** Tiers that must hold a good copy before bytes are taken off the ring's disks, unless the tier says otherwise. @default 2 */
export const DEFAULT_MOVE_COPIES = 2

/** How long a link to an original works unless said otherwise, in seconds. @default 3600 */
export const DEFAULT_LINK_SECONDS = 3_600

export interface Tier {
  readonly id: string
  readonly name: string
  /** `s3://BUCKET/PREFIX` */
  readonly place: string
  /** URL of the server; Amazon's when empty. */
  readonly endpoint: string
  readonly region: string
  /** `copy`: the ring keeps its own. `move`: the ring gives up its own when enough tiers hold good ones. */
  readonly mode: 'copy' | 'move'
  /** Only assets of this album; the whole library when empty. */
  readonly album: string
  /** In how many tiers a good copy must be before the ring's own go. */
  readonly moveCopies: number
  /** Since when a person wants its mode, album and moveCopies so, Unix ms: what was brought back after that stays on the ring's disks. */
  readonly sinceMs: number
}

/** The tier a record describes; undefined when it describes none. */
export function tierOf({ id, fields }: RingRecord): Tier | undefined {
  const text = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '')
  const { moveCopies, sinceMs } = fields
  const tier: Tier = {
    id, name: text('name'), place: text('place'), endpoint: text('endpoint'), region: text('region'), album: text('album'),
    mode: fields['mode'] === 'move' ? 'move' : 'copy', moveCopies: Number.isInteger(moveCopies) && (moveCopies as number) >= 1 ? moveCopies as number : DEFAULT_MOVE_COPIES,
    sinceMs: Number.isFinite(sinceMs) ? sinceMs as number : 0
  }
  try {
    checkTier(tier)
    return tier
  } catch {
    return undefined
  }
}

/** As a record keeps it. */
export const fieldsOf = ({ id: _id, ...fields }: Tier): RecordFields => fields

/** @throws InvalidInputError */
export function checkTier({ name, place, endpoint, album, moveCopies }: Tier): void {
  if (name === '' || name.length > 100) throw new InvalidInputError('a tier has a name of 1 to 100 characters')
  parseS3Url(place)
  if (endpoint !== '' && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) throw new InvalidInputError(`${endpoint.slice(0, 100)} is no URL of an S3 server: for example https://s3.example.org`)
  if (URL.parse(endpoint)?.password) throw new InvalidInputError('credentials do not belong into the URL: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY on the nodes')
  if (album.length > 64) throw new InvalidInputError('no id of an album')
  if (!Number.isInteger(moveCopies) || moveCopies < 1 || moveCopies > MAX_TIERS) throw new InvalidInputError(`moveCopies is a whole number from 1 to ${MAX_TIERS}`)
}

/** Whether this asset belongs into the tier. */
export const belongs = (asset: Asset, { album }: Tier): boolean => asset.deletedAtMs === undefined && (album === '' || asset.albums.includes(album))

/** The tiers that hold a copy of it. */
export const holding = ({ cloud }: Asset, tiers: readonly Tier[]): Tier[] => tiers.filter(({ id }) => cloud[id] !== undefined)

/** Whether the ring's own copies may go: a tier that holds it says so, nobody brought them back since it does, and enough tiers hold good ones. */
export function mayGo(asset: Asset, tiers: readonly Tier[]): boolean {
  const held = holding(asset, tiers)
  const wasRecalled = ({ sinceMs }: Tier): boolean => asset.recalledAtMs !== undefined && asset.recalledAtMs >= sinceMs
  return held.some((tier) => tier.mode === 'move' && belongs(asset, tier) && !wasRecalled(tier) && new Set(held.map(keyOfPlace)).size >= tier.moveCopies)
}
