import assert from 'node:assert/strict'
import { test } from 'uvu'
import { RefusedError } from '#protocols/errors.ts'
import type { CaptureChange, CameraView } from '#protocols/http.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { CameraEntry } from '#ring'
import { changing } from '../../../node/http/routes/camera-control.ts'

const porch = 'porch' as CameraId

/** One camera, and what is done about it in its order. */
function scene(entries: CameraEntry[], refuse?: Error) {
  const done: string[] = []
  const view = { id: porch, name: 'Porch', source: 'test', enabled: true } as Partial<CameraView> as CameraView
  const change = changing({
    desk: {
      async order({ action, width, bitsPerSecond, device, encoding }) {
        if (refuse !== undefined) throw refuse
        done.push(device ? `set ${device.format} ${JSON.stringify(device.controls)}` : `order ${action} ${width} ${bitsPerSecond}${encoding}`)
      }
    },
    cameras: () => ({ nowMs: 0, cameras: [view] }),
    catalog: {
      cameras: () => entries,
      async putCamera(entry) {
        entries.splice(0, 1, entry)
        done.push(`note ${entry.name} ${entry.enabled}`)
        return { copies: 1 }
      }
    },
    expect: async (_id, expected) => done.push(expected ? 'missed' : 'not missed')
  })
  return { done, entries, change: (asked: CaptureChange, id = porch) => change(id, asked) }
}

const known = (enabled?: boolean): CameraEntry => ({ id: porch, name: 'Porch', source: 'test', createdAtMs: 1, record: false, ...(enabled !== undefined && { enabled }) })

test('a camera is noted as stopped when it is, and as started before it is: a machine that arrives in between is told right', async () => {
  const { done, entries, change } = scene([known()])
  assert.equal((await change({ enabled: false })).enabled, false)
  await change({ enabled: true })
  assert.deepEqual(done, ['order stop 0 0', 'note Porch false', 'not missed', 'note Porch true', 'missed', 'order start 0 0'])
  assert.equal(entries[0]?.record, false)
})

test('a camera that was never live is noted, too, when it is stopped', async () => {
  const { entries, change } = scene([])
  await change({ enabled: false })
  assert.deepEqual([entries[0]?.id, entries[0]?.enabled], [porch, false])
})

test('what its machine refuses is noted nowhere', async () => {
  const { entries, done, change } = scene([known()], new RefusedError('no'))
  await assert.rejects(change({ enabled: false, name: 'Hall' }), /no/)
  assert.deepEqual([entries, done], [[known()], []])
})

test('a name alone goes to no machine, and one that is the same is not written', async () => {
  const { done, change } = scene([known()])
  await change({ name: ' Hall ' })
  await change({ name: 'Hall' })
  assert.deepEqual(done, ['note Hall undefined'])
})

test('what a device was set to is noted beside what it was set to before, and only once', async () => {
  const { done, entries, change } = scene([known()])
  await change({ device: { format: 'MJPG' } })
  await change({ device: { controls: { gain: 3 } } })
  await change({ device: { controls: { gain: 3 } } })
  assert.deepEqual(entries[0]?.device, { format: 'MJPG', controls: { gain: 3 } })
  assert.deepEqual(done, ['set MJPG []', 'note Porch undefined', 'set  [{"name":"gain","value":3}]', 'note Porch undefined', 'set  [{"name":"gain","value":3}]'])
})

test('what is encoded is noted beside what was ordered before, and forgotten with one word', async () => {
  const { done, entries, change } = scene([known()])
  await change({ video: { width: 320, height: 180 } })
  await change({ video: { bitrate: 90_000 } })
  assert.deepEqual(entries[0]?.video, { bitrate: 90_000, width: 320, height: 180 })
  await change({ video: 'auto' })
  assert.deepEqual(entries[0]?.video, {})
  assert.deepEqual(done.filter((each) => each.startsWith('order')), ['order  320 0', 'order  0 90000', 'order  0 0all'])
})

test('a camera nobody knows is not found', async () => {
  await assert.rejects(scene([]).change({ enabled: true }, 'garage' as CameraId), /there is no camera garage/)
})

test.run()
