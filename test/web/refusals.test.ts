// needs: chromium ffmpeg
/** What the node does not give, does not do, or would refuse. */
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import type { SessionView } from '#protocols/http.ts'
import { buildPages, chromiumPath, expectComplaint, holds, openBrowser, openPage, pageSuite } from './browser.ts'
import { fill, PAGES } from './every-page.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { makeMedia } from './media.ts'

const test = pageSuite('refusals')
let api: FakeApi
let browser: Browser

test.before(async () => {
  await buildPages()
  api = await startFakeApi(await makeMedia())
  fill(api.state)
  browser = await openBrowser()
})
test.after(async () => {
  await browser?.close()
  await api?.close()
})

/** What a node answers that can not. */
const unable = (message: string, status = 503) => ({ status, json: { error: { code: 'ERR_FAKE', message } } })

test('a clip whose bytes are not to be had says the node’s reason, and plays when it is tried again', async () => {
  expectComplaint(/status of 503/)
  const { page } = await openPage(browser, 'about:blank')
  await page.route('**/assets/asset-0/content', (route) => route.fulfill(unable('no node that sees its file answers: start that node')))
  await page.goto(`${api.url}/library/asset-0`)
  await page.getByText('It cannot be played now: no node that sees its file answers: start that node').waitFor()
  assert.equal(await page.getByText('This browser cannot play').count(), 0)
  await page.unroute('**/assets/asset-0/content')
  await page.locator('.stage').getByRole('button', { name: 'Try again' }).click()
  await holds(page, "document.querySelector('video')?.readyState >= 2")
  await page.context().close()
})

test('a choice of an own field that was not saved is told', async () => {
  expectComplaint(/status of 503/)
  const { page } = await openPage(browser, 'about:blank')
  await page.route('**/api/v1/fields', (route) => route.fulfill({ json: { fields: [{ id: 'field-0', name: 'Lens', type: 'choice', choices: ['35 mm', '50 mm'] }] } }))
  await page.route('**/api/v1/assets/asset-0', (route) => route.request().method() === 'PATCH' ? route.fulfill(unable('Its disk does not answer.')) : route.continue())
  await page.goto(`${api.url}/library/asset-0`)
  await page.getByLabel('Lens').selectOption('50 mm')
  await page.getByText('Not saved: Its disk does not answer.').waitFor()
  await page.context().close()
})

test('sidecars that do not come down are told', async () => {
  expectComplaint(/ERR_FAILED/)
  const { page } = await openPage(browser, `${api.url}/library`)
  await page.route('**/api/v1/xmp/package', (route) => route.abort())
  await page.locator('.select-box').first().click()
  await page.getByLabel('Sidecars').selectOption('zip')
  await page.getByText('The sidecars are being packed').waitFor()
  await page.getByText('This node does not answer.').waitFor()
  await page.context().close()
})

type Role = SessionView['role']
const RANK = { viewer: 0, editor: 1, admin: 2 } as const
/** What the routes behind them ask for. */
const CONTROLS: readonly (readonly [path: string, needed: Role, ...names: string[]])[] = [
  ['/', 'editor', 'Add a camera'],
  ['/camera', 'editor', 'Go live'],
  ['/library', 'admin', 'Folders'],
  ['/library/duplicates', 'editor', 'Keep one, the rest into the trash', 'Stack them'],
  ['/trash', 'editor', 'Restore', 'Delete for good', 'Empty the trash'],
  ['/recordings/cam-porch', 'editor', 'Camera', 'Motion', 'Settings', 'Let go of the fox'],
  ['/jobs', 'editor', 'Pause', 'Cancel', 'Workflows'],
  ['/workflows', 'editor', 'Run now', 'Dry run'],
  ['/workflows', 'admin', 'New workflow', 'Edit', 'Forget'],
  ['/rolls', 'admin', 'Offload a card'],
  ['/rolls/roll-0', 'editor', 'Read back again'],
  ['/rolls/roll-0', 'admin', 'Forget'],
  ['/ring', 'editor', 'Add a camera'],
  ['/ring', 'admin', 'Add a machine']
]

async function signedIn(role: Role): Promise<Page> {
  const { page } = await openPage(browser, 'about:blank')
  await page.route('**/api/v1/session', (route) => route.fulfill({ json: { kind: 'user', id: 'user-0', name: 'Maren', role, limited: false, accounts: true } satisfies SessionView }))
  return page
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(api.url + path)
  await page.getByRole('button', { name: 'Account Maren' }).waitFor()
  await page.locator(path === '/camera' ? 'main :is(h1, h2)' : new Map(PAGES).get(path) ?? '').first().waitFor()
}

for (const role of ['viewer', 'editor', 'admin'] as const) {
  test(`to an account that is ${role} is offered what it may do, and nothing else`, async () => {
    const page = await signedIn(role)
    const may = (needed: Role): boolean => RANK[role] >= RANK[needed]
    for (const [path, needed, ...names] of CONTROLS) {
      await open(page, path)
      for (const name of names) {
        const found = page.locator('main').getByRole('button', { name, exact: true }).or(page.locator('main').getByRole('link', { name, exact: true }))
        if (may(needed)) await found.first().waitFor()
        else assert.equal(await found.count(), 0, `${name} at ${path}`)
      }
    }
    await open(page, '/library')
    await page.locator('.select-box').first().click()
    await page.getByText('1 clip selected').waitFor()
    assert.equal(await page.getByLabel('Sidecars').count(), may('editor') ? 1 : 0)
    await page.context().close()
  })
}

test('an editor who adds a camera adds that of the device; no invite is asked for', async () => {
  const page = await signedIn('editor')
  const asked: string[] = []
  page.on('request', (request) => { if (request.url().endsWith('/invites')) asked.push(request.url()) })
  await open(page, '/ring')
  await page.getByRole('button', { name: 'Add a camera' }).click()
  await page.getByText('An administrator can add others.').waitFor()
  await page.getByRole('link', { name: 'Use this device’s camera' }).click()
  await page.waitForURL('**/camera')
  assert.deepEqual(asked, [])
  await page.context().close()
})

test('a node that does not tell of its cards is not waited for in silence', async () => {
  expectComplaint(/status of 503/)
  const page = await signedIn('admin')
  await page.route('**/api/v1/cards', (route) => route.fulfill(unable('This machine does not tell what is plugged in.')))
  await open(page, '/rolls')
  await page.getByRole('button', { name: 'Offload a card' }).click()
  await page.getByRole('dialog').getByText('This machine does not tell what is plugged in.').waitFor()
  assert.equal(await page.getByText('Looking for cards').count(), 0)
  await page.context().close()
})

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
