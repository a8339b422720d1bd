import { OriginalUnavailableError, RemoteError } from '#protocols/errors.ts'
import type { Asset, Ring } from '#ring'
import type { BlobDoor } from '../../derive/blob-door.ts'
import type { DeriveOptions, DeriveProcesses } from '../../derive/derive-process.ts'
import { lendOriginal } from '../../derive/lend-original.ts'
import type { Originals } from '../../folders/originals.ts'
import { demuxerOf } from '../../library/sniff.ts'
import type { Picture } from '../inference/inference.ts'
import type { Analysis } from './analysis.ts'
import type { Looked, LookOrder, Source } from './look-orders.ts'

/** Longest side of pictures that models read, in pixels. @default 640 */
export const READ_PIXELS = 640

/** Looks at originals in processes of their own, wherever their bytes are. Rejects with a sentence for people. */
export interface Looking {
  look(asset: Asset, how: DeriveOptions): Promise<Analysis>
  /** What is shown at these moments, ascending. */
  pictures(asset: Asset, atMs: readonly number[], how: DeriveOptions): Promise<readonly Picture[]>
  /** A JPEG of one moment, at most `pixels` wide or high. */
  jpeg(asset: Asset, atMs: number, pixels: number, how: DeriveOptions): Promise<Uint8Array>
}

export interface LookingComponents {
  readonly blobs: Pick<Ring['blobs'], 'read' | 'stat'>
  readonly originals: Pick<Originals, 'read'>
  readonly door: Pick<BlobDoor, 'lend'>
  readonly processes: Pick<DeriveProcesses<LookOrder, Looked>, 'run'>
}

/** Whether there are pictures in it that are seen here. */
export const isSeen = ({ facts, poster, deletedAtMs }: Pick<Asset, 'facts' | 'poster' | 'deletedAtMs'>): boolean =>
  deletedAtMs === undefined && poster !== undefined && (facts.kind === 'image' || (facts.kind === 'video' && demuxerOf(facts.mime) !== undefined))

export function createLooking({ blobs, originals, door, processes }: LookingComponents): Looking {
  /** Of a still picture its poster: upright, and whatever its format, a JPEG. */
  async function lend<T>(asset: Asset, use: (source: Source & { seconds: number }) => Promise<T>): Promise<T> {
    const { facts, poster } = asset
    if (facts.kind !== 'image') return lendOriginal({ door, originals }, asset, use)
    if (poster === undefined) throw new OriginalUnavailableError('it has no poster')
    const { size } = await blobs.stat(poster)
    return door.lend((range, options) => blobs.read(poster, range, options), size, (url) => use({ url, demuxer: 'jpeg_pipe', seconds: 0, turn: 0 }))
  }

  async function ask<K extends keyof Looked>(asset: Asset, what: K, order: (source: Source & { seconds: number }) => LookOrder, how: DeriveOptions): Promise<NonNullable<Looked[K]>> {
    const { [what]: answer } = await lend(asset, (source) => processes.run(order(source), how))
    if (answer === undefined) throw new RemoteError(`the process that looks at it answered without its ${what}`)
    return answer as NonNullable<Looked[K]>
  }

  return {
    look: (asset, how) => ask(asset, 'analysis', (source) => asset.facts.kind === 'image' ? { ...source, look: 'still' } : { ...source, look: 'film' }, how),
    async pictures(asset, atMs, how) {
      const pictures = await ask(asset, 'pictures', (source) => ({ ...source, look: 'pictures', atMs, pixels: READ_PIXELS }), how)
      if (pictures.length !== atMs.length) throw new RemoteError(`${pictures.length} pictures came instead of ${atMs.length}`)
      return pictures
    },
    jpeg: (asset, atMs, pixels, how) => ask(asset, 'jpeg', (source) => ({ ...source, look: 'jpeg', atMs, pixels }), how)
  }
}
