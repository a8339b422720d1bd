import { InvalidMessageError } from '#protocols/errors.ts'
import type { Asset } from '#ring'
import { readXmp } from './read-xmp.ts'
import { CREATOR_FIELD, GPS_FIELD, NAMESPACES, type Property, PROPERTIES } from './xmp-names.ts'
import { attributesOf, canonicalNames, childrenOf, elementsIn, encode, itemsOf, nameOf, parseTree, printTree, type XmlNode } from './xmp-tree.ts'

const EMPTY = `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="${NAMESPACES['rdf']}">
  <rdf:Description rdf:about=""/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
`
const OURS = new Set<string>(PROPERTIES)

/** The sidecar of an asset. Of `existing` everything stays that is not a property people edit here, and what it says that an asset can not: other labels, places in other words, other languages. @throws InvalidMessageError when that is no XMP */
export function writeXmp(asset: Pick<Asset, 'title' | 'notes' | 'rating' | 'tags' | 'marks' | 'fields'>, existing?: string): string {
  const tree = parseTree(existing ?? EMPTY)
  const canonical = canonicalNames(tree)
  const descriptions = [...elementsIn(tree)].filter((node) => canonical(nameOf(node)) === 'rdf:Description')
  const first = descriptions[0] ?? added(tree, canonical)
  const rdf = nameOf(first).split(':')[0] ?? 'rdf'
  const foreign = existing === undefined ? new Set<string>() : foreignTo(asset, existing)
  const properties = propertiesOf(asset, rdf, (name) => otherLanguages(descriptions, canonical, name))
  for (const node of descriptions) dropOurs(node, (name) => OURS.has(canonical(name)) && !foreign.has(canonical(name)))
  first[':@'] = { ...attributesOf(first), ...Object.fromEntries(properties.map(({ name }) => [`xmlns:${name.split(':')[0]}`, NAMESPACES[name.split(':')[0] ?? ''] ?? ''])) }
  first[nameOf(first)] = [...childrenOf(first), ...properties.flatMap(({ name, value }) => [{ '#text': '\n   ' }, { [name]: value }]), { '#text': '\n  ' }]
  return printTree(tree)
}

function added(tree: readonly XmlNode[], canonical: (name: string) => string): XmlNode {
  const parent = [...elementsIn(tree)].find((node) => canonical(nameOf(node)) === 'rdf:RDF')
  if (parent === undefined) throw new InvalidMessageError('this is no XMP: it has no rdf:RDF')
  const prefix = nameOf(parent).split(':')[0] ?? 'rdf'
  const node: XmlNode = { [`${prefix}:Description`]: [], ':@': { [`${prefix}:about`]: '' } }
  childrenOf(parent).push(node)
  return node
}

/** What an asset has no value for, because it can have none such. */
function foreignTo({ marks, fields }: Parameters<typeof writeXmp>[0], existing: string): Set<string> {
  const said = readXmp(existing)
  return new Set<Property>([
    ...(marks.label === '' && said.marks?.label === undefined ? ['xmp:Label'] as const : []),
    ...(placeOf(fields[GPS_FIELD] ?? '').length === 0 && said.fields?.[GPS_FIELD] === undefined ? ['exif:GPSLatitude', 'exif:GPSLongitude'] as const : [])
  ])
}

/** The items of an alternative beside the one that is read. */
function otherLanguages(descriptions: readonly XmlNode[], canonical: (name: string) => string, name: Property): XmlNode[] {
  const property = descriptions.flatMap(childrenOf).find((node) => canonical(nameOf(node)) === name)
  const list = property && childrenOf(property).find((node) => canonical(nameOf(node)) === 'rdf:Alt')
  return list === undefined ? [] : itemsOf(list, canonical).slice(1)
}

function dropOurs(node: XmlNode, isOurs: (name: string) => boolean): void {
  node[':@'] = Object.fromEntries(Object.entries(attributesOf(node)).filter(([name]) => !isOurs(name)))
  const kept: XmlNode[] = []
  for (const child of childrenOf(node)) {
    if (!isOurs(nameOf(child))) kept.push(child)
    else if (isSpace(kept.at(-1))) kept.pop() // the line it stood on
  }
  if (isSpace(kept.at(-1))) kept.pop()
  node[nameOf(node)] = kept
}

const isSpace = (node: XmlNode | undefined): boolean => typeof node?.['#text'] === 'string' && node['#text'].trim() === ''

interface Written { readonly name: Property; readonly value: XmlNode[] }

function propertiesOf({ title, notes, rating, tags, marks, fields }: Parameters<typeof writeXmp>[0], rdf: string, others: (name: Property) => XmlNode[]): Written[] {
  const list = (kind: string, items: readonly XmlNode[]): XmlNode[] => [{ [`${rdf}:${kind}`]: [...items] }]
  const item = (text: string, attributes?: Record<string, string>): XmlNode => ({ [`${rdf}:li`]: [{ '#text': encode(text) }], ...(attributes && { ':@': attributes }) })
  const words = (name: Property, text: string): Written[] => (text === '' ? [] : [{ name, value: list('Alt', [item(text, { 'xml:lang': 'x-default' }), ...others(name)]) }])
  const plain = (name: Property, text: string): Written[] => (text === '' ? [] : [{ name, value: [{ '#text': encode(text) }] }])
  const items = (name: Property, kind: string, all: readonly string[]): Written[] => (all.length === 0 ? [] : [{ name, value: list(kind, all.map((one) => item(one))) }])
  const isDeep = tags.some((tag) => tag.includes('/'))
  const [latitude = '', longitude = ''] = placeOf(fields[GPS_FIELD] ?? '')
  return [
    ...words('dc:title', title), ...words('dc:description', notes), ...words('dc:rights', marks.licence),
    ...items('dc:creator', 'Seq', (fields[CREATOR_FIELD] ?? '').split(';').map((name) => name.trim()).filter((name) => name !== '')),
    ...items('dc:subject', 'Bag', [...new Set(tags.flatMap((tag) => tag.split('/')))]), ...items('lr:hierarchicalSubject', 'Bag', isDeep ? tags.map((tag) => tag.replaceAll('/', '|')) : []),
    ...plain('xmp:Rating', marks.flag === 'reject' ? '-1' : rating === 0 ? '' : String(rating)), ...plain('xmp:Label', marks.label.replace(/^./, (first) => first.toUpperCase())),
    ...plain('exif:GPSLatitude', latitude), ...plain('exif:GPSLongitude', longitude)
  ]
}

function placeOf(text: string): string[] {
  const [lat, lon] = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (lat === undefined || lon === undefined || !(Math.abs(lat) <= 90) || !(Math.abs(lon) <= 180)) return []
  const print = (degrees: number, [plus, minus]: readonly [string, string]): string => `${Math.trunc(Math.abs(degrees))},${((Math.abs(degrees) % 1) * 60).toFixed(6)}${degrees < 0 ? minus : plus}`
  return [print(lat, ['N', 'S']), print(lon, ['E', 'W'])]
}
