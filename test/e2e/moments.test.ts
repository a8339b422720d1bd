// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { ThatDam } from '../../node/sdk/that-dam.ts'
import type { MomentList } from '#protocols/http.ts'
import { beginWithColours } from '../support/models/colour-nodes.ts'
import { type NodeProcess, run, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('moments in real films, asked of three nodes')

/** Looking at eight short films takes seconds on a quiet machine, in ms. */
const UNDERSTOOD_MS = 240_000
/** What people call it, and what ffmpeg does. */
const COLOURS = { red: 'red', green: 'lime', blue: 'blue', yellow: 'yellow', cyan: 'cyan', magenta: 'magenta', orange: '0xff8000', white: 'white' } as const
const NAMES = ['alder', 'birch', 'cedar'] as const

let folder: string
let ring: TestRing
const ids = new Map<string, string>()

/** Two seconds of black, then three of a colour. */
function film(colour: string, file: string): void {
  const sources = [`color=black:s=320x180:r=25:d=2`, `color=${colour}:s=320x180:r=25:d=3`].flatMap((source) => ['-f', 'lavfi', '-i', source])
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', ...sources, '-filter_complex', 'concat=n=2:v=1', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', file])
}

const living = (): NodeProcess[] => [...ring.nodes.values()].filter(({ process }) => process.running)
const ask = (node: NodeProcess, query: Record<string, string>): Promise<MomentList> => ring.get(`${node.url}/api/v1/search?${new URLSearchParams(query)}`)
const nameOf = ({ found }: MomentList): string => [...ids].find(([, id]) => id === found[0]?.subject.id)?.[0] ?? 'nothing'
const isWhole = ({ coverage: { understoodMs, totalMs, silent } }: MomentList): boolean => totalMs >= 40_000 && understoodMs === totalMs && silent.length === 0

/** Eight of eight, first, within a second of where they begin. */
async function allFirst(node: NodeProcess): Promise<void> {
  for (const colour of Object.keys(COLOURS)) {
    const list = await ask(node, { q: `a photo of ${colour}`, sense: 'picture' })
    const [moment] = list.found[0]!.moments
    assert.deepEqual([nameOf(list), Math.floor(moment!.fromMs / 1_000), moment!.toMs, isWhole(list)], [colour, 2, 5_000, true], `${node.name}: ${JSON.stringify([moment, list.coverage])}`)
  }
}

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thatdam-moments-'))
  ring = await TestRing.create()
  await beginWithColours(ring, NAMES)
  for (const [at, [name, colour]] of Object.entries(COLOURS).entries()) {
    film(colour, join(folder, `clip-${at}.mp4`))
    const { results: [result] } = await ring.upload(ring.node(NAMES[at % 3]!), `clip-${at}.mp4`, await readFile(join(folder, `clip-${at}.mp4`)))
    ids.set(name, result!.assetId!)
  }
  for (const node of living()) {
    let last: MomentList | undefined
    await until(async () => isWhole(last = await ask(node, { q: 'red', sense: 'picture' })), `${node.name} answers for everything`, UNDERSTOOD_MS).catch((err) => assert.fail(`${err.message}: ${JSON.stringify(last?.coverage)}`))
  }
})
test.after(async () => {
  await ring?.end()
  await rm(folder, { recursive: true, force: true })
})

test('each of eight colours is first, within a second of where it begins, from every node', async () => {
  for (const node of living()) await allFirst(node)
})

test('a picture of the one film finds it, and so does a file', async () => {
  const { url } = ring.node('birch')
  assert.equal(nameOf(await ask(ring.node('birch'), { like: `${ids.get('cyan')}@3000` })), 'cyan')
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'color=magenta:s=64x64', '-frames:v', '1', join(folder, 'magenta.png')])
  const { stdout, code, stderr } = await run('search', '--picture', join(folder, 'magenta.png'), '--node', url)
  assert.deepEqual([code, stdout.split('\n').slice(0, 2).map((line) => line.slice(0, 10))], [0, ['clip-5.mp4', '  0:00:02.']], stdout + stderr)
})

test('within one film its own moments are found, and a program asks with the same words', async () => {
  const within = await ring.get<MomentList>(`${ring.node('cedar').url}/api/v1/assets/${ids.get('blue')}/moments?q=black&sense=picture`)
  assert.deepEqual(within.found.map(({ subject, moments }) => [subject.id, moments[0]?.fromMs]), [[ids.get('blue'), 0]])
  const list = await new ThatDam({ url: ring.node('cedar').url }).moments('yellow', { sense: 'picture', limit: 2 })
  assert.deepEqual([nameOf(list), list.found.length], ['yellow', 2])
})

test('without a node that was killed, and without two, every answer is as it was', async () => {
  await ring.node('birch').process.kill()
  await allFirst(ring.node('alder'))
  await ring.node('alder').process.kill()
  await allFirst(ring.node('cedar'))
})

test('a node that comes back answers with what it had', async () => {
  await ring.begin('birch', { flags: ['--models', join(folder, 'shelf'), '--model-hub', 'none'] })
  await allFirst(ring.node('birch'))
})

test.run()
