// needs: mount umount
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import { until } from '../../support/until.ts'
import { FakeRing, someFacts } from './fake-ring.ts'

const DISK_MIB = 48
const here = { node: 'alder' as PeerId, path: '/clips/a' }

const test = suite<{ ring: FakeRing; why: string }>('a catalog on a full disk')
test.before.each(async (context) => {
  const ring = context.ring = new FakeRing({ minFreeBytes: 24 * 1024 * 1024 })
  const disk = join(await ring.folder(), 'alder')
  await mkdir(disk)
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', disk], { encoding: 'utf8' })
  context.why = status === 0 ? '' : `this machine lets us mount no small disk: ${stderr.trim()}`
})
test.after.each(async ({ ring, why }) => {
  for (const node of ring.nodes.values()) await node.stop()
  if (why === '') spawnSync('umount', ['-l', join(ring.root, 'alder')])
  await ring.end()
})

async function fill(dir: string): Promise<() => Promise<void>> {
  const filler = join(dir, 'filler')
  const { bavail, bsize } = await statfs(dir)
  await writeFile(filler, Buffer.alloc(bavail * bsize - 16_384))
  return () => rm(filler)
}

test('edits are refused while there is no room, nothing refused is shown, and without a restart they are taken again with all that was acknowledged', async ({ ring, why }) => {
  if (why !== '') return void process.stdout.write(`skipped: ${why}\n`)
  const alder = await ring.node('alder')
  const birch = await ring.node('birch')
  const { catalog } = alder
  const facts = someFacts('a')
  await catalog.addAsset(facts, here)
  await catalog.editAsset(facts.id, { title: 'kept' })
  const makeRoom = await fill(alder.dir)
  const acknowledged: string[] = []
  await assert.rejects(async () => {
    for (let n = 0; n < 1000; n++) {
      await catalog.editAsset(facts.id, { notes: `${n} ${'x'.repeat(10_000)}` })
      acknowledged.push(`${n}`)
    }
  }, { code: 'ERR_STORAGE_FULL' })
  for (const edit of [() => catalog.editAsset(facts.id, { title: 'refused' }), () => catalog.addAsset(someFacts('refused'), here)]) await assert.rejects(edit, { code: 'ERR_STORAGE_FULL', status: 507 })
  assert.deepEqual(alder.alarms.active().map(({ key, severity }) => [key, severity]), [['catalog-refuses-edits', 'critical']])
  const inIndex = (): unknown => [catalog.index.counts().assets, catalog.index.asset(facts.id)?.title]
  assert.equal((await catalog.asset(facts.id))?.title, 'kept')
  assert.deepEqual(inIndex(), [1, 'kept'])
  await birch.catalog.addAsset(someFacts('meanwhile'), here) // is refused by alder, and reaches it later
  await makeRoom()
  await until(() => catalog.editAsset(facts.id, { rating: 4 }), 'edits are taken again', 60_000)
  await until(() => catalog.index.asset(someFacts('meanwhile').id), 'what others did meanwhile is there', 60_000)
  assert.deepEqual(alder.alarms.active(), [])
  await alder.restart()
  const asset = await alder.catalog.asset(facts.id)
  assert.deepEqual([asset?.title, asset?.rating], ['kept', 4])
  const last = Number(asset?.notes.split(' ')[0] || -1)
  assert.ok(last >= Number(acknowledged.at(-1) ?? -1), `note ${last} of ${acknowledged.length} acknowledged ones`)
  assert.equal(await alder.catalog.asset(someFacts('refused').id), undefined)
  assert.deepEqual(alder.catalog.index.asset(facts.id), asset)
})

test.run()
