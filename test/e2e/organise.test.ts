// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import type { AlbumList, AlbumView, AssetList, AssetView, SavedSearchList } from '#protocols/http.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { buildPages, openBrowser, openPage } from '../web/browser.ts'

const test = suite('two people organise one library on two nodes')

let ring: TestRing
let alder: NodeProcess
let birch: NodeProcess
let folder: MediaFolder
let browser: Browser
let ids: string[]
const complaints: string[] = []

async function open(node: NodeProcess, path: string): Promise<Page> {
  const opened = await openPage(browser, `${node.url}${path}`)
  opened.page.on('close', () => complaints.push(...opened.complaints))
  return opened.page
}

const asset = (node: NodeProcess, id: string | undefined): Promise<AssetView> => ring.get(`${node.url}/api/v1/assets/${id}`)

test.before(async () => {
  await buildPages()
  ring = await TestRing.create()
  alder = await ring.begin('alder')
  birch = await ring.begin('birch')
  await ring.together(2)
  folder = await createMediaFolder(['day1/a.mp4', 'stills/photo.jpg', 'stills/shot.png'])
  for (const name of folder.whole) await ring.upload(alder, name, new Uint8Array(await readFile(folder.path(name))))
  ids = (await until(async () => {
    const list = await ring.get<AssetList>(`${birch.url}/api/v1/assets`)
    return list.total === 3 ? list.assets : undefined
  }, 'birch knows them')).map(({ id }) => id)
  browser = await openBrowser()
})

test.after(async () => {
  await browser?.close()
  await ring?.end()
  await folder?.remove()
})

test('what one types into the notes appears where the other types, and both their words stay', async () => {
  const [here, there] = await Promise.all([open(alder, `/library/${ids[0]}`), open(birch, `/library/${ids[0]}`)])
  await here.locator('#notes').fill('wind on the microphone')
  await until(async () => await there.locator('#notes').inputValue() === 'wind on the microphone', 'the words appear on birch')
  await there.locator('#notes').focus()
  await there.keyboard.press('End')
  await there.keyboard.type(', use take two')
  await here.locator('#notes').focus()
  await here.keyboard.press('Home')
  await here.keyboard.type('Strong ')
  const both = 'Strong wind on the microphone, use take two'
  for (const page of [here, there]) await until(async () => await page.locator('#notes').inputValue() === both, 'both pages show both').catch(async (err) => { throw new Error(`${err}: ${await page.locator('#notes').inputValue()}`) })
  await until(async () => (await asset(birch, ids[0])).notes === both, 'and it is stored')
  await Promise.all([here.close(), there.close()])
})

test('who has a clip open, and who types in it, is shown on the page of the other node', async () => {
  const here = await open(alder, '/library')
  await here.getByRole('button', { name: 'Projects, fields, states' }).click()
  await here.getByPlaceholder('this machine').fill('Editor One')
  await here.getByRole('button', { name: 'Close' }).click()
  const there = await open(birch, `/library/${ids[0]}`)
  await here.goto(`${alder.url}/library/${ids[0]}`)
  await there.locator('.asset-edit .person[title="Editor One on alder is looking"]').waitFor()
  await here.locator('#title').focus()
  await there.locator('.asset-edit .person.editing[title="Editor One on alder is editing title"]').waitFor()
  assert.equal(await there.locator('.asset-edit .person span[aria-hidden]').textContent(), 'EO')
  await there.goto(`${birch.url}/library`)
  await there.locator('.card-holder .person.editing').waitFor()
  await here.close()
  await until(async () => await there.locator('.person').count() === 0, 'whoever leaves is not shown any more')
  await there.close()
})

test('selected clips are rated, labelled and tagged in one step, seen on the other node, and Ctrl+Z takes it back', async () => {
  const [here, there] = await Promise.all([open(alder, '/library'), open(birch, '/library')])
  for (const id of ids.slice(0, 2)) await here.locator(`.card-holder:has([data-asset="${id}"]) .select-box input`).click()
  await here.getByText('2 clips selected').waitFor()
  await here.getByLabel('Tags for all that are selected').fill('place/oslo, raw')
  await here.getByLabel('Tags for all that are selected').press('Enter')
  await here.getByText('2 clips: place/oslo, raw').waitFor()
  await here.getByLabel('Sidecars').selectOption('write')
  await here.getByText('Sidecars are being written').waitFor()
  await here.locator('h1').click()
  await here.keyboard.press('4')
  await here.keyboard.press('6')
  await until(async () => await there.locator('.card-marks .label-dot.red').count() === 2 && await there.locator('.rated').count() === 2, 'the other page shows it')
  await there.getByRole('link', { name: 'place', exact: true }).click()
  await there.getByText('2 matches').waitFor()
  await here.keyboard.press('Control+z')
  await here.getByText('Undone: label red: 2 assets').first().waitFor()
  await until(async () => (await asset(birch, ids[1])).marks.label === '', 'the label is gone on birch')
  assert.equal((await asset(birch, ids[1])).rating, 4)
  await here.keyboard.press('Control+Shift+z')
  await until(async () => (await asset(birch, ids[1])).marks.label === 'red', 'and back')
  await Promise.all([here.close(), there.close()])
})

test('clips are dragged into an album that the other sees, and a rule fills another', async () => {
  const [here, there] = await Promise.all([open(alder, '/library'), open(birch, '/library')])
  await here.getByRole('button', { name: 'New album' }).click()
  await here.getByLabel('Name', { exact: true }).fill('Selects')
  await here.getByRole('button', { name: 'Make it' }).click()
  await there.getByRole('link', { name: 'Selects' }).waitFor()
  await here.locator(`[data-asset="${ids[2]}"]`).dragTo(here.getByRole('link', { name: 'Selects' }))
  await here.getByText('1 clip put into Selects').waitFor()
  await there.getByRole('link', { name: 'Selects' }).click()
  await there.locator(`[data-asset="${ids[2]}"]`).waitFor()
  const rule = await ring.send<AlbumView>('POST', `${birch.url}/api/v1/albums`, { name: 'Oslo', kind: 'rule', rule: 'tag:place/oslo' })
  await here.goto(`${alder.url}/albums/${rule.id}`)
  await here.getByText('2 items').waitFor()
  assert.deepEqual((await ring.get<AlbumList>(`${alder.url}/api/v1/albums`)).albums.map(({ path, assets }) => [path, assets]), [['Oslo', 2], ['Selects', 1]])
  await Promise.all([here.close(), there.close()])
})

test('the toast about a removed album brings that album back, whatever was done since, and only once', async () => {
  const { id } = await ring.send<AlbumView>('POST', `${alder.url}/api/v1/albums`, { name: 'Scraps' })
  const { page: here } = await openPage(browser, `${alder.url}/albums/${id}`) // which is told, rightly, that it is not there
  await here.getByRole('button', { name: 'Change', exact: true }).click()
  await here.getByRole('button', { name: 'Remove the album' }).click()
  const toast = here.locator('.toast', { hasText: 'The album Scraps was removed' })
  await toast.waitFor()
  await ring.send('PATCH', `${alder.url}/api/v1/assets/${ids[2]}`, { title: 'Done meanwhile' })
  await toast.getByRole('button', { name: 'Undo' }).click()
  await here.getByText('Undone: removed the album Scraps.').waitFor()
  await here.getByRole('heading', { name: 'Scraps' }).waitFor()
  assert.deepEqual([(await ring.get<AlbumView>(`${alder.url}/api/v1/albums/${id}`)).name, (await asset(alder, ids[2])).title], ['Scraps', 'Done meanwhile'])
  await fetch(`${alder.url}/api/v1/albums/${id}`, { method: 'DELETE' })
  await here.close()
})

test('a count narrows the library, and the search is saved for whoever looks at the other node', async () => {
  const [here, there] = await Promise.all([open(alder, '/library'), open(birch, '/library')])
  const kind = here.locator('.facets .facet-value', { hasText: 'image' })
  await kind.click()
  await here.getByText('2 matches').waitFor()
  assert.equal(await kind.getAttribute('aria-pressed'), 'true')
  assert.equal(await here.locator('.card-holder').count(), 2)
  await here.getByRole('button', { name: 'Save this search' }).click()
  await here.getByLabel('Name of the search').fill('Stills')
  await here.getByLabel('Name of the search').press('Enter')
  await there.getByRole('button', { name: 'Stills', exact: true }).click()
  await there.getByText('2 matches').waitFor()
  await there.getByRole('button', { name: 'Delete the saved search Stills' }).click()
  await until(async () => await here.getByRole('button', { name: 'Stills', exact: true }).count() === 0, 'it is gone on the other node')
  await Promise.all([here.close(), there.close()])
})

test('own fields are defined by people and edited on the clip', async () => {
  await ring.send('POST', `${alder.url}/api/v1/fields`, { name: 'Lens', type: 'choice', choices: ['35 mm', '50 mm'] })
  const here = await open(birch, `/library/${ids[0]}`)
  await here.getByLabel('Lens').selectOption('50 mm')
  await until(async () => (await asset(alder, ids[0])).fields['Lens'] === '50 mm', 'alder knows it')
  await here.getByRole('button', { name: 'blue' }).click()
  await until(async () => (await asset(alder, ids[0])).marks.label === 'blue', 'and the label')
  await here.close()
})

test('a field, a state and a project are made in the dialog; a clip gets its state, licence and field on its page', async () => {
  const here = await open(alder, '/library')
  await here.getByRole('button', { name: 'Projects, fields, states' }).click()
  const part = (name: string) => here.locator('dialog section', { has: here.getByRole('heading', { name, exact: true }) })
  const add = async (name: string, what: string): Promise<void> => {
    await part(name).getByLabel(`New: ${name}`).fill(what)
    await part(name).getByRole('button', { name: 'Add' }).click()
    await part(name).locator('li', { hasText: what }).waitFor()
  }
  await part('Own fields').getByLabel('Type').selectOption('choice')
  await part('Own fields').getByLabel('Choices').fill('Harbour, Kitchen')
  await add('Own fields', 'Scene')
  await part('Own fields').getByText('Harbour, Kitchen').waitFor()
  await add('Workflow states', 'graded')
  await add('Projects', 'Short film')
  await here.getByRole('button', { name: 'Close' }).click()
  await here.getByRole('heading', { name: 'Short film' }).waitFor()
  await here.goto(`${alder.url}/library/${ids[1]}`)
  await here.locator('[data-field=state]').selectOption('graded')
  await here.locator('[data-field=Scene]').selectOption('Kitchen')
  await here.getByLabel('Licence', { exact: true }).fill('CC BY 4.0')
  await here.getByLabel('Licence', { exact: true }).press('Tab')
  await until(async () => {
    const { marks: { state, licence }, fields } = await asset(birch, ids[1])
    return state === 'graded' && licence === 'CC BY 4.0' && fields['Scene'] === 'Kitchen'
  }, 'birch knows all three')
  await here.close()
})

test('selected clips become a stack, which an album shows as one, opened and closed, until it is taken apart', async () => {
  const album = await ring.send<AlbumView>('POST', `${alder.url}/api/v1/albums`, { name: 'Stacked' })
  await ring.send('POST', `${alder.url}/api/v1/albums/${album.id}/assets`, { ids })
  const here = await open(alder, `/albums/${album.id}`)
  const shows = (count: number): Promise<unknown> => until(async () => await here.locator('.card-holder').count() === count, `${count} cards`)
  const choose = async (): Promise<void> => { for (const id of ids.slice(0, 2)) await here.locator(`.card-holder:has([data-asset="${id}"]) .select-box input`).click() }
  await shows(3)
  await choose()
  await here.getByRole('button', { name: 'Stack', exact: true }).click()
  await here.getByText('2 clips: a stack').waitFor()
  await shows(2)
  await here.getByRole('button', { name: 'Open stacks' }).click()
  await shows(3)
  await here.getByRole('button', { name: 'Open stacks', pressed: true }).click()
  await shows(2)
  await here.getByRole('button', { name: 'Open stacks' }).click()
  await here.getByRole('button', { name: 'Unstack' }).click()
  await here.getByText('2 clips: no stack').waitFor()
  await until(async () => await here.getByRole('button', { name: 'Open stacks' }).count() === 0, 'nothing is left to open')
  await shows(3)
  assert.deepEqual(await Promise.all(ids.map(async (id) => (await asset(alder, id)).marks.stack)), ['', '', ''])
  await here.close()
})

test('a saved search that went with one click is there again with another', async () => {
  await ring.send('POST', `${alder.url}/api/v1/searches`, { name: 'Raw ones', q: 'tag:raw' })
  const here = await open(alder, '/library')
  await here.getByRole('button', { name: 'Delete the saved search Raw ones' }).click()
  await until(async () => (await ring.get<SavedSearchList>(`${birch.url}/api/v1/searches`)).searches.length === 0, 'it is gone everywhere')
  await here.getByRole('button', { name: 'Undo' }).click()
  await here.getByRole('button', { name: 'Raw ones', exact: true }).waitFor()
  await until(async () => (await ring.get<SavedSearchList>(`${birch.url}/api/v1/searches`)).searches[0]?.q === 'tag:raw', 'with what it searched for')
  await here.close()
})

test('no page complained of anything', () => assert.deepEqual(complaints, []))

test.run()
