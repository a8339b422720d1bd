/**
 * Small records of the ring's people in the root document: accounts, albums, saved searches, workflows… A kind of record is the root-level
 * map `record:<kind>`; its keys are `<id>/<field>`, one JSON value each, so that two sides of a cut may change different fields of one record.
 */
import type * as Y from 'yjs'
import { InvalidInputError, OverloadedError } from '#protocols/errors.ts'
import type { RecordFields, RingRecord } from './records.ts'

const MAP = 'record:'
const KIND = /^[a-z][a-z-]{0,31}$/
const ID = /^[A-Za-z0-9_-]{1,64}$/
const FIELD = /^[A-Za-z][A-Za-z0-9_]{0,63}$/

/** Longest JSON of one field, in UTF-16 units. @default 16384 */
export const MAX_RECORD_FIELD = 16_384
/** Records of one kind, at most. @default 10000 */
export const MAX_RECORDS = 10_000

/** The kind a root-level map holds; undefined when it holds no records. */
export const kindOfMap = (map: string): string | undefined => map.startsWith(MAP) && KIND.test(map.slice(MAP.length)) ? map.slice(MAP.length) : undefined

/** All records of the kind, by id. What another member wrote wrongly is left out. */
export function readRecords(doc: Y.Doc, kind: string): RingRecord[] {
  const records = new Map<string, Record<string, unknown>>()
  if (!doc.share.has(mapOf(kind))) return []
  for (const [key, value] of doc.getMap<unknown>(mapOf(kind)).entries()) {
    const [id = '', field = ''] = key.split('/')
    if (!ID.test(id) || !FIELD.test(field) || value === null || value === undefined) continue
    const known = records.get(id)
    if (known === undefined && records.size >= MAX_RECORDS) continue
    records.set(id, Object.assign(known ?? Object.create(null) as Record<string, unknown>, { [field]: value }))
  }
  return [...records].map(([id, fields]) => ({ id, fields })).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Inside a transaction: only what differs; `null` takes a field away. @throws InvalidInputError, OverloadedError */
export function writeRecord(doc: Y.Doc, kind: string, id: string, fields: RecordFields): void {
  check(kind, id)
  const map = doc.getMap<unknown>(mapOf(kind))
  for (const [field, value] of Object.entries(fields)) {
    const json = JSON.stringify(value)
    if (!FIELD.test(field)) throw new InvalidInputError(`no name of a field: ${JSON.stringify(field.slice(0, 40))}`)
    if (json !== undefined && json.length > MAX_RECORD_FIELD) throw new InvalidInputError(`${field} is too long: at most ${MAX_RECORD_FIELD} characters fit`)
  }
  const isNew = !hasRecord(map, id)
  if (isNew && readRecords(doc, kind).length >= MAX_RECORDS) throw new OverloadedError(`the ring holds ${MAX_RECORDS} ${kind} already: delete some first`)
  for (const [field, value] of Object.entries(fields)) {
    const key = `${id}/${field}`
    if (value === null || value === undefined) map.delete(key)
    else if (JSON.stringify(map.get(key)) !== JSON.stringify(value)) map.set(key, structuredClone(value))
  }
}

/** Inside a transaction. Answers whether there was one. */
export function dropRecord(doc: Y.Doc, kind: string, id: string): boolean {
  check(kind, id)
  const map = doc.getMap<unknown>(mapOf(kind))
  const keys = [...map.keys()].filter((key) => key.startsWith(`${id}/`))
  for (const key of keys) map.delete(key)
  return keys.length > 0
}

const mapOf = (kind: string): string => MAP + kind

const hasRecord = (map: Y.Map<unknown>, id: string): boolean => [...map.keys()].some((key) => key.startsWith(`${id}/`))

function check(kind: string, id: string): void {
  if (!KIND.test(kind)) throw new InvalidInputError(`no kind of record: ${JSON.stringify(kind.slice(0, 40))}`)
  if (!ID.test(id)) throw new InvalidInputError(`an id has 1 to 64 letters, digits, - or _: ${JSON.stringify(id.slice(0, 40))}`)
}
