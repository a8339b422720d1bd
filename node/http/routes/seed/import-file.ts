import { realpath } from 'node:fs/promises'
import { InvalidInputError, UnsupportedActionError } from '#protocols/errors.ts'
import type { JobView } from '#protocols/http.ts'
import { parseAssetId } from '#protocols/ids.ts'
import { type Asset, stemTrait } from '#ring'
import { SEED_WAIT_MS } from './library.ts'
import type { SeedComponents } from './seed-components.ts'

/** Files whose names differ in their endings only, that are looked through for one that was in before. @default 200 */
const MAX_NAMESAKES = 200

/** The asset of a file of a folder this node may read, imported when it was not; a job when that takes longer than an answer is waited for. @throws InvalidInputError when it is none */
export async function importFile(path: string, { actions, jobs, catalog: { index }, self }: Pick<SeedComponents, 'actions' | 'jobs' | 'catalog' | 'self'>): Promise<Asset | { readonly job: string }> {
  if (actions.beginScan === undefined) throw new UnsupportedActionError('this node does not know scan')
  const { id } = await actions.beginScan(path)
  const job = await endedSoon(id)
  return job === undefined ? { job: id } : await ofJob(job)

  async function endedSoon(id: string): Promise<JobView | undefined> {
    const late = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => late.resolve(undefined), SEED_WAIT_MS)
    return Promise.race([jobs.ended(id), late.promise]).finally(() => clearTimeout(timer))
  }

  async function ofJob({ results, error }: JobView): Promise<Asset> {
    const asset = results.flatMap(({ assetId }) => assetId === null ? [] : index.asset(parseAssetId(assetId)) ?? [])[0] ?? await lyingAt()
    if (asset !== undefined) return asset
    const refused = results.find(({ outcome }) => outcome === 'refused')
    throw new InvalidInputError(`${path} is not in: ${refused?.reason ?? error ?? 'it holds no video, sound or picture'}`)
  }

  /** A file that was in before is in no result. */
  async function lyingAt(): Promise<Asset | undefined> {
    const real = await realpath(path)
    return index.sharing(stemTrait(self, real), MAX_NAMESAKES).find(({ locations }) => locations.some((at) => at.node === self && at.path === real))
  }
}
