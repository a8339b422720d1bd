/** The root document: root-level maps `admissions`, `cameras` (one JSON value per id), `revoked` (true per peer id), and those of the layout. */
import type * as Y from 'yjs'
import type { PeerId } from '#protocols/ids.ts'
import { type Admission, type LayoutEntry, layoutDigest } from '../network/layout.ts'
import type { LayoutHistory } from '../placement/layout-version.ts'
import type { CameraEntry } from './catalog.ts'
import { readHistory, readLayout } from './layout-entry.ts'

export const ADMISSIONS = 'admissions'
export const CAMERAS = 'cameras'
export const REVOKED = 'revoked'

export interface Root {
  readonly layout: readonly LayoutEntry[]
  readonly admissions: readonly Admission[]
  readonly cameras: readonly CameraEntry[]
  readonly revoked: ReadonlySet<PeerId>
  readonly layoutDigest: string
  readonly history: LayoutHistory
}

/** What the root document says, sorted by id; entries another member wrote wrongly are left out. */
export function readRoot(doc: Y.Doc): Root {
  const layout = readLayout(doc)
  return {
    layout,
    admissions: valuesOf<Admission>(doc, ADMISSIONS, 'peerId', isAdmission),
    cameras: valuesOf<CameraEntry>(doc, CAMERAS, 'id', isCamera),
    revoked: new Set([...doc.getMap(REVOKED).entries()].filter(([, value]) => value === true).map(([id]) => id as PeerId)),
    layoutDigest: layoutDigest(layout),
    history: readHistory(doc)
  }
}

/** Inside a transaction: only when it differs from what is there. */
export function writeEntry(doc: Y.Doc, map: string, id: string, value: object): void {
  const entries = doc.getMap<unknown>(map)
  if (JSON.stringify(entries.get(id)) !== JSON.stringify(value)) entries.set(id, structuredClone(value))
}

type Fields = Record<string, unknown>

function valuesOf<T extends object>(doc: Y.Doc, map: string, idField: string, isValid: (value: Fields) => boolean): T[] {
  const entries = [...doc.getMap<unknown>(map).entries()].sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.filter(([id, value]) => isRecord(value) && value[idField] === id && isValid(value)).map(([, value]) => value as T)
}

const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const areTexts = (...values: unknown[]): boolean => values.every((value) => typeof value === 'string')

function isAdmission(entry: Fields): boolean {
  return areTexts(entry.name, entry.inviteKey) && ['node', 'peer'].includes(entry.role as string) && Number.isFinite(entry.admittedAtMs)
}

function isCamera(entry: Fields): boolean {
  return areTexts(entry.name, entry.source) && Number.isFinite(entry.createdAtMs) && typeof entry.record === 'boolean'
}
