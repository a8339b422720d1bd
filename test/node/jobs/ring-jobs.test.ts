import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { Member } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { createJobs, type Jobs } from '../../../node/jobs/jobs.ts'
import { createRingJobs, type RingJobs } from '../../../node/jobs/ring-jobs.ts'
import { createFakeNetwork, type FakeNetwork } from '../../support/fake-network.ts'

const test = suite('jobs of the whole ring')
const NAMES = ['alder', 'birch', 'cedar'] as unknown as PeerId[]
let network: FakeNetwork
let nodes: Array<{ jobs: Jobs; ring: RingJobs }>
let alive: Set<string>

test.before.each(() => {
  network = createFakeNetwork()
  alive = new Set(NAMES)
  nodes = NAMES.map((peer) => {
    const members = (): Member[] => NAMES.map((peerId) => ({ peerId, name: String(peerId), self: peerId === peer, alive: alive.has(peerId) }) as unknown as Member)
    const jobs = createJobs({ node: String(peer), log: silentLog })
    return { jobs, ring: createRingJobs({ ring: { network: network.join(peer), membership: { members } as never }, jobs, log: silentLog }) }
  })
})

test('one list holds the jobs of every node that answers, and names the others', async () => {
  for (const { jobs } of nodes) await jobs.ended(jobs.submit({ kind: 'copy', title: 'x', async run(job) {
    job.note({ path: 'a', outcome: 'imported', assetId: null, copies: 1, reason: null })
    job.note({ path: 'b', outcome: 'refused', assetId: null, copies: 0, reason: 'damaged' })
  } }).id)
  const { jobs, silent } = await nodes[0]!.ring.list()
  assert.deepEqual([jobs.map(({ node }) => node).sort(), silent], [['alder', 'birch', 'cedar'], []])
  assert.deepEqual(jobs.map(({ results }) => results.map(({ path }) => path)), [['b'], ['b'], ['b']])
  network.kill(NAMES[1]!)
  alive.delete('cedar')
  const less = await nodes[0]!.ring.list()
  assert.deepEqual([less.jobs.map(({ node }) => node), less.silent], [['alder'], ['birch', 'cedar']])
})

test('a job is looked at, paused and cancelled from any node', async () => {
  const [alder, , cedar] = nodes
  const { id } = cedar!.jobs.submit({ kind: 'copy', title: 'x', async run(job) { for (;;) { await job.turn(); await new Promise(setImmediate) } } })
  assert.equal((await alder!.ring.find(id)).node, 'cedar')
  assert.equal((await alder!.ring.order(id, 'pause')).state, 'paused')
  assert.equal(cedar!.jobs.find(id).state, 'paused')
  await assert.rejects(alder!.ring.order(id, 'retry'), InvalidInputError)
  await alder!.ring.order(id, 'cancel')
  assert.equal((await cedar!.jobs.ended(id)).state, 'cancelled')
  await assert.rejects(alder!.ring.find('nothing'), NotFoundError)
})

test.run()
