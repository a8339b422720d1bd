import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { InvalidInputError } from '#protocols/errors.ts'
import { parseCameraId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import { backUp } from '../backup/back-up.ts'
import { localSource } from '../backup/local-source.ts'
import { checkTarget, openTarget } from '../backup/open-target.ts'
import { pruneBackup } from '../backup/prune-backup.ts'
import { assetView } from '../http/views.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Scans } from '../folders/scans.ts'
import type { VerifyJobs } from '../library/verify-jobs.ts'
import type { Recordings } from '../recording/recordings.ts'
import type { Actions } from './actions.ts'
import { send } from '../events/webhooks/send.ts'
import { endedJob } from './ended-job.ts'
import { createStatistics } from './statistics.ts'

export interface NodeActionsComponents {
  ring: Pick<Ring, 'id' | 'name' | 'chunks' | 'retention' | 'garbage'> & { readonly catalog: Pick<Ring['catalog'], 'index' | 'cameras' | 'copy' | 'policy' | 'records'> }
  jobs: Pick<Jobs, 'cancel' | 'find' | 'changed'>
  scans: Pick<Scans, 'check' | 'scan'>
  verifications: Pick<VerifyJobs, 'everything'>
  recordings: Pick<Recordings, 'cut' | 'open'>
  /** What other parts offer. @default nothing */
  more?: Partial<Actions>
}

/** What this node can do for workflows and old clients. */
export function createNodeActions({ ring, jobs, scans, verifications, recordings, more = {} }: NodeActionsComponents): Actions {
  const { catalog } = ring
  const stats = createStatistics(catalog.index, async () => await more.batches?.list() ?? [])
  return {
    checkScan: async (path) => { await scans.check(path) },
    checkBackup: checkTarget,
    beginScan: (path) => scans.scan(path),
    async scan(path, options) {
      return endedJob(jobs, (await scans.scan(path)).id, options)
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
    async verify(options) {
      options.onStep?.('the nodes read their disks')
      return endedJob(jobs, verifications.everything().id, { ...(options.signal && { signal: options.signal }) })
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
    async webhook(url, body, { signal, allowPrivate = false }) {
      const status = await send({ url, body: JSON.stringify(body), headers: {}, allowPrivate, signal })
      if (status < 200 || status >= 300) throw new InvalidInputError(`${new URL(url).origin} answered ${status}: see what it wants`) // what follows is often a secret
      return { status }
    },
    ...more
  }
}

const listOf = ({ assets, total, cursor }: ReturnType<Ring['catalog']['index']['assets']>) => ({ assets: assets.map((asset) => assetView(asset)), total, cursor: cursor ?? null })
