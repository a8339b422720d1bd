import { createHash } from 'node:crypto'
import * as Y from 'yjs'
import { RingNotEmptyError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { CatalogPush } from './catalog-push.ts'
import { digestOfDocument } from './document-digest.ts'
import { type DocumentName, PARTITION_DOCUMENTS, received, ROOT_DOCUMENT } from './document-name.ts'
import type { Documents } from './documents.ts'
import { carriedRolls, isRollDocument, layOutRolls, rollsIn } from './roll-entry.ts'
import { CAMERAS, writeEntry } from './root-entry.ts'

/** Root-level map of the root document: one entry per backup that was restored, by the hash of its generation. */
export const RESTORES = 'restores'

/** A backup that is being restored into this ring, or was. */
export interface RestoreEntry {
  /** Hex SHA-256 of the generation's manifest. */
  readonly generation: string
  /** Unix ms. */
  readonly startedAtMs: number
  /** Unix ms; 0 while it goes on. */
  readonly finishedAtMs: number
}

/** One whole document as a Yjs update, and the digest of its content, hex. */
export interface DocumentSnapshot {
  readonly update: Uint8Array
  readonly digest: string
}

/** The catalog as something to be carried away and laid out again. The root document stays: it is of this ring (layout, admissions, keys); but its rolls go along, as documents of their own. */
export interface CatalogCopy {
  /** The documents of assets and recordings that are not empty, and those of the rolls, with their digests in hex. */
  documents(): Promise<Array<{ name: DocumentName; digest: string }>>
  snapshot(name: DocumentName): Promise<DocumentSnapshot>
  /** Begin, or go on with, restoring a generation. @throws RingNotEmptyError */
  begin(generation: string, nowMs: number): Promise<{ resumed: boolean }>
  /** Lay out one document; it is on disk here when this resolves and, where another node lives, there too. @throws InvalidMessageError, RingNotEmptyError when no restore goes on */
  restore(name: DocumentName, update: Uint8Array): Promise<{ copies: number }>
  /** Whether one was begun and not finished: its chunks are here before anything names them. */
  isRestoring(): Promise<boolean>
  /** @throws RingNotEmptyError when no restore of this generation goes on */
  finish(generation: string, nowMs: number): Promise<void>
}

export interface CatalogCopyComponents {
  readonly documents: Pick<Documents, 'read' | 'edit' | 'receive' | 'digest'>
  readonly push: Pick<CatalogPush, 'spread'>
  readonly self: PeerId
  /** What was received is in the index when this returns. */
  onRestored(): void
}

export function createCatalogCopy({ documents, push, self, onRestored }: CatalogCopyComponents): CatalogCopy {
  const restores = (): Promise<RestoreEntry[]> => documents.read(ROOT_DOCUMENT, (doc) => [...doc.getMap<RestoreEntry>(RESTORES).values()])

  async function note(entry: RestoreEntry): Promise<void> {
    const { update, durable } = await documents.edit(ROOT_DOCUMENT, (doc) => writeEntry(doc, RESTORES, entry.generation, entry))
    await durable
    if (update !== undefined) await push.spread(ROOT_DOCUMENT, update)
  }

  async function running(generation?: string): Promise<RestoreEntry> {
    const found = (await restores()).find((each) => each.finishedAtMs === 0 && (generation === undefined || each.generation === generation))
    if (found === undefined) throw new RingNotEmptyError('no restore goes on in this ring: begin it with "thatdam restore"')
    return found
  }

  const isRestoring = async (): Promise<boolean> => (await restores()).some(({ finishedAtMs }) => finishedAtMs === 0)

  async function rolls(name: DocumentName): Promise<DocumentSnapshot> {
    const update = (await documents.read(ROOT_DOCUMENT, carriedRolls)).get(name) ?? Y.encodeStateAsUpdate(new Y.Doc())
    return { update, digest: sha256(update) }
  }

  async function restoreRolls(update: Uint8Array): Promise<{ copies: number }> {
    const edit = await documents.edit(ROOT_DOCUMENT, (doc) => layOutRolls(doc, update))
    await edit.durable
    return { copies: edit.update === undefined ? 1 : await push.spread(ROOT_DOCUMENT, edit.update) }
  }

  async function isEmpty(): Promise<boolean> {
    if (await documents.read(ROOT_DOCUMENT, (doc) => doc.getMap(CAMERAS).size + rollsIn(doc).length) > 0) return false
    for (const name of PARTITION_DOCUMENTS) if (await documents.digest(name) !== undefined) return false
    return true
  }

  return {
    isRestoring,
    async documents() {
      const found: Array<{ name: DocumentName; digest: string }> = []
      for (const name of PARTITION_DOCUMENTS) {
        const digest = await documents.digest(name)
        if (digest !== undefined) found.push({ name, digest: Buffer.from(digest).toString('hex') })
      }
      for (const [name, update] of await documents.read(ROOT_DOCUMENT, carriedRolls)) found.push({ name, digest: sha256(update) })
      return found
    },
    snapshot: async (name) => isRollDocument(name) ? await rolls(name) : await documents.read(name, (doc) => ({ update: Y.encodeStateAsUpdate(doc), digest: Buffer.from(digestOfDocument(doc)).toString('hex') })),
    async begin(generation, nowMs) {
      const before = (await restores()).find((each) => each.finishedAtMs === 0)
      if (before?.generation === generation) return { resumed: true }
      if (before !== undefined || !await isEmpty()) throw new RingNotEmptyError(notEmpty(before))
      await note({ generation, startedAtMs: nowMs, finishedAtMs: 0 })
      return { resumed: false }
    },
    async restore(name, update) {
      await running()
      if (isRollDocument(name)) return restoreRolls(update)
      const { incomplete } = await documents.receive(name, update, received('sync', self))
      onRestored()
      return { copies: incomplete ? 1 : await push.spread(name, update) }
    },
    async finish(generation, nowMs) {
      await note({ ...await running(generation), finishedAtMs: nowMs })
    }
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function notEmpty(before: RestoreEntry | undefined): string {
  const why = before === undefined ? 'it has assets, recordings or cameras, or had some' : `another backup (generation ${before.generation.slice(0, 16)}…) was begun to be restored into it`
  return `this ring is not empty: ${why}. Restore into a new one: start a node with an empty folder, "thatdam node --data NEW-FOLDER", and name it with --node`
}
