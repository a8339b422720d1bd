import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { JobView } from '#protocols/http.ts'
import { parseAssetId } from '#protocols/ids.ts'
import type { Asset, RingRecord } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { type CloudComponents, createCloud } from '../../../node/cloud/cloud.ts'
import { createJobJournal } from '../../../node/jobs/job-journal.ts'
import { createJobs, type Jobs } from '../../../node/jobs/jobs.ts'
import { createSyncs, type SyncsComponents } from '../../../node/organise/sync/syncs.ts'
import type { Person } from '../../../node/organise/person.ts'
import { createXmpJobs } from '../../../node/organise/xmp/xmp-jobs.ts'
import { createImportBatches, type ImportBatchesComponents } from '../../../node/workflows/import-batches.ts'

interface Context { dir: string; did: string[] }
const test = suite<Context>('jobs that the end of a node cut short')

const ID = parseAssetId('a'.repeat(64))
const asset = { facts: { id: ID, name: 'one.mov', size: 3, blob: 'b' }, cloud: {}, albums: [], away: false, deletedAtMs: undefined } as unknown as Asset
const bytes = async function* (): AsyncGenerator<Uint8Array> { yield Buffer.from('abc') }
/** What a part of the node lets people begin, made of the jobs of one run of it. */
type Part = (jobs: Jobs, context: Context) => () => Promise<JobView | undefined> | JobView | undefined

function cloudOf(jobs: Jobs, { did }: Context): ReturnType<typeof createCloud> {
  const tier: RingRecord = { id: 't', fields: { name: 'Offsite', place: 's3://first/films', mode: 'copy' } }
  const ring = {
    catalog: { records: { list: () => [tier] }, index: { assets: () => { did.push('looked'); return { assets: [], total: 0 } } }, asset: async () => asset, editAsset: async () => { did.push('is back') } },
    blobs: { put: async () => ({ id: 'b' }) }
  }
  return createCloud({ ring, originals: { read: bytes }, jobs, log: silentLog } as unknown as CloudComponents)
}

const PARTS: Readonly<Record<string, { part: Part; did: readonly string[] }>> = {
  cloud: { part: (jobs, context) => { const cloud = cloudOf(jobs, context); return () => cloud.run('Offsite') }, did: ['looked'] },
  drill: { part: (jobs, context) => { const cloud = cloudOf(jobs, context); return () => cloud.drill('Offsite', 0.5) }, did: ['looked'] },
  recall: { part: (jobs, context) => { const cloud = cloudOf(jobs, context); return () => cloud.recall(ID) }, did: ['is back'] },
  import: {
    part: (jobs, { did }) => {
      const scan = async (place: string, { batch: { id, name } }: { batch: { id: string; name: string } }): Promise<JobView> => { did.push(`${place} of ${name}, ${id.length}`); return jobs.submit({ kind: 'scan', title: place, async run() {} }) }
      const batches = createImportBatches({ jobs, folders: { holding: async () => {} }, scans: { scan } } as unknown as ImportBatchesComponents)
      return async () => { await batches.add({ name: 'day1', paths: ['/media/a', '/media/b'] }); return jobs.list()[0] }
    },
    did: ['/media/a of day1, 36', '/media/b of day1, 36']
  },
  xmp: {
    part: (jobs, { did }) => {
      const xmp = createXmpJobs({ jobs, selected: { async *assets(selection: unknown) { did.push(JSON.stringify(selection)); yield asset } } as never, edits: { series: (who: Person) => { did.push(who.name) } } as never, sidecars: { read: async () => ({ outcome: 'written', path: 'x', reason: null }) } as never })
      return () => xmp.read({ kind: 'user', id: 'u1', name: 'somebody' }, { ids: [ID] }, true)
    },
    did: ['somebody', JSON.stringify({ ids: [ID] })]
  },
  sync_album: {
    part: (jobs, { did, dir }) => {
      const syncs = createSyncs({ ring: { self: 'alder', catalog: { records: { put: async () => {} }, unindexed: () => 0 } }, jobs, albums: { find: () => ({ name: 'Alpha' }) }, selected: { async *assets() { yield* []; did.push('looked') } } } as unknown as SyncsComponents, { data: join(dir, 'data') })
      return () => syncs.sync('alpha', { folder: join(dir, 'out') })
    },
    did: ['looked']
  }
}

test.before.each(async (context) => { Object.assign(context, { dir: await mkdtemp(join(tmpdir(), 'thatdam-again-')), did: [] }) })
test.after.each(({ dir }) => rm(dir, { recursive: true }))

async function runOf(context: Context, folder: string, part: Part): Promise<{ jobs: Jobs; begin: ReturnType<Part> }> {
  const jobs = createJobs({ node: 'alder', log: silentLog, journal: createJobJournal({ folder, log: silentLog }) })
  const begin = part(jobs, context)
  await jobs.start()
  return { jobs, begin }
}

/** What the journal of the first run said when its jobs had begun is what the second finds. */
async function cutShort(dir: string): Promise<void> {
  const lines = (await readFile(join(dir, 'first', 'history.jsonl'), 'utf8')).split('\n')
  await mkdir(join(dir, 'second'))
  await writeFile(join(dir, 'second', 'history.jsonl'), lines.filter((line) => line.includes('"state":"running"')).join('\n'))
}

for (const [kind, { part, did }] of Object.entries(PARTS)) {
  test(`${kind} is tried again by the next run of the node`, async (context) => {
    const first = await runOf(context, join(context.dir, 'first'), part)
    const job = await first.begin()
    await first.jobs.ended(job!.id)
    await first.jobs.stop()
    await cutShort(context.dir)
    context.did.length = 0
    const { jobs } = await runOf(context, join(context.dir, 'second'), part)
    assert.deepEqual([jobs.find(job!.id).state, jobs.find(job!.id).retryable], ['interrupted', true])
    jobs.retry(job!.id)
    const { state, error, title } = await jobs.ended(job!.id)
    assert.deepEqual([state, error, title, context.did], ['done', null, job!.title, did])
    await jobs.stop()
  })
}

test.run()
