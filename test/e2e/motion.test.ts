// needs: ffmpeg ffprobe
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import type { JobView, MotionExtracted, MotionFile, MotionView } from '#protocols/http.ts'
import { FILM, makeMovingFilm, SQUARE, squareAt } from '../support/moving-film.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('motion of films, on a real node')
const run = promisify(execFile)
let ring: TestRing
let node: NodeProcess
let film: Buffer<ArrayBuffer>
let id: string
const path = (part: string): string => `${node.url}/api/v1/assets/${id}/motion${part}`

test.before(async () => {
  ring = await TestRing.create()
  const place = join(ring.dir, 'film.mp4')
  await makeMovingFilm(place)
  film = await readFile(place)
  node = await ring.begin('alder')
  const { results } = await ring.upload(node, 'film.mp4', film)
  id = results[0]!.assetId!
})
test.after(() => ring?.end())

async function ended(job: JobView): Promise<JobView> {
  return until(async () => {
    const now = await ring.get<JobView>(`${node.url}/api/v1/jobs/${job.id}`)
    return now.endedMs === null ? undefined : now
  }, 'the job ends', 120_000)
}

test('nothing is known of motion before somebody asks, and the answer says what to do', async () => {
  const answer = await fetch(path(''))
  assert.equal(answer.status, 404)
  assert.match((await answer.json() as { error: { message: string } }).error.message, /POST …\/motion/)
})

test('a job finds the thing that moves, where it is, and the zones it goes through', async () => {
  const zones = [{ name: 'the right', polygon: [[0.5, 0], [1, 0], [1, 1], [0.5, 1]] }]
  const job = await ended(await ring.send<JobView>('POST', path(''), { zones, features: true }))
  assert.deepEqual([job.kind, job.state, job.error], ['motion', 'done', null])
  const { tracks, stretches, durationMs, framesPerSecond, width, height, featureTracks } = await ring.get<MotionView>(path(''))
  assert.deepEqual([durationMs, framesPerSecond, width, height], [FILM.seconds * 1000, FILM.rate, FILM.width, FILM.height])
  assert.equal(tracks.length, 1, 'one thing')
  const seen = tracks[0]!.points.filter(({ isSeen }) => isSeen)
  assert.ok(seen.length > 30, `seen ${seen.length} times`)
  const off = seen.map(({ atMs, box: [x, y, w, h] }) => Math.hypot((x + w / 2) * FILM.width - squareAt(atMs / 1000)[0] - SQUARE.side / 2, (y + h / 2) * FILM.height - squareAt(atMs / 1000)[1] - SQUARE.side / 2))
  assert.ok(Math.max(...off) < 12, `its middle is ${Math.max(...off).toFixed(1)} pixels off at most`)
  assert.ok(Math.abs(stretches[0]!.fromMs - SQUARE.fromSeconds * 1000) <= 200, `motion begins at ${stretches[0]!.fromMs}`)
  const entersMs = (FILM.width / 2 - SQUARE.side / 2 - SQUARE.left) / SQUARE.pixelsPerSecond * 1000 + 1000
  assert.deepEqual(tracks[0]!.zones.map(({ zone }) => zone), ['the right'])
  assert.ok(Math.abs(tracks[0]!.zones[0]!.enteredMs - entersMs) <= 300, `entered at ${tracks[0]!.zones[0]!.enteredMs}, truly at ${entersMs}`)
  assert.ok(featureTracks > 20, `${featureTracks} points`)
})

test('what was found is had as JSON, CSV, a chan file and a script; the same twice', async () => {
  const json = JSON.parse((await ring.bytes(path('.json'))).toString()) as { cameras: Array<MotionFile & { name: string }> }
  assert.deepEqual(json.cameras.map(({ name, tracks }) => [name, tracks.length]), [['film.mp4', 1]])
  const [header, ...lines] = (await ring.bytes(path('.csv'))).toString().trim().split('\n')
  assert.match(header!, /^camera,kind,track,frame/)
  assert.ok(lines.some((line) => line.startsWith('film.mp4,object,1,')) && lines.some((line) => line.startsWith('film.mp4,feature,')))
  const chan = (await ring.bytes(path('.chan'))).toString().trim().split('\n').map((line) => line.split('\t').map(Number))
  const frame = chan.find(([number]) => number === 76)! // three seconds in
  assert.ok(Math.abs(frame[1]! - ((squareAt(3)[0] + SQUARE.side / 2) / FILM.width - 0.5)) < 0.02 && Math.abs(frame[2]! - (0.5 - (SQUARE.top + SQUARE.side / 2) / FILM.height) * FILM.height / FILM.width) < 0.02, frame.join())
  assert.equal(frame.length, 7)
  assert.match((await ring.bytes(path('.py'))).toString(), /import bpy/)
  const before = await ring.bytes(path('.json'))
  await ended(await ring.send<JobView>('POST', path(''), json.cameras[0]!.options))
  assert.ok(before.equals(await ring.bytes(path('.json'))), 'the same film gives the same')
})

test('a mask takes the thing out', async () => {
  await ended(await ring.send<JobView>('POST', path(''), { masks: [[[0, 0.3], [1, 0.3], [1, 0.7], [0, 0.7]]] }))
  assert.deepEqual((await ring.get<MotionView>(path(''))).tracks, [])
  await ended(await ring.send<JobView>('POST', path(''), {}))
  assert.equal((await ring.get<MotionView>(path(''))).tracks.length, 1)
})

test('the best picture of the thing, and the stretch of the film it is in', async () => {
  const jpeg = await ring.bytes(path('/tracks/1.jpg'))
  assert.deepEqual([...jpeg.subarray(0, 2)], [0xff, 0xd8])
  const place = join(ring.dir, 'clip.mp4')
  await writeFile(place, await ring.bytes(path('/tracks/1.mp4')))
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', place])
  assert.ok(Math.abs(Number(stdout) - 6) < 1.1, `${stdout} s`)
  for (const part of ['/tracks/2.jpg', '/tracks/x.jpg', '/tracks/1.gif']) assert.equal((await fetch(path(part))).status, 404, part)
})

test('hero and witness are looked at by one job, and are one file in which the same thing is at the same place at the same moment', async () => {
  const place = join(ring.dir, 'witness.mp4')
  await makeMovingFilm(place, { delaySeconds: 0.4 }) // it began 0.4 s later, so that everything is earlier in it
  const { results: [{ assetId: other } = { assetId: null }] } = await ring.upload(node, 'witness.mp4', await readFile(place))
  const job = await ended(await ring.send<JobView>('POST', `${node.url}/api/v1/motion`, { assets: [id, other] }))
  assert.deepEqual([job.state, job.filesDone], ['done', 2])
  const { cameras } = JSON.parse((await ring.bytes(path(`.json?witness=${other}@400`))).toString()) as { cameras: Array<MotionFile & { role: string; offsetMs: number }> }
  assert.deepEqual(cameras.map(({ role, offsetMs, tracks }) => [role, offsetMs, tracks.length]), [['hero', 0, 1], ['witness', 400, 1]])
  const [hero, witness] = cameras.map(({ tracks }) => tracks[0]!.points)
  const pairs = witness!.flatMap(({ atMs, box: [x] }) => hero!.filter((point) => point.atMs === atMs + 400).map(({ box }) => Math.abs(box[0] - x)))
  assert.ok(pairs.length > 20 && Math.max(...pairs) < 0.02, `${pairs.length} moments, ${Math.max(...pairs)} apart`)
})

test('what makes no sense is refused', async () => {
  for (const body of [{ masks: [[[0, 0], [1, 1]]] }, { sensitivity: 101 }, { masks: [[[0, 0], [2, 0], [0, 1]]] }, { zones: [{ name: '', polygon: [[0, 0], [1, 0], [0, 1]] }] }, { feature: true }]) {
    const answer = await fetch(path(''), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    assert.equal(answer.status, 400, JSON.stringify(body))
  }
  assert.equal((await fetch(path(`.py?witness=${'0'.repeat(64)}@0`))).status, 404)
  assert.equal((await fetch(path(`.py?witness=${id}`))).status, 400, 'nothing says when it began')
})

test('the first clients\' POST /motion/extract takes files, and answers with pictures of what moved in each', async () => {
  const form = new FormData()
  form.set('sensitivity', '60')
  form.append('files[]', new Blob([film]), 'again.mp4')
  form.append('files[]', new Blob(['this is no film']), 'text.mp4')
  const answer = await fetch(`${node.url}/motion/extract`, { method: 'POST', body: form, signal: AbortSignal.timeout(150_000) })
  const { status, results, job_id: job } = await answer.json() as MotionExtracted
  assert.deepEqual([answer.status, status], [200, 'completed'])
  assert.deepEqual(results.map(({ filename, frames_saved: frames }) => [filename, frames]), [['again.mp4', 1], ['text.mp4', 0]])
  assert.ok(results[1]!.error !== null && results[0]!.error === null)
  assert.deepEqual([...(await ring.bytes(node.url + results[0]!.frames[0]!)).subarray(0, 2)], [0xff, 0xd8])
  assert.deepEqual(await ring.get(`${node.url}/motion/extract/${job}`), { status, error: null, job_id: job, results: [{ ...results[0], filename: 'film.mp4' }] }, 'the ring knew this film by another name')
  assert.equal((await fetch(`${node.url}/motion/extract`, { method: 'POST', body: new FormData() })).status, 400)
})

test.run()
