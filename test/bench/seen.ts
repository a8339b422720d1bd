/**
 * How long after its capture a picture of a live camera is found by a sentence, asked of another node; beside it, how long ago the newest second was captured that is safe on disk.
 * A model whose answers are known stands for CLIP: what CLIP costs is not in it.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CameraList, MomentList } from '#protocols/http.ts'
import { beginWithColours } from '../support/models/colour-nodes.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import type { Row } from './measure.ts'

const SAMPLES = 15
/** Each colour is shown so long, in s. */
const SHOWN_S = 4
const ASK_EVERY_MS = 100
/** Moments that began longer ago are not asked for, in ms. */
const RECENT_MS = 15_000

export async function run(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-bench-seen-'))
  const ring = await TestRing.create()
  try {
    const camera = await begin(ring, folder)
    const home = ring.homeOf((await ring.camera(camera, ring.node('alder')))!)
    const other = [...ring.nodes.values()].find((node) => node !== home)!
    return await measure(ring, other, camera)
  } finally {
    await ring.end()
    await rm(folder, { recursive: true, force: true })
  }
}

async function begin(ring: TestRing, folder: string): Promise<string> {
  const film = join(folder, 'signal.mp4')
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', ...['red', 'blue'].flatMap((colour) => ['-f', 'lavfi', '-i', `color=${colour}:s=1280x720:r=30:d=${SHOWN_S}`]), '-filter_complex', 'concat=n=2:v=1', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '30', film])
  await beginWithColours(ring, ['alder', 'birch'])
  await ring.peer([{ name: 'signal', source: `file:${film}` }], ring.node('alder'))
  return until(async () => (await ring.get<CameraList>(`${ring.node('alder').url}/api/v1/cameras`)).cameras.find(({ live }) => live)?.id, 'the camera is live', 60_000)
}

async function measure(ring: TestRing, node: NodeProcess, camera: string): Promise<Row[]> {
  const newest = new Map<string, number>()
  const found: number[] = []
  const safe: number[] = []
  while (found.length < SAMPLES) {
    for (const colour of ['red', 'blue']) {
      const [known, began] = [newest.get(colour), Math.max(...await begun(ring, node, camera, colour))]
      if (known !== undefined && began - known > SHOWN_S * 1000) found.push(Date.now() - began)
      newest.set(colour, Math.max(began, known ?? 0))
    }
    const { lastDurableMs = 0 } = await ring.camera(camera, node) ?? {}
    if (lastDurableMs > 0) safe.push(Date.now() - lastDurableMs)
    await sleep(ASK_EVERY_MS)
  }
  return [
    { name: 'the newest second that is safe on disk', unit: 'ms', samples: safe },
    { name: 'the first picture of what is new, found', unit: 'ms', samples: found, baseline: 'the newest second that is safe on disk', note: `${SAMPLES} times, a picture every 2 s is looked at` }
  ]
}

/** When it was seen lately, Unix ms. */
async function begun(ring: TestRing, node: NodeProcess, camera: string, colour: string): Promise<number[]> {
  const { found } = await ring.get<MomentList>(`${node.url}/api/v1/search?${new URLSearchParams({ q: colour, sense: 'picture', within: `camera:${camera}`, from: String(Date.now() - RECENT_MS) })}`)
  return found.flatMap(({ moments }) => moments.filter(({ score }) => score > 0.5).map(({ fromMs }) => fromMs))
}
