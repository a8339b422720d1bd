import { InvalidInputError } from '#protocols/errors.ts'
import type { AssetId } from '#protocols/ids.ts'
import { type Asset, type AssetFacts, everyAssetInTurns, type Ring } from '#ring'
import type { Originals } from '../folders/originals.ts'
import { counted } from '../jobs/counted.ts'
import type { JobHandle } from '../jobs/jobs.ts'
import type { Bucket } from './bucket.ts'
import { CloudError } from './cloud-error.ts'
import { keyOfPlace } from './s3-place.ts'
import { belongs, holding, mayGo, type Tier } from './tier.ts'

export interface CopyRunComponents {
  ring: { readonly catalog: Pick<Ring['catalog'], 'index' | 'asset' | 'editAsset'> }
  originals: Pick<Originals, 'read'>
  /** Whether this node is the one that copies this asset. */
  isOurs(asset: Asset): boolean
  bucketOf(tier: Tier): Promise<Bucket>
  tiers(): readonly Tier[]
  /** Unix ms. */
  now(): number
}

/** Bring what belongs into a tier there, read it back, and let go of the ring's own copies where that was decided. */
export async function copyRun(components: CopyRunComponents, tier: Tier, job: JobHandle): Promise<void> {
  const failures: string[] = []
  for await (const asset of everyAssetInTurns(components.ring.catalog.index)) {
    if (!isDue(components, tier, asset)) continue
    await job.turn()
    job.update({ filesTotal: job.view.filesTotal + 1, bytesTotal: job.view.bytesTotal + asset.facts.size, step: asset.facts.name })
    try {
      await copyAsset(components, tier, asset, job)
      job.note({ path: asset.facts.name, outcome: 'imported', assetId: asset.facts.id, copies: 0, reason: null })
    } catch (err) {
      job.signal.throwIfAborted()
      const reason = err instanceof Error ? err.message : String(err)
      failures.push(reason)
      job.note({ path: asset.facts.name, outcome: 'refused', assetId: asset.facts.id, copies: 0, reason })
      if (failures.length >= 3 && failures.slice(-3).every((each) => each === reason)) throw err // the same thrice: it is not the asset
    }
    job.update({ filesDone: job.view.filesDone + 1 })
  }
  if (failures.length > 0) throw new CloudError(`${failures.length} of ${job.view.filesTotal} could not be copied: ${failures[0]}`)
}

/** Tiers that this node has something to do for; a look at the lists, not at the buckets, that ends when nothing more can be found. */
export async function tiersDue(components: CopyRunComponents, signal: AbortSignal): Promise<Tier[]> {
  const left = new Set(components.tiers())
  const due: Tier[] = []
  if (left.size === 0) return due
  for await (const asset of everyAssetInTurns(components.ring.catalog.index)) {
    signal.throwIfAborted()
    for (const tier of left) {
      if (!isDue(components, tier, asset)) continue
      left.delete(tier)
      due.push(tier)
    }
    if (left.size === 0) break
  }
  return due
}

/** Whether this node is to copy the asset there, or to let go of the ring's own copies. */
function isDue({ isOurs, tiers }: CopyRunComponents, tier: Tier, asset: Asset): boolean {
  const isCopied = asset.cloud[tier.id] !== undefined
  return belongs(asset, tier) && (!isCopied || (!asset.away && asset.facts.blob !== undefined && mayGo(asset, tiers()))) && isOurs(asset)
}

async function copyAsset(components: CopyRunComponents, tier: Tier, asset: Asset, job: JobHandle): Promise<void> {
  const { ring, originals, bucketOf, tiers, now } = components
  const { facts } = asset
  const bucket = await bucketOf(tier)
  const isNew = asset.cloud[tier.id] === undefined
  if (isNew) {
    job.update({ step: `${facts.name}: copying` })
    const before = job.view.bytesDone
    if (await bucket.sha256(facts.id, job.signal) !== facts.id) await bucket.put(facts, counted(originals.read(asset, {}, { signal: job.signal }), job), job.signal)
    job.update({ bytesDone: before + facts.size, step: `${facts.name}: reading it back` })
    if (await bucket.sha256(facts.id, job.signal) !== facts.id) throw new CloudError(`${facts.name} came back from ${tier.name} with other bytes: it does not count as a copy. Check that bucket`)
    if (!tiers().some((each) => each.id === tier.id && keyOfPlace(each) === keyOfPlace(tier))) throw new CloudError(`${tier.name} is another bucket by now`)
    await ring.catalog.editAsset(facts.id, { cloud: { [tier.id]: now() } })
  }
  const going = await thatMayGo(components, facts.id)
  if (going === undefined) return
  for (const each of holding(going, tiers())) if (!isNew || await bucketOf(each) !== bucket) await lookAgain(components, each, going, job)
  if (await thatMayGo(components, facts.id) !== undefined) await ring.catalog.editAsset(facts.id, { away: true })
}

/** The asset as it is now; undefined when the ring's own copies of it stay. */
async function thatMayGo({ ring, tiers }: CopyRunComponents, id: AssetId): Promise<Asset | undefined> {
  const asset = await ring.catalog.asset(id)
  return asset?.facts.blob !== undefined && !asset.away && mayGo(asset, tiers()) ? asset : undefined
}

/** What was read back long ago may be gone since. @throws CloudError */
async function lookAgain({ ring, bucketOf }: CopyRunComponents, tier: Tier, { facts }: Asset, job: JobHandle): Promise<void> {
  job.update({ step: `${facts.name}: reading it back from ${tier.name}` })
  if (await (await bucketOf(tier)).sha256(facts.id, job.signal) === facts.id) return
  await ring.catalog.editAsset(facts.id, { cloud: { [tier.id]: 0 } }) // it is copied anew
  throw new CloudError(`${facts.name} is not in ${tier.name} any more as it was: the ring keeps its own copies until it is there again`)
}

/** Read some originals of a tier whole, as one day they may have to be. `share` of all that are there, at least one. */
export async function drillRun({ ring, bucketOf }: CopyRunComponents, tier: Tier, share: number, job: JobHandle): Promise<void> {
  if (!(share > 0 && share <= 1)) throw new InvalidInputError('a drill reads a share above 0 and up to 1')
  const there: AssetFacts[] = []
  for await (const { facts, cloud } of everyAssetInTurns(ring.catalog.index)) if (cloud[tier.id] !== undefined) there.push(facts)
  const chosen = there.toSorted(() => Math.random() - 0.5).slice(0, Math.max(1, Math.ceil(there.length * share)))
  job.update({ filesTotal: chosen.length, bytesTotal: chosen.reduce((sum, { size }) => sum + size, 0) })
  const bucket = await bucketOf(tier)
  let bad = 0
  for (const facts of chosen) {
    await job.turn()
    job.update({ step: facts.name })
    const hash = await bucket.sha256(facts.id, job.signal, (bytes) => job.update({ bytesDone: job.view.bytesDone + bytes }))
    const reason = hash === facts.id ? null : hash === undefined ? `it is not in ${tier.name} any more` : `its bytes in ${tier.name} are not the original's`
    if (reason !== null) bad++
    if (reason !== null) await ring.catalog.editAsset(facts.id, { cloud: { [tier.id]: 0 } }) // it is copied anew, if anybody still has it
    job.note({ path: facts.name, outcome: reason === null ? 'known' : 'refused', assetId: facts.id, copies: 0, reason })
    job.update({ filesDone: job.view.filesDone + 1 })
  }
  if (bad > 0) throw new CloudError(`${bad} of ${chosen.length} originals can not be had back from ${tier.name} as they were`)
}
