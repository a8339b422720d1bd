import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import type { AssetPatch, Catalog } from '../../../../ring/catalog/catalog.ts'
import { indexedText, inOrder, MAX_CUT_LENGTH, MAX_PHRASE_PIECES } from '../../../../ring/catalog/search/words.ts'
import { randomOf } from '../../../support/random.ts'
import { FakeRing, someFacts } from '../fake-ring.ts'

interface Context { ring: FakeRing; catalog: Catalog; add(name: string, patch?: AssetPatch): Promise<void>; names(q: string): Promise<string[]> }
const test = suite<Context>('words')
test.before.each(async (context) => {
  context.ring = new FakeRing()
  const { catalog } = await context.ring.node('alder')
  context.catalog = catalog
  context.add = async (name, patch) => {
    const facts = someFacts(name)
    await catalog.addAsset(facts, { node: 'alder' as PeerId, path: `/clips/${facts.id.slice(0, 8)}` })
    if (patch !== undefined) await catalog.editAsset(facts.id, patch)
  }
  context.names = async (q) => {
    const names = (await catalog.search.page({ q, weak: true, sort: 'name' })).hits.map(({ asset }) => asset.facts.name)
    if (!/["\-:]/.test(q)) assert.deepEqual(catalog.index.assets({ text: q }).assets.map(({ facts }) => facts.name).sort(), [...names].sort(), `${q}, by the index`)
    return names
  }
})
test.after.each(async ({ ring }) => { await ring.end() })

const TOWER = '東京タワーの夜景'

test('any piece of what is written without spaces finds it, in names, titles, notes, tags and fields', async ({ catalog, add, names }) => {
  await add(`${TOWER}.mov`)
  await add('title', { title: TOWER })
  await add('notes', { notes: `Shot from the bridge. ${TOWER}、晴れ。` })
  await add('tags', { addTags: [`旅行/${TOWER}`] })
  await add('field', { fields: { 場所: TOWER } })
  await add('other', { title: '京都の夜' })
  const all = ['field', 'notes', 'tags', 'title', `${TOWER}.mov`]
  for (const q of ['東京', 'タワー', '夜景', '景', 'ワ', 'ーの夜', TOWER, 'タワー 東京', '"タワーの夜景"', '夜景 -京都']) assert.deepEqual(await names(q), all, q)
  for (const q of ['東タ', '夜京', 'タワー京都', '"夜景 東京"']) assert.deepEqual(await names(q), [], q)
  assert.deepEqual([await names('name:夜景'), await names('title:夜景'), await names('notes:晴れ'), await names('場所:夜景')], [[`${TOWER}.mov`], ['title'], ['notes'], ['field']])
  assert.deepEqual((await catalog.search.facets({ q: 'タワー' })).facets.find(({ field }) => field === 'tag')?.values.map(({ value }) => value), [`旅行/${TOWER}`])
})

test('Thai, Lao, Khmer, Burmese and Korean are found by any piece, too, also with spaces that nobody sees', async ({ add, names }) => {
  const texts = { thai: ['สวัสดีประเทศไทย', 'ประเทศ', 'ดีป'], lao: ['ສະບາຍດີປະເທດລາວ', 'ປະເທດ', 'ລາວ'], khmer: ['ភាសា\u200bខ្មែរ', 'សាខ្មែ', 'ខ្មែរ'], burmese: ['မြန်မာနိုင်ငံ', 'နိုင်ငံ', 'မာနို'], korean: ['제주도여행에서', '제주도', '여행'] }
  for (const [name, [title]] of Object.entries(texts)) await add(name, { title })
  for (const [name, [, ...pieces]] of Object.entries(texts)) for (const piece of pieces) assert.deepEqual(await names(piece), [name], piece)
  await add('vowel', { title: 'กิน' })
  assert.deepEqual([await names('กัน'), await names('กิน')], [[], ['vowel']], 'a vowel is no accent')
})

test('of random runs a piece finds those that have it, and no other', async ({ add, names }) => {
  const random = randomOf(20)
  const letters = [...'東京夜𠮷タワーのがไทยที่ລາວខ្មែမြန်서울여0']
  const some = (length: number): string => Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('').normalize('NFC')
  const runs = Array.from({ length: 25 }, () => some(60))
  for (const run of runs) await add(run)
  for (let round = 0; round < 150; round++) {
    const run = [...runs[round % runs.length]!]
    const from = Math.floor(random() * run.length)
    const piece = run.slice(from, from + 1 + Math.floor(random() * (round % 3 === 0 ? 20 : 2))).join('')
    for (const q of [piece, `"${piece}"`]) assert.deepEqual(new Set(await names(q)), new Set(runs.filter((other) => other.includes(piece))), q)
  }
})

test('words with spaces are found by their beginnings, whatever their accents, and phrases word by word, also beside other scripts', async ({ add, names }) => {
  await add('Crème brûlée.mov', { title: 'A001東京tower' })
  await add('Привет мир.mov', { title: 'हिन्दी में' })
  for (const q of ['creme', 'CRÈME', 'bru', '"creme brulee"', 'a001', 'A001東', '京tow', '"A001東京"', 'tower', '東京']) assert.deepEqual(await names(q), ['Crème brûlée.mov'], q)
  for (const q of ['reme', '"creme bru"', '001', 'ower', '"京tow"', 'x東京']) assert.deepEqual(await names(q), [], q)
  for (const q of ['прив', '"привет мир"', 'हिन्दी', 'हिन्']) assert.deepEqual(await names(q), ['Привет мир.mov'], q)
})

test('a hit says where the piece is, and only there', async ({ catalog, add }) => {
  await add('clip', { title: `${TOWER} と東京の夜`, notes: 'カ\u3099ラスの東京 B001波止場' })
  const marked = async (q: string): Promise<string[][]> => (await catalog.search.page({ q })).hits[0]!.why.map(({ text, ranges }) => ranges.map(([from, to]) => text.slice(from, to)))
  assert.deepEqual(await marked('夜'), [['夜', '夜']])
  assert.deepEqual(await marked('東京'), [['東京', '東京'], ['東京']])
  assert.deepEqual(await marked('ガラス'), [['ガラス']])
  assert.deepEqual([await marked('b001'), await marked('b001波')], [[['B001']], [['B001波']]])
  assert.deepEqual(await marked('タワ ワー'), [['タワー']], 'what overlaps is one')
  assert.deepEqual(await marked('"タワーの夜景 と東京"'), [['タワーの夜景', 'と東京']])
})

test('the best of those that have a piece comes first', async ({ catalog, add }) => {
  await add('notes', { notes: `${'曇り空の港。'.repeat(20)}夜景` })
  await add('title', { title: TOWER })
  for (let i = 0; i < 20; i++) await add(`other ${i}`)
  const { hits, ranked } = await catalog.search.page({ q: '夜景', weak: true })
  assert.deepEqual([ranked, hits.map(({ asset }) => asset.facts.name)], [true, ['title', 'notes']])
})

test('what is typed is completed by any piece of a tag, and finds an album by any piece of its name', async ({ catalog, add, names }) => {
  await add('clip', { addTags: [TOWER, 'tokyo tower'], addAlbums: ['album-1'] })
  await catalog.records.put('albums', 'album-1', { name: TOWER })
  const offers = async (text: string): Promise<string[]> => (await catalog.search.complete(text, text.length)).items.map(({ text }) => text)
  assert.deepEqual([await offers('tag:夜'), await offers('夜景'), await offers('tag:tow'), await offers('tag:ower')], [[`tag:${TOWER}`], [`tag:${TOWER}`, `album:${TOWER}`], ['tag:"tokyo tower"'], []])
  assert.deepEqual([await names('album:夜景'), await names('album:景夜')], [['clip'], []])
})

test('a run of a million letters, or of as many unseen spaces, costs no more than its beginning', () => {
  const run = Array.from({ length: 1_000_000 }, (_, at) => String.fromCodePoint(0x4e00 + at % 20_000)).join('')
  const indexed = indexedText(run)
  assert.equal(indexed.split(' ').length, MAX_CUT_LENGTH)
  assert.ok(indexed.endsWith(run.slice(MAX_CUT_LENGTH)), 'and what follows is still there')
  assert.equal(inOrder([run])?.split(' ').length, MAX_PHRASE_PIECES)
  assert.ok(indexedText(`東${'\u200b'.repeat(1_000_000)}京`).endsWith('京'))
})

test('notes of twenty thousand letters without a space are found by any piece of them, of one letter or of nine hundred', async ({ add, names }) => {
  const notes = Array.from({ length: 20_000 }, (_, at) => String.fromCodePoint(0x4e00 + at)).join('')
  await add('hostile', { notes })
  assert.deepEqual([await names(notes.slice(19_900, 19_950)), await names(`notes:${notes.slice(0, 900)}`), await names(notes.slice(5, 6))], [['hostile'], ['hostile'], ['hostile']])
})

test.run()
