// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import { buildPages, chromiumPath, holds, openBrowser, openPage } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { type FakeWhep, startFakeWhep } from './fake-whep.ts'
import { makeMedia } from './media.ts'

const test = suite('live')
let whep: FakeWhep
let api: FakeApi
let browser: Browser
let page: Page

test.before(async () => {
  await buildPages()
  whep = await startFakeWhep()
  api = await startFakeApi(await makeMedia(), { whep: whep.handle })
  browser = await openBrowser()
  ;({ page } = await openPage(browser, api.url))
})
test.after(async () => {
  await browser.close()
  await api.close()
  await whep.close()
})

const VIEWER = "window.thatdam.viewers.find((viewer) => viewer.camera === 'cam-porch')"
const framesNow = () => page.evaluate(`${VIEWER}.framesDecoded`) as Promise<number>

test('a live camera plays, picture and sound, and its numbers say so', async () => {
  await holds(page, `${VIEWER}.framesDecoded > 25 && ${VIEWER}.audioBytes > 1000 && ${VIEWER}.width === 640`)
  await holds(page, "document.querySelector('video[data-camera=cam-porch]').srcObject.getTracks().length === 2")
  await holds(page, "document.querySelector('video[data-camera=cam-porch]').muted")
  await page.getByText(/640×360 · 2\d fps/).first().waitFor()
  assert.equal(whep.sessions.size, 2)
})

test('a camera that is not live says why', async () => {
  await page.getByLabel('Camera attic').getByText('/dev/video0 is busy: another program uses it').waitFor()
})

test('a click turns the sound on', async () => {
  await page.getByRole('button', { name: 'porch: sound off' }).click()
  await holds(page, "document.querySelector('video[data-camera=cam-porch]').muted === false")
})

/** Waits for something on this side of the wire. */
async function holdsHere(claim: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!claim()) {
    if (Date.now() > deadline) assert.fail(`not within a minute: ${what}`)
    await new Promise((resolve) => { setTimeout(resolve, 20) })
  }
}

test('a picture that stands still is replaced by a new session', async () => {
  const before = [...whep.sessions.keys()]
  whep.flowing = false
  await page.getByText('Reconnecting').first().waitFor()
  const oldOnes = (): string[] => before.filter((id) => whep.sessions.has(id))
  await holdsHere(() => oldOnes().length === 0, 'both viewers have deleted their old sessions')
  whep.flowing = true
  await holdsHere(() => whep.sessions.size === 2, 'both viewers have new sessions')
  const frames = await framesNow()
  await holds(page, `${VIEWER}.state === 'playing' && ${VIEWER}.framesDecoded !== ${frames} && ${VIEWER}.framesDecoded > 10`)
})

test('a camera that goes is waited for, and plays again when it is back', async () => {
  whep.live = false
  for (const peer of whep.sessions.values()) await peer.close()
  whep.sessions.clear()
  await holds(page, `${VIEWER}.state === 'waiting'`, 25_000)
  whep.live = true
  await holds(page, `${VIEWER}.state === 'playing' && ${VIEWER}.framesDecoded > 10`)
})

test('leaving the page ends the sessions on the node', async () => {
  await page.getByRole('link', { name: 'Library' }).click()
  await page.waitForURL('**/library')
  const deadline = Date.now() + 30_000
  while (whep.sessions.size > 0 && Date.now() < deadline) await new Promise((resolve) => { setTimeout(resolve, 20) })
  assert.equal(whep.sessions.size, 0)
})

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
