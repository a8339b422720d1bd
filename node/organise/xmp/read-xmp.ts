import { InvalidMessageError } from '#protocols/errors.ts'
import { type Asset, type AssetPatch, LABELS } from '#ring'
import { CREATOR_FIELD, GPS_FIELD, type Property, PROPERTIES } from './xmp-names.ts'
import { attributesOf, canonicalNames, childrenOf, decode, elementsIn, itemsOf, nameOf, parseTree, textOf, type XmlNode } from './xmp-tree.ts'

const WORDS = { title: 500, notes: 20_000, mark: 2_000, tag: 200, tags: 500 } as const
const NAMED = new Set<string>(PROPERTIES)

/** What a sidecar says of an asset; what it does not say is not in the patch. @throws InvalidMessageError when it is no XMP */
export function readXmp(text: string): AssetPatch {
  const said = propertiesOf(parseTree(text))
  const one = (name: Property): string => said.get(name)?.[0]?.trim() ?? ''
  const rating = Number(one('xmp:Rating'))
  const label = one('xmp:Label').toLowerCase()
  const licence = one('dc:rights').slice(0, WORDS.mark)
  const marks = {
    ...(LABELS.includes(label) && { label }), ...(licence !== '' && { licence }), ...(one('xmp:Rating') !== '' && rating < 0 && { flag: 'reject' })
  }
  const creator = (said.get('dc:creator') ?? []).map((name) => name.trim()).filter((name) => name !== '').join('; ').slice(0, WORDS.mark)
  const gps = placeOf(one('exif:GPSLatitude'), one('exif:GPSLongitude'))
  const fields = { ...(creator !== '' && { [CREATOR_FIELD]: creator }), ...(gps !== undefined && { [GPS_FIELD]: gps }) }
  const tags = tagsOf(said.get('dc:subject') ?? [], said.get('lr:hierarchicalSubject') ?? [])
  return {
    ...(one('dc:title') !== '' && { title: one('dc:title').slice(0, WORDS.title) }), ...(one('dc:description') !== '' && { notes: one('dc:description').slice(0, WORDS.notes) }),
    ...(one('xmp:Rating') !== '' && Number.isFinite(rating) && { rating: Math.min(5, Math.max(0, Math.round(rating))) }),
    ...(tags.length > 0 && { addTags: tags }), ...(Object.keys(marks).length > 0 && { marks }), ...(Object.keys(fields).length > 0 && { fields })
  }
}

/** Of that what fills something that is empty: people's words stand. */
export function fillOnly(asset: Asset, { title, notes, rating, marks = {}, fields = {}, addTags = [] }: AssetPatch): AssetPatch {
  return {
    ...(asset.title === '' && title !== undefined && { title }), ...(asset.notes === '' && notes !== undefined && { notes }), ...(asset.rating === 0 && rating !== undefined && { rating }),
    marks: Object.fromEntries(Object.entries(marks).filter(([mark]) => asset.marks[mark as keyof typeof asset.marks] === '')),
    fields: Object.fromEntries(Object.entries(fields).filter(([name]) => (asset.fields[name] ?? '') === '')),
    addTags: addTags.filter((tag) => !asset.tags.includes(tag))
  }
}

function propertiesOf(tree: readonly XmlNode[]): Map<Property, string[]> {
  const canonical = canonicalNames(tree)
  const said = new Map<Property, string[]>()
  const say = (name: string, values: string[]): void => { if (NAMED.has(name) && !said.has(name as Property)) said.set(name as Property, values) }
  const descriptions = [...elementsIn(tree)].filter((node) => canonical(nameOf(node)) === 'rdf:Description')
  if (descriptions.length === 0 && ![...elementsIn(tree)].some((node) => canonical(nameOf(node)) === 'rdf:RDF')) throw new InvalidMessageError('this is no XMP: it has no rdf:RDF')
  for (const node of descriptions) {
    for (const [name, value] of Object.entries(attributesOf(node))) say(canonical(name), [decode(value)])
    for (const child of childrenOf(node)) say(canonical(nameOf(child)), valuesOf(child, canonical))
  }
  return said
}

/** The items of a list, of an alternative the default first; or the text itself. */
function valuesOf(property: XmlNode, canonical: (name: string) => string): string[] {
  const list = childrenOf(property).find((node) => /^rdf:(?:Alt|Bag|Seq)$/.test(canonical(nameOf(node))))
  if (list === undefined) return [textOf(childrenOf(property))]
  return itemsOf(list, canonical).map((node) => textOf(childrenOf(node)))
}

/** Lightroom writes each level of a hierarchical tag as a flat one, too: those are left out. */
function tagsOf(flat: readonly string[], hierarchical: readonly string[]): string[] {
  const deep = hierarchical.map((tag) => tag.split('|').map((level) => level.trim()).filter((level) => level !== '').join('/'))
  const levels = new Set(deep.flatMap((tag) => tag.split('/')))
  const all = [...deep, ...flat.map((tag) => tag.trim()).filter((tag) => !levels.has(tag))]
  return [...new Set(all.map((tag) => tag.normalize('NFC')).filter((tag) => tag !== '' && tag.length <= WORDS.tag))].slice(0, WORDS.tags)
}

function placeOf(latitude: string, longitude: string): string | undefined {
  const [lat, lon] = [degreesOf(latitude, 90), degreesOf(longitude, 180)]
  return lat === undefined || lon === undefined ? undefined : `${lat}, ${lon}`
}

/** `59,54.8322N` or `59,54,49.93N`. */
function degreesOf(text: string, most: number): number | undefined {
  const parts = /^(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])$/i.exec(text)
  if (parts === null) return undefined
  const degrees = Number(parts[1]) + Number(parts[2]) / 60 + Number(parts[3] ?? 0) / 3600
  return degrees > most ? undefined : Number(((/[SW]/i.test(parts[4] ?? '') ? -1 : 1) * degrees).toFixed(7))
}
