import { NotFoundError, OriginalUnavailableError, RefusedError } from '#protocols/errors.ts'
import type { JobView } from '#protocols/http.ts'
import { type AssetId, parseAssetId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import { counted } from '../jobs/counted.ts'
import type { JobHandle, Jobs, JobTask } from '../jobs/jobs.ts'
import type { Originals } from './originals.ts'

export interface CopiesComponents {
  readonly ring: Pick<Ring, 'blobs' | 'writing'> & { readonly catalog: Pick<Ring['catalog'], 'asset' | 'addAsset'> }
  readonly originals: Pick<Originals, 'read'>
  readonly jobs: Pick<Jobs, 'submit' | 'register'>
}

/** Bytes that stay in files, on their way into the ring. */
export interface Copies {
  /** @throws NotFoundError, RefusedError when they are in the ring already */
  copy(id: AssetId): Promise<JobView>
}

export function createCopies({ ring, originals, jobs }: CopiesComponents): Copies {
  const { blobs, catalog } = ring

  async function run(id: AssetId, job: JobHandle): Promise<void> {
    const asset = await catalog.asset(id)
    const [location] = asset?.locations ?? []
    if (asset === undefined || location === undefined) throw new OriginalUnavailableError('its file is not where it was')
    job.update({ filesTotal: 1, bytesTotal: asset.facts.size })
    const written = ring.writing() // until the catalog names what is stored
    try {
      const blob = await blobs.put(counted(originals.read(asset, {}, { signal: job.signal }), job), { signal: job.signal })
      if (blob.sha256 !== id) throw new OriginalUnavailableError('the file has other bytes than those that were scanned: scan its folder again')
      await catalog.addAsset({ ...asset.facts, blob: blob.id }, { node: location.node, path: location.path })
      job.update({ filesDone: 1 })
      job.note({ path: location.path, outcome: 'imported', assetId: id, copies: blob.copies, reason: null })
    } finally {
      written()
    }
  }

  const taskOf = (id: AssetId, title: string): JobTask => ({ kind: KIND, title, params: { asset: id, title }, run: (job) => run(id, job) })
  jobs.register(KIND, ({ asset, title }) => taskOf(parseAssetId(String(asset)), String(title)))

  return {
    async copy(id) {
      const asset = await catalog.asset(id)
      if (asset === undefined || asset.deletedAtMs !== undefined) throw new NotFoundError('no such asset: it was never imported here, or it was deleted')
      if (asset.facts.blob !== undefined) throw new RefusedError('its bytes are in the ring already')
      return jobs.submit(taskOf(id, asset.title || asset.facts.name))
    }
  }
}

const KIND = 'copy'
