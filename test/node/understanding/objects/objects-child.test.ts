// needs: ffmpeg
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Picture } from '../../../../node/understanding/inference/inference.ts'
import { OBJECTS_MODEL } from '../../../../node/understanding/inference/objects/objects-model.ts'
import { paintFace, paintSign } from '../../../../node/understanding/inference/pictures/painted.ts'
import { pictureOf } from '../../../support/drawn-picture.ts'
import { layOut, openPackaged } from '../../../support/models/packaged.ts'

/** Five portraits in a row, on a page of the library that the models come with. */
const PORTRAITS = join(import.meta.dirname, '../../../../node_modules/@vladmandic/human/assets/screenshot-facedetect.jpg')

interface Context { dir: string }
const test = suite<Context>('the process that finds things')

test.before(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-objects-'))
  await layOut(OBJECTS_MODEL, context.dir)
})
test.after(({ dir }) => rm(dir, { recursive: true }))

test('it finds what is in a picture, and what it made of the model is there the next time', async ({ dir }) => {
  const first = await openPackaged(OBJECTS_MODEL, dir)
  const [portraits, sign, drawing] = await first.run('find-objects', [pictureOf(PORTRAITS, 800, 718), paintSign(), paintFace()])
  await first.end()
  assert.equal([portraits!.map(({ label }) => label), sign!.map(({ label }) => label), drawing], [Array.from({ length: 5 }, () => 'person'), ['stop sign'], []])
  assert.ok(portraits!.every(({ box: [, y, , height] }) => y > 0.4 && y + height <= 1), 'all are below the middle')
  const [x, y, width, height] = sign![0]!.box
  assert.ok([x - 0.255, y - 0.155, width - 0.49, height - 0.49].every((off) => Math.abs(off) < 0.06), `${sign![0]!.box}`)
  const made = (await readdir(dir)).filter((file) => file.endsWith('.onnx'))
  assert.is(made.length, 1)
  const second = await openPackaged(OBJECTS_MODEL, dir)
  assert.equal((await second.run('find-objects', [paintSign()]))[0], sign)
  await second.end()
  assert.equal((await readdir(dir)).filter((file) => !file.endsWith('.json') && !file.endsWith('.bin')), made)
})

test('pictures of one pixel, of a thread and of nothing but black have nothing in them', async ({ dir }) => {
  const model = await openPackaged(OBJECTS_MODEL, dir)
  const black = (width: number, height: number): Picture => ({ width, height, rgb: new Uint8Array(3 * width * height) })
  assert.equal(await model.run('find-objects', [black(1, 1), black(1, 5_000), black(5_000, 1), black(640, 360)]), [[], [], [], []])
  await model.end()
})

test('a model that is cut off does not open, and says why', async ({ dir }) => {
  const broken = join(dir, 'broken')
  await layOut(OBJECTS_MODEL, broken)
  await truncate(join(broken, 'centernet.bin'), 4_000_000)
  await openPackaged(OBJECTS_MODEL, broken).then(() => assert.unreachable(), (err: Error) => assert.match(err.message, /cut off/))
  assert.equal((await readdir(broken)).sort(), ['centernet.bin', 'centernet.json'])
})

test.run()
