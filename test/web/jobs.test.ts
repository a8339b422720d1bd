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

test('what can not wait, and what can not be made again, is not offered', async () => {
  api.state.jobs = [job({ id: 'a', pausable: false }), job({ id: 'b', state: 'failed', endedMs: Date.now(), error: 'the disk is away', retryable: false })]
  const { page } = await openPage(browser, `${api.url}/jobs`)
  await page.locator('[data-job=a]').getByRole('button', { name: 'Cancel' }).waitFor()
  await page.locator('[data-job=b]').getByText('the disk is away').waitFor()
  assert.deepEqual([await page.getByRole('button', { name: 'Pause' }).count(), await page.getByRole('button', { name: 'Try again' }).count()], [0, 0])
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

for (const viewport of [DESKTOP, PHONE]) {
  test(`a workflow is written, checked, kept, run and forgotten on its page, ${viewport.width} pixels wide`, async () => {
    api.state.workflows = []
    const { page, complaints } = await openPage(browser, `${api.url}/workflows`, viewport)
    await page.getByText('No workflow is kept').waitFor()
    await page.getByRole('button', { name: 'New workflow' }).first().click()
    const text = page.getByRole('textbox', { name: 'Workflow as JSON' })
    await text.fill('{"workflow":[{"action":"fly"}]}')
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByText('Step 1: there is no action "fly"').waitFor()
    await text.fill('{"workflow":')
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByText(/This is no JSON/).waitFor()
    await text.fill('{"name":"Night","schedule":"0 3 * * *","workflow":[{"action":"backup","backup_root":"/media/archive"},{"action":"stats"}]}')
    await page.getByRole('button', { name: 'Keep' }).click()
    const card = page.locator('[data-workflow=night]')
    await card.getByText('backup, then stats').waitFor()
    await card.getByText('0 3 * * *').waitFor()
    await card.getByRole('button', { name: 'Dry run' }).click()
    await until(() => api.state.orders.includes('run night {"dry_run":true}'), 'the dry run')
    await page.getByText('step 2 (backup) failed: there is no /media/archive').waitFor()
    assert.equal(await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'), false)
    await card.getByRole('button', { name: 'Forget' }).click()
    await page.getByRole('button', { name: 'Forget it' }).click()
    await card.waitFor({ state: 'detached' })
    assert.deepEqual(complaints, [])
    await page.context().close()
  })
}

test.run()
