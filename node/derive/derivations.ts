import { type AssetId, partitionOfAsset } from '#protocols/ids.ts'
import { type Asset, contentTrait, folderTrait, type Ring, stemTrait } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { DerivedFile } from '#protocols/http.ts'
import type { JobHandle, Jobs, JobTask } from '../jobs/jobs.ts'
import { createLibraryLook } from '../library/library-look.ts'
import { createFailedTries } from './failed-tries.ts'
import { familyOf, mayHaveFamily, mayHavePieces } from './families.ts'
import type { Make } from './makers.ts'
import { missingOf, type Want, wantsOf } from './wanted.ts'

/** After a change it is waited this long for more of them, in ms. @default 1000 */
export const DERIVE_CALM_MS = 1_000
/** The whole library is looked through this often, in ms, and whenever a node comes or goes. @default 3600000 */
export const DERIVE_LOOK_MS = 3_600_000
/** Name in `Asset.found` that says that programs have put it into a stack once: what a person undid stays undone. */
export const STACKED = 'stacked'

export interface DerivationsComponents {
  readonly ring: Pick<Ring, 'self' | 'writing'> & {
    readonly catalog: Pick<Ring['catalog'], 'asset' | 'editAsset' | 'index' | 'assetsChanged' | 'unindexed' | 'layoutChanged'>
    readonly placement: Pick<Ring['placement'], 'targets'>
    readonly membership: Pick<Ring['membership'], 'changed' | 'members'>
    readonly localChunks: Pick<Ring['localChunks'], 'disk'>
  }
  readonly jobs: Pick<Jobs, 'submit'>
  readonly make: Make
  readonly log: Logger
  /** Unix ms. @default Date.now */
  readonly nowMs?: () => number
}

export interface DerivationsInit {
  /** @default DERIVE_CALM_MS */
  readonly calmMs?: number
  /** @default DERIVE_LOOK_MS */
  readonly lookMs?: number
}

/** Makes what assets lack, in the background: the first live owner of an asset does, and when it dies the next one sees the same gap. */
export interface Derivations extends Startable {
  /** What became of everything that the asset should have. */
  status(asset: Asset): DerivedFile[]
  /** Look through the whole library for what is this node's to make. */
  look(): Promise<void>
}

export function createDerivations({ ring, jobs, make, log, nowMs = Date.now }: DerivationsComponents, { calmMs = DERIVE_CALM_MS, lookMs = DERIVE_LOOK_MS }: DerivationsInit = {}): Derivations {
  const { catalog, placement, membership } = ring
  const due = new Set<AssetId>()
  const dueProxies = new Set<AssetId>()
  const dueFamilies = new Set<AssetId>()
  const failures = createFailedTries(nowMs)
  const leave: Array<() => void> = []
  const running = { light: false, proxy: false }
  let timer: NodeJS.Timeout | undefined
  const stopping = new AbortController()

  const ownerOf = (id: AssetId): string | undefined => placement.targets(partitionOfAsset(id))[0]
  const keyOf = (id: AssetId, want: Want): string => `${id} ${want}`

  const isDue = (id: AssetId, want: Want): boolean => failures.isDue(keyOf(id, want))

  /** Note what this node has to make of an asset. */
  function consider(asset: Asset | undefined): void {
    if (asset === undefined || ownerOf(asset.facts.id) !== ring.self) return
    const wants = missingOf(asset).filter((want) => isDue(asset.facts.id, want))
    if (wants.some((want) => want !== 'proxy')) due.add(asset.facts.id)
    if (wants.includes('proxy')) dueProxies.add(asset.facts.id)
    if (isLonely(asset) && mayHaveFamily(asset, nowMs())) dueFamilies.add(asset.facts.id)
  }

  function soon(): void {
    if (stopping.signal.aborted || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      begin()
      void findFamilies().catch((err) => { if (!stopping.signal.aborted) log.error('could not look for what belongs together - %s', err) })
    }, calmMs).unref()
  }

  function begin(): void {
    if (stopping.signal.aborted || ring.localChunks.disk().acceptsWrites === false) return
    if (due.size > 0 && !running.light) submit('light', { kind: 'derive', title: 'Pictures, waveforms and metadata', run: runLight })
    if (dueProxies.size > 0 && !running.proxy) {
      const [id] = dueProxies
      const name = catalog.index.asset(id!)?.facts.name ?? id!
      submit('proxy', { kind: 'proxy', title: name, isPausable: false, run: (job) => runProxy(job, id!) })
    }
  }

  function submit(lane: 'light' | 'proxy', task: JobTask): void {
    running[lane] = true
    jobs.submit({ ...task, isAutomatic: true, async run(job) {
      running[lane] = true
      try {
        await task.run(job)
      } finally {
        running[lane] = false
        soon()
      }
    } })
  }

  async function runLight(job: JobHandle): Promise<void> {
    const failed = new Map<string, string>()
    again(job)
    for (let [id] = due; id !== undefined; [id] = due) {
      await job.turn().catch((err) => { due.clear(); throw err })
      due.delete(id)
      job.update({ filesTotal: job.view.filesDone + due.size + 1 })
      for (const reason of await lightOf(id, job)) failed.set(id, reason)
      job.update({ filesDone: job.view.filesDone + 1 })
    }
    const [first] = failed.values()
    if (first !== undefined) throw new Error(`${failed.size === 1 ? 'one file' : `${failed.size} files`} did not get all that is made of it: ${first}`)
  }

  /** A job that is tried again tries what failed in it, whenever that was. */
  function again(job: JobHandle): void {
    for (const key of failures.again(job.id)) {
      const [id, want] = key.split(' ') as [AssetId, Want]
      ;(want === 'proxy' ? dueProxies : due).add(id)
    }
  }

  async function lightOf(id: AssetId, job: JobHandle): Promise<string[]> {
    const reasons: string[] = []
    for (const want of missingOf(await catalog.asset(id) ?? EMPTY)) {
      if (want === 'proxy' || !isDue(id, want)) continue
      const reason = await attempt(id, want, job)
      if (reason !== undefined) reasons.push(reason)
    }
    return reasons
  }

  async function runProxy(job: JobHandle, id: AssetId): Promise<void> {
    dueProxies.delete(id)
    failures.forget(keyOf(id, 'proxy')) // it is this job's turn, or a person's wish
    const reason = await attempt(id, 'proxy', job)
    if (reason !== undefined) throw new Error(reason)
  }

  /** Make it, unless somebody else has meanwhile; answers why it failed. */
  async function attempt(id: AssetId, want: Want, job: JobHandle): Promise<string | undefined> {
    const asset = await catalog.asset(id)
    if (asset === undefined || !missingOf(asset).includes(want) || ownerOf(id) !== ring.self) return undefined
    job.update({ step: `${want} of ${asset.facts.name}`, ...(want === 'proxy' ? { bytesTotal: asset.facts.size } : {}) })
    const written = ring.writing()
    try {
      const patch = await make(want, asset, { signal: job.signal, onProgress: (share) => { if (want === 'proxy') job.update({ bytesDone: Math.round(share * asset.facts.size) }) } })
      job.signal.throwIfAborted()
      await catalog.editAsset(id, patch)
      failures.forget(keyOf(id, want))
      return undefined
    } catch (err) {
      job.signal.throwIfAborted()
      return failed(asset, want, err, job)
    } finally {
      written()
    }
  }

  function failed({ facts: { id, name } }: Asset, want: Want, err: unknown, job: JobHandle): string {
    const reason = failures.note(keyOf(id, want), err, job.id)
    log.error('no %s of %s - %s', want, name, reason)
    job.note({ path: name, outcome: 'refused', assetId: id, copies: 0, reason: `${want}: ${reason}` })
    return `${name}: ${reason}`
  }

  async function findFamilies(): Promise<void> {
    for (const id of dueFamilies) {
      dueFamilies.delete(id)
      if (!stopping.signal.aborted) await group(id)
    }
  }

  /** Put the halves of a live photo, or the pieces of a take, into one stack. */
  async function group(id: AssetId): Promise<void> {
    const asset = await catalog.asset(id)
    if (asset === undefined || !isLonely(asset)) return
    const { contentId } = asset.facts.probe
    const same = (others: readonly Asset[]): Asset[] => others.map((other) => other.facts.id === id ? asset : other)
    const mates = contentId === undefined ? [] : same(catalog.index.sharing(contentTrait(contentId), 10))
    const [at] = asset.locations
    const family = familyOf(asset, mates, at === undefined ? [] : same(mayHavePieces(asset, nowMs()) ? catalog.index.sharing(folderTrait(at.node, at.path), 5_000) : catalog.index.sharing(stemTrait(at.node, at.path), 20)))
    for (const { asset: { facts, marks, found }, span } of family?.kin ?? []) {
      if (marks.stack !== '' && found[STACKED] === undefined) continue // a person's own stack
      await catalog.editAsset(facts.id, { marks: { stack: family!.stack }, found: { [STACKED]: '1', ...(span === undefined ? {} : { span }) } })
    }
  }

  const isAnyDue = (): boolean => due.size + dueProxies.size + dueFamilies.size > 0

  const looking = createLibraryLook({ catalog, log }, { everyMs: lookMs, async look(assets) {
    for await (const asset of assets) consider(asset)
    if (isAnyDue()) soon()
  } })
  return {
    look: looking.now,
    status(asset) {
      const owner = ownerOf(asset.facts.id)
      const node = membership.members().find(({ peerId }) => peerId === owner)?.name ?? ''
      return wantsOf(asset).map(({ want, isThere }) => {
        const reason = failures.reason(keyOf(asset.facts.id, want))
        const state = isThere ? 'made' : owner !== ring.self ? 'elsewhere' : reason === undefined ? 'waiting' : 'failed'
        return { name: want, state, node: isThere ? '' : node, reason: isThere ? null : reason ?? null } satisfies DerivedFile
      })
    },
    start() {
      leave.push(
        catalog.assetsChanged.on((ids) => {
          for (const id of ids) consider(catalog.index.asset(id))
          if (isAnyDue()) soon()
        }),
        membership.changed.on(looking.again)
      )
      looking.start()
    },
    async stop() {
      stopping.abort()
      clearTimeout(timer)
      for (const end of leave.splice(0)) end()
      await looking.stop()
    }
  }
}

/** In no stack, and not taken out of one by a person. */
const isLonely = ({ marks, found, deletedAtMs, facts }: Asset): boolean => deletedAtMs === undefined && marks.stack === '' && found[STACKED] === undefined && facts.kind !== 'audio'

const EMPTY = { deletedAtMs: 1 } as unknown as Asset
