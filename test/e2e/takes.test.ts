// needs: chromium ffmpeg xmllint
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import type { DerivedList, JobView, TakeList, TakeOfAsset, TakeView } from '#protocols/http.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { CLIP_RATE, makeTakeClips } from '../support/take-clips.ts'
import { until } from '../support/until.ts'
import { buildPages, holds, keepPicture, openBrowser, openPage } from '../web/browser.ts'
import { shownAngles } from '../web/shown-angles.ts'

const test = suite('several cameras of one moment, in step')

let ring: TestRing
let node: NodeProcess
let browser: Browser
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
  await buildPages()
  browser = await openBrowser()
  ring = await TestRing.create()
  node = await ring.begin('alder')
  await upload(await makeTakeClips(11, 40, [
    { name: 'wide.mp4', from: 0, seconds: 36, snr: 20, colour: true, reverb: 0.4 },
    { name: 'close.mp4', from: 7.32, seconds: 24, snr: 15, colour: true, options: ['-timecode', '01:00:07:08'] },
    { name: 'phone.mp4', from: 12, seconds: 20, snr: 0, reverb: 0.3, driftPpm: 40 }
  ]))
  await upload(await makeTakeClips(12, 20, [{ name: 'elsewhere.mp4', from: 0, seconds: 16 }]))
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
})

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

const areReady = (page: Page, count: number): Promise<void> => holds(page, `document.querySelectorAll('[data-angle][data-state="ready"]').length === ${count}`)
const spread = (pictures: ReadonlyArray<number | null>): number => Math.max(...pictures.map(Number)) - Math.min(...pictures.map(Number))

/** A point of the timeline, as a share of its length. */
async function pressAt(page: Page, share: number): Promise<void> {
  const box = (await page.locator('.take-track').boundingBox())!
  await page.mouse.click(box.x + box.width * share, box.y + box.height / 2)
}

test('in the browser all angles show the same moment, still and while they play, by their pixels', async () => {
  const { id, durationMs } = await whole(3)
  const { page, complaints } = await openPage(browser, `${node.url}/takes/${id}`)
  await areReady(page, 1) // at the beginning only one was running
  await pressAt(page, 16_000 / durationMs)
  await areReady(page, 3)
  await until(async () => spread(await shownAngles(page)) <= 1, 'all show the same moment')
  const head = Number(await page.locator('[data-playhead]').getAttribute('data-playhead'))
  assert.ok(Math.abs((await shownAngles(page))[0]! - head / 1000 * CLIP_RATE) <= 2, 'and it is the moment of the clock')
  await page.keyboard.press(' ')
  await until(async () => Number(await page.locator('[data-playhead]').getAttribute('data-playhead')) > head + 3_000, 'it plays')
  const samples = await Promise.all(Array.from({ length: 12 }, async (_, i) => { await new Promise((resolve) => setTimeout(resolve, i * 120)); return spread(await shownAngles(page)) }))
  assert.ok(samples.filter((each) => each <= 1).length >= 10, `angles are apart by ${samples.join()} pictures`)
  await keepPicture(page, 'take')
  await page.keyboard.press('k')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('a recording is moved by keys, the others stay, and its new place is written down', async () => {
  const { id } = await whole(3)
  const { page } = await openPage(browser, `${node.url}/takes/${id}`)
  await page.locator(`[data-row="${idOf('phone.mp4')}"] button`).click()
  const before = Number(await page.locator(`[data-row="${idOf('phone.mp4')}"]`).getAttribute('data-offset'))
  for (const key of [']', ']', '{']) await page.keyboard.press(key)
  const take = await until(async () => { const view = await api<TakeView>(`/takes/${id}`); return view.angles.find(({ title }) => title === 'phone.mp4')?.by === 'person' ? view : undefined }, 'it is written down')
  assert.ok(Math.abs(offsets(take)['phone.mp4']! - before - 79) < 0.01 && Math.abs(offsets(take)['close.mp4']! - 7_320) < 1)
  await page.keyboard.press('2')
  await holds(page, `(() => { const [first, second] = document.querySelectorAll('[data-angle] video'); return first.muted && !second.muted })()`)
  await page.context().close()
})

test('a person names a take and moves a recording, and programs take both as a list and as a multicam clip', async () => {
  const { id } = await whole(3)
  const moved = await send<TakeView>('PATCH', `/takes/${id}`, { name: 'Talk & "answer"', move: [{ recording: idOf('phone.mp4'), offsetMs: 12_040 }] })
  assert.deepEqual([moved.name, moved.angles.find(({ title }) => title === 'phone.mp4')?.by, offsets(moved)['phone.mp4']], ['Talk & "answer"', 'person', 12_040])
  const csv = (await ring.bytes(`${node.url}/api/v1/takes/${id}/take.csv`)).toString()
  assert.match(csv, /^title,recording,offset_seconds.*\r\nwide\.mp4,[0-9a-f]{64},0\.000000,/)
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

test('the list of takes leads to one, and a clip says which it is in', async () => {
  const { page, complaints } = await openPage(browser, `${node.url}/takes`)
  await page.getByText('By hand').click()
  await page.locator('.take-timeline').waitFor()
  await page.goto(`${node.url}/library/${idOf('close.mp4')}`)
  await page.getByRole('link', { name: 'By hand' }).waitFor()
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('recordings of which nothing says how they lie are refused, with the reason', async () => {
  const job = await send<JobView>('POST', '/takes', { assets: [idOf('phone.mp4'), idOf('elsewhere.mp4')] })
  const ended = await until(async () => { const view = await api<JobView>(`/jobs/${job.id}`); return view.endedMs === null ? undefined : view }, 'the job ends', 120_000)
  assert.equal(ended.state, 'failed')
  assert.match(ended.error ?? '', /nothing says how these recordings lie to each other/)
})

test.run()
