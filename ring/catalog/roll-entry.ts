/** The rolls of the root document, as far as chunks are needed by them; and how they travel in a backup, as documents of their own. */
import { createHash } from 'node:crypto'
import * as Y from 'yjs'
import { InvalidMessageError } from '#protocols/errors.ts'
import { type ChunkId, parseChunkId } from '#protocols/ids.ts'
import type { DocumentName } from './document-name.ts'
import { checkUpdate } from './remote-update.ts'

/** Kind of record of a card that was offloaded. */
export const ROLLS = 'rolls'
/** Root-level map of these records. */
export const ROLLS_MAP = `record:${ROLLS}`
/** The field that names the blob of its list of files, and the one of the blob that says which copies were read back. */
const MANIFEST = 'manifest'
const RECEIPT = 'receipt'
const CARRIED = /^rolls-[0-9a-f]{2}$/

/** A roll and the blobs its record names; undefined: what is there is no blob. */
export interface RollRecord {
  readonly id: string
  readonly name: string
  readonly manifest: ChunkId | undefined
  readonly receipt: ChunkId | undefined
}

/** Every roll of the document, however many. */
export function rollsIn(doc: Y.Doc): RollRecord[] {
  return [...fieldsOf(doc)].map(([id, fields]) => ({ id, name: String(fields.get('name') ?? id), manifest: chunkOf(fields.get(MANIFEST)), receipt: chunkOf(fields.get(RECEIPT)) })).sort(byId)
}

/** What is said of rolls and can not be understood, in words. */
export function whyNotWholeRolls(doc: Y.Doc): string | undefined {
  for (const [id, fields] of fieldsOf(doc)) {
    for (const field of [MANIFEST, RECEIPT]) {
      if (fields.has(field) && chunkOf(fields.get(field)) === undefined) return `roll ${id.slice(0, 64)} has a ${field} that can not be understood: remove the roll, or update this node`
    }
  }
  return undefined
}

/** Whether a backup's document holds rolls. */
export const isRollDocument = (name: string): name is DocumentName => CARRIED.test(name)

/** The rolls as documents `rolls-00` to `rolls-ff`, by a hash of their ids: the same rolls make the same bytes. */
export function carriedRolls(doc: Y.Doc): Map<DocumentName, Uint8Array> {
  const buckets = Map.groupBy([...fieldsOf(doc)].sort(([a], [b]) => (a < b ? -1 : 1)), ([id]) => `rolls-${createHash('sha256').update(id).digest('hex').slice(0, 2)}` as DocumentName)
  return new Map([...buckets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, rolls]) => {
    const carrier = new Y.Doc()
    carrier.clientID = 1
    const map = carrier.getMap<unknown>(ROLLS_MAP)
    carrier.transact(() => { for (const [id, fields] of rolls) for (const [field, value] of [...fields].sort(([a], [b]) => (a < b ? -1 : 1))) map.set(`${id}/${field}`, value) })
    return [name, Y.encodeStateAsUpdate(carrier)]
  }))
}

/** Inside a transaction of the root document: the rolls of a backup's document. @throws InvalidMessageError */
export function layOutRolls(doc: Y.Doc, update: Uint8Array): void {
  checkUpdate(update)
  const carrier = new Y.Doc()
  Y.applyUpdate(carrier, update)
  if ([...carrier.share.keys()].some((map) => map !== ROLLS_MAP)) throw new InvalidMessageError('this document of a backup holds more than rolls')
  const map = doc.getMap<unknown>(ROLLS_MAP)
  for (const [key, value] of carrier.getMap<unknown>(ROLLS_MAP).entries()) if (JSON.stringify(map.get(key)) !== JSON.stringify(value)) map.set(key, structuredClone(value))
}

function fieldsOf(doc: Y.Doc): Map<string, Map<string, unknown>> {
  const rolls = new Map<string, Map<string, unknown>>()
  if (!doc.share.has(ROLLS_MAP)) return rolls
  for (const [key, value] of doc.getMap<unknown>(ROLLS_MAP).entries()) {
    const [id = '', field = ''] = key.split('/')
    const fields = rolls.get(id) ?? new Map<string, unknown>()
    rolls.set(id, fields.set(field, value))
  }
  return rolls
}

function chunkOf(id: unknown): ChunkId | undefined {
  try {
    return parseChunkId(id as string)
  } catch {
    return undefined
  }
}

const byId = (a: RollRecord, b: RollRecord): number => (a.id < b.id ? -1 : 1)
