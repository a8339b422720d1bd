// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import type { CameraSettings, MasterView, RecordingList } from '#protocols/http.ts'
import { dayOf } from '../../web/src/recordings/timeline-math.ts'
import { until } from '../support/until.ts'
import { buildPages, chromiumPath, holds, openBrowser, openPage, PHONE } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { fakeRing, fakeSettings } from './fake-data.ts'
import { makeMedia } from './media.ts'

const test = suite('recordings and ring')
let api: FakeApi
let browser: Browser

test.before(async () => {
  await buildPages()
  api = await startFakeApi(await makeMedia())
  browser = await openBrowser()
})
test.before.each(() => {
  api.state.plays = []
  api.state.recordedUntilMs = undefined
})
test.after(async () => {
  await browser.close()
  await api.close()
})

const PLAYS = "(() => { const video = document.querySelector('video[data-recording]'); return document.querySelector('[data-screen]').dataset.state === 'ready' && !video.paused })()"

test('playback goes on in the next day, across a gap at midnight, and the page turns with it', async () => {
  const midnight = dayOf(Date.now() - 86_400_000).fromMs
  api.state.recordedUntilMs = midnight + 18 * 60_000
  const { page } = await openPage(browser, `${api.url}/recordings/cam-porch?t=${midnight - 4 * 60_000 - 3000}`)
  await holds(page, PLAYS)
  await page.getByRole('button', { name: '1 min', exact: true }).click()
  const day = page.getByLabel('Day', { exact: true })
  const before = await day.inputValue()
  await holds(page, `Number(document.querySelector('[data-playhead]').dataset.playhead) > ${midnight + 4 * 60_000}`)
  await holds(page, PLAYS)
  assert.ok(await day.inputValue() > before, `the page shows ${await day.inputValue()}`)
  await page.locator('.timeline.tall .playhead').waitFor({ state: 'attached' }) // a line has no area to be visible
  await page.context().close()
})

test('what is lost tells its reason when it is focused', async () => {
  api.state.recordedUntilMs = dayOf(Date.now()).fromMs + 30 * 60_000 // today, also just after midnight
  const { page } = await openPage(browser, `${api.url}/recordings`)
  await page.getByRole('img', { name: /the camera was unplugged/ }).first().focus()
  await page.getByRole('tooltip').getByText('the camera was unplugged').waitFor()
  await page.context().close()
})

test('a day of which the node can not tell says so: its empty timeline is no day without recordings', async () => {
  const { page } = await openPage(browser, 'about:blank')
  const ledgers = /\/ledger\?/
  await page.route(ledgers, (route) => route.fulfill({ status: 503, json: { error: { code: 'ERR_OVERLOADED', message: 'the lists of this node are being built: ask again in a moment' } } }))
  for (const path of ['/recordings', '/recordings/cam-porch']) {
    await page.goto(api.url + path)
    await page.getByText('What became of this day is not known: the lists of this node are being built').first().waitFor()
  }
  await page.unroute(ledgers)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.locator('.timeline .span').first().waitFor()
  await page.context().close()
})

test('where one answer does not tell all of a range, the page asks on from its end: the newest is on the timeline as well', async () => {
  const day = dayOf(Date.now()).fromMs
  api.state.recordedUntilMs = day + 30 * 60_000
  api.state.motions = [10, 17, 25].map((minute) => ({ fromMs: day + minute * 60_000, toMs: day + minute * 60_000 + 8_000 }))
  api.state.mostRanges = 1
  try {
    const { page } = await openPage(browser, `${api.url}/recordings`)
    const first = page.locator('.timeline').first()
    await first.locator('.span').nth(1).waitFor({ state: 'attached' })
    assert.deepEqual([await first.locator('.span').count(), await first.locator('.gap').count()], [2, 1])
    await page.goto(`${api.url}/recordings/cam-porch?t=${day + 12 * 60_000}`)
    await page.getByRole('button', { name: '1 day', exact: true }).click()
    await page.locator('.timeline.tall .motion').nth(2).waitFor({ state: 'attached' })
    await page.context().close()
  } finally {
    api.state.mostRanges = Infinity
    api.state.motions = []
  }
})

test('a range is marked by keys, kept under a name, shown, and let go of', async () => {
  const from = Date.now() - 35 * 60_000
  const { page, complaints } = await openPage(browser, `${api.url}/recordings/cam-porch?t=${from}`)
  await holds(page, PLAYS)
  await page.keyboard.press('i')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('o')
  await page.getByLabel('Name of the range').fill('the fox')
  await page.keyboard.press('Enter')
  await page.getByRole('img', { name: 'Kept for good: the fox' }).first().waitFor({ state: 'attached' })
  const [kept] = api.state.kept
  assert.ok(kept !== undefined && kept.name === 'the fox' && kept.toMs > kept.fromMs && kept.fromMs >= from - 1000, JSON.stringify(kept))
  await page.getByRole('button', { name: 'Let go of the fox' }).click()
  await holds(page, "document.querySelector('.kept-list') === null")
  assert.deepEqual(api.state.kept, [])
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('who saves one half of the settings writes nothing old over the other, which somebody set meanwhile', async () => {
  const { page } = await openPage(browser, `${api.url}/recordings/cam-porch`)
  const elsewhere = async (change: (settings: CameraSettings) => Partial<CameraSettings>): Promise<void> => {
    const settings = api.state.settings.get('cam-porch') ?? fakeSettings('cam-porch')
    api.state.settings.set('cam-porch', { ...settings, ...change(settings) })
    await page.waitForResponse((response) => response.request().method() === 'GET' && response.url().endsWith('/cameras/cam-porch')) // asked for every ten seconds
  }
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByLabel(/^Days/).fill('7')
  await elsewhere(({ record }) => ({ record: { ...record, mode: 'off' } }))
  await page.getByRole('button', { name: 'Save' }).click()
  await holds(page, "document.querySelector('dialog[open]') === null")
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByLabel('By hand').check()
  await elsewhere(({ record, retention }) => {
    assert.deepEqual([record.mode, retention.days], ['off', 7])
    return { retention: { ...retention, days: 90 } }
  })
  await page.getByRole('button', { name: 'Save' }).click()
  await holds(page, "document.querySelector('dialog[open]') === null")
  const { record, retention } = api.state.settings.get('cam-porch')!
  assert.deepEqual([record.mode, retention.days], ['manual', 90])
  api.state.settings.clear()
  await page.context().close()
})

test('a camera is set to be recorded by the week, kept for a week, on motion with its seconds and a master, and then by hand', async () => {
  const { page } = await openPage(browser, `${api.url}/recordings/cam-porch`, PHONE)
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByLabel('By the week').check()
  await page.getByLabel('Range 1 from').fill('07:30')
  await page.getByRole('checkbox', { name: 'Sat' }).check()
  await page.getByLabel(/^Days/).fill('7')
  await page.getByLabel('With motion').fill('30')
  await page.getByRole('button', { name: 'Save' }).click()
  await holds(page, "document.querySelector('dialog[open]') === null")
  const saved = api.state.settings.get('cam-porch')
  assert.deepEqual([saved?.record.mode, saved?.record.schedule, saved?.retention.days, saved?.retention.motionDays], ['scheduled', [{ days: [1, 2, 3, 4, 5, 6], from: '07:30', to: '18:00' }], 7, 30])
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByLabel('On motion').check()
  await page.getByRole('spinbutton', { name: 'Before it' }).fill('12')
  await page.getByRole('spinbutton', { name: 'After it' }).fill('45')
  await page.getByLabel('ProRes 422 HQ as well').check()
  await page.getByRole('button', { name: 'Save' }).click()
  await holds(page, "document.querySelector('dialog[open]') === null")
  const onMotion = api.state.settings.get('cam-porch')?.record
  assert.deepEqual([onMotion?.mode, onMotion?.preRollSeconds, onMotion?.postRollSeconds, onMotion?.master], ['motion', 12, 45, 'prores'])
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByLabel('By hand').check()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Start recording' }).click()
  await page.getByRole('button', { name: 'Stop recording' }).waitFor()
  assert.equal(api.state.settings.get('cam-porch')?.record.on, true)
  assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'nothing is wider than a phone')
  await page.context().close()
})

test('what a camera itself sends and its controls are set on its page, each by the input that its kind asks for', async () => {
  const { page } = await openPage(browser, `${api.url}/recordings/cam-garage`, PHONE)
  api.state.orders.length = 0
  await page.getByRole('button', { name: 'Camera', exact: true }).click()
  await page.getByLabel('Format').selectOption('MJPG')
  await page.getByLabel('Size it sends').selectOption('1920x1080')
  await page.getByLabel('Pictures a second it sends').selectOption('15')
  await page.getByRole('button', { name: 'Set format' }).click()
  const brightness = page.getByRole('slider', { name: 'Brightness' })
  assert.deepEqual([await brightness.getAttribute('min'), await brightness.getAttribute('max'), await brightness.getAttribute('step'), await brightness.inputValue()], ['0', '255', '1', '128'])
  await brightness.press('ArrowRight')
  await page.getByRole('switch', { name: 'White balance automatic' }).click()
  await page.getByLabel('Power line frequency', { exact: true }).selectOption('60 Hz')
  assert.equal(await page.getByRole('slider', { name: 'White balance temperature' }).isDisabled(), true, 'the automatic one governs it')
  await page.getByRole('button', { name: 'Gain back to 0' }).click()
  await until(() => api.state.orders.length === 5, 'all is ordered')
  assert.deepEqual(api.state.orders, [{ format: 'MJPG', width: 1920, height: 1080, fps: 15 }, { controls: { brightness: 129 } }, { controls: { white_balance_automatic: 0 } }, { controls: { power_line_frequency: 2 } }, { controls: { gain: 0 } }].map((device) => `cam-garage/capture ${JSON.stringify({ device })}`))
  api.state.refuses = 'brightness 300: use 0 to 255'
  await page.getByRole('slider', { name: 'Brightness' }).press('ArrowLeft')
  await page.getByRole('alert').getByText('use 0 to 255').waitFor()
  api.state.refuses = ''
  api.state.orders.length = 0
  assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'nothing is wider than a phone')
  await page.context().close()
})

test('a camera is stopped, its picture changed and sent to another node on its page; what is refused says why there, and so does one that is not live', async () => {
  const { page } = await openPage(browser, `${api.url}/recordings/cam-porch`, PHONE)
  await page.getByRole('button', { name: 'Camera', exact: true }).click()
  await page.getByLabel('Size').selectOption('1920x1080')
  await page.getByLabel('Mbit/s').fill('6.5')
  await page.getByRole('button', { name: 'Change picture' }).click()
  await page.getByLabel('Send it to another node').selectOption({ label: 'alder' })
  await page.getByRole('button', { name: 'Move' }).click()
  await holds(page, "document.querySelector('dialog select:last-of-type') !== null")
  api.state.refuses = '/dev/video0 does not offer this format: leave out format, size and fps'
  await page.getByRole('button', { name: 'Stop the camera' }).click()
  assert.match(await page.getByRole('alert').innerText(), /does not offer this format/)
  api.state.refuses = ''
  assert.deepEqual(api.state.orders.map((order) => order.replace(/"12D3[^"]+"/, '"alder"')), ['cam-porch/capture {"video":{"width":1920,"height":1080,"bitrate":6500000}}', 'cam-porch/move {"node":"alder"}', 'cam-porch/stop {}'])
  assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'nothing is wider than a phone')
  await page.goto(`${api.url}/recordings/cam-attic`)
  await page.getByRole('button', { name: 'Camera', exact: true }).click()
  await page.getByRole('dialog').getByText('/dev/video0 is busy: another program uses it').waitFor()
  await page.context().close()
})

test('what was recorded again at the same time, after a clock was set back, is listed to look at and to download', async () => {
  api.state.recordedUntilMs = dayOf(Date.now()).fromMs + 120 * 60_000
  const { page } = await openPage(browser, 'about:blank')
  await page.route(/\/recordings\?/, async (route) => {
    const list = await (await route.fetch()).json() as RecordingList
    const first = list.spans[0]!
    await route.fulfill({ json: { ...list, spans: [...list.spans, { ...first, session: 'again', startMs: first.startMs + 600_000, endMs: first.endMs - 600_000, node: 'cedar' }] } })
  })
  await page.goto(`${api.url}/recordings/cam-porch?t=${api.state.recordedUntilMs - 60_000}`)
  const section = page.getByRole('region', { name: 'Recorded twice' })
  const links = section.getByRole('link')
  await links.first().waitFor()
  assert.equal(await links.count(), 2)
  for (const link of await links.all()) assert.match(await link.getAttribute('href') ?? '', /[?&]session=again(&|$)/)
  await page.context().close()
})

test('what was said is listed for what the timeline shows; a line is a place to play from, and is marked while it is played', async () => {
  const { page } = await openPage(browser, `${api.url}/recordings/cam-porch`)
  const said = page.getByRole('region', { name: 'What was said' })
  await page.locator('.timeline .span').first().waitFor()
  assert.equal(await said.count(), 0, 'nothing was')
  const atMs = Math.max(dayOf(Date.now()).fromMs, Date.now() - 600_000)
  api.state.said = [{ fromMs: atMs - 7_200_000, toMs: atMs - 7_199_000, text: 'Two hours ago.' }, { fromMs: atMs, toMs: atMs + 60_000, text: 'Is the boom in the picture?' }, { fromMs: atMs + 61_000, toMs: atMs + 64_000, text: 'No <b>boom</b>.' }]
  await page.reload()
  await said.waitFor()
  assert.deepEqual(await said.locator('li span').allInnerTexts(), ['Is the boom in the picture?', 'No <b>boom</b>.'])
  await said.getByRole('button').first().click()
  await until(async () => (await said.locator('li[aria-current=true]').count()) === 1 && new URL(page.url()).searchParams.get('t') === String(atMs), 'it plays from there')
  api.state.said = []
  await page.context().close()
})

test('masters of the day are listed with their file, how far they are, and why one failed', async () => {
  const [asset] = api.state.assets
  const master = (atMs: number, more: Partial<MasterView>): MasterView => ({ fromMs: atMs, toMs: atMs + 600_000, format: 'prores', state: 'done', asset: null, name: null, bytes: 0, reason: null, progress: 0, tries: 0, node: 'alder', atMs, ...more })
  const startMs = Date.now() - 3_600_000
  api.state.masters = [
    master(startMs, { asset: asset!.id, name: 'porch prores.mov', bytes: 3_100_000_000 }), master(startMs + 600_000, { state: 'making', progress: 0.42 }),
    master(startMs + 1_200_000, { state: 'failed', format: 'ffv1', reason: 'the disk of this node is low' })
  ]
  const { page } = await openPage(browser, `${api.url}/recordings/cam-porch`, PHONE)
  const masters = page.getByRole('region', { name: 'Masters' })
  await masters.waitFor()
  const words = await masters.innerText()
  assert.match(words, /ProRes 422 HQ\s+3\.10 GB/)
  assert.match(words, /ProRes 422 HQ being made on alder, 42 %/)
  assert.match(words, /FFV1 failed on alder: the disk of this node is low/)
  assert.equal(await masters.getByRole('link', { name: 'Download porch prores.mov' }).getAttribute('href'), `/api/v1/assets/${asset!.id}/content?download`)
  assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'nothing is wider than a phone')
  api.state.masters = []
  await page.context().close()
})

test('a partition names its owners, and a member lights its own up', async () => {
  const { page } = await openPage(browser, `${api.url}/ring`)
  const chart = page.getByRole('slider', { name: 'Partitions of the ring' })
  await chart.focus()
  await page.keyboard.press('ArrowRight')
  assert.match(await chart.getAttribute('aria-valuetext') ?? '', /^partition 00: (alder|birch|cedar), then/)
  await page.locator('[data-member=birch] .member-head').click()
  assert.equal(await page.locator('.arc.faint').count(), 2 * 256)
  await page.context().close()
})

test('a silent member is seen, with what to do about it', async () => {
  const { page } = await openPage(browser, `${api.url}/ring`)
  api.state.ring = fakeRing({ cedarAlive: false })
  api.emit({ type: 'ring' })
  await page.locator('[data-member=cedar]').getByText('silent for 3 min').waitFor()
  await page.getByText('Start its machine, or wait').waitFor()
  api.state.ring = fakeRing()
  await page.context().close()
})

test('the invite dialogs show the whole command and copy it', async () => {
  const { page } = await openPage(browser, `${api.url}/ring`)
  await page.getByRole('button', { name: 'Add a machine' }).click()
  await page.getByText(/^npx thatdam node --data \.\/thatdam-data --join thatdam1/).waitFor()
  await page.getByRole('button', { name: 'Copy' }).click()
  await page.getByText('Copied').waitFor()
  assert.match(await page.evaluate('navigator.clipboard.readText()') as string, /^npx thatdam node /)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Add a camera' }).click()
  await page.getByLabel('Name of the camera').fill("loft's door")
  await page.getByText(/^npx thatdam peer --join thatdam1\S+ --camera 'loft'\\''s door' --source test$/).waitFor()
  const seen = page.getByRole('region', { name: 'What the machines of this ring see' })
  await seen.getByText('permission denied: add this user to the group "video"').waitFor()
  await seen.getByText('is camera cam-porch').waitFor()
  await seen.getByRole('button', { name: 'Webcam 0' }).click()
  await page.getByText(/--source v4l2:usb-8F2A10$/).waitFor()
  await page.getByText('run this on attic-pi').waitFor()
  await page.context().close()
})

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
