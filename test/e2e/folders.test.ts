// needs: ffmpeg
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import type { AssetDetail, AssetList, FolderList, JobView } from '#protocols/http.ts'
import { openXattrs } from '../../node/folders/xattrs.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { type NodeProcess, run, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('folders of a node, seen from every node')

let ring: TestRing
let alder: NodeProcess
let birch: NodeProcess
let media: MediaFolder

const asset = (node: NodeProcess, id: string): Promise<AssetDetail> => ring.get<AssetDetail>(`${node.url}/api/v1/assets/${id}`)
const status = async (url: string, init: RequestInit = {}): Promise<number> => (await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) })).status
const named = async (node: NodeProcess, name: string): Promise<AssetDetail> => until(async () => {
  const { assets } = await ring.get<AssetList>(`${node.url}/api/v1/assets?limit=500`)
  const found = assets.find((each) => each.name === name)
  return found && asset(node, found.id)
}, `${node.name} knows ${name}`)

async function ended(node: NodeProcess, job: JobView): Promise<JobView> {
  return until(async () => {
    const now = await ring.get<JobView>(`${node.url}/api/v1/jobs/${job.id}`)
    return now.endedMs === null ? undefined : now
  }, `the job ${job.kind} of ${job.title}`, 90_000)
}

test.before(async () => {
  ring = await TestRing.create()
  alder = await ring.begin('alder')
  birch = await ring.begin('birch')
  await ring.together(2)
  media = await createMediaFolder(['day1/a.mp4', 'sound/tone.wav', 'stills/shot.png'])
  await writeFile(media.path('day1/a.xmp'), '<x:xmpmeta/>')
  ;(await openXattrs()).write(media.path('day1/a.mp4'), 'user.colour', Buffer.from('red').toString('base64')) // where the file system has them
  await utimes(media.path('day1/a.mp4'), 1_700_000_000, 1_700_000_000)
})

test.after(async () => {
  await ring?.end()
  await media?.remove()
})

test('a folder nobody allowed is not read, and the command says how to add it', async () => {
  const refused = await run('scan', media.root, '--node', alder.url)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /lies in no folder this node may read \(it has none yet\).*--add/)
})

test('files that stay where they are play from every node, whole and in ranges', async () => {
  const { stdout, code } = await run('scan', media.root, '--add', '--mode', 'reference', '--node', alder.url, '--json')
  assert.equal(code, 0)
  assert.equal((JSON.parse(stdout) as JobView).imported, 3)
  for (const name of media.whole) {
    const bytes = await readFile(media.path(name))
    const id = createHash('sha256').update(bytes).digest('hex')
    const detail = await until(async () => await status(`${birch.url}/api/v1/assets/${id}`) === 200 ? asset(birch, id) : undefined, `birch knows ${name}`)
    assert.deepEqual([detail.copies, detail.chunks, detail.outside, detail.locations], [[], 0, { missingSinceMs: null }, [{ node: 'alder', path: media.path(name), file: { modifiedAtMs: Math.floor((await stat(media.path(name))).mtimeMs), missingSinceMs: null } }]])
    for (const node of [alder, birch]) {
      assert.equal((await ring.bytes(`${node.url}/api/v1/assets/${id}/content`)).equals(bytes), true, `${name} from ${node.name}`)
      const part = await fetch(`${node.url}/api/v1/assets/${id}/content`, { headers: { range: 'bytes=100-299' }, signal: AbortSignal.timeout(30_000) })
      assert.deepEqual([part.status, Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 300))], [206, true])
    }
    if (detail.poster) assert.equal(await status(`${birch.url}/api/v1/assets/${id}/poster`), 200)
  }
  const film = await named(birch, 'a.mp4')
  assert.deepEqual([film.sidecars, film.modifiedAtMs], [['a.xmp'], 1_700_000_000_000])
  assert.equal((await ring.bytes(`${birch.url}/api/v1/assets/${film.id}/sidecars/a.xmp`)).toString(), '<x:xmpmeta/>')
  const answer = await fetch(`${birch.url}/api/v1/assets/${film.id}/content`, { method: 'HEAD' })
  assert.equal(answer.headers.get('last-modified'), new Date(1_700_000_000_000).toUTCString())
})

test('a download has the bytes, the time, the sidecars and the attributes that the file had', async () => {
  const film = await named(birch, 'a.mp4')
  const to = join(ring.dir, 'downloads')
  const { code, stderr } = await run('download', film.id.slice(0, 12), '--to', to, '--node', birch.url)
  assert.equal(code, 0, stderr)
  const { mtimeMs } = await stat(join(to, 'a.mp4'))
  assert.deepEqual([mtimeMs, (await readFile(join(to, 'a.mp4'))).equals(await readFile(media.path('day1/a.mp4'))), await readFile(join(to, 'a.xmp'), 'utf8')], [1_700_000_000_000, true, '<x:xmpmeta/>'])
  const xattrs = await openXattrs()
  assert.deepEqual(xattrs.read(join(to, 'a.mp4')), xattrs.read(media.path('day1/a.mp4')))
  assert.equal((await run('download', film.id, '--to', to, '--node', birch.url)).code, 1, 'and writes over nothing')
})

test('every node lists the folder, and only its own node changes it', async () => {
  const { folders: [folder] } = await ring.get<FolderList>(`${birch.url}/api/v1/paths`)
  assert.deepEqual([folder?.node, folder?.here, folder?.path, folder?.mode], ['alder', false, media.root, 'reference'])
  const change = { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ watch: true }) }
  assert.equal(await status(`${birch.url}/api/v1/paths/${folder?.id}`, change), 409)
  const listed = await run('paths', 'list', '--node', alder.url)
  assert.match(listed.stdout, /alder +\/.*reference/)
})

test('another scan reads nothing; a rename keeps the edits, a file that is gone is missing everywhere', async () => {
  const film = await named(birch, 'a.mp4')
  await ring.send('PATCH', `${birch.url}/api/v1/assets/${film.id}`, { title: 'Heron over the weir' })
  await mkdir(dirname(media.path('moved/b.mp4')))
  await rename(media.path('day1/a.mp4'), media.path('moved/b.mp4'))
  await rename(media.path('stills/shot.png'), media.path('stills/.shot.png'))
  const job = JSON.parse((await run('scan', media.root, '--node', alder.url, '--json')).stdout) as JobView
  assert.deepEqual([job.imported, job.report?.['unchanged'], job.report?.['moved'], job.report?.['missing']], [0, 1, 1, 1])
  const moved = await until(async () => {
    const now = await asset(birch, film.id)
    return now.locations[0]?.path === media.path('moved/b.mp4') ? now : undefined
  }, 'birch sees where it went')
  assert.deepEqual([moved.title, moved.locations.length], ['Heron over the weir', 1])
  const still = await named(birch, 'shot.png')
  await until(async () => (await asset(birch, still.id)).outside?.missingSinceMs !== null, 'birch knows that it is missing')
  assert.equal(await status(`${birch.url}/api/v1/assets/${still.id}/content`), 503)
})

test('verifying reads the file where it is, and finds a flipped bit', async () => {
  const tone = await named(alder, 'tone.wav')
  const verify = async (): Promise<JobView> => ended(birch, await ring.send<JobView>('POST', `${birch.url}/api/v1/assets/${tone.id}/verify`, {}))
  const good = await verify()
  assert.deepEqual([good.verify?.lost, good.verify?.nodes.map(({ node, good }) => [node, good])], [0, [['alder', 1]]])
  const path = media.path('sound/tone.wav')
  const [bytes, { mtimeMs }] = [await readFile(path), await stat(path)]
  const flipped = Buffer.from(bytes)
  flipped[5_000]! ^= 1
  await writeFile(path, flipped)
  const restored = (Math.floor(mtimeMs) + 0.5) / 1_000 // the same millisecond
  await utimes(path, restored, restored)
  const bad = await verify()
  assert.deepEqual([bad.verify?.lost, bad.verify?.nodes.map(({ damaged }) => damaged)], [1, [1]])
  await writeFile(path, bytes)
  await utimes(path, restored, restored)
})

test('a backup says which files it does not hold', async () => {
  const target = join(ring.dir, 'backup')
  const { stdout, stderr, code } = await run('backup', target, '--node', birch.url, '--json')
  assert.equal(code, 0, stderr)
  const { outside } = JSON.parse(stdout) as { outside: Array<{ name: string; paths: string[] }> }
  assert.deepEqual(outside.map(({ name }) => name).sort(), ['a.mp4', 'shot.png', 'tone.wav'])
  assert.match(stderr, /not in the backup: a\.mp4, whose bytes stay in .*moved\/b\.mp4/)
  const verified = await run('backup', 'verify', target)
  assert.equal(verified.code, 0, verified.stdout)
})

test('what was copied into the ring outlives its file, and is backed up with its sidecars', async () => {
  const film = await named(birch, 'a.mp4')
  const bytes = await readFile(media.path('moved/b.mp4'))
  const job = await ended(birch, await ring.send<JobView>('POST', `${birch.url}/api/v1/assets/${film.id}/copy`, {}))
  assert.deepEqual([job.state, job.error, job.imported, job.bytesDone], ['done', null, 1, bytes.length])
  assert.equal(await status(`${birch.url}/api/v1/assets/${film.id}/copy`, { method: 'POST' }), 409)
  await until(async () => (await asset(alder, film.id)).outside === undefined, 'alder knows the copy')
  await rm(media.path('moved/b.mp4'))
  await run('scan', media.root, '--node', alder.url)
  for (const node of [alder, birch]) assert.equal((await ring.bytes(`${node.url}/api/v1/assets/${film.id}/content`)).equals(bytes), true)
  const target = join(ring.dir, 'backup')
  const { outside } = JSON.parse((await run('backup', target, '--node', birch.url, '--json')).stdout) as { outside: Array<{ name: string }> }
  assert.deepEqual(outside.map(({ name }) => name).sort(), ['shot.png', 'tone.wav'])
  assert.equal((await run('backup', 'verify', target)).code, 0)
})

test('a folder that was removed is not read any more, here or from elsewhere; nor is a link out of one', async () => {
  const tone = await named(birch, 'tone.wav')
  assert.equal(await status(`${birch.url}/api/v1/assets/${tone.id}/content`), 200)
  const aside = join(ring.dir, 'aside')
  await rename(media.path('sound'), aside)
  await symlink(aside, media.path('sound'))
  assert.equal(await status(`${birch.url}/api/v1/assets/${tone.id}/content`), 503)
  await rm(media.path('sound'))
  await rename(aside, media.path('sound'))
  assert.equal(await status(`${birch.url}/api/v1/assets/${tone.id}/content`), 200)
  assert.equal((await run('paths', 'remove', media.root, '--node', alder.url)).code, 0)
  for (const node of [alder, birch]) assert.equal(await status(`${node.url}/api/v1/assets/${tone.id}/content`), 503)
})

test.run()
