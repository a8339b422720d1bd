/** A disk that does not hang and does not fill up: it is slow to sync, or answers errors. */
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { AlarmList, CameraView, RecordingList, RingMember, RingView } from '#protocols/http.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { SickDisk, whyNoSickDisk } from '../support/sick-disk.ts'
import { until } from '../support/until.ts'

/** Longer than a disk may take for a test, shorter than a hang, in ms. */
const SLOW_MS = 5_000
/** Time to find out, and to trust again: tests of a disk are seconds apart, in ms. */
const NOTICED_MS = 120_000

const test = suite('the disk of the node that records is sick')
const why = whyNoSickDisk()
const when = why === undefined ? test : test.skip
if (why !== undefined) process.stdout.write(`skipped: ${why}\n`)

let ring: TestRing

test.before(async () => {
  if (why !== undefined) return
  ring = await TestRing.create()
  for (const name of ['alder', 'birch', 'cedar']) await ring.begin(name)
  await ring.together(3)
  await ring.peer([{ name: 'Porch', source: 'test?size=320x180' }], ring.node('alder'))
})
test.after(async () => { await ring?.end() })

const recordedOn = async (node: NodeProcess): Promise<CameraView | undefined> => {
  const camera = await ring.camera('porch', node)
  return camera?.recording && camera.lastDurableMs > 0 ? camera : undefined
}
const memberOf = async ({ peerId }: NodeProcess, via: NodeProcess): Promise<RingMember | undefined> => (await ring.get<RingView>(`${via.url}/api/v1/ring`)).members.find((member) => member.peerId === peerId)

async function goesOnElsewhere(harm: (pid: number) => Promise<SickDisk>, state: RingMember['disk']): Promise<void> {
  const home = ring.homeOf(await until(() => recordedOn(ring.node('alder')), 'the camera is recorded', NOTICED_MS))
  const far = [...ring.nodes.values()].find((node) => node !== home) as NodeProcess
  const disk = await harm(home.process.child.pid as number)
  const sickMs = Date.now()
  try {
    await until(async () => (await memberOf(home, far))?.disk === state, `another node knows that the disk is ${state}`, NOTICED_MS)
    await until(async () => {
      const camera = await recordedOn(far)
      return camera !== undefined && camera.node?.peerId !== home.peerId && camera.lastDurableMs > sickMs
    }, 'the camera is recorded elsewhere', NOTICED_MS)
    assert.ok((await ring.get<AlarmList>(`${far.url}/api/v1/alarms`)).alarms.some(({ key, nodes }) => key === 'disk' && nodes.includes(home.name)), 'every page says so')
    const { spans, gaps } = await ring.get<RecordingList>(`${far.url}/api/v1/cameras/porch/recordings`)
    assert.ok(gaps.every(({ reason }) => reason !== ''), 'what is lost is known, with its reason')
    const first = spans[0] as RecordingList['spans'][number]
    await ring.bytes(`${far.url}/api/v1/cameras/porch/play?from=${Math.ceil(first.startMs)}&to=${Math.floor(first.endMs)}`)
  } finally {
    await disk.heal()
  }
  await until(async () => (await memberOf(home, far))?.acceptsWrites, 'it takes writes again by itself', NOTICED_MS)
}

when('it is slow: another node records, all are told, and it is used again when it is quick', () => goesOnElsewhere((pid) => SickDisk.slow(pid, SLOW_MS), 'slow'))

when('it fails to write: the same, and nothing that was acknowledged is missing', () => goesOnElsewhere((pid) => SickDisk.failing(pid), 'failing'))

test.run()
