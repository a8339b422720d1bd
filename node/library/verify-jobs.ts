import { NotFoundError, OverloadedError } from '#protocols/errors.ts'
import type { JobView, VerifyReport } from '#protocols/http.ts'
import { type AssetId, type ChunkId, parseAssetId } from '#protocols/ids.ts'
import { type Asset, chunksUnder, everyAssetInTurns, type Ring, type RingFindings } from '#ring'
import type { Originals } from '../folders/originals.ts'
import type { JobHandle, Jobs, JobTask } from '../jobs/jobs.ts'

/** Verifications that run at the same time. @default 2 */
export const MAX_RUNNING_VERIFIES = 2
/** Ids of lost chunks in a report. @default 100 */
export const MAX_LOST_SHOWN = 100
/** Chunks that the nodes are asked for at once when the catalog is compared with what they hold. @default 4096 */
export const CATALOG_BATCH = 4_096

export interface VerifyJobsComponents {
  ring: Pick<Ring, 'verification' | 'membership' | 'localChunks' | 'blobs'> & { readonly chunks: Pick<Ring['chunks'], 'get'>; readonly catalog: Pick<Ring['catalog'], 'asset' | 'index'> }
  /** Bytes that are not in the ring. */
  originals: Pick<Originals, 'verify'>
  jobs: Pick<Jobs, 'submit' | 'list' | 'register'>
}

/** Readings of disks that people asked for, as jobs of kind `verify`; what was mended stays mended. */
export interface VerifyJobs {
  /** @throws NotFoundError, OverloadedError */
  asset(id: AssetId): Promise<JobView>
  /** Every disk, and whether all that the catalog names is held somewhere. @throws OverloadedError */
  everything(): JobView
}

export function createVerifyJobs({ ring, originals, jobs }: VerifyJobsComponents): VerifyJobs {
  jobs.register(KIND, ({ asset }) => typeof asset === 'string' ? assetTask(parseAssetId(asset), asset.slice(0, 12)) : everythingTask())

  function begin(task: JobTask): JobView {
    const running = jobs.list().filter(({ kind, endedMs }) => kind === KIND && endedMs === null).length
    if (running >= MAX_RUNNING_VERIFIES) throw new OverloadedError(`${MAX_RUNNING_VERIFIES} verifications are running: wait for one to end`)
    return jobs.submit(task)
  }

  const options = (job: JobHandle): Parameters<Ring['verification']['everything']>[0] => ({
    signal: job.signal,
    turn: () => job.turn(),
    onProgress: ({ chunks, bytes }) => {
      const [filesDone, bytesDone] = [job.view.filesDone + chunks, job.view.bytesDone + bytes]
      job.update({ filesDone, bytesDone, filesTotal: Math.max(job.view.filesTotal, filesDone), bytesTotal: Math.max(job.view.bytesTotal, bytesDone) })
    }
  })

  function reportOf({ nodes, lost }: RingFindings, away: number, alsoLost: readonly ChunkId[] = []): VerifyReport {
    const names = new Map(ring.membership.members().map(({ peerId, name }) => [peerId, name]))
    const all = [...new Set([...lost, ...alsoLost])]
    return {
      nodes: nodes.map(({ reason, ...found }) => ({ node: names.get(found.peerId) ?? found.peerId, ...found, reason: reason ?? null })),
      lost: all.length, lostChunks: all.slice(0, MAX_LOST_SHOWN), ...(away > 0 && { away })
    }
  }

  /** What the ring is to hold beneath a manifest; nothing beneath one that can not be read, which is reported itself. */
  async function beneath(blob: ChunkId, isAway: boolean, signal: AbortSignal): Promise<readonly ChunkId[]> {
    const lists: ChunkId[] = []
    try {
      if (!isAway) return (await ring.blobs.stat(blob, { signal })).chunks
      for await (const { id } of chunksUnder({ kind: 'lists', id: blob }, (id) => ring.chunks.get(id, { signal }))) lists.push(id)
    } catch {
      signal.throwIfAborted()
    }
    return lists.slice(1)
  }

  /** Chunks that the catalog's assets need and no live node holds. A manifest that can not be read is one. `away`: originals whose bytes no node is to hold. */
  async function unheld({ signal, turn }: Pick<JobHandle, 'signal' | 'turn'>): Promise<{ missing: ChunkId[]; away: number }> {
    const missing: ChunkId[] = []
    let away = 0
    let batch: ChunkId[] = []
    const ask = async (): Promise<void> => {
      missing.push(...await ring.verification.unheld(batch, { signal }))
      batch = []
    }
    for await (const asset of everyAssetInTurns(ring.catalog.index)) {
      await turn()
      if (asset.facts.blob === undefined) continue // a file outside is read by who asks for that asset
      batch.push(asset.facts.blob, ...asset.poster === undefined ? [] : [asset.poster])
      if (asset.away) away++
      for (const chunk of await beneath(asset.facts.blob, asset.away, signal)) {
        batch.push(chunk)
        if (batch.length >= CATALOG_BATCH) await ask()
      }
    }
    await ask()
    return { missing, away }
  }

  async function find(id: AssetId): Promise<Asset> {
    const asset = await ring.catalog.asset(id)
    if (asset === undefined || asset.deletedAtMs !== undefined) throw new NotFoundError('no such asset: it was never imported here, or it was deleted')
    return asset
  }

  /** Each file that stays where it is counts as one chunk. `lost`: 1 when none of them is good. */
  async function outside(asset: Asset, job: JobHandle): Promise<VerifyReport> {
    const places = asset.locations.filter(({ file }) => file !== undefined)
    job.update({ filesTotal: places.length })
    const nodes: VerifyReport['nodes'] = []
    for (const place of places) {
      await job.turn()
      const found = await originals.verify(asset, place, { signal: job.signal })
      const name = ring.membership.members().find(({ peerId }) => peerId === place.node)?.name ?? place.node
      nodes.push({
        node: name, peerId: place.node, answered: found !== 'unreadable', reason: found === 'unreadable' ? `${place.path} can not be read` : null, chunks: 1, bytes: found === 'good' ? asset.facts.size : 0,
        good: Number(found === 'good'), damaged: Number(found === 'damaged'), missing: Number(found === 'unreadable'), healed: 0
      })
      job.update({ filesDone: job.view.filesDone + 1 })
    }
    return { nodes, lost: nodes.some(({ good }) => good > 0) ? 0 : 1, lostChunks: [] }
  }

  function assetTask(id: AssetId, title: string): JobTask {
    return {
      kind: KIND, title, params: { asset: id },
      async run(job) {
        const asset = await find(id)
        const { facts, poster } = asset
        if (facts.blob === undefined) return job.update({ verify: await outside(asset, job) })
        const blobs = [facts.blob, ...poster === undefined ? [] : [poster]]
        const parts = await Promise.all(blobs.map((blob, i) => beneath(blob, asset.away && i === 0, job.signal)))
        const ids = [...blobs, ...parts.flat()]
        job.update({ filesTotal: ids.length * ring.membership.members().filter(({ alive }) => alive).length })
        job.update({ verify: reportOf(await ring.verification.chunks(ids, options(job)), Number(asset.away)) })
      }
    }
  }

  function everythingTask(): JobTask {
    return {
      kind: KIND, title: 'everything', params: {},
      async run(job) {
        job.update(amount())
        const found = await ring.verification.everything(options(job))
        const { missing, away } = await unheld(job)
        job.update({ verify: reportOf(found, away, missing) })
      }
    }
  }

  /** What there is to read on all live nodes. */
  function amount(): { filesTotal: number; bytesTotal: number } {
    const { chunks, usedBytes } = ring.localChunks.usage()
    const others = ring.membership.members().filter(({ alive, self }) => alive && !self)
    return {
      filesTotal: others.reduce((sum, { presence }) => sum + (presence?.chunks ?? 0), chunks),
      bytesTotal: others.reduce((sum, { presence }) => sum + (presence?.usedBytes ?? 0), usedBytes)
    }
  }

  return {
    async asset(id) {
      const { title, facts } = await find(id)
      return begin(assetTask(id, title === '' ? facts.name : title))
    },
    everything: () => begin(everythingTask())
  }
}

const KIND = 'verify'
