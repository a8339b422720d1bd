// needs: smbclient rclone fusermount3 ffmpeg
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, rename, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetDetail, FolderList, JobView } from '#protocols/http.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { type NodeProcess, run, TestRing } from '../support/processes.ts'
import { createSambaShare, type SambaShare } from '../support/samba-share.ts'
import { until } from '../support/until.ts'

const test = suite('a Samba share, scanned in place')

const FILES = ['day1/a.mp4', 'day1/b.mov', 'sound/tone.wav', 'stills/shot.png']
let ring: TestRing
let alder: NodeProcess
let birch: NodeProcess
let share: SambaShare
let media: MediaFolder

const hashes = new Map<string, string>()
const scan = async (...flags: string[]): Promise<JobView> => JSON.parse((await run('scan', share.mounted, '--node', alder.url, '--json', ...flags)).stdout) as JobView
const asset = (node: NodeProcess, name: string): Promise<AssetDetail> => ring.get<AssetDetail>(`${node.url}/api/v1/assets/${hashes.get(name)}`)

test.before(async () => {
  ;[ring, share, media] = await Promise.all([TestRing.create(), createSambaShare(), createMediaFolder(FILES)])
  await cp(media.root, share.served, { recursive: true })
  await utimes(join(share.served, 'day1/a.mp4'), 1_700_000_000, 1_700_000_000)
  for (const name of FILES) hashes.set(name, createHash('sha256').update(await readFile(media.path(name))).digest('hex'))
  await share.mount()
  alder = await ring.begin('alder')
  birch = await ring.begin('birch')
  await ring.together(2)
})

test.after(async () => {
  await ring?.end()
  await share?.stop()
  await media?.remove()
})

test('its files are in the library with their times, and a node without the share plays them', async () => {
  const job = await scan('--add', '--mode', 'reference', '--watch')
  assert.deepEqual([job.state, job.imported + job.known, job.refused], ['done', FILES.length, 0], JSON.stringify(job.results)) // some may have been found by the watch
  for (const name of FILES) {
    await until(() => asset(birch, name).then(() => true, () => false), `birch knows ${name}`)
    assert.equal((await ring.bytes(`${birch.url}/api/v1/assets/${hashes.get(name)}/content`)).equals(await readFile(media.path(name))), true, name)
  }
  assert.equal((await asset(birch, 'day1/a.mp4')).modifiedAtMs, 1_700_000_000_000)
})

test('it is known to be on the network, where nobody tells of changes', async () => {
  await until(async () => {
    const { folders: [folder] } = await ring.get<FolderList>(`${alder.url}/api/v1/paths`)
    return /on the network, where nobody tells of changes: looked through every/.test(folder?.note ?? '')
  }, 'the folder says so')
})

test('what happens on the server is found by the next scan, and nothing that stayed is read again', async () => {
  await mkdir(join(share.served, 'day2'))
  await rename(join(share.served, 'day1/b.mov'), join(share.served, 'day2/renamed.mov'))
  await rm(join(share.served, 'sound'), { recursive: true })
  const job = await until(async () => {
    const now = await scan()
    return now.report?.['missing'] === 1 ? now : undefined // the client may show what it saw a moment ago
  }, 'the scan sees what the server did')
  assert.equal(job.refused, 0)
  const moved = await asset(alder, 'day1/b.mov')
  assert.deepEqual(moved.locations.map(({ path }) => path), [join(share.mounted, 'day2/renamed.mov')])
  assert.notEqual((await asset(alder, 'sound/tone.wav')).outside?.missingSinceMs, null)
  assert.equal((await scan()).report?.['unchanged'], 3)
})

test('an unmounted share is away: nothing of it is taken to be lost, and after mounting it again nothing is read twice', async () => {
  await share.unmount()
  const away = await run('scan', share.mounted, '--node', alder.url)
  assert.equal(away.code, 1)
  assert.match(away.stderr, /is not there now: nothing is mounted there/)
  assert.equal((await asset(alder, 'day1/a.mp4')).outside?.missingSinceMs, null)
  assert.equal((await fetch(`${birch.url}/api/v1/assets/${hashes.get('day1/a.mp4')}/content`, { signal: AbortSignal.timeout(30_000) })).status, 503)
  await share.mount()
  const back = await scan()
  assert.deepEqual([back.imported, back.bytesTotal, back.report?.['unchanged']], [0, 0, 3])
  assert.equal((await ring.bytes(`${birch.url}/api/v1/assets/${hashes.get('day1/a.mp4')}/content`)).equals(await readFile(media.path('day1/a.mp4'))), true)
})

test.run()
