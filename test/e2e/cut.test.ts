import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetDetail, AssetList, InviteView, JobView, RingView } from '#protocols/http.ts'
import { Thatdam } from '../support/processes.ts'
import { TestNetwork, whyNoNetwork } from '../support/test-network.ts'
import { until } from '../support/until.ts'

const test = suite('two nodes cut off from each other')
const NAMES = ['alder', 'birch'] as const
const why = whyNoNetwork()

let dir: string
let network: TestNetwork
const processes = new Map<string, Thatdam>()
const urls = new Map<string, string>()

async function begin(name: string, invite?: string): Promise<void> {
  const process = new Thatdam(['node', '--data', join(dir, name), '--name', name, '--zone', name, '--http', '127.0.0.1:0', '--listen', `/ip4/${network.address(name)}/tcp/4001`, '--json', ...(invite === undefined ? [] : ['--join', invite])], network.on(name))
  processes.set(name, process)
  urls.set(name, String((await process.event('ready'))['http']))
  const pictures = join(dir, `pictures of ${name}`)
  await mkdir(pictures)
  await ask(name, 'POST', '/paths', { path: pictures })
}

const ask = <T>(name: string, method: string, path: string, body?: unknown): Promise<T> => network.request<T>(name, method, `${urls.get(name)}/api/v1${path}`, body)
const aliveOn = async (name: string): Promise<number> => (await ask<RingView>(name, 'GET', '/ring')).members.filter(({ alive }) => alive).length

/** One PNG pixel of its own colour, so that each is an asset of its own. */
async function scanPicture(name: string, file: string, colour: string): Promise<void> {
  const path = join(dir, `pictures of ${name}`, `${file}.png`)
  await writeFile(path, Buffer.from(colour, 'base64'))
  const { id } = await ask<JobView>(name, 'POST', '/scan', { path })
  const job = await until(async () => {
    const now = await ask<JobView>(name, 'GET', `/jobs/${id}`)
    return now.state === 'running' ? undefined : now
  }, 'the picture is scanned')
  assert.equal(job.refused, 0, JSON.stringify(job.results))
}

const RED = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC'

test('both stay editable, and when they meet all edits are on both', async () => {
  if (why !== undefined) {
    process.stdout.write(`skipped: ${why}\n`)
    return
  }
  await begin('alder')
  await begin('birch', (await ask<InviteView>('alder', 'POST', '/invites', { role: 'node' })).invite)
  await until(async () => await aliveOn('alder') === 2 && await aliveOn('birch') === 2, 'both see both')
  await scanPicture('alder', 'first', RED)
  const asset = await until(async () => (await ask<AssetList>('birch', 'GET', '/assets')).assets[0], 'birch knows the picture')

  network.cut('birch')
  await until(async () => await aliveOn('alder') === 1 && await aliveOn('birch') === 1, 'both notice the cut')
  for (let round = 0; round < 3; round++) {
    await ask('alder', 'PATCH', `/assets/${asset.id}`, { addTags: [`alder-${round}`] })
    await ask('birch', 'PATCH', `/assets/${asset.id}`, { addTags: [`birch-${round}`] })
  }
  await ask('alder', 'PATCH', `/assets/${asset.id}`, { title: 'Red on alder', notes: 'seen on alder' })
  await ask('birch', 'PATCH', `/assets/${asset.id}`, { rating: 5 })

  network.heal('birch')
  await until(async () => await aliveOn('alder') === 2 && await aliveOn('birch') === 2, 'both see both again')
  const expected = [...[0, 1, 2].map((round) => `alder-${round}`), ...[0, 1, 2].map((round) => `birch-${round}`)]
  for (const name of NAMES) {
    const merged = await until(async () => {
      const now = await ask<AssetDetail>(name, 'GET', `/assets/${asset.id}`)
      return now.tags.length === expected.length && now.rating === 5 && now.title !== '' ? now : undefined
    }, `${name} has all edits`, 40_000)
    assert.deepEqual([...merged.tags].sort(), expected)
    assert.deepEqual([merged.title, merged.notes, merged.rating], ['Red on alder', 'seen on alder', 5])
  }
})

test.before(async () => {
  if (why !== undefined) return
  dir = await mkdtemp(join(tmpdir(), 'thatdam-cut-'))
  network = new TestNetwork(NAMES)
})

test.after(async () => {
  for (const process of processes.values()) await process.stop()
  network?.remove()
  if (dir !== undefined) await rm(dir, { recursive: true, force: true })
})

test.run()
