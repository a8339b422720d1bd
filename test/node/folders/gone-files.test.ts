import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { AssetId } from '#protocols/ids.ts'
import type { SeenFile } from '../../../node/folders/file-cache.ts'
import { createGoneFiles } from '../../../node/folders/gone-files.ts'

const test = suite('files that are gone')
const assetOf = (number: number): AssetId => number.toString(16).padStart(64, '0') as AssetId
const seen = (number: number, more: Partial<SeenFile> = {}): SeenFile => ({ size: 1_000, modifiedMs: 5, inode: number, asset: assetOf(number), sidecars: '', ...more })

test('a folder of thousands that was renamed costs a look or two at each file, not at each of the others', () => {
  const count = 5_000
  let looks = 0
  const gone = Array.from({ length: count }, (_, number): [string, SeenFile] => [`old/${number}`, Object.defineProperty({ ...seen(number) }, 'size', { get: () => { looks++; return 1_000 } })])
  const files = createGoneFiles(gone)
  for (let number = count - 1; number >= 0; number--) {
    assert.equal(files.assetOf(seen(number)), assetOf(number))
    assert.equal(files.take(assetOf(number)), `old/${number}`)
  }
  assert.deepEqual([...files.left()], [])
  assert.ok(looks <= 4 * count, `${looks} looks at ${count} files`)
})

test('of several with the same bytes each is found once; another time, size or inode is another file; what was refused is nobody\'s twin', () => {
  const files = createGoneFiles([['a', seen(1)], ['b', seen(2, { asset: assetOf(1) })], ['c', seen(3, { asset: undefined })]])
  assert.deepEqual([files.assetOf(seen(1)), files.assetOf(seen(2)), files.assetOf(seen(3)), files.assetOf(seen(1, { modifiedMs: 6 })), files.assetOf(seen(1, { size: 1 }))], [assetOf(1), assetOf(1), undefined, undefined, undefined])
  assert.deepEqual([files.take(assetOf(1)), files.take(assetOf(1)), files.take(assetOf(1))], ['a', 'b', undefined])
  assert.equal(files.assetOf(seen(1)), undefined)
  assert.deepEqual([...files.left()].map(([name]) => name), ['c'])
})

test.run()
