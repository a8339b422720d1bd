import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetDetail, MemberRemoved, RingView } from '#protocols/http.ts'
import { sha256 } from '../faults/clients.ts'
import { makePng } from '../faults/media.ts'
import { Random } from '../faults/random.ts'
import { type NodeProcess, run, TestRing, Thatdam } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('nodes come and go')
const random = new Random(7, 'files')

let ring: TestRing
let alder: NodeProcess, birch: NodeProcess, cedar: NodeProcess, dogwood: NodeProcess
const uploaded = new Set<string>()

async function upload(via: NodeProcess): Promise<void> {
  const side = random.between(16, 400)
  const bytes = makePng(random, side, side)
  const { results } = await ring.upload(via, `f${uploaded.size}.png`, new Uint8Array(bytes))
  assert.equal(results[0]?.outcome, 'imported', JSON.stringify(results))
  uploaded.add(sha256(bytes))
}

const look = (node: NodeProcess): Promise<RingView> => ring.get<RingView>(`${node.url}/api/v1/ring`)
const atRest = (node: NodeProcess): Promise<true | undefined> => look(node).then(({ layout: { older, moved } }) => (older.length === 0 && moved === 256) || undefined)

async function everythingIsThere(...nodes: NodeProcess[]): Promise<void> {
  for (const id of uploaded) {
    for (const { url, name } of nodes) assert.equal(sha256(await ring.bytes(`${url}/api/v1/assets/${id}/content`)), id, `${name} reads ${id}`)
  }
}

test.before(async () => {
  ring = await TestRing.create()
  const begin = (name: string): Promise<NodeProcess> => ring.begin(name, { flags: ['--no-mdns'] })
  alder = await begin('alder')
  birch = await begin('birch')
  cedar = await begin('cedar')
  dogwood = await begin('dogwood')
  await ring.together(4)
})

test.after(() => ring?.end())

test('nodes that join move the ring to a new layout, and the old ones are forgotten', async () => {
  for (const node of ring.nodes.values()) await until(() => atRest(node), `${node.name} knows one layout`, 60_000)
  const { layout, members } = await look(alder)
  assert.ok(layout.version >= 4)
  assert.ok(members.every(({ partitions }) => partitions > 100), 'each owns its share')
})

test('what can not be is refused in one line that says what to do instead', async () => {
  for (const [args, code, why] of [
    [['drain', 'oak'], 1, /no node oak: it has alder, birch, cedar, dogwood/], [['remove', 'cedar'], 1, /cedar is alive: drain it/], [['set', 'cedar'], 2, /--weight W/],
    [['set', 'cedar', '--weight', '0'], 2, /--weight 0/], [['drain'], 2, /NODE/], [['paint', 'cedar'], 2, /paint/], [['drain', 'cedar', '--force'], 2, /--force/]
  ] as const) {
    const ended = await run('ring', ...args, '--node', alder.url)
    assert.deepEqual([ended.code, ended.stderr.trim().split('\n').length], [code, 1], `${args.join(' ')}: ${ended.stderr}`)
    assert.match(ended.stderr, why)
  }
  assert.ok((await look(alder)).members.every(({ state }) => state === 'active'))
})

test('a node is drained while files are uploaded through all of them; then it can be stopped for good', async () => {
  for (let i = 0; i < 12; i++) await upload(random.pick([...ring.nodes.values()]))
  const { version } = (await look(alder)).layout
  const draining = new Thatdam(['ring', 'drain', 'cedar', '--node', alder.url, '--json'])
  const uploads = Promise.all([...ring.nodes.values()].map(async (node) => { while (draining.running) await upload(node) }))
  const { code, stdout, stderr } = await draining.ended
  await uploads
  assert.equal(code, 0, stderr)
  assert.match(stderr, new RegExp(`layout ${version} → ${version + 1}: \\d+ of 256 partitions moved`))
  assert.equal(JSON.parse(stdout).state, 'gone')

  await until(() => atRest(alder), 'the old layout is forgotten', 60_000)
  const { members, gone } = await look(birch)
  assert.deepEqual([members.map(({ name }) => name).sort(), gone.map(({ name }) => name)], [['alder', 'birch', 'dogwood'], ['cedar']])
  assert.match((await run('ring', '--node', birch.url)).stdout, /cedar +gone/)
  await everythingIsThere(cedar) // it still answers, though it stores nothing new
  await cedar.process.stop()
  await everythingIsThere(alder, birch, dogwood)
  for (const id of uploaded) {
    await until(async () => {
      const { copies, chunks } = await ring.get<AssetDetail>(`${alder.url}/api/v1/assets/${id}`)
      return copies.reduce((sum, copy) => sum + copy.chunks, 0) >= 3 * chunks
    }, `${id} is on three nodes`, 60_000)
  }
})

test('a node that has left does not come back by itself, and does with a new invite', async () => {
  const again = (...flags: string[]): Thatdam => new Thatdam(['node', '--data', `${ring.dir}/cedar`, '--http', '127.0.0.1:0', '--listen', '/ip4/127.0.0.1/tcp/0', '--no-mdns', '--json', ...flags])
  const { code, stderr } = await again().ended
  assert.equal(code, 1)
  assert.match(stderr.trim().split('\n').at(-1) ?? '', /cedar does not belong to the ring any more.*--join/)
  assert.equal((await look(alder)).members.length, 3)
  const { invite } = await ring.invite('node', alder)
  const process = again('--join', invite)
  try {
    const ready = await process.event('ready')
    const back = { name: 'cedar', url: String(ready['http']), peerId: String(ready['peerId']), process }
    assert.equal(back.peerId, cedar.peerId)
    await ring.together(4)
    await until(() => atRest(back), 'it has its share again', 60_000)
    await everythingIsThere(back)
    assert.deepEqual((await look(alder)).gone, [])
  } finally {
    await process.stop()
  }
})

test('a change of weight moves data; a dead node is struck off, and what it alone may hold is said', async () => {
  const set = await run('ring', 'set', 'dogwood', '--weight', '3', '--zone', 'barn', '--node', alder.url, '--json')
  assert.deepEqual(JSON.parse(set.stdout), { peerId: dogwood.peerId, name: 'dogwood', state: 'active', zone: 'barn', weight: 3 })
  await until(async () => (await look(birch)).members.find(({ name }) => name === 'dogwood')?.zone === 'barn', 'birch has heard of it')
  await until(async () => (await look(alder)).members.find(({ name }) => name === 'cedar')?.alive === false, 'cedar is seen to be dead')
  const removed = await run('ring', 'remove', cedar.peerId.slice(0, 16), '--node', alder.url, '--json')
  assert.equal(removed.code, 0, removed.stderr)
  const { state, lost } = JSON.parse(removed.stdout) as MemberRemoved
  assert.deepEqual([state, lost], ['gone', 0])
  await until(() => atRest(alder), 'those that are left have everything', 60_000)
  await everythingIsThere(alder, birch, dogwood)
})

test('chunks that perhaps only a dead node holds are given up only with --force', async () => {
  for (const node of [alder, birch, dogwood]) await node.process.kill()
  for (const { name } of [alder, birch]) await rm(join(ring.dir, name, 'chunks'), { recursive: true })
  alder = await ring.begin('alder', { flags: ['--no-mdns'] })
  birch = await ring.begin('birch', { flags: ['--no-mdns'] })
  await ring.together(2)
  const refused = await run('ring', 'remove', 'dogwood', '--node', alder.url)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /\d+ chunks of the library are on no node that answers, and perhaps only on dogwood: start it again, or .*--force/)
  assert.equal((await look(alder)).gone.length, 1, 'cedar alone is gone')
  const forced = await run('ring', 'remove', 'dogwood', '--force', '--node', alder.url)
  assert.equal(forced.code, 0, forced.stderr)
  assert.match(forced.stdout, /dogwood does not belong to the ring any more. \d+ chunks of the library are on no node that answers/)
})

test.run()
