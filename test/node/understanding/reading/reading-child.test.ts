// needs: ffmpeg
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Picture, ReadLine } from '../../../../node/understanding/inference/inference.ts'
import type { ModelProcess } from '../../../../node/understanding/inference/model-process.ts'
import { READING_MODEL } from '../../../../node/understanding/inference/reading/reading-model.ts'
import { paintWords } from '../../../../node/understanding/inference/pictures/painted.ts'
import { drawnPicture } from '../../../support/drawn-picture.ts'
import { layOut, openPackaged } from '../../../support/models/packaged.ts'

interface Context { dir: string; model: ModelProcess; read: (picture: Picture) => Promise<readonly ReadLine[]> }
const test = suite<Context>('the process that reads')

test.before(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-reading-'))
  await layOut(READING_MODEL, context.dir)
  context.model = await openPackaged(READING_MODEL, context.dir)
  context.read = async (picture) => (await context.model.run('read-text', [picture]))[0]!
})
test.after(async ({ dir, model }) => {
  await model.end()
  await rm(dir, { recursive: true })
})

const textsOf = (lines: readonly ReadLine[]): string[] => lines.map(({ text }) => text)

test('a title, a time code and small print over a moving picture are read as they stand, from the top', async ({ read }) => {
  const lines = await read(drawnPicture({ width: 1280, height: 720, ground: 'testsrc2', before: 'boxblur=20', texts: [
    { text: '2026-03-14 08:15:42', x: 820, y: 40, size: 28, colour: 'yellow', board: 'black' },
    { text: 'Harbour at dawn, take 7', x: 80, y: 560, size: 44, board: 'black' },
    { text: 'small print 14 px, camera porch', x: 80, y: 680, size: 14, board: 'navy' }
  ] }))
  assert.equal(textsOf(lines), ['2026-03-14 08:15:42', 'Harbour at dawn, take 7', 'small print 14 px, camera porch'])
  assert.ok(lines.every(({ confidence }) => confidence > 0.9 && confidence <= 1))
  const [x, y, width, height] = lines[1]!.box
  assert.ok(Math.abs(x * 1280 - 75) < 20 && Math.abs(y * 720 - 550) < 20 && Math.abs(width * 1280 - 545) < 60 && Math.abs(height * 720 - 50) < 30, `${lines[1]!.box}`)
})

test('words that stand at an angle are read', async ({ read }) => {
  const lines = await read(drawnPicture({ width: 800, height: 600, ground: 'color=c=0x203040', texts: [{ text: 'KEEP CLEAR OF THE DOORS', x: 140, y: 280, size: 36 }], after: 'rotate=-0.35' }))
  assert.equal(textsOf(lines), ['KEEP CLEAR OF THE DOORS'])
})

test('words that go up the side of a picture are read', async ({ read }) => {
  const lines = await read(drawnPicture({ width: 600, height: 600, ground: 'color=c=0x203040', texts: [{ text: 'Studio birch', x: 200, y: 280, size: 40 }], after: 'transpose=cclock' }))
  assert.equal(textsOf(lines), ['Studio birch'])
})

test('pictures without words have none: one pixel, a thread, the largest that is taken, noise', async ({ read, model }) => {
  const black = (width: number, height: number): Picture => ({ width, height, rgb: new Uint8Array(3 * width * height) })
  const noise: Picture = { width: 320, height: 200, rgb: Uint8Array.from({ length: 3 * 320 * 200 }, (_, i) => Math.imul(i + 1, 2_654_435_761) >>> 24) }
  for (const picture of [black(1, 1), black(1, 5_000), black(5_000, 1), black(8_192, 8_192), noise]) assert.equal(await read(picture), [], `${picture.width} × ${picture.height}`)
  assert.ok(model.alive)
})

test('a picture that is not what it says is refused, and the next one is read', async ({ read }) => {
  const small = { width: 4, height: 4, rgb: new Uint8Array(3) }
  for (const picture of [small, { ...small, width: 0 }, { ...small, width: 100_000, height: 100_000 }, { ...small, width: Number.NaN }]) {
    await read(picture).then(() => assert.unreachable(), (err: Error) => assert.match(err.message, /picture/))
  }
  assert.equal(textsOf(await read(paintWords())), ['MOST', 'HATS', '2477'])
})

test.run()
