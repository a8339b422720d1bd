import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { AssetId, PeerId } from '#protocols/ids.ts'
import type { Asset, AssetPatch, Catalog, MediaFacts } from '../../../../ring/catalog/catalog.ts'
import type { SearchRequest } from '../../../../ring/catalog/search/search.ts'
import { until } from '../../../support/until.ts'
import { FakeRing, someFacts } from '../fake-ring.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 2, 1)

interface Context { ring: FakeRing; catalog: Catalog; names(request: SearchRequest | string): Promise<string[]> }
const test = suite<Context>('search')
test.before.each(async (context) => {
  context.ring = new FakeRing()
  context.catalog = (await context.ring.node('alder')).catalog
  context.names = async (request) => (await context.catalog.search.page(typeof request === 'string' ? { q: request } : request)).hits.map(({ asset }) => asset.facts.name)
})
test.after.each(async ({ ring }) => { await ring.end() })

async function add(catalog: Catalog, name: string, more: { probe?: Partial<MediaFacts>; at?: number; size?: number; kind?: 'video' | 'image' | 'audio'; path?: string } = {}, patch: AssetPatch = {}): Promise<AssetId> {
  const { probe = {}, at = START, size = 1000, kind = 'video', path = `/clips/${name}` } = more
  const facts = someFacts(name, { importedAtMs: at, size, kind, probe: { container: 'mov', ...probe } })
  await catalog.addAsset(facts, { node: 'alder' as PeerId, path })
  if (Object.keys(patch).length > 0) await catalog.editAsset(facts.id, patch)
  return facts.id
}

test('what says most of the words comes first, and what says little is left out until asked for', async ({ catalog, names }) => {
  await add(catalog, 'a.mp4', {}, { title: 'Harbour at dawn', addTags: ['harbour'] })
  await add(catalog, 'b.mp4', {}, { notes: 'Filmed near the harbour, in light rain, while the boats came in.' })
  await add(catalog, 'c.mp4', { path: `/${'archive/old/shelf '.repeat(40)}/harbour/${'box '.repeat(60)}/c.mp4` })
  await add(catalog, 'harbour.mp4')
  for (let i = 0; i < 20; i++) await add(catalog, `other ${i}.mp4`)
  assert.equal((await names('harbour'))[0], 'a.mp4')
  assert.deepEqual(new Set(await names('harbour')), new Set(['a.mp4', 'harbour.mp4', 'b.mp4']))
  const page = await catalog.search.page({ q: 'harbour' })
  assert.deepEqual([page.total, page.weak, page.ranked], [3, 1, true])
  assert.equal((await names({ q: 'harbour', weak: true })).at(-1), 'c.mp4')
  assert.deepEqual(await names('harbour dawn'), ['a.mp4'], 'every word must be somewhere')
})

test('what was edited takes its new place in a ranked list that was asked for before', async ({ catalog, names }) => {
  await add(catalog, 'a.mp4', {}, { notes: `${'calm '.repeat(30)}harbour` })
  const b = await add(catalog, 'b.mp4', {}, { title: 'Harbour' })
  const c = await add(catalog, 'c.mp4')
  for (let i = 0; i < 20; i++) await add(catalog, `other ${i}.mp4`)
  const all = { q: 'harbour', weak: true }
  assert.deepEqual(await names(all), ['b.mp4', 'a.mp4'])
  await catalog.editAsset(c, { title: 'Harbour' })
  await catalog.editAsset(b, { title: 'Hill' })
  assert.deepEqual(await names(all), ['c.mp4', 'a.mp4'])
  const { hits } = await catalog.search.page(all)
  assert.ok(hits[0]!.score! > hits[1]!.score! && hits[1]!.score! > 0)
})

test('a hit says where its words are', async ({ catalog }) => {
  await add(catalog, 'x.mp4', {}, { title: 'Crème brûlée', notes: `${'word '.repeat(60)}the creme is burnt`, addTags: ['food/dessert'] })
  const { hits: [hit] } = await catalog.search.page({ q: 'creme tag:food' })
  const why = new Map(hit?.why.map(({ field, text, ranges }) => [field, ranges.map(([from, to]) => text.slice(from, to))]))
  assert.deepEqual(why.get('title'), ['Crème'])
  assert.deepEqual(why.get('notes'), ['creme'])
  assert.deepEqual(why.get('tags'), ['food'])
})

test('every field finds what it says and nothing else', async ({ catalog, names }) => {
  await add(catalog, 'alpha.mov', { at: START, size: 5e8, probe: { durationMs: 95_000, videoCodec: 'prores', audioCodec: 'pcm_s16le', width: 3840, height: 2160, framesPerSecond: 29.97, gps: { latitude: 59.92, longitude: 10.76 }, cameraMake: 'Sony', cameraModel: 'ILCE-7M4' } }, { title: 'first', rating: 4, addTags: ['place/Oslo'], marks: { label: 'green', flag: 'pick', state: 'approved', licence: 'CC BY' }, addAlbums: ['album-1'], fields: { Scene: '12A' } })
  await add(catalog, 'beta.jpg', { kind: 'image', at: START + 40 * DAY, size: 2e6, probe: { videoCodec: 'mjpeg', width: 1080, height: 1920, createdAtMs: START + 30 * DAY, gps: { latitude: 48.85, longitude: 2.35 } } }, { addTags: ['placebo'] })
  await catalog.records.put('albums', 'album-1', { name: 'Summer in the North' })
  const finds: Readonly<Record<string, string[]>> = {
    'type:video': ['alpha.mov'], 'type:photo': ['beta.jpg'], 'camera:ilce': ['alpha.mov'], 'camera:"sony ilce"': ['alpha.mov'], 'camera:lce': [], 'tag:place': ['alpha.mov'], 'tag:PLACE/oslo': ['alpha.mov'], 'tag:place*': ['beta.jpg', 'alpha.mov'], 'tag:none': [],
    'album:north': ['alpha.mov'], 'album:south': [], 'album:album-1': ['alpha.mov'], 'album:none': ['beta.jpg'], 'rating:>=3': ['alpha.mov'], 'rating:none': ['beta.jpg'], 'label:green': ['alpha.mov'], 'label:none': ['beta.jpg'], 'flag:pick': ['alpha.mov'], 'state:approved': ['alpha.mov'],
    'before:2026-03-20': ['alpha.mov'], 'after:2026-03-20': ['beta.jpg'], 'on:2026-03': ['beta.jpg', 'alpha.mov'], 'imported:2026-04': ['beta.jpg'], 'near:oslo': ['alpha.mov'], 'near:"48.85,2.35,5km"': ['beta.jpg'], '-near:oslo': ['beta.jpg'], 'codec:prores': ['alpha.mov'], 'codec:jpeg': ['beta.jpg'],
    'duration:1m..5m': ['alpha.mov'], 'duration:<10s': [], 'size:>100MB': ['alpha.mov'], 'width:>=3840': ['alpha.mov'], 'height:1920': ['beta.jpg'], 'fps:29.97': ['alpha.mov'], 'name:alp': ['alpha.mov'], 'name:first': [], 'title:first': ['alpha.mov'], 'path:clips': ['beta.jpg', 'alpha.mov'], 'ext:MOV': ['alpha.mov'],
    'licence:cc': ['alpha.mov'], 'has:gps': ['beta.jpg', 'alpha.mov'], 'has:audio': ['alpha.mov'], 'is:vertical': ['beta.jpg'], 'is:rated': ['alpha.mov'], 'scene:12a': ['alpha.mov'], '-scene:12a': ['beta.jpg'], '12A': ['alpha.mov'], 'type:image OR rating:4': ['beta.jpg', 'alpha.mov'], '-first': ['beta.jpg'], 'approved': ['alpha.mov']
  }
  for (const [q, expected] of Object.entries(finds)) assert.deepEqual((await names({ q, sort: '-taken' })), expected, q)
  await assert.rejects(catalog.search.page({ q: 'x scne:1' }), { code: 'ERR_INVALID_QUERY', at: 2, suggestion: 'Scene:' })
  await assert.rejects(catalog.search.page({ q: 'near:xyzzyville' }), { code: 'ERR_INVALID_QUERY' })
})

test('a camera is what the file says, or what a person wrote; lens and place are words like any other', async ({ catalog, names }) => {
  await add(catalog, 'read.mov', { probe: { cameraMake: 'Canon', cameraModel: 'Canon EOS R5', lens: 'RF24-70mm F2.8 L IS USM', place: 'Zürich, Switzerland' } })
  await add(catalog, 'later.mov', {}, { found: { probe: JSON.stringify({ cameraMake: 'SONY', cameraModel: 'ILCE-7M4', lens: 'FE 35mm', gps: { latitude: 59.92, longitude: 10.76 }, createdAtMs: START + 40 * DAY }) } })
  await add(catalog, 'written.mov', {}, { fields: { Camera: 'Bolex H16' } })
  await add(catalog, 'strange.mov', { probe: { cameraMake: 7, lens: {} } as never }, { found: { probe: '{' } })
  const finds: Readonly<Record<string, string[]>> = {
    'camera:canon': ['read.mov'], 'camera:"canon eos r5"': ['read.mov'], 'camera:"sony ilce-7m4"': ['later.mov'], 'camera:bolex': ['written.mov'], 'camera:none': ['strange.mov'],
    'rf24 zurich': ['read.mov'], 'sony 35mm': ['later.mov'], 'near:oslo': ['later.mov'], 'on:2026-04': ['later.mov'], 'has:gps': ['later.mov']
  }
  for (const [q, expected] of Object.entries(finds)) assert.deepEqual(await names(q), expected, q)
  assert.deepEqual((await catalog.search.page({ q: 'rf24' })).hits[0]?.why.map(({ field }) => field), ['lens'])
  const { facets } = await catalog.search.facets({})
  assert.deepEqual(facets.find(({ field }) => field === 'camera')?.values.map(({ value }) => value), ['Bolex H16', 'Canon EOS R5', 'SONY ILCE-7M4'])
  assert.equal(facets.some(({ field }) => field === 'Camera'), false)
})

test('an import is found by its name as soon as it has one, and a batch that a person wrote stays one', async ({ catalog, names }) => {
  await catalog.addAsset(someFacts('card.mov', { batch: 'b-1' }), { node: 'alder' as PeerId, path: '/card.mov' })
  await add(catalog, 'written.mov', {}, { fields: { batch: 'A001' } })
  assert.deepEqual([await names('batch:reel'), await names('batch:b-1'), await names('batch:a001')], [[], ['card.mov'], ['written.mov']])
  await catalog.records.put('batches', 'b-1', { name: 'Reel of Monday' })
  assert.deepEqual([await names('batch:reel'), await names('batch:b-1'), await names('batch:none')], [['card.mov'], ['card.mov'], []])
  assert.deepEqual((await catalog.search.facets({})).facets.find(({ field }) => field === 'batch')?.values, [{ value: 'A001', title: undefined, assets: 1 }, { value: 'b-1', title: 'Reel of Monday', assets: 1 }])
  assert.deepEqual((await catalog.search.complete('batch:re', 8)).items.map(({ text }) => text), ['batch:"Reel of Monday"'])
})

test('any order goes both ways, and what has no value comes last', async ({ catalog, names }) => {
  await add(catalog, 'clip 10.mp4', { size: 3, at: START + 2, probe: { durationMs: 5000 } })
  await add(catalog, 'clip 9.mp4', { size: 2, at: START + 3, probe: { durationMs: 9000 } })
  await add(catalog, 'Ärger.jpg', { kind: 'image', size: 9, at: START + 1 })
  assert.deepEqual(await names({ sort: 'name' }), ['Ärger.jpg', 'clip 9.mp4', 'clip 10.mp4'])
  assert.deepEqual(await names({ sort: '-name' }), ['clip 10.mp4', 'clip 9.mp4', 'Ärger.jpg'])
  assert.deepEqual(await names({ sort: '-taken' }), ['clip 9.mp4', 'clip 10.mp4', 'Ärger.jpg'])
  assert.deepEqual(await names({ sort: 'size' }), ['clip 9.mp4', 'clip 10.mp4', 'Ärger.jpg'])
  assert.deepEqual(await names({ sort: '-duration' }), ['clip 9.mp4', 'clip 10.mp4', 'Ärger.jpg'])
  assert.deepEqual(await names({ sort: 'duration' }), ['clip 10.mp4', 'clip 9.mp4', 'Ärger.jpg'])
  await assert.rejects(catalog.search.page({ sort: 'sideways' as 'name' }), { code: 'ERR_INVALID_INPUT' })
})

test('any place, day or cursor of a list can be gone to', async ({ catalog, names }) => {
  for (let i = 0; i < 30; i++) await add(catalog, `clip ${String(i).padStart(2, '0')}`, { at: START + Math.floor(i / 3) * DAY })
  const all = await names({ limit: 100 })
  assert.deepEqual(await names({ offset: 12, limit: 5 }), all.slice(12, 17))
  assert.deepEqual(await names({ offset: 99 }), [])
  const day = await catalog.search.page({ atMs: START + 4 * DAY + DAY / 2, limit: 3 })
  assert.deepEqual([day.offset, day.hits.map(({ asset }) => asset.facts.importedAtMs)], [15, Array(3).fill(START + 4 * DAY)])
  assert.equal((await catalog.search.page({ sort: 'taken', atMs: START + 4 * DAY, limit: 1 })).offset, 12)
  await assert.rejects(catalog.search.page({ sort: 'name', atMs: 1 }), { code: 'ERR_INVALID_INPUT' })
  for (const cursor of ['', 'x', '💥', Buffer.from('[1]').toString('base64url'), Buffer.from('[{},1]').toString('base64url')]) await assert.rejects(catalog.search.page({ cursor }), { code: 'ERR_INVALID_INPUT' })
})

test('a cursor goes on where it was while assets are added, edited, deleted and the last one shown goes', async ({ catalog }) => {
  const ids: AssetId[] = []
  for (let i = 0; i < 40; i++) ids.push(await add(catalog, `clip ${i}`, { at: START + i * 1000, size: 1000 + i % 4 }))
  for (const sort of ['-taken', 'taken', 'name', '-size', 'size'] as const) {
    const seen: AssetId[] = []
    let cursor: string | undefined
    for (let turn = 0; ; turn++) {
      const page = await catalog.search.page({ sort, cursor, limit: 7 })
      seen.push(...page.hits.map(({ asset }) => asset.facts.id))
      cursor = page.cursor
      if (cursor === undefined) break
      const last = page.hits.at(-1)!.asset.facts.id
      await catalog.editAsset(last, { rating: turn % 5 + 1 })
      await catalog.editAsset(last, { deleted: true })
      await add(catalog, `new ${sort} ${turn}`, { at: START - DAY, size: 1 })
      await catalog.editAsset(last, { deleted: false })
    }
    const before = seen.filter((id) => ids.includes(id))
    assert.equal(new Set(before).size, before.length, `${sort}: one came twice`)
    assert.equal(before.length, 40, `${sort}: one is missing`)
  }
})

test('an edit is found as soon as it is acknowledged, and what was before is not', async ({ catalog, names }) => {
  const id = await add(catalog, 'a.mp4')
  await add(catalog, 'b.mp4')
  assert.deepEqual(await names('tag:night'), [])
  await catalog.editAsset(id, { addTags: ['night'], title: 'moonlight' })
  assert.deepEqual([await names('tag:night'), await names('moon'), await names('-tag:night')], [['a.mp4'], ['a.mp4'], ['b.mp4']])
  await catalog.editAsset(id, { removeTags: ['night'], title: '' })
  assert.deepEqual([await names('tag:night'), await names('moon'), await names('-moon tag:none')].map((all) => all.length), [0, 0, 2])
  await catalog.editAsset(id, { deleted: true })
  assert.deepEqual(await names({}), ['b.mp4'])
})

function* random(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    yield state / 2 ** 32
  }
}

/** Counted by reading every asset. */
function recount(assets: readonly Asset[], of: (asset: Asset) => readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of assets.flatMap((asset) => [...new Set(of(asset))])) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

test('facets and timelines are what counting every asset gives, whatever the query, also after edits', async ({ catalog }) => {
  const chance = random(3)
  const next = (below: number): number => Math.floor(chance.next().value * below)
  const some = (): AssetPatch => ({ rating: next(6), addTags: [`t${next(4)}`, `place/${next(3)}`], removeTags: [`t${next(4)}`], title: ['porch', 'door', 'porch door', 'rain'][next(4)]!, marks: { label: ['', 'red', 'blue'][next(3)]! }, fields: { camera: ['Sony', 'Canon'][next(2)]! } })
  const ids: AssetId[] = []
  for (let i = 0; i < 60; i++) ids.push(await add(catalog, `f${i}.${['mp4', 'jpg'][next(2)]}`, { kind: ['video', 'image'][next(2)]! as 'video', at: START + next(90) * DAY, probe: { videoCodec: ['h264', 'hevc'][next(2)]! } }, some()))
  const queries = ['', 'porch', 'tag:place', 'rating:>=3 -label:red', 'porch OR type:image', 'camera:sony before:2026-04-15', '-rain']
  for (let round = 0; round < 4; round++) {
    for (const q of queries) {
      const { hits, total } = await catalog.search.page({ q, weak: true, limit: 500 })
      const assets = hits.map(({ asset }) => asset)
      const { facets, total: counted } = await catalog.search.facets({ q, weak: true })
      const counts = (field: string): unknown => Object.fromEntries((facets.find((facet) => facet.field === field)?.values ?? []).map(({ value, assets }) => [value, assets]))
      assert.deepEqual([total, counted], [assets.length, assets.length], q)
      const expected: ReadonlyArray<readonly [string, (asset: Asset) => readonly string[]]> = [
        ['type', ({ facts }) => [facts.kind]], ['tag', ({ tags }) => tags], ['rating', ({ rating }) => [String(rating)]], ['label', ({ marks }) => marks.label === '' ? [] : [marks.label]], ['codec', ({ facts }) => [facts.probe.videoCodec!]],
        ['camera', ({ fields }) => [fields['camera']!]], ['month', ({ facts }) => [new Date(facts.importedAtMs).toISOString().slice(0, 7)]], ['year', ({ facts }) => [new Date(facts.importedAtMs).toISOString().slice(0, 4)]]
      ]
      for (const [field, of] of expected) assert.deepEqual(counts(field), recount(assets, of), `${field} of ${q}`)
      const timeline = await catalog.search.timeline({ q, weak: true, sort: '-taken' })
      assert.deepEqual(Object.fromEntries(timeline.entries), recount(assets, ({ facts }) => [new Date(facts.importedAtMs).toISOString().slice(0, 10)]), q)
      assert.deepEqual(timeline.entries.map(([day]) => day), timeline.entries.map(([day]) => day).toSorted().reverse(), q)
    }
    for (let edit = 0; edit < 8; edit++) await catalog.editAsset(ids[next(60)]!, edit === 0 ? { deleted: round % 2 === 0 } : some())
  }
})

test('days are those of the asker', async ({ catalog }) => {
  await add(catalog, 'late', { at: Date.UTC(2026, 2, 21, 23, 30) })
  const days = async (zoneMinutes: number): Promise<string[]> => (await catalog.search.timeline({ zoneMinutes })).entries.map(([day]) => day)
  assert.deepEqual([await days(0), await days(60)], [['2026-03-21'], ['2026-03-22']])
})

test('hostile text finds nothing it should not, and breaks nothing', async ({ catalog, names }) => {
  await add(catalog, 'plain.mp4')
  const texts = ['"', '\'', '*', 'a*', 'NOT', 'NEAR(a b)', '(', '-', '^a', '\0', '😀', '\ud800', '%', ';DROP TABLE assets;--', '{a b}', '+', 'AND AND', '"a" OR 1=1 --', 'x'.repeat(900), 'w-'.repeat(450), 'tag:"\' OR 1=1 --"', 'name:") OR (rowid : plain"', 'title:"}{"', '\u202e', 'asset_text', 'rank', 'tag:*', 'camera:"***"', 'album:\\', '""']
  for (const q of texts) {
    const found = await names(q).catch((err: { code?: string }) => {
      assert.equal(err.code, 'ERR_INVALID_QUERY', `${q}: ${err}`)
      return []
    })
    assert.deepEqual(found, q === '-' && found.length > 0 ? ['plain.mp4'] : [], q)
  }
  assert.deepEqual(await names('plain'), ['plain.mp4'], 'all is still there')
})

test('words are completed by what there is, with counts', async ({ catalog }) => {
  await add(catalog, 'a', {}, { addTags: ['interview', 'inside out'], fields: { Scene: '1' } })
  await add(catalog, 'b', {}, { addTags: ['interview'] })
  const offers = async (text: string): Promise<Array<[string, number | undefined]>> => (await catalog.search.complete(text, text.length)).items.map(({ text, assets }) => [text, assets])
  assert.deepEqual(await offers('porch tag:in'), [['tag:interview', 2], ['tag:"inside out"', 1]])
  assert.ok((await offers('sc')).some(([text]) => text === 'Scene:'))
  assert.ok((await offers('inter')).some(([text, assets]) => text === 'tag:interview' && assets === 2))
  assert.deepEqual((await offers('label:r')).map(([text]) => text), ['label:red'])
  const { from, to } = await catalog.search.complete('porch -tag:in rest', 13)
  assert.deepEqual([from, to], [7, 13])
})

test('several lines hold together, and none reaches into another; albums, imports and tags can be asked for by id', async ({ catalog, names }) => {
  const a = await add(catalog, 'a.mp4', {}, { title: 'rain', addAlbums: ['x'], addTags: ['none'] })
  const b = await add(catalog, 'b.mp4', {}, { title: 'rain snow', addAlbums: ['x', 'xylophone'], addTags: ['place/oslo'] })
  await catalog.addAsset(someFacts('c.mp4', { batch: 'import-1' }), { node: 'alder' as PeerId, path: '/c.mp4' })
  await add(catalog, 'd.mp4', {}, { title: 'snow', fields: { batch: 'import-1' } })
  await catalog.records.put('albums', 'x', { name: 'xylophone' })
  const finds: ReadonlyArray<readonly [SearchRequest, string[]]> = [
    [{ q: 'rain', also: ['snow'] }, ['b.mp4']], [{ q: 'rain OR', also: ['snow'] }, ['b.mp4']], [{ q: '"rain', also: ['OR snow'] }, ['b.mp4']], [{ also: ['title:snow', '-rain'] }, ['d.mp4']], [{ q: 'rain', also: ['!'] }, []],
    [{ albums: ['xylophone'] }, ['b.mp4']], [{ albums: ['x', 'nowhere'] }, ['a.mp4', 'b.mp4']], [{ albums: [] }, []], [{ albums: ['x'], q: '-snow' }, ['a.mp4']],
    [{ batch: 'import-1' }, ['c.mp4']], [{ q: 'batch:import-1' }, ['c.mp4', 'd.mp4']], [{ tag: 'NONE' }, ['a.mp4']], [{ tag: 'place' }, ['b.mp4']], [{ tag: 'pl*' }, []]
  ]
  for (const [request, expected] of finds) {
    assert.deepEqual((await names({ ...request, sort: 'name' })), expected, JSON.stringify(request))
    assert.equal(await catalog.search.count(request), expected.length, JSON.stringify(request))
    for (const [id, name] of [[a, 'a.mp4'], [b, 'b.mp4']] as const) assert.equal(await catalog.search.has(request, id), expected.includes(name), JSON.stringify(request))
  }
  assert.deepEqual(await catalog.search.albumCounts(), new Map([['x', 2], ['xylophone', 1]]))
  await catalog.editAsset(b, { removeAlbums: ['xylophone'] })
  await catalog.editAsset(a, { deleted: true })
  assert.deepEqual([await catalog.search.albumCounts(), await catalog.search.count({ albums: ['x'] }), await catalog.search.has({}, a)], [new Map([['x', 1]]), 1, false])
})

test('a match that says little counts, and is in whatever its query fills', async ({ catalog }) => {
  await add(catalog, 'a.mp4', {}, { title: 'Harbour' })
  const weak = await add(catalog, 'b.mp4', { path: `/${'archive/old/shelf '.repeat(40)}/harbour/${'box '.repeat(60)}/b.mp4` })
  for (let i = 0; i < 20; i++) await add(catalog, `other ${i}.mp4`)
  const { search } = catalog
  assert.deepEqual([(await search.page({ q: 'harbour' })).total, await search.count({ q: 'harbour' }), await search.has({ q: 'harbour' }, weak)], [1, 2, true])
  const { hits, weak: left } = await search.page({ q: 'harbour', weak: true, sort: 'name' })
  assert.deepEqual([hits.map(({ asset, score }) => [asset.facts.name, score]), left], [[['b.mp4', undefined], ['a.mp4', undefined]], 0], 'nothing is ranked that nobody asked for')
})

test('a thread that ended is replaced when somebody searches again', async ({ catalog, names }) => {
  await add(catalog, 'a.mp4')
  assert.deepEqual(await names({}), ['a.mp4'])
  await assert.rejects(Promise.all(Array.from({ length: 200 }, () => catalog.search.page({}))), { code: 'ERR_OVERLOADED' })
  await until(async () => (await names({})).length === 1, 'it answers again')
})

test.run()
