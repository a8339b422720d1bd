import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetId, PeerId } from '#protocols/ids.ts'
import type { CameraPresence } from '#protocols/presence.ts'
import type { Alarm, Asset } from '#ring'
import { emitter } from '#ring/base/emitter.ts'
import { silentLog } from '#ring/base/log.ts'
import { createEventBus, type EventBus, type NodeEvent } from '../../../node/events/events.ts'
import { alarmEvents } from '../../../node/events/sources/alarms.ts'
import { assetEvents } from '../../../node/events/sources/assets.ts'
import { cameraEvents } from '../../../node/events/sources/cameras.ts'
import { memberEvents } from '../../../node/events/sources/members.ts'
import { cardsIn, mountEvents } from '../../../node/events/sources/mounts.ts'
import { isMatch, isTopicPattern, TOPICS } from '../../../node/events/topics.ts'
import { until } from '../../support/until.ts'

const test = suite<{ bus: EventBus; heard: NodeEvent[] }>('events')
test.before.each((context) => {
  context.bus = createEventBus({ node: 'alder' })
  context.heard = []
  context.bus.events.on((event) => context.heard.push(event))
})
const topics = (heard: NodeEvent[]): string[] => heard.map(({ topic }) => topic)

const ROOT = '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n'
const CARD = '99 22 8:17 / /media/ann/A001\\040C\\303\\244mera rw,nosuid shared:9 - exfat /dev/sdb1 rw\n'

test('a card that is mounted where cards are is told once, with its path, and when it goes', async ({ bus, heard }) => {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-mounts-'))
  const file = join(folder, 'mountinfo')
  const old = '98 22 8:33 / /run/media/ann/OLD rw - vfat /dev/sdc1 rw\n'
  const mount = async (text: string): Promise<void> => { await writeFile(`${file}.new`, text); await rename(`${file}.new`, file) }
  await mount(ROOT + old)
  const source = mountEvents(bus, silentLog, { file, everyMs: 10 })
  try {
    await source.start()
    await mount(ROOT + old + CARD)
    await until(() => heard.length === 1, 'the card')
    assert.deepEqual([heard[0]?.topic, heard[0]?.payload], ['card.inserted', { path: '/media/ann/A001 Cämera', device: '/dev/sdb1', label: 'A001 Cämera' }])
    await mount(ROOT + old)
    await until(() => heard.length === 2, 'its end')
    assert.equal(heard[1]?.topic, 'card.removed')
  } finally {
    await source.stop()
    await rm(folder, { recursive: true })
  }
  assert.deepEqual([...cardsIn(ROOT + CARD.replace('/media/ann/', '/mnt/')).keys()], ['/mnt/A001 Cämera'], 'wherever cards are offloaded from')
  assert.deepEqual([...cardsIn('nonsense\n\n - \n')], [])
})

test('a recording begins and ends under both its names; each durable second is told to who names it', async ({ bus, heard }) => {
  const camera = (change: Partial<CameraPresence>): CameraPresence => ({ cameraId: 'porch', name: 'Porch', source: 'test', recording: false, lastDurableMs: 0, durableCopies: 2, ...change }) as CameraPresence
  let now: CameraPresence[] = []
  const source = cameraEvents(() => now, bus, silentLog)
  await source.start()
  assert.deepEqual(topics(heard), ['capture.service_up'])
  for (const [next, expected] of [
    [[camera({})], ['capture.device_list']],
    [[camera({ recording: true, lastDurableMs: 1 })], ['recording.started', 'capture.recording_started', 'capture.segment.created']],
    [[camera({ recording: true, lastDurableMs: 2 })], ['capture.segment.created']],
    [[], ['recording.ended', 'capture.recording_stopped', 'capture.device_list']]
  ] as const) {
    heard.length = 0
    now = [...next]
    await until(() => heard.length >= expected.length, expected.join())
    assert.deepEqual(topics(heard), expected)
  }
  await source.stop()
  assert.ok(!isMatch('capture.*', 'capture.segment.created') && !isMatch('*', 'capture.segment.created') && isMatch('capture.segment.created', 'capture.segment.created') && isMatch('capture.*', 'capture.error'))
})

test('where a recording plays is told when it begins, and from when to when when it has ended', async ({ bus, heard }) => {
  let now = [{ cameraId: 'porch', name: 'Porch', source: 'test', recording: true, lastDurableMs: 0 } as CameraPresence]
  const source = cameraEvents(() => now, bus, silentLog)
  await source.start()
  const fileOf = (topic: string): Promise<string> => until(() => heard.find((event) => event.topic === topic)?.payload['file'] as string | undefined, topic)
  const begun = await fileOf('recording.started')
  assert.match(begun, /^\/api\/v1\/cameras\/porch\/play\?from=\d+$/)
  now = []
  assert.match((await fileOf('recording.ended')).replace(begun, ''), /^&to=\d+$/)
  await source.stop()
})

test('a new asset is told by one node of the ring, once, and an old one by none', async ({ bus, heard }) => {
  const PEERS = ['alder', 'birch'] as unknown as PeerId[]
  const changed = emitter<AssetId[]>()
  const importedAtMs = new Map<string, number>([['0a', Date.now()], ['0b', Date.now() - 86_400_000]])
  const asset = async (id: AssetId): Promise<Asset | undefined> => importedAtMs.has(id.slice(0, 2)) ? { facts: { id, name: 'a.mov', kind: 'video', mime: 'video/mp4', size: 1, importedAtMs: importedAtMs.get(id.slice(0, 2)) }, locations: [], deletedAtMs: undefined } as unknown as Asset : undefined
  const sources = PEERS.map((self) => assetEvents({ self, placement: { ranking: () => PEERS } as never, membership: { isAlive: () => true } as never, catalog: { asset, assetsChanged: changed } }, bus))
  for (const source of sources) await source.start()
  const [fresh, old] = ['0a', '0b'].map((start) => start.padEnd(64, '0') as AssetId)
  changed.emit([fresh as AssetId, old as AssetId])
  changed.emit([fresh as AssetId])
  await until(() => heard.length > 0, 'the asset')
  await new Promise(setImmediate)
  assert.deepEqual(heard.map(({ topic, payload }) => [topic, payload['asset']]), [['asset.ingested', fresh]])
  for (const source of sources) await source.stop()
})

test('a camera that is not recorded is an error of the first clients, other alarms are not', ({ bus, heard }) => {
  const changed = emitter<void>()
  const alarm = (key: string): Alarm => ({ key, severity: 'critical', message: `${key} needs somebody`, sinceMs: 1 })
  let active: Alarm[] = []
  const source = alarmEvents({ active: () => active, changed }, bus)
  void source.start()
  active = [alarm('disk'), alarm('not-recorded/porch')]
  changed.emit()
  active = []
  changed.emit()
  assert.deepEqual(topics(heard), ['alarm.raised', 'alarm.raised', 'capture.error', 'alarm.cleared', 'alarm.cleared'])
  assert.deepEqual(heard[2]?.payload, { device: 'porch', error: 'not-recorded/porch needs somebody' })
  void source.stop()
})

test('every topic is listed once, and can be asked for', () => {
  assert.deepEqual(TOPICS.filter((topic, i) => TOPICS.indexOf(topic) !== i), [])
  assert.ok(['dam.ingested', 'dam.*', 'capture.service_up', 'motion.*'].every(isTopicPattern) && !isTopicPattern('dam.failed'))
})

test('a node that comes or goes is told by the first of those that answer', async ({ bus, heard }) => {
  const changed = emitter<void>()
  const alive = new Set(['alder', 'birch', 'cedar'])
  const sources = [...alive].map((self) => memberEvents({ self: self as unknown as PeerId, membership: { changed, members: () => ['alder', 'birch', 'cedar'].map((peerId) => ({ peerId, name: peerId, alive: alive.has(peerId) })) } as never }, bus))
  for (const source of sources) await source.start()
  alive.delete('alder')
  changed.emit()
  alive.add('alder')
  changed.emit()
  assert.deepEqual(heard.map(({ topic, payload }) => [topic, payload['name']]), [['node.left', 'alder'], ['node.joined', 'alder']])
  for (const source of sources) await source.stop()
})

test.run()
