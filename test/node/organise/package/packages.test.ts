import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { createOrganise, type Organise } from '../../../../node/organise/organise.ts'
import { parseCsv } from '../../../../node/organise/package/csv.ts'
import { ROWS_A_TURN } from '../../../../node/organise/package/matched-rows.ts'
import { joinList, splitList } from '../../../../node/organise/package/package-row.ts'
import type { PackageFormat } from '../../../../node/organise/package/packages.ts'
import { assetIdOf, type FakeNode, FakeRing, someFacts } from '../../../ring/catalog/fake-ring.ts'

interface Context { ring: FakeRing; alder: FakeNode; organise: Organise }
const test = suite<Context>('metadata packages')
const ME = { kind: 'user', id: '1', name: 'Editor one' }
const here = { node: 'alder' as PeerId, path: '/a' }
const names = Array.from({ length: 15 }, (_, i) => `clip ${String.fromCharCode(97 + i)}`)
const ids = names.map(assetIdOf)
const FORMATS: readonly PackageFormat[] = ['csv', 'xml', 'json']

test.before.each(async (context) => {
  context.ring = new FakeRing()
  context.alder = await context.ring.node('alder')
  context.organise = createOrganise({ ring: { catalog: context.alder.catalog, self: 'alder' } as never, originals: {} as never, jobs: { register() {} } as never, log: silentLog }, { data: '/nowhere' })
  for (const name of names) await context.alder.catalog.addAsset(someFacts(name), here)
})
test.after.each(async ({ ring }) => { await ring.end() })

async function textOf(parts: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const part of parts) text += part
  return text
}

const WORDS = ['', 'a', '=SUM(A1)', "'quoted", '-1', '"', '""', ',', ' space ', 'line\nline', 'cr\rlf\r\n', '\t', '<b>&amp;</b>', ']]>', '\\', '\\u0041', '\\|', 'a|b', '日本', '😀', 'é'.normalize('NFC'), '\u0001\u0000', '{{x}}', '@x', '\ufeffbom']

for (const format of FORMATS) {
  test(`whatever people wrote goes out and comes in the same, as ${format}`, async ({ alder, organise: { edits, packages, albums } }) => {
    let seed = 11
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
    const word = (): string => WORDS[random(WORDS.length)]!
    const tag = (): string => word().trim() || 'tag'
    const film = await albums.create(ME, { name: 'Film, "one" \\ two' })
    const day = await albums.create(ME, { name: 'Day|1', parent: film.id })
    for (const id of ids) {
      await edits.one(ME, id, {
        title: word(), notes: word() + word(), rating: random(6), addTags: [tag(), `${tag()}/${tag()}`], addAlbums: [[], [film.id], [film.id, day.id]][random(3)]!,
        marks: { label: ['', 'red'][random(2)]!, flag: ['', 'pick', 'reject'][random(3)]!, licence: word(), releases: word(), state: word(), stack: word() }, fields: { [`F ${random(3)}`]: word(), 'x,"y"': word() }
      })
    }
    const state = (): unknown => ids.map((id) => { const { editedAtMs: _edited, ...rest } = alder.catalog.index.asset(id)!; return rest })
    const before = state()
    const text = await textOf(packages.print({ query: {} }, format))
    assert.equal((await packages.bring(ME, text, format, true)).changed, 0, 'nothing differs from what went out')
    for (const id of ids) await edits.one(ME, id, { title: 'other', notes: 'other', rating: 1, removeTags: [...alder.catalog.index.asset(id)!.tags], removeAlbums: [film.id, day.id], marks: { label: 'blue', flag: '', licence: 'x', releases: '', state: '', stack: '' }, fields: Object.fromEntries(Object.keys(alder.catalog.index.asset(id)!.fields).map((name, at) => [name, at === 0 ? '' : 'z'])) })
    const report = await packages.bring(ME, Buffer.from(text).toString(), format, false)
    assert.deepEqual([report.rows, report.matched, report.changed, report.problems], [15, 15, 15, []])
    assert.deepEqual(state(), before)
  })
}

test('a dry run changes nothing and says what would; rows are found by name and size, too; one undo takes it back', async ({ alder, organise: { packages, history } }) => {
  const csv = 'name,size,title,rating,label,albums\r\nclip a,1000,New,3,red,Film/Day 1\r\nclip b,1000,,9,,\r\nnobody,1000,x,1,,\r\nclip c,7,x,1,,\r\n'
  const dry = await packages.bring(ME, csv, 'csv', true)
  assert.deepEqual([dry.matched, dry.changed, dry.albumsMade, dry.problems.map(({ row, reason }) => [row, reason])], [1, 1, ['Film/Day 1'], [
    [2, 'a rating is a whole number from 0 to 5, not 9'], [3, 'no asset has this id, or this name and size'], [4, 'no asset has this id, or this name and size']
  ]])
  assert.equal(alder.catalog.index.asset(ids[0]!)?.title, '')
  const { undo } = await packages.bring(ME, csv, 'csv', false)
  assert.deepEqual([alder.catalog.index.asset(ids[0]!)?.title, alder.catalog.index.asset(ids[0]!)?.albums.length], ['New', 1])
  await history.undo(ME, undo ?? '')
  assert.deepEqual([alder.catalog.index.asset(ids[0]!)?.title, alder.catalog.index.asset(ids[0]!)?.albums], ['', []])
})

test('a row that can not be taken is told before anything is, and spoils no other of its document', async ({ alder, organise: { packages } }) => {
  const twin = Array.from({ length: 5_000 }, (_, i) => `twin ${i}`).find((name) => assetIdOf(name).startsWith(ids[0]!.slice(0, 2))) ?? ''
  await alder.catalog.addAsset(someFacts(twin), here)
  const csv = `id,tags,title\r\n${ids[0]},a||b,Empty tag\r\n${ids[1]},${'x'.repeat(201)},Long tag\r\n${assetIdOf(twin)}, c |d,Good\r\n`
  const dry = await packages.bring(ME, csv, 'csv', true)
  assert.deepEqual([dry.changed, dry.problemCount, dry.problems.map(({ row, reason }) => [row, reason.slice(0, 36)])], [1, 2, [[1, 'a tag has 1 to 200 characters: ""'], [2, 'a tag has 1 to 200 characters: "xxxx']]])
  const { changed, problemCount } = await packages.bring(ME, csv, 'csv', false)
  assert.deepEqual([changed, problemCount], [1, 2])
  assert.deepEqual([alder.catalog.index.asset(assetIdOf(twin))?.tags, alder.catalog.index.asset(ids[0]!)?.title], [['c', 'd'], ''])
  assert.deepEqual([(await packages.bring(ME, csv, 'csv', false)).changed, alder.catalog.index.asset(assetIdOf(twin))?.tags], [0, ['c', 'd']])
})

test('a name is found among more like it than any list shows', async ({ alder, organise: { packages } }) => {
  const like = Array.from({ length: 520 }, (_, i) => `harbour ${i} harbour.mov`)
  await Promise.all(like.map((name) => alder.catalog.addAsset(someFacts(name), here)))
  await alder.catalog.editAssets(like.map(assetIdOf), { title: 'harbour.mov' })
  await alder.catalog.addAsset(someFacts('harbour.mov'), here)
  const { matched, problems } = await packages.bring(ME, 'name,size,title\r\nharbour.mov,1000,The one\r\n', 'csv', false)
  assert.deepEqual([matched, problems, alder.catalog.index.asset(assetIdOf('harbour.mov'))?.title], [1, [], 'The one'])
})

test('the node has its turns while a large package is looked through', async ({ organise: { packages } }) => {
  const csv = `name,size,title\r\n${Array.from({ length: 10 * ROWS_A_TURN }, (_, i) => `nobody ${i},1,x`).join('\r\n')}`
  let turns = 0
  const count = (): void => { turns++; handle = setImmediate(count) }
  let handle = setImmediate(count)
  const { problemCount } = await packages.bring(ME, csv, 'csv', true)
  clearImmediate(handle)
  assert.equal(problemCount, 10 * ROWS_A_TURN)
  assert.ok(turns >= 9, `${turns} turns`)
})

test('an apostrophe is taken off where it guards against a formula, and nowhere else', () => {
  const [row] = parseCsv('name,title,notes,licence,state\r\n"\'Allo.mov",\'=SUM(A1),\'\'quoted,\'t Hooft,\'-1\r\n')
  assert.deepEqual([row?.name, row?.title, row?.notes, row?.marks], ["'Allo.mov", '=SUM(A1)', "'quoted", { licence: "'t Hooft", state: '-1' }])
})

test('what is no package is refused', async ({ organise: { packages } }) => {
  for (const [format, text] of [['csv', ''], ['csv', 'a,b\r\n1,2'], ['csv', 'id\r\n"open'], ['json', '{'], ['json', '[]'], ['json', 'null'], ['xml', '<a/>'], ['xml', 'no'], ['xml', '<!DOCTYPE a [<!ENTITY b "c">]><thatdam/>']] as const) {
    await assert.rejects(packages.bring(ME, text, format, false), { code: 'ERR_INVALID_INPUT' }, `${format} ${text}`)
  }
  assert.equal((await packages.bring(ME, '{"assets":[null,7,{"id":8,"tags":"x","fields":{"a":1}}]}', 'json', false)).problemCount, 3)
})

test('lists in a cell come apart as they went together', () => {
  for (const list of [[], ['a'], ['a', 'b'], ['a|b', '\\', '\\|'], ['', 'x'], ['😀|', '\\\\']]) assert.deepEqual(splitList(joinList(list)), list.length === 1 && list[0] === '' ? [] : list)
})

test.run()
