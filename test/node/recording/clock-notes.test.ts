import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { HourNote, Ring } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { createClockNotes } from '../../../node/recording/clock-notes.ts'

const DAY = 86_400_000

test('hours that this node recorded before its clock was set on are noted as younger than their names, and no others', async () => {
  const { now } = Date
  const wall = { ms: Date.UTC(2026, 10, 1, 12) - now() }
  Date.now = () => now() + wall.ms
  try {
    const notes = new Map<string, HourNote>()
    const session = (node: string, hour: string) => ({ node: node as PeerId, hour })
    const asked: number[][] = []
    const clocks = createClockNotes({
      log: silentLog,
      ring: {
        self: 'alder' as PeerId,
        catalog: {
          cameras: () => [{ id: 'porch' as CameraId }],
          index: { recordings: (_camera: string, fromMs: number, toMs: number) => { asked.push([fromMs, toMs]); return [session('alder', '2026-11-01T12'), session('birch', '2026-11-01T13')] } },
          policy: { async note(_camera: string, hour: string, change: (note: HourNote) => HourNote) { notes.set(hour, change(notes.get(hour) ?? {} as HourNote)) } }
        } as unknown as Ring['catalog']
      }
    })
    const beganMs = Date.now()
    await clocks.look()
    wall.ms += 60_000
    await clocks.look()
    wall.ms -= DAY
    await clocks.look()
    assert.equal(notes.size, 0, 'a minute, or back, makes nothing old')
    wall.ms += 20 * DAY
    await clocks.look()
    assert.deepEqual([...notes.keys()], ['2026-11-01T12'])
    assert.ok(Math.abs(notes.get('2026-11-01T12')!.behindMs! - 20 * DAY) < 1_000)
    assert.equal(asked.length, 1)
    assert.ok(Math.abs(asked[0]![0]! - (beganMs + 60_000 - DAY)) < 1_000, 'of what it recorded since it began, by the clock of then')
  } finally {
    Date.now = now
  }
})

test.run()
