import assert from 'node:assert/strict'
import { open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetDetail, ImportResult, JobView, NodeVerified, VerifyReport } from '#protocols/http.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { type NodeProcess, run, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('rot on a disk, from thatdam verify to the page of the asset')

let ring: TestRing
let alder: NodeProcess
let birch: NodeProcess
let folder: MediaFolder
let asset: string

test.before(async () => {
  ring = await TestRing.create()
  alder = await ring.begin('alder')
  birch = await ring.begin('birch')
  await ring.together(2)
  folder = await createMediaFolder()
  const { stdout } = await run('import', folder.path(folder.whole[0] as string), '--node', alder.url, '--json')
  asset = (JSON.parse(stdout) as { results: ImportResult[] }).results[0]?.assetId as string
  await until(async () => {
    const { copies, chunks } = await detail(alder)
    return copies.filter((copy) => copy.chunks === chunks).length === 2
  }, 'both nodes hold all of it')
  await ring.allMade(asset, alder)
})

test.after(async () => {
  await ring?.end()
  await folder?.remove()
})

const detail = (node: NodeProcess): Promise<AssetDetail> => ring.get(`${node.url}/api/v1/assets/${asset}`)

async function verify(...args: string[]): Promise<{ code: number | null; report: VerifyReport; found: (name: string) => NodeVerified }> {
  const { code, stdout, stderr } = await run('verify', ...args, '--node', alder.url, '--json')
  assert.equal(stderr.includes('thatdam:'), false, stderr)
  const [job] = (JSON.parse(stdout) as { jobs: JobView[] }).jobs
  const report = job?.verify as VerifyReport
  return { code, report, found: (name) => report.nodes.find(({ node }) => node === name) as NodeVerified }
}

const count = ({ damaged, missing, healed }: NodeVerified): number[] => [damaged, missing, healed]

async function chunkFiles(node: NodeProcess): Promise<string[]> {
  const chunks = join(ring.dir, node.name, 'chunks')
  const names = await readdir(chunks, { recursive: true })
  return names.filter((name) => /^[0-9a-f]{2}\/[0-9a-f]{64}$/.test(name)).sort().map((name) => join(chunks, name))
}

async function flip(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, 0)
    await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0x10]), 0, 1, 0)
  } finally {
    await file.close()
  }
}

test('nothing is called verified before it was read back', async () => {
  assert.equal((await detail(alder)).lastVerifiedMs, null)
})

test('a flipped bit is found, healed from the other node, and the second time all is good', async () => {
  const [victim] = await chunkFiles(birch) as [string]
  await flip(victim)
  const beganMs = Date.now()
  const first = await verify('--all')
  assert.deepEqual([first.code, first.report.lost, count(first.found('alder')), count(first.found('birch'))], [0, 0, [0, 0, 0], [1, 0, 1]])
  const second = await verify('--all')
  assert.deepEqual([second.code, count(second.found('alder')), count(second.found('birch'))], [0, [0, 0, 0], [0, 0, 0]])
  assert.equal(second.found('birch').good, (await chunkFiles(birch)).length)
  for (const node of [alder, birch]) assert.ok((await detail(node)).lastVerifiedMs as number >= beganMs, `${node.name} says so on its page`)
})

test('a file that was removed behind its back is brought again, for one asset by the beginning of its id', async () => {
  const [victim] = await chunkFiles(birch) as [string]
  await unlink(victim)
  assert.deepEqual(count((await verify('--all')).found('birch')), [0, 1, 1])
  const one = await verify(asset.slice(0, 16))
  assert.deepEqual([one.code, count(one.found('birch')), one.report.nodes.every(({ good, chunks }) => good === chunks && chunks > 0)], [0, [0, 0, 0], true])
})

test('what is damaged everywhere is lost: exit code 1, and the page no longer says verified', async () => {
  const name = (await chunkFiles(birch)).find((path) => path.endsWith(asset))?.slice(-67) as string // the original is one chunk; others are of what was made of it
  for (const node of [alder, birch]) await flip(join(ring.dir, node.name, 'chunks', name))
  const { code, report } = await verify('--all')
  assert.deepEqual([code, report.lost], [1, 1])
  const text = await run('verify', asset, '--node', birch.url)
  assert.equal(text.code, 1)
  assert.match(text.stdout, /1 chunks are lost: no node that answered has a good copy/)
})

test('a node that is away is named', async () => {
  await birch.process.kill()
  await until(async () => (await verify('--all')).found('birch').answered === false, 'birch is silent')
})

test('saying nothing, or too little, is refused with what to do', async () => {
  const nothing = await run('verify', '--node', alder.url)
  assert.deepEqual([nothing.code, nothing.stderr], [2, 'thatdam: say what to verify: thatdam verify ASSET…, or thatdam verify --all\n'])
  assert.match((await run('verify', 'abc', '--node', alder.url)).stderr, /abc is no asset: give its id/)
  assert.match((await run('verify', 'deadbeefdeadbeef', '--node', alder.url)).stderr, /no asset has an id that begins with/)
})

test.run()
