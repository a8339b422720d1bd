/**
 * What people sort assets by, beside tags: single-valued marks, albums, fields of their own; and what was made of an asset.
 * In the asset's map: one key per mark, `album:<id>` (true or false), `field:<name>` (text), `made:<name>` and `sidecar:<name>` (a blob), `found:<name>` (text that
 * programs found out after the import), `cloud:<tier>` (Unix ms, 0 for no more), `away` (true or false), `recalled` (Unix ms). Each merges by itself.
 */
import type * as Y from 'yjs'
import { InvalidInputError } from '#protocols/errors.ts'
import { type ChunkId, parseChunkId } from '#protocols/ids.ts'
import type { AssetPatch } from './catalog.ts'

/** Marks that have one value each; the empty text is none. */
export interface AssetMarks {
  /** One of `LABELS`, or none. */
  readonly label: string
  /** `pick`, `reject`, or none. */
  readonly flag: string
  readonly licence: string
  /** Releases of people and places, as the person wrote them. */
  readonly releases: string
  /** Where it is in somebody's workflow: a word of their own. */
  readonly state: string
  /** Assets of the same stack are shown as one. */
  readonly stack: string
}

export const LABELS: readonly string[] = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'grey']
export const FLAGS: readonly string[] = ['pick', 'reject']
export const NO_MARKS: AssetMarks = Object.freeze({ label: '', flag: '', licence: '', releases: '', state: '', stack: '' })

/** Longest value of a mark or of a person's own field, in UTF-16 units. @default 2000 */
export const MAX_FIELD_LENGTH = 2_000
/** Longest name of a person's own field or of what was made, and id of an album. @default 64 */
export const MAX_FIELD_NAME = 64
/** Longest name of a file that lay beside the original, in UTF-16 units. @default 255 */
export const MAX_SIDECAR_NAME = 255
/** Fields of their own, albums, sidecars, and things made of one asset that are shown. @default 100 */
export const MAX_FIELDS = 100

const MARKS = Object.keys(NO_MARKS) as Array<keyof AssetMarks>
const ALBUM = 'album:'
const FIELD = 'field:'
const MADE = 'made:'
const SIDECAR = 'sidecar:'
const FOUND = 'found:'
const CLOUD = 'cloud:'
const AWAY = 'away'
const RECALLED = 'recalled'
const ID = /^[A-Za-z0-9_-]{1,64}$/

/** Whether a key of the asset's map is one of these. */
export const isMarkKey = (key: string): boolean => key === AWAY || key === RECALLED || (MARKS as string[]).includes(key) || [ALBUM, FIELD, MADE, SIDECAR, FOUND, CLOUD].some((prefix) => key.startsWith(prefix))

export interface MarksRead {
  readonly marks: AssetMarks
  readonly albums: readonly string[]
  readonly fields: Readonly<Record<string, string>>
  readonly made: Readonly<Record<string, ChunkId>>
  readonly sidecars: Readonly<Record<string, ChunkId>>
  readonly found: Readonly<Record<string, string>>
  readonly cloud: Readonly<Record<string, number>>
  readonly away: boolean
  readonly recalledAtMs?: number | undefined
}

/** What is no text, too long or no id is left out: another member wrote it. */
export function readMarks(map: Y.Map<unknown>): MarksRead {
  const marks = { ...NO_MARKS } as Record<keyof AssetMarks, string>
  for (const mark of MARKS) if (isText(map.get(mark))) marks[mark] = map.get(mark) as string
  return {
    marks: { ...marks, label: LABELS.includes(marks.label) ? marks.label : '', flag: FLAGS.includes(marks.flag) ? marks.flag : '' },
    albums: under(map, ALBUM, (value) => value === true).map(([id]) => id).filter((id) => ID.test(id)),
    fields: Object.fromEntries(under(map, FIELD, (value) => isText(value) && value !== '')) as Record<string, string>,
    made: Object.fromEntries(under(map, MADE, isChunk)) as Record<string, ChunkId>,
    sidecars: Object.fromEntries(under(map, SIDECAR, isChunk, MAX_SIDECAR_NAME)) as Record<string, ChunkId>,
    found: Object.fromEntries(under(map, FOUND, (value) => isText(value) && value !== '')) as Record<string, string>,
    cloud: Object.fromEntries(under(map, CLOUD, isMoment)) as Record<string, number>,
    away: map.get(AWAY) === true,
    ...(isMoment(map.get(RECALLED)) && { recalledAtMs: map.get(RECALLED) as number })
  }
}

/** Inside a transaction; writes only what differs. Answers whether a person's marks changed. */
export function patchMarks(map: Y.Map<unknown>, patch: AssetPatch): boolean {
  const edits: boolean[] = []
  const set = (key: string, value: unknown): void => {
    if (map.get(key) === value) return
    map.set(key, value)
    edits.push(true)
  }
  /** The empty text is not written where nothing was. */
  const setTexts = (prefix: string, texts: object = {}): void => {
    for (const [name, text] of Object.entries(texts)) if (map.get(prefix + name) !== undefined || text !== '') set(prefix + name, text)
  }
  setTexts('', patch.marks)
  for (const id of patch.addAlbums ?? []) set(ALBUM + id, true)
  for (const id of patch.removeAlbums ?? []) if (map.get(ALBUM + id) === true) set(ALBUM + id, false)
  setTexts(FIELD, patch.fields)
  setTexts(MADE, patch.written)
  setTexts(FOUND, patch.decided)
  for (const [name, blob] of Object.entries(patch.made ?? {})) if (map.get(MADE + name) !== blob) map.set(MADE + name, blob)
  for (const [tier, atMs] of Object.entries(patch.cloud ?? {})) if (map.get(CLOUD + tier) !== atMs) map.set(CLOUD + tier, atMs)
  if (patch.away !== undefined && (map.get(AWAY) === true) !== patch.away) map.set(AWAY, patch.away)
  if (patch.recalledAtMs !== undefined && map.get(RECALLED) !== patch.recalledAtMs) map.set(RECALLED, patch.recalledAtMs)
  for (const [name, text] of Object.entries(patch.found ?? {})) if (map.get(FOUND + name) !== text) map.set(FOUND + name, text)
  for (const [name, blob] of Object.entries(patch.sidecars ?? {})) {
    if (blob === null) map.delete(SIDECAR + name)
    else if (map.get(SIDECAR + name) !== blob) map.set(SIDECAR + name, blob)
  }
  return edits.length > 0
}

/** @throws InvalidInputError */
export function checkMarks({ marks, addAlbums, removeAlbums, fields, made, written, sidecars, found, decided, cloud }: AssetPatch): void {
  for (const [mark, value] of Object.entries(marks ?? {})) {
    if (!(MARKS as string[]).includes(mark)) throw new InvalidInputError(`there is no mark ${JSON.stringify(mark.slice(0, 40))}: they are ${MARKS.join(', ')}`)
    checkText(mark, value)
  }
  if (marks?.label && !LABELS.includes(marks.label)) throw new InvalidInputError(`a label is one of ${LABELS.join(', ')}, or empty`)
  if (marks?.flag && !FLAGS.includes(marks.flag)) throw new InvalidInputError(`a flag is ${FLAGS.join(' or ')}, or empty`)
  for (const id of [...addAlbums ?? [], ...removeAlbums ?? []]) if (!ID.test(id)) throw new InvalidInputError(`no id of an album: ${JSON.stringify(id.slice(0, 40))}`)
  for (const [name, value] of [fields, found, decided].flatMap((texts) => Object.entries(texts ?? {}))) {
    checkName(name)
    checkText(name, value)
  }
  for (const name of [...Object.keys(made ?? {}), ...Object.keys(written ?? {}), ...Object.keys(cloud ?? {})]) checkName(name)
  for (const name of Object.keys(sidecars ?? {})) if (name === '' || name.length > MAX_SIDECAR_NAME || /[/\0]/.test(name)) throw new InvalidInputError(`no name of a file: ${JSON.stringify(name.slice(0, 80))}`)
}

function checkText(name: string, value: string): void {
  if (value.length > MAX_FIELD_LENGTH) throw new InvalidInputError(`${name} has ${value.length} characters; at most ${MAX_FIELD_LENGTH} fit`)
}

function checkName(name: string): void {
  if (name === '' || name.length > MAX_FIELD_NAME || name !== name.trim()) throw new InvalidInputError(`a field's name has 1 to ${MAX_FIELD_NAME} characters, no space around them: ${JSON.stringify(name.slice(0, 80))}`)
}

function under(map: Y.Map<unknown>, prefix: string, isGood: (value: unknown) => boolean, longest = MAX_FIELD_NAME): Array<[string, unknown]> {
  const found: Array<[string, unknown]> = []
  for (const [key, value] of map.entries()) if (key.startsWith(prefix) && key.length <= prefix.length + longest && isGood(value)) found.push([key.slice(prefix.length), value])
  return found.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, MAX_FIELDS)
}

const isMoment = (value: unknown): boolean => Number.isFinite(value) && (value as number) > 0

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_FIELD_LENGTH

function isChunk(value: unknown): boolean {
  try {
    return parseChunkId(value as string) !== undefined
  } catch {
    return false
  }
}
