// needs: chromium
import assert from 'node:assert/strict'
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import { type ModelMirror, startModelMirror } from '../support/models/model-mirror.ts'
import { plant } from '../support/models/planted.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { graveFindings } from './axe.ts'
import { buildPages, openBrowser, openPage, PHONE } from './browser.ts'

const test = suite('the page of models, of a real node')
let ring: TestRing
let mirror: ModelMirror
let alder: NodeProcess
let browser: Browser

test.before(async () => {
  await buildPages()
  ring = await TestRing.create()
  const planted = join(ring.dir, 'planted')
  mirror = await startModelMirror((repository) => (repository === 'planted/colour-clip' ? planted : undefined))
  await mkdir(join(ring.dir, 'alder/models'), { recursive: true })
  await writeFile(join(ring.dir, 'alder/models/colours.json'), JSON.stringify(await plant('colour-clip', planted)))
  alder = await ring.begin('alder', { flags: ['--model-mirror', mirror.url, '--model-hub', 'none'] })
  browser = await openBrowser()
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
  await mirror?.stop()
})

test('a model is fetched while one looks on, used, found damaged, and fetched again', async () => {
  const { page, complaints } = await openPage(browser, `${alder.url}/settings/models`)
  const [model, task] = [page.locator('[data-model="colour-clip"]'), page.locator('[data-task="embed-pictures"]')]
  await model.getByText('absent').waitFor()
  await task.getByText('CLIP ViT-B/32 (English) is not on this node').waitFor()
  await page.locator('[data-task="find-speech"]').getByText('works here').waitFor()

  const hold = Promise.withResolvers<void>()
  mirror.held = hold.promise
  await model.getByRole('button', { name: 'Fetch' }).click()
  await model.getByText(/^\d+ B of [\d.]+ kB from 127\.0\.0\.1/).waitFor()
  assert.match(await model.getByRole('progressbar').getAttribute('aria-valuenow') ?? '', /^\d+$/)
  mirror.held = undefined
  hold.resolve()
  await model.getByText(/^ready, [\d.]+ kB$/).waitFor()

  await task.getByRole('combobox').selectOption('colour-clip')
  await task.getByText('works here').waitFor()
  await task.getByRole('combobox').selectOption('')
  await task.getByText('off', { exact: true }).waitFor()

  await appendFile(join(ring.dir, 'alder/models/colour-clip/config.json'), ' ')
  await model.getByRole('button', { name: 'Check' }).click()
  await model.getByText('damaged', { exact: true }).waitFor()
  await model.getByText(/config\.json is not the file it should be/).waitFor()
  await model.getByRole('button', { name: 'Fetch again' }).click()
  await model.getByText(/^ready/).waitFor()
  assert.deepEqual(await graveFindings(page), [])
  assert.deepEqual(complaints, [])
})

test('on a phone nothing is wider than the screen', async () => {
  const { page } = await openPage(browser, `${alder.url}/settings/models`, PHONE)
  await page.locator('[data-model="colour-clip"]').waitFor()
  assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
  assert.deepEqual(await graveFindings(page), [])
})

test.run()
