// needs: chromium
import assert from 'node:assert/strict'
import { mkdir, readFile, rename, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import type { JobView, RollList } from '#protocols/http.ts'
import { type Card, createCard } from '../support/card.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { buildPages, DESKTOP, holds, openBrowser, openPage, PHONE } from './browser.ts'

const test = suite('the page of cards, of a real node')

let ring: TestRing
let alder: NodeProcess
let card: Card
let browser: Browser

test.before(async () => {
  await buildPages()
  card = await createCard()
  await mkdir(join(card.dir, 'raid'))
  ring = await TestRing.create()
  alder = await ring.begin('alder')
  await ring.begin('birch')
  await ring.together(2)
  await ring.send('POST', `${alder.url}/api/v1/paths`, { path: card.dir })
  browser = await openBrowser()
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
  await card?.remove()
})

test('a card is offloaded from the page, phase by phase, until it says that it is safe to format; its report and history are there', async () => {
  const { page, complaints } = await openPage(browser, `${alder.url}/rolls`)
  await page.getByRole('heading', { name: 'No card was offloaded yet' }).waitFor()
  await page.getByRole('button', { name: 'Offload a card' }).first().click()
  await page.fill('input[name=card]', card.root)
  await page.fill('textarea[name=to]', join(card.dir, 'raid'))
  await page.fill('input[name=operator]', 'Second Unit')
  await page.getByRole('button', { name: 'Offload', exact: true }).click()
  await page.locator('[data-roll] .safe-badge[data-safe=true]').waitFor({ timeout: 90_000 })
  await page.getByRole('link', { name: 'A001' }).click()
  await page.locator('.safe-state[data-safe=true]').waitFor()
  await holds(page, "document.querySelector('.safe-state').textContent.includes('8 of 8 files verified on 2 nodes in 2 zones')")
  await holds(page, "[...document.querySelectorAll('.roll-nodes tbody tr')].filter((row) => row.textContent.includes('8 of 8')).length === 2")
  for (const [name, type] of [['Report (PDF)', '%PDF-'], ['Report (HTML)', '<!doc']] as const) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()])
    assert.equal((await readFile(await download.path())).subarray(0, 5).toString(), type)
  }
  const [history] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /0001_A001.*\.mhl/ }).click()])
  assert.match(await readFile(await history.path(), 'utf8'), /urn:ASC:MHL:v2\.0/)
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('a node that dies takes the green away on the open page, and says which', async () => {
  const { page } = await openPage(browser, `${alder.url}/rolls`)
  await page.locator('.safe-badge[data-safe=true]').waitFor()
  await page.getByRole('link', { name: 'A001' }).click()
  await page.locator('.safe-state[data-safe=true]').waitFor()
  await page.route('**/safe', (route) => route.fulfill({ status: 503, contentType: 'application/json', body: JSON.stringify({ error: { code: 'ERR_OVERLOADED', message: 'its lists are being read' } }) }))
  await page.locator('.safe-state[data-safe=unknown]').waitFor()
  await holds(page, "document.querySelector('.safe-state').textContent === 'Not known nowits lists are being read'", 10_000)
  await page.unroute('**/safe')
  await page.locator('.safe-state[data-safe=true]').waitFor()
  await ring.node('birch').process.kill()
  await page.locator('.safe-state[data-safe=false]').waitFor({ timeout: 60_000 })
  await holds(page, "document.querySelector('.safe-state').textContent.includes('node birch is silent')", 60_000)
  await page.context().close()
})

test('an offload that fails says why, and offers to try again; neither page scrolls sideways on a phone', async () => {
  const other = await createCard('B001')
  try {
    await ring.send('POST', `${alder.url}/api/v1/paths`, { path: other.dir })
    await other.write('BIG.MOV', Buffer.from('a long take'))
    await truncate(join(other.root, 'BIG.MOV'), 512_000_000)
    const { page } = await openPage(browser, `${alder.url}/rolls`, PHONE)
    await page.getByRole('button', { name: 'Offload a card' }).first().click()
    await page.fill('input[name=card]', join(other.dir, 'nothing'))
    await page.getByRole('button', { name: 'Offload', exact: true }).click()
    await page.getByRole('alert').getByText('there is no folder').waitFor()
    await page.fill('input[name=card]', other.root)
    await page.getByRole('button', { name: 'Offload', exact: true }).click()
    await page.locator('[data-phase=copy]').waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Go on' }).waitFor()
    await rename(other.root, `${other.root}-pulled`)
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('alert').getByText('put it back').waitFor({ timeout: 60_000 })
    await rename(`${other.root}-pulled`, other.root)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('button', { name: 'Try again' }).waitFor({ state: 'detached', timeout: 60_000 })
    const [roll] = (await ring.get<RollList>(`${alder.url}/api/v1/rolls`)).rolls
    for (const path of ['/rolls', `/rolls/${roll?.id}`]) {
      await page.goto(alder.url + path)
      await page.getByText('B001').first().waitFor()
      assert.equal(await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'), false, path)
    }
    await page.context().close()
  } finally {
    await other.remove()
  }
})

test('an offload that a dead node left is on the page when the node is back, and goes on from there', async () => {
  const other = await createCard('C001')
  try {
    await ring.send('POST', `${alder.url}/api/v1/paths`, { path: other.dir })
    await other.write('BIG.MOV', Buffer.from('a long take'))
    await truncate(join(other.root, 'BIG.MOV'), 1_000_000_000)
    const job = await ring.send<JobView>('POST', `${alder.url}/api/v1/offload`, { card: other.root })
    await until(async () => (await ring.get<JobView>(`${alder.url}/api/v1/jobs/${job.id}`)).bytesDone > 0, 'it has begun')
    await alder.process.kill()
    alder = await ring.begin('alder')
    const { page } = await openPage(browser, `${alder.url}/rolls`)
    const roll = page.locator('[data-roll]').filter({ hasText: 'C001' })
    await roll.getByRole('button', { name: 'Go on' }).click()
    await roll.locator('[data-phase=copy]').waitFor()
    await until(async () => (await ring.get<JobView>(`${alder.url}/api/v1/jobs/${job.id}`)).state === 'done', 'it has come to its end', 120_000)
    await roll.locator('[data-phase=copy]').waitFor({ state: 'detached' })
    await page.context().close()
  } finally {
    await other.remove()
  }
})

test('the look of it, on a desktop', async () => {
  const { page, complaints } = await openPage(browser, `${alder.url}/rolls`, DESKTOP)
  await page.locator('[data-roll]').first().waitFor()
  assert.deepEqual(complaints, [])
  if (process.env['SHOTS'] !== undefined) {
    await page.screenshot({ path: `${process.env['SHOTS']}/rolls.png` })
    await page.getByRole('link', { name: 'A001' }).click()
    await page.locator('.roll-files').waitFor()
    await page.screenshot({ path: `${process.env['SHOTS']}/roll.png` })
  }
  await page.context().close()
})

test.run()
