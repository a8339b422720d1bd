import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as Y from 'yjs'
import type { PeerId, RingId } from '#protocols/ids.ts'
import { type Alarms, createAlarms } from '#ring/base/alarms.ts'
import { silentLog } from '#ring/base/log.ts'
import type { Catalog } from '../../../ring/catalog/catalog.ts'
import { catalogProtocol } from '../../../ring/catalog/catalog-wire.ts'
import { MAX_DOCUMENT_BYTES, MAX_UNKNOWN_TYPES, MAX_WRITERS } from '../../../ring/catalog/document-limits.ts'
import { createCatalog } from '../../../ring/catalog/ring-catalog.ts'
import { MAX_OFFENCES, PEER_BURST_BYTES, PeerGuard } from '../../../ring/catalog/peer-guard.ts'
import type { Host } from '../../../ring/network/host.ts'
import { introduce, startHost } from '../network/test-hosts.ts'
import { someFacts } from './fake-ring.ts'

interface Member { host: Host; catalog: Catalog; alarms: Alarms }

const test = suite<{ dir: string; alder: Member; birch: Member; mallory: Host }>('an enemy among the members')
test.before.each(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-enemy-'))
  const ringSeed = randomBytes(32)
  const member = async (name: string, others: () => PeerId[]): Promise<Member> => {
    const host = await startHost({ ringSeed })
    const alarms = createAlarms()
    const catalog = createCatalog({ network: host, liveNodes: others, log: silentLog, alarms }, { dir: join(context.dir, name), ringId: 'r' as RingId, syncEveryMs: 600_000 })
    await catalog.start()
    return { host, catalog, alarms }
  }
  context.alder = await member('alder', () => [])
  context.birch = await member('birch', () => [context.alder.host.self])
  context.mallory = await startHost({ ringSeed })
  for (const host of [context.birch.host, context.mallory]) await introduce(host, context.alder.host)
})
test.after.each(async ({ dir, alder, birch, mallory }) => {
  for (const { catalog } of [birch, alder]) await catalog.stop()
  await Promise.all([alder.host, birch.host, mallory].map((host) => host.stop()))
  await rm(dir, { recursive: true })
})

const { id } = someFacts('a')
const document = id.slice(0, 2)

function updateOf(change: (doc: Y.Doc) => void): Uint8Array {
  const doc = new Y.Doc()
  doc.transact(() => change(doc))
  return Y.encodeStateAsUpdate(doc)
}

/** Well-formed, and waiting for something that never comes. */
function waitingForever(bytes: number): Uint8Array {
  const doc = new Y.Doc()
  doc.getMap(id).set('title', 1)
  const before = Y.encodeStateVector(doc)
  doc.getMap(id).set('title', 'x'.repeat(bytes))
  return Y.encodeStateAsUpdate(doc, before)
}

function manyWriters(count: number): Uint8Array {
  return updateOf((doc) => {
    for (let i = 0; i < count; i++) {
      doc.clientID = i + 1
      doc.getMap(id).set(`tag:${i}`, true)
    }
  })
}

const floods: Array<{ name: string; says: RegExp; make(): Uint8Array }> = [
  { name: 'changes that wait for others that never come', says: /wait for others/, make: () => waitingForever(400_000) },
  { name: 'more writers than a document may have', says: /writers/, make: () => manyWriters(MAX_WRITERS + 1) },
  { name: 'root-level types without end', says: /no kind this version knows/, make: () => updateOf((doc) => { for (let i = 0; i <= MAX_UNKNOWN_TYPES; i++) doc.getMap(`x${i}`).set('y', 1) }) },
  { name: 'a document too long for any answer', says: /at most/, make: () => updateOf((doc) => doc.getMap(id).set('title', 'x'.repeat(MAX_DOCUMENT_BYTES))) },
  { name: 'what is no update', says: /not a Yjs update/, make: () => randomBytes(200) }
]

for (const { name, says, make } of floods) {
  test(`${name}: refused and, when repeated, nothing is taken from that member, people are told, and the others go on`, async ({ alder, birch, mallory }) => {
    await birch.catalog.addAsset(someFacts('a'), { node: birch.host.self, path: '/a' })
    await birch.catalog.syncWith(alder.host.self)
    const push = (update: Uint8Array): Promise<unknown> => mallory.request(alder.host.self, catalogProtocol, { push: { document, update } })
    const refusals: string[] = []
    for (let i = 0; i < 20 && !/another 10 min/.test(refusals.at(-1) ?? ''); i++) await push(make()).catch((err) => refusals.push(err.message))
    assert.match(refusals[0] ?? '', says)
    assert.equal(refusals.length, MAX_OFFENCES + 1)
    await assert.rejects(push(updateOf((doc) => doc.getMap(id).set('title', 'fine'))), /refused for another/)
    const [alarm] = alder.alarms.active()
    assert.equal(alarm?.key, `catalog-peer/${mallory.self}`)
    assert.ok(alarm.message.includes(`thatdam ring revoke ${mallory.self}`) && says.test(alarm.message), alarm.message)
    await birch.catalog.editAsset(id, { title: 'honest' })
    await birch.catalog.syncWith(alder.host.self)
    assert.equal((await alder.catalog.asset(id))?.title, 'honest')
    assert.equal((await birch.catalog.asset(id))?.title, 'honest')
  })
}

test('a member that sends faster than it may is slowed, not put away', () => {
  let now = 1
  const alarms = createAlarms()
  const guard = new PeerGuard({ log: silentLog, alarms, clock: () => now })
  const id = 'mallory' as PeerId
  guard.admit(id, PEER_BURST_BYTES / 2)
  assert.throws(() => guard.admit(id, PEER_BURST_BYTES / 2), { code: 'ERR_OVERLOADED', message: /faster/ })
  guard.admit('birch' as PeerId, PEER_BURST_BYTES / 2)
  now += 10_000
  guard.admit(id, PEER_BURST_BYTES / 2)
  assert.deepEqual(alarms.active(), [])
})

test('a quarantine ends by itself, with its alarm', () => {
  let now = 1
  const alarms = createAlarms()
  const guard = new PeerGuard({ log: silentLog, alarms, clock: () => now })
  const id = 'mallory' as PeerId
  for (let i = 0; i < MAX_OFFENCES; i++) guard.offence(id, 'nonsense')
  assert.throws(() => guard.check(id), { code: 'ERR_OVERLOADED' })
  assert.equal(alarms.active().length, 1)
  now += 600_001
  guard.check(id)
  assert.deepEqual(alarms.active(), [])
})

test.run()
