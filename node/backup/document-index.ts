import { InvalidMessageError } from '#protocols/errors.ts'
import { hashOfChunk } from '#protocols/ids.ts'
import { chunksUnder, type DocumentName, type Reference, type Referrer, referencesOf, referrersInUpdate } from '#ring'
import { atOnce } from './at-once.ts'
import type { ChunkLists, Hash, IndexEntry } from './backup-format.ts'
import type { ObjectWriter } from './object-writer.ts'

/** Entries of a document that are copied at once, and chunks of each. @default 4 */
export const COPIES_AT_ONCE = 4

/** Bring everything a document needs into the target, and tell it as the lines of an index. Lists that `before` tells with what they name are not read again: a list never changes. */
export async function copyDocument(writer: ObjectWriter, name: DocumentName, update: Uint8Array, before: readonly IndexEntry[], onEntry: () => void): Promise<IndexEntry[]> {
  const known = new Map<Hash, ChunkLists>()
  for (const { kind, lists: [first], content, sizes, lists, listSizes, poster, made = [], missing } of before) {
    if (missing.length > 0 || kind !== 'asset') continue
    if (first !== undefined) known.set(first, { content, sizes, lists, listSizes })
    for (const other of [...poster === undefined ? [] : [poster], ...made]) if (other.lists[0] !== undefined) known.set(other.lists[0], other)
  }
  const entries: IndexEntry[] = []
  await atOnce(COPIES_AT_ONCE, referrersInUpdate(update, name), async (referrer) => {
    entries.push(await copyEntry(writer, referrer, known))
    onEntry()
  })
  return entries.sort((a, b) => (a.kind + a.id < b.kind + b.id ? -1 : 1))
}

/** What a referrer of a document that is backed up is called, and its id: an asset's hash, `camera/hour/session`, `camera/hour/node` of what was seen, or a roll's. */
export function nameOf(referrer: Referrer): Pick<IndexEntry, 'name' | 'kind' | 'id'> {
  if (referrer.kind === 'asset') return { kind: 'asset', id: referrer.asset.facts.id, name: referrer.asset.facts.name.slice(0, 10_000) }
  if (referrer.kind === 'roll') return { kind: 'roll', id: referrer.roll.id, name: referrer.roll.name.slice(0, 10_000) }
  if (referrer.kind === 'note') return named('note', referrer.note.camera, referrer.note.hour, referrer.note.node)
  if (referrer.kind === 'model') throw new TypeError('models are not backed up')
  const { camera, hour, session } = referrer.session
  return named('recording', camera, hour, session)
}

function named(kind: 'recording' | 'note', ...parts: string[]): Pick<IndexEntry, 'name' | 'kind' | 'id'> {
  const name = parts.join('/')
  return { kind, id: name, name }
}

async function copyEntry(writer: ObjectWriter, referrer: Referrer, known: ReadonlyMap<Hash, ChunkLists>): Promise<IndexEntry> {
  const missing = new Set<Hash>()
  const copied = (references: readonly Reference[]): Promise<ChunkLists> => copyReferences(writer, references, known, missing)
  if (referrer.kind !== 'asset') return { ...nameOf(referrer), ...await copied(referencesOf(referrer)), missing: [...missing].sort() }
  const { original, poster, asset: { facts, locations } } = referrer
  const made = await Promise.all(referrer.made.map((one) => copied([one])))
  const whole = await copied(original === undefined ? [] : [original])
  const isAway = original?.kind === 'lists' && whole.content.length === 0 && facts.size > 0
  return {
    ...nameOf(referrer), ...whole,
    ...(poster && { poster: await copied([poster]) }), ...(made.length > 0 && { made }),
    ...((original === undefined || isAway) && { outside: locations.filter(({ file }) => file !== undefined).map(({ path }) => path.slice(0, 10_000)) }), missing: [...missing].sort()
  }
}

async function copyReferences(writer: ObjectWriter, references: readonly Reference[], known: ReadonlyMap<Hash, ChunkLists>, missing: Set<Hash>): Promise<ChunkLists> {
  const content: Hash[] = []
  const lists: Hash[] = []
  for (const reference of references) {
    const before = known.get(hashOfChunk(reference.id))
    const isOfLists = before?.content.length === 0 && reference.kind === 'blob' // its bytes were in the cloud then
    const found = before === undefined || isOfLists ? await walk(writer, reference, missing) : before
    content.push(...found.content)
    lists.push(...found.lists)
  }
  const sizes = new Map<Hash, number>()
  await atOnce(COPIES_AT_ONCE, new Set([...lists, ...content]), async (hash) => {
    const size = await writer.ensure(hash)
    if (size === undefined) missing.add(hash)
    sizes.set(hash, size ?? 0)
  })
  const sizesOf = (hashes: readonly Hash[]): number[] => hashes.map((hash) => sizes.get(hash) ?? 0)
  return { content, sizes: sizesOf(content), lists, listSizes: sizesOf(lists) }
}

/** A list that is missing or nonsense hides what it names: it is told as missing, and the rest is kept. */
async function walk(writer: ObjectWriter, reference: Reference, missing: Set<Hash>): Promise<Pick<ChunkLists, 'content' | 'lists'>> {
  const found: Pick<ChunkLists, 'content' | 'lists'> = { content: [], lists: [] }
  try {
    for await (const { id, role } of chunksUnder(reference, async (list) => await writer.read(hashOfChunk(list)) ?? Buffer.of())) {
      found[role === 'manifest' ? 'lists' : 'content'].push(hashOfChunk(id))
    }
  } catch (err) {
    if (!(err instanceof InvalidMessageError)) throw err
    missing.add(found.lists.at(-1) ?? hashOfChunk(reference.id))
  }
  return found
}
