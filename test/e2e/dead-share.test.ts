// needs: smbclient rclone fusermount3 ffmpeg
/** A share whose server is gone: on a mount of the kernel's, whoever asks it anything waits, for minutes or for ever. */
import assert from 'node:assert/strict'
import { cp, readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import type { AssetList, JobView } from '#protocols/http.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { type NodeProcess, run, TestRing } from '../support/processes.ts'
import { createSambaShare, type SambaShare } from '../support/samba-share.ts'
import { until } from '../support/until.ts'

const test = suite('a share whose server does not answer any more')

/** More than a node has threads for files. */
const READERS = 40
const FILES = ['day1/a.mp4', 'day1/b.mov', 'stills/shot.png']
/** Not on the share. */
const OTHERS = ['sound/tone.wav', 'sound/tone.flac', 'stills/photo.jpg']

let ring: TestRing
let node: NodeProcess
let share: SambaShare
let media: MediaFolder
let others: MediaFolder
let ids: string[]

const scan = async (...flags: string[]): Promise<JobView> => JSON.parse((await run('scan', share.mounted, '--node', node.url, '--json', ...flags)).stdout) as JobView
const content = (id: string): Promise<number> => fetch(`${node.url}/api/v1/assets/${id}/content`, { signal: AbortSignal.timeout(60_000) }).then(async (answer) => { await answer.arrayBuffer(); return answer.status })

/** Ended, whatever threads of it the kernel keeps. */
const isOver = (pid: number): Promise<boolean> => readFile(`/proc/${pid}/stat`, 'utf8').then((stat) => stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z'), () => true)

test.before(async () => {
  ;[ring, share, media, others] = await Promise.all([TestRing.create(), createSambaShare(), createMediaFolder(FILES), createMediaFolder(OTHERS)])
  await cp(media.root, share.served, { recursive: true })
  await share.mount()
  node = await ring.begin('alder')
  assert.equal((await scan('--add', '--mode', 'reference')).state, 'done')
  ids = (await ring.get<AssetList>(`${node.url}/api/v1/assets`)).assets.map(({ id }) => id)
  for (const id of ids) await ring.allMade(id, node)
})

test.after(async () => {
  share?.thaw()
  await ring?.end()
  await share?.stop()
  await media?.remove()
  await others?.remove()
})

test('whoever wants its files is told so, and all that is not on it goes on', async () => {
  share.freeze()
  const readers = Promise.allSettled(Array.from({ length: READERS }, (_, i) => content(ids[i % ids.length] as string)))
  for (const name of OTHERS) {
    const bytes = await readFile(others.path(name))
    const { results: [added] } = await ring.upload(node, name, bytes)
    assert.equal(added?.outcome, 'imported', JSON.stringify(added))
    assert.ok((await ring.bytes(`${node.url}/api/v1/assets/${added?.assetId}/content`)).equals(bytes))
  }
  assert.deepEqual(new Set((await readers).map((each) => each.status === 'fulfilled' ? each.value : String(each.reason))), new Set([503]))
  const { stderr, code } = await run('scan', share.mounted, '--node', node.url)
  assert.deepEqual([code, /does not answer: is its server running/.test(stderr)], [1, true], stderr)
})

test('when it answers again everything is as it was, and nothing is read twice', async () => {
  share.thaw()
  const again = await until(async () => {
    const job = await scan()
    return job.state === 'done' ? job : undefined
  }, 'the scan sees it')
  assert.deepEqual([again.imported, again.report?.['unchanged'], again.report?.['missing']], [0, FILES.length, 0])
  for (const id of ids) assert.equal(await content(id), 200)
})

test('a node ends in time though threads of it wait for the share', async () => {
  share.freeze()
  const readers = Promise.allSettled(ids.map(content))
  await until(async () => /does not answer/.test((await run('scan', share.mounted, '--node', node.url)).stderr), 'somebody waits')
  const stopped = node.process.stop()
  await until(() => isOver(node.process.child.pid!), 'it is over')
  share.thaw() // for a file that was open the kernel asks the share on behalf of the dead, and waits
  const { code, stderr } = await stopped
  assert.deepEqual([code, node.process.child.signalCode], [null, 'SIGTERM'], stderr)
  await readers
})

test.run()
