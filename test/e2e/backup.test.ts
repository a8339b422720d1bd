import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { BackupContents } from '#protocols/backup.ts'
import type { AssetDetail, AssetList, AssetView, ImportResult, RecordingList } from '#protocols/http.ts'
import { type Ended, type NodeProcess, run, Thatdam, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

interface Backed { generation: string; copied: number; present: number; totals: { assets: number; recordings: number; cameras: number } }
interface Verified { whole: boolean; read: number; seen: number; findings: Array<{ name?: string; problem: string }> }

const test = suite('a backup of a ring, and the ring that is made of it')

let ring: TestRing
let alder: NodeProcess
let dir: string
let ids: string[]
let recording: Buffer
let first: Backed

/** Sound of this many seconds, 192 kB each: noise, so that no two pieces are equal. */
function wav(seconds: number): Buffer {
  const sound = randomBytes(seconds * 192_000)
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + sound.length, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(2, 22)
  head.writeUInt32LE(48_000, 24)
  head.writeUInt32LE(192_000, 28)
  head.writeUInt16LE(4, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(sound.length, 40)
  return Buffer.concat([head, sound])
}

const json = <T>({ stdout, stderr }: Ended): T => {
  assert.match(stdout, /^\{/, stderr)
  return JSON.parse(stdout) as T
}
const backup = (...args: string[]): Promise<Ended> => run('backup', ...args, '--json')
const toFolder = async (): Promise<Backed> => json<Backed>(await backup(dir, '--node', alder.url))
const verify = async (): Promise<Verified & { code: number | null }> => {
  const ended = await backup('verify', dir)
  return { ...json<Verified>(ended), code: ended.code }
}
const recordings = (of: TestRing, node: NodeProcess): Promise<RecordingList> => of.get(`${node.url}/api/v1/cameras/porch/recordings`)
const play = async (of: TestRing, node: NodeProcess): Promise<Buffer> => {
  const [span] = (await recordings(of, node)).spans
  return of.bytes(`${node.url}/api/v1/cameras/porch/play?from=${Math.floor(span!.startMs)}&to=${Math.ceil(span!.endMs)}`)
}

test.before(async () => {
  ring = await TestRing.create()
  alder = await ring.begin('alder')
  await ring.begin('birch')
  await ring.begin('cedar')
  await ring.together(3)
  dir = join(ring.dir, 'backup')
  const media = join(ring.dir, 'media')
  await mkdir(media)
  for (const [name, seconds] of [['long.wav', 90], ['short.wav', 1], ['gone.wav', 2]] as const) await writeFile(join(media, name), wav(seconds))
  const { results } = json<{ results: ImportResult[] }>(await run('import', media, '--node', alder.url, '--json'))
  assert.deepEqual(results.map(({ outcome }) => outcome), ['imported', 'imported', 'imported'])
  ids = ['long', 'short', 'gone'].map((name) => results.find(({ path }) => path.endsWith(`${name}.wav`))!.assetId!)
  for (const id of ids) await ring.allMade(id, alder) // what a run copies is counted
  await ring.send('PATCH', `${alder.url}/api/v1/assets/${ids[0]}`, { title: 'The long one', rating: 4, notes: 'Noise, mostly', addTags: ['noise'] })
  await fetch(`${alder.url}/api/v1/assets/${ids[2]}`, { method: 'DELETE' })
  const peer = await ring.peer([{ name: 'Porch', source: 'test?size=320x180' }], alder)
  await until(async () => (await recordings(ring, alder)).spans.some(({ startMs, endMs }) => endMs - startMs > 4_000), 'four seconds of recording', 60_000)
  await peer.stop()
  await ring.send('PATCH', `${alder.url}/api/v1/cameras/porch`, { record: { away: true } }) // nothing is noted of its absence while backups are compared
  await until(async () => (await recordings(ring, alder)).spans.every(({ ended }) => ended !== null), 'the recording has ended')
  const [span] = (await recordings(ring, alder)).spans
  await ring.send('POST', `${alder.url}/api/v1/cameras/porch/kept`, { fromMs: span!.startMs, toMs: span!.endMs, name: 'the take' })
  await ring.send('PATCH', `${alder.url}/api/v1/cameras/porch`, { retention: { days: 30 } })
  recording = await play(ring, alder)
})

test.after(() => ring?.end())

test('a run that is killed on its way leaves no backup, and the next one goes on where it stopped', async () => {
  const killed = new Thatdam(['backup', dir, '--node', alder.url])
  const objects = async (): Promise<number> => (await readdir(join(dir, 'objects'), { recursive: true }).catch(() => [])).filter((name) => /[0-9a-f]{64}$/.test(name)).length
  await until(async () => await objects() >= 4, 'a few objects are copied')
  await killed.kill()
  const there = await objects()
  first = await toFolder()
  assert.ok(first.present >= there, `${first.present} of ${there} found`)
  assert.deepEqual(first.totals.assets, 3, 'the deleted one too')
  assert.deepEqual([first.totals.recordings, first.totals.cameras], [1, 1])
  assert.deepEqual(await verify().then(({ whole, code }) => ({ whole, code })), { whole: true, code: 0 })
})

test('a second run copies only what is new', async () => {
  assert.equal((await toFolder()).copied, 0)
  await ring.send('PATCH', `${alder.url}/api/v1/assets/${ids[1]}`, { rating: 2 })
  assert.equal((await toFolder()).copied, 1)
  const listed = json<{ generations: Array<{ name: string; assets: number }> }>(await backup('list', dir))
  assert.deepEqual(listed.generations.map(({ assets }) => assets), [3, 3, 3])
  assert.equal(listed.generations[0]?.name, first.generation)
})

test('rot and loss in the backup are told by the name of the asset', async () => {
  const line = (await readFile(join(dir, 'index', (await readdir(join(dir, 'index'))).find((name) => name.startsWith(ids[0]!.slice(0, 2)))!), 'utf8')).split('\n').find((text) => text.startsWith('{"name":"long.wav"'))
  const { content } = JSON.parse(line ?? '{}') as { content: string[] }
  const path = join(dir, 'objects', content[1]!.slice(0, 2), content[1]!)
  const bytes = await readFile(path)
  const flipped = Buffer.from(bytes)
  flipped[1000]! ^= 4
  await writeFile(path, flipped)
  const rotten = await verify()
  assert.equal(rotten.code, 1)
  assert.deepEqual(rotten.findings.map(({ name }) => name), ['long.wav'])
  await rm(path)
  assert.match((await verify()).findings[0]?.problem ?? '', /missing/)
  assert.equal((await toFolder()).copied, 1, 'the next run brings it back')
  assert.equal((await verify()).whole, true)
})

test('a ring that holds something refuses to be restored into, and nothing changes', async () => {
  const before = await ring.get<BackupContents>(`${alder.url}/api/v1/backup`)
  const { code, stderr } = await run('restore', dir, '--node', alder.url)
  assert.equal(code, 1)
  assert.match(stderr, /not empty.*thatdam node --data/)
  assert.deepEqual(await ring.get<BackupContents>(`${alder.url}/api/v1/backup`), before)
})

/** How well a word fits depends on all that a node ever had in its index: the order and what is found are the same, the number need not be. */
const unscored = ({ assets, ...rest }: AssetList): unknown => ({ ...rest, assets: assets.map((asset) => ({ ...asset, score: undefined })) })

/** A minute after its last file it is noted that an import has ended: of the backed-up ring this may be later than its backup. */
const unended = ({ records: { batches = [], ...records }, ...contents }: Omit<BackupContents, 'ringId' | 'node'>): unknown => ({ ...contents, records, batches: batches.map(({ id, fields }) => ({ id, fields: { ...fields, endedMs: 0 } })) })

/** Everything a person, a search or a player can see is the same in both rings. */
async function assertEqual(fresh: TestRing, node: NodeProcess): Promise<void> {
  const { ringId: _mine, node: _name, ...was } = await ring.get<BackupContents>(`${alder.url}/api/v1/backup`)
  const { ringId: _its, node: _its_name, ...is } = await fresh.get<BackupContents>(`${node.url}/api/v1/backup`)
  assert.deepEqual(unended(is), unended(was))
  for (const path of ['assets?limit=500', 'assets?q=noise', 'assets?q=long', 'assets?q=gone']) {
    assert.deepEqual(unscored(await fresh.get<AssetList>(`${node.url}/api/v1/${path}`)), unscored(await ring.get<AssetList>(`${alder.url}/api/v1/${path}`)), path)
  }
  for (const id of ids.slice(0, 2)) {
    assert.ok((await fresh.bytes(`${node.url}/api/v1/assets/${id}/content`)).equals(await ring.bytes(`${alder.url}/api/v1/assets/${id}/content`)))
    const { poster } = await ring.get<AssetView>(`${alder.url}/api/v1/assets/${id}`)
    if (poster) assert.ok((await fresh.bytes(`${node.url}/api/v1/assets/${id}/poster`)).equals(await ring.bytes(`${alder.url}/api/v1/assets/${id}/poster`)))
  }
  const plain = ({ spans }: RecordingList): unknown[] => spans.map(({ node: _node, ...span }) => span)
  assert.deepEqual(plain(await recordings(fresh, node)), plain(await recordings(ring, alder)))
  assert.ok(recording.equals(await play(fresh, node)), 'the recording plays the same')
}

test('restored into one new node, everything is as it was', async () => {
  const fresh = await TestRing.create()
  try {
    const oak = await fresh.begin('oak')
    const { code, stdout } = await run('restore', dir, '--node', oak.url)
    assert.equal(code, 0)
    assert.match(stdout, /3 assets, 1 recordings and 1 cameras are restored/)
    await assertEqual(fresh, oak)
    assert.equal((await run('restore', dir, '--node', oak.url)).code, 1, 'once is enough')
  } finally {
    await fresh.end()
  }
})

test('a restore into two nodes that is killed goes on where it stopped, and both nodes hold it all', async () => {
  const fresh = await TestRing.create()
  try {
    const oak = await fresh.begin('oak')
    const elm = await fresh.begin('elm')
    await fresh.together(2)
    const killed = new Thatdam(['restore', dir, '--node', oak.url])
    await until(async () => (await fresh.get<{ members: Array<{ self: boolean; chunks: number }> }>(`${oak.url}/api/v1/ring`)).members.find(({ self }) => self)!.chunks >= 4, 'a few chunks are written')
    await killed.kill()
    const { resumed } = json<{ resumed: boolean }>(await run('restore', dir, '--node', elm.url, '--json'))
    assert.equal(resumed, true, 'on the other node, too')
    for (const node of [oak, elm]) {
      await until(async () => JSON.stringify((await fresh.get<BackupContents>(`${node.url}/api/v1/backup`)).documents) === JSON.stringify((await ring.get<BackupContents>(`${alder.url}/api/v1/backup`)).documents), `${node.name} has the catalog`, 60_000)
      await assertEqual(fresh, node)
    }
    await until(async () => {
      const { copies, chunks } = await fresh.get<AssetDetail>(`${oak.url}/api/v1/assets/${ids[0]}`)
      return copies.filter((copy) => copy.chunks === chunks).length === 2
    }, 'both nodes hold all of the long one', 60_000)
  } finally {
    await fresh.end()
  }
})

test.run()
