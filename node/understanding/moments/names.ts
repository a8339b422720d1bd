/** L0: assets whose names, titles, tags and notes have the words, by the library's own search. */
import { InvalidQueryError } from '#protocols/errors.ts'
import type { Asset, Ring, SearchRequest } from '#ring'
import type { Hit } from '../index/ask.ts'
import { lengthOf } from '../length.ts'
import { asksLevel, asksSense, type Question } from './question.ts'

/** Names that are looked at where most of them may be none that is meant: of another clip, or of another time. @default 500 */
export const MANY_NAMES = 500

export interface NamesComponents {
  readonly catalog: { readonly search: Pick<Ring['catalog']['search'], 'page'> }
}

/** The best first. */
export async function named({ catalog }: NamesComponents, question: Question, maySee: (asset: Asset) => boolean): Promise<Hit[]> {
  const { text, filter = '', within, albums, fromMs, toMs, limit } = question
  if (!asksLevel(question, 0) || !asksSense(question, 'name') || (text === '' && filter === '')) return []
  if (within?.kind === 'camera' || (question.cameras !== undefined && filter === '')) return []
  const { hits } = await page(catalog, [text, plain(text)].map((words) => [words, filter].filter((part) => part !== '').join(' ')), { within: albums, limit: within === undefined && fromMs === undefined && toMs === undefined ? limit : MANY_NAMES })
  const most = Math.max(...hits.map(({ score }) => score ?? 1), 0)
  return hits.filter(({ asset }) => maySee(asset) && (within === undefined || within.id === asset.facts.id)).map(({ asset, score, why }) => ({
    subject: { kind: 'asset', id: asset.facts.id }, level: 0, sense: 'name', fromMs: 0, toMs: asset.facts.kind === 'image' ? 0 : lengthOf(asset.facts), pictureMs: 0,
    score: most > 0 ? (score ?? most) / most : 1, text: why[0]?.text ?? (asset.title || asset.facts.name)
  }))
}

/** Without what the language could mean something by; the library folds words itself. */
const plain = (text: string): string => (text.match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu) ?? []).join(' ')

/** As it is typed, in the library's language; a sentence that is none of it by its words. */
async function page(catalog: NamesComponents['catalog'], [query = '', words = '']: readonly string[], narrowed: Pick<SearchRequest, 'within' | 'limit'>): ReturnType<Ring['catalog']['search']['page']> {
  try {
    return await catalog.search.page({ q: query, ...narrowed })
  } catch (err) {
    if (!(err instanceof InvalidQueryError) || words === query) throw err
    return catalog.search.page({ q: words, ...narrowed })
  }
}
