/** A file system that is frozen: it can be read, and every write waits until it is thawed. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AlarmList, CameraView, RecordingList, RingMember, RingView } from '#protocols/http.ts'
import { mount } from '../support/disk.ts'
import { PowerCutDisk, whyNoPowerCuts } from '../support/power-cut-disk.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('the disk of the node that records hangs')
const why = whyNoPowerCuts() ?? (spawnSync('fsfreeze', ['--version']).status === 0 ? undefined : 'the command `fsfreeze` is not installed')
const when = why === undefined ? test : test.skip
if (why !== undefined) process.stdout.write(`skipped: ${why}\n`)

let ring: TestRing
let home: NodeProcess
let far: NodeProcess
const disks = new Map<string, PowerCutDisk>()

test.before(async () => {
  if (why !== undefined) return
  ring = await TestRing.create()
  for (const name of ['alder', 'birch', 'cedar']) {
    const disk = new PowerCutDisk()
    disks.set(name, disk)
    mkdirSync(join(ring.dir, name))
    mount('--bind', disk.path, join(ring.dir, name))
    await ring.begin(name)
  }
  await ring.together(3)
  await ring.peer([{ name: 'Porch', source: 'test?size=320x180' }], ring.node('alder'))
  home = ring.homeOf(await until(() => recordedOn(ring.node('alder')), 'the camera is recorded'))
  far = [...ring.nodes.values()].find((node) => node !== home) as NodeProcess
})

test.after(async () => {
  await Promise.all([...ring?.nodes.values() ?? []].map(({ process }) => process.stop()))
  for (const [name, disk] of disks) {
    spawnSync('umount', ['-l', join(ring.dir, name)])
    disk.remove()
  }
  await ring?.end()
})

const recordedOn = async (node: NodeProcess): Promise<CameraView | undefined> => {
  const camera = await ring.camera('porch', node)
  return camera?.recording && camera.lastDurableMs > 0 ? camera : undefined
}

const memberOf = async ({ peerId }: NodeProcess): Promise<RingMember | undefined> => (await ring.get<RingView>(`${far.url}/api/v1/ring`)).members.find((member) => member.peerId === peerId)

when('another node goes on recording from what was stored last, and the node is of the ring again when its disk answers', async () => {
  await until(async () => (await ring.get<RecordingList>(`${far.url}/api/v1/cameras/porch/recordings`)).spans.some(({ startMs, endMs }) => endMs - startMs > 4_000), 'four seconds')
  const { path } = disks.get(home.name) as PowerCutDisk
  const hungMs = Date.now()
  assert.equal(spawnSync('fsfreeze', ['-f', path]).status, 0)
  try {
    const { lastDurableMs } = await until(async () => {
      const camera = await recordedOn(far)
      return camera !== undefined && camera.node?.peerId !== home.peerId && camera.lastDurableMs > hungMs ? camera : undefined
    }, 'the camera is recorded elsewhere', 60_000)
    const { gaps } = await ring.get<RecordingList>(`${far.url}/api/v1/cameras/porch/recordings?from=${hungMs - 3_000}&to=${lastDurableMs}`)
    assert.deepEqual(gaps, [], 'what came to the node and not onto its disk was sent to the next one')
    await until(async () => (await memberOf(home))?.disk === 'slow', 'another node knows why')
    assert.ok((await ring.get<AlarmList>(`${far.url}/api/v1/alarms`)).alarms.some(({ key, nodes }) => key === 'disk' && nodes.includes(home.name)))
    assert.equal((await fetch(`${home.url}/readyz`, { signal: AbortSignal.timeout(20_000) })).status, 503, 'the node itself goes on answering')
  } finally {
    spawnSync('fsfreeze', ['-u', path])
  }
  await ring.together(3)
  await until(async () => (await memberOf(home))?.acceptsWrites, 'it takes writes again', 60_000)
})

test.run()
