// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import type { TakeAngleView, TakeView } from '#protocols/http.ts'
import { until } from '../support/until.ts'
import { buildPages, openBrowser, openPage } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { makeMedia } from './media.ts'

const test = suite('the page of a take')

let api: FakeApi
let browser: Browser

test.before(async () => {
  await buildPages()
  api = await startFakeApi(await makeMedia())
  browser = await openBrowser()
})
test.after(async () => {
  await browser?.close()
  await api?.close()
})

const angle = (asset: string, offsetMs: number): TakeAngleView => ({
  recording: asset, footage: null, title: asset, name: `${asset}.mp4`, kind: 'video', offsetMs, driftPpm: 0, by: 'sound', confidence: 0.9, durationMs: 4_000, framesPerSecond: 25, timecode: null, takenAtMs: null, hasSound: false, hasPoster: false, width: 320, height: 180
})
const take: TakeView = { id: 'talk', name: 'Talk', by: '', createdAtMs: 1, originMs: 0, durationMs: 5_000, angles: [angle('asset-0', 0), angle('asset-1', 1_000)], missing: 0, notes: [] }

async function openAs(role: 'viewer' | 'editor'): Promise<{ page: Page; asked: string[] }> {
  const asked: string[] = []
  const { page } = await openPage(browser, `${api.url}/nowhere`)
  await page.route('**/api/v1/session', (route) => route.fulfill({ json: { kind: 'user', id: 'someone', name: 'Someone', role, limited: false, accounts: true } }))
  await page.route('**/api/v1/takes/talk', (route) => {
    if (route.request().method() !== 'GET') asked.push(`${route.request().method()} ${route.request().postData() ?? ''}`)
    return route.fulfill({ json: take })
  })
  await page.goto(`${api.url}/takes/talk`)
  await page.locator('[data-row=asset-1]').waitFor()
  return { page, asked }
}

test('who may only look is offered nothing that the node refuses, and no key moves a recording', async () => {
  const { page, asked } = await openAs('viewer')
  await until(async () => await page.getByRole('button', { name: 'Dissolve' }).count() === 0, 'it is known who looks')
  await page.getByRole('heading', { name: 'Talk' }).waitFor()
  await page.locator('[data-row=asset-1] button').click()
  await page.keyboard.press(']')
  assert.deepEqual([await page.getByRole('textbox', { name: 'Name of the take' }).count(), await page.getByRole('button', { name: 'Take it out' }).count(), await page.getByText('saving…').count(), await page.locator('[data-row=asset-1]').getAttribute('data-offset')], [0, 0, 0, '1000'])
  await page.getByRole('link', { name: 'Multicam clip' }).waitFor()
  assert.deepEqual(asked, [])
  await page.context().close()
})

test('who may edit moves a recording by a key', async () => {
  const { page, asked } = await openAs('editor')
  await page.locator('[data-row=asset-1] button').click()
  await page.keyboard.press(']')
  await until(() => asked[0] === 'PATCH {"move":[{"recording":"asset-1","offsetMs":1040}]}', 'it is written down')
  await page.getByRole('button', { name: 'Dissolve' }).waitFor()
  await page.context().close()
})

test('what was moved a moment before the page is left is written down', async () => {
  const { page, asked } = await openAs('editor')
  await page.locator('[data-row=asset-1] button').click()
  await page.evaluate(`(() => {
    window.dispatchEvent(new KeyboardEvent('keydown', { key: ']' }))
    setTimeout(() => document.querySelector('nav a[href="/library"]').click(), 50)
  })()`)
  await until(() => asked[0] === 'PATCH {"move":[{"recording":"asset-1","offsetMs":1040}]}', 'it is written down')
  assert.equal(new URL(page.url()).pathname, '/library')
  await page.context().close()
})

test.run()
