// needs: ffmpeg
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ImportResult, LinkMade, NewLink } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import { cookiesOf, testPlace, type TestPlace } from '../../support/accounts-server.ts'
import { createMediaFolder, type MediaFolder } from '../../support/media-folder.ts'
import { until } from '../../support/until.ts'

const test = suite<{ place: TestPlace; media: MediaFolder; film: AssetId; photo: AssetId }>('share links')
const run = promisify(execFile)

test.before(async (context) => { context.media = await createMediaFolder(['day1/a.mp4', 'stills/photo.jpg']) })
test.after(async ({ media }) => media.remove())
test.before.each(async (context) => {
  context.place = await testPlace()
  await context.place.records.put('albums', 'wedding', { name: 'Wedding' })
  for (const [key, name] of [['film', 'day1/a.mp4'], ['photo', 'stills/photo.jpg']] as const) {
    const answer = await context.place.ask(`/api/v1/assets?name=${name}`, { method: 'POST', token: context.place.adminToken, body: await readFile(context.media.path(name)), headers: { 'content-type': 'application/octet-stream' } })
    context[key] = answer.json<{ results: ImportResult[] }>().results[0]!.assetId as AssetId
    const known = context.place.library.assets.get(context[key])!
    const poster = (await context.place.library.ring.blobs.put([await readFile(context.media.path('stills/photo.jpg'))] as never)).id
    context.place.library.assets.set(context[key], { ...known, albums: ['wedding'], poster, facts: { ...known.facts, kind: key === 'film' ? 'video' : 'image', mime: key === 'film' ? 'video/mp4' : 'image/jpeg' } })
  }
})
test.after.each(async ({ place }) => place.end())

async function share(place: TestPlace, link: NewLink): Promise<LinkMade> {
  const answer = await place.ask('/api/v1/links', { token: place.adminToken, body: link })
  assert.is(answer.status, 201, answer.body.toString())
  return answer.json<LinkMade>()
}

test('whoever has the address sees the album without an account, and nothing that is not in it', async ({ place, film, photo }) => {
  const { path } = await share(place, { album: 'wedding', title: 'The <wedding>', download: true })
  const page = await place.ask(path)
  assert.is(page.status, 200)
  assert.match(page.body.toString(), /The &#60;wedding&#62;/)
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'/)
  assert.is(page.headers['referrer-policy'], 'same-origin', 'the address goes to nobody else')
  for (const id of [film, photo]) assert.ok(page.body.toString().includes(`${path}/${id}/poster`))
  assert.is((await place.ask(`${path}/${film}/original`)).headers['content-disposition']?.toString().startsWith('attachment'), true)
  for (const range of ['bytes=10-19', 'bytes=0-9']) assert.is((await place.ask(`${path}/${film}/view`, { headers: { range } })).status, 206)
  const told = (await place.accounts.audit.read({})).filter(({ targets }) => targets.includes(film)).map(({ kind, action, count }) => [kind, action, count])
  assert.equal(told.sort(), [['link', 'looked at an original that was shared', 1], ['link', 'took an original that was shared', 1]])
  await place.library.ring.catalog.editAsset(photo, { removeAlbums: ['wedding'] })
  for (const part of ['', '/poster', '/view', '/original']) assert.is((await place.ask(`${path}/${photo}${part}`)).status, 404, part)
  assert.is((await place.ask(`${path}/${'0'.repeat(64)}`)).status, 404)
  for (const api of ['/api/v1/assets', `/api/v1/assets/${film}`, '/api/v1/session']) assert.is((await place.ask(api)).status, 401)
})

test('what a link to an album with a rule shows is what the rule finds now', async ({ place, film, photo }) => {
  await place.records.put('albums', 'films', { name: 'Films', kind: 'rule', rule: 'type:video' })
  const { path } = await share(place, { album: 'films', download: true })
  const shown = async (): Promise<boolean[]> => {
    const page = (await place.ask(path)).body.toString()
    return [film, photo].map((id) => page.includes(`${path}/${id}/poster`))
  }
  assert.equal(await shown(), [true, false])
  for (const part of ['', '/poster', '/view', '/original']) assert.equal([(await place.ask(`${path}/${film}${part}`)).status < 300, (await place.ask(`${path}/${photo}${part}`)).status], [true, 404], part)
  await place.records.put('albums', 'films', { rule: 'type:image' })
  assert.equal(await shown(), [false, true])
  assert.is((await place.ask(`${path}/${film}/original`)).status, 404)
  await place.records.put('albums', 'films', { rule: null })
  assert.equal(await shown(), [false, false], 'no rule finds nothing, and not everything')
  await place.records.remove('albums', 'films')
  assert.match((await place.ask(path)).body.toString(), /nothing here any more/)
})

test('an album that is not there is not shared, and what a rule finds not by whoever sees single albums only', async ({ place }) => {
  const unknown = await place.ask('/api/v1/links', { token: place.adminToken, body: { album: 'nowhere' } })
  assert.equal([unknown.status, /there is no album nowhere/.test(unknown.body.toString())], [404, true])
  await place.records.put('albums', 'films', { name: 'Films', kind: 'rule', rule: 'type:video' })
  await place.accounts.users.create({ name: 'guest', password: 'four words of mine', role: 'editor', limited: true, albums: [{ album: 'films', may: 'see' }, { album: 'wedding', may: 'see' }] })
  const { access } = await place.accounts.signIn('guest', 'four words of mine', '127.0.0.1')
  const statusOf = async (album: string): Promise<number> => (await place.ask('/api/v1/links', { token: access, body: { album } })).status
  assert.equal([await statusOf('films'), await statusOf('wedding'), await statusOf('nowhere')], [403, 201, 403])
})

test('a link is closed when it expires, when it is revoked, and when its secret is guessed, each with a word', async ({ place, film }) => {
  const { path, link } = await share(place, { assets: [film], expiresMs: Date.now() + 5_000 })
  assert.is((await place.ask(path)).status, 200)
  const wrong = await place.ask(`${path.slice(0, -1)}${path.endsWith('A') ? 'B' : 'A'}`)
  assert.equal([wrong.status, /no such link/.test(wrong.body.toString())], [404, true])
  await place.ask(`/api/v1/links/${link.id}/revoke`, { method: 'POST', token: place.adminToken })
  const revoked = await place.ask(`${path}/${film}/poster`)
  assert.equal([revoked.status, /was closed/.test(revoked.body.toString())], [410, true])
  const { link: other, path: late } = await share(place, { assets: [film] })
  await place.records.put('links', other.id, { expiresMs: Date.now() - 1 })
  assert.match((await place.ask(late)).body.toString(), /has expired/)
  const guesses = await Promise.all(Array.from({ length: 30 }, () => place.ask(`/s/${'0'.repeat(16)}${'a'.repeat(43)}`)))
  assert.ok(guesses.some(({ status }) => status === 429))
  assert.not.ok(JSON.stringify(place.records.list('links')).includes(path.slice(-43)))
})

test('a password is asked for before anything is shown, guessing is slowed, and a new one shuts out who knew the old', async ({ place, film }) => {
  const { path, link } = await share(place, { assets: [film], password: 'lily pond', download: true })
  for (const part of ['', `/${film}`, `/${film}/poster`, `/${film}/view`, `/${film}/original`]) assert.is((await place.ask(path + part)).status, 401, part)
  assert.is((await place.ask(path, { form: { password: 'lily' } })).status, 401)
  const opened = await place.ask(path, { form: { password: 'lily pond' } })
  assert.equal([opened.status, opened.headers['location']], [303, path])
  const cookie = cookiesOf(opened)
  assert.is((await place.ask(`${path}/${film}/original`, { cookie })).status, 200)
  const other = await share(place, { assets: [film], password: 'other one' })
  assert.is((await place.ask(other.path, { cookie: cookie.replace(link.id, other.link.id) })).status, 401, 'what opened one opens no other')
  assert.is((await place.ask(path, { form: { password: 'lily pond' }, headers: { origin: 'http://evil.example' } })).status, 403)
  await place.records.put('links', link.id, { password: place.records.find('links', other.link.id)!.fields['password'] })
  assert.is((await place.ask(path, { cookie })).status, 401)
  const guesses = await Promise.all(Array.from({ length: 9 }, (_, n) => place.ask(path, { form: { password: `guess ${n}` } })))
  assert.ok(guesses.filter(({ status }) => status === 429).length >= 3)
})

test('without download nobody gets at the original, and the watermark is in every picture that is shown', async ({ place, media, film, photo }) => {
  const plain = await share(place, { album: 'wedding' })
  const marked = await share(place, { album: 'wedding', watermark: "Client's copy: 100% %{pts} \\ [in]" })
  const original = await readFile(media.path('stills/photo.jpg'))
  const bytes = async (path: string): Promise<Buffer> => {
    const answer = await place.ask(path)
    assert.is(answer.status, 200, answer.body.toString().slice(0, 300))
    return answer.body
  }
  for (const { path } of [plain, marked]) {
    for (const id of [film, photo]) assert.is((await place.ask(`${path}/${id}/original`)).status, 401)
    assert.not.ok((await bytes(`${path}/${photo}/view`)).equals(original))
    assert.not.ok((await bytes(`${path}/${photo}`)).includes('original'))
  }
  const [bare, drawn] = [await bytes(`${plain.path}/${photo}/view`), await bytes(`${marked.path}/${photo}/view`)]
  assert.ok(await difference(bare, drawn) > 2, 'a picture')
  assert.ok(await difference(await bytes(`${plain.path}/${photo}/poster`), await bytes(`${marked.path}/${photo}/poster`)) > 2, 'a poster')
  await until(async () => !(await bytes(`${marked.path}/${film}`)).includes('being made ready'), 'the film is made', 60_000)
  assert.ok(await difference(await bytes(`${plain.path}/${film}/view`), await bytes(`${marked.path}/${film}/view`), ['-ss', '0.6']) > 2, 'a film')
})

test('what can not be shown says so and lets nothing through', async ({ place, film }) => {
  const known = place.library.assets.get(film)!
  const { id } = await place.library.ring.blobs.put([Buffer.from('this is no film at all'.repeat(9))] as never)
  place.library.assets.set(film, { ...known, facts: { ...known.facts, blob: id } })
  const { path } = await share(place, { assets: [film], watermark: 'mine' })
  for (const part of [`/${film}`, `/${film}/view`]) {
    const answer = await until(async () => {
      const said = await place.ask(path + part)
      return said.body.includes('being made ready') ? undefined : said
    }, 'it was tried', 60_000)
    assert.equal([answer.status, /can not be shown/.test(answer.body.toString())], [422, true])
  }
})

test('an editor has the own links, an administrator all', async ({ place, film }) => {
  const { accounts } = place
  for (const name of ['one', 'two']) await accounts.users.create({ name, password: 'four words of mine', role: 'editor' })
  const [one, two] = [(await accounts.signIn('one', 'four words of mine', '127.0.0.1')).access, (await accounts.signIn('two', 'four words of mine', '127.0.0.1')).access]
  const { link } = (await place.ask('/api/v1/links', { token: one, body: { assets: [film] } })).json<LinkMade>()
  const count = async (token: string) => (await place.ask('/api/v1/links', { token })).json<{ links: unknown[] }>().links.length
  assert.equal([await count(one), await count(two), await count(place.adminToken)], [1, 0, 1])
  assert.is((await place.ask(`/api/v1/links/${link.id}/revoke`, { method: 'POST', token: two })).status, 404)
  assert.is((await place.ask(`/api/v1/links/${link.id}`, { method: 'DELETE', token: one })).status, 204)
})

/** Mean difference of two pictures, of 255. */
async function difference(one: Buffer, other: Buffer, seek: string[] = []): Promise<number> {
  const [a, b] = await Promise.all([one, other].map(grey))
  assert.is(a!.length, b!.length)
  assert.ok(a!.length > 0)
  return a!.reduce((sum, value, at) => sum + Math.abs(value - b![at]!), 0) / a!.length

  async function grey(bytes: Buffer): Promise<Buffer> {
    const folder = await mkdtemp(join(tmpdir(), 'thatdam-share-'))
    try {
      await writeFile(`${folder}/in`, bytes)
      const { stdout } = await run('/usr/bin/ffmpeg', ['-v', 'error', ...seek, '-i', `${folder}/in`, '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'], { encoding: 'buffer', maxBuffer: 64_000_000 })
      return stdout
    } finally {
      await rm(folder, { recursive: true })
    }
  }
}

test.run()
