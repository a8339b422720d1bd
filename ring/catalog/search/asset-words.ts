/** What the search knows of an asset beside its text: words of a kind, and numbers. Who adds one adds a line here and a field in `query-fields.ts`, and raises `INDEX_VERSION`. */
import type { Asset, MediaFacts } from '../catalog.ts'
import { cameraName, knownProbe } from '../known-probe.ts'
import { OWN_FIELD } from '../query-language.ts'
import { indexedText } from './words.ts'

/** Longest word that is kept as one, in UTF-16 units; longer values are found as text only. @default 200 */
export const MAX_WORD_LENGTH = 200
/** Most words kept of an asset. @default 700 */
export const MAX_WORDS = 700

/** Words by kind; `known` is what is known of the file, also what was found out later. */
const WORDS: Readonly<Record<string, (asset: Asset, known: MediaFacts) => ReadonlyArray<string | undefined | false>>> = {
  type: ({ facts }) => [facts.kind],
  camera: (asset, known) => [cameraName(known), ...ownNamed(asset, 'camera')],
  tag: ({ tags }) => tags,
  album: ({ albums }) => albums,
  label: ({ marks }) => [marks.label],
  flag: ({ marks }) => [marks.flag],
  state: ({ marks }) => [marks.state],
  licence: ({ marks }) => [marks.licence],
  stack: ({ marks }) => [marks.stack],
  codec: ({ facts: { probe } }) => [probe.videoCodec, probe.audioCodec],
  ext: ({ facts: { name } }) => [/\.([a-z0-9]{1,12})$/i.exec(name)?.[1]?.toLowerCase()],
  batch: (asset) => [asset.facts.batch, ...ownNamed(asset, 'batch')],
  /** As `batch`, without what people wrote. */
  import: ({ facts }) => [facts.batch],
  has: (asset, known) => [...hasOf(asset, known), ...Object.keys(asset.made)],
  is: isOf
}

/** Numbers of an asset; NaN where there is none. Those in `WIDE` need more than a float's 24 bits. */
const NUMBERS = {
  taken: ({ facts }: Asset, known: MediaFacts) => dateOf(known.createdAtMs) ?? dateOf(facts.importedAtMs) ?? 0,
  imported: ({ facts }: Asset) => dateOf(facts.importedAtMs) ?? 0,
  edited: ({ editedAtMs }: Asset) => dateOf(editedAtMs) ?? 0,
  size: ({ facts }: Asset) => facts.size,
  duration: ({ facts }: Asset) => facts.kind === 'image' ? Number.NaN : facts.probe.durationMs ?? Number.NaN,
  width: ({ facts }: Asset) => facts.probe.width ?? Number.NaN,
  height: ({ facts }: Asset) => facts.probe.height ?? Number.NaN,
  fps: ({ facts }: Asset) => facts.probe.framesPerSecond ?? Number.NaN,
  rating: ({ rating }: Asset) => rating,
  latitude: (_asset: Asset, known: MediaFacts) => known.gps?.latitude ?? Number.NaN,
  longitude: (_asset: Asset, known: MediaFacts) => known.gps?.longitude ?? Number.NaN,
  /** Decides between assets of the same value, the same way on every node. */
  tie: ({ facts }: Asset) => Number.parseInt(facts.id.slice(0, 12), 16)
}

export type NumberName = keyof typeof NUMBERS
export const NUMBER_NAMES = Object.keys(NUMBERS) as NumberName[]
export const WIDE: ReadonlySet<NumberName> = new Set(['taken', 'imported', 'edited', 'size', 'duration', 'tie'])

export interface Word { readonly kind: string; readonly value: string }

export function wordsOf(asset: Asset): Word[] {
  const words = new Map<string, Word>()
  const add = (kind: string, value: unknown): void => {
    if (typeof value === 'string' && value !== '' && value.length <= MAX_WORD_LENGTH && words.size < MAX_WORDS) words.set(`${kind} ${value}`, { kind, value: value.normalize('NFC') })
  }
  const known = knownProbe(asset)
  for (const [kind, of] of Object.entries(WORDS)) for (const value of of(asset, known)) add(kind, value)
  for (const [name, value] of Object.entries(asset.fields)) add(OWN_FIELD + name, value)
  return [...words.values()]
}

export function numbersOf(asset: Asset): number[] {
  const known = knownProbe(asset)
  return NUMBER_NAMES.map((name) => {
    const value = NUMBERS[name](asset, known)
    return typeof value === 'number' && Number.isFinite(value) ? value : Number.NaN
  })
}

/** Texts of an asset that have no column of their own, by what people call them. */
export function otherTexts(asset: Asset): Array<readonly [string, string]> {
  const { marks: { state, licence, releases }, fields } = asset
  const probe = knownProbe(asset)
  const read = Object.entries({ camera: cameraName(probe), lens: probe.lens, place: probe.place })
  return [...Object.entries({ state, licence, releases, ...fields }), ...read.filter((entry): entry is [string, string] => typeof entry[1] === 'string')]
}

/** Its texts as they are indexed, in the order of the columns of the text index. */
export function indexedTexts(asset: Asset): string[] {
  const { facts, tags, title, notes, locations } = asset
  const paths = locations.map(({ path }) => path).join('\n')
  const others = otherTexts(asset).map(([, text]) => text).join('\n')
  return [facts.name, paths, tags.join('\n'), title, notes, others].map(indexedText)
}

/** What people sort names by: folded, and numbers by their value. @default 64 units of it */
export function sortName({ facts, title }: Asset): string {
  return fold(title || facts.name).slice(0, 64).toWellFormed().replace(/\d+/g, (digits) => {
    const bare = digits.replace(/^0+(?=\d)/, '')
    return String.fromCharCode(0x30 + Math.min(bare.length, 64)) + bare
  })
}

/** Lower case without accents: what is the same to somebody who types. */
export const fold = (text: string): string => text.normalize('NFKD').replace(/\p{Mn}+/gu, '').toLowerCase()

// Earlier than the year 0 or later than 9999 is no date anybody took a picture at: another member wrote it.
const FIRST_MS = -62_167_219_200_000
const LAST_MS = 253_402_300_799_999

function dateOf(ms: unknown): number | undefined {
  return typeof ms === 'number' && ms >= FIRST_MS && ms <= LAST_MS ? Math.trunc(ms) : undefined
}

/** Values of people's own fields of a name that is a field of the search, too. */
const ownNamed = ({ fields }: Asset, name: string): string[] => Object.keys(fields).filter((own) => own.toLowerCase() === name).flatMap((own) => fields[own] ?? [])

function hasOf(asset: Asset, probe: MediaFacts): string[] {
  const { marks } = asset
  const has: Readonly<Record<string, boolean>> = {
    gps: probe.gps !== undefined, title: asset.title !== '', notes: asset.notes !== '', tags: asset.tags.length > 0, album: asset.albums.length > 0, poster: asset.poster !== undefined,
    audio: probe.audioCodec !== undefined, rating: asset.rating > 0, label: marks.label !== '', flag: marks.flag !== '', date: probe.createdAtMs !== undefined,
    fields: Object.keys(asset.fields).length > 0, licence: marks.licence !== '', releases: marks.releases !== ''
  }
  return Object.keys(has).filter((name) => has[name])
}

function isOf({ facts: { kind, probe }, rating, tags, marks, locations }: Asset): Array<string | false> {
  const isTurned = probe.rotation !== undefined && Math.abs(probe.rotation) % 180 === 90
  const [width, height] = isTurned ? [probe.height, probe.width] : [probe.width, probe.height]
  const shape = width === undefined || height === undefined ? false : width > height ? 'horizontal' : width < height ? 'vertical' : 'square'
  return [kind, marks.flag, rating > 0 ? 'rated' : 'unrated', tags.length > 0 ? 'tagged' : 'untagged', shape, marks.stack !== '' && 'stacked', locations.length > 1 && 'copied']
}
