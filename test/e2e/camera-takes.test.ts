// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import type { JobView, RecordingList, TakeList, TakeView } from '#protocols/http.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { CLIP_RATE, makeTakeClips } from '../support/take-clips.ts'
import { until } from '../support/until.ts'
import { buildPages, holds, keepPicture, openBrowser, openPage } from '../web/browser.ts'
import { shownAngles } from '../web/shown-angles.ts'

const test = suite('a clip in step with what a camera of the ring recorded')

/** What the camera films is begun anew after this, in seconds: later than all that is asked here. */
const FILM_SECONDS = 120
/** When in it the clip of the card begins and how long it is, in seconds. */
const [CARD_AT, CARD_SECONDS] = [6.4, 16]
/** The card's clock is wrong by this, in ms. */
const CARD_CLOCK_MS = 31_000

let ring: TestRing
let node: NodeProcess
let browser: Browser
let folder: string
let camera: string
let card: string

const api = <T>(path: string): Promise<T> => ring.get<T>(`${node.url}/api/v1${path}`)
const recorded = async (): Promise<RecordingList> => api<RecordingList>(`/cameras/${camera}/recordings?from=${Date.now() - 3_600_000}&to=${Date.now() + 60_000}`)
const ended = (job: JobView): Promise<JobView> => until(async () => { const view = await api<JobView>(`/jobs/${job.id}`); return view.endedMs === null ? undefined : view }, 'the job ends', 120_000)

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thatdam-camera-take-'))
  await buildPages()
  browser = await openBrowser()
  ring = await TestRing.create()
  node = await ring.begin('alder')
  const film = await makeTakeClips(17, FILM_SECONDS, [{ name: 'gate.mp4', from: 0, seconds: FILM_SECONDS, snr: 20, colour: true, reverb: 0.4 }])
  await writeFile(join(folder, 'gate.mp4'), film.get('gate.mp4')!)
  await ring.peer([{ name: 'Gate', source: `file:${join(folder, 'gate.mp4')}` }], node)
  camera = await until(async () => (await api<{ cameras: { id: string; live: boolean }[] }>('/cameras')).cameras.find(({ live }) => live)?.id, 'the camera is live', 60_000)
  const [first] = (await until(async () => { const { spans } = await recorded(); return spans.some(({ startMs, endMs }) => endMs - startMs > 30_000) ? { spans } : undefined }, 'there is half a minute of it', 90_000)).spans
  const createdAtMs = first!.startMs + CARD_AT * 1_000 + CARD_CLOCK_MS
  const clips = await makeTakeClips(17, FILM_SECONDS, [{ name: 'card.mp4', from: CARD_AT, seconds: CARD_SECONDS, snr: 15, reverb: 0.2, options: ['-metadata', `creation_time=${new Date(createdAtMs).toISOString()}`] }])
  const { results: [result] } = await ring.upload(node, 'card.mp4', clips.get('card.mp4')!)
  card = result?.assetId ?? assert.fail(result?.reason ?? 'not taken')
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
  await rm(folder, { recursive: true, force: true })
})

const found = (): Promise<TakeView> => until(async () => (await api<TakeList>('/takes')).takes[0], 'they are a take', 120_000)

test('by themselves they are a take, of the stretch that both have, however wrong the clock of the card', async () => {
  const { angles, name } = await found()
  const [gate, clip] = [angles.find(({ footage }) => footage !== null)!, angles.find(({ recording }) => recording === card)!]
  assert.deepEqual([angles.length, gate.title, gate.hasSound, gate.footage?.camera, clip.by, name.startsWith('Take of ')], [2, 'Gate', true, camera, 'sound', true])
  assert.ok(gate.durationMs < CARD_SECONDS * 1_000 + 5_000, `not ${gate.durationMs} ms of it`)
})

test('in the browser both show the same picture, still and while they play', async () => {
  const { id, durationMs } = await found()
  const { page, complaints } = await openPage(browser, `${node.url}/takes/${id}`)
  const box = (await page.locator('.take-track').boundingBox())!
  await page.mouse.click(box.x + box.width * 8_000 / durationMs, box.y + box.height / 2)
  await holds(page, `document.querySelectorAll('[data-angle][data-state="ready"]').length === 2`)
  await until(async () => { const [one, other] = await shownAngles(page); return one !== null && Math.abs(Number(one) - Number(other)) <= 1 }, 'both show the same moment')
  await page.keyboard.press(' ')
  const head = Number(await page.locator('[data-playhead]').getAttribute('data-playhead'))
  await until(async () => Number(await page.locator('[data-playhead]').getAttribute('data-playhead')) > head + 2_000, 'it plays')
  const apart = await until(async () => { const [one, other] = await shownAngles(page); return one === null || other === null ? undefined : [Number(one), Number(other)] }, 'both show something')
  assert.ok(Math.abs(apart[0]! - apart[1]!) <= 2, `they are at pictures ${apart.join()} of ${CLIP_RATE} a second`)
  await page.locator(`[data-row^="camera:"] button`).click()
  await page.getByRole('link', { name: 'Its file' }).waitFor()
  await keepPicture(page, 'camera-take')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('programs find the footage by the name under which it is downloaded', async () => {
  const { id, angles } = await found()
  const gate = angles.find(({ footage }) => footage !== null)!
  const xml = (await ring.bytes(`${node.url}/api/v1/takes/${id}/take.fcpxml`)).toString()
  assert.ok(xml.includes(`src="./${encodeURIComponent(gate.name)}"`) && xml.includes('hasVideo="1" format="r0" hasAudio="1"'))
  const { camera: from, fromMs, toMs } = gate.footage!
  const file = await fetch(`${node.url}/api/v1/cameras/${from}/export?${new URLSearchParams({ from: String(fromMs), to: String(toMs), cut: 'parts', name: gate.name.replace(/\.mp4$/, '') })}`, { method: 'HEAD' })
  assert.ok(file.headers.get('content-disposition')?.includes(`filename="${gate.name}"`))
  assert.ok(Math.abs(Number(file.headers.get('x-start-ms')) - fromMs) <= 1, 'it begins where the angle does')
})

test('a person puts a stretch of a camera in step with a clip, once a take is dissolved', async () => {
  const { id, angles } = await found()
  const { footage } = angles.find((one) => one.footage !== null)!
  assert.equal((await fetch(`${node.url}/api/v1/takes/${id}`, { method: 'DELETE' })).status, 204)
  const refused = await fetch(`${node.url}/api/v1/takes`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ assets: [card], footage: [{ camera, fromMs: 1_000, toMs: 2_000 }] }) })
  assert.equal(refused.status, 404)
  assert.match(await refused.text(), /nothing of gate is recorded between 1970/)
  const job = await ended(await ring.send<JobView>('POST', `${node.url}/api/v1/takes`, { assets: [card], footage: [footage], name: 'By hand' }))
  assert.deepEqual([job.state, job.error], ['done', null])
  const take = await api<TakeView>(`/takes/${String(job.report?.['take'])}`)
  assert.deepEqual([take.name, take.angles.map((one) => one.footage?.camera ?? one.recording).sort()], ['By hand', [card, camera].sort()])
})

test.run()
