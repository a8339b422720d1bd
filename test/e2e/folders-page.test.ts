// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { buildPages, openBrowser, openPage } from '../web/browser.ts'

const test = suite('the page of folders, on a real node')

let ring: TestRing
let alder: NodeProcess
let media: MediaFolder
let browser: Browser

test.before(async () => {
  await buildPages()
  ;[ring, media, browser] = [await TestRing.create(), await createMediaFolder(['day1/a.mp4', 'stills/shot.png']), await openBrowser()]
  alder = await ring.begin('alder')
})

test.after(async () => {
  await browser?.close()
  await ring?.end()
  await media?.remove()
})

test('a folder is added, scanned in place, and one of its clips copied into the ring', async () => {
  const { page, complaints } = await openPage(browser, `${alder.url}/library`)
  await page.getByRole('link', { name: 'Folders' }).first().click()
  await page.getByText('No folder is read yet').waitFor()
  await page.getByRole('button', { name: 'Add a folder' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Full path of the folder there').fill('/proc')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await dialog.getByRole('alert').getByText('name the folder of your media').waitFor()
  await dialog.getByLabel('Full path of the folder there').fill(media.root)
  await dialog.getByLabel('Leave out').fill('*.png')
  await dialog.getByLabel('Watch it').uncheck()
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  const folder = page.locator(`[data-folder="${media.root}"]`)
  await folder.getByText('files stay here').waitFor()
  await folder.getByText('1 file, looked at').waitFor()
  await page.getByRole('list', { name: 'Scans' }).getByText('1 added, 0 already there, 0 refused').waitFor()

  await page.goto(`${alder.url}/library`)
  await page.locator('[data-asset]').click()
  await page.getByText(`Stays on alder: ${media.path('day1/a.mp4')} (1 place)`).waitFor()
  await page.getByRole('button', { name: 'Copy into the ring' }).click()
  await page.getByText('Only one live node holds all of it').waitFor()
  await rm(media.path('day1/a.mp4'))
  await page.goto(`${alder.url}/folders`)
  await folder.getByRole('button', { name: 'Scan now' }).click()
  await folder.getByText('1 missing').waitFor()
  await folder.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByText('No folder is read yet').waitFor()
  assert.deepEqual(complaints.filter((complaint) => !/400/.test(complaint)), [])
  await page.context().close()
})

test.run()
