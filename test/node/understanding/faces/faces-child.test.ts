// needs: ffmpeg
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { uprightSquare } from '../../../../node/understanding/inference/faces/face-vector.ts'
import { FACES_MODEL } from '../../../../node/understanding/inference/faces/faces-model.ts'
import { paintFace, paintSign } from '../../../../node/understanding/inference/pictures/painted.ts'
import { pictureOf } from '../../../support/drawn-picture.ts'
import { layOut, openPackaged } from '../../../support/models/packaged.ts'

/** Five portraits in a row, on a page of the library that the models come with. */
const PORTRAITS = join(import.meta.dirname, '../../../../node_modules/@vladmandic/human/assets/screenshot-facedetect.jpg')

interface Context { dir: string }
const test = suite<Context>('the process that finds faces')

test.before(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-faces-'))
  await layOut(FACES_MODEL, context.dir)
})
test.after(({ dir }) => rm(dir, { recursive: true }))

test('it finds the faces in a picture, none where there is none, and tells each by a vector of length 1', async ({ dir }) => {
  const model = await openPackaged(FACES_MODEL, dir)
  const thread = { width: 1, height: 5_000, rgb: new Uint8Array(15_000) }
  const [faces, drawing, ...none] = await model.run('find-faces', [pictureOf(PORTRAITS, 800, 718), paintFace(), paintSign(), thread])
  await model.end()
  assert.equal([faces!.length, drawing!.length, none], [5, 1, [[], []]])
  for (const { box: [, y, width, height], confidence } of faces!) assert.ok(confidence >= 0.75 && y > 0.45 && y < 0.6 && width > 0.08 && width < 0.18 && height > 0.08 && height < 0.2)
  for (const { vector } of [...faces!, ...drawing!]) {
    assert.is(vector!.length, 1_024)
    assert.ok(Math.abs(Math.hypot(...vector!) - 1) < 1e-5)
  }
})

test('a face that is tilted is turned upright before it is told apart', async () => {
  const { across, down, corner } = uprightSquare({ width: 200, height: 100, rgb: new Uint8Array(60_000) }, { box: [0.4, 0.3, 0.2, 0.4], confidence: 1, eyes: [[0.45, 0.4], [0.55, 0.6]] })
  assert.ok(Math.abs(Math.atan2(across[1], across[0]) - Math.PI / 4) < 1e-9, 'as the eyes: 20 to the right, 20 down')
  assert.ok(Math.abs(Math.hypot(...across) - 56) < 1e-9 && Math.abs(across[0] * down[0] + across[1] * down[1]) < 1e-9)
  assert.ok(Math.abs(corner[0] + (across[0] + down[0]) / 2 - 100) < 1e-9 && Math.abs(corner[1] + (across[1] + down[1]) / 2 - 50) < 1e-9, 'around the middle of the face')
})

test.run()
