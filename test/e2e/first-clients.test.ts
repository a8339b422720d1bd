// needs: ffmpeg
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { suite } from 'uvu'
import { MediaIndexer, NodeRefusedError, NodeSilentError, ThatDam } from '../../node/sdk/index.ts'
import type { ErrorBody } from '#protocols/http.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { type NodeProcess, run, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('what the first clients know, on a real node')
let ring: TestRing
let node: NodeProcess
let folder: MediaFolder
let clip: string
let footage: string
let clipId: string

test.before(async () => {
  ring = await TestRing.create()
  folder = await createMediaFolder(['day1/a.mp4', 'day1/b.mov', 'stills/photo.jpg', 'sound/tone.wav'])
  node = await ring.begin('alder', { flags: ['--camera', 'porch', '--source', 'test', '--camera', 'yard', '--source', 'test'] })
  clip = folder.path('day1/a.mp4')
  footage = folder.path('day1')
})
test.after(async () => {
  await ring?.end()
  await folder?.remove()
})

type Json = any
async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; json: Json; location: string | null }> {
  const isForm = body instanceof FormData
  const answer = await fetch(node.url + path, { method, redirect: 'manual', ...(body !== undefined && (isForm ? { body } : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })), signal: AbortSignal.timeout(60_000) }).catch((err) => { throw new Error(`${method} ${path}: ${err.message}, ${node.process.running ? 'the node runs' : 'the node ended'}: ${node.process.stderr.slice(-1_000)}`) })
  const text = await answer.text()
  return { status: answer.status, json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text, location: answer.headers.get('location') }
}

test('a folder is read once an administrator let the node, also by the first client\'s word for it', async () => {
  assert.deepEqual((await ask('GET', '/paths')).json, [])
  const refused = await ask('POST', `/scan?dir=${encodeURIComponent(footage)}`)
  assert.deepEqual([refused.status, refused.json.error.code], [409, 'ERR_REFUSED'])
  assert.match(refused.json.error.message, /lies in no folder this node may read .*thatdam paths add/)
  assert.deepEqual((await ask('POST', '/paths', { name: 'footage', path: folder.root })).json, { added: folder.root })
  assert.deepEqual((await ask('GET', '/paths')).json, [folder.root])
})

test('import { MediaIndexer } from thatdam: scan, getRecent, search', async () => {
  const indexer = new MediaIndexer({ url: node.url })
  const { processed, errors, total_files } = await indexer.scan(footage)
  assert.ok(processed >= 2, `${processed} of ${total_files}, ${errors} refused`)
  const recent = await indexer.getRecent(2)
  assert.equal(recent.length, 2)
  const words = recent[0]!.name.split('.')[0] as string
  assert.ok((await indexer.search(words)).some(({ id }) => id === recent[0]!.id))
  assert.deepEqual(await indexer.search('there is nothing called so'), [])
  await assert.rejects(indexer.scan(folder.path('no-such-folder')), (err) => err instanceof NodeRefusedError && err.status === 400)
  await assert.rejects(indexer.scan('/no/such/folder'), (err) => err instanceof NodeRefusedError && err.status === 409)
  await assert.rejects(new MediaIndexer({ url: 'http://127.0.0.1:1' }).getRecent(), NodeSilentError)
})

test('ThatDam: the library, cameras, jobs and what changes', async () => {
  const dam = new ThatDam({ url: node.url })
  const events: string[] = []
  const leave = dam.follow(({ type }) => events.push(type))
  await until(() => events.includes('hello'), 'the first event')
  const [asset] = (await dam.assets({ limit: 1 })).assets
  assert.equal((await dam.edit(asset!.id, { addTags: ['a-roll'], rating: 4 })).rating, 4)
  assert.deepEqual((await dam.assets({ tag: 'a-roll' })).assets.map(({ id }) => id), [asset!.id])
  const known = await dam.upload(clip)
  assert.equal(known.outcome, 'known')
  clipId = known.assetId ?? ''
  const bytes: Uint8Array[] = []
  for await (const part of await dam.download(known.assetId ?? '')) bytes.push(part)
  assert.ok(Buffer.concat(bytes).equals(await readFile(clip)))
  assert.ok((await dam.jobs()).some(({ kind }) => kind === 'scan'))
  assert.equal((await dam.ring()).name, 'alder')
  await until(() => events.includes('assets'), 'word of the edit')
  leave()
})

/** One line per documented route: method, path, body, status, and what its answer must be. */
const ROUTES: ReadonlyArray<readonly [string, string | (() => string), unknown, number, (json: Json, location: string | null) => boolean]> = [
  ['GET', '/health', undefined, 200, ({ status, service }) => status === 'ok' && typeof service === 'string'],
  ['GET', '/features', undefined, 200, ({ hls, mp4, webrtc }) => hls && mp4 && webrtc],
  ['POST', () => `/scan?dir=${encodeURIComponent(footage)}`, undefined, 202, ({ job_id, status }, location) => status === 'started' && location === `/jobs/${job_id}/status`],
  ['POST', '/scan', () => ({ directory: folder.path('no-such-folder') }), 400, ({ error }) => /no such file or folder/.test(error.message)],
  ['POST', '/scan', { directory: '/no/such/folder' }, 409, ({ error }) => /lies in no folder this node may read/.test(error.message)],
  ['POST', '/scan', undefined, 400, ({ error }) => /say what to scan/.test(error.message)],
  ['GET', '/search?q=a-roll&type=video', undefined, 200, (rows) => Array.isArray(rows)],
  ['GET', '/search?q=a-roll', undefined, 200, (rows) => rows.length === 1 && rows[0].tags.includes('a-roll') && typeof rows[0].size_bytes === 'number' && rows[0].path.includes('/')],
  ['POST', '/search?q=a-roll&limit=5', undefined, 200, (rows) => rows.length === 1],
  ['POST', '/search', { q: 'a-roll', type: 'text' }, 400, ({ error }) => error.code === 'ERR_INVALID_INPUT'],
  ['GET', '/recent?limit=1', undefined, 200, (rows) => rows.length === 1 && typeof rows[0].mime === 'string'],
  ['GET', '/stats', undefined, 200, ({ total_files, total_size_bytes, by_mime, by_batch }) => total_files > 0 && total_size_bytes > 0 && by_mime[0].count > 0 && by_mime[0].size > 0 && Array.isArray(by_batch)],
  ['GET', '/batches', undefined, 200, (rows) => JSON.stringify(rows) === '[{"batch":"day1","count":2}]'],
  ['GET', '/batches/day1', undefined, 200, (rows) => rows.length >= 2 && rows[0].batch === 'day1'],
  ['GET', '/batches/day1/cards', undefined, 200, ({ batch_id, items }) => batch_id === 'day1' && items.length >= 2 && Array.isArray(items[0].scenes)],
  ['GET', '/batches/day1/cards?limit=1', undefined, 200, ({ items }) => items.length === 1 && items[0].score === null],
  ['GET', '/batches/no-such-batch', undefined, 404, ({ error }) => /there is no batch/.test(error.message)],
  ['POST', '/batches', () => ({ folder: footage, name: 'day one' }), 200, ({ job_id, status }) => typeof job_id === 'string' && status === 'started'],
  ['POST', '/batches', { folder: '/a', paths: ['/b'] }, 400, ({ error }) => /one of them/.test(error.message)],
  ['POST', '/batches', { paths: ['/etc/hosts', '/etc/passwd'] }, 409, ({ error }) => /lies in no folder this node may read/.test(error.message)],
  ['DELETE', '/batches/any', undefined, 200, (said) => said === 'there was none'],
  ['POST', () => `/backup?destination=${encodeURIComponent(join(ring.dir, 'archive'))}`, undefined, 200, ({ copied, skipped, dest }) => copied > 0 && skipped >= 0 && dest.endsWith('archive')],
  ['POST', '/backup?destination=relative', undefined, 400, ({ error }) => /no absolute path/.test(error.message)],
  ['POST', '/sync_album?album=Project', { root: '/media' }, 404, ({ error }) => /there is no album "Project"/.test(error.message)],
  ['POST', '/sync_album?album=Project', undefined, 400, ({ error }) => /root/.test(error.message)],
  ['GET', '/paths', undefined, 200, (rows) => JSON.stringify(rows) === JSON.stringify([folder.root])],
  ['POST', '/paths', () => ({ path: folder.root }), 409, ({ error }) => /is a folder of this node already/.test(error.message)],
  ['POST', '/paths', { path: 'relative' }, 400, ({ error }) => /absolute path/.test(error.message)],
  ['DELETE', '/paths/nothing', undefined, 200, (said) => said === 'there was none'],
  ['GET', '/jobs', undefined, 200, ({ jobs }) => jobs.length > 0 && jobs.every(({ kind }: Json) => kind !== 'stats' && kind !== 'batches') && ['running', 'completed', 'error'].includes(jobs[0].status)],
  ['GET', '/jobs/nothing/status', undefined, 404, ({ error }) => /there is no job|no such job/.test(error.message)],
  ['POST', '/cli', { action: 'stats', params: {} }, 200, ({ total_files }) => total_files > 0],
  ['POST', '/cli', { action: 'clean', params: {} }, 400, ({ error }) => /there is no action "clean"/.test(error.message)],
  ['GET', '/api/devices', undefined, 200, ({ devices, count, machines }) => devices.length === count && Array.isArray(machines)],
  ['GET', '/hwcapture/devices', undefined, 200, (rows) => Array.isArray(rows)],
  ['GET', '/hwcapture/features', undefined, 200, ({ hls }) => hls === true],
  ['GET', '/hwcapture/stream?device=porch&fps=2', undefined, 302, (_json, location) => location === '/stream/porch?fps=2'],
  ['GET', '/hwcapture/stream?device=porch&fps=30', undefined, 302, (_json, location) => location === '/stream/porch?fps=10'],
  ['GET', '/hwcapture/stream_mjpeg?device=porch&quality=80', undefined, 302, (_json, location) => location === '/stream/porch'],
  ['GET', '/hwcapture/stream', undefined, 400, ({ error }) => /say which camera/.test(error.message)],
  ['POST', '/hwcapture/hls?device=porch', undefined, 200, ({ url }) => url === '/hls/porch/index.m3u8'],
  ['GET', '/preview/porch/index.m3u8', undefined, 302, (_json, location) => location === '/hls/porch/index.m3u8'],
  ['GET', '/hwcapture/live/stream.m3u8?device=porch', undefined, 302, (_json, location) => location === '/hls/porch/index.m3u8'],
  ['GET', '/v1/folders', undefined, 200, ({ folders }) => folders.includes(footage)],
  ['GET', () => `/v1/assets?folder=${encodeURIComponent(footage)}&page_size=1`, undefined, 200, ({ total, page, items }) => total >= 2 && page === 1 && items.length === 1 && items[0].hash === items[0].id],
  ['GET', () => `/v1/assets/${clipId}`, undefined, 200, ({ id, hash, folder: from, origin_path }) => id === clipId && hash === clipId && from === footage && origin_path === clip],
  ['GET', '/v1/assets/nothing', undefined, 400, ({ error }) => error.code === 'ERR_INVALID_ID'],
  ['GET', () => `/v1/bytes?key=${clipId}`, undefined, 302, (_json, location) => location === `/api/v1/assets/${clipId}/content`],
  ['GET', '/v1/bytes?key=nothing', undefined, 400, ({ error }) => error.code === 'ERR_INVALID_ID'],
  ['GET', '/explorer/folders', undefined, 200, (rows) => rows.every((row: Json) => 'parent_id' in row) && rows.some((row: Json) => row.path === footage)],
  ['GET', () => `/explorer/assets?path=${encodeURIComponent(footage)}`, undefined, 200, (rows) => rows.length >= 2],
  ['GET', '/api/v1/upload/nothing', undefined, 404, ({ error }) => /no job/.test(error.message)],
  ['POST', '/api/embedding/videos/ingest', () => ({ path: clip, generate_levels: ['L0', 'L1'] }), 200, ({ uuid, levels }) => /^[0-9a-f]{64}$/.test(uuid) && levels.L0 === 1 && Object.keys(levels).join() === 'L0,L1'],
  ['POST', '/api/embedding/videos/ingest', { path: '/etc/hosts' }, 409, ({ error }) => /lies in no folder this node may read/.test(error.message)],
  ['POST', '/api/embedding/videos/ingest', { path: '/media/video.mp4', generate_levels: ['L9'] }, 400, ({ error }) => error.code === 'ERR_INVALID_INPUT'],
  ['POST', '/dam/videos/ingest', () => ({ path: clip, metadata: { title: 'Tide', tags: ['harbour'], anything: 1 } }), 200, ({ uuid, path, duration, levels, metadata }) => uuid.length === 64 && path === clip && duration > 0 && Object.keys(levels).join() === 'L0,L1,L2,L3' && metadata.title === 'Tide' && metadata.tags.includes('harbour')],
  ['POST', '/dam/videos/batch-ingest', () => [clip, folder.path('day1/none.mp4')], 200, ({ results }) => results[0].status === 'ok' && results[1].status === 'error' && /no such file/.test(results[1].error)],
  ['POST', '/dam/search', { query: 'harbour', level: 'L3' }, 200, (rows) => JSON.stringify(rows) === '[]'],
  ['POST', '/dam/search', { query: '' }, 400, ({ error }) => error.code === 'ERR_INVALID_INPUT'],
  ['GET', () => `/dam/videos?filter_by=${encodeURIComponent('day1/a.')}`, undefined, 200, ({ videos, total }) => total === 1 && videos[0].path === clip && videos[0].levels.L0 === 1],
  ['GET', '/dam/videos/nothing', undefined, 400, ({ error }) => error.code === 'ERR_INVALID_ID'],
  ['GET', `/dam/videos/${'0'.repeat(64)}`, undefined, 404, ({ error }) => /no such video/.test(error.message)],
  ['GET', `/dam/search/similar/${'0'.repeat(64)}`, undefined, 404, ({ error }) => /no such video/.test(error.message)],
  ['POST', '/dam/system/reindex', undefined, 200, ({ status }) => status === 'up to date'],
  ['GET', '/dam/system/stats', undefined, 200, ({ total_videos, total_vectors, vectors_by_level, storage_used }) => total_videos >= 1 && total_vectors >= 0 && vectors_by_level === null && storage_used === 'ring'],
  ['GET', '/dam/health', undefined, 200, ({ status }) => status === 'ok'],
  ['POST', '/api/embedding/videos/batch-ingest', () => [clip], 200, ({ results }) => results[0].status === 'ok' && results[0].uuid === clipId],
  ['POST', '/api/embedding/search', { query: 'harbour', level: 'L0', limit: 5 }, 200, (rows) => Array.isArray(rows) && rows.every(({ uuid, level, start_time, end_time, score }: Json) => uuid.length === 64 && level === 'L0' && end_time >= start_time && score > 0)],
  ['POST', '/api/embedding/search', { query: '' }, 400, ({ error }) => error.code === 'ERR_INVALID_INPUT'],
  ['GET', () => `/api/embedding/search/similar/${clipId}`, undefined, 200, ({ similar_videos }) => Array.isArray(similar_videos)],
  ['GET', () => `/api/embedding/videos?filter_by=${encodeURIComponent('day1/a.')}`, undefined, 200, ({ videos, total }) => total === 1 && videos[0].uuid === clipId],
  ['GET', () => `/api/embedding/videos/${clipId}`, undefined, 200, ({ uuid, path, duration, levels }) => uuid === clipId && path === clip && duration > 0 && levels.L0 === 1],
  ['DELETE', `/api/embedding/videos/${'0'.repeat(64)}`, undefined, 404, ({ error }) => /no such video/.test(error.message)],
  ['POST', '/api/embedding/system/reindex', undefined, 200, ({ status }) => status === 'up to date'],
  ['GET', '/api/embedding/system/stats', undefined, 200, ({ total_videos, storage_used }) => total_videos >= 1 && storage_used === 'ring'],
  ['GET', '/api/embedding/health', undefined, 200, ({ status }) => status === 'ok'],
  ['GET', '/api/embedding/other', undefined, 404, ({ error }) => typeof error.message === 'string'],
  ['POST', '/trim_idle', undefined, 501, ({ error }) => error.code === 'ERR_UNSUPPORTED_ACTION'],
  ['POST', '/hwcapture/witness_record?hero=porch&witness=porch', undefined, 400, ({ error }) => /two cameras/.test(error.message)],
  ['POST', '/hwcapture/record?device=porch&fname=capture.mp4', undefined, 400, ({ error }) => /leave fname out/.test(error.message)],
  ['POST', '/hwcapture/record?device=porch&codec=h264', undefined, 400, ({ error }) => /leave codec out/.test(error.message)]
]

for (const [method, path, body, status, isRight] of ROUTES) {
  test(`${method} ${typeof path === 'string' ? path : String(path).replace(/^\(\) => /, '')} answers ${status} as documented`, async () => {
    const answer = await ask(method, typeof path === 'string' ? path : path(), typeof body === 'function' ? body() : body)
    assert.equal(answer.status, status, JSON.stringify(answer.json).slice(0, 300))
    assert.ok(isRight(answer.json, answer.location), JSON.stringify(answer.json).slice(0, 500))
  })
}

test('a scan is followed by its job as the first README says', async () => {
  const { json: { job_id } } = await ask('POST', `/scan?dir=${encodeURIComponent(footage)}`)
  const done = await until(async () => {
    const { json } = await ask('GET', `/jobs/${job_id}/status`)
    return json.status === 'completed' ? json : undefined
  }, 'the scan is through')
  assert.deepEqual([done.progress, done.result.processed > 0], [1, true])
  for (const path of [`/jobs/${job_id}`, `/batches/jobs/${job_id}`]) assert.deepEqual((await ask('GET', path)).json, done)
})

test('what the first clients know as a video is looked at by its levels, has similar ones, and goes into the trash', async () => {
  const { json: { videos } } = await ask('GET', `/dam/videos?filter_by=${encodeURIComponent('day1/b.')}`)
  const { uuid } = videos[0]
  await until(async () => (await ask('GET', `/dam/videos/${uuid}`)).json.levels.L2 >= 1, 'its scenes are known', 120_000)
  const { json: { levels } } = await ask('GET', `/dam/videos/${uuid}`)
  assert.ok(levels.L1 >= levels.L2, JSON.stringify(levels))
  assert.ok(Array.isArray((await ask('GET', `/dam/search/similar/${uuid}`)).json.similar_videos))
  assert.deepEqual((await ask('DELETE', `/dam/videos/${uuid}`)).json, { deleted: uuid })
  assert.equal((await ask('GET', `/dam/videos/${uuid}`)).status, 404)
  assert.equal((await ask('POST', `/api/v1/assets/${uuid}/restore`, {})).status, 200)
})

const completed = (id: string): Promise<Json> => until(async () => {
  const { json } = await ask('GET', `/jobs/${id}/status`)
  assert.notEqual(json.status, 'error', JSON.stringify(json))
  return json.status === 'completed' ? json : undefined
}, 'the job is through')

test('a batch of paths is one import under its name; taking it back leaves what somebody edited', async () => {
  const { json: { job_id } } = await ask('POST', '/batches', { name: 'extras', paths: [folder.path('stills/photo.jpg'), folder.path('sound')] })
  await completed(job_id)
  const { json: rows } = await ask('GET', '/batches/extras')
  assert.deepEqual(rows.map(({ path, batch }: Json) => [path, batch]).sort(), [[folder.path('sound/tone.wav'), 'extras'], [folder.path('stills/photo.jpg'), 'extras']])
  assert.deepEqual((await ask('GET', '/batches')).json.map(({ batch, count }: Json) => `${batch} ${count}`).sort(), ['day1 2', 'extras 2'])
  assert.deepEqual((await ask('GET', '/stats')).json.by_batch.length > 0, true)
  await ask('PATCH', `/api/v1/assets/${rows[0].id}`, { rating: 2 })
  assert.deepEqual((await ask('DELETE', '/batches/extras')).json, { removed: 1, left: 1 })
  assert.deepEqual((await ask('GET', '/batches/extras')).json.map(({ id }: Json) => id), [rows[0].id])
  assert.equal((await ask('POST', '/api/v1/undo', {})).status, 200) // by whom it was asked, so it can be undone
  assert.equal((await ask('GET', '/batches/extras')).json.length, 2)
})

test('sync_album lays an album out in a folder, and brings only what is missing the second time', async () => {
  const { json: { id } } = await ask('POST', '/api/v1/albums', { name: 'Project Alpha' })
  const { json: { assets } } = await ask('GET', '/api/v1/assets?limit=100')
  const ids = assets.filter(({ name }: Json) => ['a.mp4', 'b.mov'].includes(name)).map((asset: Json) => asset.id)
  assert.equal((await ask('POST', '/api/v1/assets/edit', { ids, patch: { addAlbums: [id] } })).json.changed, 2)
  const root = join(ring.dir, 'workspace')
  const sync = (): ReturnType<typeof ask> => ask('POST', '/sync_album?album=Project%20Alpha', { root, category: 'edit', copy: true })
  assert.deepEqual((await sync()).json, { album: 'Project Alpha', category: 'edit', synced: 2, skipped: 0, dest: join(root, 'edit') })
  assert.deepEqual((await readdir(join(root, 'edit/Project Alpha'))).sort(), ['a.mp4', 'b.mov'])
  assert.ok((await readFile(join(root, 'edit/Project Alpha/a.mp4'))).equals(await readFile(clip)))
  assert.deepEqual((await sync()).json, { album: 'Project Alpha', category: 'edit', synced: 0, skipped: 2, dest: join(root, 'edit') })
  assert.match((await ask('POST', '/sync_album?album=Project%20Alpha&category=..', { root })).json.error.message, /the name of one folder/)
  assert.match((await ask('POST', '/sync_album?album=Project%20Alpha', { root: join(ring.dir, 'alder') })).json.error.message, /keeps its own things in/)
})

test('a film of a folder that was added by query is found by what is said in it, is like the one with the same pictures, and its folder is removed by name', async () => {
  const more = await createMediaFolder(['day1/c.mkv'])
  try {
    await writeFile(more.path('day1/c.srt'), '1\n00:00:00,200 --> 00:00:01,000\nThe lighthouse keeper\n')
    assert.deepEqual((await ask('POST', `/paths?name=more&path=${encodeURIComponent(more.root)}`)).json, { added: more.root })
    await completed((await ask('POST', `/scan?dir=${encodeURIComponent(more.root)}`)).json.job_id)
    const [hit] = await until(async () => {
      const { json } = await ask('POST', '/dam/search', { query: 'lighthouse' })
      return json.length > 0 ? json : undefined
    }, 'it is found by what is said', 60_000)
    assert.deepEqual([Object.keys(hit).sort().join(), hit.path, hit.start_time >= 0 && hit.start_time < hit.end_time, hit.score > 0], ['end_time,level,metadata,path,score,start_time,uuid', more.path('day1/c.mkv'), true, true])
    assert.match(hit.level, /^L[0-2]$/)
    const like = await until(async () => (await ask('GET', `/dam/search/similar/${hit.uuid}`)).json.similar_videos.find(({ uuid }: Json) => uuid === clipId), 'the same pictures are found to be alike', 60_000)
    assert.deepEqual([Object.keys(like).sort().join(), like.path, like.score > 0.8], ['path,score,title,uuid', clip, true])
    const { json: { items } } = await ask('GET', '/batches/day1/cards?include_score=true')
    const card = items.find(({ artifact }: Json) => artifact.id === clipId)
    assert.deepEqual([card.score > 0.8, card.scenes.length > 0, typeof card.scenes[0].time], [true, true, 'number'])
    const picture = await fetch(node.url + card.scenes[0].url)
    assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/jpeg'])
    assert.equal((await ask('DELETE', '/paths/more')).json, 'removed')
    assert.ok(!(await ask('GET', '/paths')).json.includes(more.root))
  } finally {
    await more.remove()
  }
})

test('an upload goes in and is asked after', async () => {
  const form = new FormData()
  form.append('file', new Blob([await readFile(clip)]), '../clip.mov')
  const { status, json } = await ask('POST', '/api/v1/upload', form)
  assert.deepEqual([status, json.status, json.filename], [202, 'queued', 'clip.mov'])
  assert.equal((await ask('GET', `/api/v1/upload/${json.job_id}`)).json.status, 'done')
})

test('the camera streams under the first names, and is not recorded by hand unless it may be', async () => {
  await until(async () => (await ring.camera('porch', node))?.live, 'the camera is live')
  const stream = await fetch(`${node.url}/stream/porch`, { signal: AbortSignal.timeout(30_000) })
  assert.match(stream.headers.get('content-type') ?? '', /multipart\/x-mixed-replace/)
  await stream.body?.cancel()
  const refused = await ask('POST', '/daemon/record/start', { device: 'porch' })
  assert.ok(refused.status >= 400 && refused.status < 500, JSON.stringify(refused.json))
  await ring.send('PATCH', `${node.url}/api/v1/cameras/porch`, { record: { mode: 'manual' } })
  assert.deepEqual((await ask('POST', '/daemon/record/start', { device: 'porch' })).json.status, 'recording')
  assert.deepEqual((await ask('DELETE', '/hwcapture/record/porch')).json, { stopped: 'porch' })
  const { json: { job, file, status } } = await ask('POST', '/hwcapture/record?device=porch')
  assert.deepEqual([job, status], ['porch', 'recording'])
  await until(async () => (await ask('GET', file)).status === 302, 'what is recorded plays')
  assert.deepEqual((await ask('POST', '/daemon/record/stop', { device: 'porch' })).json.status, 'stopped')
})

test('two cameras are recorded together for as long as was said, or until the job is ended', async () => {
  await until(async () => (await ring.camera('yard', node))?.live, 'the second camera is live')
  await ring.send('PATCH', `${node.url}/api/v1/cameras/yard`, { record: { mode: 'manual' } })
  const isOn = async (): Promise<boolean[]> => Promise.all(['porch', 'yard'].map(async (id) => (await ask('GET', `/api/v1/cameras/${id}`)).json.record.on))
  const { json: { job, status } } = await ask('POST', '/hwcapture/witness_record?duration=4&hero=yard')
  assert.deepEqual([status, await isOn()], ['started', [true, true]])
  const { result } = await completed(job)
  assert.deepEqual([await isOn(), result.cameras], [[false, false], ['yard', 'porch']])
  for (const path of [result.raw, result.witness]) await until(async () => (await fetch(node.url + path)).headers.get('content-type') === 'video/mp4', `${path} plays`)
  const { json: long } = await ask('POST', '/hwcapture/witness_record', { duration: 600 })
  assert.equal((await ask('DELETE', `/jobs/${long.job}`)).status, 200)
  await until(async () => (await ask('GET', `/jobs/${long.job}`)).json.status === 'cancelled', 'the take is ended')
  assert.deepEqual(await isOn(), [false, false])
})

test('/ws/control and /ws/camera speak as the first clients do', async () => {
  const said = (path: string, ...actions: object[]): Promise<Json[]> => new Promise((resolve, reject) => {
    const socket = new WebSocket(`${node.url.replace('http', 'ws')}${path}`)
    const heard: Json[] = []
    socket.addEventListener('open', () => { for (const action of actions) socket.send(JSON.stringify(action)) })
    socket.addEventListener('error', () => reject(new Error('the socket failed')))
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data)) as Json
      if (message.event !== 'recording_status') heard.push(message)
      if (heard.length < actions.length + (path === '/ws/camera' ? 1 : 0)) return
      socket.close()
      resolve(heard)
    })
    setTimeout(() => reject(new Error(`heard only ${JSON.stringify(heard).slice(0, 500)}`)), 40_000).unref()
  })
  const control = await said('/ws/control', { action: 'list_devices' }, { action: 'toggle_overlay', overlay: 'zebra', enabled: true }, { action: 'start_record', device: 'porch' }, { action: 'fly' })
  assert.deepEqual(control.map(({ event }) => event).sort(), ['device_list', 'error', 'overlay_toggled', 'recording_started'])
  const settings = { brightness: 0.5 }
  const more = await said('/ws/control', { action: 'stop_record', device: 'porch' }, { action: 'select_stream', device: 'porch' }, { action: 'set_preview', settings })
  assert.deepEqual(more.sort((a, b) => a.event < b.event ? -1 : 1), [{ event: 'preview_settings', settings }, { event: 'recording_stopped', device: 'porch' }, { event: 'stream_selected', device: 'porch' }])
  const [ready, list] = await said('/ws/camera', { action: 'list_devices' })
  assert.deepEqual([ready.event, list.event, Array.isArray(list.devices)], ['camera_ws_ready', 'device_list', true])
  const camera = await said('/ws/camera', { action: 'capture_frame', device: 'porch' })
  assert.equal(camera[0].event, 'camera_ws_ready')
  assert.equal(Buffer.from(camera[1].data, 'base64').subarray(0, 2).toString('hex'), 'ffd8')
})

test('a person who opens /jobs gets the page, not the JSON', async () => {
  const answer = await fetch(`${node.url}/jobs`, { headers: { accept: 'text/html' } })
  assert.match(answer.headers.get('content-type') ?? '', /text\/html/)
})

test('a workflow runs from the command line, with per-step results and a history', async () => {
  const [archive, card, raid, root] = ['second-archive', 'cards/A001', 'raid', 'workspace'].map((name) => join(ring.dir, name)) as [string, string, string, string]
  for (const place of [archive, card, raid]) await mkdir(place, { recursive: true })
  await ask('POST', '/paths', { name: 'cards', path: join(ring.dir, 'cards') })
  await writeFile(join(card, 'C0001.MP4'), await readFile(clip))
  const file = join(ring.dir, 'workflow.json')
  await writeFile(file, JSON.stringify({ name: 'Day', workflow: [{ action: 'scan', root: footage }, { action: 'backup', backup_root: archive }, { action: 'tag', query: 'tag:a-roll', tags: ['kept'] }, { action: 'edit', query: 'tag:kept', rating: 5, remove_tags: ['kept'] },
    { action: 'paths' }, { action: 'batches', cmd: 'show', name: 'day1' }, { action: 'sync_album', root, album: 'Project Alpha', category: 'edit', copy: true }, { action: 'offload', source: card, to: [raid] }, { action: 'stats' }] }))
  const dry = await run('workflow', 'run', file, '--dry-run', '--node', node.url)
  assert.match(dry.stdout, /done {5}scan: would import[\s\S]*done {5}sync_album: would put 0 files of album Project Alpha into .*, 2 are there[\s\S]*done {5}offload: would copy 1 file, \d+ bytes/)
  assert.deepEqual(await readdir(raid), [])
  const kept = await run('workflow', 'add', file, '--node', node.url, '--json')
  const { id } = JSON.parse(kept.stdout) as { id: string }
  const { code, stdout, stderr } = await run('workflow', 'run', id, '--node', node.url)
  assert.equal(code, 0, stdout + stderr)
  assert.match(stdout, /done {5}backup: \d+ objects copied[\s\S]*done {5}tag: 1 asset changed[\s\S]*done {5}edit: 1 asset changed[\s\S]*done {5}paths: 2 paths[\s\S]*done {5}batches: day1[\s\S]*done {5}sync_album: 0 synced, 2 already there[\s\S]*done {5}offload: 1 file copied and verified[\s\S]*done {5}stats/)
  assert.ok((await readFile(join(raid, 'A001/C0001.MP4'))).equals(await readFile(clip)))
  assert.deepEqual((await ask('GET', '/search?q=a-roll')).json.map(({ rating, tags }: Json) => [rating, tags]), [[5, ['a-roll']]])
  const history = JSON.parse((await run('workflow', 'history', id, '--node', node.url, '--json')).stdout) as { jobs: unknown[] }
  assert.equal(history.jobs.length, 1)
  const bad = await run('workflow', 'check', '-', '--node', node.url)
  assert.equal(bad.code, 1)
  const broken = await ask('POST', '/api/v1/workflows', { workflow: [{ action: 'sync_album', root: '/x' }] })
  assert.match((broken.json as ErrorBody).error.message, /step 1: sync_album: .*album/)
})

test('a camera that is not recorded, and a node that is up again, go out under the first names; jobs are known then', async () => {
  const told: Json[] = []
  const receiver = createServer(async (request, response) => {
    told.push(await json(request))
    response.end()
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  try {
    await ring.send('POST', `${node.url}/api/v1/webhooks`, { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, events: ['capture.service_up', 'capture.error'], allowPrivate: true })
    const peer = await ring.peer([{ name: 'gate', source: 'test' }], node)
    await until(async () => (await ring.camera('gate', node))?.live, 'a camera that is always recorded is live')
    await peer.stop()
    const { payload } = await until(() => told.find(({ topic }) => topic === 'capture.error'), 'word that it is not recorded', 90_000)
    assert.equal(payload.device, 'gate')
    const before = (await ask('GET', '/api/v1/jobs?all=true')).json.jobs.filter(({ kind }: Json) => kind === 'workflow').length
    await node.process.kill()
    node = await ring.begin('alder')
    await until(() => told.some(({ topic }) => topic === 'capture.service_up'), 'word that the node is up')
    const after = (await ask('GET', '/api/v1/jobs?all=true')).json
    assert.equal(after.jobs.filter(({ kind }: Json) => kind === 'workflow').length, before)
    assert.deepEqual(after.silent, [])
  } finally {
    receiver.closeAllConnections()
    receiver.close()
  }
})

test.run()
