// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { buildPages, chromiumPath, openBrowser, openPage, pageSuite } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { makeMedia } from './media.ts'

const test = pageSuite('dialogs')
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

test('text that is selected out over the edge closes no dialog, a press beside it does', async () => {
  const { page } = await openPage(browser, `${api.url}/workflows`)
  await page.getByRole('button', { name: 'New workflow' }).first().click()
  const text = page.getByRole('textbox', { name: 'Workflow as JSON' })
  await text.fill('{"name":"Night"}')
  const box = await text.boundingBox()
  assert.ok(box)
  await page.mouse.move(box.x + 20, box.y + 20)
  await page.mouse.down()
  await page.mouse.move(10, box.y + 20, { steps: 4 })
  await page.mouse.up()
  assert.equal(await text.inputValue(), '{"name":"Night"}')
  await page.mouse.click(10, box.y + 20)
  await text.waitFor({ state: 'detached' })
  await page.context().close()
})

test('a file that was not chosen after all closes no dialog, Esc does', async () => {
  const { page } = await openPage(browser, `${api.url}/imports`)
  await page.getByRole('button', { name: 'Bring a package in' }).click()
  const file = page.locator('input[name=package]')
  await file.evaluate((input) => { input.dispatchEvent(new Event('cancel', { bubbles: true })) })
  await page.evaluate('new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)) })')
  assert.equal(await file.isVisible(), true)
  await page.keyboard.press('Escape')
  await file.waitFor({ state: 'detached' })
  await page.context().close()
})

test('what is said while a dialog is open can be answered in it, and stays when it closes', async () => {
  const { page } = await openPage(browser, `${api.url}/library`)
  const undone: unknown[] = []
  await page.route('**/api/v1/projects', (route) => route.fulfill({ json: { projects: [{ id: 'project-0', name: 'Harbour film' }] } }))
  await page.route('**/api/v1/projects/project-0', (route) => route.fulfill({ headers: { undo: 'step-0' }, json: {} }))
  await page.route('**/api/v1/undo', (route) => {
    undone.push(route.request().postDataJSON())
    return route.fulfill({ json: { entry: { id: 'step-0', title: 'Project removed' }, restored: 1, left: [], leftCount: 0, silent: [] } })
  })
  await page.getByRole('button', { name: 'Projects, fields, states' }).click()
  await page.getByRole('button', { name: 'Remove Harbour film' }).click()
  await page.locator('.toast').getByRole('button', { name: 'Undo' }).click()
  await page.getByText('Undone: Project removed.').waitFor()
  assert.deepEqual(undone, [{ id: 'step-0' }])
  await page.getByRole('button', { name: 'Close', exact: true }).click()
  await page.locator('.shell > .toasts').getByText('Undone: Project removed.').waitFor()
  await page.context().close()
})

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
