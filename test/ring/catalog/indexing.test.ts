import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import { createAlarms } from '#ring/base/alarms.ts'
import { silentLog } from '#ring/base/log.ts'
import { createIndexing } from '../../../ring/catalog/indexing.ts'
import { until } from '../../support/until.ts'
import { FakeRing, someFacts } from './fake-ring.ts'

const test = suite('indexing')

test('a start does not wait for an index that takes long: people are told, until it is there', async () => {
  const built = Promise.withResolvers<void>()
  let left = 200
  const alarms = createAlarms()
  const indexing = createIndexing({ index: () => built.promise, stop: () => built.resolve(), unindexed: () => left, alarms, log: silentLog })
  const keepAlive = setInterval(() => {}, 1000)
  await indexing.start()
  assert.match(alarms.active()[0]?.message ?? '', /57 of 257/)
  left = 100
  await until(() => alarms.active()[0]?.message.includes('157 of 257'), 'progress is told')
  built.resolve()
  await until(() => alarms.active().length === 0, 'nothing is told any more')
  await indexing.stop()
  clearInterval(keepAlive)
})

test('an index that was lost is whole again after a start that had time for it', async () => {
  const ring = new FakeRing()
  try {
    const alder = await ring.node('alder')
    await Promise.all(Array.from({ length: 60 }, (_, i) => alder.catalog.addAsset(someFacts(`clip ${i}`), { node: 'alder' as PeerId, path: '/a' })))
    await alder.restart(() => rm(join(alder.dir, 'index.sqlite')))
    await alder.restart()
    assert.equal(alder.catalog.index.counts().assets, 60)
  } finally {
    await ring.end()
  }
})

test.run()
