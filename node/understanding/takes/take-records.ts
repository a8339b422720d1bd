import { randomBytes } from 'node:crypto'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import { type AssetId, parseAssetId } from '#protocols/ids.ts'
import type { RecordFields, Records, RingRecord } from '#ring'
import { type Angle, between, type Ground, MAX_ANGLES, MAX_TAKE_NAME, type Place, type Take } from './take.ts'

/** Kind of the records. */
export const TAKES = 'takes'

/** Takes as records of the ring: one field per recording, so that two sides of a cut may each add one. */
export interface TakeRecords {
  /** Those that stand, the newest first. */
  list(): Take[]
  /** @throws NotFoundError */
  find(id: string): Take
  /** The take an asset is in. */
  of(asset: AssetId): Take | undefined
  /** Where the second lies on the clock of the first, drift included; undefined when no take has both. */
  placeOf(first: AssetId, second: AssetId): Place | undefined
  /** Whether a person said that these two are not of one moment. */
  areParted(one: AssetId, other: AssetId): boolean
  /** @throws InvalidInputError, OverloadedError */
  create(take: { readonly name: string; readonly by: string; readonly angles: readonly Angle[] }): Promise<Take>
  /** Puts recordings in, or moves them; `out` are further ones that a person took out. @throws InvalidInputError when there are too many */
  place(id: string, angles: readonly Angle[], out?: readonly AssetId[]): Promise<Take>
  takeOut(id: string, assets: readonly AssetId[]): Promise<Take>
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

  const of = (asset: AssetId): Take | undefined => standing().find(({ angles }) => angles.some((angle) => angle.asset === asset))

  return {
    list: () => standing().sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1)),
    find,
    of,
    placeOf(first, second) {
      const angles = of(first)?.angles ?? []
      const [one, other] = [first, second].map((asset) => angles.find((angle) => angle.asset === asset))
      return one === undefined || other === undefined ? undefined : between(one, other)
    },
    areParted: (one, other) => all().some((take) => isParted(take, one, other)),
    async create({ name, by, angles }) {
      checkCount(angles.length)
      return put(randomBytes(9).toString('base64url'), { name: checkName(name), by: by.slice(0, 100), createdAtMs: nowMs(), ...fieldsOf(angles) })
    },
    async place(id, angles, out = []) {
      const { angles: before } = find(id)
      checkCount(new Set([...before, ...angles].map(({ asset }) => asset)).size)
      return put(id, { ...outFields(out), ...fieldsOf(angles) })
    },
    async takeOut(id, assets) {
      return put(id, outFields(assets.filter((asset) => find(id).angles.some((angle) => angle.asset === asset))))
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

function isParted({ isDissolved, angles, out }: Take, one: AssetId, other: AssetId): boolean {
  const isIn = (asset: AssetId): boolean => angles.some((angle) => angle.asset === asset)
  const isOut = (asset: AssetId): boolean => out.includes(asset)
  if (isDissolved) return (isIn(one) || isOut(one)) && (isIn(other) || isOut(other))
  return (isIn(one) && isOut(other)) || (isOut(one) && isIn(other))
}

/** A field has at most 64 characters: enough of the id to be one asset's. */
const fieldOf = (asset: AssetId): string => `a${asset.slice(0, 40)}`
const FIELD = /^a[0-9a-f]{40}$/

const fieldsOf = (angles: readonly Angle[]): RecordFields => Object.fromEntries(angles.map((angle) => [fieldOf(angle.asset), { ...angle }]))
const outFields = (assets: readonly AssetId[]): RecordFields => Object.fromEntries(assets.map((asset) => [fieldOf(asset), { asset, out: true }]))

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
  const members = Object.entries(fields).filter(([name]) => FIELD.test(name)).map(([, value]) => value as Partial<Angle> & { out?: boolean } | null)
  const angles = members.flatMap((member) => angleOf(member) ?? []).slice(0, MAX_ANGLES)
  const out = members.flatMap((member) => (member?.out === true && isAsset(member.asset) ? [member.asset] : []))
  const createdAtMs = typeof fields['createdAtMs'] === 'number' ? fields['createdAtMs'] : 0
  return { id, name: fields['name'].slice(0, MAX_TAKE_NAME), by: typeof fields['by'] === 'string' ? fields['by'].slice(0, 100) : '', createdAtMs, angles, out, isDissolved: fields['dissolved'] === true }
}

function angleOf(value: Partial<Angle> & { out?: boolean } | null): Angle | undefined {
  const { asset, offsetMs, driftPpm, by, confidence, out } = value ?? {}
  if (out === true || !isAsset(asset) || !isWithin(offsetMs, 1e12) || !isWithin(driftPpm, 10_000) || !GROUNDS.includes(by as Ground)) return undefined
  return { asset, offsetMs, driftPpm, by: by as Ground, confidence: isWithin(confidence, 1) ? Math.max(0, confidence) : 0 }
}

const isWithin = (value: unknown, most: number): value is number => typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= most

function isAsset(value: unknown): value is AssetId {
  try {
    return parseAssetId(value as string) !== undefined
  } catch {
    return false
  }
}
