import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { InvalidInputError } from '#protocols/errors.ts'
import type { JobView } from '#protocols/http.ts'
import { type AssetId, parseAssetId, parseCameraId } from '#protocols/ids.ts'
import type { AssetQuery, Ring } from '#ring'
import type { Signal } from '#ring/base/emitter.ts'
import { backUp } from '../backup/back-up.ts'
import { localSource } from '../backup/local-source.ts'
import { openTarget } from '../backup/open-target.ts'
import { pruneBackup } from '../backup/prune-backup.ts'
import { assetView } from '../http/views.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Scans } from '../folders/scans.ts'
import type { VerifyJobs } from '../library/verify-jobs.ts'
import type { Recordings } from '../recording/recordings.ts'
import type { ActionOptions, Actions } from './actions.ts'
import { send } from '../events/webhooks/send.ts'
import { createFolderBatches } from './folder-batches.ts'
import { createStatistics } from './statistics.ts'

/** Assets one bulk edit may change. @default 100000 */
export const MAX_BULK_ASSETS = 100_000

export interface NodeActionsComponents {
  ring: Pick<Ring, 'id' | 'name' | 'chunks' | 'retention' | 'garbage'> & { readonly catalog: Pick<Ring['catalog'], 'index' | 'editAsset' | 'cameras' | 'copy' | 'policy' | 'records'> }
  jobs: Pick<Jobs, 'ended' | 'cancel' | 'find' | 'changed'>
  scans: Pick<Scans, 'scan'>
  verifications: Pick<VerifyJobs, 'everything'>
  recordings: Pick<Recordings, 'cut' | 'open'>
  /** What others add. @default nothing */
  more?: Partial<Actions>
}

/** What this node can do for workflows and old clients. */
export function createNodeActions({ ring, jobs, scans, verifications, recordings, more = {} }: NodeActionsComponents): Actions {
  const { catalog } = ring
  const stats = createStatistics(catalog.index)
  return {
    batches: createFolderBatches(catalog.index, { stats, beginScan: scans.scan }),
    beginScan: scans.scan,
    async scan(path, options) {
      const { id } = await scans.scan(path)
      return whenEnded(() => jobs.find(id), jobs.changed, options)
    },
    async backup(place, { signal, onStep, keep }) {
      const target = await openTarget(place)
      const { generation, counts, missing } = await backUp({ source: localSource(ring, signal), target }, { onProgress: ({ done, total, copied }) => onStep?.(`${done} of ${total} parts of the catalog, ${copied} objects copied`) })
      if (keep !== undefined) await pruneBackup(target, { keep })
      return { generation, copied: counts.copied, skipped: counts.present, bytes: counts.copiedBytes, missing: missing.length, dest: place }
    },
    stats,
    recent: (limit) => listOf(catalog.index.assets({ limit })),
    search: ({ text, kind, limit }) => listOf(catalog.index.assets({ limit, ...(text.trim() !== '' && { text }), ...(kind && { kind }) })),
    async verify({ signal, onStep }) {
      const { id } = verifications.everything()
      onStep?.('the nodes read their disks')
      const cancel = (): void => { if (jobs.find(id).endedMs === null) jobs.cancel(id) }
      signal?.addEventListener('abort', cancel, { once: true })
      return jobs.ended(id).finally(() => signal?.removeEventListener('abort', cancel))
    },
    async retention({ signal, dryRun }) {
      const { hours, waiting } = await ring.retention.run({ dryRun, ...(signal && { signal }) })
      return { hours: hours.length, bytes: hours.reduce((sum, { bytes }) => sum + bytes, 0), waiting }
    },
    async garbage({ signal, dryRun }) {
      const { unneeded, freed, waiting } = await ring.garbage.run({ dryRun, ...(signal && { signal }) })
      return { ...(dryRun ? unneeded : freed), waiting }
    },
    async exportRange({ camera, fromMs, toMs, file, cut }, { signal }) {
      const range = await (cut === 'parts' ? recordings.open(parseCameraId(camera), fromMs, toMs) : recordings.cut(parseCameraId(camera), fromMs, toMs, cut))
      const part = `${file}.part`
      try {
        await pipeline(Readable.from(range.read(0, range.size, signal)), createWriteStream(part, { flags: 'wx' }), { signal })
        await rename(part, file)
      } finally {
        await rm(part, { force: true })
      }
      return { bytes: range.size, startMs: range.startMs, durationMs: range.durationMs }
    },
    async edit({ ids, query }, { add_tags, remove_tags, ...change }, { signal, dryRun }) {
      const chosen = [...new Set([...(ids ?? []).map(parseAssetId), ...query === undefined ? [] : everyMatch(catalog.index, { text: query })])]
      if (chosen.length > MAX_BULK_ASSETS) throw new InvalidInputError(`${chosen.length} assets are meant, at most ${MAX_BULK_ASSETS} are changed at once: narrow the search`)
      if (dryRun) return chosen.length
      for (const id of chosen) {
        signal?.throwIfAborted()
        await catalog.editAsset(id, { ...change, ...(add_tags && { addTags: add_tags }), ...(remove_tags && { removeTags: remove_tags }) })
      }
      return chosen.length
    },
    async webhook(url, body, { signal, allowPrivate = false }) {
      const status = await send({ url, body: JSON.stringify(body), headers: {}, allowPrivate, signal })
      if (status < 200 || status >= 300) throw new InvalidInputError(`${url} answered ${status}: see what it wants`)
      return { status }
    },
    ...more
  }
}

const listOf = ({ assets, total, cursor }: ReturnType<Ring['catalog']['index']['assets']>) => ({ assets: assets.map((asset) => assetView(asset)), total, cursor: cursor ?? null })

/** Resolves when the job has ended, however. */
function whenEnded(look: () => JobView, changed: Signal<JobView>, { signal, onStep }: ActionOptions): Promise<JobView> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      leave()
      signal?.removeEventListener('abort', abort)
    }
    const abort = (): void => {
      end()
      reject(signal?.reason)
    }
    const see = (): void => {
      const job = look()
      onStep?.(`${job.filesDone} of ${job.filesTotal} files`)
      if (job.endedMs === null) return
      end()
      resolve(job)
    }
    const leave = changed.on(({ id }) => { if (id === look().id) see() })
    signal?.addEventListener('abort', abort, { once: true })
    see()
  })
}

function everyMatch(index: Ring['catalog']['index'], query: AssetQuery): AssetId[] {
  const found: AssetId[] = []
  for (let cursor: string | undefined, more = true; more && found.length <= MAX_BULK_ASSETS;) {
    const page = index.assets({ ...query, limit: 500, ...(cursor !== undefined && { cursor }) })
    found.push(...page.assets.map(({ facts }) => facts.id))
    cursor = page.cursor
    more = cursor !== undefined
  }
  return found
}
