import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import type { JobView } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import type { JobParams } from '../../jobs/job-journal.ts'
import type { JobHandle, Jobs } from '../../jobs/jobs.ts'
import type { Edits } from '../../organise/edits.ts'
import type { Person } from '../../organise/person.ts'
import type { CameraFootage } from './camera-footage.ts'
import { type Base, placeByClocks, placeBySound } from './placing.ts'
import { type Footage, footageOf, type Recording, type RecordingId } from './recording.ts'
import { hasSound, type Syncs } from './syncs.ts'
import { type Angle, angleFor, type Take, widened } from './take.ts'
import { checkCount, checkName, createTakeRecords, type TakeRecords } from './take-records.ts'

/** Kind of the jobs in which a person's recordings are put in step. */
export const SYNC_JOB = 'sync'

export interface TakesComponents {
  readonly ring: { readonly catalog: Pick<Ring['catalog'], 'asset' | 'records'> }
  readonly footage: CameraFootage
  readonly records: TakeRecords
  readonly edits: Pick<Edits, 'series'>
  readonly syncs: Syncs
  readonly jobs: Pick<Jobs, 'submit' | 'register'>
}

export interface TakeChange {
  readonly name?: string | undefined
  readonly remove?: readonly RecordingId[] | undefined
  /** Where a recording lies, by a person's word. */
  readonly move?: ReadonlyArray<{ readonly recording: RecordingId; readonly offsetMs: number; readonly driftPpm?: number | undefined }> | undefined
}

/** What people do with takes. */
export interface Takes {
  /** Puts recordings in step, or more of them into a take that is there. @throws NotFoundError, InvalidInputError */
  sync(request: { readonly by: string; readonly assets?: readonly AssetId[] | undefined; readonly footage?: readonly Footage[] | undefined; readonly name?: string | undefined; readonly into?: string | undefined }): Promise<JobView>
  /** As one step of the person. @throws NotFoundError, InvalidInputError */
  change(who: Person, id: string, change: TakeChange): Promise<Take>
  /** Its recordings stay, and are not put together again. @throws NotFoundError */
  dissolve(who: Person, id: string): Promise<void>
}

interface SyncParams { readonly by: string; readonly recordings: readonly RecordingId[]; readonly name: string; readonly into: string }

export function createTakes({ ring: { catalog }, footage, records, edits, syncs, jobs }: TakesComponents): Takes {
  async function find(id: RecordingId): Promise<Recording> {
    const stretch = footageOf(id)
    if (stretch !== undefined) return footage.find(stretch)
    const asset = await catalog.asset(id as AssetId)
    if (asset === undefined || asset.deletedAtMs !== undefined) throw new NotFoundError('no such asset: it was never imported here, or it was deleted')
    if (asset.facts.kind === 'image') throw new InvalidInputError(`${asset.facts.name} is a picture: films and sound can be put in step`)
    return asset
  }

  async function run(job: JobHandle, { by, recordings, name, into }: SyncParams): Promise<void> {
    const fresh = await Promise.all(recordings.map(find))
    const bases = into === '' ? [] : await basesOf(records.find(into))
    const first = bases.length > 0 ? undefined : firstOf(fresh)
    if (first !== undefined) bases.push({ recording: first, angle: { recording: first.facts.id, offsetMs: 0, driftPpm: 0, by: 'sound', confidence: 1 } })
    const placed = await placeAll(job, bases, fresh.filter((recording) => recording !== first))
    if (placed.length === 0) throw new InvalidInputError('nothing says how these recordings lie to each other: no sound that more than one heard, no timecode, no clocks')
    const angles = first === undefined ? placed : [bases[0]!.angle, ...placed]
    const take = into === '' ? await records.create({ name, by, angles }) : await records.place(into, angles.map((angle) => widened(angle, angleFor(records.find(into), angle.recording)?.recording)))
    job.update({ report: { take: take.id } })
  }

  /** One after the other; each that is placed is a base for those after it. */
  async function placeAll(job: JobHandle, bases: Base[], recordings: readonly Recording[]): Promise<Angle[]> {
    const placed: Angle[] = []
    job.update({ filesTotal: recordings.length })
    for (const recording of recordings) {
      await job.turn()
      job.update({ step: `listening to ${recording.facts.name}` })
      const { angle, reason } = await placeOne(job, bases, recording)
      if (angle !== undefined) placed.push(angle)
      if (angle !== undefined) bases.push({ recording, angle })
      job.note({ path: recording.facts.name, outcome: angle === undefined ? 'refused' : 'known', assetId: assetOf(recording), copies: 0, reason })
      job.update({ filesDone: job.view.filesDone + 1 })
    }
    return placed
  }

  async function placeOne({ signal }: JobHandle, bases: readonly Base[], recording: Recording): Promise<{ angle?: Angle | undefined; reason: string | null }> {
    const heard = await placeBySound(syncs, bases, recording, { signal }).catch((err) => {
      signal.throwIfAborted()
      return { reason: err instanceof Error ? err.message : String(err) }
    })
    if ('angle' in heard) return { angle: heard.angle, reason: null }
    const angle = placeByClocks(bases, recording)
    return { angle, reason: angle === undefined ? heard.reason : `by its ${angle.by}: ${heard.reason}` }
  }

  async function basesOf({ angles }: Take): Promise<Base[]> {
    const found = await Promise.all(angles.map(async (angle) => ({ angle, recording: footage.known(angle.recording) ?? await catalog.asset(angle.recording as AssetId) })))
    return found.flatMap(({ angle, recording }) => recording === undefined || recording.deletedAtMs !== undefined ? [] : [{ angle, recording }])
  }

  /** The same takes, in which all that is written is one step of a person. */
  function recordsOf(who: Person, title: string): TakeRecords {
    const series = edits.series(who, title)
    return createTakeRecords({ ...catalog.records, put: series.record })
  }

  const taskOf = (params: SyncParams) => ({ kind: SYNC_JOB, title: params.name, params: { ...params } as unknown as JobParams, run: (job: JobHandle) => run(job, params) })
  jobs.register(SYNC_JOB, (params) => taskOf(params as unknown as SyncParams))

  return {
    async sync({ by, assets = [], footage: stretches = [], name, into }) {
      const unique = [...new Set<RecordingId>([...assets, ...(await Promise.all(stretches.map(footage.find))).map(({ facts }) => facts.id)])]
      const said = name === undefined ? undefined : checkName(name) // before anything is listened to
      if (new Set(stretches.map(({ camera }) => camera)).size < stretches.length) throw new InvalidInputError('a camera is one angle of a take: say one stretch of each')
      const take = into === undefined ? undefined : records.find(into)
      const found = await Promise.all(unique.filter((id) => !take?.angles.some(({ recording }) => recording === id)).map(find))
      if (found.length < (take === undefined ? 2 : 1)) throw new InvalidInputError(take === undefined ? 'say at least two recordings' : 'all of these are in it already')
      checkCount((take?.angles.length ?? 0) + found.length)
      for (const { facts } of found) inNoOther(records.of(facts.id), take, facts.name)
      return jobs.submit(taskOf({ by, recordings: found.map(({ facts }) => facts.id), name: said ?? take?.name ?? nameOf(found), into: into ?? '' }))
    },
    async change(who, id, { name, remove = [], move = [] }) {
      const before = records.find(id)
      const own = recordsOf(who, `the take ${before.name}`)
      if (name !== undefined) checkName(name) // all of it, or nothing
      const removed = remove.map((recording) => angleIn(before, recording).recording)
      const moved = move.map(({ recording, offsetMs, driftPpm }) => ({ ...angleIn(before, recording), offsetMs, ...(driftPpm === undefined ? {} : { driftPpm }), by: 'person' as const, confidence: 1 }))
      if (moved.length > 0) await own.place(id, moved)
      if (removed.length > 0) await own.takeOut(id, removed)
      if (name !== undefined) await own.rename(id, name)
      return records.find(id)
    },
    dissolve: (who, id) => recordsOf(who, `dissolved the take ${records.find(id).name}`).dissolve(id)
  }
}

/** The longest with sound: most of the others are heard in it. */
function firstOf(recordings: readonly Recording[]): Recording | undefined {
  const length = ({ facts }: Recording): number => facts.probe.durationMs ?? 0
  return [...recordings].sort((a, b) => Number(hasSound(b)) - Number(hasSound(a)) || length(b) - length(a))[0]
}

const assetOf = ({ facts: { id } }: Recording): AssetId | null => footageOf(id) === undefined ? id as AssetId : null

function inNoOther(other: Take | undefined, take: Take | undefined, name: string): void {
  if (other !== undefined && other.id !== take?.id) throw new InvalidInputError(`${name} is in the take ${other.name} already: take it out there first`)
}

function angleIn({ angles }: Take, recording: RecordingId): Angle {
  const angle = angles.find((one) => one.recording === recording)
  if (angle === undefined) throw new NotFoundError('that recording is not in this take')
  return angle
}

/** What a take of these is called at first. */
export function nameOf(recordings: readonly Recording[]): string {
  const [first] = [...recordings].sort((a, b) => (a.facts.probe.createdAtMs ?? Infinity) - (b.facts.probe.createdAtMs ?? Infinity))
  return `Take of ${first?.title || first?.facts.name || 'several recordings'}`.slice(0, 200)
}
