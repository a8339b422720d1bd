import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { suite } from 'uvu'
import type { AssetDetail, AssetList, AssetView, GarbageReport, GarbageView, ImportResult, TrashView } from '#protocols/http.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { type Ended, type NodeProcess, run, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('from the trash to the last byte, on three nodes')
const NAMES = ['alder', 'birch', 'cedar']
const WAIT_MS = 60_000

let ring: TestRing
let nodes: NodeProcess[]
let folder: MediaFolder
let doomed: string
let kept: string

test.before(async () => {
  ring = await TestRing.create()
  for (const name of NAMES) await ring.begin(name, { flags: ['--garbage-grace', '4s'] })
  nodes = NAMES.map((name) => ring.node(name))
  await ring.together(3)
  folder = await createMediaFolder()
  const names = folder.whole.slice(0, 2)
  const { results } = JSON.parse((await thatdam('import', ...names.map((name) => folder.path(name)))).stdout) as { results: ImportResult[] }
  ;[doomed = '', kept = ''] = names.map((name) => results.find(({ path }) => path === basename(name))?.assetId ?? '') // they are listed as they end
  for (const id of [doomed, kept]) await untilEverywhere(id)
})

test.after(async () => {
  await ring?.end()
  await folder?.remove()
})

test('what was deleted is listed with its days on every node, and restored from any of them by the beginning of its id', async () => {
  assert.equal((await fetch(`${url()}/assets/${doomed}`, { method: 'DELETE' })).status, 204)
  for (const [i] of NAMES.entries()) {
    const asset = await until(async () => (await list(i, 'trash=true')).find(({ id }) => id === doomed), `${NAMES[i]} shows it in the trash`, WAIT_MS)
    assert.equal(Math.round(((asset.trash?.purgeAtMs ?? 0) - (asset.trash?.deletedAtMs ?? 0)) / 86_400_000), 30)
    assert.equal((await list(i)).some(({ id }) => id === doomed), false)
  }
  assert.match((await run('trash', 'list', '--node', node(1).url)).stdout, new RegExp(`DAYS LEFT[^]* 30 +${doomed.slice(0, 16)}`))
  assert.equal((await fetch(`${url(1)}/assets?trash=true&q=x`)).status, 400)
  const { code, stdout, stderr } = await run('trash', 'restore', doomed.slice(0, 10), '--node', node(2).url, '--json')
  assert.deepEqual([code, stdout], [0, `${JSON.stringify({ restored: [doomed] })}\n`], stderr)
  assert.equal(createHash('sha256').update(await ring.bytes(`${url(2)}/assets/${doomed}/content`)).digest('hex'), doomed)
})

test('how long the trash keeps things is one setting of the ring', async () => {
  assert.match((await run('trash', 'days', '7', '--node', node(1).url)).stdout, /restored for 7 days/)
  for (const [i] of NAMES.entries()) await until(async () => (await ring.get<TrashView>(`${url(i)}/trash`)).days === 7, `${NAMES[i]} knows it`, WAIT_MS)
  assert.equal((await run('trash', 'days', '-1', '--node', node().url)).code, 2)
  assert.equal((await run('trash', 'burn', '--node', node().url)).code, 2)
  assert.equal((await fetch(`${url()}/trash`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"days":4000}' })).status, 400)
})

test('after the trash was emptied the chunk files are gone from all disks, and the other asset is whole', async () => {
  const before = await Promise.all(NAMES.map(chunkFiles))
  assert.equal((await fetch(`${url()}/assets/${doomed}`, { method: 'DELETE' })).status, 204)
  await until(async () => (await ring.get<TrashView>(`${url(1)}/trash`)).assets === 1, 'birch knows of it', WAIT_MS)
  assert.deepEqual(JSON.parse((await run('trash', 'empty', '--node', node(1).url, '--json')).stdout), { purged: 1 })
  assert.equal((await fetch(`${url(1)}/assets/${doomed}/restore`, { method: 'POST' })).status, 404)
  await until(async () => (await Promise.all(NAMES.map(chunkFiles))).every((files, i) => before[i]?.some((file) => !files.includes(file))), 'files go', WAIT_MS) // not fewer in number: what was made of the other one meanwhile came
  const needed = await settled()
  const { chunks } = await ring.get<AssetDetail>(`${url()}/assets/${kept}`)
  assert.ok(needed.length >= chunks + 1, 'all of the other asset')
  for (const [i] of NAMES.entries()) assert.equal(createHash('sha256').update(await ring.bytes(`${url(i)}/assets/${kept}/content`)).digest('hex'), kept)
  const freed = await ring.get<GarbageView>(`${url()}/garbage`)
  assert.ok(freed.freed.chunks > 0 && freed.freed.bytes > 0)
  assert.match(await (await fetch(`${node().url}/metrics`)).text(), /thatdam_ring_garbage_chunks_freed_total [1-9]/)
})

test('thatdam gc says what it finds', async () => {
  const report = JSON.parse((await thatdam('gc', '--dry-run')).stdout) as GarbageReport
  assert.deepEqual([report.waiting, report.ripe.chunks, report.freed.chunks], [null, 0, 0])
  assert.ok(report.references > 0)
  assert.match((await run('gc', '--node', node().url)).stdout, /needed by nothing[^]*deleted 0 chunks/)
  assert.equal((await run('gc', 'everything', '--node', node().url)).code, 2)
})

test('the same bytes are imported anew after they were purged', async () => {
  const { stdout } = await thatdam('import', folder.path(folder.whole[0] as string))
  assert.equal((JSON.parse(stdout) as { results: ImportResult[] }).results[0]?.outcome, 'imported')
  await untilEverywhere(doomed)
  assert.equal(createHash('sha256').update(await ring.bytes(`${url(2)}/assets/${doomed}/content`)).digest('hex'), doomed)
})

test('while a node is away nothing goes, and it is named', async () => {
  await node(2).process.stop()
  await ring.together(2)
  const before = await chunkFiles('alder')
  assert.equal((await fetch(`${url()}/assets/${doomed}?purge=true`, { method: 'DELETE' })).status, 204)
  const waiting = async (): Promise<string> => (await ring.get<GarbageView>(`${url()}/garbage`)).waiting ?? ''
  await until(async () => /waiting for cedar, silent since .*remove it from the ring/.test(await waiting()), 'it waits for the node that is away', WAIT_MS) // at first it may only know that it could not be asked
  const left = new Set(await chunkFiles('alder')) // with what was made meanwhile of what was imported anew
  assert.deepEqual(before.filter((file) => !left.has(file)), [])
})

test.run()

const node = (i = 0): NodeProcess => nodes[i] as NodeProcess
const url = (i = 0): string => `${node(i).url}/api/v1`
const thatdam = (...args: string[]): Promise<Ended> => run(...args, '--node', node().url, '--json')
const list = async (i: number, query = ''): Promise<AssetView[]> => (await ring.get<AssetList>(`${url(i)}/assets?${query}`)).assets

async function untilEverywhere(id: string): Promise<void> {
  for (const [i, name] of NAMES.entries()) {
    await until(async () => {
      const { copies, chunks } = await ring.get<AssetDetail>(`${url(i)}/assets/${id}`).catch(() => ({ copies: [], chunks: 1 }))
      return copies.filter((copy) => copy.chunks === chunks).length === 3
    }, `${name} says that all nodes hold ${id}`, WAIT_MS)
  }
}

/** Chunk files, when all disks hold the same ones and nothing is garbage any more. */
async function settled(): Promise<string[]> {
  return until(async () => {
    const [first = [], ...others] = await Promise.all(NAMES.map(chunkFiles))
    const isSame = others.every((files) => JSON.stringify(files) === JSON.stringify(first))
    const { unneeded, waiting } = JSON.parse((await thatdam('gc', '--dry-run')).stdout) as GarbageReport
    return isSame && waiting === null && unneeded.chunks === 0 ? first : undefined
  }, 'all disks hold the same, and all of it is needed', WAIT_MS)
}

async function chunkFiles(name: string): Promise<string[]> {
  const names = await readdir(join(ring.dir, name, 'chunks'), { recursive: true })
  return names.filter((file) => /^[0-9a-f]{2}\/[0-9a-f]{64}$/.test(file)).sort()
}
