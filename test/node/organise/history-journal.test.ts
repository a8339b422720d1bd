import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetId, PeerId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { createEdits, type Edits } from '../../../node/organise/edits.ts'
import { createHistory, type History } from '../../../node/organise/history.ts'
import { ASSETS_A_LINE, createHistoryJournal, HISTORY_REWRITE_LENGTH, MAX_HISTORY_LENGTH } from '../../../node/organise/history-journal.ts'
import { assetIdOf, FakeRing, type FakeNode, someFacts } from '../../ring/catalog/fake-ring.ts'

interface Context { ring: FakeRing; alder: FakeNode; folder: string; file: string }
const test = suite<Context>('history over a restart')
const ME = { kind: 'user', id: '1', name: 'Editor one' }
const OTHER = { kind: 'user', id: '2', name: 'Editor two' }
const ids = ['clip a', 'clip b'].map(assetIdOf) as [AssetId, AssetId]

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'thatdam-history-'))
  context.file = join(context.folder, 'history.jsonl')
  context.ring = new FakeRing()
  context.alder = await context.ring.node('alder')
  for (const name of ['clip a', 'clip b']) await context.alder.catalog.addAsset(someFacts(name), { node: 'alder' as PeerId, path: '/a' })
})
test.after.each(async ({ ring, folder }) => {
  await ring.end()
  await rm(folder, { recursive: true })
})

async function begin({ alder: { catalog }, folder }: Context): Promise<{ edits: Edits; history: History }> {
  const history = createHistory({ catalog, journal: createHistoryJournal({ folder, log: silentLog }) })
  await history.start()
  return { history, edits: createEdits({ catalog, history }) }
}

test('what people did is undone, and done again, by a node that was started anew', async (context) => {
  const { alder: { catalog } } = context
  const first = await begin(context)
  await first.edits.many(ME, ids, { rating: 4, addTags: ['dawn'] })
  await first.edits.put(OTHER, 'albums', 'one', { name: 'Selects' }, 'album Selects')
  await first.edits.one(ME, ids[0], { notes: 'wi' })
  await first.edits.one(ME, ids[0], { notes: 'wind' })
  await first.history.undo(ME)
  const told = [ME, OTHER].map((who) => first.history.list(who))
  await first.history.stop()

  const second = await begin(context)
  assert.deepEqual([ME, OTHER].map((who) => second.history.list(who)), told)
  await second.history.redo(ME)
  assert.equal(catalog.index.asset(ids[0])?.notes, 'wind')
  for (const who of [ME, ME, OTHER]) assert.deepEqual((await second.history.undo(who)).left, [])
  assert.deepEqual(ids.map((id) => [catalog.index.asset(id)?.rating, catalog.index.asset(id)?.tags, catalog.index.asset(id)?.notes]), [[0, [], ''], [0, [], '']])
  assert.equal(catalog.records.find('albums', 'one'), undefined)
  await second.history.stop()

  const third = await begin(context)
  assert.deepEqual(third.history.list(ME).map(({ state }) => state), ['undone', 'undone'])
  await third.edits.one(ME, ids[0], { rating: 1 })
  await third.history.stop()
  assert.deepEqual((await begin(context)).history.list(ME).map(({ title }) => title), ['★: clip a'], 'what was undone before a new edit is not done again')
})

test('of a line that a crash cut off, and of a step of which the rest is missing, nothing is left', async (context) => {
  const first = await begin(context)
  await first.edits.one(ME, ids[0], { rating: 1 })
  await first.history.stop()
  const whole = await readFile(context.file, 'utf8')
  const line = JSON.parse(whole) as { head: { id: string; title: string } }
  await appendFile(context.file, `${JSON.stringify({ ...line, head: { ...line.head, id: 'half', title: 'half' }, isCut: true })}\n${whole.slice(0, 80)}`)
  const second = await begin(context)
  assert.deepEqual(second.history.list(ME).map(({ title }) => title), ['★: clip a'])
  assert.equal(await readFile(context.file, 'utf8'), whole, 'and it is written whole again')
  await writeFile(context.file, '\u0000\u0000{}\nnull\n[]\n')
  assert.deepEqual((await begin(context)).history.list(ME), [])
})

test('a large step is written in pieces and read as one', async (context) => {
  const many = Array.from({ length: 2 * ASSETS_A_LINE + 3 }, (_, i) => assetIdOf(`many ${i}`))
  const first = await begin(context)
  const asset = (id: AssetId, rating: number) => ({ ...context.alder.catalog.index.asset(ids[0])!, facts: { ...someFacts('x'), id }, rating })
  first.history.note(ME, 'many', many.map((id) => ({ before: asset(id, 0), after: asset(id, 5) })))
  await first.history.stop()
  assert.equal((await readFile(context.file, 'utf8')).trim().split('\n').length, 3)
  assert.equal((await begin(context)).history.list(ME)[0]?.assets, many.length)
})

test('the file does not grow without end: it is written anew with the newest of what is known', async (context) => {
  const { alder: { catalog } } = context
  const journal = createHistoryJournal({ folder: context.folder, log: silentLog })
  const history = createHistory({ catalog, journal })
  await history.start()
  const words = 'x'.repeat(HISTORY_REWRITE_LENGTH / 4)
  for (let i = 0; i < 12; i++) history.begin(ME, `step ${i}`).add([], [{ kind: 'albums', id: 'one', fields: [{ field: 'name', before: `${i} ${words}`, after: '' }] }])
  await history.stop()
  const { length } = await readFile(context.file, 'utf8')
  assert.ok(length <= MAX_HISTORY_LENGTH + HISTORY_REWRITE_LENGTH, `${length} characters`)
  const titles = (await begin(context)).history.list(ME).map(({ title }) => title)
  assert.deepEqual([titles[0], titles.length < 12], ['step 11', true])
})

test.run()
