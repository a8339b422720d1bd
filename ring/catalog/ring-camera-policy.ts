import type * as Y from 'yjs'
import { NotFoundError, OverloadedError } from '#protocols/errors.ts'
import { type CameraId, type PeerId, parseCameraId } from '#protocols/ids.ts'
import type { CameraPolicy, HourNote } from './camera-policy.ts'
import { documentOfHour, type DocumentName, ROOT_DOCUMENT } from './document-name.ts'
import { emptyNote, forgetUnderstood, noteKey, readNote, writeNote } from './note-entry.ts'
import { checkKept, checkPlan, checkRetention, checkSpace, type Decisions, KEEP_ALL, KEPT, MAX_KEPT, MAX_SHORTENINGS, PLANS, RETENTION } from './plan-entry.ts'
import { dropRecordings } from './recording-entry.ts'
import { writeEntry } from './root-entry.ts'
import { SETTINGS } from './settings-entry.ts'

export interface CameraPolicyComponents {
  readonly self: PeerId
  readonly decisions: () => Decisions
  /** One transaction, durable when it resolves. */
  edit<T>(document: DocumentName, change: (doc: Y.Doc) => T, writer?: string): Promise<{ result: T; copies: number }>
}

export function createCameraPolicy({ self, decisions, edit }: CameraPolicyComponents): CameraPolicy {
  const root = async (change: (doc: Y.Doc) => void): Promise<{ copies: number }> => {
    const { copies } = await edit(ROOT_DOCUMENT, change)
    return { copies }
  }
  const noted = (doc: Y.Doc, camera: CameraId, hour: string, change: (note: HourNote) => HourNote): void => {
    const blank = emptyNote(camera, hour, self)
    const before = readNote(doc, noteKey(blank)) ?? blank
    const after = change(before)
    if (after !== before) writeNote(doc, after)
  }

  return {
    plan: (camera) => decisions().plans.get(camera),
    setPlan: (camera, plan) => root((doc) => writeEntry(doc, PLANS, parseCameraId(camera), checkPlan(plan))),
    retention: (camera) => decisions().retention.get(camera) ?? KEEP_ALL,
    setRetention: (camera, rule) => root((doc) => writeEntry(doc, RETENTION, parseCameraId(camera), checkRetention(rule))),
    kept: (camera) => decisions().kept.filter((range) => camera === undefined || range.camera === camera),
    keep: (range) => root((doc) => {
      parseCameraId(checkKept(range).camera)
      if (doc.getMap(KEPT).size >= MAX_KEPT) throw new OverloadedError(`the ring keeps ${MAX_KEPT} ranges already: let go of some first`)
      writeEntry(doc, KEPT, range.id, range)
    }),
    unkeep: (id) => root((doc) => {
      if (!doc.getMap(KEPT).has(id)) throw new NotFoundError(`there is no kept range ${id.slice(0, 60)}`)
      doc.getMap(KEPT).delete(id)
    }),
    space: () => decisions().space,
    setSpace: (setting) => root((doc) => {
      const { lowPercent } = checkSpace(setting)
      const settings = doc.getMap<unknown>(SETTINGS)
      if (settings.get('lowPercent') !== lowPercent) settings.set('lowPercent', lowPercent)
    }),
    shortenings: () => decisions().shortenings,
    async noteShortening(shortening, sinceMs) {
      await edit(ROOT_DOCUMENT, (doc) => {
        const known = decisions().shortenings.filter(({ atMs }) => atMs >= sinceMs)
        doc.getMap<unknown>(SETTINGS).set('shortened', [...known, { ...shortening }].slice(-MAX_SHORTENINGS))
      })
    },
    async note(camera, hour, change) {
      const { copies } = await edit(documentOfHour(parseCameraId(camera), hour), (doc) => noted(doc, camera, hour, change), noteKey({ camera, hour, node: self }))
      return { copies }
    },
    async dropHour(camera, hour, mayGo = () => true) {
      const { result } = await edit(documentOfHour(parseCameraId(camera), hour), (doc) => {
        if (!mayGo()) return { sessions: 0, bytes: 0 }
        const dropped = dropRecordings(doc, camera, hour)
        const expired = dropped.map(({ startMs, endMs }) => ({ fromMs: startMs, toMs: endMs }))
        if (dropped.length > 0) noted(doc, camera, hour, (note) => ({ ...note, expired: [...note.expired, ...expired].sort((a, b) => a.fromMs - b.fromMs) }))
        forgetUnderstood(doc, camera, hour)
        return { sessions: dropped.length, bytes: dropped.reduce((sum, { bytes }) => sum + bytes, 0) }
      })
      return result
    }
  }
}
