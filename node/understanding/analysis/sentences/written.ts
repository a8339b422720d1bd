/** What people wrote of an asset, text by text. Pure. */
import type { Asset } from '#ring'
import { lengthOf } from '../../length.ts'
import { isSentences, sentencesOf } from '../analysis.ts'
import { digestOf, type Texts } from './texts.ts'

/** Characters of one text that are read: models read the beginning. @default 1000 */
export const MAX_WRITTEN_CHARACTERS = 1_000

export type WrittenAsset = Pick<Asset, 'title' | 'notes' | 'tags'> & { readonly facts: Pick<Asset['facts'], 'name'> }

/** Title, name, notes and tags: each that says something, once. */
export function writtenOf({ facts: { name }, title, notes, tags }: WrittenAsset): string[] {
  const texts = [title === name ? '' : title, wordsOfName(name), notes, tags.toSorted().join(', ')].map((text) => text.trim().slice(0, MAX_WRITTEN_CHARACTERS).toWellFormed())
  return [...new Set(texts.filter((text) => /\p{L}/u.test(text)))]
}

const wordsOfName = (name: string): string => name.replace(/\.\w{1,5}$/, '').replace(/[_.-]+/g, ' ')

/** Of the asset as a whole. */
export const WRITTEN: Texts = {
  nameIn: sentencesOf, reads: isSentences,
  stateOf: (asset) => digestOf(writtenOf(asset)),
  async of(asset) {
    const toMs = asset.facts.kind === 'image' ? 0 : lengthOf(asset.facts)
    return [writtenOf(asset).map((text) => ({ text, level: 0, fromMs: 0, toMs, pictureMs: 0 }))]
  }
}
