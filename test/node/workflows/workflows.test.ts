import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { JobView, StepReport, WorkflowDefinition } from '#protocols/http.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { RecordFields, RingRecord } from '#ring'
import { emitter } from '#ring/base/emitter.ts'
import { silentLog } from '#ring/base/log.ts'
import { createEventBus, type EventBus } from '../../../node/events/events.ts'
import { jobEvents } from '../../../node/events/sources/jobs.ts'
import { createJobJournal } from '../../../node/jobs/job-journal.ts'
import { createJobs, type Jobs } from '../../../node/jobs/jobs.ts'
import type { Actions } from '../../../node/workflows/actions.ts'
import { endedJob } from '../../../node/workflows/ended-job.ts'
import { createScheduler } from '../../../node/workflows/scheduler.ts'
import { createWorkflows, type Workflows, type WorkflowsComponents } from '../../../node/workflows/workflows.ts'
import { until } from '../../support/until.ts'

/** The workflow of the first README, word for word. */
const SEED: WorkflowDefinition = { workflow: [
  { action: 'sync_album', root: '/media/workspace', album: 'Project Alpha', category: 'edit', copy: true },
  { action: 'scan', root: '/media/incoming' },
  { action: 'backup', backup_root: '/media/archive' },
  { action: 'stats' }
] }

interface Context { records: Map<string, Record<string, unknown>>; alive: Set<string>; did: string[]; nodes: Array<{ jobs: Jobs; workflows: Workflows; bus: EventBus; actions: Actions }> }
const test = suite<Context>('workflows')

function actionsOf(did: string[], node: string): Actions {
  const scanned = { imported: 3, known: 1, refused: 0, state: 'done', id: 'j' } as JobView
  return {
    async checkScan(path) { if (path === '/etc') throw new Error(`${path} lies in no folder this node may read`) },
    async checkBackup(place) { if (place === '/media/away') throw new Error(`there is no ${place}: plug its disk in`) },
    async scan(path) { did.push(`${node} scan ${path}`); return scanned },
    async backup(place) { did.push(`${node} backup ${place}`); return { generation: 'g', copied: 2, skipped: 1, bytes: 9, missing: 0, dest: place } },
    async stats() { did.push(`${node} stats`); return { total_files: 4, total_size_bytes: 10, by_mime: [], by_batch: [] } },
    async syncAlbum({ album, root, category = '' }) { did.push(`${node} sync ${album}`); return { album, category, synced: 2, skipped: 0, dest: root } }
  }
}

/** Nodes of one ring, whose records are one map: as if they had always just synced. */
function nodesOf(context: Context, ...names: string[]): Context['nodes'] {
  const changed = emitter<string>()
  const recordOf = (id: string): RingRecord | undefined => context.records.has(id) ? { id, fields: { ...context.records.get(id) } } : undefined
  const records: WorkflowsComponents['ring']['catalog']['records'] = {
    list: () => [...context.records.keys()].sort().flatMap((id) => recordOf(id) ?? []),
    find: (_kind, id) => recordOf(id),
    async put(_kind, id, fields: RecordFields) {
      context.records.set(id, { ...context.records.get(id), ...structuredClone(fields) })
      return { copies: 1 }
    },
    remove: async (_kind, id) => context.records.delete(id),
    changed
  }
  context.alive = new Set(names)
  return names.map((name) => {
    const jobs = createJobs({ node: name, log: silentLog })
    const bus = createEventBus({ node: name })
    const actions = actionsOf(context.did, name)
    const ring = {
      self: name as unknown as PeerId, catalog: { records },
      placement: { ranking: () => names as unknown as PeerId[] } as never,
      membership: { isAlive: (peer: string) => context.alive.has(peer), alive: () => [...context.alive], members: () => names.map((peerId) => ({ peerId, name: peerId })) } as never
    }
    return { jobs, bus, actions, workflows: createWorkflows({ ring, jobs, actions, events: bus.events, log: silentLog }, { settleMs: 20 }) }
  })
}

test.before.each((context) => {
  Object.assign(context, { records: new Map(), did: [] })
  context.nodes = nodesOf(context, 'alder')
})
test.after.each(async ({ nodes }) => { for (const { workflows, jobs } of nodes) { await workflows.stop(); await jobs.stop() } })

const stepsOf = (job: JobView): string[] => ((job.report?.['steps'] ?? []) as StepReport[]).map(({ action, state }) => `${action} ${state}`)

test('the workflow of the first README runs as it is written there', async ({ nodes, did, }) => {
  const { workflows, jobs, actions } = nodes[0]!
  actions.scan = async (path) => { did.push(`alder scan ${path}`); return { imported: 3, known: 1, refused: 0, state: 'done', id: 'j' } as JobView }
  const there = { ...SEED, workflow: SEED.workflow.map((step) => step.action === 'scan' ? { ...step, root: tmpdir() } : step) } // a folder this machine has
  const job = await jobs.ended(workflows.runOnce(there, { trigger: 'a test' }).id)
  assert.equal(job.error, null)
  assert.deepEqual(stepsOf(job), ['sync_album done', 'scan done', 'backup done', 'stats done'])
  assert.deepEqual(did, ['alder sync Project Alpha', `alder scan ${tmpdir()}`, 'alder backup /media/archive', 'alder stats'])
  assert.deepEqual([job.filesDone, job.filesTotal], [4, 4])
})

test('what this node can not do, or is written wrongly, is said before anything is done', async ({ nodes, did }) => {
  const { workflows, actions } = nodes[0]!
  delete actions.syncAlbum
  assert.deepEqual(await workflows.check(SEED), [{ step: 1, message: 'this node does not know sync_album' }])
  assert.throws(() => workflows.runOnce(SEED, { trigger: 'a test' }), /step 1: this node does not know sync_album/)
  const problems = await workflows.check({ schedule: 'every night', on: 'card.eaten', workflow: [{ action: 'fly' }, { action: 'scan', rot: '/x' }, { action: 'backup', keep: 'all' }, { action: 'stats' }] })
  assert.deepEqual(problems.map(({ step }) => step), [null, null, 1, 2, 3])
  assert.match(problems[0]!.message, /write minute hour day month weekday/)
  assert.match(problems[1]!.message, /they are card.inserted/)
  assert.match(problems[2]!.message, /they are scan, import/)
  assert.match(problems[3]!.message, /no parameter "rot": it takes root/)
  await assert.rejects(workflows.check({ workflow: [] }), /this is no workflow/)
  await assert.rejects(workflows.check({ workflow: [{ action: 'stats' }], colour: 'red' }), /colour/)
  assert.match((await workflows.check({ workflow: [{ action: 'scan', root: '{event.path}' }] }))[0]!.message, /no event begins this workflow/)
  assert.deepEqual(did, [])
})

test('a step that fails says what to do, and the policy decides about the rest', async ({ nodes }) => {
  const { workflows, jobs } = nodes[0]!
  const steps = [{ action: 'scan', root: '/no/such/folder' }, { action: 'stats' }]
  const stopped = await jobs.ended(workflows.runOnce({ workflow: steps }, { trigger: 'a test' }).id)
  assert.deepEqual([stopped.state, ...stepsOf(stopped)], ['failed', 'scan failed', 'stats skipped'])
  assert.match(stopped.error ?? '', /step 1 \(scan\) failed: there is no \/no\/such\/folder on this node's machine: mount it, or correct the path/)
  const went = await jobs.ended(workflows.runOnce({ workflow: steps, on_error: 'continue' }, { trigger: 'a test' }).id)
  assert.deepEqual([went.state, ...stepsOf(went)], ['failed', 'scan failed', 'stats done'])
  const own = await jobs.ended(workflows.runOnce({ workflow: [{ ...steps[0]!, on_error: 'continue' }, steps[1]!] }, { trigger: 'a test' }).id)
  assert.deepEqual(stepsOf(own), ['scan failed', 'stats done'])
})

test('a check and a dry run say no to what the run would refuse', async ({ nodes, did }) => {
  const { workflows, jobs } = nodes[0]!
  const definition: WorkflowDefinition = { on_error: 'continue', workflow: [{ action: 'scan', root: '/etc' }, { action: 'backup', backup_root: '/media/away' }, { action: 'scan', root: tmpdir() }, { action: 'backup', backup_root: '/media/archive' }] }
  const said = ['/etc lies in no folder this node may read', 'there is no /media/away: plug its disk in']
  assert.deepEqual(await workflows.check(definition), said.map((message, i) => ({ step: i + 1, message })))
  assert.deepEqual(await workflows.check({ on: 'card.inserted', workflow: [{ action: 'scan', root: '{event.path}' }] }), [])
  for (const dryRun of [true, false]) {
    const job = await jobs.ended(workflows.runOnce(definition, { trigger: 'a test', dryRun }).id)
    assert.deepEqual(stepsOf(job), ['scan failed', 'backup failed', 'scan done', 'backup done'])
    for (const words of said) assert.ok(job.error?.includes(words), job.error ?? '')
  }
  assert.deepEqual(did, [`alder scan ${tmpdir()}`, 'alder backup /media/archive'])
})

test('a dry run checks every step and does none', async ({ nodes, did }) => {
  const { workflows, jobs } = nodes[0]!
  const job = await jobs.ended(workflows.runOnce({ dry_run: true, on_error: 'continue', workflow: [{ action: 'scan', root: tmpdir() }, { action: 'backup', backup_root: 'relative' }] }, { trigger: 'a test' }).id)
  assert.deepEqual(stepsOf(job), ['scan done', 'backup failed'])
  assert.match(((job.report?.['steps'] ?? []) as StepReport[])[0]!.message, /^would import/)
  assert.deepEqual(did, [])
})

test('a run that is tried again goes on with the first step that is not done, also after a restart', async ({ did }) => {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-workflow-'))
  const actions = actionsOf(did, 'alder')
  const work = actions.backup!
  actions.backup = async () => { throw new Error('the disk is away') }
  const open = async (): Promise<{ jobs: Jobs; workflows: Workflows }> => {
    const jobs = createJobs({ node: 'alder', log: silentLog, journal: createJobJournal({ folder, log: silentLog }) })
    const workflows = createWorkflows({ ring: { catalog: { records: { list: () => [] } } } as never, jobs, actions, events: createEventBus({ node: 'alder' }).events, log: silentLog })
    await jobs.start()
    return { jobs, workflows }
  }
  try {
    const first = await open()
    const { id } = first.workflows.runOnce({ workflow: [{ action: 'stats' }, { action: 'backup', backup_root: '/media/archive' }] }, { trigger: 'a test' })
    assert.equal((await first.jobs.ended(id)).state, 'failed')
    await first.jobs.stop()
    const second = await open()
    actions.backup = work
    second.jobs.retry(id)
    const job = await second.jobs.ended(id)
    assert.deepEqual([job.state, ...stepsOf(job)], ['done', 'stats done', 'backup done'])
    assert.deepEqual(did, ['alder stats', 'alder backup /media/archive'])
    await second.jobs.stop()
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('an event begins the workflows that name it, with its values in their steps', async ({ nodes, did }) => {
  const { workflows, jobs, bus } = nodes[0]!
  await workflows.put({ name: 'Card in', on: { event: 'card.inserted', where: { label: 'A001' } }, workflow: [{ action: 'backup', backup_root: '{event.path}/copy' }] }, 'a test')
  await workflows.put({ name: 'Off', enabled: false, on: 'card.*', workflow: [{ action: 'stats' }] }, 'a test')
  await workflows.start()
  bus.emit('card.inserted', { path: '/media/b', label: 'B002' })
  bus.emit('card.inserted', { path: '/media/a', label: 'A001' })
  bus.emit('card.removed', { path: '/media/a', label: 'A001' })
  await until(() => jobs.list().length === 1 && jobs.list()[0]?.endedMs, 'the run')
  assert.deepEqual(did, ['alder backup /media/a/copy'])
  assert.deepEqual([jobs.list()[0]?.report?.['trigger'], jobs.list()[0]?.report?.['workflow']], ['card.inserted', 'card-in'])
  bus.emit('card.inserted', { label: 'A001' })
  await until(() => jobs.list().find(({ error }) => /the event has no path: it has label, topic, node/.test(error ?? '')), 'a sentence about the value that is missing')
})

test('the end of a job that comes of a workflow does not begin that workflow again', async ({ nodes }) => {
  const { workflows, jobs, bus, actions } = nodes[0]!
  actions.scan = async (path, { signal }) => endedJob(jobs, jobs.submit({ kind: 'scan', title: path, async run() {} }).id, { ...(signal && { signal }) })
  const ends = jobEvents(jobs.changed, bus)
  ends.start()
  await workflows.put({ name: 'After', on: 'job.ended', workflow: [{ action: 'scan', root: tmpdir() }] }, 'a test')
  await workflows.put({ name: 'Then', on: { event: 'job.ended', where: { kind: 'scan' } }, workflow: [{ action: 'stats' }] }, 'a test')
  await workflows.start()
  jobs.submit({ kind: 'copy', title: 'x', async run() {} })
  await until(() => jobs.list().length >= 4 && jobs.list().every(({ endedMs }) => endedMs !== null), 'both ran')
  await new Promise(setImmediate)
  assert.deepEqual(jobs.list().map(({ title }) => title).sort(), [tmpdir(), 'After', 'Then', 'x'].sort())
  assert.deepEqual(jobs.list().map(({ workflows: of = [] }) => of.join()).sort(), ['', 'after', 'after', 'after,then'])
  ends.stop()
})

test('a schedule begins a workflow on one node of several, and on the next when that one is away', async (context) => {
  const nodes = context.nodes = nodesOf(context, 'alder', 'birch', 'cedar')
  await nodes[1]!.workflows.put({ name: 'Often', schedule: '* * * * * *', workflow: [{ action: 'stats' }] }, 'a test')
  assert.equal(nodes[2]!.workflows.find('often').runsOn, 'alder')
  for (const { workflows } of nodes) await workflows.start()
  await until(() => context.did.length >= 2, 'two runs')
  assert.deepEqual([...new Set(context.did)], ['alder stats'])
  context.alive.delete('alder')
  await nodes[0]!.workflows.stop()
  await until(() => context.did.includes('birch stats'), 'a run on the next node')
  assert.ok(!context.did.includes('cedar stats'))
})

test('of two nodes that both take themselves for the first, one begins a moment', async () => {
  const names = ['alder', 'birch']
  const views = new Map(names.map((name) => [name, { definition: { schedule: '* * * * * *' }, changedMs: 0 } as Record<string, unknown>]))
  const begun: Array<{ node: string; moment: unknown }> = []
  /** Of two claims to one moment every node keeps the same one, as a map that merges does. */
  const hear = (view: Record<string, unknown>, claimed: RecordFields): void => {
    if (Number(claimed['claimedMs']) > Number(view['claimedMs'] ?? 0) || (claimed['claimedMs'] === view['claimedMs'] && String(claimed['claimedBy']) > String(view['claimedBy']))) Object.assign(view, claimed)
  }
  const rivals = names.map((self) => createScheduler({
    self: self as unknown as PeerId, workflows: () => [{ id: 'once', fields: { ...views.get(self) } }], isMine: () => true, isAlone: () => false,
    async claim(_id, claimed) {
      for (const [name, view] of views) {
        if (name === self) hear(view, claimed)
        else setTimeout(() => hear(view, claimed), 100) // on its way
      }
    },
    begin: () => begun.push({ node: self, moment: views.get(self)?.['claimedMs'] }), log: silentLog
  }, { settleMs: 400 }))
  for (const rival of rivals) rival.start()
  await until(() => begun.length >= 3, 'three moments')
  for (const rival of rivals) await rival.stop()
  assert.equal(new Set(begun.map(({ moment }) => moment)).size, begun.length, JSON.stringify(begun))
})

test('workflows are kept, replaced and forgotten', async ({ nodes }) => {
  const { workflows } = nodes[0]!
  const { id } = await workflows.put({ name: 'Näht!', workflow: [{ action: 'stats' }] }, 'a test')
  assert.equal(id, 'na-ht')
  assert.notEqual((await workflows.put({ name: 'Näht!', workflow: [{ action: 'stats' }] }, 'a test')).id, id)
  await workflows.put({ workflow: [{ action: 'backup', backup_root: '/b' }] }, 'somebody', id)
  assert.deepEqual([workflows.find(id).definition.workflow[0]?.action, workflows.find(id).changedBy, workflows.list().length], ['backup', 'somebody', 2])
  await workflows.remove(id)
  assert.throws(() => workflows.find(id), /there is no workflow/)
  await assert.rejects(workflows.put({ name: 'x', workflow: [{ action: 'stats', note: 'y'.repeat(20_000) }] }, 'a test'), /longer than/)
})

test.run()
