// needs: chromium ffmpeg
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AlbumView, AuditList, ImportResult } from '#protocols/http.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { Thatdam } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { buildPages, openBrowser, openPage } from '../web/browser.ts'

interface Context { dir: string; alder: Thatdam; url: string; ask: <T>(method: string, path: string, body?: unknown) => Promise<T>; browser: Browser; media: MediaFolder; albums: Record<string, string>; refused: string[]; page: Page }
const test = suite<Context>('the page of somebody who sees some albums only')
const PASSWORD = 'harbour lantern nine'
const FILES = ['day1/a.mp4', 'stills/photo.jpg', 'day1/c.mkv']

async function signedIn({ browser, url, refused }: Pick<Context, 'browser' | 'url' | 'refused'>, name: string, begins: string): Promise<Page> {
  const { page } = await openPage(browser, `${url}/login`)
  page.on('response', (response) => { if (response.status() === 403) refused.push(`${response.request().method()} ${new URL(response.url()).pathname}`) })
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL(url + begins)
  return page
}

test.before(async (context) => {
  await buildPages()
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-limited-'))
  context.media = await createMediaFolder(FILES)
  context.alder = new Thatdam(['node', '--data', join(context.dir, 'alder'), '--name', 'alder', '--http', '127.0.0.1:0', '--auth', '--listen', '/ip4/127.0.0.1/tcp/0', '--no-mdns', '--json'])
  context.url = String((await context.alder.event('ready'))['http'])
  const token = await until(() => /keep it\): (td_\S+)/.exec(context.alder.stderr)?.[1], 'the node prints its token')
  context.ask = async (method, path, body) => {
    const answer = await fetch(`${context.url}/api/v1/${path}`, { method, headers: { authorization: `Bearer ${token}`, ...body !== undefined && { 'content-type': body instanceof Uint8Array ? 'application/octet-stream' : 'application/json' } }, ...body !== undefined && { body: body instanceof Uint8Array ? body as never : JSON.stringify(body) }, signal: AbortSignal.timeout(20_000) })
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`)
    return answer.status === 204 ? null as never : await answer.json() as never
  }
  context.albums = {}
  for (const [name, file] of [['Wedding', 'day1/a.mp4'], ['Portraits', 'stills/photo.jpg'], ['Secret', 'day1/c.mkv']] as const) {
    const { results } = await context.ask<{ results: ImportResult[] }>('POST', `assets?name=${file.split('/').at(-1)}`, await readFile(context.media.path(file)))
    context.albums[name] = (await context.ask<AlbumView>('POST', 'albums', { name })).id
    await context.ask('PATCH', `assets/${results[0]?.assetId}`, { addAlbums: [context.albums[name]], addTags: [name.toLowerCase()] })
  }
  await context.ask('POST', 'users', { name: 'Viewer', role: 'viewer', password: PASSWORD })
  await context.ask('POST', 'users', { name: 'Guest', role: 'editor', password: PASSWORD, limited: true, albums: [{ album: context.albums['Wedding'], may: 'edit' }, { album: context.albums['Portraits'], may: 'see' }] })
  context.refused = []
  context.browser = await openBrowser()
})
test.after(async ({ dir, alder, browser, media }) => {
  await browser?.close()
  if (alder?.running) await alder.stop()
  await media?.remove()
  await rm(dir, { recursive: true, force: true })
})

test('they see the clips of their albums by day, with what narrows them, and nothing is refused to their page', async (context) => {
  const page = context.page = await signedIn(context, 'Guest', '/library')
  await page.getByText('2 items').waitFor()
  for (const name of ['a.mp4', 'photo.jpg']) await page.locator('.asset-card', { hasText: name }).waitFor()
  assert.is(await page.locator('.asset-card', { hasText: 'c.mkv' }).count(), 0)
  await page.getByRole('button', { name: /^video\s*1$/ }).waitFor()
  const side = page.getByRole('navigation', { name: 'Collections' })
  assert.equal(await side.getByRole('link').allInnerTexts(), ['Portraits', 'Wedding'])
  for (const name of ['New album', 'Add files', 'Trash', 'Duplicates']) assert.is(await page.getByRole('button', { name }).count() + await page.getByRole('link', { name }).count(), 0, name)
  await page.getByRole('searchbox').fill('tag:secret')
  await page.getByText('Nothing matches').waitFor()
  await page.getByRole('searchbox').fill('type:image')
  await page.getByText('1 match').waitFor()
  await page.getByRole('searchbox').fill('')
  await page.getByText('2 items').waitFor()
  await page.locator('.asset-card').first().focus()
  for (const key of ['x', '5']) await page.keyboard.press(key)
  assert.is(await page.getByRole('toolbar', { name: 'Selected clips' }).count(), 0)
  assert.equal(context.refused, [])
})

test('they open an album, and one that is not theirs is not there', async (context) => {
  const { page, url, albums } = context
  await page.getByRole('navigation', { name: 'Collections' }).getByRole('link', { name: 'Portraits' }).click()
  await page.getByRole('heading', { name: 'Portraits' }).waitFor()
  await page.locator('.asset-card', { hasText: 'photo.jpg' }).waitFor()
  assert.is(new URL(page.url()).pathname, `/albums/${albums['Portraits']}`)
  for (const name of ['Change', 'Select all shown']) assert.is(await page.getByRole('button', { name, exact: true }).count(), 0, name)
  await page.goto(`${url}/albums/${albums['Secret']}`)
  await page.getByText('This album is not there').waitFor()
  assert.equal(context.refused, [])
})

test('a clip they may only see has no fields and no way to delete it; one they may edit has', async (context) => {
  const { page, url } = context
  const open = async (name: string): Promise<void> => {
    await page.goto(`${url}/library`)
    await page.locator('.asset-card', { hasText: name }).click()
    await page.getByRole('link', { name: 'Download the original' }).waitFor()
  }
  await open('photo.jpg')
  await page.getByRole('heading', { name: 'photo.jpg' }).waitFor()
  assert.equal([await page.getByLabel('Title', { exact: true }).count(), await page.getByRole('radiogroup', { name: 'Rating' }).count(), await page.getByRole('button', { name: 'Delete' }).count()], [0, 0, 0])
  await open('a.mp4')
  const saved = page.waitForResponse((response) => response.request().method() === 'PATCH')
  await page.getByLabel('Title', { exact: true }).fill('The kiss')
  await page.getByLabel('Title', { exact: true }).press('Enter')
  assert.is((await saved).status(), 200)
  assert.equal(context.refused, [])
})

test('what they delete they bring back', async (context) => {
  const { page, url } = context
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.waitForURL(`${url}/library`)
  await page.getByText('1 item', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.locator('.asset-card', { hasText: 'The kiss' }).waitFor()
  await page.keyboard.press('Control+z')
  await page.getByText(/^Undone: out of the trash/).waitFor()
  await page.keyboard.press('Control+Shift+z')
  await page.getByText(/^Done again: /).waitFor()
  await page.goto(`${url}/library`)
  await page.locator('.asset-card', { hasText: 'The kiss' }).waitFor()
  assert.equal(context.refused, [])
  assert.equal((await context.ask<AuditList>('GET', 'audit?limit=500')).entries.filter(({ status, who }) => status === 403 && who === 'Guest'), [])
})

test('a viewer sees all clips, and nothing on their pages that would be refused', async (context) => {
  const page = await signedIn(context, 'Viewer', '/')
  await page.getByRole('link', { name: 'Library', exact: true }).click()
  await page.getByText('3 items').waitFor()
  assert.is(await page.getByRole('button', { name: 'Add files' }).count(), 0)
  await page.locator('.asset-card', { hasText: 'c.mkv' }).click()
  await page.getByRole('link', { name: 'Download the original' }).waitFor()
  await page.getByRole('heading', { name: 'c.mkv' }).waitFor()
  assert.equal([await page.getByLabel('Title', { exact: true }).count(), await page.getByRole('button', { name: 'Delete' }).count(), await page.getByRole('button', { name: 'Write it yourself' }).count()], [0, 0, 0])
  assert.equal(context.refused, [])
})

test.run()
