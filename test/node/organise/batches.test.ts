import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { ImportResult } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import type { RecordFields, StoredBlob } from '#ring'
import { type Batches, createBatches } from '../../../node/organise/batches.ts'
import { createEdits } from '../../../node/organise/edits.ts'
import { createHistory } from '../../../node/organise/history.ts'
import type { ImportOptions, LibraryImporter } from '../../../node/library/importer.ts'

const test = suite<{ batches: Batches; importer: LibraryImporter }>('imports')

test.before.each((context) => {
  const kept = new Map<string, Record<string, unknown>>()
  const records = {
    list: () => [...kept].map(([id, fields]) => ({ id, fields })),
    find: (_kind: string, id: string) => kept.has(id) ? { id, fields: kept.get(id) } : undefined,
    put: async (_kind: string, id: string, fields: RecordFields) => { kept.set(id, { ...kept.get(id), ...fields }) },
    remove: async (_kind: string, id: string) => kept.delete(id)
  }
  const catalog = { records, asset: async () => undefined, editAssets: async () => ({ changed: [], missing: [], failed: [] }) } as never
  context.batches = createBatches({ ring: { name: 'alder', catalog }, edits: createEdits({ catalog, history: createHistory({ catalog }) }), selected: { async *assets() {} } } as never)
  context.importer = context.batches.counting({
    async importFile(path: string, { store }: ImportOptions = {}): Promise<ImportResult> {
      await store?.()
      return { path, outcome: path.startsWith('/known') ? 'known' : 'imported', assetId: 'a'.repeat(64), copies: 1, reason: null }
    },
    importKnown: async (id, { shownPath }) => ({ path: shownPath, outcome: 'known', assetId: id, copies: 0, reason: null })
  })
})

test('an import that goes on after it was taken for ended counts on from where it was', async ({ batches, importer }) => {
  const batch = { id: 'scan-1', source: 'scan', name: 'day1' }
  for (const path of ['/a', '/b', '/known']) await importer.importFile(path, { batch })
  await batches.stop()
  assert.ok(batches.find('scan-1').endedMs !== null)
  await importer.importFile('/c', { batch })
  const { imported, known, endedMs, name, source } = batches.find('scan-1')
  assert.deepEqual([imported, known, endedMs, name, source], [3, 1, null, 'day1', 'scan'])
  await batches.stop()
  assert.deepEqual([batches.list({}).total, batches.find('scan-1').imported], [1, 3])
})

test('a file that need not be sent counts in the import of its sender', async ({ batches, importer }) => {
  const batch = { source: 'upload', by: 'ann' }
  await importer.importFile('/spool/1', { shownPath: 'card/a.mp4', batch })
  await importer.importKnown('b'.repeat(64) as AssetId, { shownPath: 'card/b.mp4', batch })
  assert.deepEqual(batches.list({}).batches.map(({ by, imported, known }) => [by, imported, known]), [['ann', 1, 1]])
})

test('an import is as large as its files, also when their bytes lay in the ring already', async ({ batches, importer }) => {
  const store = async (): Promise<StoredBlob> => ({ size: 700 }) as StoredBlob
  for (const path of ['/a', '/b']) await importer.importFile(path, { store, batch: { id: 'roll-1', source: 'offload' } })
  assert.equal(batches.find('roll-1').bytes, 1_400)
})

test('an import that is taken back while it is open says so at once, and from then on', async ({ batches, importer }) => {
  await importer.importFile('/a', { batch: { id: 'scan-2', source: 'scan' } })
  await batches.undo({ id: 'p', name: 'somebody' } as never, 'scan-2')
  assert.ok(batches.find('scan-2').undoneMs !== null)
  await batches.stop()
  assert.ok(batches.find('scan-2').undoneMs !== null)
})

test.run()
