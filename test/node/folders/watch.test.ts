import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../../support/until.ts'
import { createFolderRig, type FolderRig } from './folder-rig.ts'

interface Context { rig: FolderRig }
const test = suite<Context>('watched folders')

/** A look at everything comes at the start only: what is found was told by the system. */
test.before.each(async (context) => { context.rig = await createFolderRig({ settleMs: 100, everyMs: 3_600_000 }) })
test.after.each(({ rig }) => rig.stop())

const isWatched = (rig: FolderRig, id: string): Promise<unknown> => until(() => /changes are noticed at once/.test(rig.parts.watch.words(id) ?? ''), 'it is watched')

test('what is put into a watched folder is taken, in new folders too, and what is deleted is missing', async ({ rig }) => {
  await writeFile(join(rig.media, 'before.mov'), 'before')
  const { id } = await rig.add({ mode: 'reference', watch: true })
  await isWatched(rig, id)
  assert.ok(rig.asset('before.mov'))
  await mkdir(join(rig.media, 'day 1/card a'), { recursive: true })
  await writeFile(join(rig.media, 'day 1/card a/deep.mov'), 'deep')
  const deep = await until(() => rig.asset('deep.mov'), 'a file in a new folder')
  assert.is(rig.jobs.list().length, 2, 'a job for each time that something was new')
  await until(() => rig.jobs.list().every(({ endedMs }) => endedMs !== null), 'it is through')
  await rename(join(rig.media, 'day 1/card a/deep.mov'), join(rig.media, 'shallow.mov'))
  await until(() => rig.places(deep.facts.id)['shallow.mov'] === 'there' && Object.keys(rig.places(deep.facts.id)).length === 1, 'it was moved')
  await rm(join(rig.media, 'shallow.mov'))
  await until(() => rig.places(deep.facts.id)['shallow.mov'] === 'missing', 'it is missing')
})

test('a file that is still being written is left until it rests', async ({ rig }) => {
  const { id } = await rig.add({ mode: 'reference', watch: true })
  await isWatched(rig, id)
  const path = join(rig.media, 'growing.mov')
  for (let i = 0; i < 20; i++) {
    await appendFile(path, `part ${i} `)
    await sleep(25) // a writer that is slower than a look, and faster than it takes to settle
  }
  const asset = await until(() => rig.asset('growing.mov'), 'it is taken')
  assert.is(asset.facts.size, Buffer.byteLength(Array.from({ length: 20 }, (_, i) => `part ${i} `).join('')))
  assert.is([...rig.library.assets.values()].length, 1, 'no part of it was taken before')
})

test('a folder is watched when its settings say so, and not any more when they do not', async ({ rig }) => {
  const { id } = await rig.add({ mode: 'reference' })
  assert.is(rig.parts.watch.words(id), undefined)
  await rig.parts.folders.change(id, { watch: true })
  await isWatched(rig, id)
  await rig.parts.folders.change(id, { exclude: ['*.tmp.mov'] })
  await writeFile(join(rig.media, 'a.tmp.mov'), 'one')
  await writeFile(join(rig.media, 'b.mov'), 'two')
  await until(() => rig.asset('b.mov'), 'by the new settings')
  assert.is(rig.asset('a.tmp.mov'), undefined)
  await rig.parts.folders.change(id, { watch: false })
  assert.is(rig.parts.watch.words(id), undefined)
})

test('a folder that goes away is said to be away, and is taken up again when it is back', async () => {
  const other = await createFolderRig({ settleMs: 50, everyMs: 100, networkEveryMs: 100 })
  await writeFile(join(other.media, 'one.mov'), 'one')
  const { id } = await other.add({ mode: 'reference', watch: true })
  await isWatched(other, id)
  await rename(other.media, `${other.media}-away`)
  await until(() => /not there now/.test(other.parts.watch.words(id) ?? ''), 'it is away')
  assert.equal(Object.values(other.places(other.asset('one.mov')!.facts.id)), ['there'], 'which says nothing about its files')
  await rename(`${other.media}-away`, other.media)
  await writeFile(join(other.media, 'two.mov'), 'two')
  await until(() => other.asset('two.mov'), 'it is watched again')
  await other.stop()
})

test.run()
