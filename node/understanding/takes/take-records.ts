import { createHash, randomBytes } from 'node:crypto'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import type { RecordFields, Records, RingRecord } from '#ring'
import { areOne, footageOf, type RecordingId, recordingId } from './recording.ts'
import { type Angle, between, type Ground, MAX_ANGLES, MAX_TAKE_NAME, type Place, placeIn, type Take } from './take.ts'

/** Kind of the records. */
export const TAKES = 'takes'

/** Takes as records of the ring: one field per recording, so that two sides of a cut may each add one. */
export interface TakeRecords {
  /** Those that stand, the newest first. */
  list(): Take[]
  /** @throws NotFoundError */
  find(id: string): Take
  /** The take a recording is in. */
  of(recording: RecordingId): Take | undefined
  /** Where the second lies on the clock of the first, drift included; undefined when no take has both. */
  placeOf(first: RecordingId, second: RecordingId): Place | undefined
  /** Whether a person said that these two are not of one moment. */
  areParted(one: RecordingId, other: RecordingId): boolean
  /** @throws InvalidInputError, OverloadedError */
  create(take: { readonly name: string; readonly by: string; readonly angles: readonly Angle[] }): Promise<Take>
  /** Puts recordings in, or moves them: a camera's footage takes the place of what the take had of it. `out` are further ones that a person took out. @throws InvalidInputError when there are too many */
  place(id: string, angles: readonly Angle[], out?: readonly RecordingId[]): Promise<Take>
  takeOut(id: string, recordings: readonly RecordingId[]): Promise<Take>
  rename(id: string, name: string): Promise<Take>
  /** Its recordings are not put together again. */
  dissolve(id: string): Promise<void>
  /** Nothing of it is remembered: it became part of another. */
  forget(id: string): Promise<void>
}

/** What keeps them: the ring's records, or those of one step of a person. */
export type TakeStore = Pick<Records, 'list' | 'find' | 'remove'> & { put(kind: string, id: string, fields: RecordFields): Promise<unknown> }

export function createTakeRecords(records: TakeStore, nowMs: () => number = Date.now): TakeRecords {
  const all = (): Take[] => records.list(TAKES).flatMap((record) => takeOf(record) ?? [])
  const standing = (): Take[] => all().filter(({ isDissolved }) => !isDissolved)

  function find(id: string): Take {
    const record = /^[\w-]{1,64}$/.test(id) ? records.find(TAKES, id) : undefined
    const take = record && takeOf(record)
    if (take === undefined || take.isDissolved) throw new NotFoundError('there is no such take: it may have been dissolved, or become part of another')
    return take
  }

  async function put(id: string, fields: RecordFields): Promise<Take> {
    await records.put(TAKES, id, fields)
    return find(id)
  }

  const of = (recording: RecordingId): Take | undefined => standing().find((take) => placeIn(take, recording) !== undefined)

  return {
    list: () => standing().sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1)),
    find,
    of,
    placeOf(first, second) {
      const take = of(first)
      const [one, other] = [first, second].map((recording) => take && placeIn(take, recording))
      return one === undefined || other === undefined ? undefined : between(one, other)
    },
    areParted: (one, other) => all().some((take) => isParted(take, one, other)),
    async create({ name, by, angles }) {
      checkCount(angles.length)
      return put(randomBytes(9).toString('base64url'), { name: checkName(name), by: by.slice(0, 100), createdAtMs: nowMs(), ...fieldsOf(angles) })
    },
    async place(id, angles, out = []) {
      const { angles: before } = find(id)
      checkCount(new Set([...before, ...angles].map(({ recording }) => fieldOf(recording))).size)
      return put(id, { ...outFields(out), ...fieldsOf(angles) })
    },
    async takeOut(id, recordings) {
      return put(id, outFields(recordings.filter((recording) => find(id).angles.some((angle) => angle.recording === recording))))
    },
    rename: (id, name) => put(id, { name: checkName(name) }),
    async dissolve(id) {
      find(id)
      await records.put(TAKES, id, { dissolved: true })
    },
    async forget(id) {
      await records.remove(TAKES, id)
    }
  }
}

function isParted(take: Take, one: RecordingId, other: RecordingId): boolean {
  const { isDissolved, out } = take
  const isIn = (recording: RecordingId): boolean => placeIn(take, recording) !== undefined
  const isOut = (recording: RecordingId): boolean => out.some((each) => areOne(each, recording))
  if (isDissolved) return (isIn(one) || isOut(one)) && (isIn(other) || isOut(other))
  return (isIn(one) && isOut(other)) || (isOut(one) && isIn(other))
}

/** A field has at most 64 characters: enough of the id to be one asset's, or one camera's. */
function fieldOf(recording: RecordingId): string {
  const footage = footageOf(recording)
  return footage === undefined ? `a${recording.slice(0, 40)}` : `c${createHash('sha256').update(footage.camera).digest('hex').slice(0, 40)}`
}
const FIELD = /^[ac][0-9a-f]{40}$/

/** In a record every recording is called `asset`: it was, before cameras' footage could be in a take. */
const fieldsOf = (angles: readonly Angle[]): RecordFields => Object.fromEntries(angles.map(({ recording, ...angle }) => [fieldOf(recording), { asset: recording, ...angle }]))
const outFields = (recordings: readonly RecordingId[]): RecordFields => Object.fromEntries(recordings.map((asset) => [fieldOf(asset), { asset, out: true }]))

/** @throws InvalidInputError */
export function checkCount(count: number): void {
  if (count > MAX_ANGLES) throw new InvalidInputError(`a take has at most ${MAX_ANGLES} recordings: these would be ${count}`)
}

/** Without the spaces around it. @throws InvalidInputError */
export function checkName(name: string): string {
  const trimmed = name.trim()
  if (trimmed === '' || trimmed.length > MAX_TAKE_NAME) throw new InvalidInputError(`a take's name has 1 to ${MAX_TAKE_NAME} characters`)
  return trimmed
}

const GROUNDS: readonly Ground[] = ['sound', 'timecode', 'clock', 'person']

/** Undefined where what another member wrote is none. */
function takeOf({ id, fields }: RingRecord): Take | undefined {
  if (typeof fields['name'] !== 'string' || fields['name'] === '') return undefined
  const members = Object.entries(fields).filter(([name]) => FIELD.test(name)).map(([, value]) => value as Member)
  const angles = members.flatMap((member) => angleOf(member) ?? []).slice(0, MAX_ANGLES)
  const out = members.flatMap((member) => (member?.out === true ? recordingId(member.asset) ?? [] : []))
  const createdAtMs = typeof fields['createdAtMs'] === 'number' ? fields['createdAtMs'] : 0
  return { id, name: fields['name'].slice(0, MAX_TAKE_NAME), by: typeof fields['by'] === 'string' ? fields['by'].slice(0, 100) : '', createdAtMs, angles, out, isDissolved: fields['dissolved'] === true }
}

type Member = Partial<Angle> & { readonly asset?: unknown; readonly out?: boolean } | null

function angleOf(value: Member): Angle | undefined {
  const { asset, offsetMs, driftPpm, by, confidence, out } = value ?? {}
  const recording = recordingId(asset)
  if (out === true || recording === undefined || !isWithin(offsetMs, 1e12) || !isWithin(driftPpm, 10_000) || !GROUNDS.includes(by as Ground)) return undefined
  return { recording, offsetMs, driftPpm, by: by as Ground, confidence: isWithin(confidence, 1) ? Math.max(0, confidence) : 0 }
}

const isWithin = (value: unknown, most: number): value is number => typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= most
