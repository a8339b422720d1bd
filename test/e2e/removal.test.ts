import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { CameraView, KeyView, MachineList, MachineView, RingView } from '#protocols/http.ts'
import type { PeerId } from '#protocols/ids.ts'
import { joinAsGuest } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { keyProtocol } from '../../ring/network/key-keeper.ts'
import { startHost } from '../ring/network/test-hosts.ts'
import { run, type Thatdam, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

/** What "within a minute of contact" is, in ms. */
const MINUTE_MS = 60_000

const test = suite('who was removed stays out')

let ring: TestRing
let porch: Thatdam
let garage: Thatdam
let oldSeed: Uint8Array
let oldInvite: string

const thatdam = async <T>(...args: string[]): Promise<T> => {
  const { code, stdout, stderr } = await run(...args, '--node', ring.node('alder').url, '--json')
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as T
}
const camera = async (id: string, via: string): Promise<CameraView | undefined> => ring.camera(id, ring.node(via))
const members = async (via: string): Promise<string[]> => (await ring.get<RingView>(`${ring.node(via).url}/api/v1/ring`)).members.map(({ name }) => name).sort()
const guestJoins = async (invite: string): Promise<void> => (await joinAsGuest({ invite, name: 'late', salt: 'late', log: silentLog })).stop()

/** A second that was captured after this call is on two disks. */
async function recordingGoesOn(id: string, via: string): Promise<void> {
  const sinceMs = Date.now()
  await until(async () => {
    const view = await camera(id, via)
    return view !== undefined && view.lastDurableMs > sinceMs && view.durableCopies >= 2
  }, `${id} goes on being recorded`, MINUTE_MS)
}

test.before(async () => {
  ring = await TestRing.create()
  for (const name of ['alder', 'birch', 'cedar']) await ring.begin(name)
  await ring.together(3)
  porch = await ring.peer([{ name: 'Porch', source: 'test?size=320x180' }], ring.node('alder'))
  garage = await ring.peer([{ name: 'Garage', source: 'test?size=320x180' }], ring.node('birch'))
  await recordingGoesOn('porch', 'alder')
  await recordingGoesOn('garage', 'alder')
  oldInvite = (await ring.invite('peer', ring.node('birch'))).invite
  oldSeed = Buffer.from(JSON.parse(await readFile(join(ring.dir, 'cedar', 'identity.json'), 'utf8')).ringSeed, 'hex')
})

test.after(() => ring?.end())

test('a camera peer that is removed while it streams is cut off everywhere, and told', async () => {
  const { peerId } = await garage.event('ready')
  const removed = await thatdam<MachineView>('ring', 'revoke', String(peerId), '--reason', 'it was stolen')
  assert.equal(removed.revoked?.reason, 'it was stolen')
  for (const name of ['alder', 'birch', 'cedar']) await until(async () => (await camera('garage', name))?.live === false, `${name} has no garage`, MINUTE_MS)
  const { code, stderr } = await garage.ended
  assert.equal(code, 3, 'so that whoever starts it knows better than to start it again')
  assert.match(stderr, /this machine was removed from the ring \(it was stolen\)/)
  const { machines } = await thatdam<MachineList>('ring', 'members')
  assert.deepEqual(machines.filter(({ revoked }) => revoked !== null).map((machine) => machine.peerId), [peerId])
  assert.equal((await run('ring', 'members', '--node', ring.node('birch').url)).stdout.includes('it was stolen'), true)
  await recordingGoesOn('porch', 'alder')
})

test('what can not be removed is refused with what to do', async () => {
  const refused = async (why: RegExp, ...args: string[]): Promise<void> => {
    const { code, stderr } = await run('ring', ...args, '--node', ring.node('alder').url)
    assert.notEqual(code, 0)
    assert.match(stderr, why)
  }
  await refused(/does not remove itself/, 'revoke', 'alder')
  await refused(/no machine of the ring is called oak/, 'revoke', 'oak')
  await refused(/say which one/, 'revoke')
  await refused(/use members, revoke, rotate-key/, 'evict', 'birch')
})

test('a node that is removed leaves the layout and is told; the key changes under a running recording', async () => {
  await ring.node('birch').process.stop()
  await thatdam('ring', 'revoke', 'cedar')
  assert.deepEqual(await members('alder'), ['alder', 'birch'])
  await until(() => /this machine was removed from the ring/.test(ring.node('cedar').process.stderr), 'cedar says that it was removed', MINUTE_MS)
  await until(async () => (await ring.get<RingView>(`${ring.node('cedar').url}/api/v1/ring`)).members.filter(({ alive }) => alive).length === 1, 'cedar is alone', MINUTE_MS)
  const sinceMs = Date.now()
  await until(async () => ((await camera('porch', 'alder'))?.lastDurableMs ?? 0) > sinceMs, 'porch goes on being recorded', MINUTE_MS)
  await assert.rejects(guestJoins(oldInvite), /older than the ring's key|no node of the ring answers/)
})

test('a node that was off meanwhile comes back by itself, and lets machines in with the new key', async () => {
  await ring.begin('birch')
  await until(async () => (await ring.get<RingView>(`${ring.node('alder').url}/api/v1/ring`)).members.filter(({ alive }) => alive).length === 2, 'alder sees birch', MINUTE_MS)
  await until(async () => !(await members('birch')).includes('cedar'), 'birch knows that cedar is gone', MINUTE_MS)
  await recordingGoesOn('porch', 'birch')
  await until(async () => JSON.parse(await readFile(join(ring.dir, 'birch', 'identity.json'), 'utf8')).ringSeed !== Buffer.from(oldSeed).toString('hex'), 'birch has the new key', MINUTE_MS)
  await guestJoins((await ring.invite('peer', ring.node('birch'))).invite)
  await assert.rejects(guestJoins(oldInvite), /older than the ring's key/)
})

test('who has only the old key gets neither in nor the new one, under no name', async () => {
  const puppet = await startHost({ ringSeed: oldSeed })
  try {
    for (const name of ['alder', 'birch']) {
      const { peerId, process } = ring.node(name)
      const ready = await process.event('ready')
      await puppet.learn(peerId as PeerId, ready['listen'] as string[])
      await assert.rejects(puppet.request(peerId as PeerId, keyProtocol, {}), /older key of the ring/)
    }
  } finally {
    await puppet.stop()
  }
  await ring.node('cedar').process.stop()
  const cedar = await startHost({ ringSeed: oldSeed, seed: Buffer.from(JSON.parse(await readFile(join(ring.dir, 'cedar', 'identity.json'), 'utf8')).hostSeed, 'hex') })
  try {
    const { peerId, process } = ring.node('alder')
    await cedar.learn(peerId as PeerId, (await process.event('ready'))['listen'] as string[])
    await assert.rejects(cedar.request(peerId as PeerId, keyProtocol, {}), /removed from the ring|cannot reach|the stream was cut/)
  } finally {
    await cedar.stop()
  }
})

test('the key changes again while everything runs, and a camera that restarts with its old invite is the same camera', async () => {
  const { generation } = await thatdam<KeyView>('ring', 'rotate-key')
  assert.equal(generation, 2)
  await recordingGoesOn('porch', 'birch')
  const before = await porch.event('ready')
  await porch.stop()
  const again = new (porch.constructor as typeof Thatdam)(porch.child.spawnargs.slice(2))
  try {
    assert.equal((await again.event('ready'))['peerId'], before['peerId'])
    await recordingGoesOn('porch', 'alder')
  } finally {
    await again.stop()
  }
})

test.run()
