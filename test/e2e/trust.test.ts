import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite } from 'uvu'
import { chunkRequestCodec, chunkResponseCodec, CHUNK_PROTOCOL } from '#protocols/chunk.ts'
import { digestOf } from '#protocols/ids.ts'
import type { InviteView } from '#protocols/http.ts'
import type { ChunkId } from '#protocols/ids.ts'
import { joinAsGuest } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { type Ended, type NodeProcess, run, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('nobody uninvited gets in')

let ring: TestRing
let alder: NodeProcess

const joinNode = (name: string, invite: string): Promise<Ended> => run('node', '--data', join(ring.dir, name), '--name', name, '--http', '127.0.0.1:0', '--listen', '/ip4/127.0.0.1/tcp/0', '--json', '--join', invite)
const joinPeer = (invite: string): Promise<Ended> => run('peer', '--join', invite, '--camera', 'Porch', '--source', 'test', '--http', '127.0.0.1:0', '--json')

function refused({ code, stdout, stderr }: Ended, why: RegExp): void {
  assert.notEqual(code, 0)
  assert.equal(stdout.includes('"ready"'), false)
  const lines = stderr.trim().split('\n')
  assert.match(lines.at(-1) ?? '', why)
}

test.before(async () => {
  ring = await TestRing.create()
  alder = await ring.begin('alder')
})

test.after(() => ring?.end())

test('`thatdam invite` prints the invite and nothing else', async () => {
  const { stdout, code } = await run('invite', 'peer', '--node', alder.url)
  assert.equal(code, 0)
  assert.match(stdout, /^thatdam1\.[\w-]+\n$/)
  const json = JSON.parse((await run('invite', 'node', '--node', alder.url, '--expires', '5m', '--json')).stdout) as InviteView
  assert.deepEqual(Object.keys(json).sort(), ['expiresAt', 'invite', 'role'])
  assert.equal(json.role, 'node')
  assert.ok(Math.abs(Date.parse(json.expiresAt) - Date.now() - 300_000) < 20_000)
})

test('an expired invite gets nowhere', async () => {
  const { invite } = await ring.send<InviteView>('POST', `${alder.url}/api/v1/invites`, { role: 'node', expiresMs: 1 })
  await until(() => new Promise((resolve) => setTimeout(resolve, 5)).then(() => true), 'a moment')
  refused(await joinNode('late', invite), /expired/i)
})

test('an altered invite gets nowhere', async () => {
  const { invite } = await ring.invite('node', alder)
  const place = 60
  const altered = invite.slice(0, place) + (invite[place] === 'A' ? 'B' : 'A') + invite.slice(place + 1)
  refused(await joinNode('forger', altered), /invite/i)
})

test('an invite for the wrong role gets nowhere', async () => {
  refused(await joinNode('pretender', (await ring.invite('peer', alder)).invite), /peer/)
  refused(await joinPeer((await ring.invite('node', alder)).invite), /node/)
})

test('an invite of another ring does not move a node from its own', async () => {
  const elsewhere = await TestRing.create()
  try {
    const other = await elsewhere.begin('oak')
    const { invite } = await elsewhere.invite('node', other)
    await ring.begin('birch')
    await ring.node('birch').process.stop()
    refused(await joinNode('birch', invite), /ring/)
    await ring.begin('birch')
    await ring.together(2)
  } finally {
    await elsewhere.end()
  }
})

test("a camera peer's certificate can not read a chunk", async () => {
  const { invite } = await ring.invite('peer', alder)
  const guest = await joinAsGuest({ invite, name: 'curious', salt: 'curious', log: silentLog })
  try {
    const protocol = { id: CHUNK_PROTOCOL, roles: ['node' as const], request: chunkRequestCodec, response: chunkResponseCodec }
    const id = digestOf('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku' as ChunkId)
    await assert.rejects(guest.network.request(alder.peerId as never, protocol, { get: { id } }), /not for a peer/)
  } finally {
    await guest.stop()
  }
})

test.run()
