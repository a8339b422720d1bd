import { randomUUID } from 'node:crypto'
import { InvalidInputError, NotFoundError, OverloadedError } from '#protocols/errors.ts'
import type { JobView } from '#protocols/http.ts'
import { type AssetId, parseAssetId, partitionOfAsset } from '#protocols/ids.ts'
import { type Asset, type Beyond, everyAssetInTurns, inTrash, type Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import type { Originals } from '../folders/originals.ts'
import { counted } from '../jobs/counted.ts'
import type { JobHandle, Jobs, JobTask } from '../jobs/jobs.ts'
import type { Bucket, BucketPlace } from './bucket.ts'
import { type CopyRunComponents, copyRun, drillRun, tiersDue } from './copy-run.ts'
import { keyOfPlace } from './s3-place.ts'
import { belongs, checkTier, fieldsOf, MAX_TIERS, type Tier, tierOf, TIERS } from './tier.ts'

/** How often each node looks for what a tier lacks, in ms. @default 300000 */
export const CLOUD_EVERY_MS = 300_000
/** Share of a tier that a drill reads unless said otherwise. @default 0.01 */
export const DEFAULT_DRILL_SHARE = 0.01
const ALARM = 'cloud'

export interface CloudComponents {
  ring: Pick<Ring, 'self' | 'blobs' | 'placement' | 'membership' | 'alarms' | 'reachBeyond'> & { readonly catalog: Pick<Ring['catalog'], 'records' | 'index' | 'asset' | 'editAsset' | 'unindexed'> }
  originals: Pick<Originals, 'read'>
  jobs: Pick<Jobs, 'submit' | 'register' | 'list' | 'ended'>
  log: Logger
  /** @default that of bucket.ts, whose client is large: who has no tier loads none */
  openBucket?: (place: BucketPlace) => Promise<Bucket>
  /** Unix ms. @default Date.now */
  now?: () => number
}

export interface CloudInit {
  /** @default CLOUD_EVERY_MS */
  everyMs?: number
}

/** What people say of a tier. */
export type TierFields = Omit<Tier, 'id' | 'sinceMs'>

/** How far a tier is. */
export interface TierState extends Tier {
  readonly held: number
  readonly wanted: number
  readonly away: number
  readonly bytes: number
}

/** Copies of originals in buckets, what lies only there, and the way back. */
export interface Cloud extends Startable {
  /** Counted over the whole library, with turns of others in between. */
  tiers(): Promise<TierState[]>
  /** @throws InvalidInputError, OverloadedError */
  add(tier: TierFields): Promise<Tier>
  /** Who says mode, album or moveCopies, also as they are, says it of what was brought back, too. @throws NotFoundError, OverloadedError; InvalidInputError, also when it would be another bucket while something counts as held */
  change(id: string, change: Partial<TierFields>): Promise<Tier>
  /** Its objects stay in the bucket. @throws NotFoundError, OverloadedError, InvalidInputError while something lies only there, also of the trash */
  remove(id: string): Promise<void>
  /** Copy what it lacks now, as far as that is this node's. @throws NotFoundError */
  run(id: string): JobView
  /** @throws NotFoundError */
  drill(id: string, share?: number): JobView
  /** A link that downloads the original from a bucket. @throws NotFoundError when no tier holds it */
  link(asset: Asset, seconds: number): Promise<string>
  /** Bring the bytes of an asset back onto the ring's disks, to stay until a person changes the tier. @throws NotFoundError */
  recall(id: AssetId): Promise<JobView>
}

export function createCloud({ ring, originals, jobs, log, openBucket = openS3Bucket, now = Date.now }: CloudComponents, { everyMs = CLOUD_EVERY_MS }: CloudInit = {}): Cloud {
  const { records, index } = ring.catalog
  const buckets = new Map<string, Promise<Bucket>>()

  const tiers = (): Tier[] => records.list(TIERS).map(tierOf).filter((tier) => tier !== undefined)

  function find(id: string): Tier {
    const tier = tiers().find((each) => each.id === id || each.name === id)
    if (tier === undefined) throw new NotFoundError(`there is no tier ${JSON.stringify(id.slice(0, 60))}: GET /api/v1/tiers lists them`)
    return tier
  }

  function bucketOf({ place, endpoint, region }: Tier): Promise<Bucket> {
    const key = JSON.stringify([place, endpoint, region])
    const open = buckets.get(key) ?? openBucket({ place, endpoint, region })
    buckets.set(key, open)
    return open
  }

  /** The first live owner of an asset copies it, so that it is copied once. */
  function isOurs({ facts: { id } }: Asset): boolean {
    const live = ring.placement.ranking(partitionOfAsset(id)).find((peer) => peer === ring.self || ring.membership.isAlive(peer))
    return live === undefined || live === ring.self
  }

  /** @throws NotFoundError */
  async function asset(id: AssetId): Promise<Asset> {
    const found = await ring.catalog.asset(id)
    if (found === undefined) throw new NotFoundError(`there is no asset ${id}`)
    return found
  }

  /** Of the library and the trash. @throws OverloadedError */
  async function howMany(isCounted: (asset: Asset) => boolean): Promise<number> {
    if (ring.catalog.unindexed() > 0) throw new OverloadedError('the lists of this node are being built: ask again in a moment, or another node')
    let found = 0
    for await (const asset of everyAssetInTurns(index)) if (isCounted(asset)) found++
    for (const asset of inTrash(index)) if (isCounted(asset)) found++
    return found
  }

  /** @throws InvalidInputError, OverloadedError */
  async function checkEmpty({ id, name, place }: Tier): Promise<void> {
    const held = await howMany(({ cloud }) => cloud[id] !== undefined)
    if (held > 0) throw new InvalidInputError(`${name} holds ${held} originals in ${place}, and no other bucket has them for that: add another bucket instead (thatdam cloud add)`)
  }

  async function bringBack(id: AssetId, job: JobHandle): Promise<void> {
    const found = await asset(id)
    job.update({ filesTotal: 1, bytesTotal: found.facts.size })
    const { id: blob } = await ring.blobs.put(counted(originals.read(found, {}, { signal: job.signal }), job), { signal: job.signal })
    if (blob !== found.facts.blob) throw new Error('what came back is not what was there: the ring keeps asking the cloud for it')
    await ring.catalog.editAsset(id, { away: false, recalledAtMs: now() })
    job.update({ filesDone: 1 })
  }

  const running: CopyRunComponents = { ring, originals, isOurs, bucketOf, tiers, now }

  function run(tier: Tier, isAutomatic: boolean): JobView {
    const under = jobs.list().find(({ kind, title, endedMs }) => kind === 'cloud' && title === tier.name && endedMs === null)
    return under ?? jobs.submit({ ...copying(tier), isAutomatic })
  }

  const copying = ({ id, name }: Tier): JobTask => ({ kind: 'cloud', title: name, params: { tier: id }, run: (job) => copyRun(running, find(id), job) })
  const drilling = ({ id, name }: Tier, share: number): JobTask => ({ kind: 'drill', title: name, params: { tier: id, share }, run: (job) => drillRun(running, find(id), share, job) })
  const recalling = (id: AssetId, title: string): JobTask => ({ kind: 'recall', title, params: { asset: id, title }, run: (job) => bringBack(id, job) })
  jobs.register('cloud', ({ tier }) => copying(find(String(tier))))
  jobs.register('drill', ({ tier, share }) => drilling(find(String(tier)), Number(share)))
  jobs.register('recall', ({ asset, title }) => recalling(parseAssetId(String(asset)), String(title)))

  async function look(signal: AbortSignal): Promise<void> {
    const failed: string[] = []
    for (const tier of await tiersDue(running, signal)) {
      const { state, error } = await jobs.ended(run(tier, true).id)
      if (state === 'failed') failed.push(`${tier.name}: ${error}`)
    }
    if (failed.length === 0) ring.alarms.clear(ALARM)
    else ring.alarms.raise({ key: ALARM, severity: 'warning', message: `This node could not copy into the cloud: ${failed.join('; ')}` })
  }

  const looking = repeating(look, everyMs, log)

  const beyond: Beyond = {
    isAway: (blob) => index.awayAsset(blob) !== undefined,
    async read({ blob, at, bytes }, { signal = new AbortController().signal }) {
      const asset = index.awayAsset(blob)
      for (const tier of tiers()) {
        if (asset?.cloud[tier.id] === undefined) continue
        const found = await (await bucketOf(tier)).read(asset.facts.id, at, at + bytes, signal).catch((err) => { log.error('could not read %s from %s - %s', asset.facts.name, tier.name, err) })
        if (found?.byteLength === bytes) return found
      }
      return undefined
    }
  }

  return {
    start() {
      ring.reachBeyond(beyond)
      return looking.start()
    },
    stop() {
      void looking.stop() // not waited for: a look waits for its job, and jobs stop after this
    },
    tiers: () => statesOf(tiers(), everyAssetInTurns(index)),
    async add(fields) {
      if (tiers().length >= MAX_TIERS) throw new OverloadedError(`the ring has ${MAX_TIERS} tiers already`)
      const tier = { id: randomUUID().slice(0, 8), ...fields, sinceMs: now() }
      checkTier(tier)
      if (tiers().some(({ name }) => name === tier.name)) throw new InvalidInputError(`there is a tier ${tier.name} already`)
      await records.put(TIERS, tier.id, fieldsOf(tier))
      return tier
    },
    async change(id, change) {
      const before = find(id)
      const tier = { ...before, ...change, ...(isOtherWish(change) && { sinceMs: now() }) }
      checkTier(tier)
      if (keyOfPlace(tier) !== keyOfPlace(before)) await checkEmpty(before)
      await records.put(TIERS, tier.id, fieldsOf(tier))
      return tier
    },
    async remove(id) {
      const tier = find(id)
      const only = await howMany(({ away, cloud }) => away && cloud[tier.id] !== undefined)
      if (only > 0) throw new InvalidInputError(`${only} originals are in the cloud only: bring them back first (thatdam cloud recall --all, or one by one)`)
      await records.remove(TIERS, tier.id)
    },
    run: (id) => run(find(id), false),
    drill(id, share = DEFAULT_DRILL_SHARE) {
      const tier = find(id)
      if (!(share > 0 && share <= 1)) throw new InvalidInputError('a drill reads a share above 0 and up to 1')
      return jobs.submit(drilling(tier, share))
    },
    async link(asset, seconds) {
      const tier = tiers().find(({ id }) => asset.cloud[id] !== undefined)
      if (tier === undefined) throw new NotFoundError('no tier holds this asset: download it from a node')
      return (await bucketOf(tier)).link(asset.facts, seconds)
    },
    async recall(id) {
      const { facts } = await asset(id)
      return jobs.submit(recalling(id, facts.name))
    }
  }
}

const openS3Bucket = (place: BucketPlace): Promise<Bucket> => import('./bucket.ts').then(({ createBucket }) => createBucket(place))

const isOtherWish = ({ mode, album, moveCopies }: Partial<TierFields>): boolean => (mode ?? album ?? moveCopies) !== undefined

async function statesOf(tiers: readonly Tier[], assets: AsyncIterable<Asset>): Promise<TierState[]> {
  const states = tiers.map((tier) => ({ ...tier, held: 0, wanted: 0, away: 0, bytes: 0 }))
  if (states.length === 0) return []
  for await (const asset of assets) for (const state of states) count(state, asset)
  return states
}

function count(state: { -readonly [K in keyof TierState]: TierState[K] }, asset: Asset): void {
  if (belongs(asset, state)) state.wanted++
  if (asset.cloud[state.id] === undefined) return
  state.held++
  state.bytes += asset.facts.size
  if (asset.away) state.away++
}
