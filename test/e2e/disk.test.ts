import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AlarmList, CameraView, Health, RecordingList, RingMember, RingView } from '#protocols/http.ts'
import { TestDisk, whyNoMounts } from '../support/disk.ts'
import { type NodeProcess, run, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

/** Less than the reserve of 512 MiB, in KiB. */
const BELOW_RESERVE_KIB = 256 * 1024
/** The camera must be recorded elsewhere by then, in ms. */
const MAX_MOVE_MS = 10_000

const test = suite('the disk of the node that records')
const why = whyNoMounts()
const when = why === undefined ? test : test.skip
if (why !== undefined) process.stdout.write(`skipped: ${why}\n`)

let ring: TestRing
let home: NodeProcess
let others: NodeProcess[]
const disks = new Map<string, TestDisk>()

test.before(async () => {
  if (why !== undefined) return
  ring = await TestRing.create()
  for (const name of ['alder', 'birch', 'cedar']) {
    disks.set(name, new TestDisk(join(ring.dir, name)))
    await ring.begin(name)
  }
  await ring.together(3)
  await ring.peer([{ name: 'Porch', source: 'test?size=320x180' }], ring.node('alder'))
  home = ring.homeOf(await until(() => recordedOn(ring.node('alder')), 'the camera is recorded'))
  others = [...ring.nodes.values()].filter((node) => node !== home)
})

test.after(async () => {
  await Promise.all([...ring?.nodes.values() ?? []].map(({ process }) => process.stop()))
  for (const disk of disks.values()) disk.remove()
  await ring?.end()
})

const disk = (): TestDisk => disks.get(home.name) as TestDisk
const recordedOn = async (node: NodeProcess): Promise<CameraView | undefined> => {
  const camera = await ring.camera('porch', node)
  return camera?.recording && camera.lastDurableMs > 0 ? camera : undefined
}
const alarms = async (node: NodeProcess): Promise<AlarmList['alarms']> => (await ring.get<AlarmList>(`${node.url}/api/v1/alarms`)).alarms
const member = async (via: NodeProcess): Promise<RingMember | undefined> => (await ring.get<RingView>(`${via.url}/api/v1/ring`)).members.find(({ peerId }) => peerId === home.peerId)
const recordings = (node: NodeProcess): Promise<RecordingList> => ring.get(`${node.url}/api/v1/cameras/porch/recordings`)

async function ready(node: NodeProcess): Promise<{ status: number; health: Health }> {
  const answer = await fetch(`${node.url}/readyz`, { signal: AbortSignal.timeout(10_000) })
  return { status: answer.status, health: await answer.json() as Health }
}

function upload(node: NodeProcess, bytes: number): Promise<Response> {
  return fetch(`${node.url}/api/v1/assets?name=clip.mp4`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: Buffer.alloc(bytes), signal: AbortSignal.timeout(20_000) })
}

when('when it is full, another node records within ten seconds, and what was acknowledged is read from all', async () => {
  const [far] = others as [NodeProcess]
  await until(async () => (await recordings(far)).spans.some(({ startMs, endMs }) => endMs - startMs > 4_000), 'four seconds')
  const [span] = (await recordings(home)).spans
  const play = (node: NodeProcess): Promise<Buffer> => ring.bytes(`${node.url}/api/v1/cameras/porch/play?from=${Math.floor(span?.startMs ?? 0)}&to=${Math.floor((span?.startMs ?? 0) + 3_000)}`)
  const before = await play(far)
  const fullMs = Date.now()
  disk().fill(BELOW_RESERVE_KIB)
  await until(async () => {
    const camera = await recordedOn(far)
    return camera !== undefined && camera.node?.peerId !== home.peerId && camera.lastDurableMs > fullMs
  }, 'the camera is recorded elsewhere', 40_000)
  const { spans, gaps } = await recordings(far)
  const next = spans.find(({ node, endMs }) => node !== home.name && endMs > fullMs)
  assert.ok(next !== undefined && next.startMs - fullMs < MAX_MOVE_MS, `recording went on after ${(next?.startMs ?? 0) - fullMs} ms`)
  assert.ok(gaps.every(({ reason, startMs, endMs }) => reason !== '' && endMs - startMs < MAX_MOVE_MS), JSON.stringify(gaps))
  for (const node of [home, ...others]) assert.ok((await play(node)).equals(before), `${node.name} plays what was acknowledged`)
})

when('every node says so: alarms, the ring, readiness and the command line', async () => {
  for (const node of [home, ...others]) {
    const [alarm] = await until(async () => {
      const found = (await alarms(node)).filter(({ key }) => key === 'disk')
      return found.length > 0 ? found : undefined
    }, `${node.name} tells of the alarm`)
    assert.deepEqual([alarm?.severity, alarm?.nodes], ['critical', [home.name]])
    assert.match(alarm?.message ?? '', new RegExp(`The disk of ${home.name} is full`))
    const seen = await member(node)
    assert.deepEqual([seen?.disk, seen?.acceptsWrites], ['full', false])
  }
  const { status, health } = await ready(home)
  assert.deepEqual([status, health.status], [503, 'degraded'])
  assert.match(health.reasons[0] ?? '', /takes no more data: it is full/)
  assert.equal((await ready(others[0] as NodeProcess)).status, 200)
  const text = await run('alarms', '--node', (others[0] as NodeProcess).url)
  assert.equal(text.code, 1)
  assert.match(text.stdout, /^CRITICAL +\d+ s +The disk of .* is full\..*\(says /)
})

when('it takes no upload, says where to go instead, and is not written to any further', async () => {
  const answer = await upload(home, 3_000_000)
  assert.equal(answer.status, 507)
  const { error } = await answer.json() as { error: { message: string } }
  assert.match(error.message, new RegExp(`the disk of this node is full.*Upload it to .*${others[0]?.name}`))
  const count = (): number => readdirSync(join(disk().path, 'chunks'), { recursive: true, encoding: 'utf8' }).filter((file) => statSync(join(disk().path, 'chunks', file)).isFile()).length
  const before = count()
  const since = (await ring.camera('porch', home))?.lastDurableMs ?? 0
  await until(async () => ((await ring.camera('porch', home))?.lastDurableMs ?? 0) > since + 4_000, 'four more seconds of the camera', 40_000)
  assert.equal(count(), before)
})

when('when there is room again it takes writes by itself, and the alarm is over everywhere', async () => {
  disk().free()
  for (const node of [home, ...others]) {
    await until(async () => (await alarms(node)).every(({ key }) => key !== 'disk'), `${node.name} has no alarm any more`)
    await until(async () => (await member(node))?.acceptsWrites, `${node.name} knows that it takes writes`)
  }
  assert.equal((await ready(home)).status, 200)
  assert.notEqual((await upload(home, 100)).status, 507)
  const camera = await recordedOn(others[0] as NodeProcess)
  assert.notEqual(camera?.node?.peerId, home.peerId, 'a camera that is recorded well stays where it is')
})

when('when it turns read-only the same happens: it still serves what it holds, nothing new comes, and it returns by itself', async () => {
  const [span] = (await recordings(home)).spans
  disk().makeReadOnly()
  try {
    await until(async () => (await member(others[0] as NodeProcess))?.disk === 'read-only', 'another node knows', 40_000)
    assert.deepEqual((await alarms(others[0] as NodeProcess)).filter(({ key }) => key === 'disk').map(({ severity, nodes }) => [severity, nodes]), [['critical', [home.name]]])
    assert.equal((await ready(home)).status, 503)
    assert.equal((await upload(home, 1_000)).status, 507)
    assert.ok((await ring.bytes(`${home.url}/api/v1/cameras/porch/play?from=${Math.floor(span?.startMs ?? 0)}&to=${Math.floor((span?.startMs ?? 0) + 2_000)}`)).length > 10_000)
  } finally {
    disk().makeWritable()
  }
  await until(async () => (await member(others[0] as NodeProcess))?.disk === 'ok', 'another node knows that it is well again', 60_000)
  assert.equal((await ready(home)).status, 200)
})

test.run()
