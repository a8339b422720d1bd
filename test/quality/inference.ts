/** What it costs to ask a model in a process of its own, beside asking it in the same process: `node test/quality/inference.ts`. The model is the planted one, which takes next to no time: what is left is the way there and back, and how pictures are prepared. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AutoProcessor, CLIPVisionModelWithProjection, env, LogLevel } from '@huggingface/transformers'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { FAMILIES } from '../../node/understanding/inference/families.ts'
import { imageOf, unitRows } from '../../node/understanding/inference/hub-models.ts'
import { createInference, type Picture } from '../../node/understanding/inference/inference.ts'
import { openModelProcess } from '../../node/understanding/inference/model-process.ts'
import { plantedModels } from '../support/models/planted-models.ts'
import { printTable } from './table.ts'
import { randomOf } from '../support/random.ts'

const TURNS = 15
const AT_ONCE = 8
const RUNS = 300
const folder = await mkdtemp(join(tmpdir(), 'thatdam-inference-'))
const random = randomOf(7)
const pictures = Array.from({ length: AT_ONCE }, (): Picture => ({ width: 640, height: 360, rgb: Uint8Array.from({ length: 3 * 640 * 360 }, () => 256 * random()) }))

/** Best of some turns, in ms: others use this machine, too. */
async function best(work: () => Promise<unknown>, turns = TURNS): Promise<number> {
  let least = Infinity
  for (let turn = 0; turn < turns; turn++) {
    const before = performance.now()
    await work()
    least = Math.min(least, performance.now() - before)
  }
  return least
}

async function hereEmbedder(): Promise<(given: readonly Picture[]) => Promise<Float32Array[]>> {
  Object.assign(env, { allowRemoteModels: false, localModelPath: folder, cacheDir: join(folder, '.cache'), logLevel: LogLevel.ERROR })
  const options = { dtype: 'fp32', device: 'cpu', local_files_only: true, session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 } } as const
  const [prepare, run] = [await AutoProcessor.from_pretrained('colour-clip', options), await CLIPVisionModelWithProjection.from_pretrained('colour-clip', options)]
  return async (given) => unitRows((await run(await prepare(given.map(imageOf)))).image_embeds)
}

try {
  const models = await plantedModels(folder, ['colour-clip'])
  const inference = createInference({ models, metrics: createMetrics(), log: silentLog }, { threads: 1 })
  const [first] = pictures as [Picture]
  const model = { id: 'colour-clip', family: 'vision', folder: join(folder, 'colour-clip'), dtype: 'fp32', threads: 1, provider: 'cpu' } as const
  const opened = await best(async () => (await openModelProcess({ program: FAMILIES.vision.program, model })).end(), 3)
  const here = await hereEmbedder()
  await Promise.all([here(pictures), inference.embedPictures(pictures)])
  const [oneHere, manyHere] = [await best(() => here([first])), await best(() => here(pictures)) / AT_ONCE]
  const [one, many] = [await best(() => inference.embedPictures([first])), await best(() => Promise.all(pictures.map((picture) => inference.embedPictures([picture])))) / AT_ONCE]
  await inference.stop()
  printTable(['640 × 360, ms per picture', 'same process', 'process of its own', 'ratio'], [
    ['one after the other', oneHere.toFixed(1), one.toFixed(1), (one / oneHere).toFixed(2)],
    [`${AT_ONCE} callers at once (same process: one call of ${AT_ONCE})`, manyHere.toFixed(1), many.toFixed(1), (many / manyHere).toFixed(2)]
  ])
  const child = await openModelProcess({ program: FAMILIES.vision.program, model })
  await child.run('embed-pictures', [first])
  const before = child.bytes
  for (let run = 0; run < RUNS; run++) await child.run('embed-pictures', [first])
  printTable(['a process', ''], [['from nothing to a model that is open, ms', opened.toFixed(0)], [`resident after 1 run, MB`, (before / 1e6).toFixed(0)], [`resident after ${RUNS} more, MB`, (child.bytes / 1e6).toFixed(0)]])
  await child.end()
} finally {
  await rm(folder, { recursive: true })
}
