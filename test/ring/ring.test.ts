import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { createRing, type Ring } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { until } from '../support/until.ts'

const test = suite('a ring of real nodes')

let dir: string
let rings: Map<string, Ring>

async function begin(name: string, invite?: string): Promise<Ring> {
  const ring = await createRing({ log: silentLog }, { dir: join(dir, name), listen: ['/ip4/127.0.0.1/tcp/0'], name, zone: name, invite, repair: { repairAfterMs: 1_000, intervalMs: 1_000 } })
  await ring.start()
  rings.set(name, ring)
  return ring
}

async function end(name: string): Promise<void> {
  await rings.get(name)?.stop()
  rings.delete(name)
}

const inviteOf = (ring: Ring): string => ring.createInvite('node', 60_000).invite
const seesAlive = (count: number) => (): boolean => [...rings.values()].every((ring) => ring.membership.alive().length === count)

async function bytesOf(ring: Ring, blob: Awaited<ReturnType<Ring['blobs']['put']>>['id']): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of ring.blobs.read(blob)) pieces.push(piece)
  return Buffer.concat(pieces)
}

test.before.each(async () => {
  dir = await mkdtemp(join(tmpdir(), 'thatdam-ring-'))
  rings = new Map()
})

test.after.each(async () => {
  for (const name of rings.keys()) await end(name)
  await rm(dir, { recursive: true, force: true })
})

test('two machines join a third by invite, and all three know each other', async () => {
  const alder = await begin('alder')
  const birch = await begin('birch', inviteOf(alder))
  await begin('cedar', inviteOf(birch))
  await until(seesAlive(3), 'all three see three alive')
  assert.deepEqual([...rings.values()].map((ring) => ring.membership.members().map(({ name }) => name).sort()), Array.from({ length: 3 }, () => ['alder', 'birch', 'cedar']))
  assert.equal(new Set([...rings.values()].map((ring) => JSON.stringify(Array.from({ length: 256 }, (_, p) => ring.placement.owners(p as never))))).size, 1)
})

test('what one node stores, every node reads, and it survives the loss of any one', async () => {
  const alder = await begin('alder')
  const birch = await begin('birch', inviteOf(alder))
  const cedar = await begin('cedar', inviteOf(alder))
  await until(seesAlive(3), 'all three see three alive')
  const bytes = randomBytes(3_500_000)
  const put = await birch.blobs.put((async function* () { yield bytes })())
  assert.equal(put.sha256, createHash('sha256').update(bytes).digest('hex'))
  assert.equal(put.copies >= 2, true)
  assert.equal((await bytesOf(cedar, put.id)).equals(bytes), true)
  await end('birch')
  await until(seesAlive(2), 'birch is missed')
  assert.equal((await bytesOf(alder, put.id)).equals(bytes), true)
})

test('everything is there after all nodes stopped and started', async () => {
  const alder = await begin('alder')
  await begin('birch', inviteOf(alder))
  await until(seesAlive(2), 'both alive')
  const bytes = randomBytes(1_200_000)
  const put = await alder.blobs.put((async function* () { yield bytes })())
  await alder.catalog.putCamera({ id: 'porch' as never, name: 'Porch', source: 'test', createdAtMs: 1, record: true })
  await end('alder')
  await end('birch')
  await begin('birch')
  await begin('alder')
  await until(seesAlive(2), 'both alive again')
  for (const ring of rings.values()) {
    assert.equal((await bytesOf(ring, put.id)).equals(bytes), true)
    assert.deepEqual(ring.catalog.cameras().map(({ name }) => name), ['Porch'])
  }
})

test.run()
