import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FACES_MODEL } from '../../../../node/understanding/inference/faces/faces-model.ts'
import type { Picture } from '../../../../node/understanding/inference/inference.ts'
import type { ModelProcess } from '../../../../node/understanding/inference/model-process.ts'
import { OBJECTS_MODEL } from '../../../../node/understanding/inference/objects/objects-model.ts'
import { READING_MODEL } from '../../../../node/understanding/inference/reading/reading-model.ts'
import { layOut, openPackaged } from '../../../support/models/packaged.ts'

type Paint = (x: number, y: number, colour: number) => number

const noise: Paint = (x, y, colour) => Math.imul(x * 7_919 + y * 104_729 + colour + 1, 2_654_435_761) >>> 24
const PAINTS: Readonly<Record<string, Paint>> = { noise, white: () => 255, stripes: (x) => x % 2 * 255, board: (x, y) => (x + y) % 2 * 255, 'stripes that are text all over': (_x, y) => y % 12 < 3 ? 255 : 0, slope: (x, y, colour) => (x * (colour + 1) + y) % 256 }
/** Widths and heights. */
const SIZES = [[1, 1], [1, 700], [33, 31], [321, 199]] as const

const pictures = Object.values(PAINTS).flatMap((paint) => SIZES.map(([width, height]): Picture => ({ width, height, rgb: Uint8Array.from({ length: 3 * width * height }, (_, at) => paint(Math.floor(at / 3) % width, Math.floor(at / 3 / width), at % 3)) })))
/** They are not what they say. */
const lies: readonly Picture[] = [{ width: 0, height: 0, rgb: new Uint8Array(0) }, { width: 4, height: 4, rgb: new Uint8Array(47) }, { width: -4, height: -4, rgb: new Uint8Array(48) }, { width: 1.5, height: 2, rgb: new Uint8Array(9) }, { width: 100_000, height: 100_000, rgb: new Uint8Array(3) }, { width: Number.NaN, height: 1, rgb: new Uint8Array(3) }]

interface Context { dir: string; model: ModelProcess }

for (const [manifest, ask] of [[READING_MODEL, 'read-text'], [OBJECTS_MODEL, 'find-objects'], [FACES_MODEL, 'find-faces']] as const) {
  const test = suite<Context>(`${manifest.id} and pictures that nobody took`)
  test.before(async (context) => {
    context.dir = await mkdtemp(join(tmpdir(), 'thatdam-hostile-'))
    await layOut(manifest, context.dir)
    context.model = await openPackaged(manifest, context.dir)
  })
  test.after(async ({ dir, model }) => {
    await model.end()
    await rm(dir, { recursive: true })
  })

  test('nothing is seen in them', async ({ model }) => {
    assert.equal(await model.run(ask, pictures), pictures.map(() => []))
  })

  test('what is no picture is refused, and the next one is looked at', async ({ model }) => {
    for (const lie of lies) await model.run(ask, [lie]).then(() => assert.unreachable(`${lie.width} × ${lie.height}`), (err: Error) => assert.match(err.message, /picture/))
    assert.is((await model.run(ask, [pictures[0]!])).length, 1)
    assert.ok(model.alive)
  })

  test.run()
}
