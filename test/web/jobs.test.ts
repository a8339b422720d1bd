// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import type { JobView } from '#protocols/http.ts'
import { until } from '../support/until.ts'
import { buildPages, DESKTOP, openBrowser, openPage, PHONE } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { makeMedia } from './media.ts'

const test = suite('the jobs page')
let api: FakeApi
let browser: Browser

const job = (change: Partial<JobView>): JobView => ({
  id: 'j', kind: 'scan', title: '/mnt/footage', node: 'alder', state: 'running', startedMs: Date.now() - 60_000, endedMs: null, filesDone: 3, filesTotal: 12, bytesDone: 3e9, bytesTotal: 12e9, imported: 2, known: 0, refused: 1,
  results: [{ path: '/mnt/footage/a-very-long-name-of-a-file-that-somebody-once-chose-for-no-good-reason.mov', outcome: 'refused', assetId: null, copies: 0, reason: 'It has no end: copy it from the card again.' }], error: null, ...change
})

test.before(async () => {
  await buildPages()
  api = await startFakeApi(await makeMedia())
  browser = await openBrowser()
})
test.after(async () => {
  await browser?.close()
  await api?.close()
})
test.before.each(() => {
  api.state.orders = []
  api.state.jobs = [
    job({ id: 'a' }),
    job({ id: 'b', kind: 'verify', title: 'everything', node: 'birch', state: 'interrupted', endedMs: Date.now(), error: 'the node ended before it was through: try it again, what is done is skipped', refused: 0, results: [] }),
    job({ id: 'c', kind: 'workflow', title: 'Night', node: 'cedar', state: 'failed', endedMs: Date.now(), refused: 0, results: [], error: 'step 2 (backup) failed: there is no /media/archive', report: { steps: [{ action: 'scan', state: 'done', message: '3 added' }, { action: 'backup', state: 'failed', message: 'there is no /media/archive: plug the disk in' }] } })
  ]
})

for (const viewport of [DESKTOP, PHONE]) {
  test(`every node's jobs are shown with their progress and why something is not done, ${viewport.width} pixels wide`, async () => {
    const { page, complaints } = await openPage(browser, `${api.url}/jobs`, viewport)
    await page.getByText('1 job under way').waitFor()
    assert.equal(await page.locator('[data-job]').count(), 3)
    await page.getByText('3 of 12 files · 3.00 GB of 12.0 GB').first().waitFor()
    await page.getByText('the node ended before it was through').waitFor()
    await page.getByText('there is no /media/archive: plug the disk in').waitFor()
    await page.getByText('Why 1 file was refused').click()
    await page.getByText('It has no end: copy it from the card again.').waitFor()
    assert.equal(await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'), false)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })
}

test('a job is paused, goes on and is tried again from the page', async () => {
  const { page } = await openPage(browser, `${api.url}/jobs`)
  const running = page.locator('[data-job=a]')
  await running.getByRole('button', { name: 'Pause' }).click()
  await running.getByRole('button', { name: 'Go on' }).click()
  await page.locator('[data-job=b]').getByRole('button', { name: 'Try again' }).click()
  await until(() => api.state.orders.length === 3, 'three orders')
  assert.deepEqual(api.state.orders, ['job a/pause', 'job a/resume', 'job b/retry'])
  await page.getByRole('button', { name: 'Not done' }).click()
  await page.locator('[data-job=c]').waitFor()
  await page.context().close()
})

test('how fast a job goes is told once there are two answers', async () => {
  const { page } = await openPage(browser, `${api.url}/jobs`)
  await page.locator('[data-job=a]').waitFor()
  const growing = setInterval(() => { api.state.jobs[0] = { ...api.state.jobs[0]!, bytesDone: Math.min(11e9, api.state.jobs[0]!.bytesDone + 1e7) } }, 100)
  try {
    await page.locator('[data-job=a]').getByText(/[\d.]+ [kM]B\/s, .+ left/).waitFor()
  } finally {
    clearInterval(growing)
  }
  await page.context().close()
})

test.run()
