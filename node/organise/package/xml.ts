import { XMLParser } from 'fast-xml-parser'
import { InvalidInputError } from '#protocols/errors.ts'
import { MARK_NAMES, type PackageRow } from './package-row.ts'

/** `<thatdam version="1"><asset id name size><title/>…<tag/>…<album/>…<field name=""/></asset>…</thatdam>`. What XML can not hold is written as `\uXXXX`, a backslash as two. */
export async function* printXml(rows: AsyncIterable<PackageRow>): AsyncGenerator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<thatdam version="1">\n'
  for await (const row of rows) yield assetOf(row)
  yield '</thatdam>\n'
}

function assetOf(row: PackageRow): string {
  const element = (name: string, text: string, attributes = ''): string => `<${name}${attributes}>${encode(text)}</${name}>`
  const lines = [
    element('title', row.title ?? ''), element('rating', String(row.rating ?? 0)), element('notes', row.notes ?? ''),
    ...MARK_NAMES.map((mark) => element(mark, row.marks?.[mark] ?? '')), `<tags>${(row.tags ?? []).map((tag) => element('tag', tag)).join('')}</tags>`,
    `<albums>${(row.albums ?? []).map((album) => element('album', album)).join('')}</albums>`,
    ...Object.entries(row.fields ?? {}).map(([name, value]) => element('field', value, ` name="${encode(name)}"`))
  ]
  return ` <asset id="${encode(row.id)}" name="${encode(row.name)}" size="${row.size ?? ''}">\n  ${lines.join('\n  ')}\n </asset>\n`
}

const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@', parseTagValue: false, parseAttributeValue: false, trimValues: false, processEntities: false, alwaysCreateTextNode: true, isArray: (name) => ['asset', 'tag', 'album', 'field'].includes(name) })

interface Element { readonly '#text'?: string; readonly [name: string]: unknown }

/** @throws InvalidInputError */
export function parseXml(text: string): PackageRow[] {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new InvalidInputError('XML with a DOCTYPE is not read')
  let root: Element | undefined
  try {
    root = (parser.parse(text, true) as { thatdam?: Element }).thatdam
  } catch (err) {
    throw new InvalidInputError(`this is no XML: ${(err as Error).message.slice(0, 200)}`)
  }
  if (root === undefined) throw new InvalidInputError('this XML is no package: it has no <thatdam> element')
  return (root['asset'] as Element[] | undefined ?? []).map(rowFrom)
}

function rowFrom(asset: Element): PackageRow {
  const attribute = (of: Element, name: string): string => decode(String(of[`@${name}`] ?? ''))
  const words = (name: string): string | undefined => (asset[name] === undefined ? undefined : textOf(asset[name]))
  const list = (outer: string, inner: string): string[] | undefined => (asset[outer] === undefined ? undefined : ((asset[outer] as Element)[inner] as unknown[] | undefined ?? []).map(textOf))
  const [title, notes, rating, tags, albums] = [words('title'), words('notes'), words('rating'), list('tags', 'tag'), list('albums', 'album')]
  const size = attribute(asset, 'size')
  return {
    id: attribute(asset, 'id'), name: attribute(asset, 'name'), size: size === '' ? undefined : Number(size),
    ...(title !== undefined && { title }), ...(notes !== undefined && { notes }), ...(rating !== undefined && rating !== '' && { rating: Number(rating) }), ...(tags && { tags }), ...(albums && { albums }),
    marks: Object.fromEntries(MARK_NAMES.flatMap((mark) => (asset[mark] === undefined ? [] : [[mark, words(mark) ?? '']]))),
    fields: Object.fromEntries((asset['field'] as Element[] | undefined ?? []).map((field) => [attribute(field, 'name'), textOf(field)]))
  }
}

const textOf = (node: unknown): string => decode(typeof node === 'string' ? node : String((node as Element | undefined)?.['#text'] ?? ''))

function encode(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/[&<>"\n\t]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' })[c] ?? '&#9;')
}

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" }

function decode(text: string): string {
  const plain = text.replace(/&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-f]{1,6});/gi, (entity) => ENTITIES[entity] ?? codePoint(entity))
  return plain.replace(/\\(?:\\|u([0-9a-f]{4}))/gi, (_whole, hex?: string) => (hex === undefined ? '\\' : String.fromCharCode(Number.parseInt(hex, 16))))
}

function codePoint(entity: string): string {
  const code = /^&#x/i.test(entity) ? Number.parseInt(entity.slice(3), 16) : Number.parseInt(entity.slice(2), 10)
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : entity
}
