/** What people wrote of an asset, text by text. Pure. */
import { createHash } from 'node:crypto'
import type { Asset } from '#ring'

/** Texts of one asset that are read for what they mean, at most. */
export const MAX_WRITTEN = 4
/** Characters of one text that are read: models read the beginning. @default 1000 */
export const MAX_WRITTEN_CHARACTERS = 1_000

export type WrittenAsset = Pick<Asset, 'title' | 'notes' | 'tags'> & { readonly facts: Pick<Asset['facts'], 'name'> }

/** Title, name, notes and tags: each that says something, once. */
export function writtenOf({ facts: { name }, title, notes, tags }: WrittenAsset): string[] {
  const texts = [title === name ? '' : title, wordsOfName(name), notes, tags.toSorted().join(', ')].map((text) => text.trim().slice(0, MAX_WRITTEN_CHARACTERS).toWellFormed())
  return [...new Set(texts.filter((text) => /\p{L}/u.test(text)))]
}

/** Other texts have another one. */
export const digestOfWritten = (asset: WrittenAsset): string => createHash('sha256').update(JSON.stringify(writtenOf(asset))).digest('hex').slice(0, 16)

const wordsOfName = (name: string): string => name.replace(/\.\w{1,5}$/, '').replace(/[_.-]+/g, ' ')
