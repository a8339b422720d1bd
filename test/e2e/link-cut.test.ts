import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { PartList, RecordingList } from '#protocols/http.ts'
import { type NodeProcess, TestRing, type Thatdam } from '../support/processes.ts'
import { until } from '../support/until.ts'

/** What real processes of a busy machine may take, in ms. */
const SLOW_MS = 90_000
/** The node takes and answers nothing for so long, in ms: less than a peer holds. */
const CUT_MS = 20_000

const test = suite('a link that is cut')
let ring: TestRing
let alder: NodeProcess
let peer: Thatdam | undefined

test.before(async () => {
  ring = await TestRing.create()
  alder = await ring.begin('alder')
  peer = await ring.peer([{ name: 'Porch', source: 'test?size=320x180&fps=10&gop=10' }], alder)
})
test.after(async () => {
  alder.process.child.kill('SIGCONT')
  await peer?.stop()
  await ring.end()
})

const durableMs = async (): Promise<number> => (await ring.camera('porch', alder))?.lastDurableMs ?? 0
const clear = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms) })

test('the newest safe second of a camera is told as a metric', async () => {
  const toldMs = await until(durableMs, 'it is recorded', SLOW_MS)
  const metrics = await (await fetch(`${alder.url}/metrics`)).text()
  const [, seconds] = /^thatdam_camera_last_durable_timestamp_seconds\{camera="porch"\} ([\d.]+)$/m.exec(metrics) ?? []
  assert.ok(Number(seconds) * 1000 >= toldMs && Number(seconds) * 1000 < Date.now() + 1_000, `${seconds}`)
  assert.match(metrics, /^thatdam_camera_recording\{camera="porch"\} 1$/m)
  assert.match(metrics, /^thatdam_camera_durable_copies\{camera="porch"\} [12]$/m)
})

test('for twenty seconds costs nothing of what is recorded', async () => {
  const fromMs = await until(async () => (await durableMs()) - 1_000, 'it is recorded', SLOW_MS)
  await until(async () => (await durableMs()) > fromMs + 4_000, 'some seconds are safe', SLOW_MS)
  alder.process.child.kill('SIGSTOP')
  const cutMs = Date.now()
  await clear(CUT_MS)
  alder.process.child.kill('SIGCONT')
  await until(async () => (await durableMs()) > Date.now() - 5_000 && (await durableMs()) > cutMs + CUT_MS, 'it is recorded again, up to now', SLOW_MS)
  const toMs = await durableMs()
  const { parts } = await ring.get<PartList>(`${alder.url}/api/v1/cameras/porch/parts?from=${fromMs}&to=${toMs}`)
  let reachedMs = fromMs
  for (const { startMs, durationMs } of parts) {
    assert.ok(startMs - reachedMs < 250, `a hole of ${startMs - reachedMs} ms, ${startMs - cutMs} ms after the cut`)
    reachedMs = Math.max(reachedMs, startMs + durationMs)
  }
  assert.ok(reachedMs >= toMs - 1)
  const late = parts.filter(({ startMs }) => startMs > cutMs + 2_000 && startMs < cutMs + CUT_MS - 4_000)
  assert.ok(late.length > 8, 'parts of the cut itself')
  assert.ok(late.every(({ startMs, arrivedMs }) => arrivedMs! - startMs > 1_500), 'which came later than they were captured')
  assert.deepEqual((await ring.get<RecordingList>(`${alder.url}/api/v1/cameras/porch/recordings?from=${fromMs}&to=${toMs}`)).gaps, [])
})

test.run()
