import { InvalidMessageError } from '#protocols/errors.ts'
import type { Asset } from '#ring'
import { CREATOR_FIELD, GPS_FIELD, NAMESPACES, type Property, PROPERTIES } from './xmp-names.ts'
import { attributesOf, canonicalNames, childrenOf, elementsIn, encode, nameOf, parseTree, printTree, type XmlNode } from './xmp-tree.ts'

const EMPTY = `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="${NAMESPACES['rdf']}">
  <rdf:Description rdf:about=""/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
`
const OURS = new Set<string>(PROPERTIES)

/** The sidecar of an asset. Of `existing` everything stays that is not a property people edit here. @throws InvalidMessageError when that is no XMP */
export function writeXmp(asset: Pick<Asset, 'title' | 'notes' | 'rating' | 'tags' | 'marks' | 'fields'>, existing?: string): string {
  const tree = parseTree(existing ?? EMPTY)
  const canonical = canonicalNames(tree)
  const descriptions = [...elementsIn(tree)].filter((node) => canonical(nameOf(node)) === 'rdf:Description')
  const first = descriptions[0] ?? added(tree, canonical)
  const rdf = nameOf(first).split(':')[0] ?? 'rdf'
  for (const node of descriptions) dropOurs(node, canonical)
  const properties = propertiesOf(asset, rdf)
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

function dropOurs(node: XmlNode, canonical: (name: string) => string): void {
  node[':@'] = Object.fromEntries(Object.entries(attributesOf(node)).filter(([name]) => !OURS.has(canonical(name))))
  const kept: XmlNode[] = []
  for (const child of childrenOf(node)) {
    if (!OURS.has(canonical(nameOf(child)))) kept.push(child)
    else if (isSpace(kept.at(-1))) kept.pop() // the line it stood on
  }
  if (isSpace(kept.at(-1))) kept.pop()
  node[nameOf(node)] = kept
}

const isSpace = (node: XmlNode | undefined): boolean => typeof node?.['#text'] === 'string' && node['#text'].trim() === ''

interface Written { readonly name: Property; readonly value: XmlNode[] }

function propertiesOf({ title, notes, rating, tags, marks, fields }: Parameters<typeof writeXmp>[0], rdf: string): Written[] {
  const list = (kind: string, items: readonly string[], attributes?: Record<string, string>): XmlNode[] => [
    { [`${rdf}:${kind}`]: items.map((item) => ({ [`${rdf}:li`]: [{ '#text': encode(item) }], ...(attributes && { ':@': attributes }) })) }
  ]
  const words = (name: Property, text: string): Written[] => (text === '' ? [] : [{ name, value: list('Alt', [text], { 'xml:lang': 'x-default' }) }])
  const plain = (name: Property, text: string): Written[] => (text === '' ? [] : [{ name, value: [{ '#text': encode(text) }] }])
  const items = (name: Property, kind: string, all: readonly string[]): Written[] => (all.length === 0 ? [] : [{ name, value: list(kind, all) }])
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
