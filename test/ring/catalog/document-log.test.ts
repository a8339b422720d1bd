import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { DocumentLog } from '../../../ring/catalog/document-log.ts'
import { PARTITION_DOCUMENTS, ROOT_DOCUMENT } from '../../../ring/catalog/document-name.ts'
import { LogDatabase } from '../../../ring/catalog/log-database.ts'
import { digestKey, encodeRecord } from '../../../ring/catalog/log-record.ts'
import { openDatabase } from '../../../ring/catalog/open-database.ts'
import { until } from '../../support/until.ts'

const test = suite<{ dir: string; open(): Promise<DocumentLog> }>('document log')
const opened: DocumentLog[] = []
test.before.each(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-log-'))
  context.open = async () => {
    const log = new DocumentLog(context.dir, silentLog)
    opened.push(log)
    await log.open()
    return log
  }
})
test.after.each(async ({ dir }) => {
  for (const log of opened.splice(0)) await log.close()
  await rm(dir, { recursive: true })
})

const text = (update: Uint8Array): string => Buffer.from(update).toString()

test('a document is read back in the order it was written, apart from all others, also after closing', async ({ open }) => {
  const log = await open()
  const writes = ['a', 'b', 'c'].map((update) => log.append(ROOT_DOCUMENT, Buffer.from(update)))
  log.append(PARTITION_DOCUMENTS[0]!, Buffer.from('x'))
  assert.deepEqual(writes.map(({ sequence }) => sequence), [1, 2, 3])
  assert.deepEqual((await log.load(ROOT_DOCUMENT)).updates.map(text), ['a', 'b', 'c'])
  await log.close()
  const again = await open()
  const { updates, damage } = await again.load(ROOT_DOCUMENT)
  assert.deepEqual([updates.map(text), damage], [['a', 'b', 'c'], undefined])
  assert.deepEqual(again.documents().sort(), ['00', 'root'])
  assert.equal(again.id, log.id)
  assert.equal(again.append(ROOT_DOCUMENT, Buffer.from('d')).sequence, 4)
})

test('compaction puts one record in the place of many, and what comes after follows it', async ({ open }) => {
  const log = await open()
  for (const update of ['a', 'b', 'c']) log.append(ROOT_DOCUMENT, Buffer.from(update))
  const compacted = log.compact(ROOT_DOCUMENT, Buffer.from('abc'))
  log.append(ROOT_DOCUMENT, Buffer.from('d'))
  await compacted
  assert.deepEqual((await log.load(ROOT_DOCUMENT)).updates.map(text), ['abc', 'd'])
  await log.close()
  const again = await open()
  assert.deepEqual(await again.load(ROOT_DOCUMENT).then(({ updates, damage }) => [updates.map(text), damage]), [['abc', 'd'], undefined])
  assert.deepEqual(again.extent(ROOT_DOCUMENT), { first: 3, last: 4, bytes: 4, snapshotBytes: 3 })
})

test('reads that meet the closing are answered or refused, and do not keep it from closing', async ({ open }) => {
  const log = await open()
  await log.append(ROOT_DOCUMENT, Buffer.from('a')).durable
  const read = (): Promise<unknown> => log.load(ROOT_DOCUMENT).then(({ updates }) => updates.map(text), String)
  const reads = [read()]
  const closing = log.close()
  for (let turn = 0; turn < 20; turn++) {
    reads.push(read())
    await Promise.resolve()
  }
  await closing
  for (const outcome of await Promise.all(reads)) {
    if (Array.isArray(outcome)) assert.deepEqual(outcome, ['a'])
    else assert.match(String(outcome), /closed/)
  }
})

test('who reads waits for what was written until then, not for what goes on being written', async ({ dir }) => {
  let batches = 0
  const database = new LogDatabase(dir, silentLog, { async read() {}, onRefused() {}, async onReopened() {} }, {
    open: async (...asked) => Object.assign(await openDatabase(...asked), { batch: async () => {
      batches++
      await new Promise((resolve) => { setImmediate(resolve) })
    } })
  })
  await database.open()
  const goOn = (): void => { if (batches < 100) void database.write([{ type: 'put', key: 'a', value: Buffer.of(1) }], goOn) }
  goOn()
  await database.reader()
  assert.ok(batches < 100, `${batches} batches were waited for`)
  await database.close()
})

test('more records than fit one batch come back whole', async ({ open }) => {
  const log = await open()
  for (let i = 0; i < 2500; i++) log.append(ROOT_DOCUMENT, Buffer.from(String(i)))
  const { updates } = await log.load(ROOT_DOCUMENT)
  assert.deepEqual(updates.map(text), Array.from({ length: 2500 }, (_, i) => String(i)))
})

/** A database whose writes fail while `fault.is` says so; `after` writes it all the same. */
function failing(fault: { is: 'none' | 'before' | 'after' }): typeof openDatabase {
  return async (...args) => {
    if (fault.is !== 'none') throw new Error('still no space left on device')
    const db = await openDatabase(...args)
    const batch = db.batch.bind(db) as (...args: unknown[]) => Promise<void>
    db.batch = (async (...args: unknown[]) => {
      if (fault.is !== 'before') await batch(...args)
      if (fault.is !== 'none') throw new Error('no space left on device')
    }) as typeof db.batch
    return db
  }
}

for (const moment of ['before', 'after'] as const) {
  test(`a write that fails ${moment} it reached the disk refuses all that follow, reads go on, and writes do again once the disk takes them`, async ({ dir }) => {
    const fault: Parameters<typeof failing>[0] = { is: 'none' }
    const told: string[] = []
    const log = new DocumentLog(dir, silentLog, {
      open: failing(fault), minFreeBytes: 0,
      onRefused: () => told.push('refused'), onReopened: async () => { told.push('reopened') }
    })
    opened.push(log)
    await log.open()
    await log.append(ROOT_DOCUMENT, Buffer.from('a')).durable
    fault.is = moment
    const queued = [log.append(ROOT_DOCUMENT, Buffer.from('b')), log.append(ROOT_DOCUMENT, Buffer.from('c'))]
    for (const { durable } of queued) await assert.rejects(durable, { code: 'ERR_STORAGE_FULL', message: /no space left/ })
    assert.throws(() => log.append(ROOT_DOCUMENT, Buffer.from('d')), { code: 'ERR_STORAGE_FULL' })
    await assert.rejects(log.flushed(), { code: 'ERR_STORAGE_FULL' })
    const { updates, damage } = await log.load(ROOT_DOCUMENT)
    assert.deepEqual([text(updates[0]!), damage, log.extent(ROOT_DOCUMENT).last], ['a', undefined, 1])
    fault.is = 'none'
    await until(() => { try { return log.checkWritable() === undefined } catch { return false } }, 'the log takes writes again', 30_000)
    assert.deepEqual(told, ['refused', 'reopened'])
    await log.append(ROOT_DOCUMENT, Buffer.from('e')).durable
    const kept = await log.load(ROOT_DOCUMENT)
    assert.deepEqual([kept.updates.map(text), kept.damage], [moment === 'after' ? ['a', 'b', 'c', 'e'] : ['a', 'e'], undefined])
  })
}

test('while too little is free the log is not opened again: what is open can be read', async ({ dir }) => {
  const fault: Parameters<typeof failing>[0] = { is: 'none' }
  const log = new DocumentLog(dir, silentLog, { open: failing(fault), minFreeBytes: Number.MAX_SAFE_INTEGER })
  opened.push(log)
  await log.open()
  await log.append(ROOT_DOCUMENT, Buffer.from('a')).durable
  fault.is = 'before'
  await assert.rejects(log.append(ROOT_DOCUMENT, Buffer.from('b')).durable)
  fault.is = 'none'
  await sleep(1200) // two attempts
  assert.throws(() => log.checkWritable(), { code: 'ERR_STORAGE_FULL' })
  assert.deepEqual((await log.load(ROOT_DOCUMENT)).updates.map(text), ['a'])
})

test('writes that follow an acknowledgement in the same turn are not left lying', async ({ open }) => {
  const log = await open()
  for (let i = 0; i < 50; i++) await log.append(ROOT_DOCUMENT, Buffer.from('a')).durable.then(() => log.append(ROOT_DOCUMENT, Buffer.from('b')).durable)
  assert.equal((await log.load(ROOT_DOCUMENT)).updates.length, 100)
})

test('a digest is kept with its sequence; one of a longer log than there is means damage', async ({ dir, open }) => {
  const log = await open()
  await log.append(ROOT_DOCUMENT, Buffer.from('a')).durable
  await log.putDigest(ROOT_DOCUMENT, Uint8Array.of(1, 2))
  await log.close()
  const again = await open()
  assert.deepEqual(again.digest(ROOT_DOCUMENT), { sequence: 1, digest: Buffer.of(1, 2) })
  await again.close()
  const db = await openDatabase(dir, silentLog)
  await db.put(digestKey(ROOT_DOCUMENT), encodeRecord(digestKey(ROOT_DOCUMENT), Buffer.from('[9,"0102"]')))
  await db.close()
  const third = await open()
  assert.equal(third.digest(ROOT_DOCUMENT), undefined)
  assert.match((await third.load(ROOT_DOCUMENT)).damage ?? '', /lost/)
})

test.run()
