import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MemberUnreachableError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { UploadRecord } from '#protocols/upload.ts'
import { silentLog } from '#ring/base/log.ts'
import type { Network } from '#ring'
import { createWriteLeases, type WriteLeases } from '../../../ring/garbage/write-leases.ts'
import { createUploadRecords } from '../../../ring/uploads/ring-uploads.ts'
import { UPLOAD_IDLE_MS } from '../../../ring/uploads/upload-record.ts'
import { until } from '../../support/until.ts'

const PEERS = ['alder', 'birch', 'cedar', 'dogwood'] as PeerId[]
type Records = ReturnType<typeof createUploadRecords>
interface Node { aheadMs: number; hasLooked: boolean; skippedMs: number; readonly records: Records; readonly leases: WriteLeases; isAlive: boolean; answers: boolean; refused: number }
interface Context { folder: string; nodes: Map<PeerId, Node>; owners: PeerId[]; nowMs: number }
const test = suite<Context>('records of uploads')

type Serve = Parameters<Network['serve']>[1]

test.before.each(async (context) => {
  Object.assign(context, { folder: await mkdtemp(join(tmpdir(), 'thatdam-uploads-')), nodes: new Map(), owners: PEERS.slice(0, 3), nowMs: 1_000_000_000 })
  const handlers = new Map<PeerId, Serve>()
  const alive = (): PeerId[] => PEERS.filter((peer) => context.nodes.get(peer)?.isAlive)
  const clockOf = (peer: PeerId): number => context.nowMs + (context.nodes.get(peer)?.aheadMs ?? 0)
  for (const self of PEERS) {
    const network = {
      self, serve: (_protocol: unknown, handler: Serve) => { handlers.set(self, handler) },
      async request(peer: PeerId, _protocol: unknown, request: unknown) {
        const node = context.nodes.get(peer) as Node
        if (!node.answers) node.refused++
        if (!node.isAlive || !node.answers) throw new MemberUnreachableError(`${peer} is away`)
        return handlers.get(peer)?.(request as never, { peerId: self, role: 'node' }, { signal: new AbortController().signal })
      }
    } as unknown as Network
    const leases = createWriteLeases()
    const records = createUploadRecords({
      network, leases, log: silentLog, membership: { alive }, now: () => clockOf(self), clockOf: async (peer) => clockOf(peer),
      seen: { hasLooked: () => node(context, self).hasLooked, sureMs: (atMs) => atMs - node(context, self).skippedMs }, placement: { targets: () => context.owners.filter((peer) => context.nodes.get(peer)?.isAlive) }
    }, { folder: join(context.folder, self) })
    context.nodes.set(self, { records, leases, aheadMs: 0, hasLooked: true, skippedMs: 0, isAlive: true, answers: true, refused: 0 })
    await records.start()
  }
})
test.after.each(async ({ nodes, folder }) => {
  for (const { records } of nodes.values()) await records.stop()
  await rm(folder, { recursive: true })
})

const node = ({ nodes }: Pick<Context, 'nodes'>, name: string): Node => nodes.get(name as PeerId) as Node

const record = (change: Partial<UploadRecord> = {}): UploadRecord => ({
  id: 'ab'.repeat(16), epoch: 1, seq: 0, writer: 1, state: 'open', length: 10, offset: 0, metadata: '', path: 'a.mp4', sha256: '', concat: '', parts: [], createdMs: 1_000_000_000, touchedMs: 1_000_000_000,
  pages: [], chunks: [], tail: [], copies: 2, assetId: '', outcome: '', reason: '', code: '', by: '', ...change
})
const { id } = record()

test('a record is read on every node, also when the one that wrote it and one of its keepers are gone', async (context) => {
  await node(context, 'dogwood').records.write(record({ offset: 4, seq: 1, tail: [{ digest: Buffer.alloc(32, 7), length: 4 }] }))
  node(context, 'dogwood').isAlive = false
  node(context, 'alder').isAlive = false
  const read = await node(context, 'cedar').records.read(id)
  assert.equal([read?.offset, read?.tail.map(({ digest, length }) => [digest[0], length])], [4, [[7, 4]]])
})

test('what was written last is what is read, whoever missed it', async (context) => {
  await node(context, 'alder').records.write(record())
  node(context, 'cedar').isAlive = false
  await node(context, 'alder').records.write(record({ seq: 1, offset: 5 }))
  node(context, 'cedar').isAlive = true
  assert.is((await node(context, 'cedar').records.read(id))?.offset, 5)
})

test('whoever raised the epoch fences off the one before', async (context) => {
  await node(context, 'alder').records.write(record())
  await node(context, 'birch').records.write(record({ epoch: 2, writer: 2, offset: 3 }))
  const late = await node(context, 'alder').records.write(record({ seq: 1, offset: 9 })).then(() => undefined, (err: Error) => err.name)
  assert.equal([late, (await node(context, 'cedar').records.read(id))?.offset], ['UploadLockedError', 3])
})

test('of two that raise the epoch at once at most one is right', async (context) => {
  await node(context, 'alder').records.write(record())
  const both = await Promise.allSettled([
    node(context, 'alder').records.write(record({ epoch: 2, writer: 1 })), node(context, 'birch').records.write(record({ epoch: 2, writer: 2 }))
  ])
  assert.ok(both.filter(({ status }) => status === 'fulfilled').length <= 1)
})

test('writing the same again is no conflict: an answer may have been lost', async (context) => {
  await node(context, 'alder').records.write(record())
  await node(context, 'alder').records.write(record())
})

test('a record counts only when two keepers have it, until it is known that the others are gone', async (context) => {
  context.owners = ['alder', 'birch'] as PeerId[]
  node(context, 'birch').answers = false
  let isWritten = false
  const written = node(context, 'alder').records.write(record()).then(() => { isWritten = true })
  await until(() => node(context, 'birch').refused > 1, 'it was tried again')
  assert.is(isWritten, false)
  node(context, 'birch').isAlive = false
  await written
})

test('keepers hold a write lease of the age of the upload until it ends', async (context) => {
  context.nowMs += 5_000
  await node(context, 'dogwood').records.write(record())
  assert.ok(node(context, 'birch').leases.oldestMs() >= 5_000)
  assert.is(node(context, 'dogwood').leases.oldestMs(), 0)
  await node(context, 'dogwood').records.write(record({ seq: 1, state: 'done' }))
  assert.is(node(context, 'birch').leases.oldestMs(), 0)
})

test('new keepers are given what they are to keep', async (context) => {
  await node(context, 'alder').records.write(record({ offset: 2 }))
  context.owners = ['birch', 'cedar', 'dogwood'] as PeerId[]
  await node(context, 'birch').records.tidy()
  for (const name of ['alder', 'birch', 'cedar']) node(context, name).isAlive = false
  assert.is((await node(context, 'dogwood').records.read(id))?.offset, 2)
})

test('it expires everywhere, unless somebody went on with it where this keeper does not know of', async (context) => {
  await node(context, 'alder').records.write(record())
  node(context, 'cedar').isAlive = false
  context.nowMs += UPLOAD_IDLE_MS - 1_000
  await node(context, 'alder').records.write(record({ seq: 1, touchedMs: context.nowMs }))
  node(context, 'cedar').isAlive = true
  context.nowMs += 10_000
  await node(context, 'cedar').records.tidy()
  assert.is((await node(context, 'birch').records.read(id))?.state, 'open')
  context.nowMs += UPLOAD_IDLE_MS
  await node(context, 'cedar').records.tidy()
  assert.is((await node(context, 'birch').records.read(id))?.state, 'gone')
})

test('a keeper whose clock is ahead ends nothing, forgets nothing, and goes on holding its lease', async (context) => {
  const done = 'cd'.repeat(16)
  await node(context, 'alder').records.write(record())
  await node(context, 'alder').records.write(record({ id: done, state: 'done' }))
  const cedar = node(context, 'cedar')
  for (const aheadMs of [UPLOAD_IDLE_MS + 3_600_000, 2 * UPLOAD_IDLE_MS]) {
    cedar.aheadMs = aheadMs
    await cedar.records.tidy()
    assert.is((await node(context, 'birch').records.read(id))?.state, 'open')
    assert.equal(cedar.records.kept().map((head) => [head.id, head.state]), [[id, 'open'], [done, 'done']])
  }
  assert.ok(cedar.leases.oldestMs() > 0)
})

test('a keeper that hears nobody believes its clock as far as it saw time pass', async (context) => {
  const cedar = node(context, 'cedar')
  await node(context, 'alder').records.write(record())
  for (const name of ['alder', 'birch', 'dogwood']) node(context, name).isAlive = false
  context.nowMs += UPLOAD_IDLE_MS + 1
  const stateNow = async (): Promise<string | undefined> => {
    await cedar.records.tidy()
    return (await cedar.records.read(id))?.state
  }
  cedar.hasLooked = false
  assert.is(await stateNow(), 'open')
  Object.assign(cedar, { hasLooked: true, skippedMs: 3_600_000 })
  assert.is(await stateNow(), 'open')
  cedar.skippedMs = 0
  assert.is(await stateNow(), 'gone')
})

test('an unfinished one of these very bytes is found from any node', async (context) => {
  const sha256 = 'c'.repeat(64)
  await node(context, 'alder').records.write(record({ sha256 }))
  assert.equal(await node(context, 'dogwood').records.find(sha256, 10), [id])
  assert.equal(await node(context, 'dogwood').records.find(sha256, 11), [])
  context.nowMs += UPLOAD_IDLE_MS + 1
  assert.equal(await node(context, 'dogwood').records.find(sha256, 10), [])
})

test('what can be no record is refused', async (context) => {
  for (const wrong of [{ id: '../../etc' }, { offset: 11 }, { state: 'mine' as never }, { sha256: 'x' }, { chunks: [Buffer.alloc(5)] }, { parts: ['..'] }, { metadata: 'm'.repeat(200_000) }]) {
    assert.is(await node(context, 'alder').records.write(record(wrong), { signal: AbortSignal.timeout(200) }).then(() => 'taken', () => 'refused'), 'refused', JSON.stringify(wrong).slice(0, 60))
  }
})

test.run()
