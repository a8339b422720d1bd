import assert from 'node:assert/strict'
import { open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { suite } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import { until } from '../../support/until.ts'
import { documentOfAsset } from '../../../ring/catalog/document-name.ts'
import { recordKey } from '../../../ring/catalog/log-record.ts'
import { type FakeNode, FakeRing, someFacts } from './fake-ring.ts'

const test = suite<{ ring: FakeRing }>('a damaged catalog')
test.before.each((context) => { context.ring = new FakeRing({ checkEveryMs: 5 }) })
test.after.each(async ({ ring }) => { await ring.end() })

const ASSETS = 200
const WITHIN_MS = 60_000
const here = { node: 'alder' as PeerId, path: '/clips/a' }
const clip = (i: number): ReturnType<typeof someFacts> => someFacts(`clip ${i}`, { importedAtMs: i })

/** Nodes that stand in the layout, and assets the log holds in tables as well as in its newest file. */
async function filled(ring: FakeRing, ...names: string[]): Promise<FakeNode[]> {
  const nodes: FakeNode[] = []
  for (const name of names) nodes.push(await ring.node(name))
  for (const { id } of nodes) await nodes[0]!.catalog.putLayout({ peerId: id, name: id, zone: id, weight: 1, state: 'active', addresses: [], joinedAtMs: 1 })
  const { catalog } = nodes[0]!
  for (let i = 0; i < ASSETS; i += 100) await Promise.all(Array.from({ length: 100 }, (_, j) => catalog.addAsset(clip(i + j), here)))
  for (const node of nodes.slice(1)) await catalog.syncWith(node.id)
  await nodes[0]!.restart() // LevelDB writes what it has in memory as a table when it is opened
  for (let i = 0; i < 20; i++) await nodes[0]!.catalog.editAsset(clip(i).id, { title: `title ${i}` })
  for (const node of nodes.slice(1)) await nodes[0]!.catalog.syncWith(node.id)
  return nodes
}

async function fileOf({ dir }: FakeNode, kind: RegExp): Promise<string> {
  const found = (await readdir(join(dir, 'log'))).find((name) => kind.test(name))
  assert.ok(found, `a file like ${kind}`)
  return join(dir, 'log', found)
}

async function flipBytes(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  const { size } = await handle.stat()
  const byte = Buffer.alloc(1)
  for (let at = 50; at < size; at += 997) {
    await handle.read(byte, 0, 1, at)
    await handle.write(Buffer.of(byte[0]! ^ 0x10), 0, 1, at)
  }
  await handle.close()
}

const TABLE = /\.ldb$/
const harms: Array<{ name: string; harm(node: FakeNode): Promise<void> }> = [
  { name: 'has flipped bits in a table', harm: async (node) => flipBytes(await fileOf(node, TABLE)) },
  { name: 'has flipped bits in its newest file', harm: async (node) => flipBytes(await fileOf(node, /\.log$/)) },
  { name: 'has a truncated table', harm: async (node) => truncate(await fileOf(node, TABLE), 5000) },
  { name: 'lacks a table', harm: async (node) => rm(await fileOf(node, TABLE)) },
  { name: 'lacks its MANIFEST', harm: async (node) => rm(await fileOf(node, /^MANIFEST/)) },
  { name: 'lacks its CURRENT', harm: async (node) => rm(await fileOf(node, /^CURRENT$/)) },
  { name: 'has garbage for its MANIFEST', harm: async (node) => writeFile(await fileOf(node, /^MANIFEST/), Buffer.alloc(3000, 'garbage')) },
  { name: 'is nothing but garbage', harm: async ({ dir }) => { for (const name of await readdir(join(dir, 'log'))) await writeFile(join(dir, 'log', name), Buffer.alloc(9000, name)) } }
]

for (const { name, harm } of harms) {
  test(`a log that ${name} is mended from the other node, with word of it and what was there kept aside`, async ({ ring }) => {
    const [alder, birch] = await filled(ring, 'alder', 'birch') as [FakeNode, FakeNode]
    const before = birch.catalog.index.assets({ limit: 500 })
    await alder.restart(() => harm(alder))
    await until(() => alder.catalog.index.assets({ limit: 500 }).total === ASSETS, 'all assets are back', WITHIN_MS)
    await until(async () => {
      await alder.catalog.syncWith(birch.id)
      assert.deepEqual(alder.catalog.index.assets({ limit: 500 }), before)
      return alder.alarms.active().every(({ key }) => key === 'catalog-set-aside')
    }, 'alder is whole and says so', WITHIN_MS)
    assert.deepEqual(birch.catalog.index.assets({ limit: 500 }), before, 'the hole went nowhere')
    await alder.catalog.editAsset(clip(1).id, { title: 'after' })
    await alder.restart()
    assert.equal((await alder.catalog.asset(clip(1).id))?.title, 'after')
    assert.equal(alder.catalog.index.counts().assets, ASSETS)
  })
}

/** As if the disk had done it, while nobody looked. */
async function breakRecord({ dir }: FakeNode, document: string, sequence: number): Promise<void> {
  const db = new Level<string, Uint8Array>(join(dir, 'log'), { valueEncoding: 'view' })
  const key = recordKey(document as never, sequence)
  const record = await db.get(key)
  assert.ok(record)
  record[record.length - 1]! ^= 1
  await db.put(key, record)
  await db.close()
}

test('damage of a document nobody asks for is found, and mended', async ({ ring }) => {
  const [alder, birch] = await filled(ring, 'alder', 'birch') as [FakeNode, FakeNode]
  const document = documentOfAsset(clip(7).id)
  await alder.restart(() => breakRecord(alder, document, 1))
  await until(async () => (await readFile(join(alder.dir, 'damaged', 'report.txt'), 'utf8')).includes(`document ${document} is whole again`), 'it was found and mended', WITHIN_MS)
  await alder.catalog.syncWith(birch.id)
  await alder.restart()
  assert.deepEqual((await alder.catalog.asset(clip(7).id)), await birch.catalog.asset(clip(7).id))
  await rm(join(alder.dir, 'damaged'), { recursive: true })
  await alder.restart()
  assert.deepEqual(alder.alarms.active(), [], 'whoever removed the folder has seen it')
})

test('a node alone in its ring keeps what is readable, also what was written after the damage, and says what is lost', async ({ ring }) => {
  const [alder] = await filled(ring, 'alder') as [FakeNode]
  const one = clip(7)
  const document = documentOfAsset(one.id)
  for (const [i, tag] of ['a', 'b', 'c', 'd'].entries()) await alder.catalog.editAsset(one.id, { addTags: [tag], rating: i + 1 })
  const last = (await alder.catalog.asset(one.id))!
  let broken = 0
  await alder.restart(async () => {
    broken = (await sequences(alder, document)).at(-3)! // the one with tag b
    await breakRecord(alder, document, broken)
  })
  await until(() => alder.alarms.active().some(({ key }) => key === 'catalog-set-aside'), 'it says so', WITHIN_MS)
  const report = join(alder.dir, 'damaged', 'report.txt')
  await until(async () => /is whole again: \d+ changes are lost, no node has them/.test(await readFile(report, 'utf8')), 'it says what is lost', WITHIN_MS)
  assert.deepEqual((await alder.catalog.asset(one.id))?.tags, ['a', 'c', 'd'])
  assert.ok((await readdir(join(alder.dir, 'damaged'))).includes(`${document}-${broken}.record`))
  assert.ok(!alder.alarms.active().some(({ key }) => key === 'catalog-damaged'))
  await alder.catalog.editAsset(one.id, { title: 'goes on' })
  const birch = await ring.node('birch')
  await birch.catalog.syncWith(alder.id)
  await alder.restart()
  for (const { catalog } of [alder, birch]) assert.deepEqual(await catalog.asset(one.id).then((asset) => [asset?.title, asset?.tags, asset?.facts]), ['goes on', ['a', 'c', 'd'], last.facts])
})

async function sequences({ dir }: FakeNode, document: string): Promise<number[]> {
  const db = new Level(join(dir, 'log'))
  const keys = await db.keys({ gte: `u!${document}!`, lt: `u!${document}"` }).all()
  await db.close()
  return keys.map((key) => Number.parseInt(key.split('!')[2]!, 16))
}

test.run()
