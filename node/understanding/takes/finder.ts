import type { AssetId, CameraId, Partition } from '#protocols/ids.ts'
import { type Asset, type Ring, smallBlob } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { SOUND } from '../../derive/wanted.ts'
import type { JobHandle, Jobs } from '../../jobs/jobs.ts'
import { createLibraryLook } from '../../library/library-look.ts'
import type { CameraMatches } from './camera-matches.ts'
import { areOneFilm, Candidates } from './candidates.ts'
import { join } from './joining.ts'
import type { Pair } from './landmarks.ts'
import { isListened, listenedTo, unheard } from './listened.ts'
import { decodePrint, MAX_PRINT_BYTES } from './sound-print.ts'
import { hasSound, type Syncs } from './syncs.ts'
import type { TakeRecords } from './take-records.ts'

/** Name in `Asset.found` that says that a recording was compared with those that were there, and what of cameras it was; raised, all of them are again. */
export const LOOKED = 'takes@1'
/** Kind of the jobs that look for takes. */
export const FIND_JOB = 'takes'
/** After a change it is waited this long for more of them, in ms. @default 2000 */
export const FIND_CALM_MS = 2_000
/** The whole library is looked through this often, in ms, and whenever a node comes or goes. @default 3600000 */
export const FIND_LOOK_MS = 3_600_000
/** Times that a recording which can not be compared is tried until the node starts anew. @default 3 */
export const FIND_TRIES = 3
/** Takes are found by the node that comes first in this partition: all recordings have to be in one index. */
const PARTITION = 0 as Partition

export interface TakeFinderComponents {
  readonly ring: Pick<Ring, 'self'> & {
    readonly blobs: Pick<Ring['blobs'], 'read' | 'stat'>
    readonly catalog: Pick<Ring['catalog'], 'asset' | 'editAsset' | 'assetsChanged' | 'unindexed' | 'layoutChanged'> & { readonly index: Pick<Ring['catalog']['index'], 'asset' | 'assets'> }
    readonly placement: Pick<Ring['placement'], 'targets'>
    readonly membership: Pick<Ring['membership'], 'changed'>
  }
  readonly records: TakeRecords
  readonly syncs: Syncs
  readonly cameras: CameraMatches
  readonly jobs: Pick<Jobs, 'submit'>
  readonly log: Logger
}

export interface TakeFinderInit {
  /** @default FIND_CALM_MS */
  readonly calmMs?: number
  /** @default FIND_LOOK_MS */
  readonly lookMs?: number
}

/** Finds takes in the background: whatever has landmarks of its sound and was not compared yet is compared with what may be of the same moment, and with cameras again that have more of it now. */
export interface TakeFinder extends Startable {
  /** Look through the whole library. */
  look(): Promise<void>
}

export function createTakeFinder({ ring, records, syncs, cameras, jobs, log }: TakeFinderComponents, { calmMs = FIND_CALM_MS, lookMs = FIND_LOOK_MS }: TakeFinderInit = {}): TakeFinder {
  const { catalog, blobs, placement, membership } = ring
  const candidates = new Candidates()
  const fresh = new Set<AssetId>()
  const due = new Set<AssetId>()
  const tries = new Map<AssetId, number>()
  const leave: Array<() => void> = []
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let isRunning = false

  const isMine = (): boolean => placement.targets(PARTITION)[0] === ring.self

  /** `again`: also whether cameras have more of its time now, which takes a question for each of them. */
  function consider(id: AssetId, again = false): void {
    const asset = catalog.index.asset(id)
    if (asset === undefined || asset.deletedAtMs !== undefined || asset.made[SOUND] === undefined || !hasSound(asset)) return candidates.remove(id)
    if (!candidates.has(id)) fresh.add(id)
    if ((tries.get(id) ?? 0) >= FIND_TRIES) return
    const said = asset.found[LOOKED]
    if (!isListened(said) || (again && unheard(cameras.camerasOf(asset), said).length > 0)) due.add(id)
  }

  function soon(): void {
    if (stopping.signal.aborted || isRunning || timer !== undefined || due.size === 0) return
    timer = setTimeout(() => {
      timer = undefined
      if (stopping.signal.aborted || isRunning || !isMine()) return
      isRunning = true
      jobs.submit({ kind: FIND_JOB, title: 'Looking for several cameras of one moment', isAutomatic: true, run: (job) => run(job).finally(() => { isRunning = false; soon() }) })
    }, calmMs).unref()
  }

  async function run(job: JobHandle): Promise<void> {
    for (const id of fresh) await load(id)
    let found = 0
    for (let [id] = due; id !== undefined; [id] = due) {
      await turn(job)
      due.delete(id)
      job.update({ filesTotal: job.view.filesDone + due.size + 1 })
      found += await compare(job, id)
      job.update({ filesDone: job.view.filesDone + 1, report: { found } })
      for (const other of fresh) await load(other)
    }
  }

  async function turn(job: JobHandle): Promise<void> {
    stopping.signal.throwIfAborted()
    await job.turn().catch((err) => { due.clear(); throw err })
  }

  async function load(id: AssetId): Promise<void> {
    fresh.delete(id)
    const asset = await catalog.asset(id)
    if (asset === undefined || asset.deletedAtMs !== undefined) return
    try {
      candidates.add(asset, await printOf(asset))
    } catch (err) {
      due.delete(id)
      if (!stopping.signal.aborted) log.error('the landmarks of %s can not be read - %s', asset.facts.name, err)
    }
  }

  async function printOf({ made }: Asset): Promise<Pair[]> {
    const blob = made[SOUND]
    const bytes = blob === undefined ? undefined : await smallBlob(blobs, blob, MAX_PRINT_BYTES, { signal: stopping.signal })
    return bytes === undefined ? [] : decodePrint(bytes)
  }

  /** With all that may be of the same moment; answers how many are. */
  async function compare(job: JobHandle, id: AssetId): Promise<number> {
    const asset = await catalog.asset(id)
    if (asset === undefined || asset.deletedAtMs !== undefined || !candidates.has(id)) return 0
    job.update({ step: `listening to ${asset.facts.name}` })
    let [found, failed] = [0, '']
    const heard = cameras.camerasOf(asset)
    const clips = asset.found[LOOKED] === undefined ? candidates.of(id, await printOf(asset)) : []
    for (const compareNext of [...clips.map((other) => () => withClip(job, asset, other)), ...unheard(heard, asset.found[LOOKED]).map((camera) => () => withCamera(job, asset, camera))]) {
      await turn(job)
      const outcome = await trying(job, compareNext)
      if (outcome === true) found++
      else if (outcome !== false) failed = outcome
    }
    tries.set(id, failed === '' ? 0 : (tries.get(id) ?? 0) + 1)
    if (failed === '') await catalog.editAsset(id, { found: { [LOOKED]: listenedTo(heard) } })
    else job.note({ path: asset.facts.name, outcome: 'refused', assetId: id, copies: 0, reason: failed })
    return found
  }

  /** Whether they are of one moment and nobody knew. */
  async function withClip(job: JobHandle, asset: Asset, id: AssetId): Promise<boolean> {
    const other = await catalog.asset(id)
    if (other === undefined || other.deletedAtMs !== undefined || areOneFilm(asset, other) || areKnown(asset.facts.id, id)) return false
    const place = await syncs.sync(other, asset, { signal: signalOf(job) })
    return place.found && await join(records, other, asset, place)
  }

  /** As with clips: the stretch that the camera recorded while the clip was made becomes an angle. */
  async function withCamera(job: JobHandle, asset: Asset, camera: CameraId): Promise<boolean> {
    const match = await cameras.match(asset, camera, { signal: signalOf(job) })
    return match !== undefined && !records.areParted(asset.facts.id, match.footage.facts.id) && await join(records, match.footage, asset, match.place)
  }

  const signalOf = ({ signal }: JobHandle): AbortSignal => AbortSignal.any([signal, stopping.signal])

  /** What it answers, or why that can not be said. */
  async function trying(job: JobHandle, compareNext: () => Promise<boolean>): Promise<boolean | string> {
    try {
      return await compareNext()
    } catch (err) {
      stopping.signal.throwIfAborted()
      job.signal.throwIfAborted()
      return err instanceof Error ? err.message : String(err)
    }
  }

  /** In one take already, or parted by a person. */
  function areKnown(one: AssetId, other: AssetId): boolean {
    const take = records.of(one)
    return (take !== undefined && take.id === records.of(other)?.id) || records.areParted(one, other)
  }

  const looking = createLibraryLook({ catalog, log }, { everyMs: lookMs, async look(assets) {
    if (!isMine()) return
    for await (const { facts } of assets) consider(facts.id, true)
    soon()
  } })
  return {
    look: looking.now,
    start() {
      leave.push(
        catalog.assetsChanged.on((ids) => {
          if (!isMine()) return
          for (const id of ids) consider(id)
          soon()
        }),
        membership.changed.on(looking.again)
      )
      looking.start()
    },
    async stop() {
      stopping.abort(new Error('the node is stopping'))
      clearTimeout(timer)
      for (const end of leave.splice(0)) end()
      await looking.stop()
    }
  }
}
