import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { InviteView, RingView } from '#protocols/http.ts'
import { Thatdam } from '../support/processes.ts'
import { TestNetwork, whyNoNetwork } from '../support/test-network.ts'
import { until } from '../support/until.ts'

const test = suite('nodes that both moved while they were off')
const NAMES = ['alder', 'birch'] as const
const why = whyNoNetwork()

let dir: string
let network: TestNetwork
const running = new Map<string, { process: Thatdam; url: string }>()

async function begin(name: string, port: number, flags: string[] = []): Promise<void> {
  const process = new Thatdam(['node', '--data', join(dir, name), '--name', name, '--http', '127.0.0.1:0', '--listen', `/ip4/${network.address(name)}/tcp/${port}`, '--json', ...flags], network.on(name))
  running.set(name, { process, url: '' })
  running.set(name, { process, url: String((await process.event('ready'))['http']) })
}

async function stopAll(): Promise<void> {
  for (const [name, { process }] of running) {
    await process.stop()
    running.delete(name)
  }
}

const aliveOn = async (name: string): Promise<number> =>
  (await network.request<RingView>(name, 'GET', `${running.get(name)?.url}/api/v1/ring`)).members.filter(({ alive }) => alive).length
const together = async (): Promise<boolean> => (await Promise.all(NAMES.map(aliveOn))).every((count) => count === 2)

test.before(async () => {
  if (why !== undefined) return
  dir = await mkdtemp(join(tmpdir(), 'thatdam-discovery-'))
  network = new TestNetwork(NAMES)
})

test.after(async () => {
  await stopAll()
  network?.remove()
  if (dir !== undefined) await rm(dir, { recursive: true, force: true })
})

test('find each other by multicast DNS', async () => {
  if (why !== undefined) {
    process.stdout.write(`skipped: ${why}\n`)
    return
  }
  await begin('alder', 4001)
  const { invite } = await network.request<InviteView>('alder', 'POST', `${running.get('alder')?.url}/api/v1/invites`, { role: 'node' })
  await begin('birch', 4001, ['--join', invite])
  await until(together, 'both see both')
  await stopAll()
  await Promise.all([begin('alder', 4002), begin('birch', 4003)]) // neither knows the other's new address
  await until(together, 'both see both again', 40_000)
})

test.run()
