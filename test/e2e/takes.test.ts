// needs: ffmpeg xmllint
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import type { DerivedList, JobView, TakeList, TakeOfAsset, TakeView } from '#protocols/http.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { makeTakeClips } from '../support/take-clips.ts'
import { until } from '../support/until.ts'

const test = suite('several cameras of one moment, in step')

let ring: TestRing
let node: NodeProcess
const ids = new Map<string, string>()

const api = <T>(path: string): Promise<T> => ring.get<T>(`${node.url}/api/v1${path}`)
const send = <T>(method: string, path: string, body: unknown): Promise<T> => ring.send<T>(method, `${node.url}/api/v1${path}`, body)
const idOf = (name: string): string => ids.get(name) ?? assert.fail(`no ${name}`)

async function upload(clips: Map<string, Buffer<ArrayBuffer>>): Promise<void> {
  for (const [name, bytes] of clips) {
    const { results: [result] } = await ring.upload(node, name, bytes)
    ids.set(name, result?.assetId ?? assert.fail(`${name}: ${result?.reason}`))
  }
}

test.before(async () => {
  ring = await TestRing.create()
  node = await ring.begin('alder')
  await upload(await makeTakeClips(11, 40, [
    { name: 'wide.mp4', from: 0, seconds: 36, snr: 20, colour: true, reverb: 0.4 },
    { name: 'close.mp4', from: 7.32, seconds: 24, snr: 15, colour: true, options: ['-timecode', '01:00:07:08'] },
    { name: 'phone.mp4', from: 12, seconds: 20, snr: 0, reverb: 0.3, driftPpm: 40 }
  ]))
  await upload(await makeTakeClips(12, 20, [{ name: 'elsewhere.mp4', from: 0, seconds: 16 }]))
})
test.after(async () => { await ring?.end() })

const offsets = ({ angles }: TakeView): Record<string, number> => Object.fromEntries(angles.map(({ title, offsetMs }) => [title, offsetMs]))
const whole = (count: number): Promise<TakeView> => until(async () => (await api<TakeList>('/takes')).takes.find(({ angles }) => angles.length === count), `a take of ${count}`, 120_000)

test('clips of one moment become a take by themselves, each within a millisecond of where it was, and what is of another moment does not', async () => {
  const take = await whole(3)
  const { 'wide.mp4': wide, 'close.mp4': close, 'phone.mp4': phone } = offsets(take)
  assert.equal(wide, 0)
  assert.ok(Math.abs(close! - 7_320) < 1 && Math.abs(phone! - 12_000) < 1, `${close} ${phone}`)
  assert.ok(take.angles.every(({ by, confidence }) => by === 'sound' && confidence > 0.3))
  await until(async () => (await api<DerivedList>(`/assets/${idOf('elsewhere.mp4')}/derived`)).derived.every(({ state }) => state === 'made'), 'all is made', 120_000)
  assert.equal((await api<TakeOfAsset>(`/assets/${idOf('elsewhere.mp4')}/take`)).take, null)
  assert.equal((await api<TakeOfAsset>(`/assets/${idOf('close.mp4')}/take`)).take?.id, take.id)
})

test('a person names a take and moves a recording, and programs take both as a list and as a multicam clip', async () => {
  const { id } = await whole(3)
  const moved = await send<TakeView>('PATCH', `/takes/${id}`, { name: 'Talk & "answer"', move: [{ asset: idOf('phone.mp4'), offsetMs: 12_040 }] })
  assert.deepEqual([moved.name, moved.angles.find(({ title }) => title === 'phone.mp4')?.by, offsets(moved)['phone.mp4']], ['Talk & "answer"', 'person', 12_040])
  const csv = (await ring.bytes(`${node.url}/api/v1/takes/${id}/take.csv`)).toString()
  assert.match(csv, /^title,asset,offset_seconds.*\r\nwide\.mp4,[0-9a-f]{64},0\.000000,/)
  const xml = await ring.bytes(`${node.url}/api/v1/takes/${id}/take.fcpxml`)
  execFileSync('/usr/bin/xmllint', ['--noout', '-'], { input: xml })
  assert.match(xml.toString(), /<asset-clip ref="r2" name="close\.mp4" offset="183\/25s"/)
})

test('a take that was dissolved is not found again, and its clips are put in step when a person says so', async () => {
  const { id } = await whole(3)
  assert.equal((await fetch(`${node.url}/api/v1/takes/${id}`, { method: 'DELETE' })).status, 204)
  assert.equal((await api<TakeList>('/takes')).total, 0)
  const job = await send<JobView>('POST', '/takes', { assets: [idOf('wide.mp4'), idOf('close.mp4')], name: 'By hand' })
  const ended = await until(async () => { const view = await api<JobView>(`/jobs/${job.id}`); return view.endedMs === null ? undefined : view }, 'the job ends', 120_000)
  assert.deepEqual([ended.state, ended.error], ['done', null])
  const take = await api<TakeView>(`/takes/${String(ended.report?.['take'])}`)
  assert.deepEqual([take.name, take.angles.length], ['By hand', 2])
  assert.ok(Math.abs(offsets(take)['close.mp4']! - 7_320) < 1)
})

test('recordings of which nothing says how they lie are refused, with the reason', async () => {
  const { jobs } = { jobs: await send<JobView>('POST', '/takes', { assets: [idOf('phone.mp4'), idOf('elsewhere.mp4')] }) }
  const ended = await until(async () => { const view = await api<JobView>(`/jobs/${jobs.id}`); return view.endedMs === null ? undefined : view }, 'the job ends', 120_000)
  assert.equal(ended.state, 'failed')
  assert.match(ended.error ?? '', /nothing says how these recordings lie to each other/)
})

test.run()
