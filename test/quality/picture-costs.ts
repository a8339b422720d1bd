/** What it costs to read a picture, and to find things and faces in one: `node test/quality/picture-costs.ts`. In seconds of processor time, which a busy machine hardly changes, and beside what the networks alone take, which no code around them can save. Needs ffmpeg with Debian's DejaVu. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vectorOfFace, VECTOR_RESULTS } from '../../node/understanding/inference/faces/face-vector.ts'
import { FACES_MODEL } from '../../node/understanding/inference/faces/faces-model.ts'
import { FACE_RESULTS, locateFaces } from '../../node/understanding/inference/faces/find-faces.ts'
import { readyGraph } from '../../node/understanding/inference/graph-model/ready-graph.ts'
import type { Picture } from '../../node/understanding/inference/inference.ts'
import { findObjects, OBJECT_RESULTS } from '../../node/understanding/inference/objects/find-objects.ts'
import { OBJECTS_MODEL } from '../../node/understanding/inference/objects/objects-model.ts'
import { type Network, openNetwork } from '../../node/understanding/inference/pictures/network.ts'
import { readText } from '../../node/understanding/inference/reading/read-text.ts'
import { READING_FILES, READING_MODEL } from '../../node/understanding/inference/reading/reading-model.ts'
import { signsOf } from '../../node/understanding/inference/reading/spell.ts'
import { drawnPicture, pictureOf } from '../support/drawn-picture.ts'
import { layOut } from '../support/models/packaged.ts'
import { printTable } from './table.ts'

const TURNS = 8
const PORTRAITS = join(import.meta.dirname, '../../node_modules/@vladmandic/human/assets/screenshot-facedetect.jpg')
const folder = await mkdtemp(join(tmpdir(), 'thatdam-costs-'))
let networkMs = 0

/** One that notes its share. */
async function open(source: string | Uint8Array): Promise<Network> {
  const network = await openNetwork(source, { threads: 1, provider: 'cpu' })
  return { inputs: network.inputs, run: async (inputs) => {
    const [ms, results] = await cost(() => network.run(inputs))
    networkMs += ms
    return results
  } }
}

async function cost<T>(work: () => Promise<T>): Promise<[ms: number, result: T]> {
  const before = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(before)
  return [(user + system) / 1000, result]
}

async function row(name: string, work: () => Promise<unknown>): Promise<string[]> {
  await work() // the first time code is compiled
  networkMs = 0
  const [ms] = await cost(async () => { for (let i = 0; i < TURNS; i++) await work() })
  return [name, (ms / TURNS).toFixed(0), (networkMs / TURNS).toFixed(0), (ms / networkMs).toFixed(2)]
}

try {
  for (const manifest of [READING_MODEL, OBJECTS_MODEL, FACES_MODEL]) await layOut(manifest, join(folder, manifest.id))
  const at = (manifest: { readonly id: string }, file: string): string => join(folder, manifest.id, file)
  const reader = { finder: await open(at(READING_MODEL, READING_FILES.finder)), reader: await open(at(READING_MODEL, READING_FILES.reader)), signs: signsOf(await readFile(at(READING_MODEL, READING_FILES.signs), 'utf8')) }
  const things = await open(await readyGraph(at(OBJECTS_MODEL, ''), 'centernet', OBJECT_RESULTS))
  const [faces, teller] = [await open(await readyGraph(at(FACES_MODEL, ''), 'blazeface', FACE_RESULTS)), await open(await readyGraph(at(FACES_MODEL, ''), 'faceres', VECTOR_RESULTS))]
  const texts = [100, 230, 360, 490, 620].map((y) => ({ text: 'Harbour at dawn, second unit', x: 100, y, size: 32 }))
  const [plain, lines] = [drawnPicture({ width: 1280, height: 720 }), drawnPicture({ width: 1280, height: 720, texts })]
  const portraits = pictureOf(PORTRAITS, 800, 718)
  const everyFace = async (picture: Picture): Promise<void> => { for (const face of await locateFaces(faces, picture)) await vectorOfFace(teller, picture, face) }
  printTable(['a picture', 'processor time in ms', 'of it in networks', 'all of the networks'], [
    await row('1280 × 720, no words: read', () => readText(reader, plain)),
    await row('1280 × 720, five lines: read', () => readText(reader, lines)),
    await row('1280 × 720: things', () => findObjects(things, lines)),
    await row('800 × 718: things', () => findObjects(things, portraits)),
    await row('800 × 718, five faces: found', () => locateFaces(faces, portraits)),
    await row('800 × 718, five faces: found and told apart', () => everyFace(portraits))
  ])
} finally {
  await rm(folder, { recursive: true })
}
