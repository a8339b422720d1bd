import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { multiaddr } from '@multiformats/multiaddr'
import { suite } from 'uvu'
import type { Codec } from '#protocols/codec.ts'
import { InvalidInputError, InvalidInviteError, MemberRemovedError, MemberUnreachableError, NotAuthorizedError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import { capabilityCodec, type Invite } from '#protocols/join.ts'
import { joinAsGuest, type Guest } from '../../../ring/guest.ts'
import { silentLog } from '../../../ring/base/log.ts'
import { openDataFolder } from '../../../ring/identity/data-folder.ts'
import { createInvite, formatInvite, parseInvite } from '../../../ring/identity/invite.ts'
import { signWith } from '../../../ring/identity/ring-key.ts'
import { enterRing, type Entered, type EnterInit } from '../../../ring/network/enter-ring.ts'
import type { Host } from '../../../ring/network/host.ts'
import { JOIN_ROUNDS, joinThrough, serveJoins } from '../../../ring/network/join.ts'
import type { MemberNetwork } from '../../../ring/network/member-network.ts'
import type { Role, RpcProtocol } from '../../../ring/network/network.ts'
import { putOwnEntry } from '../../../ring/network/own-entry.ts'
import { memoryLayout, plainLibp2p, startHost, until } from './test-hosts.ts'

const HOUR = 3_600_000
const raw: Codec<Uint8Array> = { maxBytes: 1_024, encode: (bytes) => bytes, decode: (bytes) => bytes }
const forNodes: RpcProtocol<Uint8Array, Uint8Array> = { id: '/test/nodes/1.0.0', roles: ['node'], request: raw, response: raw }
const forAll: RpcProtocol<Uint8Array, Uint8Array> = { ...forNodes, id: '/test/all/1.0.0', roles: ['node', 'peer'] }
const isShutOut = (err: unknown): boolean => err instanceof MemberRemovedError || err instanceof MemberUnreachableError
const says = (kind: new (message: string) => Error, message: RegExp) => (err: unknown): boolean => err instanceof kind && message.test(err.message)

interface Context {
  dir: string
  ringSeed: Uint8Array
  layout: ReturnType<typeof memoryLayout>
  alder: Host
  nowMs: number
  invite: (role: Role, changes?: { seed?: Uint8Array; expiresInMs?: number; addresses?: string[] }) => string
}

const test = suite<Context>('joining a ring')

test.before.each(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-join-'))
  context.ringSeed = randomBytes(32)
  context.layout = memoryLayout()
  context.nowMs = Date.now()
  context.alder = await startHost({ ringSeed: context.ringSeed, layout: context.layout, strangerTimeoutMs: 1_500 })
  serveJoins({ network: context.alder, layout: context.layout, log: silentLog, now: () => context.nowMs })
  await putOwnEntry(context.layout, context.alder, { name: 'alder', zone: 'attic', weight: 1 }, context.nowMs)
  for (const protocol of [forNodes, forAll]) context.alder.serve(protocol, async (body) => body)
  context.invite = (role, { seed = context.ringSeed, expiresInMs = HOUR, addresses = context.alder.addresses() } = {}) =>
    formatInvite(createInvite(seed, { role, expiresAtMs: context.nowMs + expiresInMs, addresses }, context.nowMs))
})

test.after.each(async ({ alder, dir }) => {
  await alder.stop()
  await rm(dir, { recursive: true })
})

/** Start a node the way the command line does, and stop it after `use`. */
async function withNode(dir: string, init: Partial<EnterInit>, use: (node: Entered) => Promise<void>): Promise<void> {
  const folder = await openDataFolder(dir)
  try {
    const node = await enterRing({ folder, layout: () => undefined, log: silentLog }, { listen: ['/ip4/127.0.0.1/tcp/0'], ...init })
    try {
      await use(node)
    } finally {
      await node.host.stop()
    }
  } finally {
    await folder.release()
  }
}

async function withGuest(invite: string, use: (guest: Guest) => Promise<void>, salt = 'porch'): Promise<void> {
  const guest = await joinAsGuest({ invite, name: 'porch', salt, log: silentLog })
  try {
    await use(guest)
  } finally {
    await guest.stop()
  }
}

test('a node is let in, gets the ring key, stands in the layout, and may ask', async ({ dir, invite, layout, alder, ringSeed }) => {
  await withNode(dir, { invite: invite('node'), name: 'birch', zone: 'barn', weight: 3 }, async ({ host, identity, nodes }) => {
    assert.ok(Buffer.from(identity.ringSeed).equals(ringSeed))
    assert.deepEqual(nodes.map(({ name }) => name).sort(), ['alder', 'birch'])
    const entry = layout.layout().find(({ peerId }) => peerId === host.self)
    assert.deepEqual([entry?.name, entry?.zone, entry?.weight, entry?.state, entry?.addresses], ['birch', 'barn', 3, 'active', host.addresses()])
    assert.equal((await host.request(alder.self, forNodes, Buffer.of(5)))[0], 5)
    assert.equal(layout.admissions().length, 1)
  })
})

test('the same command line starts the same node again, invite and all, even when no node is there', async ({ dir, invite, alder }) => {
  const text = invite('node')
  const seen: string[] = []
  await withNode(dir, { invite: text, name: 'birch' }, async ({ host }) => { seen.push(host.self) })
  await alder.stop()
  await withNode(dir, { invite: text, name: 'birch' }, async ({ host, identity }) => { seen.push(host.self, identity.name) })
  await withNode(dir, {}, async ({ host, identity }) => { seen.push(host.self, identity.name) })
  assert.deepEqual(seen, [seen[0], seen[0], 'birch', seen[0], 'birch'])
})

test('a node that founds a ring is in one of its own', async ({ dir }) => {
  await withNode(dir, { name: 'cedar' }, async ({ host, identity }) => {
    assert.equal(host.credentials.ringId, identity.ringId)
    assert.equal(host.credentials.certificate()?.role, 'node')
  })
})

test('a folder of one ring is not taken into another', async ({ dir, invite }) => {
  await withNode(dir, { name: 'cedar' }, async () => {})
  await assert.rejects(withNode(dir, { invite: invite('node') }, async () => {}), says(InvalidInputError, /belongs to ring .* the invite is of ring .*--data/))
})

test('a machine that was not let in yet keeps its key and says what is missing', async ({ dir, invite }) => {
  const lost = invite('node', { addresses: ['/ip4/127.0.0.1/tcp/1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'] })
  await assert.rejects(withNode(dir, { invite: lost }, async () => {}), says(MemberUnreachableError, /no node of the ring answers/))
  const folder = await openDataFolder(dir)
  const key = Buffer.from(folder.identity()?.hostSeed ?? []).toString('hex')
  await folder.release()
  await assert.rejects(withNode(dir, {}, async () => {}), says(InvalidInputError, /not let in yet/))
  await withNode(dir, { invite: invite('node') }, async ({ identity }) => assert.equal(Buffer.from(identity.hostSeed).toString('hex'), key))
})

test('an expired invite is refused, and nothing is put in the layout', async ({ dir, invite, layout }) => {
  await assert.rejects(withNode(dir, { invite: invite('node', { expiresInMs: -1 }) }, async () => {}), says(InvalidInviteError, /expired/))
  await assert.rejects(withGuest(invite('peer', { expiresInMs: -1 }), async () => {}), says(InvalidInviteError, /expired/))
  assert.equal(layout.layout().length, 1)
  assert.equal(layout.admissions().length, 0)
})

test('an invite of another ring is refused by this ring', async ({ dir, invite, layout }) => {
  await assert.rejects(withNode(dir, { invite: invite('node', { seed: randomBytes(32) }) }, async () => {}), says(InvalidInviteError, /another ring/))
  assert.equal(layout.layout().length, 1)
})

test('an invite for the wrong role is refused', async ({ dir, invite }) => {
  await assert.rejects(withNode(dir, { invite: invite('peer') }, async () => {}), says(InvalidInviteError, /for a camera peer/))
  await assert.rejects(withGuest(invite('node'), async () => {}), says(InvalidInviteError, /for a node/))
})

test('a camera peer is let in without the ring key, and may ask what is for peers only', async ({ invite, alder, layout }) => {
  await withGuest(invite('peer'), async ({ network, nodes, ringId }) => {
    assert.equal(ringId, alder.credentials.ringId)
    assert.deepEqual(nodes().map(({ peerId }) => peerId), [alder.self])
    assert.equal((await network.request(alder.self, forAll, Buffer.of(9)))[0], 9)
    await assert.rejects(network.request(alder.self, forNodes, Buffer.of(9)), says(NotAuthorizedError, /not for a peer/))
    assert.equal(layout.layout().length, 1)
    assert.equal(layout.admissions()[0]?.role, 'peer')
  })
})

test('a camera peer that restarts is the same peer, also after its invite expired', async (context) => {
  const text = context.invite('peer')
  const seen: string[] = []
  await withGuest(text, async ({ network }) => { seen.push(network.self) })
  context.nowMs += 2 * HOUR
  await withGuest(text, async ({ network, refresh }) => {
    seen.push(network.self)
    await refresh()
  })
  assert.equal(seen[0], seen[1])
  assert.equal(context.layout.admissions().length, 1)
  await assert.rejects(withGuest(text, async () => {}, 'another machine'), says(InvalidInviteError, /expired/))
})

test('a camera peer hears of nodes that joined later', async ({ invite, layout, dir }) => {
  await withGuest(invite('peer'), async ({ nodes, refresh }) => {
    await withNode(dir, { invite: invite('node'), name: 'birch' }, async ({ host }) => {
      await refresh()
      assert.ok(nodes().some(({ peerId }) => peerId === host.self))
    })
    assert.equal(layout.layout().length, 2)
  })
})

test('a member that was removed may not ask, stay or join again', async ({ invite, alder, layout }) => {
  const text = invite('peer')
  await withGuest(text, async ({ network, refresh }) => {
    await network.request(alder.self, forAll, Buffer.of(9))
    layout.revoke(network.self)
    await assert.rejects(network.request(alder.self, forAll, Buffer.of(9)), isShutOut)
    await assert.rejects(refresh(), isShutOut)
    await until(() => !alder.isConnected(network.self), 'alder closes the connection')
  })
  await assert.rejects(withGuest(text, async () => {}), says(MemberRemovedError, /removed from the ring/))
})

test('an invite lets one machine in; another hears who used it, and the same one comes in again', async ({ invite, layout }) => {
  const text = invite('peer')
  await withGuest(text, async () => {})
  await assert.rejects(withGuest(text, async () => {}, 'garage'), says(InvalidInviteError, /this invite was used by porch; print a new one/))
  await withGuest(text, async () => {})
  assert.equal(layout.admissions().length, 1)
})

test('of ten machines that present one invite in the same moment one is let in', async ({ invite, layout }) => {
  const text = invite('peer')
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => withGuest(text, async () => {}, `machine ${index}`)))
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const outcome of outcomes) if (outcome.status === 'rejected') assert.match(String(outcome.reason), /used by/)
  assert.equal(layout.admissions().length, 1)
})

test('a camera peer that forges its invite into a node invite gets nothing for having been let in', async ({ invite, alder, layout }) => {
  const text = invite('peer')
  await withGuest(text, async ({ network }) => {
    const { capability, inviteSeed } = parseInvite(text)
    const forgedSeed = randomBytes(32)
    const forged = createInvite(forgedSeed, { role: 'node', ringId: capability.ringId, uses: 1, expiresAtMs: Date.now() + HOUR, addresses: [] }, Date.now())
    // signed by a key of its own, under the invite key it really holds
    const own = { ...forged.capability, inviteKey: capability.inviteKey, signature: new Uint8Array() }
    const signature = signWith(forgedSeed, 'thatdam-capability-1', capabilityCodec.encode({ ...own, signature: undefined } as never))
    const host = network as unknown as MemberNetwork
    await assert.rejects(joinThrough(host, { invite: { capability: { ...own, signature }, inviteSeed, addresses: [] }, name: 'x', zone: '', weight: 1 }, [alder.self]), says(InvalidInviteError, /older than the ring's key, or not of this ring/))
  })
  assert.equal(layout.layout().length, 1)
})

test('a stranger that says nothing is shown out, a member may stay', async ({ alder, invite }) => {
  const stranger = await plainLibp2p()
  try {
    await withGuest(invite('peer'), async ({ network }) => {
      await stranger.dial(multiaddr(alder.addresses()[0]))
      await until(() => stranger.getConnections().length === 0, 'the stranger is shown out')
      assert.equal((await network.request(alder.self, forAll, Buffer.of(9)))[0], 9)
    })
  } finally {
    await stranger.stop()
  }
})

for (const [what, claims] of Object.entries({
  'a weight of 0': { weight: 0 },
  'a weight that is no number': { weight: Number.NaN },
  'a name of 100 characters': { name: 'x'.repeat(100) },
  'a name with a line break': { name: 'birch\nadmin' },
  'no name': { name: '' }
})) {
  test(`${what} is refused`, async ({ dir, invite, layout }) => {
    await assert.rejects(withNode(dir, { invite: invite('node'), name: 'birch', ...claims }, async () => {}), InvalidInputError)
    assert.equal(layout.layout().length, 1)
  })
}

test('a join that is cut on its way is asked for again, and given up after a few rounds', async () => {
  let asked = 0
  const cut = { self: 'self' as PeerId, openBare: async () => { asked++; throw new MemberUnreachableError('the stream was cut') } } as unknown as MemberNetwork
  await assert.rejects(joinThrough(cut, { invite: {} as Invite, name: 'birch', zone: '', weight: 1 }, ['alder' as PeerId]), says(MemberUnreachableError, /the stream was cut/))
  assert.equal(asked, JOIN_ROUNDS)
})

test.run()
