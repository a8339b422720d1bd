import { randomUUID } from 'node:crypto'
import { NotFoundError, OverloadedError } from '#protocols/errors.ts'
import type { JobView, VerifyReport } from '#protocols/http.ts'
import type { AssetId, ChunkId } from '#protocols/ids.ts'
import type { Asset, Ring, RingFindings } from '#ring'
import { emitter, type Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Originals } from '../folders/originals.ts'

/** Verifications kept for looking back at. @default 100 */
export const MAX_VERIFY_JOBS = 100
/** Verifications that run at the same time. @default 2 */
export const MAX_RUNNING_VERIFIES = 2
/** Ids of lost chunks in a report. @default 100 */
export const MAX_LOST_SHOWN = 100
/** Chunks that the nodes are asked for at once when the catalog is compared with what they hold. @default 4096 */
export const CATALOG_BATCH = 4_096
/** A running job is told of at most this often, in ms. @default 250 */
export const VERIFY_PROGRESS_MS = 250

export interface VerifyJobsComponents {
  ring: Pick<Ring, 'verification' | 'membership' | 'localChunks' | 'blobs'> & { readonly catalog: Pick<Ring['catalog'], 'asset' | 'index'> }
  /** Bytes that are not in the ring. */
  originals: Pick<Originals, 'verify'>
  /** Name of this node, for the job's page. */
  node: string
  log: Logger
}

/** Readings of disks that people asked for. Jobs live in memory; what was mended stays mended. */
export interface VerifyJobs extends Startable {
  /** @throws NotFoundError, OverloadedError */
  asset(id: AssetId): Promise<JobView>
  /** Every disk, and whether all that the catalog names is held somewhere. @throws OverloadedError */
  everything(): JobView
  /** Newest first. */
  list(): JobView[]
  find(id: string): JobView | undefined
  readonly changed: Signal<JobView>
}

type Job = { -readonly [K in keyof JobView]: JobView[K] }

export function createVerifyJobs({ ring, originals, node, log }: VerifyJobsComponents): VerifyJobs {
  const jobs = new Map<string, Job>()
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()
  const changed = emitter<JobView>()

  async function run(job: Job, work: () => Promise<VerifyReport>): Promise<void> {
    const timer = setInterval(() => changed.emit({ ...job }), VERIFY_PROGRESS_MS)
    try {
      job.verify = await work()
      job.state = 'done'
    } catch (err) {
      job.state = 'failed'
      job.error = stopping.signal.aborted ? 'the node was stopped before all was verified: start it again' : err instanceof Error ? err.message : String(err)
      if (!stopping.signal.aborted) log.error('verifying %s failed - %s', job.title, err)
    } finally {
      clearInterval(timer)
      job.endedMs = Date.now()
      changed.emit({ ...job })
    }
  }

  function begin(title: string, total: { chunks: number; bytes: number }, work: (job: Job) => Promise<VerifyReport>): JobView {
    stopping.signal.throwIfAborted()
    if (running.size >= MAX_RUNNING_VERIFIES) throw new OverloadedError(`${MAX_RUNNING_VERIFIES} verifications are running: wait for one to end`)
    const job: Job = {
      id: randomUUID(), kind: 'verify', title, node, state: 'running', startedMs: Date.now(), endedMs: null,
      filesDone: 0, filesTotal: total.chunks, bytesDone: 0, bytesTotal: total.bytes, imported: 0, known: 0, refused: 0, results: [], error: null
    }
    jobs.set(job.id, job)
    for (const [id, { state }] of jobs) if (jobs.size > MAX_VERIFY_JOBS && state !== 'running') jobs.delete(id)
    const done: Promise<void> = run(job, () => work(job)).finally(() => running.delete(done))
    running.add(done)
    return { ...job }
  }

  const options = (job: Job): Parameters<Ring['verification']['everything']>[0] => ({
    signal: stopping.signal,
    onProgress: ({ chunks, bytes }) => {
      job.filesDone += chunks
      job.bytesDone += bytes
      job.filesTotal = Math.max(job.filesTotal, job.filesDone)
      job.bytesTotal = Math.max(job.bytesTotal, job.bytesDone)
    }
  })

  function reportOf({ nodes, lost }: RingFindings, alsoLost: readonly ChunkId[] = []): VerifyReport {
    const names = new Map(ring.membership.members().map(({ peerId, name }) => [peerId, name]))
    const all = [...new Set([...lost, ...alsoLost])]
    return {
      nodes: nodes.map(({ reason, ...found }) => ({ node: names.get(found.peerId) ?? found.peerId, ...found, reason: reason ?? null })),
      lost: all.length, lostChunks: all.slice(0, MAX_LOST_SHOWN)
    }
  }

  /** Chunks that the catalog's assets need and no live node holds. A manifest that can not be read is one. */
  async function unheld(): Promise<ChunkId[]> {
    const missing: ChunkId[] = []
    let batch: ChunkId[] = []
    const ask = async (): Promise<void> => {
      missing.push(...await ring.verification.unheld(batch, { signal: stopping.signal }))
      batch = []
    }
    for (const asset of everyAsset(ring.catalog.index)) {
      if (asset.facts.blob === undefined) continue // a file outside is read by who asks for that asset
      batch.push(asset.facts.blob, ...asset.poster === undefined ? [] : [asset.poster])
      const manifest = await ring.blobs.stat(asset.facts.blob, { signal: stopping.signal }).catch(() => { stopping.signal.throwIfAborted() })
      for (const chunk of manifest?.chunks ?? []) {
        batch.push(chunk)
        if (batch.length >= CATALOG_BATCH) await ask()
      }
    }
    await ask()
    return missing
  }

  /** Each file that stays where it is counts as one chunk. `lost`: 1 when none of them is good. */
  async function outside(asset: Asset, job: Job): Promise<VerifyReport> {
    const places = asset.locations.filter(({ file }) => file !== undefined)
    job.filesTotal = places.length
    const nodes: VerifyReport['nodes'] = []
    for (const place of places) {
      const found = await originals.verify(asset, place, { signal: stopping.signal })
      const name = ring.membership.members().find(({ peerId }) => peerId === place.node)?.name ?? place.node
      nodes.push({
        node: name, peerId: place.node, answered: found !== 'unreadable', reason: found === 'unreadable' ? `${place.path} can not be read` : null, chunks: 1, bytes: found === 'good' ? asset.facts.size : 0,
        good: Number(found === 'good'), damaged: Number(found === 'damaged'), missing: Number(found === 'unreadable'), healed: 0
      })
      job.filesDone++
    }
    return { nodes, lost: nodes.some(({ good }) => good > 0) ? 0 : 1, lostChunks: [] }
  }

  return {
    changed,
    start() {},
    async asset(id) {
      const asset = await ring.catalog.asset(id)
      if (asset === undefined || asset.deletedAtMs !== undefined) throw new NotFoundError('no such asset: it was never imported here, or it was deleted')
      return begin(asset.title === '' ? asset.facts.name : asset.title, { chunks: 0, bytes: 0 }, async (job) => {
        if (asset.facts.blob === undefined) return outside(asset, job)
        const blobs = [asset.facts.blob, ...asset.poster === undefined ? [] : [asset.poster]]
        const parts = await Promise.all(blobs.map((blob) => ring.blobs.stat(blob, { signal: stopping.signal }).catch(() => { stopping.signal.throwIfAborted() })))
        const ids = [...blobs, ...parts.flatMap((part) => part?.chunks ?? [])] // a manifest that is lost is reported as such
        job.filesTotal = ids.length * ring.membership.members().filter(({ alive }) => alive).length
        return reportOf(await ring.verification.chunks(ids, options(job)))
      })
    },
    everything() {
      const { chunks, usedBytes } = ring.localChunks.usage()
      const others = ring.membership.members().filter(({ alive, self }) => alive && !self)
      const total = {
        chunks: others.reduce((sum, { presence }) => sum + (presence?.chunks ?? 0), chunks),
        bytes: others.reduce((sum, { presence }) => sum + (presence?.usedBytes ?? 0), usedBytes)
      }
      return begin('everything', total, async (job) => reportOf(await ring.verification.everything(options(job)), await unheld()))
    },
    list: () => [...jobs.values()].reverse().map((job) => ({ ...job })),
    find(id) {
      const job = jobs.get(id)
      return job && { ...job }
    },
    async stop() {
      stopping.abort(new Error('the node is stopping'))
      await Promise.all(running)
    }
  }
}

function* everyAsset(index: Ring['catalog']['index']): Generator<Asset> {
  for (let cursor: string | undefined, more = true; more;) {
    const page = index.assets({ limit: 500, ...(cursor === undefined ? {} : { cursor }) })
    yield* page.assets
    cursor = page.cursor
    more = cursor !== undefined
  }
}
