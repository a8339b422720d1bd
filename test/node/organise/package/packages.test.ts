import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { createOrganise, type Organise } from '../../../../node/organise/organise.ts'
import { parseCsv } from '../../../../node/organise/package/csv.ts'
import { joinList, type PackageFormat, splitList } from '../../../../node/organise/package/package-row.ts'
import { EDITED_A_TURN } from '../../../../node/organise/package/packages.ts'
import { readPackage } from '../../../../node/organise/package/read-package.ts'
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

const bring = ({ bring: take }: Organise['packages'], text: string, format: PackageFormat, dryRun: boolean) => take(ME, Buffer.from(text), format, dryRun)

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
    assert.equal((await bring(packages, text, format, true)).changed, 0, 'nothing differs from what went out')
    for (const id of ids) await edits.one(ME, id, { title: 'other', notes: 'other', rating: 1, removeTags: [...alder.catalog.index.asset(id)!.tags], removeAlbums: [film.id, day.id], marks: { label: 'blue', flag: '', licence: 'x', releases: '', state: '', stack: '' }, fields: Object.fromEntries(Object.keys(alder.catalog.index.asset(id)!.fields).map((name, at) => [name, at === 0 ? '' : 'z'])) })
    const report = await bring(packages, text, format, false)
    assert.deepEqual([report.rows, report.matched, report.changed, report.problems], [15, 15, 15, []])
    assert.deepEqual(state(), before)
  })
}

test('a dry run changes nothing and says what would; rows are found by name and size, too; one undo takes it back', async ({ alder, organise: { packages, history } }) => {
  const csv = 'name,size,title,rating,label,albums\r\nclip a,1000,New,3,red,Film/Day 1\r\nclip b,1000,,9,,\r\nnobody,1000,x,1,,\r\nclip c,7,x,1,,\r\n'
  const dry = await bring(packages, csv, 'csv', true)
  assert.deepEqual([dry.matched, dry.changed, dry.albumsMade, dry.problems.map(({ row, reason }) => [row, reason])], [1, 1, ['Film/Day 1'], [
    [2, 'a rating is a whole number from 0 to 5, not 9'], [3, 'no asset has this id, or this name and size'], [4, 'no asset has this id, or this name and size']
  ]])
  assert.equal(alder.catalog.index.asset(ids[0]!)?.title, '')
  const { undo } = await bring(packages, csv, 'csv', false)
  assert.deepEqual([alder.catalog.index.asset(ids[0]!)?.title, alder.catalog.index.asset(ids[0]!)?.albums.length], ['New', 1])
  await history.undo(ME, undo ?? '')
  assert.deepEqual([alder.catalog.index.asset(ids[0]!)?.title, alder.catalog.index.asset(ids[0]!)?.albums], ['', []])
})

test('a row that can not be taken is told before anything is, and spoils no other of its document', async ({ alder, organise: { packages } }) => {
  const twin = Array.from({ length: 5_000 }, (_, i) => `twin ${i}`).find((name) => assetIdOf(name).startsWith(ids[0]!.slice(0, 2))) ?? ''
  await alder.catalog.addAsset(someFacts(twin), here)
  const csv = `id,tags,title\r\n${ids[0]},a||b,Empty tag\r\n${ids[1]},${'x'.repeat(201)},Long tag\r\n${assetIdOf(twin)}, c |d,Good\r\n`
  const dry = await bring(packages, csv, 'csv', true)
  assert.deepEqual([dry.changed, dry.problemCount, dry.problems.map(({ row, reason }) => [row, reason.slice(0, 36)])], [1, 2, [[1, 'a tag has 1 to 200 characters: ""'], [2, 'a tag has 1 to 200 characters: "xxxx']]])
  const { changed, problemCount } = await bring(packages, csv, 'csv', false)
  assert.deepEqual([changed, problemCount], [1, 2])
  assert.deepEqual([alder.catalog.index.asset(assetIdOf(twin))?.tags, alder.catalog.index.asset(ids[0]!)?.title], [['c', 'd'], ''])
  assert.deepEqual([(await bring(packages, csv, 'csv', false)).changed, alder.catalog.index.asset(assetIdOf(twin))?.tags], [0, ['c', 'd']])
})

test('a path that can be no album is told of its row, and the others come in as the dry run said; albums lie below one that a rule fills, too', async ({ alder, organise: { packages, albums } }) => {
  await albums.create(ME, { name: 'Best', kind: 'rule', rule: 'rating:5' })
  const rows = [[ids[0], 'A//B'], [ids[1], `Film/${'n'.repeat(201)}`], [ids[2], 'Film/ Day'], [ids[3], 'Film | Film/Day'], [ids[4], 'Best/Summer']]
  const csv = `id,title,albums\r\n${rows.map(([id, path]) => `${id},New,${path}\r\n`).join('')}`
  const dry = await bring(packages, csv, 'csv', true)
  assert.deepEqual([dry.changed, dry.problems.map(({ row }) => row), dry.albumsMade], [2, [1, 2, 3], ['Film', 'Film/Day', 'Best/Summer']])
  const { changed, problems, albumsMade } = await bring(packages, csv, 'csv', false)
  assert.deepEqual([changed, problems, albumsMade], [dry.changed, dry.problems, dry.albumsMade])
  assert.deepEqual(albums.all().map(({ path }) => path), ['Best', 'Best/Summer', 'Film', 'Film/Day'])
  const within = (at: number): string[] => alder.catalog.index.asset(ids[at]!)!.albums.map((id) => albums.find(id).path).sort()
  assert.deepEqual([within(0), within(3), within(4), alder.catalog.index.asset(ids[0]!)?.title], [[], ['Film', 'Film/Day'], ['Best/Summer'], ''])
})

test('a name is found among more like it than any list shows', async ({ alder, organise: { packages } }) => {
  const like = Array.from({ length: 520 }, (_, i) => `harbour ${i} harbour.mov`)
  await Promise.all(like.map((name) => alder.catalog.addAsset(someFacts(name), here)))
  await alder.catalog.editAssets(like.map(assetIdOf), { title: 'harbour.mov' })
  await alder.catalog.addAsset(someFacts('harbour.mov'), here)
  const { matched, problems } = await bring(packages, 'name,size,title\r\nharbour.mov,1000,The one\r\n', 'csv', false)
  assert.deepEqual([matched, problems, alder.catalog.index.asset(assetIdOf('harbour.mov'))?.title], [1, [], 'The one'])
})

/** How often the node came to its other work meanwhile. */
async function turnsWhile(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  const count = (): void => { turns++; handle = setImmediate(count) }
  let handle = setImmediate(count)
  await work()
  clearImmediate(handle)
  return turns
}

for (const [format, text] of [['csv', 'id,name\r\n1,one\r\n'], ['json', '{"assets":[{"id":"1"}]}'], ['xml', '<thatdam><asset id="1"/></thatdam>']] as const) {
  test(`the node goes on with its other work before a package, ${format}, is read to its end`, async () => {
    const rows = readPackage(Buffer.from(text), format)
    assert.ok(await turnsWhile(async () => assert.equal((await rows.next()).value?.[0]?.id, '1')) > 0)
    assert.equal((await rows.next()).done, true)
  })
}

test('a package that takes more memory than there is for it is refused, and nothing else ends', async () => {
  const rows = readPackage(Buffer.from(`{"assets":[${'{"tags":["a","b"]},'.repeat(300_000)}{}]}`), 'json', { heapMb: 16 })
  await assert.rejects(rows.next(), { code: 'ERR_INVALID_INPUT', message: /smaller ones/ })
})

test('a large package is matched and edited in pieces, between which the node has its turns, and is one step', async ({ alder, organise: { packages, history } }) => {
  const many = Array.from({ length: 2 * EDITED_A_TURN + 1 }, (_, i) => `many ${i}`)
  for (const some of Array.from({ length: 21 }, (_, i) => many.slice(i * 100, i * 100 + 100))) await Promise.all(some.map((name) => alder.catalog.addAsset(someFacts(name), here)))
  const csv = `id,title\r\n${many.map((name) => `${assetIdOf(name)},T`).join('\r\n')}`
  const edited: number[] = []
  const editAssets = alder.catalog.editAssets.bind(alder.catalog)
  alder.catalog.editAssets = (one, ...rest) => { edited.push(one.length); return editAssets(one, ...rest) }
  const report = await bring(packages, csv, 'csv', false)
  alder.catalog.editAssets = editAssets
  assert.deepEqual([report.changed, edited, history.list(ME).length], [many.length, [EDITED_A_TURN, EDITED_A_TURN, 1], 1])
  assert.deepEqual((await history.undo(ME, report.undo ?? '')).restored, many.length)
})

test('an apostrophe is taken off where it guards against a formula, and nowhere else', () => {
  const [row] = parseCsv('name,title,notes,licence,state\r\n"\'Allo.mov",\'=SUM(A1),\'\'quoted,\'t Hooft,\'-1\r\n')
  assert.deepEqual([row?.name, row?.title, row?.notes, row?.marks], ["'Allo.mov", '=SUM(A1)', "'quoted", { licence: "'t Hooft", state: '-1' }])
})

test('what is no package, or a damaged one, is refused and changes nothing', async ({ alder, organise }) => {
  const { packages } = organise
  for (const [format, text] of [['csv', ''], ['csv', 'a,b\r\n1,2'], ['csv', 'id\r\n"open'], ['json', '{'], ['json', '[]'], ['json', 'null'], ['xml', '<a/>'], ['xml', 'no'], ['xml', '<!DOCTYPE a [<!ENTITY b "c">]><thatdam/>']] as const) {
    await assert.rejects(bring(packages, text, format, false), { code: 'ERR_INVALID_INPUT' }, `${format} ${text}`)
  }
  assert.deepEqual(organise.history.list(ME), [])
  const broken = `id,title\r\n${ids[0]},Changed\r\n${ids[1]},"never closed`
  await assert.rejects(bring(packages, broken, 'csv', false), /not closed/)
  assert.equal(alder.catalog.index.asset(ids[0]!)?.title, '', 'what was whole before the damage is not brought in, either')
  assert.equal((await bring(packages, '{"assets":[null,7,{"id":8,"tags":"x","fields":{"a":1}}]}', 'json', false)).problemCount, 3)
})

test('lists in a cell come apart as they went together', () => {
  for (const list of [[], ['a'], ['a', 'b'], ['a|b', '\\', '\\|'], ['', 'x'], ['😀|', '\\\\']]) assert.deepEqual(splitList(joinList(list)), list.length === 1 && list[0] === '' ? [] : list)
})

test.run()
