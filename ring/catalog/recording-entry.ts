/** A recording session in its document: one key of the root-level map `recordings`, whose JSON value is rewritten as the session grows. */
import * as Y from 'yjs'
import { InvalidInputError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { RecordingSession } from './catalog.ts'

export const RECORDINGS = 'recordings'

/** Longest JSON of a session, in UTF-16 units: its tail is some twenty parts. @default 131072 */
export const MAX_SESSION_LENGTH = 128 * 1024

const HOUR = /^\d{4}-\d{2}-\d{2}T\d{2}$/

/** `<camera>/<hour>/<session>`. */
export function recordingKey({ camera, hour, session }: RecordingSession): string {
  return `${camera}/${hour}/${session}`
}

/** @throws InvalidInputError */
export function checkSession(session: RecordingSession): void {
  if (!HOUR.test(session.hour)) throw new InvalidInputError(`an hour is written like 2026-11-22T17, not ${session.hour}`)
  if (session.session === '' || session.session.includes('/')) throw new InvalidInputError(`a recording session needs a name without "/": ${JSON.stringify(session.session)}`)
  if (!isSession(session)) throw new InvalidInputError(`a recording session of at most ${MAX_SESSION_LENGTH} characters has its times, its sizes and its parts: ${JSON.stringify(session).slice(0, 200)}`)
}

/** Inside a transaction. */
export function writeRecording(doc: Y.Doc, session: RecordingSession): void {
  doc.getMap<unknown>(RECORDINGS).set(recordingKey(session), structuredClone(session))
}

/** undefined when it is not there, or what is there is no session of this key. */
export function readRecording(doc: Y.Doc, key: string): RecordingSession | undefined {
  const value = doc.getMap<unknown>(RECORDINGS).get(key)
  return isSession(value) && recordingKey(value) === key ? value : undefined
}

export function recordingKeysIn(doc: Y.Doc): string[] {
  return doc.share.has(RECORDINGS) ? [...doc.getMap(RECORDINGS).keys()] : []
}

/** Inside a transaction: give up all sessions of a camera-hour. Answers those that were understood, oldest first. */
export function dropRecordings(doc: Y.Doc, camera: CameraId, hour: string): RecordingSession[] {
  const keys = recordingKeysIn(doc).filter((key) => key.startsWith(`${camera}/${hour}/`))
  const sessions = keys.flatMap((key) => readRecording(doc, key) ?? [])
  for (const key of keys) doc.getMap(RECORDINGS).delete(key)
  return sessions.sort((a, b) => a.startMs - b.startMs)
}

/** What a transaction deleted, as it was: to be asked as it ends (`afterTransaction`), before Yjs lets go of it. */
export function deletedRecordings(doc: Y.Doc, transaction: Y.Transaction): RecordingSession[] {
  const map = doc.share.get(RECORDINGS)
  const changed = map === undefined ? undefined : transaction.changed.get(map)
  if (map === undefined || changed === undefined) return []
  const { keys } = new Y.YMapEvent(map as unknown as Y.Map<unknown>, transaction, changed)
  return [...keys].flatMap(([key, { action, oldValue }]) => action === 'delete' && isSession(oldValue) && recordingKey(oldValue) === key ? oldValue : [])
}

function isSession(value: unknown): value is RecordingSession {
  if (typeof value !== 'object' || value === null) return false
  const session = value as Record<string, unknown>
  const texts = [session.camera, session.hour, session.session, session.node, session.codecs, session.init]
  const numbers = [session.startMs, session.endMs, session.bytes]
  return texts.every((text) => typeof text === 'string') && numbers.every(Number.isFinite) && Array.isArray(session.tail) && (session.spare === undefined || Array.isArray(session.spare))
    && JSON.stringify(session).length <= MAX_SESSION_LENGTH
}
