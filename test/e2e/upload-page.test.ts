// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import type { AssetDetail, AssetList, UploadList } from '#protocols/http.ts'
import { writeBigClip } from '../support/big-clip.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { buildPages, chromiumPath, openBrowser, openPage } from '../web/browser.ts'

const test = suite('uploads of the library page, on a real ring')
/** What the browser sends per second, so that there is a middle in which something can happen, in bytes. */
const SLOW = 1_500_000

let ring: TestRing
let browser: Browser
let alder: NodeProcess
let birch: NodeProcess
const clips: Array<{ path: string; bytes: Buffer; sha256: string }> = []

test.before(async () => {
  await buildPages()
  ring = await TestRing.create()
  for (const name of ['alder', 'birch', 'cedar']) await ring.begin(name)
  await ring.together(3);
  [alder, birch] = [ring.node('alder'), ring.node('birch')]
  await mkdir(join(ring.dir, 'card', 'day 1'), { recursive: true })
  for (const name of ['a.mp4', 'b.mp4']) {
    const path = join(ring.dir, 'card', 'day 1', name)
    await writeBigClip(path, 10)
    const bytes = Buffer.concat([await readFile(path), Buffer.from([0, 0, 0, 12]), Buffer.from('free'), Buffer.from(name.slice(0, 4))]) // a box that says nothing makes them two
    await writeFile(path, bytes)
    clips.push({ path, bytes, sha256: createHash('sha256').update(bytes).digest('hex') })
  }
  browser = await openBrowser()
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
})

async function slowPage(node: NodeProcess): Promise<Page> {
  const { page } = await openPage(browser, `${node.url}/library`)
  const network = await page.context().newCDPSession(page)
  await network.send('Network.enable')
  await network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: SLOW })
  return page
}

const acknowledged = async (node: NodeProcess, { sha256, bytes }: { sha256: string; bytes: Buffer }): Promise<number> =>
  (await ring.get<UploadList>(`${node.url}/api/v1/uploads?sha256=${sha256}&size=${bytes.length}`)).uploads[0]?.offset ?? 0

const total = async ({ url }: NodeProcess): Promise<number> => (await ring.get<AssetList>(`${url}/api/v1/assets`)).total

test('an upload is paused, the page is loaded anew, the same file is given again: it goes on, and nothing was to be seen before', async () => {
  const [clip] = clips as [typeof clips[0]]
  const page = await slowPage(alder)
  await page.getByLabel('Files to add').first().setInputFiles(clip.path)
  const sent = await until(async () => { const offset = await acknowledged(birch, clip); return offset > 2_000_000 ? offset : 0 }, 'some of it is acknowledged')
  await page.getByRole('button', { name: 'Pause a.mp4' }).click()
  await page.locator('.upload[data-state=paused]').waitFor()
  assert.equal(await total(birch), 0)
  await page.evaluate('window.onbeforeunload = null')
  page.on('dialog', (dialog) => { void dialog.accept() })
  await page.reload()
  await page.getByText('1 file not finished').waitFor()
  const offsets: number[] = []
  page.on('request', (request) => { if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset'])) })
  await page.getByLabel('Files to add').first().setInputFiles(clip.path)
  await page.locator('.upload[data-state=imported]').waitFor()
  assert.equal((offsets[0] ?? 0) >= sent, true, `went on at ${offsets[0]}, ${sent} was acknowledged`)
  assert.equal((await ring.bytes(`${birch.url}/api/v1/assets/${clip.sha256}/content`)).equals(clip.bytes), true)
  await page.context().close()
})

test('what is in the library already is hashed, and nothing but its name is sent: it is one more place of it', async () => {
  const { page } = await openPage(browser, `${birch.url}/library`)
  const sent: string[] = []
  page.on('request', (request) => { if (request.url().includes('/uploads') && request.method() !== 'GET') sent.push(`${request.method()} ${new URL(request.url()).pathname}`) })
  const { bytes, sha256 } = clips[0] as typeof clips[0]
  await page.getByLabel('Files to add').first().setInputFiles({ name: 'again.mp4', mimeType: 'video/mp4', buffer: bytes })
  await page.locator('.upload[data-state=known]').waitFor()
  assert.deepEqual(sent, ['POST /api/v1/uploads/known'])
  const { locations } = await ring.get<AssetDetail>(`${alder.url}/api/v1/assets/${sha256}`)
  assert.deepEqual(locations.map(({ path }) => path).sort(), ['a.mp4', 'again.mp4'])
  await page.context().close()
})

test('an upload that is cancelled is ended in the ring, too', async () => {
  const clip = clips[1] as typeof clips[0]
  const page = await slowPage(alder)
  await page.getByLabel('Files to add').first().setInputFiles(clip.path)
  await until(async () => await acknowledged(birch, clip) > 1_000_000, 'some of it is acknowledged')
  await page.getByRole('button', { name: 'Cancel b.mp4' }).click()
  await until(async () => await acknowledged(birch, clip) === 0, 'the ring knows of no upload')
  await page.getByText('stopped by you').waitFor()
  await page.context().close()
})

test('the node of the page is killed while a dropped folder is sent: the page goes on by itself at another node', async () => {
  const clip = clips[1] as typeof clips[0]
  const page = await slowPage(alder)
  const input = await page.context().newCDPSession(page)
  const data = { items: [], files: [join(ring.dir, 'card')], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await input.send('Input.dispatchDragEvent', { type, x: 600, y: 500, data })
  const sent = await until(async () => { const offset = await acknowledged(birch, clip); return offset > 2_000_000 ? offset : 0 }, 'some of it is acknowledged')
  const elsewhere: number[] = []
  page.on('request', (request) => { if (request.method() === 'PATCH' && !request.url().startsWith(alder.url)) elsewhere.push(Number(request.headers()['upload-offset'])) })
  await alder.process.kill()
  await page.locator('.upload[data-state=imported]').waitFor({ timeout: 60_000 })
  assert.equal((elsewhere[0] ?? 0) >= sent, true, `went on at ${elsewhere[0]}, ${sent} was acknowledged`)
  assert.equal((await ring.bytes(`${birch.url}/api/v1/assets/${clip.sha256}/content`)).equals(clip.bytes), true)
  const { assets } = await ring.get<AssetList>(`${birch.url}/api/v1/assets?q=b.mp4`)
  assert.equal(assets[0]?.locations[0]?.path, 'card/day 1/b.mp4')
  await page.context().close()
})

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
