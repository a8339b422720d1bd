import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Upload } from 'tus-js-client'
import type { ErrorBody, KnownUploadTaken, UploadList, UploadView } from '#protocols/http.ts'
import { StorageFullError } from '#protocols/errors.ts'
import { chunkIdOf, parseAssetId } from '#protocols/ids.ts'
import { CHUNK_BYTES, UPLOAD_IDLE_MS, UPLOAD_MEMORY_MS } from '#ring'
import { LOCAL } from '../../../node/http/who.ts'
import { startUploadServer, type UploadServer, type UploadServerInit } from '../../support/upload-server.ts'
import { until } from '../../support/until.ts'

interface Context { folder: string; server: UploadServer }
const test = suite<Context>('tus')

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'thatdam-tus-'))
  context.server = await startUploadServer(context.folder)
})
test.after.each(async ({ folder, server }) => {
  await server.stop()
  await rm(folder, { recursive: true })
})

const BYTES = 'application/offset+octet-stream'
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const base64 = (text: string): string => Buffer.from(text).toString('base64')

type Headers = Record<string, string>

const ask = (url: string, method: string, headers: Headers = {}, body?: Uint8Array<ArrayBuffer>): Promise<Response> =>
  fetch(url, { method, headers: { 'tus-resumable': '1.0.0', ...headers }, ...body === undefined ? {} : { body } })

async function begin({ url }: UploadServer, length: number, headers: Headers = {}): Promise<string> {
  const answer = await ask(`${url}/api/v1/uploads`, 'POST', { 'upload-length': String(length), ...headers })
  assert.is(answer.status, 201, await answer.text())
  return `${url}${answer.headers.get('location')}`
}

const patch = (upload: string, offset: number, bytes: Uint8Array<ArrayBuffer>, headers: Headers = {}): Promise<Response> =>
  ask(upload, 'PATCH', { 'content-type': BYTES, 'upload-offset': String(offset), ...headers }, bytes)

const offsetOf = async (upload: string): Promise<number> => Number((await ask(upload, 'HEAD')).headers.get('upload-offset'))
const look = async (upload: string): Promise<UploadView> => await (await fetch(upload)).json() as UploadView
const code = async (answer: Response): Promise<string> => `${answer.status} ${(await answer.json() as ErrorBody).error.code}`

/** The bytes of the asset they became. */
async function imported({ library }: UploadServer, bytes: Uint8Array): Promise<Buffer> {
  const asset = library.assets.get(parseAssetId(sha256(bytes)))
  assert.ok(asset?.facts.blob, 'there is an asset of these bytes')
  const parts: Uint8Array[] = []
  for await (const part of library.ring.blobs.read(asset.facts.blob)) parts.push(part)
  return Buffer.concat(parts)
}

test('what is spoken is said to whoever asks', async ({ server }) => {
  const { status, headers } = await fetch(`${server.url}/api/v1/uploads`, { method: 'OPTIONS' })
  assert.is(status, 204)
  assert.equal(headers.get('tus-extension')?.split(','), ['creation', 'creation-with-upload', 'termination', 'expiration', 'checksum', 'concatenation'])
  assert.equal([headers.get('tus-version'), headers.get('tus-resumable'), headers.get('tus-checksum-algorithm')], ['1.0.0', '1.0.0', 'sha256,sha1,md5'])
  assert.ok(Number(headers.get('tus-max-size')) > 10 ** 10)
})

test('a file sent in pieces of any size is whole, and not there a byte earlier', async ({ server }) => {
  const bytes = randomBytes(2 * CHUNK_BYTES + 12_345)
  const upload = await begin(server, bytes.length, { 'upload-metadata': `filename ${base64('day 1/a.mp4')},empty` })
  for (const [from, to] of [[0, 10], [10, 700_000], [700_000, 700_001], [700_001, 1_900_000], [1_900_000, bytes.length]] as const) {
    assert.equal([await offsetOf(upload), server.library.assets.size], [from, 0])
    const answer = await patch(upload, from, bytes.subarray(from, to))
    assert.equal([answer.status, answer.headers.get('upload-offset')], [204, String(to)])
  }
  assert.ok((await imported(server, bytes)).equals(bytes))
  assert.equal([...server.library.assets.values()].map(({ facts }) => facts.name), ['a.mp4'])
  const head = await ask(upload, 'HEAD')
  assert.equal([head.status, head.headers.get('upload-offset'), head.headers.get('upload-length'), head.headers.get('cache-control')], [200, String(bytes.length), String(bytes.length), 'no-store'])
  assert.is(head.headers.get('upload-metadata'), `filename ${base64('day 1/a.mp4')},empty`)
  const { state, outcome, assetId } = await look(upload)
  assert.equal([state, outcome, assetId], ['done', 'imported', sha256(bytes)])
  assert.is((await server.records.read(upload.split('/').at(-1)!))?.by, LOCAL.name, 'the record knows who sent it')
})

test('bytes that do not begin where the upload stands are refused with 409, and change nothing', async ({ server }) => {
  const upload = await begin(server, 100)
  assert.is(await code(await patch(upload, 5, Buffer.alloc(5))), '409 ERR_UPLOAD_OFFSET')
  await patch(upload, 0, Buffer.alloc(10))
  assert.is(await code(await patch(upload, 0, Buffer.alloc(10))), '409 ERR_UPLOAD_OFFSET')
  assert.is(await offsetOf(upload), 10)
})

test('another version of tus, another type, another address, and more bytes than announced are refused as tus says', async ({ server }) => {
  const upload = await begin(server, 100)
  const old = await ask(upload, 'HEAD', { 'tus-resumable': '0.2.2' })
  assert.equal([old.status, old.headers.get('tus-version')], [412, '1.0.0'])
  assert.is(await code(await patch(upload, 0, Buffer.alloc(5), { 'content-type': 'text/plain' })), '415 ERR_UNSUPPORTED_TYPE')
  assert.is((await ask(`${server.url}/api/v1/uploads/${'0'.repeat(32)}`, 'HEAD')).status, 404)
  assert.is(await code(await patch(`${server.url}/api/v1/uploads/..%2f..%2fetc`, 0, Buffer.alloc(5))), '404 ERR_NOT_FOUND')
  assert.is(await code(await patch(upload, 0, Buffer.alloc(101))), '413 ERR_TOO_LARGE')
  assert.is(await code(await ask(`${server.url}/api/v1/uploads`, 'POST', { 'upload-length': String(2 ** 50) })), '413 ERR_TOO_LARGE')
  for (const length of ['-1', 'many', '1e3', '']) assert.is(await code(await ask(`${server.url}/api/v1/uploads`, 'POST', { 'upload-length': length })), '400 ERR_INVALID_INPUT')
  assert.is(await offsetOf(upload), 0)
})

test('hostile metadata is refused, and a path that climbs is a name', async ({ server }) => {
  const many = Array.from({ length: 40 }, (_, at) => `k${at} AA==`).join()
  for (const wrong of ['filename !!!', 'a b c', 'filename AA==,filename AA==', many, `filename ${'A'.repeat(9_000)}`, `sha256 ${base64('nonsense')}`]) {
    assert.is(await code(await ask(`${server.url}/api/v1/uploads`, 'POST', { 'upload-length': '1', 'upload-metadata': wrong })), '400 ERR_INVALID_INPUT', wrong.slice(0, 40))
  }
  const upload = await begin(server, 1, { 'upload-metadata': `relativePath ${base64('../../etc/\u0000pass\u202ewd')},filename ${base64('x')}` })
  assert.is((await look(upload)).path, 'etc/passwd')
})

test('a request with a checksum counts when it is right, and leaves no trace when it is wrong', async ({ server }) => {
  const bytes = randomBytes(CHUNK_BYTES + 100)
  const upload = await begin(server, bytes.length)
  assert.is(await code(await patch(upload, 0, bytes, { 'upload-checksum': `sha1 ${base64('wrong')}` })), '460 ERR_CHECKSUM_MISMATCH')
  assert.equal([await offsetOf(upload), server.library.assets.size], [0, 0])
  assert.is(await code(await patch(upload, 0, bytes, { 'upload-checksum': 'crc32 AAAA' })), '400 ERR_INVALID_INPUT')
  assert.is((await patch(upload, 0, bytes, { 'upload-checksum': `sha1 ${createHash('sha1').update(bytes).digest('base64')}` })).status, 204)
  assert.ok((await imported(server, bytes)).equals(bytes))
})

test('a file whose hash is not the one its sender computed is refused, and is nowhere', async ({ server }) => {
  const bytes = randomBytes(1_000)
  const upload = await begin(server, bytes.length, { 'upload-metadata': `sha256 ${base64(sha256(randomBytes(5)))}` })
  assert.is(await code(await patch(upload, 0, bytes)), '460 ERR_CHECKSUM_MISMATCH')
  assert.equal([server.library.assets.size, (await look(upload)).state], [0, 'refused'])
  assert.is(await code(await patch(upload, 1_000, Buffer.alloc(0))), '460 ERR_CHECKSUM_MISMATCH', 'and stays so')
  assert.is((await ask(upload, 'HEAD')).status, 410)
})

test('a file that is no media is refused with the reason', async ({ server }) => {
  const upload = await begin(server, 6)
  assert.is(await code(await patch(upload, 0, Buffer.from('bad...'))), '422 ERR_UNSUPPORTED_MEDIA')
  assert.equal([server.library.assets.size, (await look(upload)).reason], [0, 'not a media file'])
  assert.is((await ask(`${server.url}/api/v1/uploads`, 'POST', { 'upload-length': '0' })).status, 422)
})

test('an upload may be begun with its bytes, and ended, which is told afterwards', async ({ server }) => {
  const answer = await ask(`${server.url}/api/v1/uploads`, 'POST', { 'upload-length': '10', 'content-type': BYTES }, Buffer.from('12345'))
  assert.equal([answer.status, answer.headers.get('upload-offset')], [201, '5'])
  const upload = `${server.url}${answer.headers.get('location')}`
  assert.is((await ask(upload, 'DELETE')).status, 204)
  assert.is((await ask(upload, 'HEAD')).status, 410)
  assert.is(await code(await patch(upload, 5, Buffer.from('67890'))), '410 ERR_UPLOAD_GONE')
})

test('methods may be written into a header, for those who have no others', async ({ server }) => {
  const upload = await begin(server, 5)
  const answer = await ask(upload, 'POST', { 'x-http-method-override': 'PATCH', 'content-type': BYTES, 'upload-offset': '0' }, Buffer.from('12345'))
  assert.equal([answer.status, (await look(upload)).state], [204, 'done'])
})

test('parts are put together in the order they are named, wherever they end', async ({ server }) => {
  for (const sizes of [[CHUNK_BYTES, 2 * CHUNK_BYTES, 77], [10, CHUNK_BYTES + 5, 20]]) {
    const bytes = randomBytes(sizes.reduce((sum, size) => sum + size))
    const parts: string[] = []
    let at = 0
    for (const size of sizes) {
      const part = await begin(server, size, { 'upload-concat': 'partial' })
      await patch(part, 0, bytes.subarray(at, at += size))
      parts.push(part)
    }
    const before = server.library.assets.size
    const final = await ask(`${server.url}/api/v1/uploads`, 'POST', { 'upload-concat': `final;${parts.join(' ')}`, 'upload-metadata': `filename ${base64('joined.mp4')},sha256 ${base64(sha256(bytes))}` })
    assert.equal([final.status, server.library.assets.size], [201, before + 1])
    assert.ok((await imported(server, bytes)).equals(bytes))
    const upload = `${server.url}${final.headers.get('location')}`
    assert.match((await ask(upload, 'HEAD')).headers.get('upload-concat') ?? '', /^final;\/api\/v1\/uploads\/[0-9a-f]{32} /)
    assert.is((await ask(parts[0] as string, 'HEAD')).status, 410, 'its parts are not kept beside it')
    assert.is((await patch(upload, bytes.length, Buffer.alloc(0))).status, 403)
  }
})

test('parts that are not whole, or none at all, are not put together', async ({ server }) => {
  const part = await begin(server, 10, { 'upload-concat': 'partial' })
  const plain = await begin(server, 10)
  for (const odd of [part, plain]) assert.is(await code(await ask(`${server.url}/api/v1/uploads`, 'POST', { 'upload-concat': `final;${odd}` })), '409 ERR_REFUSED')
  assert.is(await code(await ask(`${server.url}/api/v1/uploads`, 'POST', { 'upload-concat': 'half' })), '400 ERR_INVALID_INPUT')
})

/** Sends `bytes` of a longer body, and nothing more. */
async function hang(upload: string, bytes: Buffer, length: number): Promise<import('node:http').ClientRequest> {
  const request = httpRequest(upload, { method: 'PATCH', agent: false, headers: { 'tus-resumable': '1.0.0', 'content-type': BYTES, 'upload-offset': '0', 'content-length': String(length) } })
  request.on('error', () => {})
  request.write(bytes)
  await once(request, 'socket')
  return request
}

test('what came of a request that was cut off is kept', async ({ server }) => {
  const bytes = randomBytes(1_500_000)
  const upload = await begin(server, bytes.length)
  const request = await hang(upload, bytes.subarray(0, 1_200_000), bytes.length)
  await until(() => server.puts.length > 0, 'a chunk arrived')
  request.destroy()
  const offset = await until(async () => { const at = await offsetOf(upload); return at > CHUNK_BYTES ? at : 0 }, 'more than the whole chunks is kept')
  assert.is((await patch(upload, offset, bytes.subarray(offset))).status, 204)
  assert.ok((await imported(server, bytes)).equals(bytes))
})

test('a later request takes an upload over from one that hangs', async ({ server }) => {
  const bytes = randomBytes(1_500_000)
  const upload = await begin(server, bytes.length)
  const request = await hang(upload, bytes.subarray(0, 1_200_000), bytes.length)
  const hungUp = new Promise((resolve) => { request.once('close', resolve) })
  await until(() => server.puts.length > 0, 'a chunk arrived')
  const offset = await offsetOf(upload)
  assert.ok(offset >= CHUNK_BYTES)
  await hungUp
  assert.is((await patch(upload, offset, bytes.subarray(offset))).status, 204)
  assert.ok((await imported(server, bytes)).equals(bytes))
})

test('an upload goes on after its node was started again, and its chunks are not taken for garbage meanwhile', async (context) => {
  const bytes = randomBytes(1_500_000)
  const upload = await begin(context.server, bytes.length)
  await patch(upload, 0, bytes.subarray(0, 1_200_000))
  assert.ok(context.server.leases.oldestMs() > 0)
  await context.server.stop()
  context.server = await startUploadServer(context.folder, { library: context.server.library })
  assert.ok(context.server.leases.oldestMs() > 0, 'a lease of the age of the upload')
  const again = `${context.server.url}${new URL(upload).pathname}`
  assert.is(await offsetOf(again), 1_200_000)
  await patch(again, 1_200_000, bytes.subarray(1_200_000))
  assert.ok((await imported(context.server, bytes)).equals(bytes))
  assert.is(context.server.leases.oldestMs(), 0)
})

test('an upload nobody goes on with expires, is told to be over, and then forgotten', async (context) => {
  const begun = await begin(context.server, 10)
  await context.server.stop()
  let days = 0
  context.server = await startUploadServer(context.folder, { library: context.server.library, now: () => Date.now() + days })
  const upload = `${context.server.url}${new URL(begun).pathname}`
  days = UPLOAD_IDLE_MS - 60_000
  await context.server.records.tidy()
  assert.is((await ask(upload, 'HEAD')).status, 200)
  days = UPLOAD_IDLE_MS + 1_000
  await context.server.records.tidy()
  assert.is((await ask(upload, 'HEAD')).status, 410)
  assert.is(context.server.leases.oldestMs(), 0, 'its chunks are garbage now')
  days += UPLOAD_MEMORY_MS + 1_000
  await context.server.records.tidy()
  assert.is((await ask(upload, 'HEAD')).status, 404)
})

test('when the ring takes no more, the offset stays where it was acknowledged, and it goes on when it does', async ({ server }) => {
  const bytes = randomBytes(2 * CHUNK_BYTES)
  const upload = await begin(server, bytes.length)
  await patch(upload, 0, bytes.subarray(0, CHUNK_BYTES))
  server.refusePuts = new StorageFullError('every disk is full')
  assert.is(await code(await patch(upload, CHUNK_BYTES, bytes.subarray(CHUNK_BYTES))), '507 ERR_STORAGE_FULL')
  assert.is(await offsetOf(upload), CHUNK_BYTES)
  server.refusePuts = undefined
  assert.is((await patch(upload, CHUNK_BYTES, bytes.subarray(CHUNK_BYTES))).status, 204)
  assert.ok((await imported(server, bytes)).equals(bytes))
})

test('an unfinished upload is found by the bytes it is of', async ({ server }) => {
  const bytes = randomBytes(1_000)
  const upload = await begin(server, bytes.length, { 'upload-metadata': `sha256 ${base64(sha256(bytes))}` })
  await patch(upload, 0, bytes.subarray(0, 600))
  const of = async (size: number): Promise<UploadList> => await (await fetch(`${server.url}/api/v1/uploads?sha256=${sha256(bytes)}&size=${size}`)).json() as UploadList
  const { uploads, assetId } = await of(1_000)
  assert.is(assetId, null)
  assert.equal(uploads.map(({ id, offset }) => [id, offset]), [[upload.split('/').at(-1), 600]])
  assert.equal((await of(999)).uploads, [])
  await patch(upload, 600, bytes.subarray(600))
  assert.equal(await of(1_000), { uploads: [], assetId: sha256(bytes) })
})

const findAsset = async ({ url }: UploadServer, bytes: Uint8Array): Promise<string | null> => (await (await fetch(`${url}/api/v1/uploads?sha256=${sha256(bytes)}&size=${bytes.length}`)).json() as UploadList).assetId

async function takeKnown({ url }: UploadServer, bytes: Uint8Array, path: string): Promise<string | null> {
  const answer = await fetch(`${url}/api/v1/uploads/known`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ sha256: sha256(bytes), path }) })
  assert.is(answer.status, 200)
  return (await answer.json() as KnownUploadTaken).assetId
}

test('of bytes that the ring has only the name is sent, and it is one more place of their asset', async ({ server }) => {
  const bytes = randomBytes(CHUNK_BYTES + 100)
  await patch(await begin(server, bytes.length, { 'upload-metadata': `filename ${base64('card/a.mp4')}` }), 0, bytes)
  assert.is(await findAsset(server, bytes), sha256(bytes))
  const sent = server.puts.length
  assert.is(await takeKnown(server, bytes, 'backup/../b.mp4'), sha256(bytes))
  const places = server.library.assets.get(parseAssetId(sha256(bytes)))?.locations.map(({ path }) => path)
  assert.equal([places, server.puts.length], [['card/a.mp4', 'backup/b.mp4'], sent])
  assert.is(await takeKnown(server, randomBytes(10), 'c.mp4'), null)
})

test('bytes of which the ring lost some, or that stay in a file, are to be sent, and are there afterwards', async ({ server: { library }, server }) => {
  const bytes = randomBytes(2 * CHUNK_BYTES)
  const send = async (): Promise<unknown> => patch(await begin(server, bytes.length), 0, bytes)
  await send()
  const id = parseAssetId(sha256(bytes))
  library.chunks.delete(chunkIdOf(bytes.subarray(CHUNK_BYTES)))
  assert.equal([await findAsset(server, bytes), await takeKnown(server, bytes, 'b.mp4'), library.assets.get(id)?.locations.length], [null, null, 1])
  await send()
  assert.ok((await imported(server, bytes)).equals(bytes))
  const asset = library.assets.get(id)!
  library.assets.set(id, { ...asset, facts: { ...asset.facts, blob: undefined } })
  assert.equal([await findAsset(server, bytes), await takeKnown(server, bytes, 'b.mp4')], [null, null])
  await send()
  assert.ok((await imported(server, bytes)).equals(bytes))
  assert.is(await findAsset(server, bytes), id)
  library.chunks.clear()
  library.assets.set(id, { ...library.assets.get(id)!, away: true })
  assert.is(await findAsset(server, bytes), id, 'the cloud has them')
})

test('edits that come before their pictures hold nobody up, and lie beside them as soon as those are there', async ({ server }) => {
  const send = async (name: string, bytes: Buffer<ArrayBuffer>): Promise<UploadView> => {
    const upload = await begin(server, bytes.length, { 'upload-metadata': `filename ${base64(name)}` })
    await patch(upload, 0, bytes)
    return look(upload)
  }
  const edits = ['IMG_0001.AAE', 'IMG_0002.AAE', 'C0003M01.XML']
  const early = await Promise.all(edits.map((name) => send(`DCIM/${name}`, Buffer.from(name))))
  assert.equal(early.map(({ state, assetId }) => [state, assetId]), edits.map(() => ['done', null]))
  assert.match(early[0]?.reason ?? '', /waits here/)
  const pictures = await Promise.all(['IMG_0001.HEIC', 'IMG_0002.HEIC', 'C0003.MP4'].map((name) => send(`DCIM/${name}`, randomBytes(100))))
  assert.equal(pictures.map(({ assetId }) => Object.keys(server.library.assets.get(parseAssetId(assetId ?? ''))?.sidecars ?? {})), edits.map((name) => [name]))
})

test('when a file was last written is told by its sender, and by nobody else', async ({ server }) => {
  const send = async (metadata: string): Promise<number | undefined> => {
    const bytes = randomBytes(50)
    await patch(await begin(server, bytes.length, { 'upload-metadata': metadata }), 0, bytes)
    return server.library.assets.get(parseAssetId(sha256(bytes)))?.facts.modifiedAtMs
  }
  assert.is(await send(`filename ${base64('a.mp4')},lastModified ${base64('1714979289123')}`), 1_714_979_289_123)
  assert.is(await send(`filename ${base64('a.mp4')}`), undefined)
  for (const odd of ['yesterday', '1.5', '9999999999999999', '1e9']) assert.is(await code(await ask(`${server.url}/api/v1/uploads`, 'POST', { 'upload-length': '1', 'upload-metadata': `lastModified ${base64(odd)}` })), '400 ERR_INVALID_INPUT', odd)
})

/** Another server in the place of the one that was started. */
async function startAnother(context: Context, init: UploadServerInit): Promise<UploadServer> {
  await context.server.stop()
  return context.server = await startUploadServer(context.folder, { library: context.server.library, ...init })
}

test('pages of other nodes of the ring may bring uploads here, and nothing else; those of strangers get nowhere', async (context) => {
  const { url } = await startAnother(context, { members: () => ['http://127.0.0.1:4711', 'nonsense'] })
  const from = (path: string, method: string, origin: string): Promise<Response> => ask(`${url}${path}`, method, { 'upload-length': '1', origin, 'sec-fetch-site': 'cross-site', ...method === 'OPTIONS' && { 'access-control-request-method': 'PATCH' } })
  for (const origin of ['http://127.0.0.1:4711', 'http://localhost:4711']) {
    assert.is((await from('/api/v1/uploads', 'OPTIONS', origin)).headers.get('access-control-allow-origin'), origin)
    const answer = await from('/api/v1/uploads', 'POST', origin)
    assert.equal([answer.status, answer.headers.get('access-control-allow-origin')], [201, origin])
    assert.match(answer.headers.get('access-control-expose-headers') ?? '', /Upload-Offset/)
    assert.is((await from('/api/v1/assets?name=x', 'POST', origin)).status, 403)
    assert.is((await from('/api/v1/uploadsx', 'POST', origin)).headers.get('access-control-allow-origin'), null)
  }
  for (const origin of ['https://evil.example', 'http://127.0.0.1:4712', 'null', 'nonsense']) assert.is((await from('/api/v1/uploads', 'POST', origin)).status, 403, origin)
  assert.match((await fetch(url)).headers.get('content-security-policy') ?? '', /connect-src 'self' http:\/\/127\.0\.0\.1:4711 http:\/\/localhost:4711;/)
})

test('a sender may take as long as it needs, when it sends', async (context) => {
  const server = await startAnother(context, { slowRequests: { bodyTimeoutMs: 150 } })
  const bytes = randomBytes(60)
  const upload = await begin(server, bytes.length)
  async function* crawl(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += 10) {
      yield bytes.subarray(at, at + 10)
      await sleep(60)
    }
  }
  const answer = await fetch(upload, { method: 'PATCH', headers: { 'tus-resumable': '1.0.0', 'content-type': BYTES, 'upload-offset': '0' }, body: crawl() as never, duplex: 'half' } as RequestInit)
  assert.is(answer.status, 204)
  assert.ok((await imported(server, bytes)).equals(bytes))
})

test('a whole upload whose node could not look at it is looked at by a keeper, though its sender is gone', async (context) => {
  const server = await startAnother(context, { uploadsInit: { unfinishedMs: 50, unfinishedCheckMs: 50 } })
  const { join: name } = server.library.ring.blobs
  server.library.ring.blobs.join = async () => { throw new StorageFullError('no room for the list of its chunks') }
  const bytes = randomBytes(1_000)
  const upload = await begin(server, bytes.length)
  await patch(upload, 0, bytes)
  assert.equal([(await look(upload)).state, server.library.assets.size], ['storing', 0])
  server.library.ring.blobs.join = name
  await until(() => server.library.assets.size === 1, 'it is an asset')
  assert.ok((await imported(server, bytes)).equals(bytes))
})

/** The whole way with a client that is not ours. */
const send = (server: UploadServer, bytes: Buffer, options: Partial<ConstructorParameters<typeof Upload>[1]>): Promise<Upload> => new Promise((resolve, reject) => {
  const upload: Upload = new Upload(options.parallelUploads === undefined ? Readable.from([bytes]) as never : bytes as never, {
    endpoint: `${server.url}/api/v1/uploads`, ...options.parallelUploads === undefined && { uploadSize: bytes.length }, chunkSize: 400_000, retryDelays: null, metadata: { filename: 'foreign.mp4' },
    onSuccess: () => resolve(upload), onError: reject, ...options
  })
  upload.start()
})

test('a foreign client sends a file in pieces, and one in parallel parts', async ({ server }) => {
  const bytes = randomBytes(1_700_000)
  await send(server, bytes, {})
  assert.ok((await imported(server, bytes)).equals(bytes))
  const parallel = randomBytes(3_000_000)
  await send(server, parallel, { parallelUploads: 3, chunkSize: Infinity, metadataForPartialUploads: {} })
  assert.ok((await imported(server, parallel)).equals(parallel))
  assert.is(server.library.assets.size, 2)
})

test('a foreign client hears why its file was refused', async ({ server }) => {
  const refusal = await send(server, Buffer.from('bad file'), {}).then(() => undefined, (err: Error) => err)
  assert.match(refusal?.message ?? '', /422.*not a media file/)
})

test.run()
