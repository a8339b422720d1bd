// needs: ffmpeg
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { CameraId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { createEventBus, type NodeEvent } from '../../../node/events/events.ts'
import { motionEvents } from '../../../node/events/sources/motion.ts'
import { isMatch, isTopicPattern } from '../../../node/events/topics.ts'
import { createCameraMotions } from '../../../node/recording/camera-motions.ts'
import { createCameraMotionAreas, MOTION_AREAS } from '../../../node/recording/motion-areas.ts'
import { blockAreasOf } from '../../../node/recording/motion-blocks.ts'
import { createMotionDetector } from '../../../node/recording/motion-detector.ts'
import { BLOCKS_HIGH, BLOCKS_WIDE, changeOf } from '../../../node/recording/motion-picture.ts'
import { createMotionWatch, MOTION_SHARE } from '../../../node/recording/motion-watch.ts'
import type { Polygon } from '../../../node/understanding/motion/motion.ts'
import { MAX_RECORD_FIELD } from '../../../ring/catalog/record-entry.ts'
import { clipCamera, makeClip } from '../../support/camera-clip.ts'
import { until } from '../../support/until.ts'

const test = suite('where motion counts before a camera')
const awake = setInterval(() => {}, 1_000) // the child is no reason to stay, and here are no sockets
test.after(() => clearInterval(awake))
const porch = 'porch' as CameraId
const LEFT: Polygon = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]
const RIGHT: Polygon = [[0.5, 0], [1, 0], [1, 1], [0.5, 1]]

/** Records in memory, also with what other members wrote wrongly. */
function memory() {
  const kept = new Map<string, Record<string, unknown>>()
  return {
    kept,
    find: (kind: string, id: string) => kind === MOTION_AREAS && kept.has(id) ? { id, fields: kept.get(id)! } : undefined,
    async put(_kind: string, id: string, fields: Readonly<Record<string, unknown>>) { kept.set(id, { ...kept.get(id), ...structuredClone(fields) }); return { copies: 1 } },
    remove: async (_kind: string, id: string) => kept.delete(id)
  }
}

function blocksWith(changed: (column: number, row: number) => number): Float32Array {
  return Float32Array.from({ length: BLOCKS_WIDE * BLOCKS_HIGH }, (_, block) => 80 + changed(block % BLOCKS_WIDE, Math.floor(block / BLOCKS_WIDE)))
}

test('what changes in a mask does not count; zones are named by what changes in them, and sensitivity says how much has to', () => {
  const still = blocksWith(() => 0)
  const somebody = blocksWith((x, y) => (x >= 20 && x < 24 && y > 4 && y < 10 ? 60 : 0))
  const areas = { masks: [], zones: [{ name: 'left', polygon: LEFT }, { name: 'right', polygon: RIGHT }], sensitivity: 50 }
  assert.deepEqual(changeOf(still, somebody, blockAreasOf(areas)), { share: 20 / 576, zones: ['right'] })
  assert.deepEqual(changeOf(still, somebody, blockAreasOf({ ...areas, masks: [RIGHT] })), { share: 0, zones: [] })
  assert.deepEqual(changeOf(still, somebody, blockAreasOf({ ...areas, masks: [[[0, 0], [1, 0], [1, 1]], [[0, 0], [0, 1], [1, 1]]] })), { share: 0, zones: [] }, 'all of it is masked')
  const little = blocksWith((x, y) => (x === 20 && y > 4 && y < 8 ? 8 : 0))
  const share = (sensitivity: number): number => changeOf(still, little, blockAreasOf({ ...areas, sensitivity })).share
  assert.ok(share(50) < MOTION_SHARE && share(100) >= MOTION_SHARE, `${share(50)} ${share(100)}`)
  const much = blocksWith((x, y) => (x >= 20 && x < 22 && y > 4 && y < 8 ? 60 : 0))
  assert.ok(changeOf(still, much).share >= MOTION_SHARE && changeOf(still, much, blockAreasOf({ ...areas, sensitivity: 0 })).share < MOTION_SHARE)
  assert.deepEqual(changeOf(still, blocksWith((x) => Number(x === 16) * 60), blockAreasOf({ ...areas, zones: [{ name: 'thin', polygon: [[0.505, 0], [0.512, 0], [0.512, 1], [0.505, 1]] }] })).zones, ['thin'], 'a zone thinner than a block')
})

test('areas are kept with what was said before; what another member wrote wrongly is left out; two zones of one name are refused', async () => {
  const records = memory()
  const areas = createCameraMotionAreas({ records })
  assert.deepEqual([areas.read(porch), areas.blocks(porch)], [undefined, undefined])
  await areas.change(porch, { masks: [LEFT] })
  assert.deepEqual(await areas.change(porch, { sensitivity: 70 }), { masks: [LEFT], zones: [], sensitivity: 70 })
  assert.equal(areas.blocks(porch), areas.blocks(porch), 'painted once')
  const before = areas.blocks(porch)
  records.kept.set(porch, { masks: [[[0, 0]], 7, LEFT, [[0, 0], [9, 9], [0, 1]]], zones: [{ name: '', polygon: LEFT }, null, { name: 'door', polygon: RIGHT }], sensitivity: 'much' })
  assert.deepEqual(areas.read(porch), { masks: [LEFT], zones: [{ name: 'door', polygon: RIGHT }], sensitivity: 50 })
  assert.notEqual(areas.blocks(porch), before)
  await assert.rejects(areas.change(porch, { zones: [{ name: 'door', polygon: LEFT }, { name: 'door', polygon: RIGHT }] }), { name: 'InvalidInputError' })
  await areas.forget(porch)
  assert.equal(areas.read(porch), undefined)
})

test('areas with as many corners as there may be fit into a record; more are refused with what to do', async () => {
  const records = memory()
  const areas = createCameraMotionAreas({ records })
  const polygons = (count: number): Polygon[] => Array.from({ length: count }, (_, i) => Array.from({ length: 60 }, (_, at) => [1 / (3 + at), 1 / (7 + i)] as const))
  await areas.change(porch, { masks: polygons(13), zones: polygons(13).map((polygon, i) => ({ name: `${i}`.padEnd(60, 'x'), polygon })) })
  for (const [field, value] of Object.entries(records.kept.get(porch)!)) assert.ok(JSON.stringify(value).length <= MAX_RECORD_FIELD, `${field}: ${JSON.stringify(value).length} characters`)
  assert.deepEqual(areas.read(porch)?.masks[0]?.[1], [0.25, 0.1429])
  for (const change of [{ masks: polygons(14) }, { zones: polygons(14).map((polygon, i) => ({ name: `${i}`, polygon })) }]) await assert.rejects(areas.change(porch, change), /800 corners at most, all together, and these have 840: draw them with fewer/)
})

test('a thing that moves in one zone of a real camera is told with its beginning and its end, and not when it is masked', async () => {
  const clip = await makeClip({ seconds: 5, size: '320x240', gop: 15, scene: 'color=c=gray', filter: 'color=c=white:s=50x50:r=30[thing];[in][thing]overlay=x=180+60*mod(t\\,2):y=90[out]' })
  const areas = createCameraMotionAreas({ records: memory() })
  const detector = createMotionDetector({ log: silentLog })
  const motions = createCameraMotions({}, { overMs: 400 })
  const bus = createEventBus({ node: 'alder' })
  const heard: NodeEvent[] = []
  bus.events.on((event) => { heard.push(event) })
  const source = motionEvents(motions.changed, bus)
  await source.start()

  async function watch(): Promise<boolean[]> {
    const camera = clipCamera(clip)
    const looks: boolean[] = []
    createMotionWatch({ detector }, { camera, wanted: () => true, postRollMs: () => 1_000, areas: () => areas.blocks(porch), onLook(moved, zones) { looks.push(moved); motions.looked({ id: porch, name: 'Porch' }, moved ? zones : undefined) } })
    let keys = 0
    for (const step of clip.steps) {
      for (const packet of step.packets) camera.write(packet)
      if (step.key && ++keys > 1) await until(() => looks.length >= keys - 1, 'the keyframe before was looked at', 20_000)
    }
    camera.end('unplugged')
    return looks
  }

  try {
    await areas.change(porch, { zones: [{ name: 'left', polygon: LEFT }, { name: 'right', polygon: RIGHT }] })
    assert.ok((await watch()).filter(Boolean).length >= 3)
    await until(() => heard.length >= 4, 'it begins and ends')
    assert.deepEqual(heard.slice(0, 2).map(({ topic, payload }) => [topic, payload['camera'], payload['zone']]), [['motion.started', 'porch', null], ['motion.started', 'porch', 'right']])
    assert.deepEqual(heard.slice(-2).map(({ topic, payload }) => [topic, payload['zone']]), [['motion.ended', null], ['motion.ended', 'right']])
    assert.ok(isTopicPattern('motion.*') && isMatch('motion.*', heard[0]!.topic))
    heard.length = 0
    await areas.change(porch, { masks: [RIGHT] })
    assert.deepEqual((await watch()).filter(Boolean), [])
    assert.deepEqual(heard, [])
  } finally {
    await source.stop()
    motions.stop?.()
    await detector.stop?.()
  }
})

test.run()
