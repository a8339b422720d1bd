import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import type { RingView } from '#protocols/http.ts'
import { type NodeProcess, run, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('a node with a camera of its own machine')
const CAMERA = ['--camera', 'Porch', '--source', 'test?size=320x180', '--camera', 'Gate', '--source', 'rtsp://admin:hunter2@127.0.0.1:9/1']

let ring: TestRing
let alder: NodeProcess

const children = ({ process: { child } }: NodeProcess): number[] => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').filter((pid) => pid !== '').map(Number)
const isPeer = (pid: number): boolean => { try { return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('thatdam peer ') } catch { return false } }
const peerOf = (node: NodeProcess): number | undefined => children(node).find(isPeer)

interface Guest { peerId: string; role: string; name: string }
const guests = async (): Promise<Guest[]> => (await ring.get<{ machines: Guest[] }>(`${alder.url}/api/v1/ring/machines`)).machines.filter(({ role }) => role === 'peer')

const live = (since = 0): Promise<true> => until(async () => {
  const seen = await ring.camera('porch', alder)
  return seen?.live === true && seen.recording && seen.lastDurableMs > since ? true : undefined
}, 'the camera is live and recorded', 90_000)

test.before(async () => {
  ring = await TestRing.create()
  alder = await ring.begin('alder', { flags: CAMERA })
})
test.after(async () => { await ring?.end() })

test('it is recorded, and neither its invite nor a password is in a command line', async () => {
  await live()
  const pid = peerOf(alder)
  assert.ok(pid !== undefined)
  for (const each of [pid, alder.process.child.pid]) assert.doesNotMatch(readFileSync(`/proc/${each}/cmdline`, 'utf8'), /thatdam1|hunter2/)
})

test('a camera that can not be reached says why, with its password nowhere', async () => {
  const gate = await until(async () => { const seen = await ring.camera('gate', alder); return seen?.reason?.includes('9/1') === true ? seen : undefined }, 'the reason is known', 60_000)
  assert.match(gate.reason ?? '', /^rtsp:\/\/127\.0\.0\.1:9\/1 is there, but nothing listens at this port/)
  assert.doesNotMatch(alder.process.stderr + JSON.stringify(alder.process.events) + JSON.stringify(gate), /hunter2/)
})

test('a capture that is ended comes back by itself, as the same camera of the same machine', async () => {
  const before = await guests()
  const pid = peerOf(alder)
  process.kill(pid as number, 'SIGKILL')
  const at = Date.now()
  await until(() => { const now = peerOf(alder); return now !== undefined && now !== pid }, 'another peer process', 60_000)
  await live(at)
  assert.deepEqual((await guests()).map(({ peerId }) => peerId), before.map(({ peerId }) => peerId))
})

test('it comes back with the node, which ends it when it is told to stop', async () => {
  const before = await guests()
  const pid = peerOf(alder) as number
  const { code } = await alder.process.stop()
  assert.equal(code, 0)
  assert.throws(() => process.kill(pid, 0), /ESRCH/)
  const at = Date.now()
  alder = await ring.begin('alder', { flags: CAMERA })
  await live(at)
  assert.deepEqual((await guests()).map(({ peerId }) => peerId), before.map(({ peerId }) => peerId))
})

test('removed from the ring it stays out, and the node says how to let it in again', async () => {
  const [guest] = await guests()
  const { code } = await run('ring', 'revoke', guest?.peerId ?? '', '--node', alder.url)
  assert.equal(code, 0)
  await until(() => alder.process.stderr.includes('delete'), 'a word about it', 60_000)
  assert.match(alder.process.stderr, /removed from the ring and stay out: to let them in again delete .*cameras-invite/)
  assert.equal(peerOf(alder), undefined)
  assert.ok((await ring.get<RingView>(`${alder.url}/api/v1/ring`)).members.length === 1, 'the node itself is unharmed')
})

test('a source that can not be is said before anything begins', async () => {
  for (const [flags, words] of [[['--camera', 'porch', '--source', 'carrot:1'], /carrot/], [['--camera', 'porch'], /every camera has one source/]] as const) {
    const { code, stderr } = await run('node', '--data', `${ring.dir}/none`, ...flags)
    assert.equal(code, 2)
    assert.match(stderr, words)
  }
})

test.run()
