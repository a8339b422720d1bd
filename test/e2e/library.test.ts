// needs: ffmpeg
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import type { AssetDetail, AssetList, ImportResult } from '#protocols/http.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { type NodeProcess, run, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('a folder of clips, from the command line to every node')

let ring: TestRing
let alder: NodeProcess
let birch: NodeProcess
let folder: MediaFolder
let results: ImportResult[]

test.before(async () => {
  ring = await TestRing.create()
  alder = await ring.begin('alder')
  birch = await ring.begin('birch')
  await ring.together(2)
  folder = await createMediaFolder()
})

/** The name within the folder of a path as an import shows it. */
const nameIn = (path: string): string => [...folder.whole, ...folder.broken].find((name) => path.endsWith(name)) ?? path

test.after(async () => {
  await ring?.end()
  await folder?.remove()
})

test('every file is imported or clearly refused', async () => {
  const { stdout } = await run('import', folder.root, '--node', alder.url, '--json')
  results = (JSON.parse(stdout) as { results: ImportResult[] }).results
  const refusedNames = results.filter(({ outcome }) => outcome === 'refused').map(({ path }) => nameIn(path))
  assert.deepEqual(refusedNames.sort(), [...folder.broken].sort())
  assert.deepEqual(results.filter(({ outcome }) => outcome === 'imported').map(({ path }) => nameIn(path)).sort(), [...folder.whole].sort())
  for (const { path, outcome, reason } of results) assert.equal(outcome === 'refused', reason !== null, `${path}: ${outcome}, ${reason}`)
})

test('the original bytes of every asset come back from the other node', async () => {
  for (const { path, assetId, copies } of results) {
    if (assetId === null) continue
    const bytes = await ring.bytes(`${birch.url}/api/v1/assets/${assetId}/content`)
    const original = await readFile(folder.path(nameIn(path)))
    assert.equal(createHash('sha256').update(bytes).digest('hex'), assetId)
    assert.equal(bytes.equals(original), true, path)
    assert.equal(copies, 2, path)
  }
})

test('importing the folder again changes nothing', async () => {
  const total = (await ring.get<AssetList>(`${alder.url}/api/v1/assets`)).total
  const { stdout } = await run('import', folder.root, '--node', birch.url, '--json')
  const again = (JSON.parse(stdout) as { results: ImportResult[] }).results
  assert.deepEqual([...new Set(again.filter(({ assetId }) => assetId !== null).map(({ outcome }) => outcome))], ['known'])
  assert.equal((await ring.get<AssetList>(`${alder.url}/api/v1/assets`)).total, total)
})

test('an edit on one node is found by search on the other', async () => {
  const { assets: [asset] } = await ring.get<AssetList>(`${alder.url}/api/v1/assets?kind=video`)
  await ring.send('PATCH', `${alder.url}/api/v1/assets/${asset?.id}`, { title: 'Heron over the weir', addTags: ['birds'], rating: 4 })
  const found = await until(async () => {
    const { assets } = await ring.get<AssetList>(`${birch.url}/api/v1/assets?q=heron`)
    return assets.length === 1 ? assets[0] : undefined
  }, 'birch finds it')
  assert.deepEqual([found.id, found.title, found.tags, found.rating], [asset?.id, 'Heron over the weir', ['birds'], 4])
  const { stdout } = await run('search', 'birds', '--assets', '--node', birch.url, '--json')
  assert.equal((JSON.parse(stdout) as AssetList).assets[0]?.id, asset?.id)
})

test('an asset says which nodes hold its bytes', async () => {
  const { assets: [asset] } = await ring.get<AssetList>(`${alder.url}/api/v1/assets`)
  const detail = await ring.get<AssetDetail>(`${birch.url}/api/v1/assets/${asset?.id}`)
  assert.deepEqual(detail.copies.map(({ node, chunks }) => [node, chunks]).sort(), [['alder', detail.chunks], ['birch', detail.chunks]])
})

test('with one node killed the other still has everything; after all stopped and started, everything is there', async () => {
  await alder.process.kill()
  for (const { assetId } of results.filter(({ assetId }) => assetId !== null)) {
    const bytes = await ring.bytes(`${birch.url}/api/v1/assets/${assetId}/content`)
    assert.equal(createHash('sha256').update(bytes).digest('hex'), assetId)
  }
  const total = (await ring.get<AssetList>(`${birch.url}/api/v1/assets`)).total
  assert.equal((await birch.process.stop()).code, 0)
  alder = await ring.begin('alder')
  birch = await ring.begin('birch')
  await ring.together(2)
  for (const node of [alder, birch]) {
    assert.equal((await ring.get<AssetList>(`${node.url}/api/v1/assets`)).total, total)
    assert.equal((await ring.get<AssetList>(`${node.url}/api/v1/assets?q=heron`)).total, 1)
  }
})

test.run()
