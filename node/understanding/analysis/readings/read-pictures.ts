/** The key pictures of an asset, decoded in one pass for all models that are to read them. */
import { ModelMissingError } from '#protocols/errors.ts'
import type { ChunkId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import type { Inference } from '../../inference/inference.ts'
import type { Analysis } from '../analysis.ts'
import type { Looking } from '../look.ts'
import { createReader, type Reader } from './readers.ts'
import type { MakersHere } from './makers-here.ts'

/** Pictures decoded, and given to models, at once. @default 16 */
export const PICTURES_AT_ONCE = 16

export interface ReadingsAsked {
  readonly analysis: Analysis
  readonly of: ChunkId
  /** In `made`. */
  readonly names: readonly string[]
}

export interface ReadingsRead {
  readonly made: ReadonlyMap<string, Uint8Array>
  /** Each model fails by itself. */
  readonly failed: ReadonlyMap<string, unknown>
}

export interface ReadOptions {
  readonly signal: AbortSignal
  turn(): Promise<void>
  onProgress(share: number): void
}

/** @throws when the pictures can not be decoded, the signal's reason */
export async function readPictures({ looking, inference, here }: { looking: Pick<Looking, 'pictures'>; inference: Inference; here: MakersHere }, asset: Asset, { analysis, of, names }: ReadingsAsked, { signal, turn, onProgress }: ReadOptions): Promise<ReadingsRead> {
  const readers = new Map<string, Reader>()
  const failed = new Map<string, unknown>()

  async function attempt(name: string, act: () => Promise<void> | void): Promise<void> {
    try {
      await act()
    } catch (err) {
      signal.throwIfAborted()
      readers.delete(name)
      failed.set(name, err)
    }
  }

  for (const name of names) {
    await attempt(name, () => {
      const maker = here().find((each) => each.name === name)
      if (maker === undefined) throw new ModelMissingError(`the model for ${name} is not here`)
      readers.set(name, createReader(maker.task, inference, { analysis, of, model: maker.model }))
    })
  }
  const all = analysis.pictures.map((_, place) => place)
  for (let at = 0; at < all.length && readers.size > 0; at += PICTURES_AT_ONCE) {
    await turn()
    const wanted = all.slice(at, at + PICTURES_AT_ONCE).filter((place) => [...readers.values()].some((reader) => reader.wants(place)))
    if (wanted.length === 0) continue
    const pictures = await looking.pictures(asset, wanted.map((place) => analysis.pictures[place]!.atMs), { signal })
    for (const [name, reader] of readers) {
      const its = wanted.map((place, i) => ({ place, picture: pictures[i]! })).filter(({ place }) => reader.wants(place))
      if (its.length > 0) await attempt(name, () => reader.read(its.map(({ place }) => place), its.map(({ picture }) => picture), { signal }))
    }
    onProgress(Math.min(1, (at + PICTURES_AT_ONCE) / all.length))
  }
  const made = new Map<string, Uint8Array>()
  for (const [name, reader] of readers) await attempt(name, () => { made.set(name, reader.end()) })
  return { made, failed }
}
