import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { suite } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import type { Presence } from '#protocols/presence.ts'
import { silentLog } from '../../../ring/base/log.ts'
import { createMembership } from '../../../ring/network/heartbeats.ts'
import { layoutDigest } from '../../../ring/network/layout.ts'
import type { Host } from '../../../ring/network/host.ts'
import type { LayoutEntry } from '../../../ring/network/layout.ts'
import { ALIVE_MS, Liveness } from '../../../ring/network/liveness.ts'
import type { Membership } from '../../../ring/network/membership.ts'
import { memoryLayout, startHost, until } from './test-hosts.ts'

const QUIET: Omit<Presence, 'layoutDigest'> = { cameras: [], freeBytes: 1, usedBytes: 2, chunks: 3, acceptsWrites: true, viewers: 0, http: '', disk: 'ok', alarms: [], attached: [] }

interface TestNode {
  readonly host: Host
  readonly layout: ReturnType<typeof memoryLayout>
  readonly membership: Membership
  readonly differed: PeerId[]
  describe: Omit<Presence, 'layoutDigest'>
}

const test = suite<{ ringSeed: Uint8Array; stops: Array<() => Promise<unknown>> }>('membership')

test.before.each((context) => {
  context.ringSeed = randomBytes(32)
  context.stops = []
})

test.after.each(async ({ stops }) => {
  await Promise.all(stops.map((stop) => stop()))
})

async function startNode(ringSeed: Uint8Array, stops: Array<() => Promise<unknown>>, init: { heartbeatMs?: number } = {}): Promise<TestNode> {
  const layout = memoryLayout()
  const host = await startHost({ ringSeed, layout })
  const differed: PeerId[] = []
  const node: TestNode = { host, layout, differed, describe: QUIET, membership: createMembership({ network: host, layout, log: silentLog, describe: () => node.describe, onLayoutDiffers: (peer) => differed.push(peer) }, init) }
  await node.membership.start()
  stops.push(async () => {
    await node.membership.stop()
    await host.stop()
  })
  return node
}

const entryOf = (peerId: PeerId, addresses: string[], name = 'node'): LayoutEntry => ({ peerId, name, zone: '', weight: 1, state: 'active', addresses, joinedAtMs: 1 })

async function sameLayout(nodes: TestNode[], more: LayoutEntry[] = []): Promise<void> {
  const entries = [...nodes.map(({ host }) => entryOf(host.self, host.addresses())), ...more]
  for (const { layout } of nodes) for (const entry of entries) await layout.putLayout(entry)
}

/** A node in a process of its own. */
async function startChild(ringSeed: Uint8Array, seed: Uint8Array, port: number, others: LayoutEntry[]): Promise<{ child: ChildProcess; entry: LayoutEntry }> {
  const child = fork(new URL('./child-node.ts', import.meta.url), [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  child.send({ ringSeed: Buffer.from(ringSeed).toString('hex'), seed: Buffer.from(seed).toString('hex'), port, others })
  const [entry] = await once(child, 'message') as [LayoutEntry]
  return { child, entry }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

test('nodes of one layout find each other alive and know what each says of itself', async ({ ringSeed, stops }) => {
  const nodes = await Promise.all([1, 2, 3].map(() => startNode(ringSeed, stops)))
  let changes = 0
  nodes[0]?.membership.changed.on(() => { changes++ })
  await sameLayout(nodes)
  for (const { membership } of nodes) await until(() => membership.alive().length === 3, 'all three are alive')
  for (const { membership, host } of nodes) {
    assert.deepEqual(membership.members().map(({ peerId }) => peerId), nodes.map((node) => node.host.self).sort())
    assert.equal(membership.members().find(({ self }) => self)?.peerId, host.self)
    for (const member of membership.members()) assert.equal(member.presence?.chunks, 3)
  }
  assert.ok(changes > 0)
})

test('a changed presence is heard at once when it is announced', async ({ ringSeed, stops }) => {
  const [alder, birch] = await Promise.all([startNode(ringSeed, stops, { heartbeatMs: 600_000 }), startNode(ringSeed, stops, { heartbeatMs: 600_000 })]) as [TestNode, TestNode]
  await sameLayout([alder, birch])
  await until(() => alder.membership.isAlive(birch.host.self) && birch.membership.isAlive(alder.host.self), 'both are alive')
  const heard: PeerId[] = []
  birch.membership.presenceChanged.on((peer) => heard.push(peer))
  alder.describe = { ...QUIET, viewers: 7 }
  alder.membership.announce()
  await until(() => birch.membership.members().find(({ peerId }) => peerId === alder.host.self)?.presence?.viewers === 7, 'birch hears of it, long before the next heartbeat')
  assert.ok(heard.includes(alder.host.self))
})

test('nodes whose layouts differ are told so, and are left alone when they agree', async ({ ringSeed, stops }) => {
  const [alder, birch] = await Promise.all([startNode(ringSeed, stops), startNode(ringSeed, stops)]) as [TestNode, TestNode]
  await sameLayout([alder, birch])
  await until(() => alder.membership.isAlive(birch.host.self) && birch.membership.isAlive(alder.host.self), 'both are alive')
  const news = entryOf('12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN' as PeerId, [], 'cedar')
  alder.differed.length = 0
  birch.differed.length = 0
  await alder.layout.putLayout(news)
  await until(() => alder.differed.includes(birch.host.self) && birch.differed.includes(alder.host.self), 'both notice')
  await birch.layout.putLayout(news)
  assert.equal(layoutDigest(alder.layout.layout()), layoutDigest([...birch.layout.layout()].reverse()))
})

test('a killed node is known dead within 2 s, and alive again soon after it is back', async ({ ringSeed, stops }) => {
  const alder = await startNode(ringSeed, stops)
  const seed = randomBytes(32)
  const others = [entryOf(alder.host.self, alder.host.addresses())]
  const first = await startChild(ringSeed, seed, 0, others)
  stops.push(() => end(first.child))
  await sameLayout([alder], [first.entry])
  const { peerId } = first.entry
  await until(() => alder.membership.isAlive(peerId), 'the child is alive')
  const killedAt = performance.now()
  await end(first.child)
  await until(() => !alder.membership.isAlive(peerId), 'the child is dead')
  assert.ok(performance.now() - killedAt < 5_000, `seen dead after ${Math.round(performance.now() - killedAt)} ms`)
  assert.deepEqual(alder.membership.alive(), [alder.host.self])
  assert.ok((alder.membership.members().find((member) => member.peerId === peerId)?.lastHeardMs ?? 0) > 0)
  const port = Number(/\/tcp\/(\d+)/.exec(first.entry.addresses[0] ?? '')?.[1])
  const second = await startChild(ringSeed, seed, port, others)
  stops.push(() => end(second.child))
  await until(() => alder.membership.isAlive(peerId), 'the child is alive again')
})

test('a node that is stopped like a cut cable is dead after 4 s of silence', () => {
  let nowMs = 1_000
  const liveness = new Liveness(() => nowMs, () => 5_000_000 + nowMs)
  const birch = 'birch' as PeerId
  const presence = { ...QUIET, layoutDigest: 'x' }
  assert.equal(liveness.isAlive(birch), false)
  assert.equal(liveness.hear(birch, presence), true)
  assert.equal(liveness.hear(birch, { ...presence }), false)
  nowMs += ALIVE_MS
  assert.equal(liveness.isAlive(birch), true)
  nowMs += 1
  assert.equal(liveness.isAlive(birch), false)
  assert.equal(liveness.of(birch)?.unixMs, 5_001_000)
  assert.deepEqual([liveness.silentMs(birch), liveness.silentMs('cedar' as PeerId)], [ALIVE_MS + 1, Number.POSITIVE_INFINITY])
  liveness.hear(birch, presence)
  liveness.lose(birch, nowMs)
  assert.equal(liveness.isAlive(birch), true, 'it was heard after the connection closed')
  liveness.lose(birch, nowMs + 1)
  assert.equal(liveness.isAlive(birch), false)
  liveness.hear(birch, presence)
  assert.equal(liveness.isAlive(birch), true)
})

test.run()
