import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Level } from 'level'
import { suite } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import { documentOfAsset } from '../../../ring/catalog/document-name.ts'
import { recordKey, spanKey } from '../../../ring/catalog/log-record.ts'
import { type FakeNode, FakeRing, someFacts, someSession, until } from './fake-ring.ts'

const test = suite<{ ring: FakeRing }>('catalog durability')
test.before.each((context) => { context.ring = new FakeRing() })
test.after.each(async ({ ring }) => { await ring.end() })

const here = { node: 'alder' as PeerId, path: '/clips/a' }

async function addClips({ catalog }: FakeNode, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await catalog.addAsset(someFacts(`clip ${i}`, { importedAtMs: i }), here)
}

test('every acknowledged edit survives SIGKILL, time after time', async ({ ring }) => {
  const alder = await ring.node('alder')
  await alder.stop()
  const acknowledged: string[] = []
  for (let run = 0; run < 3; run++) {
    const child = spawn(process.execPath, [new URL('endless-editor.ts', import.meta.url).pathname, alder.dir, String(run * 100_000)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let lines = 0
    for await (const line of createInterface(child.stdout)) {
      acknowledged.push(line)
      if (++lines === 150 + run * 37) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  await alder.restart()
  for (const line of acknowledged) {
    const [what, n] = line.split(' ')
    const { id } = someFacts(`clip ${Number(n) % 50}`)
    for (const asset of [await alder.catalog.asset(id), alder.catalog.index.asset(id)]) {
      const found = what === 'tag' ? asset?.tags.includes(`t${n}`) : asset?.locations.some(({ path }) => path === `/${n}`)
      assert.ok(found, line)
    }
  }
})

test('an index that is deleted, damaged or of another version is built again, equal', async ({ ring }) => {
  const alder = await ring.node('alder')
  await addClips(alder, 30)
  await alder.catalog.editAsset(someFacts('clip 3').id, { notes: 'the door', addTags: ['x'] })
  await alder.catalog.editAsset(someFacts('clip 4').id, { deleted: true })
  await alder.catalog.putRecording(someSession('porch', 1000, 's'))
  const content = (): unknown => {
    const { index } = alder.catalog
    return [index.assets({ limit: 500 }), index.assets({ text: 'door' }).total, index.recordings('porch' as CameraId, 0, 1e9), index.counts()]
  }
  const before = content()
  const file = join(alder.dir, 'index.sqlite')
  await alder.restart(() => rm(file))
  assert.deepEqual(content(), before)
  await alder.restart(() => writeFile(file, Buffer.alloc(20_000, 'not a database')))
  assert.deepEqual(content(), before)
  await alder.restart(async () => {
    const handle = await open(file, 'r+')
    const { size } = await handle.stat()
    await handle.write(Buffer.alloc(size - 8192, 7), 0, size - 8192, 4096)
    await handle.close()
  })
  assert.deepEqual(content(), before)
})

for (const harm of ['flipped', 'missing', 'span lost'] as const) {
  test(`a record of the log that is ${harm} is noticed, what is readable is used, and the rest comes from the other node`, async ({ ring }) => {
    const alder = await ring.node('alder')
    const birch = await ring.node('birch')
    const facts = someFacts('a')
    await alder.catalog.addAsset(facts, here)
    for (const tag of ['one', 'two', 'three']) await alder.catalog.editAsset(facts.id, { addTags: [tag] })
    await alder.catalog.syncWith(birch.id)
    ring.cut(alder, birch)
    const document = documentOfAsset(facts.id)
    await alder.restart(async () => {
      const db = new Level<string, Uint8Array>(join(alder.dir, 'log'), { valueEncoding: 'view' })
      const key = recordKey(document, 2)
      const record = await db.get(key)
      assert.ok(record)
      record[record.length - 1]! ^= 1
      if (harm === 'flipped') await db.put(key, record)
      else await db.del(harm === 'missing' ? key : spanKey(document))
      await db.close()
    })
    const alone = (await alder.catalog.asset(facts.id))?.tags ?? []
    if (harm !== 'span lost') assert.ok(!alone.includes('one'), 'what was destroyed is not there')
    ring.heal()
    await until('alder has all tags again', async () => (await alder.catalog.asset(facts.id))?.tags.length === 3)
    await alder.catalog.editAsset(facts.id, { addTags: ['four'] })
    ring.cut(alder, birch)
    await alder.restart()
    assert.deepEqual((await alder.catalog.asset(facts.id))?.tags, ['four', 'one', 'three', 'two'])
    assert.deepEqual(alder.catalog.index.asset(facts.id), await alder.catalog.asset(facts.id))
    ring.heal()
    await alder.catalog.syncWith(birch.id)
    assert.deepEqual(await birch.catalog.asset(facts.id), await alder.catalog.asset(facts.id))
  })
}

test('a byte flipped anywhere in the newest log file loses nothing that another node has', async ({ ring }) => {
  const [alder, birch] = [await ring.node('alder'), await ring.node('birch')]
  await addClips(alder, 60)
  await alder.catalog.syncWith(birch.id)
  ring.cut(alder, birch)
  await alder.restart(async () => {
    const folder = join(alder.dir, 'log')
    const files = (await readdir(folder)).filter((name) => name.endsWith('.log')).map((name) => join(folder, name))
    const sizes = await Promise.all(files.map(async (file) => ({ file, size: (await stat(file)).size })))
    const { file, size } = sizes.sort((a, b) => b.size - a.size)[0]!
    const handle = await open(file, 'r+')
    const byte = Buffer.alloc(1)
    await handle.read(byte, 0, 1, size >> 1)
    await handle.write(Buffer.of(byte[0]! ^ 0x10), 0, 1, size >> 1)
    await handle.close()
  })
  ring.heal()
  await alder.catalog.syncWith(birch.id)
  assert.equal(alder.catalog.index.counts().assets, 60)
  assert.equal(birch.catalog.index.counts().assets, 60)
})

test('a recording rewritten a thousand times leaves a small log, and its last state', async ({ ring }) => {
  const alder = await ring.node('alder')
  const session = someSession('porch', 1000, 's')
  for (let i = 0; i < 1200; i++) void alder.catalog.putRecording({ ...session, bytes: i })
  await alder.catalog.putRecording({ ...session, bytes: 1200 })
  await alder.restart()
  assert.equal(alder.catalog.index.recordings('porch' as CameraId, 0, 5000)[0]?.bytes, 1200)
  await alder.stop()
  const db = new Level(join(alder.dir, 'log'))
  const records = (await db.keys({ gte: 'u!', lt: 'u"' }).all()).length
  await db.close()
  assert.ok(records < 600, `${records} records`)
})

test.run()
