// needs: ffmpeg
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { CameraSettings, Ledger, MotionList } from '#protocols/http.ts'
import { LOOKS_NOTED_MS } from '../../node/recording/ledger.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('a node that dies while it watches a camera for motion')
/** A busy machine takes its time to begin a camera and to look at it, in ms. */
const CAMERA_MS = 120_000
/** What a node saw is noted so often, in ms. */
const NOTED_MS = 10_000
/** Between two looks, and until the other node heard of the last note, in ms. */
const SLOW_MS = 10_000
let ring: TestRing
/** Who watches, and who is left. */
let home: NodeProcess
let other: NodeProcess

const watchedMs = async (): Promise<number> => (await ring.get<MotionList>(`${other.url}/api/v1/cameras/porch/motion`)).watchedMs

test.before(async () => {
  ring = await TestRing.create()
  const [alder, birch] = [await ring.begin('alder'), await ring.begin('birch')]
  await ring.together(2)
  await ring.peer([{ name: 'Porch', source: 'test?size=320x180&fps=10&gop=10' }], alder)
  const porch = await until(async () => { const view = await ring.camera('porch', birch); return view?.live === true && view }, 'the camera is live', CAMERA_MS)
  home = ring.homeOf(porch)
  other = home === alder ? birch : alder
})
test.after(() => ring?.end())

test('is missed from then on, and not for the minute before', async () => {
  await ring.send('PUT', `${other.url}/api/v1/cameras/porch/motion/areas`, { masks: [[[0, 0], [1, 0], [1, 1], [0, 1]]] })
  await ring.send<CameraSettings>('PATCH', `${other.url}/api/v1/cameras/porch`, { record: { mode: 'motion' } })
  const fromMs = Date.now()
  const before = await until(async () => { const ms = await watchedMs(); return ms > 2.5 * NOTED_MS && ms }, 'the other node knows that it is watched', CAMERA_MS)
  assert.ok(before < 5 * NOTED_MS, `noted only after ${before} ms`)
  const killedMs = Date.now()
  await home.process.kill()
  await until(() => Date.now() > killedMs + LOOKS_NOTED_MS, 'all is told', 2 * LOOKS_NOTED_MS)
  const { ranges } = await ring.get<Ledger>(`${other.url}/api/v1/cameras/porch/ledger?from=${Math.max(fromMs, killedMs - before)}&to=${killedMs}`)
  const lostMs = ranges.filter(({ state }) => state === 'lost').reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)
  assert.ok(lostMs < NOTED_MS + SLOW_MS, `${lostMs} ms of what was watched count as lost: ${JSON.stringify(ranges)}`)
})

test.run()
