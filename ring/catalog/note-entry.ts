/** A node's note of a camera-hour in the hour's document: one key of the root-level map `notes`, whose JSON value is rewritten. */
import type * as Y from 'yjs'
import { InvalidInputError } from '#protocols/errors.ts'
import { type CameraId, parseChunkId, type PeerId } from '#protocols/ids.ts'
import type { HourNote, Loss, MasterNote, PlanChange } from './camera-policy.ts'
import { isPlan } from './plan-entry.ts'

export const NOTES = 'notes'

/** Entries of each kind in one note; more are brought together. @default 120 */
export const MAX_NOTE_ENTRIES = 120
/** Longest words kept with a loss, in characters. @default 160 */
export const MAX_LOSS_DETAIL = 160
/** Longest JSON of a note, in UTF-16 units. @default 131072 */
export const MAX_NOTE_LENGTH = 128 * 1024

const HOUR = /^\d{4}-\d{2}-\d{2}T\d{2}$/

/** `<camera>/<hour>/<node>`. */
export const noteKey = ({ camera, hour, node }: Pick<HourNote, 'camera' | 'hour' | 'node'>): string => `${camera}/${hour}/${node}`

export function emptyNote(camera: CameraId, hour: string, node: PeerId): HourNote {
  return { camera, hour, node, losses: [], plans: [], expired: [] }
}

/** undefined when it is not there, or what is there is no note of this key. */
export function readNote(doc: Y.Doc, key: string): HourNote | undefined {
  const value = doc.getMap<unknown>(NOTES).get(key)
  return isNote(value) && noteKey(value) === key ? value : undefined
}

export function noteKeysIn(doc: Y.Doc): string[] {
  return doc.share.has(NOTES) ? [...doc.getMap(NOTES).keys()] : []
}

/** Inside a transaction: only what differs. @throws InvalidInputError */
export function writeNote(doc: Y.Doc, note: HourNote): void {
  const kept: HourNote = {
    ...note,
    losses: crowded(note.losses, joinLosses).map((loss) => ({ ...loss, detail: loss.detail.slice(0, MAX_LOSS_DETAIL) })),
    plans: fitting(note.plans),
    expired: crowded(note.expired, joinStretches),
    ...(note.masters !== undefined && { masters: note.masters.slice(0, MAX_NOTE_ENTRIES).map((master): MasterNote => ({ ...master, reason: master.reason.slice(0, MAX_LOSS_DETAIL) })) }),
    ...(note.seen !== undefined && { seen: note.seen.slice(-MAX_NOTE_ENTRIES) }),
    ...(note.heard !== undefined && { heard: note.heard.slice(-MAX_NOTE_ENTRIES) }),
    ...(note.motion !== undefined && { motion: { ...note.motion, moved: crowded(note.motion.moved, joinStretches), ...(note.motion.watched !== undefined && { watched: crowded(note.motion.watched, joinStretches) }) } })
  }
  if (!isNote(kept)) throw new InvalidInputError(`no note of a camera-hour: ${JSON.stringify(kept).slice(0, 200)}`)
  const notes = doc.getMap<unknown>(NOTES)
  if (JSON.stringify(notes.get(noteKey(kept))) !== JSON.stringify(kept)) notes.set(noteKey(kept), structuredClone(kept))
}

/** Footage of the hour is gone, and what was seen and heard in it with it, whoever noted that. Inside a transaction. */
export function forgetUnderstood(doc: Y.Doc, camera: CameraId, hour: string): void {
  for (const key of noteKeysIn(doc)) {
    const note = key.startsWith(`${camera}/${hour}/`) ? readNote(doc, key) : undefined
    if (note?.seen === undefined && note?.heard === undefined) continue
    const { seen: _seen, heard: _heard, ...kept } = note
    doc.getMap<unknown>(NOTES).set(key, structuredClone(kept))
  }
}

/** The newest two become one, as often as it takes: what came first in an hour tells more than what came last. */
function crowded<T>(entries: readonly T[], join: (one: T, next: T) => T, most = MAX_NOTE_ENTRIES): T[] {
  const kept = entries.slice(0, most)
  for (const entry of entries.slice(most)) kept.push(join(kept.pop() as T, entry))
  return kept
}

/** Schedules may be long: as many changes as take half of a note. */
function fitting(changes: readonly PlanChange[]): PlanChange[] {
  const join = ({ atMs, was }: PlanChange, { plan }: PlanChange): PlanChange => ({ atMs, was, plan })
  let kept = crowded(changes, join)
  while (kept.length > 1 && JSON.stringify(kept).length > MAX_NOTE_LENGTH / 2) kept = crowded(kept, join, kept.length >> 1)
  return kept
}

const joinStretches = ({ fromMs }: Pick<Loss, 'fromMs'>, { toMs }: Pick<Loss, 'toMs'>): Pick<Loss, 'fromMs' | 'toMs'> => ({ fromMs, toMs })
const joinLosses = (one: Loss, next: Loss): Loss => ({ ...next, fromMs: one.fromMs })

type Fields = Record<string, unknown>
const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const isMs = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 8.64e15
const isStretch = (value: unknown): value is Fields => isRecord(value) && isMs(value.fromMs) && isMs(value.toMs)
const isLoss = (value: unknown): boolean => isStretch(value) && typeof value.reason === 'string' && value.reason.length <= 60 && typeof value.detail === 'string' && value.detail.length <= MAX_LOSS_DETAIL
const isChange = (value: unknown): boolean => isRecord(value) && isMs(value.atMs) && isPlan(value.was) && isPlan(value.plan)

const isText = (value: unknown, most: number): boolean => typeof value === 'string' && value.length <= most
const isMaster = (value: unknown): boolean => isStretch(value) && isText(value.session, 64) && (value.format === 'prores' || value.format === 'ffv1')
  && ['making', 'done', 'failed'].includes(String(value.state)) && isText(value.asset, 64) && isText(value.reason, MAX_LOSS_DETAIL) && Number.isInteger(value.tries) && typeof value.progress === 'number' && isMs(value.atMs)

const areAll = (value: unknown, isOne: (each: unknown) => boolean): boolean => Array.isArray(value) && value.length <= MAX_NOTE_ENTRIES && value.every(isOne)

const isMotion = (value: unknown): boolean => isRecord(value) && isMs(value.watchedMs) && areAll(value.moved, isStretch) && (value.watched === undefined || areAll(value.watched, isStretch))

const isSeen = (value: unknown): boolean => isStretch(value) && isChunk(value.blob) && (value.space === undefined || isText(value.space, 48))
const isHeard = (value: unknown): boolean => isStretch(value) && (value.blob === undefined || isChunk(value.blob))

function isChunk(value: unknown): boolean {
  try {
    return parseChunkId(value as string) !== undefined
  } catch {
    return false
  }
}

function isNote(value: unknown): value is HourNote {
  return isRecord(value) && typeof value.camera === 'string' && typeof value.node === 'string' && HOUR.test(String(value.hour))
    && areAll(value.losses, isLoss) && areAll(value.plans, isChange) && areAll(value.expired, isStretch) && (value.masters === undefined || areAll(value.masters, isMaster)) && (value.motion === undefined || isMotion(value.motion)) && (value.seen === undefined || areAll(value.seen, isSeen)) && (value.heard === undefined || areAll(value.heard, isHeard)) && (value.behindMs === undefined || isMs(value.behindMs)) && JSON.stringify(value).length <= MAX_NOTE_LENGTH
}
