import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { DocumentLog, openDatabase } from '../../../ring/catalog/document-log.ts'
import { PARTITION_DOCUMENTS, ROOT_DOCUMENT } from '../../../ring/catalog/document-name.ts'
import { digestKey, encodeRecord } from '../../../ring/catalog/log-record.ts'

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

test('more records than fit one batch come back whole', async ({ open }) => {
  const log = await open()
  for (let i = 0; i < 2500; i++) log.append(ROOT_DOCUMENT, Buffer.from(String(i)))
  const { updates } = await log.load(ROOT_DOCUMENT)
  assert.deepEqual(updates.map(text), Array.from({ length: 2500 }, (_, i) => String(i)))
})

test('after one failed write nothing is acknowledged any more', async ({ dir }) => {
  let fails = false
  const log = new DocumentLog(dir, silentLog, async (...args) => {
    const db = await openDatabase(...args)
    const batch = db.batch.bind(db) as (...args: unknown[]) => Promise<void>
    db.batch = ((...args: unknown[]) => fails ? Promise.reject(new Error('no space left on device')) : batch(...args)) as typeof db.batch
    return db
  })
  opened.push(log)
  await log.open()
  await log.append(ROOT_DOCUMENT, Buffer.from('a')).durable
  fails = true
  await assert.rejects(log.append(ROOT_DOCUMENT, Buffer.from('b')).durable, { code: 'ERR_STORAGE_FULL', message: /no space left/ })
  fails = false
  await assert.rejects(log.append(ROOT_DOCUMENT, Buffer.from('c')).durable, { code: 'ERR_STORAGE_FULL' })
  await assert.rejects(log.flushed(), { code: 'ERR_STORAGE_FULL' })
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
