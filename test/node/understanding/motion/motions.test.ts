import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { Asset } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { createJobs, type Jobs } from '../../../../node/jobs/jobs.ts'
import { MOTION, NO_AREAS } from '../../../../node/understanding/motion/motion.ts'
import { createMotions, type Motions } from '../../../../node/understanding/motion/motions.ts'

const test = suite<{ folder: string; jobs: Jobs; motions: Motions; known: Map<string, Asset>; made: string[] }>('jobs that look for motion')

const idOf = (number: number): string => String(number).repeat(64)
/** On its side, which the child takes for damage. */
const lay = ({ facts: { probe } }: Asset): unknown => Object.assign(probe, { rotation: 90 })
const OPTIONS = { ...NO_AREAS, features: false }

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'thatdam-motions-'))
  const jobs = context.jobs = createJobs({ node: 'alder', log: silentLog })
  const known = context.known = new Map([1, 2, 3].map((number) => [idOf(number), { facts: { id: idOf(number), name: `film-${number}.mp4`, kind: 'video', mime: 'video/mp4', size: 100, probe: { durationMs: 1_000 } }, title: '', made: {} } as unknown as Asset]))
  const made: string[] = context.made = []
  const ring = {
    writing: () => () => {}, blobs: { put: async () => ({ id: 'blob' }) },
    catalog: { asset: async (id: string) => known.get(id), async editAsset(id: string, edit: { made: Record<string, string> }) { if (edit.made[MOTION] === 'blob') made.push(id) } }
  }
  const names = { named: async (_asset: Asset, motion: unknown) => motion }
  context.motions = createMotions({ ring, originals: { read: () => assert.fail('nobody reads') }, jobs, names } as never, { folder: join(context.folder, 'clips'), program: new URL('odd-motion-child.ts', import.meta.url) })
  await context.motions.start()
})
test.after.each(async ({ folder, jobs, motions }) => {
  await jobs.stop()
  await motions.stop()
  await rm(folder, { recursive: true, force: true })
})

test('a film that is damaged, and one that was deleted meanwhile, do not keep the others from being looked at; the job says which and why', async ({ jobs, motions, known, made }) => {
  const films = [...known.values()]
  lay(films[0]!)
  const job = motions.submit(films, OPTIONS)
  known.delete(idOf(2))
  const { state, error, filesDone, results } = await jobs.ended(job.id)
  assert.deepEqual([state, error, filesDone], ['failed', '2 of 3 films could not be looked at: none of its pictures decode', 3])
  assert.deepEqual(results.map(({ path, outcome, reason }) => [path, outcome, reason]), [['film-1.mp4', 'refused', 'none of its pictures decode'], [idOf(2), 'refused', 'it was deleted meanwhile'], ['film-3.mp4', 'known', null]])
  assert.deepEqual(made, [idOf(3)])
})

test('of one film the job says what it says', async ({ jobs, motions, known }) => {
  const film = known.get(idOf(1))!
  lay(film)
  assert.equal((await jobs.ended(motions.submit([film], OPTIONS).id)).error, 'none of its pictures decode')
})

test.run()
