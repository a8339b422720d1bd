import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { suite } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import type { Asset, AssetFacts, Catalog } from '../../../ring/catalog/catalog.ts'
import { distanceOf, hamming, MAX_ALIKE, NEAR_BITS, NEAR_SCHEMA, parseHashes, PICTURE_HASH, putNear } from '../../../ring/catalog/near-index.ts'
import { folderTrait, stemTrait } from '../../../ring/catalog/trait-index.ts'
import { FakeRing, someFacts } from './fake-ring.ts'

const test = suite<{ ring: FakeRing; catalog: Catalog }>('near index')
test.before.each(async (context) => {
  context.ring = new FakeRing()
  context.catalog = (await context.ring.node('alder')).catalog
})
test.after.each(async ({ ring }) => { await ring.end() })

const hex = (hash: bigint): string => hash.toString(16).padStart(16, '0')
const BASE = 0x0123_4567_89ab_cdefn

async function add(catalog: Catalog, name: string, hashes: string, more: Partial<AssetFacts> = { kind: 'image' }): Promise<AssetFacts> {
  const facts = someFacts(name, more)
  await catalog.addAsset(facts, { node: 'alder' as PeerId, path: `/clips/${name}` })
  await catalog.editAsset(facts.id, { found: { [PICTURE_HASH]: hashes } })
  return facts
}
const pairs = (catalog: Catalog): string[] => catalog.index.nearPairs({}).pairs.map(({ assets, distance }) => `${assets.map(({ facts }) => facts.name).sort().join('-')} ${distance}`)

test('every picture within seven bits is found, whichever bits they are, and none beyond', async ({ catalog }) => {
  await add(catalog, 'base', hex(BASE))
  const spread = [0, 9, 18, 27, 36, 45, 54].reduce((hash, bit) => hash ^ (1n << BigInt(bit)), BASE) // at most two to a quarter
  await add(catalog, 'seven', hex(spread))
  await add(catalog, 'eight', hex(spread ^ (1n << 63n)))
  assert.deepEqual(pairs(catalog), ['eight-seven 1', 'base-seven 7'])
  assert.deepEqual([hamming(BASE, spread), hamming(0n, 0xffff_ffff_ffff_ffffn), hamming(0n, 0x8000_0000_8000_0001n)], [NEAR_BITS, 64, 3])
})

test('films are compared picture by picture, black ones left out, and only with films as long', async ({ catalog }) => {
  const film = (durationMs: number): Partial<AssetFacts> => ({ kind: 'video', probe: { container: 'mp4', durationMs } })
  const [a, b] = [hex(BASE), hex(~BASE & 0xffff_ffff_ffff_ffffn)]
  await add(catalog, 'one', `-,${a},${b},${a},${b}`, film(60_000))
  await add(catalog, 'copy', `${b},${a},${b},${a},${b}`, film(60_800))
  await add(catalog, 'other', `${a},${b},${a},${b},${a}`, film(60_000))
  await add(catalog, 'longer', `-,${a},${b},${a},${b}`, film(90_000))
  await add(catalog, 'fades', `-,-,-,-,${b}`, film(60_000))
  assert.deepEqual(pairs(catalog), ['copy-one 0'])
})

test('pairs go with an asset that is deleted, and come back with it', async ({ catalog }) => {
  const { id } = await add(catalog, 'one', hex(BASE))
  await add(catalog, 'two', hex(BASE))
  await catalog.editAsset(id, { deleted: true })
  assert.deepEqual(pairs(catalog), [])
  await catalog.editAsset(id, { deleted: false })
  assert.deepEqual(pairs(catalog), ['one-two 0'])
})

test('among hundreds that share a quarter of a picture and nothing else, the one that is like it is found', () => {
  const database = new DatabaseSync(':memory:')
  database.exec(NEAR_SCHEMA)
  const put = (number: number, hash: bigint): void => putNear(database, number, { found: { [PICTURE_HASH]: hex(hash) }, facts: { kind: 'image', probe: {} } } as unknown as Asset)
  let seed = 5n
  const random = (): bigint => (seed = (seed * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn) >> 16n
  for (let number = 1; number <= 700; number++) put(number, (random() << 16n) | (BASE & 0xffffn))
  put(701, BASE)
  put(702, BASE ^ 1n)
  assert.deepEqual(database.prepare('SELECT a, b, distance FROM near_pairs').all().map((row) => ({ ...row })), [{ a: 701, b: 702, distance: 1 }])
})

test(`flat pictures, all like all others, are told of at most ${MAX_ALIKE} each`, () => {
  const database = new DatabaseSync(':memory:')
  database.exec(NEAR_SCHEMA)
  for (let number = 1; number <= MAX_ALIKE + 50; number++) putNear(database, number, { found: { [PICTURE_HASH]: hex(BASE) }, facts: { kind: 'image', probe: {} } } as unknown as Asset)
  assert.equal(database.prepare('SELECT count(*) AS pairs FROM near_pairs WHERE b = ?').get(MAX_ALIKE + 50)?.['pairs'], MAX_ALIKE)
})

test('what another member wrote as hashes and is none is no picture', () => {
  assert.deepEqual(parseHashes('zz,-,,0123456789abcdef0,0123456789ABCDEF'), [undefined, undefined, undefined, undefined, undefined])
  assert.equal(parseHashes('0123456789abcdef,'.repeat(1000)).length, 16)
  assert.equal(distanceOf([undefined], [undefined]), undefined)
})

test('assets of one folder of a node are found together', async ({ catalog }) => {
  await add(catalog, 'a.mp4', '-')
  await add(catalog, 'b.mp4', '-')
  assert.deepEqual(catalog.index.sharing(folderTrait('alder', '/clips/x')).map(({ facts }) => facts.name).sort(), ['a.mp4', 'b.mp4'])
  assert.deepEqual(catalog.index.sharing(folderTrait('birch', '/clips/x')), [])
  assert.deepEqual(catalog.index.sharing(stemTrait('alder', '/clips/A.aae')).map(({ facts }) => facts.name), ['a.mp4'])
})

test.run()
