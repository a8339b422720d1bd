import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as Y from 'yjs'
import { type AssetId, chunkIdOf, type PeerId } from '#protocols/ids.ts'
import { isPurged, isStripped, patchAsset, placeFile, purgeAsset, readAsset, stripPurged, writeAsset } from '../../../ring/catalog/asset-entry.ts'
import type { AssetFacts, AssetLocation, StoredFacts } from '../../../ring/catalog/catalog.ts'
import { documentOfAsset } from '../../../ring/catalog/document-name.ts'
import { whyNotWhole } from '../../../ring/catalog/document-walk.ts'
import { referencesOf, referrersIn } from '../../../ring/catalog/references.ts'
import { someFacts } from './fake-ring.ts'

const test = suite('assets whose bytes stay outside the ring')

const stored: StoredFacts = someFacts('heron.mov')
const { blob: _, ...outside }: AssetFacts = stored
const id: AssetId = stored.id
const share: AssetLocation = { node: 'alder' as PeerId, path: '/mnt/nas/heron (1).mov', file: { modifiedAtMs: 1_000 } }
const upload: AssetLocation = { node: 'birch' as PeerId, path: 'heron.mov' }

const edited = (change: (doc: Y.Doc) => void, doc = new Y.Doc()): Y.Doc => {
  doc.transact(() => change(doc))
  return doc
}
function merge(...docs: Y.Doc[]): Y.Doc {
  const updates = docs.map((doc) => Y.encodeStateAsUpdate(doc))
  const merged = new Y.Doc()
  for (const update of updates) Y.applyUpdate(merged, update)
  return merged
}

test('it is an asset without a blob, and the document is understood', () => {
  const doc = edited((doc) => writeAsset(doc, outside, share, undefined))
  assert.equal([readAsset(doc, id)?.facts, readAsset(doc, id)?.locations], [outside, [share]])
  assert.is(whyNotWhole(doc, documentOfAsset(id)), undefined)
  assert.equal([...referrersIn(doc, documentOfAsset(id))].map(referencesOf), [[]])
})

test('scanned in place on one side of a cut and imported on the other, the ring keeps its copy, whoever wrote last', () => {
  for (let i = 0; i < 20; i++) { // which write of one key wins follows from random numbers
    const scanned = edited((doc) => writeAsset(doc, outside, share, undefined))
    const imported = edited((doc) => writeAsset(doc, stored, upload, undefined))
    for (const doc of [merge(scanned, imported), merge(imported, scanned)]) {
      assert.is(readAsset(doc, id)?.facts.blob, stored.blob)
      assert.equal(readAsset(doc, id)?.locations, [share, upload])
      assert.equal([...referrersIn(doc, documentOfAsset(id))].flatMap(referencesOf).map((reference) => reference.id), [stored.blob])
    }
  }
})

test('importing what was only referenced gives it a blob, and keeps what is known of the file', () => {
  const doc = edited((doc) => writeAsset(doc, outside, share, undefined))
  edited((doc) => assert.is(writeAsset(doc, stored, { node: share.node, path: share.path }, undefined), false), doc)
  assert.equal([readAsset(doc, id)?.facts.blob, readAsset(doc, id)?.locations], [stored.blob, [share]])
  edited((doc) => writeAsset(doc, outside, share, undefined), doc)
  assert.is(readAsset(doc, id)?.facts.blob, stored.blob, 'and a scan does not take it away')
})

test('a file is missing, comes back, or leaves', () => {
  const doc = edited((doc) => writeAsset(doc, outside, share, undefined))
  const missing = { ...share, file: { modifiedAtMs: 1_000, missingSinceMs: 5_000 } }
  edited((doc) => placeFile(doc, id, missing), doc)
  assert.equal(readAsset(doc, id)?.locations, [missing])
  edited((doc) => placeFile(doc, id, share), doc)
  assert.equal(readAsset(doc, id)?.locations, [share])
  edited((doc) => placeFile(doc, id, { node: share.node, path: share.path }), doc)
  assert.equal(readAsset(doc, id)?.locations, [])
})

test('a purge takes the places of its files too, and leaves a tombstone', () => {
  const doc = edited((doc) => writeAsset(doc, outside, share, undefined))
  edited((doc) => purgeAsset(doc, readAsset(doc, id)!, 9_000), doc)
  assert.equal([isPurged(doc, id), readAsset(doc, id)], [true, undefined])
  edited((doc) => stripPurged(doc, id), doc)
  assert.ok(isStripped(doc, id))
})

test('sidecars are needed for as long as the asset is there', () => {
  const doc = edited((doc) => writeAsset(doc, outside, share, undefined))
  const sidecar = chunkIdOf(Buffer.from('<xmp/>'))
  edited((doc) => patchAsset(doc, readAsset(doc, id)!, { sidecars: { 'heron.xmp': sidecar } }, 2_000), doc)
  assert.equal(readAsset(doc, id)?.sidecars, { 'heron.xmp': sidecar })
  assert.is(readAsset(doc, id)?.editedAtMs, stored.importedAtMs, 'a person edited nothing')
  assert.equal([...referrersIn(doc, documentOfAsset(id))].flatMap(referencesOf).map((reference) => reference.id), [sidecar])
  assert.is(whyNotWhole(doc, documentOfAsset(id)), undefined)
  edited((doc) => patchAsset(doc, readAsset(doc, id)!, { sidecars: { 'heron.xmp': null } }, 3_000), doc)
  assert.equal(readAsset(doc, id)?.sidecars, {})
})

test('what another member wrote as a place and is none is left out', () => {
  const doc = edited((doc) => writeAsset(doc, outside, share, undefined))
  edited((doc) => {
    const fields = doc.getMap(id)
    for (const [i, value] of [{}, { modifiedAtMs: 'now' }, null, 1, 'there', { modifiedAtMs: Number.NaN }, [1]].entries()) fields.set(`at:alder /odd ${i}`, value)
    fields.set('sidecar:odd', 'no chunk')
  }, doc)
  assert.equal([readAsset(doc, id)?.locations, readAsset(doc, id)?.sidecars], [[share], {}])
})

test.run()
