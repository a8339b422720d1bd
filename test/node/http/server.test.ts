import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AssetDetail, AssetList, ErrorBody, FolderView, ImportResult, JobView, RingView } from '#protocols/http.ts'
import type { Ring, Verification } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { MAX_INBOUND_MESSAGES } from '../../../node/http/events.ts'
import { createHttpServer, type HttpServer, type HttpServerInit } from '../../../node/http/server.ts'
import { createImporter } from '../../../node/library/importer.ts'
import { createJobs } from '../../../node/jobs/jobs.ts'
import { createFolderParts, type FolderParts } from '../../../node/folders/parts.ts'
import { folderRoutes } from '../../../node/http/routes/folders.ts'
import { createVerifyJobs } from '../../../node/library/verify-jobs.ts'
import { createSpool, type Spool } from '../../../node/library/spool.ts'
import { ALDER, createLibraryRing, type LibraryRing } from '../../support/library-ring.ts'

interface Context { folder: string; server: HttpServer; library: LibraryRing; spool: Spool; folders: FolderParts; url: string }
const test = suite<Context>('http server')

/** Everything but decoding is real: what starts with `bad` is refused. */
const prober = {
  probe: async (path: string) => (await readFile(path)).subarray(0, 3).toString() === 'bad'
    ? { refused: 'not a media file' }
    : { kind: 'video' as const, mime: 'video/mp4', probe: { container: 'mp4', durationMs: 1_000 }, poster: Buffer.from('\xff\xd8\xffposter', 'latin1') }
}

/** One node, on which one chunk of whatever is asked for is damaged and healed. */
const fakeVerification: Verification = {
  async chunks(ids, options) {
    options?.onProgress?.({ chunks: ids.length, bytes: 10 })
    return { nodes: [{ peerId: ALDER, answered: true, reason: undefined, chunks: ids.length, bytes: 10, good: ids.length - 1, damaged: 1, missing: 0, healed: 1 }], lost: [] }
  },
  everything: async () => ({ nodes: [{ peerId: ALDER, answered: false, reason: 'it is silent', chunks: 0, bytes: 0, good: 0, damaged: 0, missing: 0, healed: 0 }], lost: [] }),
  unheld: async (ids) => [...ids].slice(0, 1)
}

async function serverIn(folder: string, init: Partial<HttpServerInit> = {}): Promise<Pick<Context, 'server' | 'library' | 'spool' | 'folders' | 'url'>> {
  const library = createLibraryRing()
  const spool = createSpool({ folder: join(folder, 'tmp'), maxBytes: 5_000_000 })
  const importer = createImporter({ blobs: library.ring.blobs, catalog: library.ring.catalog, prober, self: ALDER, writing: () => () => {}, log: silentLog })
  const jobs = createJobs({ node: 'alder', log: silentLog })
  const ring = { ...library.ring, network: { serve() {} } as unknown as Ring['network'], writing: () => () => {} }
  const folders = createFolderParts({ ring, importer, jobs, log: silentLog }, { dataFolder: folder })
  await folders.start()
  await spool.start()
  const server = createHttpServer({
    ring: library.ring, importer, spool, scans: folders.scans, originals: folders.originals, jobs, metrics: createMetrics(), log: silentLog,
    copiesOf: async () => [{ peerId: ALDER, chunks: 3 }],
    lastVerifiedMs: () => 42,
    verifications: createVerifyJobs({ ring: { ...library.ring, chunks: { get: async () => Buffer.of() }, verification: fakeVerification }, originals: folders.originals, jobs }),
    cameras: () => ({ cameras: [], nowMs: 1 }),
    recordings: (camera, fromMs, toMs) => ({ camera, fromMs, toMs, spans: [], gaps: [], hours: [] })
  }, { listen: '127.0.0.1:0', webRoot: join(folder, 'web'), plugins: [folderRoutes({ ring, parts: folders })], ...init })
  await server.start()
  return { server, library, spool, folders, url: server.url }
}

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'thatdam-http-'))
  Object.assign(context, await serverIn(context.folder))
})
test.after.each(async ({ folder, server, folders, spool }) => {
  await server.stop()
  await folders.stop()
  await spool.stop()
  await rm(folder, { recursive: true })
})

interface Answer { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }

/** fetch() hides and forbids the very headers these tests are about. */
async function ask(url: string, path: string, options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {}): Promise<Answer> {
  const { host, port } = new URL(url)
  const request = httpRequest({ host: '127.0.0.1', port, path, method: options.method ?? 'GET', headers: { host, ...options.headers }, agent: false })
  request.end(options.body)
  const [response] = await once(request, 'response')
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part)
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }
}

const json = <T>({ body }: Answer): T => JSON.parse(body.toString()) as T
const codeOf = (answer: Answer): string => json<ErrorBody>(answer).error.code
const CONTENT = randomBytes(2_500_000)
const ID = createHash('sha256').update(CONTENT).digest('hex')

async function upload(url: string, name: string, body: string | Buffer = CONTENT): Promise<ImportResult> {
  const answer = await ask(url, `/api/v1/assets?name=${encodeURIComponent(name)}`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body })
  assert.is(answer.status, 200, answer.body.toString())
  return json<{ results: ImportResult[] }>(answer).results[0]!
}

test('what is uploaded comes out byte for byte, whole and in ranges', async ({ url }) => {
  assert.equal(await upload(url, 'day 1/clip.mp4'), { path: 'day 1/clip.mp4', outcome: 'imported', assetId: ID, copies: 1, reason: null })
  const path = `/api/v1/assets/${ID}/content`
  const whole = await ask(url, path)
  assert.equal([whole.status, whole.headers['etag'], whole.headers['content-type'], whole.headers['accept-ranges']], [200, `"${ID}"`, 'video/mp4', 'bytes'])
  assert.ok(whole.body.equals(CONTENT))
  for (const [range, start, end] of [['bytes=0-0', 0, 1], ['bytes=1048570-1048580', 1_048_570, 1_048_581], ['bytes=-7', CONTENT.length - 7, CONTENT.length], ['bytes=2499990-9999999', 2_499_990, CONTENT.length]] as const) {
    const part = await ask(url, path, { headers: { range } })
    assert.equal([part.status, part.headers['content-range'], part.headers['content-length']], [206, `bytes ${start}-${end - 1}/${CONTENT.length}`, String(end - start)])
    assert.ok(part.body.equals(CONTENT.subarray(start, end)), range)
  }
  const head = await ask(url, path, { method: 'HEAD' })
  assert.equal([head.status, head.headers['content-length'], head.body.length], [200, String(CONTENT.length), 0])
  assert.is((await ask(url, path, { headers: { 'if-none-match': `"${ID}"` } })).status, 304)
  assert.is((await ask(url, path, { headers: { range: 'bytes=0-9', 'if-range': '"other"' } })).status, 200)
  const beyond = await ask(url, path, { headers: { range: `bytes=${CONTENT.length}-` } })
  assert.equal([beyond.status, beyond.headers['content-range'], codeOf(beyond)], [416, `bytes */${CONTENT.length}`, 'ERR_RANGE'])
})

test('a multipart upload brings in several files with their folders, and refuses the bad one alone', async ({ url, folder }) => {
  const form = new FormData()
  form.append('files', new Blob(['one']), 'card/day1/a.mp4')
  form.append('files', new Blob(['bad']), 'card/b.mp4')
  const answer = await fetch(`${url}/api/v1/assets`, { method: 'POST', body: form })
  const { results } = await answer.json() as { results: ImportResult[] }
  assert.equal(results.map(({ path, outcome }) => [path, outcome]), [['card/day1/a.mp4', 'imported'], ['card/b.mp4', 'refused']])
  assert.equal(await readdir(join(folder, 'tmp')), [])
})

test('a hostile name is a name and nothing else', async ({ url, folder }) => {
  const { path, assetId } = await upload(url, '../../../etc/cron.d/x"\r\nset-cookie: a=b\u202E.mp4', 'x')
  assert.is(path, 'etc/cron.d/x"set-cookie: a=b.mp4')
  assert.equal(await readdir(folder), ['tmp'])
  const { headers } = await ask(url, `/api/v1/assets/${assetId}/content?download=1`)
  assert.is(headers['content-disposition'], `attachment; filename="x_set-cookie: a=b.mp4"; filename*=UTF-8''x%22set-cookie%3A%20a%3Db.mp4`)
  assert.is(headers['set-cookie'], undefined)
})

test('an upload that is too large, has no name or no file is refused and leaves nothing', async ({ url, folder, library }) => {
  const large = await ask(url, '/api/v1/assets?name=a.mp4', { method: 'POST', headers: { 'content-type': 'video/mp4' }, body: Buffer.alloc(5_000_001) }).catch((err) => err.code)
  assert.ok(large === 'EPIPE' || large === 'ECONNRESET' || large.status === 413, String(large.status ?? large))
  assert.is((await ask(url, '/api/v1/assets', { method: 'POST', headers: { 'content-type': 'video/mp4' }, body: 'x' })).status, 400)
  assert.is((await ask(url, '/api/v1/assets', { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--\r\n' })).status, 400)
  assert.equal(await readdir(join(folder, 'tmp')), [])
  assert.is(library.assets.size, 0)
})

test('an asset and everything can be verified, as a job that says what each node found and what is lost', async ({ url }) => {
  await upload(url, 'clip.mp4')
  const follow = async (path: string): Promise<JobView> => {
    const begun = await ask(url, path, { method: 'POST' })
    assert.is(begun.status, 202, begun.body.toString())
    let job = json<JobView>(begun)
    assert.is(begun.headers['location'], `/api/v1/jobs/${job.id}`)
    for (const until = Date.now() + 30_000; job.state === 'running' && Date.now() < until;) job = json<JobView>(await ask(url, `/api/v1/jobs/${job.id}`))
    return job
  }
  const one = await follow(`/api/v1/assets/${ID}/verify`)
  assert.equal([one.kind, one.state, one.title, one.verify?.lost], ['verify', 'done', 'clip.mp4', 0])
  assert.equal(one.verify?.nodes.map(({ node, answered, damaged, healed }) => [node, answered, damaged, healed]), [['alder', true, 1, 1]])
  const all = await follow('/api/v1/verify')
  assert.is(all.verify?.lost, 1, 'a chunk that the library needs and nobody holds')
  assert.equal(all.verify?.nodes.map(({ answered, reason }) => [answered, reason]), [[false, 'it is silent']])
  assert.is(json<{ jobs: JobView[] }>(await ask(url, '/api/v1/jobs')).jobs.length, 2)
  assert.is((await ask(url, `/api/v1/assets/${'0'.repeat(64)}/verify`, { method: 'POST' })).status, 404)
  assert.is((await ask(url, '/api/v1/assets/nonsense/verify', { method: 'POST' })).status, 400)
})

test('an asset is listed, found, edited, shown with its copies, and gone when deleted', async ({ url }) => {
  await upload(url, 'clip.mp4')
  const edit = await ask(url, `/api/v1/assets/${ID}`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ title: 'Harbour', rating: 4, addTags: ['sea'] }) })
  assert.is(edit.status, 200)
  assert.match(String(edit.headers['undo']), /^[0-9a-f-]{36}$/, 'what takes it back')
  const found = json<AssetList>(await ask(url, '/api/v1/assets?q=harbour'))
  assert.equal([found.total, found.assets[0]?.rating, found.assets[0]?.tags, found.cursor], [1, 4, ['sea'], null])
  assert.is(json<AssetList>(await ask(url, '/api/v1/assets?kind=audio')).total, 0)
  const detail = json<AssetDetail>(await ask(url, `/api/v1/assets/${ID}`))
  assert.is(detail.lastVerifiedMs, 42)
  assert.equal([detail.chunks, detail.copies, detail.locations], [3, [{ node: 'alder', alive: true, chunks: 3 }], [{ node: 'alder', path: 'clip.mp4' }]])
  assert.is((await ask(url, `/api/v1/assets/${ID}/poster`)).body.toString('latin1'), '\xff\xd8\xffposter')
  const sized = await Promise.all(['large', 'small', 'huge'].map((size) => ask(url, `/api/v1/assets/${ID}/poster?size=${size}`)))
  assert.equal(sized.map(({ status, headers }) => [status, headers['cache-control']]), [[200, 'private, max-age=86400'], [200, 'private, max-age=86400'], [400, sized[2]?.headers['cache-control']]])
  assert.is((await ask(url, `/api/v1/assets/${ID}`, { method: 'DELETE' })).status, 204)
  assert.is((await ask(url, `/api/v1/assets/${ID}/content`)).status, 404)
})

test('requests that are wrong are refused with a code and a sentence', async ({ url }) => {
  const patch = (body: string): Promise<Answer> => ask(url, `/api/v1/assets/${ID}`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body })
  const refusals: Array<[Promise<Answer>, number, string]> = [
    [ask(url, '/api/v1/assets/nonsense'), 400, 'ERR_INVALID_ID'], [ask(url, `/api/v1/assets/${ID}`), 404, 'ERR_NOT_FOUND'],
    [ask(url, '/api/v1/assets?limit=0'), 400, 'ERR_INVALID_INPUT'], [ask(url, '/api/v1/assets?limit=many'), 400, 'ERR_INVALID_INPUT'],
    [patch('{"rating":9}'), 400, 'ERR_INVALID_INPUT'], [patch('{"rating":null}'), 400, 'ERR_INVALID_INPUT'], [patch('{"owner":"me"}'), 400, 'ERR_INVALID_INPUT'], [patch('{'), 400, 'ERR_INVALID_INPUT'],
    [patch(`{"notes":"${'x'.repeat(2_000_000)}"}`), 413, 'ERR_TOO_LARGE'], [ask(url, '/api/v1/jobs/none'), 404, 'ERR_NOT_FOUND'], [ask(url, '/api/v1/nothing'), 404, 'ERR_NOT_FOUND'],
    [ask(url, '/api/v1/cameras/-bad-/recordings'), 400, 'ERR_INVALID_ID'], [ask(url, '/api/v1/cameras/porch/recordings?from=5&to=1'), 400, 'ERR_INVALID_INPUT'],
    [ask(url, '/..%2f..%2f..%2fetc/passwd'), 404, 'ERR_NOT_FOUND'], [ask(url, '/%2e%2e/%2e%2e/etc/passwd'), 404, 'ERR_NOT_FOUND']
  ]
  for (const [index, [answering, status, code]] of refusals.entries()) {
    const answer = await answering
    assert.equal([answer.status, codeOf(answer)], [status, code], `refusal ${index}`)
  }
})

test('foreign names and foreign pages get nowhere', async ({ url }) => {
  const { port, host } = new URL(url)
  const post = { method: 'POST', body: '{"role":"node"}' }
  for (const name of ['evil.example', `evil.example:${port}`, '192.168.1.5', 'localhost.evil.example', '127.0.0.1.evil.example']) {
    assert.is((await ask(url, '/api/v1/ring', { headers: { host: name } })).status, 403, name)
  }
  for (const name of [`localhost:${port}`, host, `[::1]:${port}`]) assert.is((await ask(url, '/api/v1/ring', { headers: { host: name } })).status, 200, name)
  for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1', `http://localhost:${port}`]) {
    assert.is((await ask(url, '/api/v1/invites', { ...post, headers: { origin, 'content-type': 'application/json' } })).status, 403, origin)
  }
  assert.is((await ask(url, '/api/v1/invites', { ...post, headers: { 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' } })).status, 403)
  assert.is((await ask(url, '/api/v1/invites', { ...post, headers: { 'content-type': 'text/plain' } })).status, 400) // what a form of another site can send
  const own = await ask(url, '/api/v1/invites', { ...post, headers: { origin: `http://${host}`, 'content-type': 'application/json' } })
  assert.equal([own.status, json<{ invite: string }>(own).invite], [201, 'invite-for-node'])
  assert.is(own.headers['access-control-allow-origin'], undefined)
  assert.match(String(own.headers['content-security-policy']), /default-src 'self'/)
})

test('pages of a named origin may watch and publish, and nothing else; those of others may not', async ({ folder }) => {
  const live: FastifyPluginAsync = async (app) => { app.route({ method: ['POST', 'OPTIONS'], url: '/whep/:camera', handler: async (_request, reply) => reply.header('location', '/whep/porch/1').send('') }) }
  const { server, folders, spool } = await serverIn(join(folder, 'cors'), { origins: ['https://studio.example'], plugins: [live], auth: { folder: join(folder, 'cors'), onToken() {} } })
  try {
    const from = (origin: string, more: Record<string, string> = {}) => ({ headers: { origin, 'sec-fetch-site': 'cross-site', ...more } })
    const preflight = await ask(server.url, '/whep/porch', { method: 'OPTIONS', ...from('https://studio.example', { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,if-match' }) })
    assert.is(preflight.status, 200)
    assert.is(preflight.headers['access-control-allow-origin'], 'https://studio.example')
    assert.match(String(preflight.headers['access-control-allow-headers']), /If-Match/)
    assert.match(String(preflight.headers['access-control-allow-methods']), /PATCH/)
    const asked = await ask(server.url, '/whep/porch', { method: 'POST', ...from('https://studio.example') })
    assert.equal([asked.status, asked.headers['access-control-allow-origin'], asked.headers['www-authenticate']], [401, 'https://studio.example', 'Bearer realm="thatdam"'], 'let in, but not signed in')
    for (const name of ['Location', 'ETag', 'Link', 'Retry-After', 'Accept-Patch']) assert.match(String(asked.headers['access-control-expose-headers']), new RegExp(name))
    assert.is(asked.headers['access-control-allow-credentials'], undefined)
    for (const origin of ['https://evil.example', 'http://studio.example', 'null']) {
      const foreign = await ask(server.url, '/whep/porch', { method: 'POST', ...from(origin) })
      assert.equal([foreign.status, foreign.headers['access-control-allow-origin']], [403, undefined], origin)
    }
    const elsewhere = await ask(server.url, '/api/v1/invites', { method: 'POST', body: '{}', ...from('https://studio.example', { 'content-type': 'application/json' }) })
    assert.equal([elsewhere.status, elsewhere.headers['access-control-allow-origin']], [403, undefined])
  } finally {
    await server.stop()
    await folders.stop()
    await spool.stop()
  }
})

test('open pages are told what changed; a page of another site is not', async ({ url, server }) => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`)
  const messages: string[] = []
  const two = new Promise<void>((resolve) => socket.addEventListener('message', ({ data }) => { if (messages.push(data) === 2) resolve(); else server.broadcast({ type: 'ring' }) }))
  await two
  assert.equal(messages.map((text) => JSON.parse(text)), [{ type: 'hello', node: 'alder', peerId: ALDER }, { type: 'ring' }])
  const closed = once(socket, 'close')
  socket.send('x'.repeat(5_000))
  await closed
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', origin: 'http://evil.example' }
  assert.is((await ask(url, '/ws', { headers: upgrade })).status, 403)
})

test('a page that talks too much is let go, another stays', async ({ url, server }) => {
  const [honest, noisy] = [0, 1].map(() => new WebSocket(`${url.replace('http', 'ws')}/ws`)) as [WebSocket, WebSocket]
  await Promise.all([once(honest, 'open'), once(noisy, 'open')])
  const closed = once(noisy, 'close')
  for (let count = 0; count <= MAX_INBOUND_MESSAGES; count++) noisy.send('hello')
  await closed
  const told = new Promise<void>((resolve) => honest.addEventListener('message', ({ data }) => { if (String(data).includes('ring')) resolve() }))
  server.broadcast({ type: 'ring' })
  await told
  honest.close()
})

for (const [what, path] of [['a request whose body', '/api/v1/invites'], ['an upload that', '/api/v1/assets?name=slow.mp4']] as const) {
  test(`${what} comes a byte now and then is ended, others are served meanwhile`, async ({ folder }) => {
    const slow = await serverIn(join(folder, 'slow'), { slowRequests: { bodyTimeoutMs: 1_500, uploadCheckMs: 1_500 } })
    const request = httpRequest(`${slow.url}${path}`, { method: 'POST', headers: { 'content-type': path.includes('assets') ? 'application/octet-stream' : 'application/json', 'content-length': 1_000_000 } })
    const drip = setInterval(() => request.write('x'), 100)
    try {
      const ended = new Promise<void>((resolve) => request.on('error', () => {}).on('close', resolve))
      assert.is((await upload(slow.url, 'honest.mp4', Buffer.alloc(2_000_000, 'v'))).outcome, 'imported')
      await ended
      assert.is((await ask(slow.url, '/healthz')).status, 200)
    } finally {
      clearInterval(drip)
      request.destroy()
      await slow.server.stop()
      await slow.spool.stop()
    }
  })
}

test('headers that never end are cut off', async ({ url }) => {
  const socket = connectTcp(Number(new URL(url).port), '127.0.0.1').on('error', () => {})
  const drip = setInterval(() => socket.write('x'), 100)
  try {
    socket.write('GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ')
    socket.resume()
    await new Promise<void>((resolve) => socket.on('close', () => resolve()))
    assert.is((await ask(url, '/healthz')).status, 200)
  } finally {
    clearInterval(drip)
    socket.destroy()
  }
})

test('a folder that was added is scanned and the job tells how far it is; any other is refused with what to do', async ({ url, folder }) => {
  const media = await mkdtemp(join(tmpdir(), 'thatdam-media-'))
  const post = (path: string, body: object): Promise<Answer> => ask(url, path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  await writeFile(join(media, 'a.mp4'), 'film')
  await writeFile(join(media, 'b.mp4'), 'bad')
  for (const path of [media, '/etc', `${media}/no-such`, '/no/such']) {
    const refused = await post('/api/v1/scan', { path })
    assert.equal([refused.status, codeOf(refused)], [409, 'ERR_REFUSED'], path)
    assert.match(json<ErrorBody>(refused).error.message, /no folder this node may read.*thatdam paths add.*--add/)
  }
  for (const path of ['relative', '/', '/proc', folder, `${media}/a.mp4`, '/no/such']) assert.is((await post('/api/v1/paths', { path })).status, 400, path)
  const added = await post('/api/v1/paths', { path: media })
  assert.equal([added.status, json<FolderView>(added).mode, json<FolderView>(added).isThere], [201, 'import', true])
  assert.is((await post('/api/v1/paths', { path: media })).status, 409)
  const begun = await post('/api/v1/scan', { path: media })
  assert.is(begun.status, 202)
  let job = json<JobView>(begun)
  for (const until = Date.now() + 30_000; job.state === 'running' && Date.now() < until;) job = json<JobView>(await ask(url, `/api/v1/jobs/${job.id}`))
  assert.equal([job.state, job.imported, job.refused, job.results[0]?.outcome], ['done', 1, 1, 'refused'])
  assert.is(json<{ jobs: JobView[] }>(await ask(url, '/api/v1/jobs')).jobs.length, 1)
  const path = `/api/v1/paths/${json<FolderView>(added).id}`
  assert.is((await ask(url, path, { method: 'DELETE' })).status, 204)
  assert.is((await post('/api/v1/scan', { path: media })).status, 409)
  assert.is((await ask(url, path, { method: 'DELETE' })).status, 404)
  await rm(media, { recursive: true })
})

test('the document describes every route, its answers and its parameters', async ({ url }) => {
  const document = json<{ openapi: string; paths: Record<string, Record<string, { summary?: string; responses: object; parameters?: Array<{ name: string; in: string }> }>> }>(await ask(url, '/api/v1/openapi.json'))
  assert.match(document.openapi, /^3\.1/)
  const documented = Object.entries(document.paths).flatMap(([path, verbs]) => Object.keys(verbs).map((verb) => `${verb} ${path}`))
  for (const route of ['get /api/v1/ring', 'get /api/v1/cameras', 'get /api/v1/cameras/{id}/recordings', 'post /api/v1/assets', 'get /api/v1/assets', 'get /api/v1/assets/{id}', 'patch /api/v1/assets/{id}',
    'delete /api/v1/assets/{id}', 'get /api/v1/assets/{id}/content', 'get /api/v1/assets/{id}/poster', 'post /api/v1/scan', 'get /api/v1/jobs', 'get /api/v1/jobs/{id}', 'post /api/v1/invites', 'get /healthz', 'get /metrics']) {
    assert.ok(documented.includes(route), route)
  }
  for (const [path, verbs] of Object.entries(document.paths)) {
    for (const [verb, { summary, responses, parameters = [] }] of Object.entries(verbs)) {
      if (verb !== 'head') assert.ok(summary, `${verb} ${path} has no summary`)
      assert.ok(Object.keys(responses).length > 0, `${verb} ${path} has no answers`)
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      assert.equal(parameters.filter((each) => each.in === 'path').map(({ name }) => name), named, `${verb} ${path}`)
    }
  }
})

test('the ring is 256 lists of owners; health and metrics answer', async ({ url }) => {
  const ring = json<RingView>(await ask(url, '/api/v1/ring'))
  assert.equal([ring.partitions.length, ring.partitions[0], ring.members[0]?.partitions, ring.health], [256, [0], 256, 'alone'])
  assert.is(json<{ status: string }>(await ask(url, '/healthz')).status, 'ok')
  assert.is((await ask(url, '/readyz')).status, 200)
  assert.match(String((await ask(url, '/metrics')).headers['content-type']), /text\/plain/)
})

test('a page that is not built says how to build it', async ({ url }) => {
  const answer = await ask(url, '/live', { headers: { accept: 'text/html' } })
  assert.match(answer.body.toString(), /npm run build/)
})

test('a bind that others can reach is refused without a token', ({ library }) => {
  assert.throws(() => createHttpServer({ ring: library.ring } as never, { listen: '0.0.0.0:0' }), /--auth/)
})

test('with a token: printed once, kept as a hash, asked of everyone, and guessing is slowed', async ({ folder }) => {
  const tokens: string[] = []
  const init = { auth: { folder, onToken: (token: string) => { tokens.push(token) } } }
  const first = await serverIn(folder, init)
  await first.server.stop()
  const { server, url, folders } = await serverIn(folder, init)
  try {
    assert.is(tokens.length, 1)
    assert.not.match(await readFile(join(folder, 'http-token.json'), 'utf8'), new RegExp(tokens[0]!))
    assert.is((await ask(url, '/api/v1/ring')).status, 401)
    assert.is((await ask(url, '/metrics')).status, 401)
    assert.is((await ask(url, '/ws', { headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' } })).status, 401)
    assert.is((await ask(url, '/healthz')).status, 200)
    assert.is((await ask(url, '/', { headers: { accept: 'text/html' } })).headers['location'], '/login')
    assert.is((await ask(url, '/api/v1/ring', { headers: { authorization: `Bearer ${tokens[0]}` } })).status, 200)
    const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    const signedIn = await ask(url, '/login', { ...form, body: `token=${tokens[0]}` })
    const cookie = String(signedIn.headers['set-cookie'])
    assert.match(cookie, /HttpOnly; SameSite=Strict/)
    assert.is((await ask(url, '/api/v1/ring', { headers: { cookie: cookie.split(';')[0]! } })).status, 200)
    const guesses: number[] = []
    for (let i = 0; i < 11; i++) guesses.push((await ask(url, '/login', { ...form, body: 'token=wrong' })).status)
    assert.equal([guesses[0], guesses[9], guesses[10]], [401, 401, 429])
    assert.is((await ask(url, '/api/v1/ring', { headers: { cookie: cookie.split(';')[0]! } })).status, 200)
    await ask(url, '/logout', { method: 'POST', headers: { cookie: cookie.split(';')[0]! } })
    assert.is((await ask(url, '/api/v1/ring', { headers: { cookie: cookie.split(';')[0]! } })).status, 401)
  } finally {
    await server.stop()
    await folders.stop()
  }
})

test('the place of a node is changed over HTTP, and what can not be is refused with a reason', async ({ url }) => {
  const headers = { 'content-type': 'application/json' }
  const patched = await ask(url, '/api/v1/ring/members/alder', { method: 'PATCH', headers, body: JSON.stringify({ weight: 2, zone: 'barn' }) })
  assert.equal([patched.status, json(patched)], [200, { peerId: ALDER, name: 'alder', state: 'active', zone: 'barn', weight: 2 }])
  for (const [method, path, status, code] of [
    ['POST', 'alder/drain', 409, 'ERR_REFUSED'], ['DELETE', 'alder', 409, 'ERR_REFUSED'], ['POST', 'oak/drain', 404, 'ERR_NOT_FOUND'], ['DELETE', 'alder?force=perhaps', 400, 'ERR_INVALID_INPUT']
  ] as const) {
    const answer = await ask(url, `/api/v1/ring/members/${path}`, { method })
    assert.equal([answer.status, codeOf(answer)], [status, code], `${method} ${path}`)
  }
  for (const body of ['{}', '{"weight":0}', '{"state":"gone"}']) assert.is((await ask(url, '/api/v1/ring/members/alder', { method: 'PATCH', headers, body })).status, 400, body)
  const ring = json<RingView>(await ask(url, '/api/v1/ring'))
  assert.equal([ring.layout.older, ring.layout.moved, ring.gone], [[], 256, []])
})

test.run()
