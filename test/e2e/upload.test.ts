// needs: ffmpeg
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile, utimes, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetDetail, AssetList, ImportResult, UploadList, UploadView } from '#protocols/http.ts'
import { writeBigClip } from '../support/big-clip.ts'
import { type NodeProcess, run, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('an upload, while nodes die')
const TUS = { 'tus-resumable': '1.0.0' }
const BYTES = 'application/offset+octet-stream'

let ring: TestRing
let clip: Buffer<ArrayBuffer>

test.before(async () => {
  ring = await TestRing.create()
  for (const name of ['alder', 'birch', 'cedar']) await ring.begin(name)
  await ring.together(3)
  await writeBigClip(join(ring.dir, 'clip.mp4'), 10)
  clip = await readFile(join(ring.dir, 'clip.mp4')) as Buffer<ArrayBuffer>
})
test.after(() => ring?.end())

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const assets = async ({ url }: NodeProcess): Promise<number> => (await ring.get<AssetList>(`${url}/api/v1/assets`)).total

async function begin({ url }: NodeProcess, bytes: Buffer = clip): Promise<string> {
  const metadata = `filename ${Buffer.from('card/clip.mp4').toString('base64')},sha256 ${Buffer.from(sha256(bytes)).toString('base64')}`
  const answer = await fetch(`${url}/api/v1/uploads`, { method: 'POST', headers: { ...TUS, 'upload-length': String(bytes.length), 'upload-metadata': metadata } })
  assert.equal(answer.status, 201)
  return answer.headers.get('location') ?? ''
}

const offsetAt = async ({ url }: NodeProcess, path: string): Promise<number> => {
  const answer = await fetch(`${url}${path}`, { method: 'HEAD', headers: TUS })
  assert.equal(answer.status, 200)
  return Number(answer.headers.get('upload-offset'))
}

test('its node is killed in the middle: it goes on at another, from what was acknowledged, and is the same to the byte', async () => {
  const [alder, birch, cedar] = ['alder', 'birch', 'cedar'].map((name) => ring.node(name)) as [NodeProcess, NodeProcess, NodeProcess]
  const path = await begin(alder)
  const half = Math.floor(clip.length * 0.6)
  const sending = httpRequest(`${alder.url}${path}`, { method: 'PATCH', agent: false, headers: { ...TUS, 'content-type': BYTES, 'upload-offset': '0', 'content-length': String(clip.length) } })
  const cut = once(sending, 'error')
  sending.write(clip.subarray(0, half))
  const acknowledged = await until(async () => {
    const { offset } = await ring.get<UploadView>(`${birch.url}${path}`)
    return offset > 2_000_000 ? offset : 0
  }, 'another node knows how far it is')
  await alder.process.kill()
  await cut
  const offset = await offsetAt(birch, path)
  assert.equal(offset >= acknowledged && offset < clip.length, true, `${offset} of ${clip.length}, ${acknowledged} acknowledged`)
  assert.equal(offset % 1_048_576, 0, 'whole chunks: the rest died with its node')
  assert.deepEqual([await assets(birch), await assets(cedar)], [0, 0], 'nothing is to be seen before its end')
  const answer = await fetch(`${birch.url}${path}`, { method: 'PATCH', headers: { ...TUS, 'content-type': BYTES, 'upload-offset': String(offset) }, body: clip.subarray(offset) })
  assert.equal(answer.status, 204, await answer.text())
  await until(async () => await assets(cedar) === 1, 'the other node shows it')
  assert.equal((await ring.bytes(`${cedar.url}/api/v1/assets/${sha256(clip)}/content`)).equals(clip), true)
  const { name, locations } = await ring.get<AssetDetail & { locations: Array<{ path: string }> }>(`${cedar.url}/api/v1/assets/${sha256(clip)}`)
  assert.deepEqual([name, locations.map((each) => each.path)], ['clip.mp4', ['card/clip.mp4']])
})

test('the node that was killed comes back and tells what became of it', async () => {
  const alder = await ring.begin('alder')
  await ring.together(3)
  assert.equal((await ring.get<AssetDetail>(`${alder.url}/api/v1/assets/${sha256(clip)}`)).size, clip.length)
})

test('an upload that hangs at one node is gone on with at another, and the first has no say any more', async () => {
  const [alder, birch, cedar] = ['alder', 'birch', 'cedar'].map((name) => ring.node(name)) as [NodeProcess, NodeProcess, NodeProcess]
  const bytes = Buffer.concat([clip, Buffer.from([0, 0, 0, 8]), Buffer.from('skip')]) // a box that says nothing makes it another file
  const path = await begin(alder, bytes)
  const hanging = httpRequest(`${alder.url}${path}`, { method: 'PATCH', agent: false, headers: { ...TUS, 'content-type': BYTES, 'upload-offset': '0', 'content-length': String(bytes.length) } })
  const answered = new Promise<number>((resolve) => { hanging.on('response', ({ statusCode = 0 }) => resolve(statusCode)).on('error', () => resolve(0)) })
  hanging.write(bytes.subarray(0, 3_000_000))
  await until(async () => (await ring.get<UploadView>(`${birch.url}${path}`)).offset > 1_000_000, 'some of it is acknowledged')
  const offset = await offsetAt(birch, path)
  const answer = await fetch(`${birch.url}${path}`, { method: 'PATCH', headers: { ...TUS, 'content-type': BYTES, 'upload-offset': String(offset) }, body: bytes.subarray(offset) })
  assert.equal(answer.status, 204, await answer.text())
  hanging.end(bytes.subarray(3_000_000))
  assert.equal([0, 409, 423].includes(await answered), true, 'the first is refused, or hung up on')
  assert.equal((await ring.bytes(`${cedar.url}/api/v1/assets/${sha256(bytes)}/content`)).equals(bytes), true)
})

test('a node dies under the command that imports: the command goes on at another, and says nothing but what it did', async () => {
  const path = join(ring.dir, 'second.mp4')
  const bytes = Buffer.concat([clip, Buffer.from([0, 0, 0, 8]), Buffer.from('free')]) // a box that says nothing makes it another file
  await writeFile(path, bytes)
  await utimes(path, 1_714_979_289, 1_714_979_289)
  const [alder, birch] = [ring.node('alder'), ring.node('birch')]
  const importing = run('import', path, '--node', alder.url, '--json')
  const uploads = `${birch.url}/api/v1/uploads?sha256=${sha256(bytes)}&size=${bytes.length}`
  await until(async () => { const { uploads: [upload], assetId } = await ring.get<UploadList>(uploads); return (upload?.offset ?? 0) > 1_000_000 || assetId !== null }, 'some of it is acknowledged')
  await alder.process.kill()
  const { code, stdout } = await importing
  assert.equal(code, 0)
  const { results: [result] } = JSON.parse(stdout) as { results: ImportResult[] }
  assert.equal(result?.assetId, sha256(bytes))
  assert.equal((await ring.get<AssetDetail>(`${birch.url}/api/v1/assets/${sha256(bytes)}`)).modifiedAtMs, 1_714_979_289_000)
  assert.equal((await ring.bytes(`${birch.url}/api/v1/assets/${sha256(bytes)}/content`)).equals(bytes), true)
})

test.run()
