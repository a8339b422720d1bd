import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { NotFoundError, RefusedError } from '#protocols/errors.ts'
import type { JobView } from '#protocols/http.ts'
import { type AssetId, type ChunkId, parseAssetId } from '#protocols/ids.ts'
import { type Asset, type Ring, smallBlob } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import { limiter } from '#ring/base/tasks.ts'
import { createBlobDoor } from '../../derive/blob-door.ts'
import { lendOriginal } from '../../derive/lend-original.ts'
import { createDeriveProcesses, type DeriveOptions } from '../../derive/derive-process.ts'
import type { Originals } from '../../folders/originals.ts'
import type { JobHandle, Jobs, JobTask } from '../../jobs/jobs.ts'
import { demuxerOf } from '../../library/sniff.ts'
import { once } from '#ring/base/bytes.ts'
import { MOTION, type Motion, type MotionOptions } from './motion.ts'
import { encodeMotion, MAX_MOTION_BYTES, parseMotion } from './motion-file.ts'
import type { MotionMade, MotionOrder } from './motion-orders.ts'
import type { TrackNames } from './track-names.ts'

/** Pictures and clips that are taken out of films at once, for people who wait. @default 2 */
export const TAKEN_AT_ONCE = 2
/** Longest clip of a thing, in ms. @default 600000 */
export const MAX_CLIP_MS = 600_000

export interface MotionsComponents {
  readonly ring: Pick<Ring, 'blobs' | 'writing'> & { readonly catalog: Pick<Ring['catalog'], 'asset' | 'editAsset'> }
  readonly originals: Pick<Originals, 'read'>
  readonly jobs: Pick<Jobs, 'submit' | 'register' | 'find'>
  readonly names: TrackNames
}

/** What moves in assets: looked for when somebody asks, kept beside them as `motion@1`, the same for every node. */
export interface Motions extends Startable {
  /** A job that looks at them one after the other. @throws RefusedError for what is no film that is read here */
  submit(assets: readonly Asset[], options: MotionOptions): JobView
  /** Such a job of this node, and the assets it looks at. @throws NotFoundError */
  job(id: string): { readonly job: JobView; readonly assets: readonly string[] }
  /** What was found. @throws NotFoundError when nobody looked yet */
  read(asset: Asset): Promise<Motion>
  /** The picture of a moment as a JPEG. @throws RemoteError */
  picture(asset: Asset, atMs: number, signal: AbortSignal): Promise<Uint8Array>
  /** A stretch in a file, which is `use`'s until it settles: an MP4, or QuickTime where MP4 does not take what is in the film. @throws RemoteError */
  clip<T>(asset: Asset, stretch: { fromMs: number; toMs: number }, use: (path: string, mime: string) => Promise<T>, signal: AbortSignal): Promise<T>
}

export function createMotions({ ring: { blobs, catalog, writing }, originals, jobs, names }: MotionsComponents, { folder, program = new URL('./motion-child.ts', import.meta.url) }: { folder: string; program?: URL }): Motions {
  const door = createBlobDoor()
  const [searching, taking] = [createDeriveProcesses<MotionOrder, MotionMade>({ program }), createDeriveProcesses<MotionOrder, MotionMade>({ program })]
  const inTurn = limiter(TAKEN_AT_ONCE)

  function ask(processes: typeof searching, asset: Asset, order: Wish, options: DeriveOptions): Promise<MotionMade> {
    checkReadable(asset)
    return lendOriginal({ door, originals }, asset, (original) => processes.run({ ...original, ...order } as MotionOrder, options))
  }

  /** Answers why it could not be looked at, in words: the others are all the same. */
  async function lookAt(id: AssetId, options: MotionOptions, job: JobHandle): Promise<string | undefined> {
    const asset = await catalog.asset(id)
    const name = asset?.facts.name ?? id
    try {
      if (asset === undefined || asset.deletedAtMs !== undefined) throw new NotFoundError('it was deleted meanwhile')
      await lookFor(asset, options, job)
      job.note({ path: name, outcome: 'known', assetId: id, copies: 0, reason: null })
      return undefined
    } catch (err) {
      job.signal.throwIfAborted()
      const reason = err instanceof Error ? err.message : String(err)
      job.note({ path: name, outcome: 'refused', assetId: id, copies: 0, reason })
      return reason
    }
  }

  async function lookFor(asset: Asset, options: MotionOptions, job: JobHandle): Promise<void> {
    const doneBefore = job.view.bytesDone
    const { motion } = await ask(searching, asset, { make: 'motion', options }, { signal: job.signal, onProgress: (share) => job.update({ bytesDone: doneBefore + Math.round(share * asset.facts.size) }) })
    job.update({ step: `saying what moves in ${asset.facts.name}` })
    const named = await names.named(asset, motion!, { signal: job.signal })
    const written = writing() // until the catalog names it
    try {
      const { id: blob } = await blobs.put(once(encodeMotion(named)), { signal: job.signal })
      await catalog.editAsset(asset.facts.id, { made: { [MOTION]: blob } })
    } finally {
      written()
    }
    job.update({ bytesDone: doneBefore + asset.facts.size })
  }

  function taskOf({ assets, options, title, bytes }: Params): JobTask {
    return {
      kind: 'motion', title, params: { assets, options, title, bytes }, report: { assets },
      async run(job) {
        job.update({ filesTotal: assets.length, bytesTotal: bytes })
        const failed: string[] = []
        for (const id of assets) {
          await job.turn()
          job.update({ step: `looking at ${job.view.filesDone + 1} of ${assets.length}` })
          failed.push(...[await lookAt(parseAssetId(id), options, job)].filter((reason) => reason !== undefined))
          job.update({ filesDone: job.view.filesDone + 1 })
        }
        if (failed.length > 0) throw new Error(assets.length === 1 ? failed[0] : `${failed.length} of ${assets.length} films could not be looked at: ${failed[0]}`)
      }
    }
  }

  jobs.register('motion', (params) => taskOf(params as unknown as Params))

  return {
    ...lifecycle([{ async start() { await rm(folder, { recursive: true, force: true }); await mkdir(folder, { recursive: true }) }, stop() {} }, door, searching, taking]),
    submit(assets, options) {
      for (const asset of assets) checkReadable(asset)
      const [first] = assets
      return jobs.submit(taskOf({ assets: assets.map(({ facts }) => facts.id), options, title: `Motion in ${assets.length === 1 ? first!.title || first!.facts.name : `${assets.length} films`}`, bytes: assets.reduce((sum, { facts }) => sum + facts.size, 0) }))
    },
    job(id) {
      const job = jobs.find(id)
      if (job.kind !== 'motion') throw new NotFoundError('there is no such search for motion')
      const assets = job.report?.['assets']
      return { job, assets: Array.isArray(assets) ? assets.map(String) : [] }
    },
    async read(asset) {
      const blob = asset.made[MOTION]
      if (blob === undefined) throw new NotFoundError('nobody has looked for motion in this asset yet: POST …/motion does')
      return parseMotion(await bytesOf(blobs, blob))
    },
    picture: (asset, atMs, signal) => inTurn(async () => (await ask(taking, asset, { make: 'picture', atMs }, { signal })).picture!),
    clip: (asset, { fromMs, toMs }, use, signal) => inTurn(async () => {
      const place = await mkdtemp(join(folder, 'clip-'))
      try {
        const path = join(place, 'clip')
        const { mime } = await ask(taking, asset, { make: 'clip', fromMs, toMs: Math.min(toMs, fromMs + MAX_CLIP_MS), path }, { signal })
        return await use(path, mime!)
      } finally {
        await rm(place, { recursive: true, force: true })
      }
    })
  }
}

type Wish = { make: 'motion'; options: MotionOptions } | { make: 'picture'; atMs: number } | { make: 'clip'; fromMs: number; toMs: number; path: string }
interface Params { readonly assets: readonly string[]; readonly options: MotionOptions; readonly title: string; readonly bytes: number }

/** @throws RefusedError for what is no film that is read here */
function checkReadable({ facts: { kind, mime, name } }: Asset): void {
  if (kind !== 'video' || demuxerOf(mime) === undefined) throw new RefusedError(`${name} is no film that is read here: motion is looked for in films`)
}

async function bytesOf(blobs: Pick<Ring['blobs'], 'read' | 'stat'>, blob: ChunkId): Promise<Uint8Array> {
  const bytes = await smallBlob(blobs, blob, MAX_MOTION_BYTES)
  if (bytes === undefined) throw new NotFoundError('what is kept of the motion of this asset is larger than anything of its kind: it was not made by this program')
  return bytes
}
