/**
 * The root document: root-level maps `admissions`, `cameras`, `revoked` (one JSON value per id; in `revoked` it once was `true`),
 * `keys` (one change of the ring's key per new public key), and those of the layout and the settings.
 */
import type * as Y from 'yjs'
import type { PeerId } from '#protocols/ids.ts'
import type { KeyGeneration } from '../identity/key-generation.ts'
import { type Admission, type LayoutEntry, layoutDigest } from '../network/layout.ts'
import { overusedInvites, type Revocation } from '../network/revocation.ts'
import type { LayoutHistory } from '../placement/layout-version.ts'
import type { CameraEntry } from './catalog.ts'
import { readHistory, readLayout, writeLayout } from './layout-entry.ts'
import { type Decisions, readDecisions } from './plan-entry.ts'
import { readTrashDays } from './settings-entry.ts'

export const ADMISSIONS = 'admissions'
export const CAMERAS = 'cameras'
export const REVOKED = 'revoked'
export const KEYS = 'keys'

/** Machines one change of the ring's key may name. @default 4096 */
export const MAX_ROLL = 4_096

export interface Root {
  readonly layout: readonly LayoutEntry[]
  readonly admissions: readonly Admission[]
  readonly cameras: readonly CameraEntry[]
  /** By a person or by rule. */
  readonly revocations: readonly Revocation[]
  readonly revoked: ReadonlySet<PeerId>
  readonly generations: readonly KeyGeneration[]
  readonly layoutDigest: string
  readonly history: LayoutHistory
  /** How long deleted assets can be restored, in days. */
  readonly trashDays: number
  /** About the footage of cameras. */
  readonly decisions: Decisions
}

/** What the root document says, sorted by id; entries another member wrote wrongly are left out. */
export function readRoot(doc: Y.Doc): Root {
  const layout = readLayout(doc)
  const admissions = valuesOf<Admission>(doc, ADMISSIONS, 'peerId', isAdmission)
  const revocations = revocationsIn(doc, layout, admissions)
  return {
    layout,
    admissions,
    revocations,
    revoked: new Set(revocations.map(({ peerId }) => peerId)),
    generations: valuesOf<KeyGeneration>(doc, KEYS, 'ringKey', isGeneration),
    cameras: valuesOf<CameraEntry>(doc, CAMERAS, 'id', isCamera),
    layoutDigest: layoutDigest(layout),
    history: readHistory(doc),
    trashDays: readTrashDays(doc),
    decisions: readDecisions(doc)
  }
}

function revocationsIn(doc: Y.Doc, layout: readonly LayoutEntry[], admissions: readonly Admission[]): Revocation[] {
  const bare = [...doc.getMap(REVOKED).entries()].filter(([, value]) => value === true)
    .map(([id]): Revocation => ({ peerId: id as PeerId, role: layout.some(({ peerId }) => peerId === id) ? 'node' : 'peer', name: '', by: '', reason: '', atMs: 0 }))
  const written = [...valuesOf<Revocation>(doc, REVOKED, 'peerId', isRevocation), ...bare]
  const known = new Set(written.map(({ peerId }) => peerId))
  return [...written, ...overusedInvites(admissions).filter(({ peerId }) => !known.has(peerId))].sort((a, b) => (a.peerId < b.peerId ? -1 : 1))
}

/** Inside a transaction: a node that is removed also leaves the layout. */
export function writeRevocation(doc: Y.Doc, revocation: Revocation): void {
  writeEntry(doc, REVOKED, revocation.peerId, revocation)
  const entry = readLayout(doc).find(({ peerId }) => peerId === revocation.peerId)
  if (entry !== undefined && entry.state !== 'gone') writeLayout(doc, { ...entry, state: 'gone' })
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
  return areTexts(entry.name, entry.inviteKey) && isRole(entry.role) && Number.isFinite(entry.admittedAtMs) && (entry.uses === undefined || (Number.isInteger(entry.uses) && Number(entry.uses) > 0))
}

const isRole = (value: unknown): boolean => value === 'node' || value === 'peer'
const isHex = (value: unknown, bytes: number): boolean => typeof value === 'string' && value.length === 2 * bytes && /^[0-9a-f]*$/.test(value)

function isRevocation(entry: Fields): boolean {
  return areTexts(entry.name, entry.by, entry.reason) && isRole(entry.role) && Number.isFinite(entry.atMs)
}

function isGeneration({ ringKey, previous, signature, certificate, author, members, removed, createdAtMs }: Fields): boolean {
  return isHex(ringKey, 32) && isHex(previous, 32) && isHex(signature, 64) && areTexts(author, certificate) && String(certificate).length <= 2_048 && Number.isFinite(createdAtMs)
    && isRecord(members) && Object.keys(members).length <= MAX_ROLL && Object.values(members).every(isRole)
    && Array.isArray(removed) && removed.length <= MAX_ROLL && areTexts(...removed)
}

function isCamera(entry: Fields): boolean {
  return areTexts(entry.name, entry.source) && Number.isFinite(entry.createdAtMs) && typeof entry.record === 'boolean' && (entry.enabled === undefined || typeof entry.enabled === 'boolean') && (entry.device === undefined || isDeviceSettings(entry.device)) && (entry.video === undefined || isVideoSettings(entry.video))
}

const isVideoSettings = (value: unknown): boolean => isRecord(value) && Object.values(value).every((number) => Number.isFinite(number) && Number(number) > 0)

function isDeviceSettings(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { format, controls = {}, ...numbers } = value
  return (format === undefined || typeof format === 'string') && Object.values(numbers).every(Number.isFinite) && isRecord(controls) && Object.values(controls).every(Number.isFinite)
}
