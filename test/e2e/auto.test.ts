import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { InviteView, RingView } from '#protocols/http.ts'
import { Thatdam } from '../support/processes.ts'
import { TestNetwork, whyNoNetwork } from '../support/test-network.ts'
import { until } from '../support/until.ts'

const test = suite('bare machines that start in the same second')
const NAMES = ['alder', 'birch'] as const
const why = whyNoNetwork()

let dir: string
let network: TestNetwork
const running: Thatdam[] = []

function begin(name: string): Thatdam {
  const process = new Thatdam(['auto', '--data', join(dir, name), '--name', name, '--http', '127.0.0.1:0', '--listen', `/ip4/${network.address(name)}/tcp/0`, '--found-after', '5s', '--json'], network.on(name))
  running.push(process)
  return process
}

test.before(async () => {
  if (why !== undefined) return
  dir = await mkdtemp(join(tmpdir(), 'thatdam-auto-'))
  network = new TestNetwork(NAMES)
})

test.after(async () => {
  await Promise.all(running.filter(({ running }) => running).map((process) => process.stop()))
  network?.remove()
  if (dir !== undefined) await rm(dir, { recursive: true, force: true })
})

test('one founds a ring; the other finds it, says what to do, and goes in as soon as the invite is there', async () => {
  if (why !== undefined) return void process.stdout.write(`skipped: ${why}\n`)
  const machines = NAMES.map((name) => ({ name, process: begin(name) }))
  const decided = (process: Thatdam): boolean => process.events.some(({ event, become }) => event === 'auto' && become === 'node')
  await until(() => machines.some(({ process }) => decided(process)), 'one founds', 60_000)
  const founder = machines.find(({ process }) => decided(process))!
  const other = machines.find((one) => one !== founder)!
  const { ringId, http } = await founder.process.event('ready')
  const asks = await other.process.event('auto', ({ why }) => /is here/.test(String(why)))
  assert.match(String(asks['why']), new RegExp(`ring ${String(ringId).slice(0, 12)} at ${network.address(founder.name)} \\(mDNS\\) is here, and an invite is needed.*thatdam invite node`))
  assert.equal(decided(other.process), false)
  const { invite } = await network.request<InviteView>(founder.name, 'POST', `${http}/api/v1/invites`, { role: 'node' })
  await writeFile(join(dir, other.name, 'invite'), invite.slice(0, invite.length / 2))
  await other.process.event('auto', ({ why }) => /the file "invite" of the data folder holds no invite that can be used/.test(String(why)))
  await writeFile(join(dir, other.name, 'invite'), `${invite}\n`)
  assert.equal((await other.process.event('ready'))['ringId'], ringId)
  await until(async () => (await network.request<RingView>(founder.name, 'GET', `${http}/api/v1/ring`)).members.filter(({ alive }) => alive).length === 2, 'both are one ring')
})

test('a machine that was a node is one again, at once and without an invite', async () => {
  if (why !== undefined) return
  const [first] = running as [Thatdam]
  await first.stop()
  const again = begin('alder')
  assert.equal((await again.event('auto'))['how'], 'return')
  await again.event('ready')
})

test.run()
