import { InvalidInputError } from '#protocols/errors.ts'
import type { AssetQuery } from '#ring'

const TYPES = ['video', 'audio', 'image'] as const
const TERM = /(?:^|\s)(?<field>[a-z]+):(?:"(?<quoted>[^"]*)"|(?<plain>\S+))/g

/** What a rule, a line as it is typed into the search, asks of the index. @throws InvalidInputError naming what this node can not look for */
export function ruleQuery(rule: string): AssetQuery {
  const query: AssetQuery = {}
  const words = rule.replace(TERM, (_match, field: string, quoted: string | undefined, plain: string | undefined) => {
    Object.assign(query, term(field, quoted ?? plain ?? ''))
    return ' '
  }).trim()
  if (words !== '') query.text = words
  if (Object.keys(query).length === 0) throw new InvalidInputError('a rule says what to look for: words, tag:…, type:video, rating:3')
  return query
}

function term(field: string, value: string): AssetQuery {
  switch (field) {
    case 'tag': return { tag: value }
    case 'album': return { album: value }
    case 'batch': return { batch: value }
    case 'type': return { kind: TYPES.find((type) => type === value) ?? refuse(`type: is ${TYPES.join(', ')}, not ${value}`) }
    case 'rating': return { minRating: /^>?=?[0-5]$/.test(value) ? Number(value.replace(/^>?=?/, '')) + (/^>[^=]/.test(value) ? 1 : 0) : refuse(`rating: is a number from 0 to 5, not ${value}`) }
    default: return refuse(`${field}: can not be looked for here; tag:, type:, rating:, album: and batch: can`)
  }
}

function refuse(why: string): never {
  throw new InvalidInputError(why)
}
