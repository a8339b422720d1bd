import { RefusedError } from '#protocols/errors.ts'
import type { Asset } from '#ring'
import type { Originals } from '../folders/originals.ts'
import { demuxerOf } from '../library/sniff.ts'
import type { BlobDoor } from './blob-door.ts'

/** Where a process reads an original, and what it has to know of it. */
export interface LentOriginal {
  readonly url: string
  readonly demuxer: string
  readonly seconds: number
  /** Clockwise degrees to turn it upright. */
  readonly turn: number
}

/** Lends an original to a process for as long as it is used. @throws RefusedError for what FFmpeg does not read */
export async function lendOriginal<T>({ door, originals }: { door: Pick<BlobDoor, 'lend'>; originals: Pick<Originals, 'read'> }, asset: Asset, use: (original: LentOriginal) => Promise<T>): Promise<T> {
  const { facts: { size, mime, probe } } = asset
  const demuxer = demuxerOf(mime)
  if (demuxer === undefined) throw new RefusedError(`${mime} is not read here`)
  return door.lend((range, options) => originals.read(asset, range, options), size, (url) => use({ url, demuxer, seconds: (probe.durationMs ?? 0) / 1000, turn: probe.rotation ?? 0 }))
}
