// needs: chromium ffmpeg
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ApiKeyMade, AssetList, AuditList, ImportResult, InviteView, SessionTokensView, SessionView, UserList } from '#protocols/http.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { run, Thatdam } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { buildPages, openBrowser, openPage } from '../web/browser.ts'

interface Context { dir: string; alder: Thatdam; birch: Thatdam; url: string; other: string; token: string; browser: Browser; media: MediaFolder; page: Page; guest: string }
const test = suite<Context>('people of a ring')
const PASSWORD = 'harbour lantern nine'

async function call<T>(method: string, url: string, token: string, body?: unknown): Promise<{ status: number; json: T }> {
  const answer = await fetch(url, { method, headers: { ...token !== '' && { authorization: `Bearer ${token}` }, ...body !== undefined && { 'content-type': 'application/json' } }, ...body !== undefined && { body: JSON.stringify(body) }, signal: AbortSignal.timeout(20_000) })
  const text = await answer.text()
  return { status: answer.status, json: (text === '' ? null : JSON.parse(text)) as T }
}

const printed = (node: Thatdam, form: RegExp): Promise<string> => until(() => form.exec(node.stderr)?.[1], `the node prints ${form}`)
const start = (dir: string, name: string, http: string, ...flags: string[]): Thatdam => new Thatdam(['node', '--data', join(dir, name), '--name', name, '--http', http, '--listen', '/ip4/127.0.0.1/tcp/0', '--no-mdns', '--json', ...flags])
const urlOf = async (node: Thatdam): Promise<string> => String((await node.event('ready'))['http']).replace('0.0.0.0', '127.0.0.1')

test.before(async (context) => {
  await buildPages()
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-people-'))
  context.media = await createMediaFolder(['day1/a.mp4'])
  context.alder = start(context.dir, 'alder', '0.0.0.0:0')
  context.url = await urlOf(context.alder)
  context.token = await printed(context.alder, /keep it\): (td_\S+)/)
  context.browser = await openBrowser()
})
test.after(async ({ dir, alder, birch, browser, media }) => {
  await browser?.close()
  await Promise.all([alder, birch].map((node) => node?.running ? node.stop() : undefined))
  await media?.remove()
  await rm(dir, { recursive: true, force: true })
})

test('a node that others reach asks who they are without being told to, and the first visit makes the administrator with the code from its terminal', async (context) => {
  const { url, alder, browser } = context
  assert.is((await call('GET', `${url}/api/v1/ring`, '')).status, 401)
  const { page } = await openPage(browser, url)
  context.page = page
  assert.is(new URL(page.url()).pathname, '/setup')
  const code = await printed(alder, /ten minutes\): (\S+)/)
  await page.getByLabel('Code from the terminal').fill('AAAA-AAAA')
  await page.getByLabel('Your name').fill('Maren')
  await page.getByLabel(/^Password/).fill(PASSWORD)
  await page.getByRole('button', { name: 'Make the first account' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel('Code from the terminal').fill(code)
  await page.getByLabel(/^Password/).fill(PASSWORD)
  await page.getByRole('button', { name: 'Make the first account' }).click()
  await page.getByRole('button', { name: 'Account Maren' }).waitFor()
})

test('a viewer is added on the page, signs in on another node, and is refused on both as soon as one disables the account', async (context) => {
  const { page, url, token, dir } = context
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'Add a person' }).click()
  await page.getByLabel('Name').fill('Guest')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  const password = await page.getByRole('dialog').locator('pre').innerText()
  context.guest = password
  await page.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('cell', { name: 'Guest', exact: true }).waitFor()

  const { invite } = (await call<InviteView>('POST', `${url}/api/v1/invites`, token, { role: 'node' })).json
  context.birch = start(dir, 'birch', '127.0.0.1:0', '--auth', '--join', invite)
  context.other = await urlOf(context.birch)
  const signedIn = await until(async () => {
    const answer = await call<SessionTokensView>('POST', `${context.other}/api/v1/session`, '', { name: 'guest', password })
    return answer.status === 200 ? answer.json : undefined
  }, 'the account is known on the other node')
  const me = (node: string) => call<SessionView>('GET', `${node}/api/v1/session`, signedIn.accessToken)
  assert.equal((await me(context.other)).json.role, 'viewer')
  assert.is((await me(url)).status, 200, 'and its token is good here')
  assert.is((await call('POST', `${url}/api/v1/invites`, signedIn.accessToken, { role: 'node' })).status, 403)
  assert.is((await fetch(`${context.other}/login`)).redirected, false, 'nobody is asked to set up a ring that has accounts')

  const admin = (await call<SessionTokensView>('POST', `${context.other}/api/v1/session`, '', { name: 'Maren', password: PASSWORD })).json.accessToken
  const { users } = (await call<UserList>('GET', `${context.other}/api/v1/users`, admin)).json
  const guest = users.find(({ name }) => name === 'Guest')!
  assert.is((await call('PATCH', `${context.other}/api/v1/users/${guest.id}`, admin, { disabled: true })).status, 200)
  assert.is((await me(context.other)).status, 401)
  await until(async () => (await me(url)).status === 401, 'refused here, too')
  assert.is((await call('POST', `${url}/api/v1/session`, '', { name: 'guest', password })).status, 401)
})

test('a clip is shared with a password; a stranger who has both sees it with its watermark and not the original', async ({ page, url, token, browser, media }) => {
  const bytes = await readFile(media.path('day1/a.mp4'))
  const answer = await fetch(`${url}/api/v1/assets?name=a.mp4`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' }, body: bytes })
  const id = (await answer.json() as { results: ImportResult[] }).results[0]?.assetId
  await page.goto(`${url}/library/${id}`)
  await page.getByRole('button', { name: 'Share' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/^What visitors read/).fill('Dailies')
  await dialog.getByLabel(/^Password/).fill('lily pond')
  await dialog.getByLabel(/^Watermark/).fill('For review')
  await dialog.getByRole('button', { name: 'Make the link' }).click()
  const address = await dialog.locator('pre').innerText()
  assert.ok(address.startsWith(`${url}/s/`), address)

  const stranger = (await openPage(browser, address)).page
  await stranger.getByLabel('Password').fill('lily pad')
  await stranger.getByRole('button', { name: 'Open' }).click()
  await stranger.getByText('That is not the password').waitFor()
  await stranger.getByLabel('Password').fill('lily pond')
  await stranger.getByRole('button', { name: 'Open' }).click()
  await stranger.getByRole('heading', { name: 'Dailies' }).waitFor()
  await stranger.getByRole('link', { name: 'a.mp4' }).click()
  await stranger.locator('video').waitFor({ timeout: 60_000 })
  await until(async () => await stranger.evaluate('document.querySelector("video").videoWidth') === 320, 'the film plays', 60_000)
  const cookies = await stranger.context().cookies()
  const asked = await fetch(`${address}/${id}/original`, { headers: { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') } })
  assert.is(asked.status, 401)
  assert.is((await fetch(`${url}/api/v1/assets/${id}`, { headers: { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') } })).status, 401)
  await stranger.context().close()
})

test('accounts and keys are managed from the command line', async ({ url, token }) => {
  const node = ['--node', url, '--token', token, '--json']
  const added = await run('user', 'add', 'Cart', '--role', 'editor', ...node)
  assert.is(added.code, 0, added.stderr)
  assert.match(added.stdout, /"password":"[a-z0-9]{4}-/)
  const key = JSON.parse((await run('token', 'create', 'cart', '--scope', 'ingest', '--expires', '1h', ...node)).stdout) as ApiKeyMade
  assert.is((await call('GET', `${url}/api/v1/assets`, key.token)).status, 403)
  assert.is((await run('token', 'revoke', 'cart', ...node)).code, 0)
  assert.is((await call('GET', `${url}/api/v1/assets`, key.token)).status, 401)
  assert.is((await run('user', 'disable', 'nobody', ...node)).code, 1)
  assert.is((await run('user', 'list', '--node', url, '--json')).code, 1, 'without a token')
})

test('what somebody did on one node they undo with the keys on the page of another', async ({ page, url, other }) => {
  const { accessToken } = (await call<SessionTokensView>('POST', `${other}/api/v1/session`, '', { name: 'Maren', password: PASSWORD })).json
  const first = async (node: string) => (await call<AssetList>('GET', `${node}/api/v1/assets`, accessToken)).json.assets[0]
  const clip = await until(() => first(other), 'the other node knows the clip')
  assert.is((await call('PATCH', `${other}/api/v1/assets/${clip.id}`, accessToken, { title: 'Harbour at dawn' })).status, 200)
  await until(async () => (await first(url))?.title === 'Harbour at dawn', 'this node knows it, too')
  await page.goto(`${url}/library`)
  await page.keyboard.press('Control+z')
  await page.getByText('Undone: title: Harbour at dawn.').waitFor()
  await until(async () => (await first(url))?.title !== 'Harbour at dawn', 'it has its old title')
  await page.getByRole('button', { name: 'Redo' }).click()
  await until(async () => (await first(other))?.title === 'Harbour at dawn', 'and the new one again')
})

test('the audit log tells what was done on both nodes, without a secret, and which node is silent', async ({ url, token, birch, page, guest, alder }) => {
  const audit = async (text = '') => (await call<AuditList>('GET', `${url}/api/v1/audit?limit=500&text=${encodeURIComponent(text)}`, token)).json
  const { entries, silent } = await until(async () => {
    const list = await audit()
    return list.entries.some(({ node, action }) => node === 'birch' && action === 'PATCH /api/v1/users/:id') ? list : undefined
  }, 'the other node tells')
  assert.equal(silent, [])
  for (const action of ['made the first account', 'setting up refused', 'POST /api/v1/users', 'POST /api/v1/links', 'wrong password of a shared link', 'looked at what was shared']) assert.ok(entries.some((entry) => entry.action === action), action)
  const told = JSON.stringify(entries)
  for (const secret of [PASSWORD, guest, token, 'lily pond', '/s/']) assert.not.ok(told.includes(secret), secret)
  assert.not.ok(alder.stderr.includes(PASSWORD))
  await birch.kill()
  await until(async () => (await audit()).silent.includes('birch'), 'the silent node is named', 60_000)
  await page.goto(`${url}/settings/audit`)
  await page.getByRole('cell', { name: 'made the first account' }).waitFor()
  await page.keyboard.press('Control+z')
  await page.getByText(/nothing of yours to undo.*birch does not answer/).waitFor()
})

test('whoever signs out is out', async ({ page, url }) => {
  await page.goto(`${url}/settings`)
  await page.getByRole('button', { name: 'Account Maren' }).click()
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
  await page.goto(`${url}/library`)
  assert.is(new URL(page.url()).pathname, '/login')
  await page.getByLabel('Name').fill('maren')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'Account Maren' }).waitFor()
})

test.run()
