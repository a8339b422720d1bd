import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Asset, MediaFacts } from '#ring'
import { familyOf, mayHaveFamily, pieceOf } from '../../../node/derive/families.ts'

const test = suite('families')

const assetOf = (name: string, kind: 'video' | 'image', probe: Partial<MediaFacts> = {}, size = 1000): Asset => ({
  facts: { id: Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64), name, size, kind, mime: '', blob: '', importedAtMs: 0, probe: { container: name.split('.').at(-1)!.toLowerCase(), ...probe } }, locations: [{ node: 'alder', path: `/card/${name}` }], marks: { stack: '' }, found: {}
}) as unknown as Asset
const told = (asset: Asset, mates: readonly Asset[], neighbours: readonly Asset[]): string[] | undefined => familyOf(asset, mates, neighbours)?.kin.map(({ asset: { facts }, span }) => `${facts.name}${span === undefined ? '' : ` ${span}`}`)

test('the halves of a live photo are found by what both say, wherever they lie, and by their names where they say nothing', () => {
  const [picture, film] = [assetOf('IMG_0001.HEIC', 'image', { contentId: 'A' }), assetOf('other.MOV', 'video', { contentId: 'A', durationMs: 2800 })]
  assert.equal(told(film, [picture, film], []), ['IMG_0001.HEIC', 'other.MOV'])
  assert.is(familyOf(film, [film, picture], [])?.stack, familyOf(picture, [picture, film], [])?.stack, 'the same whoever looks')
  const [old, short, long] = [assetOf('IMG_0002.JPG', 'image'), assetOf('IMG_0002.MOV', 'video', { durationMs: 2500 }), assetOf('IMG_0002.MOV', 'video', { durationMs: 60_000 })]
  assert.equal(told(old, [], [old, short]), ['IMG_0002.JPG', 'IMG_0002.MOV'])
  assert.is(told(old, [], [old, long]), undefined)
  assert.is(told(old, [], [old, assetOf('IMG_0003.MOV', 'video', { durationMs: 2500 })]), undefined)
})

test('pieces of a take whose names say so are put in order, and those of another take are not', () => {
  const gopro = ['GX020001.MP4', 'GX010001.MP4', 'GX030001.MP4', 'GX010002.MP4', 'GX050001.MP4'].map((name) => assetOf(name, 'video'))
  assert.equal(told(gopro[0]!, [], gopro), ['GX010001.MP4 1/3', 'GX020001.MP4 2/3', 'GX030001.MP4 3/3'])
  assert.is(told(gopro[3]!, [], gopro), undefined)
  const red = ['A001_C001_0101AB_001.R3D', 'A001_C001_0101AB_002.R3D', 'A001_C002_0101AB_001.R3D'].map((name) => assetOf(name, 'video'))
  assert.equal(told(red[1]!, [], red), ['A001_C001_0101AB_001.R3D 1/2', 'A001_C001_0101AB_002.R3D 2/2'])
})

test('numbered files are one take only where a card made the first end and the next begins as it ends', () => {
  const begun = Date.UTC(2024, 4, 6)
  const whole = (name: string, atMs: number, size: number): Asset => assetOf(name, 'video', { createdAtMs: atMs, durationMs: 600_000 }, size)
  const [one, two, three] = [whole('00001.MTS', begun, 4.29e9), whole('00002.MTS', begun + 600_000, 1e9), whole('00003.MTS', begun + 4_000_000, 1e9)] as const
  assert.equal(told(two, [], [one, two, three]), ['00001.MTS 1/2', '00002.MTS 2/2'])
  assert.is(told(three, [], [one, two, three]), undefined)
  assert.is(told(two, [], [whole('00001.MTS', begun, 3e9), two]), undefined, 'it ended because somebody stopped it')
  assert.is(told(two, [], [whole('00001.MTS', begun - 9_000_000, 4.29e9), two]), undefined, 'another moment')
})

test('folders are read only for what may have a family', () => {
  assert.is(mayHaveFamily(assetOf('clip.mp4', 'video'), 1e12), false)
  assert.is(mayHaveFamily(assetOf('clip001.mp4', 'video'), 1e12), false)
  assert.is(mayHaveFamily(assetOf('clip001.mp4', 'video'), 1000), true)
  assert.is(mayHaveFamily(assetOf('GX010001.MP4', 'video'), 1e12), true)
  assert.is(pieceOf('x'.repeat(5000)), undefined)
})

test.run()
