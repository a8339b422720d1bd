import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { CameraView, RecordingList } from '#protocols/http.ts'
import { assertPlayable } from '../support/playable.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

/** The camera must be live on another node by then, in ms. */
const MAX_MOVE_MS = 10_000

const test = suite('the recording node is killed')

let ring: TestRing
let home: NodeProcess
let others: NodeProcess[]
let killedMs: number
let backMs: number
let acknowledgedMs: number
let before: Buffer

const recordings = (node: NodeProcess): Promise<RecordingList> => ring.get(`${node.url}/api/v1/cameras/porch/recordings`)
const liveOn = async (node: NodeProcess): Promise<CameraView | undefined> => {
  const camera = await ring.camera('porch', node)
  return camera?.live && camera.recording ? camera : undefined
}
const playUrl = (node: NodeProcess, fromMs: number, toMs: number): string => `${node.url}/api/v1/cameras/porch/play?from=${Math.floor(fromMs)}&to=${Math.floor(toMs)}`

test.before(async () => {
  ring = await TestRing.create()
  const alder = await ring.begin('alder')
  await ring.begin('birch')
  await ring.begin('cedar')
  await ring.together(3)
  await ring.peer([{ name: 'Porch', source: 'test?size=640x360' }], alder)
  home = ring.homeOf(await until(() => liveOn(alder), 'the camera is recorded'))
  others = [...ring.nodes.values()].filter((node) => node !== home)
})

test.after(() => ring?.end())

test('while it records, any node plays what was acknowledged, and says how old the last durable second is', async () => {
  const [far] = others as [NodeProcess]
  await until(async () => (await recordings(far)).spans.some(({ startMs, endMs }) => endMs - startMs > 6_000), 'six seconds on a far node')
  const camera = await until(() => liveOn(far), 'live')
  assert.ok(camera.durableCopies >= 2, `durable on ${camera.durableCopies} nodes`)
})

test('a camera whose node is ended by SIGKILL is recorded by another within ten seconds', async () => {
  const [far] = others as [NodeProcess]
  const [span] = (await recordings(home)).spans
  acknowledgedMs = (await ring.camera('porch', home))?.lastDurableMs ?? 0
  await until(async () => ((await recordings(home)).spans.at(-1)?.endMs ?? 0) >= acknowledgedMs, 'the home lists what it said is durable')
  before = await ring.bytes(playUrl(home, span?.startMs ?? 0, acknowledgedMs))
  await home.process.kill()
  killedMs = Date.now()
  await until(async () => {
    const camera = await liveOn(far)
    return camera !== undefined && camera.node?.peerId !== home.peerId && camera.lastDurableMs > killedMs ? camera : undefined
  }, 'the camera is recorded elsewhere', MAX_MOVE_MS + 5_000)
  backMs = (await recordings(far)).spans.at(-1)?.startMs ?? Number.POSITIVE_INFINITY
  assert.ok(backMs - killedMs < MAX_MOVE_MS, `recording went on after ${backMs - killedMs} ms`)
})

test('what was acknowledged plays from the other nodes, byte for byte', async () => {
  for (const node of others) {
    const [span] = (await recordings(node)).spans
    const bytes = await ring.bytes(playUrl(node, span?.startMs ?? 0, acknowledgedMs))
    assert.equal(bytes.equals(before), true, `${node.name} answers other bytes (${bytes.length} instead of ${before.length})`)
  }
})

test('nothing is lost: what the node had not stored, the camera sends to the next one', async () => {
  for (const node of others) {
    const { gaps, spans } = await recordings(node)
    const [first, second] = spans
    assert.ok(first !== undefined && second !== undefined, 'two spans: before and after')
    assert.ok(first.endMs >= acknowledgedMs - 1, 'what was acknowledged is in the first span')
    assert.deepEqual(gaps, [])
    assert.ok(second.startMs - first.endMs < 50, `${second.startMs - first.endMs} ms are lost`)
  }
})

test('the range over the kill is one MP4 that plays to its end', async () => {
  if (!existsSync('/usr/bin/ffprobe')) {
    process.stdout.write('skipped: ffprobe is not installed\n')
    return
  }
  const [far] = others as [NodeProcess]
  const file = join(ring.dir, 'over-the-kill.mp4')
  const { spans } = await recordings(far)
  await until(async () => (await recordings(far)).spans.at(-1)!.endMs > backMs + 4_000, 'four seconds after the kill')
  await writeFile(file, await ring.bytes(playUrl(far, spans[0]?.startMs ?? 0, backMs + 3_000)))
  await assertPlayable(file)
  const probe = spawnSync('/usr/bin/ffprobe', ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', file], { encoding: 'utf8' })
  const seconds = Number(probe.stdout)
  assert.ok(Math.abs(seconds - (backMs + 3_000 - (spans[0]?.startMs ?? 0)) / 1000) < 2.5, `${seconds} s long`)
})

test('the killed node comes back with the same command line and is one of three again', async () => {
  await ring.begin(home.name)
  await ring.together(3)
  const back = ring.node(home.name)
  const bytes = await ring.bytes(playUrl(back, (await recordings(back)).spans[0]?.startMs ?? 0, acknowledgedMs))
  assert.equal(bytes.equals(before), true)
})

test.run()
