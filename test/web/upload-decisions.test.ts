import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { UploadRate } from '../../web/src/library/upload-rate.ts'
import { summarise, type Upload } from '../../web/src/library/upload-view.ts'

const test = suite('what the upload panel says')

const upload = (change: Partial<Upload>): Upload => ({ id: 1, path: 'a.mp4', size: 100, state: 'waiting', hashed: 0, sent: 0, node: '', reason: '', assetId: null, ...change })

test('the sums count bytes that are sent, and files that are through whole', () => {
  const view = summarise([upload({ state: 'sending', sent: 40 }), upload({ state: 'known' }), upload({ state: 'refused' }), upload({ state: 'paused', sent: 10 }), upload({ state: 'hashing', hashed: 90 })], 7)
  assert.deepEqual([view.files, view.finished, view.bytes, view.sentBytes, view.troubled, view.paused, view.busy, view.bytesPerSecond], [5, 2, 500, 250, 1, 1, true, 7])
  assert.equal(summarise([upload({ state: 'imported' })], 0).busy, false)
})

test('the rate is of the last seconds, and none until it can be told', () => {
  const rate = new UploadRate()
  assert.equal(rate.bytesPerSecond, 0)
  rate.add(0, 0)
  rate.add(500, 100)
  assert.equal(rate.bytesPerSecond, 0)
  for (let second = 1; second <= 20; second++) rate.add(1_000 * second, 1_000 * second)
  for (let second = 21; second <= 40; second++) rate.add(20_000 + 3_000 * (second - 20), 1_000 * second)
  assert.equal(rate.bytesPerSecond, 3_000)
})

test('a count that is set back begins anew: a retry is no negative rate', () => {
  const rate = new UploadRate()
  for (let second = 0; second <= 5; second++) rate.add(1_000 * second, 1_000 * second)
  rate.add(100, 6_000)
  rate.add(1_100, 7_000)
  assert.equal(rate.bytesPerSecond, 1_000)
})

test.run()
