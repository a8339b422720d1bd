// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetList, JobView, RollFiles, RollList, RollView, SafeView } from '#protocols/http.ts'
import { type Card, createCard } from '../support/card.ts'
import { type NodeProcess, run, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('a card offloaded into a ring')

let ring: TestRing
let alder: NodeProcess
let birch: NodeProcess
let card: Card
let roll: RollView

test.before(async () => {
  card = await createCard()
  const clip = join(card.dir, 'clip.mp4')
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25:d=2', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', clip])
  await card.write('PRIVATE/M4ROOT/CLIP/C0002.MP4', await readFile(clip))
  ring = await TestRing.create()
  alder = await ring.begin('alder')
  birch = await ring.begin('birch')
  await ring.together(2)
  await mkdir(join(card.dir, 'raid'))
  await allow(card.dir)
})
test.after(async () => {
  await ring?.end()
  await card?.remove()
})

const api = <T>(path: string, node = alder): Promise<T> => ring.get<T>(`${node.url}/api/v1/${path}`)
/** Cards of tests lie where no card is mounted. */
const allow = (path: string): Promise<unknown> => ring.send('POST', `${alder.url}/api/v1/paths`, { path })
const safeOf = (node = alder): Promise<SafeView> => api<SafeView>(`rolls/${roll.id}/safe`, node)

test('one command copies it to the ring and to a folder, reads everything twice, and says that it is safe to format', async () => {
  const { code, stdout, stderr } = await run('offload', card.root, '--to', join(card.dir, 'raid'), '--source', '--operator', 'Second Unit', '--node', alder.url, '--json')
  assert.equal(code, 0, stderr)
  const job = JSON.parse(stdout) as JobView
  const { safe, phases } = job.report as { safe: SafeView; phases: Record<string, { filesDone: number }> }
  assert.deepEqual([safe.safe, safe.files, safe.safeFiles, safe.reasons], [true, card.files.size, card.files.size, []])
  assert.deepEqual(Object.values(phases).map(({ filesDone }) => filesDone), [card.files.size, card.files.size, card.files.size, card.files.size])
  ;({ rolls: [roll] } = await api<RollList>('rolls') as unknown as { rolls: [RollView] })
  assert.deepEqual([roll.name, roll.state, roll.files, roll.clips, roll.failed, roll.operator, roll.generations], ['A001', 'done', card.files.size, 1, 0, 'Second Unit', 1])
  assert.equal(roll.sourceReads.direct + roll.sourceReads.cached, card.files.size)
  assert.equal((await run('rolls', 'safe', 'A001', '--node', birch.url)).code, 0, 'every node says the same')
})

test('every file is in the roll with its path, its time and its hashes; media is in the library and in the roll\'s album', async () => {
  const { files, total, folders, mhl } = await api<RollFiles>(`rolls/${roll.id}/files`, birch)
  assert.deepEqual([total, files.map(({ path }) => path).sort()], [card.files.size, [...card.files.keys()].sort()])
  assert.ok(folders.includes('PRIVATE/M4ROOT/SUB'))
  assert.ok(files.every(({ hashes, sourceVerified }) => Object.keys(hashes).length === 3 && sourceVerified))
  for (const [path, bytes] of card.files) assert.ok((await ring.bytes(`${birch.url}/api/v1/rolls/${roll.id}/file?path=${encodeURIComponent(path)}`)).equals(bytes), path)
  const chain = await ring.bytes(`${birch.url}/api/v1/rolls/${roll.id}/mhl?path=${encodeURIComponent('ascmhl/ascmhl_chain.xml')}`)
  assert.match(chain.toString(), new RegExp(mhl.find(({ generation }) => generation === 1)?.c4 ?? 'none'))
  const { assets } = await api<AssetList>('assets?q=C0002')
  assert.deepEqual(assets.map(({ name, kind, locations }) => [name, kind, locations[0]?.path]), [['C0002.MP4', 'video', 'A001/PRIVATE/M4ROOT/CLIP/C0002.MP4']])
})

test('reports as HTML and PDF name every file, its hash and its picture', async () => {
  const html = (await ring.bytes(`${birch.url}/api/v1/rolls/${roll.id}/report.html`)).toString()
  const { files } = await api<RollFiles>(`rolls/${roll.id}/files`)
  for (const { hashes } of files) assert.ok(html.includes(hashes['xxh128'] ?? 'none'))
  assert.match(html, /Second Unit/)
  assert.match(html, /data:image\/jpeg;base64/)
  assert.match(html, /0:02 · h264 320×180 · 25 fps/)
  assert.equal(/<script|src="http/.test(html), false)
  const pdf = join(card.dir, 'report.pdf')
  assert.equal((await run('rolls', 'report', 'A001', pdf, '--node', alder.url)).code, 0)
  const bytes = await readFile(pdf)
  assert.equal(bytes.subarray(0, 5).toString(), '%PDF-')
  assert.match(bytes.toString('latin1'), /\/Subtype \/Image/)
})

test('it comes back out as it was, with its history, which verifies', async () => {
  const out = join(card.dir, 'out')
  const { code, stderr } = await run('rolls', 'restore', 'A001', out, '--node', birch.url)
  assert.equal(code, 0, stderr)
  for (const [path, bytes] of card.files) {
    assert.ok((await readFile(join(out, 'A001', path))).equals(bytes), path)
    assert.equal((await stat(join(out, 'A001', path))).mtimeMs, (await stat(join(card.root, path))).mtimeMs)
  }
  assert.equal((await run('mhl', 'verify', join(out, 'A001'), '--directories')).code, 0)
})

test('a node that falls silent takes the state back at once, by name; it returns with the node', async () => {
  await birch.process.kill()
  await until(async () => !(await safeOf()).safe, 'alder takes it back')
  const { reasons, safeFiles } = await safeOf()
  assert.equal(safeFiles, 0)
  assert.deepEqual(reasons, [`${card.files.size} of ${card.files.size} files have one verified copy: node birch is silent`])
  assert.equal((await run('rolls', 'safe', 'A001', '--node', alder.url)).code, 1)
  birch = await ring.begin('birch')
  await ring.together(2)
  await until(async () => (await safeOf()).safe, 'it is safe again')
})

test('a copy that is gone from a disk takes it back as well, until it is there again and read back', async () => {
  const { files } = await api<RollFiles>(`rolls/${roll.id}/files`)
  const small = files.find(({ path }) => path.endsWith('.hidden'))
  const chunk = join(ring.dir, 'birch/chunks', small!.sha256.slice(0, 2), small!.sha256)
  await rename(chunk, join(card.dir, 'chunk'))
  await birch.process.stop()
  birch = await ring.begin('birch', { flags: ['--repair-after', '1h'] })
  await ring.together(2)
  await until(async () => (await safeOf()).safe || (await safeOf()).reasons.length > 0, 'it is looked at')
  assert.equal((await run('rolls', 'verify', 'A001', '--node', alder.url)).code, 0)
  assert.ok((await stat(chunk)).size > 0, 'it was made good')
  assert.ok((await safeOf()).safe)
})

test('the rule is a setting of the ring: three nodes are asked for, and two do not do', async () => {
  await run('rolls', 'rule', '--nodes', '3', '--node', birch.url)
  await until(async () => !(await safeOf()).safe, 'the rule holds')
  assert.match((await safeOf()).reasons[0] ?? '', /2 verified copies: only 2 nodes live, and the rule asks for 3/)
  await run('rolls', 'rule', '--nodes', '2', '--node', alder.url)
})

test('the same card with a new clip goes on as the same roll: only the clip is read, the history has a second generation', async () => {
  await card.write('PRIVATE/M4ROOT/CLIP/C0003.MP4', Buffer.from('not really a clip'))
  const { code, stdout, stderr } = await run('offload', card.root, '--to', join(card.dir, 'raid'), '--node', alder.url, '--json')
  assert.equal(code, 0, stderr)
  const { report } = JSON.parse(stdout) as JobView
  assert.deepEqual([(report as { phases: { copy: { filesTotal: number } } }).phases.copy.filesTotal, (report as { roll: string }).roll], [1, roll.id])
  const again = await api<RollView>(`rolls/${roll.id}`)
  assert.deepEqual([again.files, again.generations, again.state], [card.files.size, 2, 'done'])
  assert.ok((await safeOf()).safe)
  assert.equal((await run('mhl', 'verify', join(card.dir, 'raid/A001'))).code, 0)
})

test('another card of that name is a roll of its own; a card that is pulled is not safe, and a retry of its job ends well', async () => {
  const other = await createCard()
  try {
    await assert.rejects(ring.send('POST', `${alder.url}/api/v1/offload`, { card: other.root }), /lies in no folder it may read/)
    await allow(other.dir)
    await other.write('PRIVATE/M4ROOT/CLIP/C0001.MP4', Buffer.alloc(64_000_000, 'x'))
    const job = await ring.send<JobView>('POST', `${alder.url}/api/v1/offload`, { card: other.root })
    await until(async () => (await api<JobView>(`jobs/${job.id}`)).filesDone > 0, 'it has begun')
    await rename(other.root, `${other.root}-pulled`)
    const ended = await until(async () => { const view = await api<JobView>(`jobs/${job.id}`); return view.endedMs === null ? undefined : view }, 'it has ended')
    const second = (await api<RollList>('rolls')).rolls[0]!
    assert.notEqual(second.id, roll.id)
    if (ended.state === 'failed') {
      assert.match(ended.error ?? '', /put it back/)
      assert.equal((await api<SafeView>(`rolls/${second.id}/safe`)).safe, false)
    }
    await rename(`${other.root}-pulled`, other.root)
    if (ended.state === 'failed') await ring.send('POST', `${alder.url}/api/v1/jobs/${job.id}/retry`, {})
    await until(async () => (await api<JobView>(`jobs/${job.id}`)).state === 'done', 'the retry ends well', 60_000)
    assert.equal((await api<SafeView>(`rolls/${second.id}/safe`)).safe, true)
  } finally {
    await other.remove()
  }
})

test('a node that dies in the middle of an offload says so when it is back, and its job goes on when it is tried again', async () => {
  const other = await createCard('C001')
  try {
    await allow(other.dir)
    await other.write('PRIVATE/M4ROOT/CLIP/C0009.MP4', Buffer.from('a long take'))
    await truncate(join(other.root, 'PRIVATE/M4ROOT/CLIP/C0009.MP4'), 1_000_000_000)
    const job = await ring.send<JobView>('POST', `${alder.url}/api/v1/offload`, { card: other.root, verify: 'source+copy' })
    await until(async () => (await api<JobView>(`jobs/${job.id}`)).filesDone > 0, 'it has begun')
    await alder.process.kill()
    alder = await ring.begin('alder')
    await ring.together(2)
    assert.equal((await api<JobView>(`jobs/${job.id}`)).state, 'interrupted')
    const id = (await api<RollList>('rolls')).rolls.find(({ name }) => name === 'C001')?.id
    assert.equal((await api<SafeView>(`rolls/${id}/safe`)).safe, false)
    await ring.send('POST', `${alder.url}/api/v1/jobs/${job.id}/retry`, {})
    await until(async () => (await api<JobView>(`jobs/${job.id}`)).state === 'done', 'the retry ends well', 120_000)
    assert.equal((await api<SafeView>(`rolls/${id}/safe`)).safe, true)
  } finally {
    await other.remove()
  }
})

test('what makes no sense is refused in words', async () => {
  for (const [body, why] of [[{ card: 'relative' }, /not an absolute path/], [{ card: join(card.dir, 'nothing') }, /there is no folder/], [{ card: card.root, name: '../x' }, /no name of a roll/], [{ card: card.root, to: ['/no/such/disk'] }, /there is no folder/], [{ card: join(card.dir, 'raid'), hashes: ['crc32'] }, /hashes/]] as const) {
    await assert.rejects(ring.send('POST', `${alder.url}/api/v1/offload`, body), why)
  }
  await writeFile(join(card.dir, 'file'), 'x')
  await assert.rejects(ring.send('POST', `${alder.url}/api/v1/offload`, { card: join(card.dir, 'file') }), /there is no folder/)
})

test.run()
