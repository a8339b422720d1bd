/** Reading a document as a whole: what it needs, or why that can not be said. */
import type * as Y from 'yjs'
import { CatalogIncompleteError } from '#protocols/errors.ts'
import type { AssetId } from '#protocols/ids.ts'
import { assetIdOfType, assetIdsIn, isPurged, isStripped, unknownFields } from './asset-entry.ts'
import { documentOfAsset, type DocumentName, ROOT_DOCUMENT } from './document-name.ts'
import type { Documents } from './documents.ts'
import { isWaiting } from './fill-gaps.ts'
import { noteKeysIn, NOTES, readNote } from './note-entry.ts'
import { readRecording, RECORDINGS, recordingKeysIn } from './recording-entry.ts'
import { modelReferrers, type Referrer, referrersIn, rollReferrers } from './references.ts'
import { whyNotWholeRolls } from './roll-entry.ts'

/** All referrers of a document. @throws CatalogIncompleteError when the document may need more than they say */
export function wholeReferrers(documents: Pick<Documents, 'read' | 'isDamaged'>, name: DocumentName): Promise<Referrer[]> {
  return documents.read(name, (doc) => {
    const why = documents.isDamaged(name) ? 'it is damaged; what is missing is asked of other nodes' : whyNotWhole(doc, name)
    if (why !== undefined) throw new CatalogIncompleteError(`catalog document ${name} can not be read whole: ${why}`)
    return [...referrersIn(doc, name)]
  })
}

/** All rolls and models of the root document. @throws CatalogIncompleteError when it may need more than they say */
export function wholeRolls(documents: Pick<Documents, 'read' | 'isDamaged'>): Promise<Referrer[]> {
  return documents.read(ROOT_DOCUMENT, (doc) => {
    const why = documents.isDamaged(ROOT_DOCUMENT) ? 'it is damaged' : isWaiting(doc) ? 'changes it builds on have not arrived' : whyNotWholeRolls(doc)
    if (why !== undefined) throw new CatalogIncompleteError(`the rolls of the catalog can not be read whole: ${why}`)
    return [...rollReferrers(doc), ...modelReferrers(doc)]
  })
}

/** What a document holds beyond what this program understands, in words; undefined when it understands all of it. */
export function whyNotWhole(doc: Y.Doc, name: DocumentName): string | undefined {
  if (isWaiting(doc)) return 'changes it builds on have not arrived'
  for (const type of doc.share.keys()) {
    const id = assetIdOfType(type)
    if (type === RECORDINGS || type === NOTES) continue
    if (id === undefined || documentOfAsset(id) !== name) return `it holds ${JSON.stringify(type.slice(0, 80))}, which this version does not know: update this node`
  }
  const understood = new Set([...referrersIn(doc, name)].flatMap((referrer) => referrer.kind === 'asset' ? [referrer.asset.facts.id] : []))
  for (const id of assetIdsIn(doc, name)) {
    const [unknown] = unknownFields(doc, id)
    if (unknown !== undefined) return `asset ${id} has a field ${JSON.stringify(unknown.slice(0, 80))}, which this version does not know: update this node`
    if (['facts', 'reference'].some((key) => doc.getMap(id).has(key)) && !isPurged(doc, id) && !understood.has(id)) return `asset ${id} can not be understood: delete it for good, or update this node`
  }
  const keys = recordingKeysIn(doc)
  const odd = keys.find((key) => readRecording(doc, key) === undefined)
  if (odd !== undefined) return `recording ${odd.slice(0, 160)} can not be understood: update this node`
  const strange = noteKeysIn(doc).find((key) => readNote(doc, key) === undefined)
  return strange === undefined ? undefined : `note ${strange.slice(0, 160)} can not be understood: update this node`
}

/** Purged assets of a document that are more than tombstones. */
export function unstrippedIn(doc: Y.Doc, name: DocumentName): AssetId[] {
  return assetIdsIn(doc, name).filter((id) => isPurged(doc, id) && !isStripped(doc, id))
}
