// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { FoundView, MomentList } from '#protocols/http.ts'
import type { AssetId, CameraId } from '#protocols/ids.ts'
import { blocks } from '../../../node/cli/terminal-picture.ts'
import { coverageView } from '../../../node/http/moment-views.ts'
import { momentRoutes } from '../../../node/http/routes/moments.ts'
import type { Found, MomentQuery, Moments } from '../../../node/understanding/moments/moments.ts'
import { createPictureVectors } from '../../../node/understanding/moments/picture-vectors.ts'
import type { SpaceId } from '../../../node/understanding/space.ts'
import { testPlace, type TestPlace } from '../../support/accounts-server.ts'

const test = suite('moments over HTTP')
const PASSWORD = 'four words of mine'
const PROGRAM = join(import.meta.dirname, '../../../node/bin/thatdam.js')
const PORCH = 'porch' as CameraId

let place: TestPlace
let token: string
const ids: Record<string, AssetId> = {}
let asked: MomentQuery | undefined
let answer: Found[] = []

/** Answers what it is told to, and remembers what it was asked. */
const moments: Moments = {
  async search(query) {
    asked = query
    return { found: answer.filter(({ subject }) => subject.kind === 'camera' || (query.maySee?.(subject.id) ?? true)), coverage: { understoodMs: 5_400_000, totalMs: 7_200_000, silent: ['cedar'], off: ['no model reads words'] } }
  }
}
/** Sees the mean colour. */
const eye = {
  whyNoVectors: () => undefined,
  async embedPictures([picture]: ReadonlyArray<{ rgb: Uint8Array }>) {
    const sums = [0, 1, 2].map((part) => picture!.rgb.reduce((sum, value, at) => sum + (at % 3 === part ? value : 0), 0))
    return { space: 'rgb-1' as SpaceId, dimensions: 3, values: Float32Array.from(sums, (sum) => sum * 3 / picture!.rgb.length) }
  }
}
const found = (id: AssetId, fromMs: number): Found => ({ subject: { kind: 'asset', id }, score: 0.9, moments: [{ level: 1, fromMs, toMs: fromMs + 2_500, pictureMs: fromMs + 100, score: 0.9, why: [{ sense: 'speech', text: 'to the \u001b[31mharbour', score: 0.5 }, { sense: 'picture', score: 0.3 }] }] })
const picture = (format: string, colour = 'red'): Buffer => execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `color=${colour}:s=1600x900`, '-frames:v', '1', '-f', 'image2pipe', '-c:v', format, '-'])

test.before(async () => {
  place = await testPlace({ more: (ring) => [momentRoutes({ catalog: Object.assign(ring.catalog, { cameras: () => [{ id: PORCH, name: 'Porch' }] }) as never, moments, pictureVector: createPictureVectors({ inference: eye as never }) })] })
  await place.records.put('albums', 'wedding', { name: 'Wedding' })
  for (const [name, album] of [['kiss', 'wedding'], ['plan', '']] as const) {
    const id = ids[name] = createHash('sha256').update(name).digest('hex') as AssetId
    assert.equal((await place.ask(`/api/v1/assets?name=${name}.mp4`, { method: 'POST', token: place.adminToken, body: name, headers: { 'content-type': 'video/mp4' } })).status, 200)
    if (album !== '') await place.library.ring.catalog.editAsset(id, { addAlbums: [album] })
  }
  await place.accounts.users.create({ name: 'Guest', password: PASSWORD, role: 'viewer', limited: true, albums: [{ album: 'wedding', may: 'see' }] })
  token = (await place.accounts.signIn('guest', PASSWORD, '127.0.0.1')).access
})
test.after(async () => { await place?.end() })
test.before.each(() => {
  asked = undefined
  answer = [found(ids['kiss']!, 83_500), found(ids['plan']!, 0), { ...found(ids['kiss']!, 1_000), subject: { kind: 'camera', id: PORCH } }]
})

const ask = (path: string, headers: Record<string, string> = {}, as = place.adminToken) => place.ask(path, { token: as, headers })

test('a question is asked as it was meant, and what was found says what it is, when, why and where its picture is', async () => {
  const list = (await ask(`/api/v1/search?q=harbour&level=1,2&sense=speech,picture&filter=tag:sea&from=2026-01-01T00:00:00Z&to=1800000000000&limit=5&within=camera:porch`)).json<MomentList>()
  assert.deepEqual(asked, { text: 'harbour', levels: [1, 2], senses: ['speech', 'picture'], filter: 'tag:sea', within: { kind: 'camera', id: PORCH }, fromMs: Date.parse('2026-01-01T00:00:00Z'), toMs: 1_800_000_000_000, limit: 5 })
  const [kiss, , porch] = list.found
  assert.deepEqual(kiss!.subject, { kind: 'asset', id: ids['kiss'], title: 'kiss.mp4', mediaKind: 'video', durationMs: null })
  assert.deepEqual([kiss!.moments[0]?.picture, porch!.subject.title, porch!.moments[0]?.picture], [`/api/v1/assets/${ids['kiss']}/picture?at=83600`, 'Porch', '/api/v1/cameras/porch/thumbnail?at=1100&width=480'])
  assert.equal(list.coverage.text, '75 % of 2 h understood; node cedar did not answer')
})

test('of an empty ring nothing is said to be understood', () => {
  const coverage = { understoodMs: 0, totalMs: 0, silent: [], off: [] }
  assert.deepEqual([coverageView(coverage).text, coverageView({ ...coverage, silent: ['cedar'] }).text], ['there is nothing yet to be looked into', 'there is nothing yet to be looked into; node cedar did not answer'])
})

test('line by line it is the same, the coverage last', async () => {
  const { headers, body } = await ask('/api/v1/search?q=harbour', { accept: 'application/x-ndjson' })
  const lines = body.toString().trim().split('\n').map((line) => JSON.parse(line) as FoundView & { text?: string })
  assert.match(String(headers['content-type']), /x-ndjson/)
  assert.deepEqual([lines.length, lines[0]?.subject.id, lines[3]?.text], [4, ids['kiss'], '75 % of 2 h understood; node cedar did not answer'])
})

test('who may see some albums finds what is in those, no camera, and learns of nothing else', async () => {
  const list = (await ask('/api/v1/search?q=harbour', {}, token)).json<MomentList>()
  assert.deepEqual(asked?.albums, ['wedding'])
  assert.deepEqual(list.found.map(({ subject }) => subject.id).filter((id) => id !== PORCH), [ids['kiss']]) // the ring answers for cameras: see its own test
  assert.equal((await ask(`/api/v1/assets/${ids['kiss']}/moments?q=x`, {}, token)).status, 200)
  asked = undefined
  const nowhere = '0'.repeat(64)
  for (const path of [`assets/${ids['plan']}/moments?q=x`, `assets/${nowhere}/moments?q=x`, `search?q=x&within=${ids['plan']}`, `search?like=${ids['plan']}@5`, 'search?like=camera:porch@5', 'search?q=x&within=camera:porch']) assert.equal((await ask(`/api/v1/${path}`, {}, token)).status, 404, path)
  assert.equal(asked, undefined)
})

test('what can not be meant is refused before anything is asked', async () => {
  for (const path of ['search?q=x&level=3', 'search?q=x&like=nonsense', 'search?q=x&within=nonsense', 'search?q=x&from=soon', 'search?q=x&limit=0', `search?q=${'x'.repeat(501)}`, 'search?q=x&limit=201']) assert.equal((await ask(`/api/v1/${path}`)).status, 400, path)
  assert.equal((await place.ask('/api/v1/search?q=x')).status, 401)
  assert.equal(asked, undefined)
})

test('a picture that is sent is decoded, looked at and compared; one that is none is refused', async () => {
  const send = (body: Buffer, type: string) => place.ask('/api/v1/search/picture?limit=3', { method: 'POST', token: place.adminToken, body, headers: { 'content-type': type } })
  for (const [format, type] of [['mjpeg', 'image/jpeg'], ['png', 'image/png']] as const) {
    assert.equal((await send(picture(format), type)).status, 200, type)
    const like = asked?.like as { space: string; vector: Float32Array }
    assert.deepEqual([like.space, [...like.vector].map((value) => value > 200), asked?.limit], ['rgb-1', [true, false, false], 3])
  }
  for (const body of [Buffer.from('hello'), Buffer.concat([picture('png').subarray(0, 60), Buffer.alloc(500, 7)])]) assert.equal((await send(body, 'image/png')).status, 422)
  assert.equal((await place.ask('/api/v1/search/picture', { method: 'POST', token: place.adminToken, body: 'text', headers: { 'content-type': 'text/plain' } })).status, 415)
})

async function thatdam(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [PROGRAM, ...args, '--node', place.url, '--token', place.adminToken], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], TZ: 'UTC' } })
  const ended = { code: -1, out: '', err: '' }
  child.stdout.on('data', (bytes) => { ended.out += bytes })
  child.stderr.on('data', (bytes) => { ended.err += bytes })
  const [code] = await once(child, 'close')
  return { ...ended, code }
}

test('on the command line it is a time, a name and a reason; names can not command the terminal', async () => {
  const { code, out, err } = await thatdam('search', 'the', 'harbour', '--like', `${ids['kiss']!.slice(0, 10)}@1:23.5`, '--sense', 'speech')
  assert.deepEqual([code, out.split('\n')], [0, [
    `kiss.mp4  ${ids['kiss']!.slice(0, 16)}`, '  0:01:23.500–0:01:26.000  0.90  speech “to the [31mharbour”; picture 0.30',
    `plan.mp4  ${ids['plan']!.slice(0, 16)}`, '  0:00:00.000–0:00:02.500  0.90  speech “to the [31mharbour”; picture 0.30',
    'Porch  camera:porch', '  1970-01-01 00:00:01–1970-01-01 00:00:03  0.90  speech “to the [31mharbour”; picture 0.30',
    '3 found; 75 % of 2 h understood; node cedar did not answer', ''
  ]])
  assert.equal(err, 'thatdam: no model reads words\n')
  assert.deepEqual(asked, { text: 'the harbour', like: { subject: { kind: 'asset', id: ids['kiss'] }, atMs: 83_500 }, senses: ['speech'] })
})

test('a file is searched for by what it shows, and a terminal that can is shown pictures', async () => {
  const file = join(place.folder, 'red.jpg')
  await writeFile(file, picture('mjpeg'))
  const { code, out } = await thatdam('search', '--picture', file, '--json')
  assert.deepEqual([code, (JSON.parse(out) as MomentList).found.length, 'space' in asked!.like!], [0, 3, true])
  const half = { width: 4, height: 4, rgb: Uint8Array.from({ length: 48 }, (_, at) => at < 24 ? (at % 3 === 0 ? 255 : 0) : (at % 3 === 2 ? 255 : 0)) }
  assert.equal(blocks(half, 1), '  \u001b[38;2;255;0;0m\u001b[48;2;0;0;255m▀\u001b[0m')
})

test('a command that says too little, or what can not be, is told so', async () => {
  for (const [args, why] of [[[], /say what to look for/], [['--like', 'x'], /--like/]] as const) {
    const { code, err } = await thatdam('search', ...args)
    assert.deepEqual([code, why.test(err)], [2, true], err)
  }
})

test.run()
