// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { FoundView, MomentList } from '#protocols/http.ts'
import { beginWithColours } from '../support/models/colour-nodes.ts'
import { type NodeProcess, type Thatdam, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('what a camera sees now is found now')

/** Until a model that has to begin, on a busy machine, has answered, in ms. */
const SEEN_MS = 120_000
const COLOURS = ['red', 'lime', 'blue'] as const

let folder: string
let ring: TestRing
let peer: Thatdam
let camera: string

async function seen(node: NodeProcess, q: string): Promise<FoundView | undefined> {
  const { found } = await ring.get<MomentList>(`${node.url}/api/v1/search?${new URLSearchParams({ q, sense: 'picture', within: `camera:${camera}` })}`)
  return found[0]
}
const home = async (): Promise<NodeProcess> => ring.homeOf((await ring.camera(camera, ring.node('alder')))!)

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thatdam-seen-'))
  const film = join(folder, 'signal.mp4')
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', ...COLOURS.flatMap((colour) => ['-f', 'lavfi', '-i', `color=${colour}:s=320x180:r=25:d=5`]), '-filter_complex', `concat=n=${COLOURS.length}:v=1`, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '25', film])
  ring = await TestRing.create()
  await beginWithColours(ring, ['alder', 'birch'])
  peer = await ring.peer([{ name: 'signal', source: `file:${film}` }], ring.node('alder'))
  camera = await until(async () => (await ring.get<{ cameras: { id: string; live: boolean }[] }>(`${ring.node('alder').url}/api/v1/cameras`)).cameras.find(({ live }) => live)?.id, 'the camera is live', SEEN_MS)
})
test.after(async () => {
  await ring?.end()
  await rm(folder, { recursive: true, force: true })
})

/** Of which picture each colour is the best answer, once every colour has one of its own: until then the few there are answer for all. */
async function picturesOf(node: NodeProcess): Promise<readonly FoundView[] | undefined> {
  const found = await Promise.all(COLOURS.map((colour) => seen(node, colour === 'lime' ? 'green' : colour)))
  if (!found.every((view) => view !== undefined)) return undefined
  return new Set(found.map(({ moments }) => moments[0]!.pictureMs)).size === COLOURS.length ? found : undefined
}

test('each colour is found while the camera goes on, from every node, as a picture of its own with when it was', async () => {
  for (const node of ring.nodes.values()) {
    for (const found of await until(() => picturesOf(node), `${node.name} tells the colours apart`, SEEN_MS)) {
      assert.deepEqual([found.subject.kind, found.subject.id], ['camera', camera])
      const [moment] = found.moments
      assert.ok(moment!.why.some(({ sense }) => sense === 'picture'))
      assert.ok(Math.abs(Date.now() - moment!.pictureMs) < SEEN_MS, 'by the clock')
    }
  }
})

test('when camera and node are gone, the other node still knows what was seen', async () => {
  const first = await home()
  const other = [...ring.nodes.values()].find((node) => node !== first)!
  await peer.stop()
  await until(async () => (await ring.camera(camera, other))?.live === false, 'the camera is not live', SEEN_MS)
  const written = async (): Promise<boolean> => (await seen(other, 'red')) !== undefined
  await first.process.stop()
  await until(written, 'it is found', SEEN_MS)
})

test.run()
