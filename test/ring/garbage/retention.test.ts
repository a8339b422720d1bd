import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { type CameraId, type ChunkId, partitionOfCamera, type PeerId } from '#protocols/ids.ts'
import { encodeRecordingManifest, type HourNote, type RecordingPart, type RetentionRule } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { createGarbageClient } from '../../../ring/garbage/garbage-wire.ts'
import { isFree, KEPT_MARGIN_MS } from '../../../ring/catalog/kept-footage.ts'
import { type CameraFootage, planExpiry } from '../../../ring/garbage/expiry-plan.ts'
import { MOTION_REACH_MS, stillHours } from '../../../ring/garbage/stillness.ts'
import { createRetention, type Retention } from '../../../ring/garbage/retention.ts'
import { leastCopies } from '../../../ring/replication/copies.ts'
import { createGarbageRing, footage, type GarbageNode, type GarbageRing, GRACE_MS } from '../../support/garbage-ring.ts'
import { until } from '../../support/until.ts'

const test = suite('retention')
const [porch, gate] = ['porch', 'gate'] as [CameraId, CameraId]
const HOUR = 3_600_000
const DAY = 24 * HOUR
const KEEP: RetentionRule = { days: null, gigabytes: null, whenFull: 'keep' }

// ── the plan alone ──

const T0 = Date.UTC(2026, 10, 22)
const hourAt = (i: number, bytes = 1e9) => ({ hour: new Date(T0 + i * HOUR).toISOString().slice(0, 13), bytes, startMs: T0 + i * HOUR, endMs: T0 + (i + 1) * HOUR })
const filmed = (more: Partial<CameraFootage> = {}): CameraFootage => ({ camera: porch, rule: KEEP, kept: [], hours: Array.from({ length: 10 }, (_, i) => hourAt(i)), ...more })
const kept = (fromMs: number, toMs: number) => ({ id: 'k', camera: porch, fromMs, toMs, name: '', createdAtMs: 0 })
const planned = (all: CameraFootage[], nowMs: number, wanted = 0): string[] => planExpiry(all, nowMs, wanted).hours.map(({ camera, hour, why }) => `${camera} ${Number(hour.slice(11))} ${why}`)

test('without a rule nothing goes, however old, and however full the disks', () => {
  assert.deepEqual(planExpiry([filmed()], T0 + 1_000 * DAY, 5e9), { hours: [], spare: [], doubted: [], shortBytes: 5e9 })
})

test('what is older than its days goes by whole hours, and never an hour that may still be written', () => {
  assert.deepEqual(planned([filmed({ rule: { ...KEEP, days: 1 } })], T0 + DAY + 2.5 * HOUR), ['porch 0 age', 'porch 1 age'])
  assert.deepEqual(planned([filmed({ rule: { ...KEEP, days: 0.01 } })], T0 + 4 * HOUR), ['porch 0 age', 'porch 1 age'])
})

test('what is more than its gigabytes goes, the oldest first', () => {
  assert.deepEqual(planned([filmed({ rule: { ...KEEP, gigabytes: 7.5 } })], T0 + 100 * DAY), ['porch 0 size', 'porch 1 size', 'porch 2 size'])
})

test('what is kept stays, with the moment before it that is needed to play it; the next oldest goes in its place', () => {
  const rule = { ...KEEP, gigabytes: 8, days: 3650 }
  assert.deepEqual(planned([filmed({ rule, kept: [kept(T0 + HOUR, T0 + HOUR + 1000)] })], T0 + 100 * DAY), ['porch 2 size', 'porch 3 size'])
  assert.equal(isFree(hourAt(0), [kept(T0 + HOUR + KEPT_MARGIN_MS - 1, T0 + 2 * HOUR)]), false)
  assert.equal(isFree(hourAt(0), [kept(T0 + HOUR + KEPT_MARGIN_MS, T0 + 2 * HOUR)]), true)
})

test('hours with motion stay longer, and so do those nobody looked at long enough; where there is too much those without motion go first', () => {
  const rule: RetentionRule = { ...KEEP, days: 1, motionDays: 30 }
  const still = new Set([hourAt(1).hour, hourAt(3).hour])
  assert.deepEqual(planned([filmed({ rule, still })], T0 + 2 * DAY), ['porch 1 age', 'porch 3 age'])
  assert.deepEqual(planned([filmed({ rule: { ...rule, motionDays: null }, still })], T0 + DAY + 3.5 * HOUR).length, 3, 'not asked for, it changes nothing')
  assert.deepEqual(planned([filmed({ rule, still })], T0 + 32 * DAY).length, 10)
  assert.deepEqual(planned([filmed({ rule: { ...KEEP, gigabytes: 7.5, motionDays: 3650 }, still })], T0 + 100 * DAY), ['porch 1 size', 'porch 3 size', 'porch 0 size'])
})

test('an hour is still when nearly all of what is recorded of it was looked at, by whichever nodes, and nothing moved', () => {
  const note = (i: number, watchedMs: number, moved: Array<{ fromMs: number; toMs: number }> = []): HourNote => ({ camera: porch, hour: hourAt(i).hour, node: 'n' as PeerId, losses: [], plans: [], expired: [], motion: { watchedMs, moved } })
  const { motion: _, ...blind } = note(4, 0)
  const notes = [note(0, HOUR), note(1, 0.8 * HOUR), note(2, 0.5 * HOUR), note(2, 0.45 * HOUR), note(3, HOUR, [{ fromMs: T0, toMs: T0 + 1 }]), blind]
  assert.deepEqual([...stillHours(filmed().hours, notes)], [hourAt(0).hour, hourAt(2).hour])
})

test('an hour is not still when something moved just before or after what is recorded of it: that belongs to the motion', () => {
  const noted = (i: number, moved: Array<{ fromMs: number; toMs: number }> = []): HourNote => ({ camera: porch, hour: hourAt(i).hour, node: 'n' as PeerId, losses: [], plans: [], expired: [], motion: { watchedMs: HOUR, moved } })
  const moved = (atMs: number): Array<{ fromMs: number; toMs: number }> => [{ fromMs: atMs, toMs: atMs + 1 }]
  const notes = [noted(0), noted(1), noted(2, moved(T0 + 2 * HOUR + MOTION_REACH_MS - 1)), noted(3), noted(4), noted(5, moved(T0 + 5 * HOUR + MOTION_REACH_MS)), noted(6, moved(T0 + 7 * HOUR - 1)), noted(7)]
  assert.deepEqual([...stillHours(filmed().hours.slice(0, 8), notes)], [0, 3, 4].map((i) => hourAt(i).hour))
})

test('an hour that was recorded by a clock that was behind is as old as it is, and the last to go where there is too much', () => {
  const behindMs = ({ hour }: { hour: string }): number => (hour === hourAt(0).hour ? 20 * DAY : 0)
  assert.deepEqual(planned([filmed({ behindMs, rule: { ...KEEP, days: 7 } })], T0 + 8 * DAY).length, 9)
  assert.deepEqual(planned([filmed({ behindMs, rule: { ...KEEP, days: 7 } })], T0 + 28 * DAY).length, 10)
  assert.deepEqual(planned([filmed({ behindMs, rule: { ...KEEP, gigabytes: 8 } })], T0 + 100 * DAY), ['porch 1 size', 'porch 2 size'])
  assert.deepEqual(planned([filmed({ behindMs, rule: { ...KEEP, whenFull: 'oldest' } })], T0 + 100 * DAY, 2e9), ['porch 1 space', 'porch 2 space'])
  assert.deepEqual(planned([filmed({ behindMs, rule: { ...KEEP, whenFull: 'oldest' } })], T0 + 100 * DAY, 10e9).at(-1), 'porch 0 space')
})

test('full disks shorten only cameras that allow it, the oldest of all first, and say what is missing', () => {
  const all = [filmed({ rule: { ...KEEP, whenFull: 'oldest' }, kept: [kept(T0, T0 + 4 * HOUR)] }), filmed({ camera: gate })]
  const { hours, shortBytes } = planExpiry(all, T0 + 100 * DAY, 7e9)
  assert.deepEqual(hours.map(({ camera, hour }) => `${camera} ${Number(hour.slice(11))}`), [5, 6, 7, 8, 9].map((i) => `porch ${i}`))
  assert.equal(shortBytes, 2e9)
  assert.deepEqual(planExpiry([filmed({ rule: { days: 1, gigabytes: null, whenFull: 'oldest' } })], T0 + 1.25 * DAY, 2e9).hours.map(({ why }) => why), ['age', 'age', 'age', 'age', 'age', 'age'], 'what goes anyway counts')
})

// ── three nodes with real chunks and catalogs ──

interface World { ring: GarbageRing; keepers: Map<string, Retention>; disk: { freeBytes: number; usedBytes: number }; hooks: { beforeCount(): Promise<unknown> | void } }

async function world(names: readonly string[]): Promise<World> {
  const ring = await createGarbageRing(names)
  const disk = { freeBytes: 9e12, usedBytes: 1e12 }
  const hooks: World['hooks'] = { beforeCount() {} }
  const keepers = new Map(ring.nodes.map((node): [string, Retention] => [node.name, createRetention({
    self: node.id, membership: node.membership, placement: ring.fake.placement, catalog: node.catalog, client: createGarbageClient(node.network), usage: () => disk,
    get: (id) => node.chunks.get(id), leastCopies: async (ids, options) => {
      await hooks.beforeCount()
      return leastCopies({ network: node.network, membership: node.membership, local: node.local, exchange: node.exchange }, ids, options)
    },
    writeQuorum: 2, alarms: node.alarms, seen: node.seen, log: silentLog, nowMs: () => ring.nowMs()
  }, { graceMs: GRACE_MS, periodMs: 50 })]))
  await ring.nodes[0]!.catalog.putCamera({ id: porch, name: 'Porch', source: 'test', createdAtMs: 1, record: true })
  return { ring, keepers, disk, hooks }
}

/** An hour of footage that ended `agoMs` ago. */
async function film(ring: GarbageRing, node: GarbageNode, agoMs: number, name: string): Promise<{ hour: string; chunks: ChunkId[]; startMs: number }> {
  const startMs = Math.floor((ring.nowMs() - agoMs) / HOUR) * HOUR + 1_000
  const put = async (bytes: Uint8Array): Promise<ChunkId> => (await node.chunks.put(bytes)).id
  const [init, old, tail] = [await put(footage(`${name} init`, 100)), await put(footage(`${name} old`, 2_000)), await put(footage(`${name} tail`, 2_000))]
  const part = (chunk: ChunkId, i: number): RecordingPart => ({ startMs: startMs + i * 1000, durationMs: 1000, bytes: 2_000, chunks: [chunk], key: true, copies: 2 })
  const manifest = await put(encodeRecordingManifest({ pages: [], parts: [part(old, 0)] }))
  const hour = new Date(startMs).toISOString().slice(0, 13)
  await node.catalog.putRecording({ camera: porch, hour, session: name, node: node.id, startMs, endMs: startMs + 2_000, bytes: 4_000, codecs: 'avc1.42E01F', width: 4, height: 4, init, manifest, tail: [part(tail, 1)], ended: 'hour' })
  return { hour, chunks: [init, old, tail, manifest], startMs }
}

const held = async (ring: GarbageRing, chunks: readonly ChunkId[]): Promise<number> => (await Promise.all(chunks.map((id) => ring.fake.holdersOf(id)))).flat().length

async function twoLooks(ring: GarbageRing): Promise<void> {
  await ring.lookAll()
  ring.pass(GRACE_MS * 1.5)
  await ring.lookAll()
  await ring.lookAll()
}

const withWorld = (names: readonly string[], run: (world: World, nodes: GarbageNode[]) => Promise<void>) => async (): Promise<void> => {
  const made = await world(names)
  try {
    await run(made, [...made.ring.nodes])
  } finally {
    for (const keeper of made.keepers.values()) await keeper.stop()
    await made.ring.stop()
  }
}

test('footage whose days are over leaves the catalog of every node and then every disk; what is kept, and what is newer, stays whole', withWorld(['alder', 'birch', 'cedar'], async ({ ring, keepers }, [alder, birch]) => {
  const old = await film(ring, alder!, 9 * DAY, 'old')
  const loved = await film(ring, alder!, 8 * DAY, 'loved')
  const young = await film(ring, birch!, DAY, 'young')
  await birch!.catalog.policy.setRetention(porch, { ...KEEP, days: 7 })
  await birch!.catalog.policy.keep({ id: 'k', camera: porch, fromMs: loved.startMs, toMs: loved.startMs + 500, name: 'the fox', createdAtMs: 1 })
  await alder!.catalog.syncWith(birch!.id)
  assert.deepEqual((await keepers.get('alder')!.run({ dryRun: true })).hours.map(({ hour, why }) => [hour, why]), [[old.hour, 'age']])
  assert.equal(alder!.catalog.index.hourSizes(porch).length, 3, 'a dry run changes nothing')
  const { hours, waiting } = await keepers.get('alder')!.run()
  assert.deepEqual([hours.map(({ hour }) => hour), waiting], [[old.hour], null])
  await birch!.catalog.syncWith(alder!.id)
  assert.deepEqual(birch!.catalog.index.hourSizes(porch).map(({ hour }) => hour), [loved.hour, young.hour])
  await twoLooks(ring)
  assert.equal(await held(ring, old.chunks), 0)
  assert.equal(await held(ring, [...loved.chunks, ...young.chunks]), 3 * 8)
  assert.deepEqual((await keepers.get('birch')!.run()).hours, [], 'a second look finds nothing')
}))

test('a silent node stops it, for it may know of something that is kept', withWorld(['alder', 'birch'], async ({ ring, keepers }, [alder, birch]) => {
  const old = await film(ring, alder!, 9 * DAY, 'old')
  await alder!.catalog.policy.setRetention(porch, { ...KEEP, days: 7 })
  ring.fake.kill(birch! as never)
  await birch!.catalog.policy.keep({ id: 'k', camera: porch, fromMs: old.startMs, toMs: old.startMs + 500, name: '', createdAtMs: 1 })
  const { hours, waiting } = await keepers.get('alder')!.run()
  assert.deepEqual(hours, [])
  assert.match(waiting ?? '', /waiting for peer-birch, silent/)
  ring.fake.revive(birch! as never)
  assert.deepEqual(await keepers.get('alder')!.run().then(({ hours, waiting }) => [hours, waiting]), [[], null], 'it learnt of that first')
}))

test('full disks take the oldest of a camera that allows it, once, and count on what is not freed yet', withWorld(['alder', 'birch'], async ({ ring, keepers, disk }, [alder]) => {
  const first = await film(ring, alder!, 9 * DAY, 'first')
  const second = await film(ring, alder!, 8 * DAY, 'second')
  await alder!.catalog.policy.setSpace({ lowPercent: 10 })
  Object.assign(disk, { freeBytes: 4_000, usedBytes: 60_000 }) // 2400 bytes short of 6400, on two nodes: one hour of 4000 is enough
  const run = () => keepers.get('alder')!.run()
  const before = await run()
  assert.deepEqual(before.hours, [])
  assert.equal(before.space.low, true)
  assert.ok(before.space.shortBytes > 0, 'by default all is kept')
  await alder!.catalog.policy.setRetention(porch, { ...KEEP, whenFull: 'oldest' })
  assert.deepEqual((await run()).hours.map(({ hour, why }) => [hour, why]), [[first.hour, 'space']])
  assert.deepEqual((await run()).hours, [], 'its chunks are still there, and on their way out')
  assert.deepEqual(alder!.catalog.index.hourSizes(porch).map(({ hour }) => hour), [second.hour])
}))

test('what is on one node only does not go to make room', withWorld(['alder', 'birch'], async ({ ring, keepers, disk }, [alder, birch]) => {
  const { chunks } = await film(ring, alder!, 9 * DAY, 'lone')
  await alder!.catalog.policy.setRetention(porch, { ...KEEP, whenFull: 'oldest' })
  Object.assign(disk, { freeBytes: 0, usedBytes: 60_000 })
  await birch!.local.delete(chunks[1]!)
  assert.deepEqual((await keepers.get('alder')!.run()).hours, [])
  await ring.fake.repairAll()
  assert.equal((await keepers.get('alder')!.run()).hours.length, 1)
}))

test('an hour that can not be read, or is on one node only, stays, and the next oldest goes in its place; when none can, the alarm says why', withWorld(['alder', 'birch'], async ({ ring, keepers, disk }, [alder, birch]) => {
  const [lone, torn, whole, young] = [await film(ring, alder!, 9 * DAY, 'lone'), await film(ring, alder!, 8 * DAY, 'torn'), await film(ring, alder!, 7 * DAY, 'whole'), await film(ring, alder!, 6 * DAY, 'young')]
  await alder!.catalog.policy.setRetention(porch, { ...KEEP, whenFull: 'oldest' })
  await birch!.local.delete(lone.chunks[1]!)
  for (const node of [alder, birch]) await node!.local.delete(torn.chunks[3]!)
  await alder!.catalog.policy.setSpace({ lowPercent: 10 })
  Object.assign(disk, { freeBytes: 4_000, usedBytes: 60_000 }) // one hour of 4000 is enough
  const keeper = keepers.get('alder')!
  assert.deepEqual(await keeper.run().then(({ hours, space }) => [hours.map(({ hour, why }) => [hour, why]), space.shortBytes]), [[[whole.hour, 'space']], 0])
  Object.assign(disk, { freeBytes: 0, usedBytes: 600_000 }) // 30,000 on each, of which 4000 are on their way
  await birch!.local.delete(young.chunks[2]!)
  assert.deepEqual(await keeper.run().then(({ hours, space }) => [hours, space.shortBytes]), [[], 26_000])
  const told = (): string[] => ring.nodes.flatMap(({ alarms }) => alarms.active()).map(({ severity, message }) => `${severity} ${message}`)
  for (const each of keepers.values()) await each.start()
  await until(() => told().some((words) => /^critical .*on too few nodes or can not be read/.test(words)), 'the alarm says what hinders')
}))

test('what is kept while it is about to go stays', withWorld(['alder', 'birch'], async ({ ring, keepers, disk, hooks }, [alder]) => {
  const { startMs } = await film(ring, alder!, 9 * DAY, 'fox')
  await alder!.catalog.policy.setRetention(porch, { ...KEEP, whenFull: 'oldest' })
  Object.assign(disk, { freeBytes: 0, usedBytes: 60_000 })
  hooks.beforeCount = () => alder!.catalog.policy.keep({ id: 'k', camera: porch, fromMs: startMs, toMs: startMs + 500, name: '', createdAtMs: 1 })
  assert.deepEqual((await keepers.get('alder')!.run()).hours, [])
  assert.equal(alder!.catalog.index.hourSizes(porch).length, 1)
}))

test('a node that is cut off while footage is given up stops that: it may keep what is next', withWorld(['alder', 'birch', 'cedar'], async ({ ring, keepers, disk, hooks }, [alder, birch]) => {
  const { startMs, hour } = await film(ring, alder!, 9 * DAY, 'fox')
  await alder!.catalog.policy.setRetention(porch, { ...KEEP, whenFull: 'oldest' })
  await birch!.catalog.syncWith(alder!.id)
  Object.assign(disk, { freeBytes: 0, usedBytes: 60_000 })
  hooks.beforeCount = async () => {
    hooks.beforeCount = () => {}
    ring.fake.kill(birch! as never)
    await birch!.catalog.policy.keep({ id: 'k', camera: porch, fromMs: startMs, toMs: startMs + 500, name: '', createdAtMs: 1 })
  }
  assert.deepEqual((await keepers.get('alder')!.run()).hours, [])
  assert.deepEqual(alder!.catalog.index.hourSizes(porch).map((each) => each.hour), [hour])
  ring.fake.revive(birch! as never)
  assert.deepEqual((await keepers.get('alder')!.run()).hours, [], 'it is kept')
}))

test('a clock that skips days gives nothing up before they were waited for, and says so; set back, nothing goes at all', withWorld(['alder'], async ({ ring, keepers }, [alder]) => {
  const { hour } = await film(ring, alder!, DAY, 'young')
  await alder!.catalog.policy.setRetention(porch, { ...KEEP, days: 7 })
  const keeper = keepers.get('alder')!
  const told = async (): Promise<string[]> => {
    await keeper.start()
    return alder!.alarms.active().map(({ key }) => key)
  }
  assert.deepEqual((await keeper.run()).hours, [])
  ring.setClock(400 * DAY)
  assert.deepEqual((await keeper.run()).hours, [])
  assert.deepEqual(await told(), ['clock-doubted'])
  ring.setClock(-400 * DAY)
  assert.deepEqual((await keeper.run()).hours, [])
  assert.deepEqual(alder!.catalog.index.hourSizes(porch).length, 1)
  ring.setClock(30 * DAY)
  await keeper.run()
  ring.pass(3 * DAY)
  await keeper.run()
  await keeper.run()
  assert.deepEqual(alder!.catalog.index.hourSizes(porch), [], `${hour} is over its time when the clock was right`)
}))

test('footage of a node whose clock was set on stays for its days from then on', withWorld(['alder'], async ({ ring, keepers }, [alder]) => {
  const { hour } = await film(ring, alder!, 9 * DAY, 'behind')
  await alder!.catalog.policy.setRetention(porch, { ...KEEP, days: 7 })
  await alder!.catalog.policy.note(porch, hour, (note) => ({ ...note, behindMs: 9 * DAY }))
  assert.deepEqual((await keepers.get('alder')!.run()).hours, [])
}))

test('two nodes of one clock believe it', withWorld(['alder', 'birch'], async ({ ring, keepers }, [alder]) => {
  const { hour } = await film(ring, alder!, DAY, 'young')
  await alder!.catalog.policy.setRetention(porch, { ...KEEP, days: 7 })
  await keepers.get('alder')!.run()
  ring.setClock(30 * DAY)
  assert.deepEqual((await keepers.get('alder')!.run()).hours.map((each) => each.hour), [hour])
}))

test('what would be over its time by a doubted clock goes for want of room, before what its rule would keep', () => {
  const rule: RetentionRule = { ...KEEP, days: 1 }
  const { hours, doubted, shortBytes } = planExpiry([filmed({ rule }), filmed({ camera: gate, rule: { ...KEEP, whenFull: 'oldest' }, hours: [hourAt(-5)] })], T0 + 30 * DAY, 2e9, T0 + 12 * HOUR)
  assert.deepEqual([hours.map(({ camera, hour, why }) => `${camera} ${Number(hour.slice(11))} ${why}`), doubted.length, shortBytes], [['porch 0 space', 'porch 1 space'], 8, 0])
})

test('disks that run out are an alarm of one node, grave when nothing may go', withWorld(['alder', 'birch'], async ({ ring, keepers, disk }, nodes) => {
  const told = (): string[] => nodes.flatMap(({ alarms }) => alarms.active()).map(({ key, severity }) => `${key} ${severity}`)
  const look = async (): Promise<void> => { for (const keeper of keepers.values()) await keeper.start() }
  await film(ring, nodes[0]!, 9 * DAY, 'old')
  await look()
  assert.deepEqual(told(), [])
  Object.assign(disk, { freeBytes: 1_000, usedBytes: 60_000 })
  await look()
  assert.deepEqual(told(), ['space-low critical'])
  Object.assign(disk, { freeBytes: 60_000 })
  await look()
  assert.deepEqual(told(), [], 'it clears by itself')
}))

test('by itself, one node of all gives up what is due', withWorld(['alder', 'birch', 'cedar'], async ({ ring, keepers }, nodes) => {
  const { hour, startMs } = await film(ring, nodes[0]!, 9 * DAY, 'old')
  await nodes[0]!.catalog.policy.setRetention(porch, { ...KEEP, days: 7 })
  for (const { catalog } of nodes) await catalog.syncWith(nodes.find((other) => other.catalog !== catalog)!.id)
  for (const keeper of keepers.values()) await keeper.start()
  await until(() => nodes.every(({ catalog }) => catalog.index.hourSizes(porch).length === 0), `${hour} is gone everywhere`)
  const notes = nodes[1]!.catalog.index.notes(porch, startMs, startMs + 1).filter(({ expired }) => expired.length > 0)
  const [home] = ring.fake.placement.ranking(partitionOfCamera(porch))
  assert.deepEqual(notes.map(({ node }) => node), [home])
}))

test.run()
