/**
 * How old a picture is when a browser shows it: the clock burnt into a test camera's picture is read from the pixels of the node's own
 * live page, as it is shown by default and with low delay, on the camera's home node and on a node that relays it, and under the load of two
 * larger cameras. Beside it, how old the picture is at every hop on the way. `latency/home` is the home node only. The pages have to be built.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import type { CameraView } from '#protocols/http.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { launchBrowser } from '../support/whep-page.ts'
import { latencyPage, type PageView, type Shown } from './latency-page.ts'
import type { Hop, ProbeNotes } from './latency-probe.ts'
import { median, type Row } from './measure.ts'

const ROUNDS = 4
/** Pictures read per round and case. */
const FRAMES = 60
const SMALL = 'porch'
const LARGE = ['garage', 'yard']
const HOME = 'glass to glass, home node'
const LOW = { lowDelay: true }
const HOPS: readonly Hop[] = ['encoded', 'at the peer', 'at the home node', 'at the relaying node', 'ingest to socket']

export async function run(part?: string): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-latency-'))
  const before = process.env['NODE_OPTIONS']
  process.env['LATENCY_PROBE_DIR'] = folder
  process.env['NODE_OPTIONS'] = `--import=${pathToFileURL(join(import.meta.dirname, 'latency-probe.ts')).href}`
  const ring = await TestRing.create()
  let browser: Browser | undefined
  try {
    browser = await launchBrowser()
    const rows = await measure(ring, browser, part === 'home')
    await ring.end()
    return [...rows, ...await hopRows(folder)]
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS']
    else process.env['NODE_OPTIONS'] = before
    await browser?.close()
    await ring.end()
    await rm(folder, { recursive: true, force: true })
  }
}

async function measure(ring: TestRing, browser: Browser, homeOnly: boolean): Promise<Row[]> {
  const first = await ring.begin('alder')
  await ring.begin('birch')
  await ring.begin('cedar')
  await ring.together(3)
  await ring.peer([{ name: 'Porch', source: 'test?size=640x360' }], first)
  const small = await live(ring, SMALL, first)
  const [home, far] = [ring.homeOf(small), notAt(ring, [small])]
  const views: ReadonlyArray<readonly [name: string, node: NodeProcess, view: PageView]> = [
    [HOME, home, {}], [`${HOME}, low delay`, home, LOW],
    ...homeOnly ? [] : [['glass to glass, relaying node', far, {}], ['glass to glass, relaying node, low delay', far, LOW]] as const
  ]
  const cases = Object.fromEntries(views.map(([name]) => [name, [] as Shown[][]]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, node, view] of views) cases[name]?.push(await shown(browser, node, SMALL, view))
  }
  if (homeOnly) return caseRows(cases)
  for (const name of LARGE) await ring.peer([{ name, source: 'test' }], first)
  const large = await Promise.all(LARGE.map((id) => live(ring, id, first)))
  const loaded: Shown[][] = []
  for (let round = 0; round < ROUNDS; round++) loaded.push(await shown(browser, notAt(ring, large), LARGE[0] as string))
  return [...caseRows(cases), ...caseRows({ 'two 720p cameras more, relaying node': loaded })]
}

const live = (ring: TestRing, id: string, via: NodeProcess): Promise<CameraView> => until(async () => {
  const camera = await ring.camera(id, via)
  return camera?.live ? camera : undefined
}, `${id} is live`)

/** A node that is home to none, or to as few as can be, of these cameras. */
function notAt(ring: TestRing, cameras: readonly CameraView[]): NodeProcess {
  const homes = cameras.map((camera) => ring.homeOf(camera).name)
  const [first, ...others] = homes
  const free = [...ring.nodes.values()].find(({ name }) => !homes.includes(name)) ?? [...ring.nodes.values()].find(({ name }) => name !== first || others.includes(name))
  if (free === undefined) throw new Error('every node is home to a camera')
  return free
}

/** Open a node's live page, let it settle, and read the clock of so many pictures. */
async function shown(browser: Browser, node: NodeProcess, camera: string, view: PageView = {}): Promise<Shown[]> {
  const page = await latencyPage(browser, node.url, view)
  try {
    return await page.read(camera, FRAMES)
  } finally {
    await page.close()
  }
}

function caseRows(cases: Record<string, Shown[][]>): Row[] {
  return Object.entries(cases).flatMap(([name, rounds]) => {
    const frames = rounds.flat()
    const compare = (what: string) => (name === HOME ? {} : { baseline: `${HOME}${what}` })
    const row = (what: string, samples: readonly number[], note?: string): Row => ({ name: `${name}${what}`, unit: 'ms', samples, ...compare(what), ...(note === undefined ? {} : { note }) })
    return [
      row('', frames.map(({ ageMs }) => ageMs), `${frames.length} pictures`),
      row(', 95th percentile of a round', rounds.map((round) => percentile(round.map(({ ageMs }) => ageMs), 0.95))),
      row(', camera to browser', frames.map(({ receivedMs }) => receivedMs)),
      row(', browser to screen', frames.map(({ ageMs, receivedMs }) => ageMs - receivedMs), `of it in the jitter buffer ${median(rounds.map((round) => round.at(-1)?.bufferMs ?? Number.NaN)).toFixed(0)} ms, decoding ${median(rounds.map((round) => round.at(-1)?.decodeMs ?? Number.NaN)).toFixed(1)} ms; sound buffer ${median(rounds.map((round) => round.at(-1)?.soundBufferMs ?? Number.NaN)).toFixed(0)} ms`)
    ]
  })
}

async function hopRows(folder: string): Promise<Row[]> {
  const notes: ProbeNotes[] = []
  for (const file of await readdir(folder)) notes.push(JSON.parse(await readFile(join(folder, file), 'utf8')))
  const hops = HOPS.flatMap((hop): Row[] => {
    const samples = notes.flatMap((note) => Object.values(note.hops[hop] ?? {}).flat())
    return samples.length === 0 ? [] : [{ name: `age: ${hop}`, unit: 'ms', samples, note: `all cases together; 95th percentile ${percentile(samples, 0.95).toFixed(1)}` }]
  })
  const stalls = ['node', 'peer', 'source'].map((role): Row => {
    const loops = notes.filter((note) => note.role === role).map(({ loopMs }) => loopMs)
    return { name: `event loop of each ${role}, 99th percentile`, unit: 'ms', samples: loops.map(({ p99 }) => p99), note: `longest ${Math.max(...loops.map(({ max }) => max)).toFixed(0)}, timer resolution 5` }
  })
  return [...hops, ...stalls]
}

function percentile(samples: readonly number[], at: number): number {
  return [...samples].sort((a, b) => a - b)[Math.min(samples.length - 1, Math.floor(samples.length * at))] ?? Number.NaN
}
