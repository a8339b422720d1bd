import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import { InvalidMessageError } from '#protocols/errors.ts'
import { MAX_XMP_BYTES, NAMESPACES } from './xmp-names.ts'

/** An element or a text, in the order of the file: `{ 'dc:title': [children], ':@': { attribute: value } }` or `{ '#text': … }`; nothing is decoded. */
export type XmlNode = { [name: string]: XmlNode[] | string | Record<string, string> }

const KEEP = { preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '', processEntities: false, commentPropName: '#comment', cdataPropName: '#cdata', suppressEmptyNode: true } as const
const parser = new XMLParser({ ...KEEP, parseTagValue: false, parseAttributeValue: false, trimValues: false })
const builder = new XMLBuilder(KEEP)

/** @throws InvalidMessageError */
export function parseTree(text: string): XmlNode[] {
  if (text.length > MAX_XMP_BYTES) throw new InvalidMessageError(`the sidecar is longer than ${MAX_XMP_BYTES} bytes`)
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new InvalidMessageError('a sidecar with a DOCTYPE is not read')
  try {
    return parser.parse(text.replace(/^\ufeff/, ''), true) as XmlNode[]
  } catch (err) {
    throw new InvalidMessageError(`the sidecar is no XML: ${(err as Error).message.slice(0, 200)}`)
  }
}

export const printTree = (tree: readonly XmlNode[]): string => builder.build(tree) as string

export const nameOf = (node: XmlNode): string => Object.keys(node).find((key) => key !== ':@') ?? ''
export const childrenOf = (node: XmlNode): XmlNode[] => {
  const children = node[nameOf(node)]
  return Array.isArray(children) ? children : []
}
export const attributesOf = (node: XmlNode): Record<string, string> => (node[':@'] ?? {}) as Record<string, string>

/** Every element, whatever it lies in. */
export function* elementsIn(nodes: readonly XmlNode[], depth = 0): Generator<XmlNode> {
  if (depth > 64) throw new InvalidMessageError('the sidecar is nested too deeply')
  for (const node of nodes) {
    yield node
    yield* elementsIn(childrenOf(node), depth + 1)
  }
}

/** Names as this program writes them, whatever prefixes the file uses. */
export function canonicalNames(tree: readonly XmlNode[]): (name: string) => string {
  const prefixOf = new Map(Object.entries(NAMESPACES).map(([prefix, uri]) => [uri, prefix]))
  const meant = new Map<string, string>()
  for (const node of elementsIn(tree)) {
    for (const [name, uri] of Object.entries(attributesOf(node))) if (name.startsWith('xmlns:')) meant.set(name.slice(6), prefixOf.get(uri) ?? `other-${name.slice(6)}`)
  }
  return (name) => {
    const [prefix = '', local = ''] = name.split(':')
    return local === '' ? name : `${meant.get(prefix) ?? prefix}:${local}`
  }
}

/** The items of a list, of an alternative the default first. */
export function itemsOf(list: XmlNode, canonical: (name: string) => string): XmlNode[] {
  const items = childrenOf(list).filter((node) => canonical(nameOf(node)) === 'rdf:li')
  const isDefault = (node: XmlNode): boolean => attributesOf(node)['xml:lang'] === 'x-default'
  return [...items.filter(isDefault), ...items.filter((node) => !isDefault(node))]
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

export function decode(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? whole
    const code = Number.parseInt(hex ?? decimal ?? '', hex === undefined ? 10 : 16)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

/** What XML can not hold is left out. */
export const encode = (text: string): string => text.toWellFormed().replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '').replace(/[&<>"\r]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? '&#13;')

/** All text in an element, decoded. */
export function textOf(nodes: readonly XmlNode[]): string {
  return nodes.map((node) => {
    if (typeof node['#text'] === 'string') return decode(node['#text'])
    return nameOf(node) === '#cdata' ? childrenOf(node).map((one) => String(one['#text'] ?? '')).join('') : ''
  }).join('')
}
