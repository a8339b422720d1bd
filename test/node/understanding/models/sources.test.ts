/** Servers as they are out there: slow, wrong, elsewhere. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { fetchFile } from '../../../../node/understanding/models/fetch-file.ts'
import type { ModelManifest } from '../../../../node/understanding/models/models.ts'
import { serverSource } from '../../../../node/understanding/models/sources.ts'

const test = suite<{ folder: string; servers: Server[]; serve: (answer: RequestListener) => Promise<string> }>('sources of models')
const manifest = { repository: 'films/colours', revision: 'main' } as ModelManifest
const none = { at: 0, tag: undefined }
const { signal } = new AbortController()
const BYTES = Buffer.from('0123456789'.repeat(100))

async function drain(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of bytes) continue
}

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'sources-'))
  context.servers = []
  context.serve = async (answer) => {
    const server = createServer(answer).listen(0, '127.0.0.1')
    context.servers.push(server)
    await once(server, 'listening')
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
})
test.after.each(async ({ folder, servers }) => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await rm(folder, { recursive: true })
})

const fetched = (url: string, folder: string, size?: number) => fetchFile(serverSource(url, manifest, 300), { path: 'config.json', target: join(folder, 'config.json'), sha256: undefined, size }, { signal, onProgress: () => {} })

test('a server that says nothing, before it answers or in the middle of it, is given up with its name', async ({ folder, serve }) => {
  const mute = await serve(() => {})
  await assert.rejects(fetched(mute, folder), /127\.0\.0\.1:\d+ has sent nothing for 0\.3 s/)
  const stuck = await serve((_request, response) => { response.writeHead(200, { 'content-length': 1_000 }).write(BYTES.subarray(0, 10)) })
  await assert.rejects(fetched(stuck, folder), /has sent nothing for 0\.3 s/)
  assert.deepEqual((await readdir(folder)).sort(), ['config.json.part', 'config.json.part.tag'])
})

test('a host that no name server knows is told as such, with what else could be done', async ({ folder }) => {
  await assert.rejects(fetched('http://models.invalid', folder), /models\.invalid is not to be found from here: is this machine offline\? A mirror can be named/)
})

test('an answer from elsewhere is taken, as hubs send one to the servers that hold the bytes', async ({ folder, serve }) => {
  const ranges: unknown[] = []
  const store = await serve(({ headers }, response) => { ranges.push(headers.range); response.end(BYTES) })
  const hub = await serve((_request, response) => { response.writeHead(302, { location: `${store}/blob` }).end() })
  assert.equal((await fetched(hub, folder)).size, BYTES.length)
  assert.deepEqual(await readFile(join(folder, 'config.json')), BYTES)
  await serverSource(hub, manifest).open('config.json', { at: 5, tag: undefined }, signal).then(({ bytes }) => drain(bytes))
  assert.deepEqual(ranges, [undefined, 'bytes=5-'])
})

test('a server that answers another part than it was asked for is not believed', async ({ serve }) => {
  const url = await serve((_request, response) => { response.writeHead(206, { 'content-range': 'bytes 3-9/1000' }).end('3456789') })
  await assert.rejects(serverSource(url, manifest).open('config.json', { at: 5, tag: undefined }, signal), /another part of the file/)
})

test('a server that has no such part of anything is asked for the whole once, and then given up', async ({ serve }) => {
  const ranges: unknown[] = []
  const url = await serve(({ headers }, response) => { response.writeHead(ranges.push(headers.range) > 5 ? 500 : 416).end() })
  await assert.rejects(serverSource(url, manifest).open('config.json', { at: 5, tag: undefined }, signal), /answers 416/)
  assert.deepEqual(ranges, ['bytes=5-', undefined])
})

test('a server that does not know ranges begins anew, and the file is right', async ({ folder, serve }) => {
  let cut = true
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': BYTES.length, etag: '"1"' })
    if (!cut) return response.end(BYTES)
    cut = false
    return response.write(BYTES.subarray(0, 100), () => response.destroy())
  })
  await assert.rejects(fetched(url, folder))
  await fetched(url, folder)
  assert.deepEqual(await readFile(join(folder, 'config.json')), BYTES)
})

test('more than a file may have is not written on and on, and nothing of it is kept', async ({ folder, serve }) => {
  const url = await serve((_request, response) => { response.writeHead(200); response.write(BYTES); response.end(BYTES) })
  await assert.rejects(fetched(url, folder, BYTES.length), /more came of config\.json than the 1000 bytes it should have\. What came was deleted/)
  assert.deepEqual(await readdir(folder), [])
})

test('what is asked is the file alone: no word of this node, and nothing but the path', async ({ serve }) => {
  let headers: object = {}
  let url = ''
  const base = await serve((request, response) => { [headers, url] = [request.headers, request.url ?? '']; response.end(BYTES) })
  const { bytes } = await serverSource(`${base}/`, manifest).open('onnx/model.onnx', none, signal)
  await drain(bytes)
  assert.equal(url, '/films/colours/resolve/main/onnx/model.onnx')
  assert.deepEqual(Object.keys(headers).filter((name) => ['authorization', 'cookie', 'referer', 'x-forwarded-for'].includes(name)), [])
})

test.run()
