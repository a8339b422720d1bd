import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import { MAX_ALARM_NOTES, type Presence, presenceCodec } from '#protocols/presence.ts'
import { createRingAlarms } from '../../../ring/alarms/ring-alarms.ts'
import { createAlarms } from '../../../ring/base/alarms.ts'
import { emitter } from '../../../ring/base/emitter.ts'
import type { Member } from '../../../ring/network/membership.ts'

const SELF = 'a' as PeerId
const PRESENCE: Presence = { cameras: [], freeBytes: 0, usedBytes: 0, chunks: 0, acceptsWrites: true, viewers: 0, layoutDigest: '', http: '', disk: 'ok', alarms: [], attached: [] }
const member = (name: string, presence: Partial<Presence> = {}, alive = true): Member => (
  { peerId: name[0] as PeerId, name, zone: '', weight: 1, state: 'active', addresses: [], joinedAtMs: 0, self: name === 'alder', alive, lastHeardMs: 0, silentMs: 0, presence: { ...PRESENCE, ...presence } }
)
const note = (key: string, message: string, sinceMs = 5, critical = false): Presence['alarms'][number] => ({ key, message, sinceMs, critical })

function ring(members: Member[]) {
  const alarms = createAlarms({ now: () => 7 })
  const presenceChanged = emitter<PeerId>()
  let announced = 0
  const ringAlarms = createRingAlarms({ alarms, self: SELF, membership: { members: () => members, changed: emitter<void>(), presenceChanged, announce() { announced++ } } })
  return { alarms, ringAlarms, members, presenceChanged, announced: () => announced }
}

test('alarms of all nodes that answer are one list, the gravest first, and what several say is said once', () => {
  const silent = note('silent/d', 'dogwood is silent', 3)
  const { alarms, ringAlarms } = ring([member('alder'), member('birch', { alarms: [silent, note('disk', 'birch is full', 9, true)] }), member('cedar', { alarms: [silent] }), member('elm', { alarms: [note('x', 'stale')] }, false)])
  alarms.raise({ key: 'silent/d', severity: 'warning', message: 'dogwood is silent' })
  assert.deepEqual(ringAlarms.all(), [
    { key: 'disk', severity: 'critical', message: 'birch is full', sinceMs: 9, nodes: ['birch'] },
    { key: 'silent/d', severity: 'warning', message: 'dogwood is silent', sinceMs: 3, nodes: ['alder', 'birch', 'cedar'] }
  ])
})

test('heartbeats that say nothing new are no news; this node’s alarms are told at once', async () => {
  const { alarms, ringAlarms, members, presenceChanged, announced } = ring([member('alder'), member('birch')])
  let told = 0
  ringAlarms.changed.on(() => { told++ })
  await ringAlarms.start()
  presenceChanged.emit('b' as PeerId)
  assert.equal(told, 0)
  members[1] = member('birch', { alarms: [note('disk', 'full')] })
  presenceChanged.emit('b' as PeerId)
  presenceChanged.emit('b' as PeerId)
  assert.equal(told, 1)
  alarms.raise({ key: 'disk', severity: 'critical', message: 'alder is full' })
  assert.deepEqual([told, announced()], [2, 1])
  await ringAlarms.stop()
})

test('a heartbeat carries at most twenty, the gravest, and stays small', () => {
  const { alarms, ringAlarms } = ring([member('alder')])
  for (let i = 0; i < 50; i++) alarms.raise({ key: `${i}`, severity: i === 49 ? 'critical' : 'warning', message: 'x'.repeat(500) })
  const notes = ringAlarms.notes()
  assert.deepEqual([notes.length, notes[0]?.key], [MAX_ALARM_NOTES, '49'])
  const bytes = presenceCodec.encode({ ...PRESENCE, alarms: notes })
  assert.ok(bytes.byteLength < 16 * 1024)
  assert.deepEqual(presenceCodec.decode(bytes).alarms[0], notes[0])
})

test('another node can not flood this one', () => {
  const { ringAlarms } = ring([member('birch', { alarms: Array.from({ length: 500 }, (_, i) => note(`${i}`, 'y'.repeat(9_000))) })])
  assert.deepEqual([ringAlarms.all().length, ringAlarms.all()[0]?.message.length], [MAX_ALARM_NOTES, 500])
})

test.run()
