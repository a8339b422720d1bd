// needs: chromium swift-proxy-server swift-account-server swift-container-server swift-object-server
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import type { AlbumView, AssetDetail, AssetList, BatchList } from '#protocols/http.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { type S3Server, startS3Server } from '../support/s3-server.ts'
import { until } from '../support/until.ts'
import { graveFindings } from './axe.ts'
import { buildPages, DESKTOP, openBrowser, openPage, PHONE } from './browser.ts'

const test = suite('the pages of imports, album folders, buckets and webhooks, of a real node')
/** Longest the node may take for a piece of work that the page shows, in ms. */
const WORK_MS = 90_000

let ring: TestRing
let s3: S3Server
let alder: NodeProcess
let browser: Browser
let album: AlbumView
let ids: string[]
let receiver: Server
const calls: Array<{ readonly headers: IncomingMessage['headers']; readonly body: string }> = []

/** A fifth of a second of noise. */
function wav(): Buffer<ArrayBuffer> {
  const noise = randomBytes(38_400)
  const head = Buffer.from('524946460000000057415645666d7420100000000100020080bb000000ee0200040010006461746100000000', 'hex')
  head.writeUInt32LE(36 + noise.length, 4)
  head.writeUInt32LE(noise.length, 40)
  return Buffer.concat([head, noise])
}

const assetOf = (id: string): Promise<AssetDetail> => ring.get(`${alder.url}/api/v1/assets/${id}`)
const titleOf = async (id: string): Promise<string> => (await assetOf(id)).title
const open = (path: string, viewport: typeof DESKTOP | typeof PHONE = DESKTOP) => openPage(browser, alder.url + path, viewport)
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const inLibrary = async (): Promise<number> => (await ring.get<AssetList>(`${alder.url}/api/v1/assets`)).total

test.before(async () => {
  await buildPages()
  s3 = await startS3Server()
  await s3.makeBucket('films')
  Object.assign(process.env, s3.environment) // the node has it from here
  ring = await TestRing.create()
  alder = await ring.begin('alder')
  ids = []
  for (const name of ['harbour.wav', 'market.wav']) ids.push((await ring.upload(alder, name, wav())).results[0]?.assetId ?? '')
  await ring.send('PATCH', `${alder.url}/api/v1/assets/${ids[1]}`, { title: 'Market at noon' })
  album = await ring.send<AlbumView>('POST', `${alder.url}/api/v1/albums`, { name: 'First cut' })
  await ring.send('POST', `${alder.url}/api/v1/albums/${album.id}/assets`, { ids: [ids[1]] })
  receiver = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
      calls.push({ headers: request.headers, body: Buffer.concat(parts).toString() })
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  browser = await openBrowser()
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
  await s3?.end()
  receiver?.close()
  for (const name of Object.keys(s3?.environment ?? {})) delete process.env[name]
})

test('an import is found from the folders, says what it brought in, and its metadata comes down as CSV', async () => {
  const { page, complaints } = await open('/folders')
  await page.getByRole('link', { name: 'Imports' }).click()
  await page.locator('[data-import]').getByText('2 clips').waitFor()
  await page.locator('[data-import] a').click()
  await page.locator('[data-asset]').nth(1).waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()])
  assert.match(await readFile(await download.path(), 'utf8'), /Market at noon/)
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('an import is taken back after a dry run that names what is left alone, and that is undone from the toast', async () => {
  const { batches: [batch] } = await ring.get<BatchList>(`${alder.url}/api/v1/batches`)
  const { page, complaints } = await open(`/imports/${batch?.id}`)
  await page.getByRole('button', { name: 'Take it back…' }).click()
  await page.getByText('1 clip would go into the trash.').waitFor()
  await page.getByText('Market at noon: somebody edited it since').waitFor()
  assert.equal(await inLibrary(), 2)
  await page.getByRole('button', { name: 'Take it back', exact: true }).click()
  await page.getByText('1 clip went into the trash, 1 clip left alone.').waitFor()
  assert.equal(await inLibrary(), 1)
  await page.getByRole('button', { name: 'Undo' }).click()
  await until(async () => await inLibrary() === 2, 'it is in the library again', WORK_MS)
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('a package is brought in after a report of what it would change; one that is none says why', async () => {
  const { page, complaints } = await open('/imports')
  const text = (await ring.bytes(`${alder.url}/api/v1/packages?format=json`)).toString().replace('Market at noon', 'Market at dusk')
  await page.getByRole('button', { name: 'Bring a package in' }).click()
  await page.setInputFiles('input[name=package]', { name: 'library.json', mimeType: 'application/json', buffer: Buffer.from(text) })
  await page.getByRole('button', { name: 'See what would change' }).click()
  await page.getByText('1 clip would change.').waitFor()
  assert.equal(await titleOf(ids[1]!), 'Market at noon')
  await page.getByRole('button', { name: 'Change 1 clip' }).click()
  await page.getByText('1 clip changed.', { exact: true }).waitFor()
  assert.equal(await titleOf(ids[1]!), 'Market at dusk')
  assert.deepEqual(complaints, [])
  await page.setInputFiles('input[name=package]', { name: 'broken.json', mimeType: 'application/json', buffer: Buffer.from('{') })
  await page.getByRole('button', { name: 'See what would change' }).click()
  await page.getByRole('alert').waitFor()
  await page.context().close()
})

test('an album is kept in a folder after a dry run that writes nothing, and the folder is forgotten while its files stay', async () => {
  const { page, complaints } = await open(`/albums/${album.id}`)
  const file = join(ring.dir, 'edit/First cut/audio/market.wav')
  const isThere = (): Promise<boolean> => stat(file).then(() => true, () => false)
  await page.getByText('Folders and metadata').click()
  await page.getByRole('button', { name: 'Keep it in a folder' }).click()
  await page.fill('input[name=folder]', join(ring.dir, 'edit'))
  await page.getByRole('button', { name: 'See what would be done' }).click()
  await page.getByText('1 file would be put there.').waitFor()
  assert.equal(await isThere(), false)
  await page.getByRole('button', { name: 'Keep it there' }).click()
  await page.locator('[data-sync]').getByText('kept in step').waitFor()
  await until(isThere, 'the file is in the folder', WORK_MS)
  await page.getByRole('button', { name: `Forget ${join(ring.dir, 'edit')}` }).click()
  await page.locator('[data-sync]').waitFor({ state: 'detached' })
  assert.equal(await isThere(), true)
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'XML' }).click()])
  assert.match(await readFile(await download.path(), 'utf8'), /Market at dusk/)
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('a bucket is added, filled and read back from the page, and is not forgotten while something is only there', async () => {
  const { page, complaints } = await open('/settings/cloud')
  await page.getByRole('button', { name: 'Add a bucket' }).click()
  await page.fill('input[name=name]', 'Offsite')
  await page.fill('input[name=place]', 's3://films/originals')
  await page.selectOption('select[name=mode]', 'move')
  await page.fill('input[name=moveCopies]', '1')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('button', { name: 'Copy what it lacks' }).click()
  await page.getByText('2 of 2 originals there and read back').waitFor({ timeout: WORK_MS })
  await page.getByText('2 only there').waitFor({ timeout: WORK_MS })
  await page.selectOption('select[aria-label^="How much of Offsite"]', '1')
  await page.getByRole('button', { name: 'Drill' }).click()
  await page.locator('[data-job]', { hasText: 'Cloud drill' }).getByText('done', { exact: true }).waitFor({ timeout: WORK_MS })
  assert.deepEqual(complaints, [])
  await page.getByRole('button', { name: 'Change Offsite' }).click()
  await page.getByRole('button', { name: 'Forget this bucket' }).click()
  await page.getByRole('alert').getByText('2 originals are in the cloud only').waitFor()
  await page.context().close()
})

test('a clip that is only in the cloud says so, gives a link from the bucket, and is brought back', async () => {
  const { page, complaints } = await open(`/library/${ids[0]}`)
  await page.getByText('In the cloud only: no disk of the ring has its bytes.').waitFor()
  await page.getByRole('button', { name: 'Link from the bucket' }).click()
  const url = await page.getByRole('link', { name: 'Download from there' }).getAttribute('href') ?? ''
  assert.ok(url.startsWith(s3.endpoint))
  assert.equal(hash(Buffer.from(await (await fetch(url)).arrayBuffer())), ids[0])
  await page.getByRole('button', { name: /^Bring it back/ }).click()
  await until(async () => (await assetOf(ids[0]!)).away !== true, 'it is on a disk again', WORK_MS)
  await page.getByText('In the cloud only').waitFor({ state: 'detached', timeout: WORK_MS })
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('a webhook is added for chosen events, tells its secret once, and a test is delivered and logged', async () => {
  const { page, complaints } = await open('/settings/webhooks')
  await page.getByRole('button', { name: 'Add a webhook' }).click()
  await page.fill('input[name=url]', `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`)
  await page.getByLabel('recording.ended').check()
  await page.getByLabel('The address is meant to be of this machine').check()
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByText(/^whsec_/).waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('button', { name: 'Send a test' }).click()
  await page.getByRole('list', { name: 'Deliveries' }).getByText('answered 200').waitFor({ timeout: WORK_MS })
  assert.match(calls[0]?.body ?? '', /"topic":"webhook\.test"/)
  assert.ok(Object.keys(calls[0]?.headers ?? {}).some((name) => name.includes('signature')))
  assert.deepEqual(complaints, [])
  await page.context().close()
})

/** Opens what a page keeps closed. */
const MORE: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  album: async (page) => { await page.getByText('Folders and metadata').click(); await page.getByRole('heading', { name: 'Metadata package' }).waitFor() },
  cloud: async (page) => { await page.getByRole('button', { name: 'List them' }).click(); await page.getByRole('link', { name: 'Market at dusk' }).waitFor() },
  webhooks: async (page) => { await page.getByRole('button', { name: 'Deliveries' }).click(); await page.getByText('answered 200').waitFor() }
}

for (const [device, viewport] of [['a desktop', DESKTOP], ['a phone', PHONE]] as const) {
  test(`each page is whole on ${device}: nothing scrolls sideways, the console is silent, axe-core finds nothing grave`, async () => {
    const { batches: [batch] } = await ring.get<BatchList>(`${alder.url}/api/v1/batches`)
    const { page, complaints } = await open('/imports', viewport)
    const places = [['imports', '/imports', '[data-import]'], ['import', `/imports/${batch?.id}`, '[data-asset]'], ['album', `/albums/${album.id}`, '[data-asset]'], ['cloud', '/settings/cloud', '[data-tier]'], ['webhooks', '/settings/webhooks', '[data-webhook]'], ['away', `/library/${ids[1]}`, '#title']] as const
    for (const [name, path, sign] of places) {
      await page.goto(alder.url + path)
      await page.locator(sign).first().waitFor()
      await MORE[name]?.(page)
      if (process.env['SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['SHOTS']}/${name}-${viewport.width}.png`, fullPage: true })
      assert.equal(await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'), false, path)
      assert.deepEqual(await graveFindings(page), [], path)
    }
    assert.deepEqual(complaints, [])
    await page.context().close()
  })
}

test('a webhook is removed, and the page says how to add one; unknown imports say so', async () => {
  const { page } = await open('/settings/webhooks')
  await page.getByRole('button', { name: /^Remove/ }).click()
  await page.getByRole('button', { name: 'Remove', exact: true }).last().click()
  await page.getByRole('heading', { name: 'No address is called yet' }).waitFor()
  await page.goto(`${alder.url}/imports/nothing`)
  await page.getByRole('heading', { name: 'This import is not known' }).waitFor()
  await page.context().close()
})

test.run()
