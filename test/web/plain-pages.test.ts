// needs: chromium ffmpeg
/** Pages for people who have not signed in, of a real server: the first account, signing in, and what was shared. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import type { ImportResult, LinkMade, NewLink } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import { testPlace, type TestPlace } from '../support/accounts-server.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { findings } from './axe.ts'
import { chromiumPath, DESKTOP, expectComplaint, keepPicture, openBrowser, openPage, pageSuite, PHONE, SCHEMES, showScheme } from './browser.ts'

const test = pageSuite('pages without an account')
let place: TestPlace
let media: MediaFolder
let browser: Browser
let film: AssetId

test.before(async () => {
  media = await createMediaFolder(['day1/a.mp4', 'stills/photo.jpg'])
  place = await testPlace()
  const { results } = (await place.ask('/api/v1/assets?name=a.mp4', { method: 'POST', token: place.adminToken, body: await readFile(media.path('day1/a.mp4')), headers: { 'content-type': 'application/octet-stream' } })).json<{ results: ImportResult[] }>()
  film = results[0]!.assetId as AssetId
  const known = place.library.assets.get(film)!
  const poster = (await place.library.ring.blobs.put([await readFile(media.path('stills/photo.jpg'))] as never)).id
  place.library.assets.set(film, { ...known, albums: ['wedding'], poster })
  await place.records.put('albums', 'wedding', { name: 'Wedding' })
  browser = await openBrowser()
})
test.after(async () => {
  await browser?.close()
  await place?.end()
  await media?.remove()
})

async function share(link: NewLink): Promise<string> {
  return (await place.ask('/api/v1/links', { token: place.adminToken, body: link })).json<LinkMade>().path
}

/** A page is whole on desktop and phone, dark and light. */
async function isWhole(name: string, path: string, words: string): Promise<void> {
  for (const viewport of [DESKTOP, PHONE]) {
    const { page } = await openPage(browser, place.url + path, viewport)
    await page.getByText(words).first().waitFor()
    assert.equal(await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'), false)
    for (const scheme of SCHEMES) {
      await showScheme(page, scheme)
      await keepPicture(page, `${scheme} ${viewport.width} ${name}`)
      assert.deepEqual(await findings(page), [], `${name}, ${scheme}`)
    }
    await page.context().close()
  }
}

test('the first account', () => isWhole('setup', '/setup', 'Make the first account'))

test('signing in', async () => {
  await place.ask('/setup')
  await place.ask('/setup', { form: { name: 'Maren', password: 'four words of mine', code: place.codes.at(-1)! } })
  await isWhole('login', '/login', 'Sign in')
})

test('what was shared, and one of it', async () => {
  const path = await share({ album: 'wedding', title: 'The wedding', download: true })
  await isWhole('shared', path, 'The wedding')
  await isWhole('shared one', `${path}/${film}`, 'Download the original')
})

test('a link that asks for a password, and one that is none', async () => {
  expectComplaint(/status of 40[14]/)
  await isWhole('shared password', await share({ assets: [film], password: 'lily pond' }), 'Password')
  await isWhole('shared closed', `/s/${'0'.repeat(16)}${'a'.repeat(43)}`, 'There is no such link')
})

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
