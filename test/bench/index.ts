/**
 * Understanding films: `node test/bench/run.ts index`. How many times faster than it plays a 1080p H.264 film is looked at and read, against FFmpeg decoding the same file as the floor; and how long the node
 * takes to answer while it does (`index/http` for that alone, `index/speed` for the other); what live viewers lose meanwhile is in `whepbusy`. The model of pictures is the planted one: what it costs is decoding and carrying pictures, not a real network.
 */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { createDeriveProcesses } from '../../node/derive/derive-process.ts'
import type { Analysis } from '../../node/understanding/analysis/analysis.ts'
import type { Looked, LookOrder } from '../../node/understanding/analysis/look-orders.ts'
import { READ_PIXELS } from '../../node/understanding/analysis/look.ts'
import { PICTURES_AT_ONCE } from '../../node/understanding/analysis/readings/read-pictures.ts'
import { createInference, type Inference, type Picture } from '../../node/understanding/inference/inference.ts'
import { FACES_MODEL } from '../../node/understanding/inference/faces/faces-model.ts'
import { OBJECTS_MODEL } from '../../node/understanding/inference/objects/objects-model.ts'
import { READING_MODEL } from '../../node/understanding/inference/reading/reading-model.ts'
import type { KnownModel, ModelManifest } from '../../node/understanding/models/models.ts'
import { beginWithColours, isUnderstood } from '../support/models/colour-nodes.ts'
import { layOut } from '../support/models/packaged.ts'
import { plant } from '../support/models/planted.ts'
import { readyModels } from '../support/models/planted-models.ts'
import { TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { ffmpeg, writeFilm } from './grainy-film.ts'
import { type Case, inTurns, quantile, type Row } from './measure.ts'

/** Length of the film, in seconds, unless `THATDAM_BENCH_SECONDS` says otherwise. */
const SECONDS = Number(process.env['THATDAM_BENCH_SECONDS'] ?? 30)
const ROUNDS = 2
/** Questions to a node that has nothing else to do. */
const IDLE_QUESTIONS = 300

/** Film seconds in a second. */
async function timesReal(work: () => Promise<unknown> | void): Promise<number> {
  const began = performance.now()
  await work()
  return SECONDS * 1e3 / (performance.now() - began)
}

async function modelsIn(folder: string): Promise<KnownModel[]> {
  const known = (manifest: ModelManifest): KnownModel => ({ manifest, here: { state: 'ready', folder: join(folder, manifest.id), bytes: 0, revision: manifest.revision }, usedFor: manifest.tasks, nodes: [] })
  const packaged = [READING_MODEL, OBJECTS_MODEL, FACES_MODEL]
  for (const manifest of packaged) await layOut(manifest, join(folder, manifest.id))
  return [known(await plant('colour-clip', join(folder, 'colour-clip'))), ...packaged.map(known)]
}

async function speed(folder: string): Promise<Row[]> {
  const film = join(folder, 'film.mp4')
  const source = { url: film, demuxer: 'mov', turn: 0 }
  const processes = createDeriveProcesses<LookOrder, Looked>({ program: new URL('../../node/understanding/analysis/look-child.ts', import.meta.url) })
  const inference = createInference({ models: readyModels(await modelsIn(folder)), metrics: createMetrics(), log: silentLog })
  const how = { signal: new AbortController().signal }
  await inference.start()
  const look = async (): Promise<Analysis> => (await processes.run({ ...source, look: 'film', seconds: SECONDS }, how)).analysis!
  const decode = (threads: number): void => ffmpeg(['-threads', `${threads}`, '-i', film, '-an', '-f', 'null', '-'])

  async function read(atMs: readonly number[], ask: (pictures: readonly Picture[]) => Promise<unknown>): Promise<void> {
    for (let at = 0; at < atMs.length; at += PICTURES_AT_ONCE) {
      const { pictures = [] } = await processes.run({ ...source, look: 'pictures', atMs: atMs.slice(at, at + PICTURES_AT_ONCE), pixels: READ_PIXELS }, how)
      await ask(pictures)
    }
  }

  try {
    const { pictures, scenes } = await look()
    const moments = pictures.map(({ atMs }) => atMs)
    const each = (ask: (picture: Picture) => Promise<unknown>) => async (all: readonly Picture[]): Promise<void> => { for (const picture of all) await ask(picture) }
    const readers: ReadonlyArray<readonly [string, (of: Inference) => (all: readonly Picture[]) => Promise<unknown>]> = [
      ['nothing', () => async () => {}], ['vectors, planted model', (of) => (all) => of.embedPictures(all)], ['words', (of) => each((picture) => of.readText(picture))],
      ['objects', (of) => each((picture) => of.findObjects(picture))], ['faces', (of) => each((picture) => of.findFaces(picture))]
    ]
    const note = `${scenes.length} scenes, ${pictures.length} key pictures of ${SECONDS} s`
    const cases: Case[] = [
      { name: 'ffmpeg decodes, one thread', unit: 'x', sample: () => timesReal(() => decode(1)) },
      { name: 'ffmpeg decodes, its threads', unit: 'x', baseline: 'ffmpeg decodes, one thread', sample: () => timesReal(() => decode(0)) },
      { name: 'scenes and key pictures', unit: 'x', baseline: 'ffmpeg decodes, one thread', note, sample: () => timesReal(look) },
      ...readers.map(([what, ask]): Case => ({ name: `key pictures again, ${what}`, unit: 'x', baseline: 'ffmpeg decodes, one thread', sample: () => timesReal(() => read(moments, ask(inference))) }))
    ]
    return await inTurns(cases, ROUNDS)
  } finally {
    await inference.stop()
    await processes.stop()
  }
}

async function http(folder: string): Promise<Row[]> {
  const ring = await TestRing.create()
  try {
    await beginWithColours(ring, ['alder'])
    const node = ring.node('alder')
    const ask = async (): Promise<number> => {
      const began = performance.now()
      await ring.get(`${node.url}/api/v1/assets?limit=50`)
      return performance.now() - began
    }
    for (let i = 0; i < 50; i++) await ask()
    const idle: number[] = []
    while (idle.length < IDLE_QUESTIONS) idle.push(await ask())
    const { results: [result] } = await ring.upload(node, 'film.mp4', new Uint8Array(await readFile(join(folder, 'film.mp4'))))
    await until(async () => (await ring.get<{ jobs: Array<{ kind: string }> }>(`${node.url}/api/v1/jobs`)).jobs.some(({ kind }) => kind === 'understand'), 'it is looked at', 120_000)
    const busy: number[] = []
    for (let isDone = false; !isDone;) {
      for (let i = 0; i < 20; i++) busy.push(await ask())
      isDone = await isUnderstood(ring, node, result!.assetId!)
    }
    return [
      { name: 'GET /assets, idle: p95', unit: 'ms', samples: [quantile(idle, 0.95)], note: `${idle.length} questions, median ${quantile(idle, 0.5).toFixed(1)} ms` },
      { name: 'GET /assets, while it understands: p95', unit: 'ms', baseline: 'GET /assets, idle: p95', samples: [quantile(busy, 0.95)], note: `${busy.length} questions, median ${quantile(busy, 0.5).toFixed(1)} ms` }
    ]
  } finally {
    await ring.end()
  }
}

export async function run(part?: string): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-index-bench-'))
  try {
    writeFilm(join(folder, 'film.mp4'), SECONDS)
    process.stdout.write(`1080p H.264, ${SECONDS} s, ${((await stat(join(folder, 'film.mp4'))).size / 1e6).toFixed(1)} MB\n`)
    return [...part === 'http' ? [] : await speed(folder), ...part === 'speed' ? [] : await http(folder)]
  } finally {
    await rm(folder, { recursive: true })
  }
}
