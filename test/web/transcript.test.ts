// needs: chromium ffmpeg perl
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import type { AssetList, TranscriptState, TranscriptView } from '#protocols/http.ts'
import { captionFilm } from '../node/understanding/transcripts/caption-films.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { graveFindings } from './axe.ts'
import { buildPages, DESKTOP, holds, openBrowser, openPage, PHONE } from './browser.ts'

const test = suite('the transcript beside the player')

/** Where pictures of the pages are left; nowhere without it. */
const PICTURES = process.env['THATDAM_SCREENSHOTS']
let ring: TestRing
let node: NodeProcess
let folder: string
let browser: Browser
/** A film whose captions were inside of it, one with a time for each word, and one that nobody listened to. */
let film: string
let words: string
let bare: string

const WORDS = `WEBVTT
Language: en

00:00.200 --> 00:01.800
<v Nora>We <00:00.600>go <00:01.000>to <00:01.400>sea

00:02.000 --> 00:03.600
<v Ole>before <00:02.800>noon & back
`

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thatdam-panel-'))
  await buildPages()
  browser = await openBrowser()
  ring = await TestRing.create()
  node = await ring.begin('alder', { flags: ['--inference-provider', 'cpu'] })
  film = await add('film.mp4', captionFilm(folder, 'film.mp4', 'mov_text'))
  words = await add('words.mkv', captionFilm(folder, 'words.mkv', 'ass'))
  bare = await add('bare.mkv', captionFilm(folder, 'bare.mkv', 'webvtt', 'ger'))
  await until(async () => (await stateOf(film)).transcript !== null && (await stateOf(words)).transcript !== null && (await stateOf(bare)).transcript !== null, 'captions were found')
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
  await rm(folder, { recursive: true, force: true })
})

async function add(name: string, path: string): Promise<string> {
  await ring.upload(node, name, new Uint8Array(await readFile(path)))
  return until(async () => (await ring.get<AssetList>(`${node.url}/api/v1/assets?limit=100`)).assets.find((asset) => asset.name === name)?.id, `${name} is in`)
}

const pathOf = (id: string): string => `${node.url}/api/v1/assets/${id}/transcript`
const stateOf = (id: string): Promise<TranscriptState> => ring.get<TranscriptState>(pathOf(id))
const viewOf = async (id: string): Promise<TranscriptView> => (await stateOf(id)).transcript!
const textsOf = async (id: string): Promise<string[]> => (await viewOf(id)).lines.map(({ speaker, text }) => speaker === '' ? text : `${speaker}: ${text}`)
const saidAre = (id: string, texts: readonly string[]): Promise<unknown> => until(async () => JSON.stringify(await textsOf(id)) === JSON.stringify(texts), `it says ${JSON.stringify(texts)}`)
async function put(id: string, body: string, type: string): Promise<void> {
  const answer = await fetch(pathOf(id), { method: 'PUT', headers: { 'content-type': type, 'if-match': '*' }, body })
  assert.equal(answer.status, 200, await answer.text())
}
async function open(id: string, viewport = DESKTOP as { readonly width: number; readonly height: number }): Promise<{ page: Page; complaints: string[] }> {
  const opened = await openPage(browser, `${node.url}/library/${id}`, viewport)
  await opened.page.locator('.transcript').waitFor()
  return opened
}
const picture = async (page: Page, name: string): Promise<void> => { if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`) }) }
const line = (page: Page, text: string) => page.locator('.transcript-line', { hasText: text })

test('captions of a film stand beside it, and a click on their time goes there', async () => {
  const { page, complaints } = await open(film)
  await line(page, 'Gulls wake first & shout.').waitFor()
  await page.getByText('Captions of the file, stream 2 (mov_text) · English').waitFor()
  await holds(page, `document.querySelector('.stage video').readyState > 0`)
  await page.getByRole('button', { name: 'Go to 0:02' }).click()
  await holds(page, `Math.abs(document.querySelector('.stage video').currentTime - 2) < 0.1 && document.querySelector('.is-now').textContent.includes('Gulls')`)
  await picture(page, 'captions')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('the word that is being said is lit while it plays, and a word that is clicked is played', async () => {
  await put(words, WORDS, 'text/vtt')
  const { page } = await open(words)
  await line(page, 'We go to sea').waitFor()
  const said = (ms: number, word: string): Promise<void> => page.evaluate(`document.querySelector('.stage video').currentTime = ${ms / 1000}`).then(() => holds(page, `document.querySelector('.now-word')?.textContent === ${JSON.stringify(word)}`))
  await holds(page, `document.querySelector('.stage video').readyState > 0`)
  await said(700, 'go')
  await said(1_500, 'sea')
  await said(2_900, 'noon')
  await page.locator('.said', { hasText: 'before' }).click()
  await holds(page, `Math.abs(document.querySelector('.stage video').currentTime - 2) < 0.1 && document.querySelector('.now-word').textContent === 'before'`)
  await page.evaluate(`(() => { const video = document.querySelector('.stage video'); video.muted = true; video.currentTime = 0; void video.play() })()`)
  await holds(page, `document.querySelector('.is-now')?.textContent.includes('noon')`)
  await picture(page, 'words')
  await page.context().close()
})

test('searching shows the lines that say it, whatever the accents, and who says it; without a model nobody listens, and the page says why', async () => {
  const { page } = await open(words)
  await page.getByLabel('Search in what is said').fill('NOÖN')
  await holds(page, `document.querySelectorAll('.transcript-line').length === 1 && document.querySelector('.transcript-line mark').textContent === 'noon'`)
  await page.getByText('1 place', { exact: true }).waitFor()
  await page.getByLabel('Search in what is said').fill('ole')
  await holds(page, `document.querySelectorAll('.transcript-line').length === 1 && document.querySelector('.speaker').textContent === 'Ole'`)
  await page.getByLabel('Search in what is said').fill('submarine')
  await page.getByText('Nothing is said like “submarine”.').waitFor()
  await page.getByRole('button', { name: 'Have it listened to' }).click()
  await page.getByText(/thatdam models pull whisper-base/).first().waitFor()
  await page.context().close()
})

test('by keyboard a line is written, named, split, joined and deleted; the node has it', async () => {
  const { page, complaints } = await open(film)
  await page.getByRole('button', { name: 'Edit the line at 0:00' }).focus()
  await page.keyboard.press('Enter')
  await page.getByLabel('What is said', { exact: true }).fill('The harbor at dawn, quiet as ever.')
  await page.getByLabel('Speaker').fill('Nora')
  await page.keyboard.press('Enter')
  await saidAre(film, ['Nora: The harbor at dawn, quiet as ever.', 'Gulls wake first & shout.'])
  await holds(page, `document.activeElement.dataset.edit !== undefined`)

  await page.keyboard.press('Enter')
  await page.getByLabel('What is said', { exact: true }).evaluate((field) => { (field as HTMLTextAreaElement).setSelectionRange(19, 19) })
  await page.keyboard.press('Shift+Enter')
  await saidAre(film, ['Nora: The harbor at dawn,', 'Nora: quiet as ever.', 'Gulls wake first & shout.'])
  assert.equal((await viewOf(film)).lines.every((one, i, all) => i === 0 || one.fromMs >= all[i - 1]!.fromMs), true)
  await picture(page, 'editing')

  await page.keyboard.press('Home')
  await page.keyboard.press('Backspace')
  await saidAre(film, ['Nora: The harbor at dawn, quiet as ever.', 'Gulls wake first & shout.'])
  await page.keyboard.press('Alt+ArrowDown')
  await page.locator('.line-editor').getByRole('button', { name: 'Delete' }).click()
  await saidAre(film, ['Nora: The harbor at dawn, quiet as ever.'])
  await page.getByText(/^Written by .* · English/).waitFor()

  await page.keyboard.press('Control+z')
  await saidAre(film, ['Nora: The harbor at dawn, quiet as ever.', 'Gulls wake first & shout.'])
  await line(page, 'Gulls wake first').waitFor()
  await page.keyboard.press('Escape')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('what somebody else writes in another line meanwhile stays; of the same line mine stands, and theirs is offered', async () => {
  await put(words, WORDS, 'text/vtt')
  const { page } = await open(words)
  await page.getByRole('button', { name: 'Edit the line at 0:00' }).focus()
  await page.keyboard.press('Enter')
  await page.getByLabel('What is said', { exact: true }).fill('We sail to sea')
  const { etag, lines } = await viewOf(words)
  const theirs = lines.map((one, i) => ({ ...one, text: i === 0 ? 'We row to sea' : 'after noon & back' }))
  const others = await fetch(pathOf(words), { method: 'PUT', headers: { 'content-type': 'application/json', 'if-match': `"${etag}"` }, body: JSON.stringify({ lines: theirs }) })
  assert.equal(others.status, 200)
  await page.keyboard.press('Enter')
  await saidAre(words, ['Nora: We sail to sea', 'Ole: after noon & back'])
  await page.getByText('Yours stand.').waitFor()
  await page.getByRole('button', { name: 'Take theirs' }).click()
  await saidAre(words, ['Nora: We row to sea', 'Ole: after noon & back'])
  await page.context().close()
})

test('what is written while it can not be stored stays, and is stored when it can', async () => {
  await put(words, WORDS, 'text/vtt')
  const { page } = await open(words)
  await line(page, 'We go to sea').waitFor()
  await page.route('**/transcript', (route) => route.request().method() === 'PUT' ? route.fulfill({ status: 503, json: { error: { code: 'ERR_DISK', message: 'Its disk does not answer.' } } }) : route.continue())
  for (const [at, text] of [['0:00', 'We sail to sea'], ['0:02', 'before ten & back']] as const) {
    await page.getByRole('button', { name: `Edit the line at ${at}` }).focus()
    await page.keyboard.press('Enter')
    await page.getByLabel('What is said', { exact: true }).fill(text)
    const refused = page.waitForResponse((response) => response.request().method() === 'PUT' && response.status() === 503)
    await page.keyboard.press('Enter')
    await refused
  }
  await page.getByText('Not saved: Its disk does not answer.').waitFor()
  await line(page, 'We sail to sea').waitFor()
  await line(page, 'before ten & back').waitFor()
  assert.deepEqual(await textsOf(words), ['Nora: We go to sea', 'Ole: before noon & back'])
  await page.unroute('**/transcript')
  await page.locator('.transcript').getByRole('button', { name: 'Try again' }).click()
  await saidAre(words, ['Nora: We sail to sea', 'Ole: before ten & back'])
  await page.getByText('Not saved:').waitFor({ state: 'detached' })
  await page.context().close()
})

test('a name is given to everything that person says', async () => {
  await put(words, WORDS.replace('Ole', 'Nora'), 'text/vtt')
  const { page } = await open(words)
  await page.getByRole('button', { name: 'Edit the line at 0:00' }).focus()
  await page.keyboard.press('Enter')
  await page.getByLabel('Speaker').fill('Ada')
  await page.keyboard.press('Enter')
  await saidAre(words, ['Ada: We go to sea', 'Nora: before noon & back'])
  await page.getByRole('button', { name: 'Call them Ada there, too' }).click()
  await saidAre(words, ['Ada: We go to sea', 'Ada: before noon & back'])
  await page.context().close()
})

test('it goes out, comes in again, is copied with its timecode, and the captions are gone back to', async () => {
  const { page } = await open(words)
  const download = page.waitForEvent('download')
  await page.getByLabel('Export and import').selectOption('vtt?words=true')
  const path = join(folder, 'out.vtt')
  await (await download).saveAs(path)
  assert.match(await readFile(path, 'utf8'), /<v Ada>We <00:00:00.600>go/)
  await writeFile(path, (await readFile(path, 'utf8')).replace('to', 'by'))
  await page.locator('.transcript input[type=file]').setInputFiles(path)
  await saidAre(words, ['Ada: We go by sea', 'Ada: before noon & back'])
  await line(page, 'We go by sea').hover()
  await page.getByRole('button', { name: 'Copy the line at 0:02 with its timecode' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('Copied: [00:00:02.000] Ada: before noon & back').waitFor()

  await page.getByLabel('Version', { exact: true }).selectOption('original')
  await line(page, 'The harbour at dawn').waitFor()
  assert.equal(await page.locator('[data-edit]').count(), 0, 'what a version said is not written over')
  await page.getByRole('button', { name: 'Go back to this one' }).click()
  await until(async () => (await viewOf(words)).version === 'original', 'the captions are back')
  await line(page, 'The harbour at dawn').waitFor()
  await page.context().close()
})

test('nothing grave is in the way of people who see or point badly; a phone shows it all', async () => {
  const { page } = await open(film)
  await line(page, 'Gulls').waitFor()
  await page.getByRole('button', { name: 'Edit the line at 0:00' }).focus()
  await page.keyboard.press('Enter')
  await page.getByLabel('What is said', { exact: true }).waitFor()
  assert.deepEqual(await graveFindings(page), [])
  await page.context().close()
  const phone = await open(film, PHONE)
  await line(phone.page, 'Gulls').waitFor()
  await phone.page.locator('.transcript').scrollIntoViewIfNeeded()
  assert.deepEqual(await graveFindings(phone.page), [])
  await holds(phone.page, 'document.documentElement.scrollWidth <= innerWidth')
  await phone.page.evaluate(`document.querySelector('.transcript').scrollIntoView()`)
  await picture(phone.page, 'phone')
  await phone.page.getByRole('button', { name: 'Edit the line at 0:00' }).click()
  await phone.page.getByLabel('What is said', { exact: true }).waitFor()
  await holds(phone.page, 'document.documentElement.scrollWidth <= innerWidth')
  await picture(phone.page, 'phone-editing')
  await phone.page.context().close()
})

test.run()
