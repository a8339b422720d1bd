import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as Y from 'yjs'
import type { PeerId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { digestOfDocument } from '../../../ring/catalog/document-digest.ts'
import { DocumentLog } from '../../../ring/catalog/document-log.ts'
import { PARTITION_DOCUMENTS, received, ROOT_DOCUMENT } from '../../../ring/catalog/document-name.ts'
import { Documents } from '../../../ring/catalog/documents.ts'

interface Opened { documents: Documents; close(): Promise<void> }

const test = suite<{ dir: string; open(maxLoadedBytes?: number): Promise<Opened> }>('documents')
test.before.each(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-documents-'))
  context.open = async (maxLoadedBytes) => {
    const updates = new DocumentLog(context.dir, silentLog)
    await updates.open()
    const documents = new Documents({ updates, log: silentLog, onChange() {}, onDeleted() {}, onDamage() {}, onRewritten() {}, onOffence() {} }, { maxLoadedBytes })
    return { documents, close: async () => { await documents.close(); await updates.close() } }
  }
})
test.after.each(async ({ dir }) => { await rm(dir, { recursive: true }) })

const from = received('sync', 'birch' as PeerId)
const [first] = PARTITION_DOCUMENTS

test('memory stays bounded, and no edit is lost by dropping and loading documents, however edits overlap', async ({ open }) => {
  const { documents, close } = await open(2000)
  let most = 0
  await Promise.all(Array.from({ length: 400 }, async (_, i) => {
    const { durable } = await documents.edit(PARTITION_DOCUMENTS[(i * 7) % 40]!, (doc) => doc.getMap('m').set(`k${i}`, 'x'.repeat(20)))
    most = Math.max(most, documents.loaded)
    await durable
  }))
  assert.ok(documents.loaded < 40, `${documents.loaded} loaded`)
  assert.ok(most <= 41)
  let keys = 0
  for (const name of PARTITION_DOCUMENTS.slice(0, 40)) keys += await documents.read(name, (doc) => doc.getMap('m').size)
  assert.equal(keys, 400)
  await close()
})

test('a digest is the same whichever way the changes came, differs with any change, and needs no document after a restart', async ({ open }) => {
  const a = new Y.Doc()
  const b = new Y.Doc()
  a.getMap('m').set('x', 1)
  b.getMap('m').set('x', 2)
  b.getMap('m').delete('x')
  const [ofA, ofB] = [Y.encodeStateAsUpdate(a), Y.encodeStateAsUpdate(b)]
  for (const update of [ofB, ofA]) Y.applyUpdate(a, update)
  const { documents, close } = await open()
  await documents.receive(first!, ofB, from)
  assert.notDeepEqual(await documents.digest(first!), new Uint8Array(digestOfDocument(a)))
  await documents.receive(first!, ofA, from)
  assert.equal(Buffer.compare(await documents.digest(first!) ?? Buffer.of(), digestOfDocument(a)), 0)
  assert.equal(await documents.digest(ROOT_DOCUMENT), undefined)
  await close()
  const again = await open()
  assert.equal(Buffer.compare(await again.documents.digest(first!) ?? Buffer.of(), digestOfDocument(a)), 0)
  assert.equal(again.documents.loaded, 0)
  await again.close()
})

test('what was accepted before the changes it builds on is still there after a restart', async ({ open }) => {
  const theirs = new Y.Doc()
  const sent: Uint8Array[] = []
  theirs.on('update', (update: Uint8Array) => sent.push(update))
  theirs.getMap('m').set('one', 1)
  theirs.getMap('m').set('two', 2)
  const { documents, close } = await open()
  assert.deepEqual(await documents.receive(first!, sent[1]!, from), { incomplete: true })
  await close()
  const again = await open()
  assert.deepEqual(await again.documents.receive(first!, sent[0]!, from), { incomplete: false })
  assert.deepEqual(await again.documents.read(first!, (doc) => doc.getMap('m').toJSON()), { one: 1, two: 2 })
  await again.close()
})

test('values rewritten in turns by writers of their own cost what one of each costs', async ({ open }) => {
  const { documents, close } = await open()
  const rewrite = async (times: number): Promise<number> => {
    for (let i = 0; i < times; i++) {
      for (const key of ['porch', 'garage']) await documents.edit(first!, (doc) => doc.getMap('m').set(key, `part ${i % 10}`), key)
      await documents.edit(first!, (doc) => doc.getMap('m').set(`other ${i % 10}`, i % 10))
    }
    return documents.read(first!, (doc) => [doc.store.clients.size, Y.encodeStateAsUpdate(doc).byteLength] as const).then(([writers, bytes]) => {
      assert.equal(writers, 3)
      return bytes
    })
  }
  const once = await rewrite(20)
  const often = await rewrite(400)
  assert.ok(often < once + 12_000, `${once} bytes became ${often}`)
  await close()
})

test('an edit that changes nothing writes nothing', async ({ open }) => {
  const { documents, close } = await open()
  assert.equal((await documents.edit(first!, () => 'looked')).update, undefined)
  assert.equal(await documents.digest(first!), undefined)
  await close()
})

test.run()
