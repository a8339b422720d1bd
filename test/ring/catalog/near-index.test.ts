import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import type { AssetFacts, Catalog } from '../../../ring/catalog/catalog.ts'
import { distanceOf, hamming, NEAR_BITS, parseHashes, PICTURE_HASH } from '../../../ring/catalog/near-index.ts'
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
  assert.equal(hamming(BASE, spread), NEAR_BITS)
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
