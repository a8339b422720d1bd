/**
 * How well faces are found: `node test/quality/faces.ts [ROOT]`. A sheet of 108 faces comes with @vladmandic/human (MIT; some wear sunglasses or are out of focus); pictures without faces come with Debian's python3-skimage and
 * opencv-doc below ROOT, `/` by default. How well two people are told apart is NOT measured: there are no pictures here of which it is known who is who.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FACES_MODEL } from '../../node/understanding/inference/faces/faces-model.ts'
import type { Picture } from '../../node/understanding/inference/inference.ts'
import { pictureOf } from '../support/drawn-picture.ts'
import { layOut, openPackaged } from '../support/models/packaged.ts'
import { printTable } from './table.ts'

const root = process.argv[2] ?? '/'
const SHEET = { file: join(import.meta.dirname, '../../node_modules/@vladmandic/human/assets/screenshot-facematch.jpg'), width: 1_920, height: 954, left: 2, top: 283, columns: 18, rows: 6, cellWidth: 106.4, cellHeight: 111.8 }
const SKIMAGE = join(root, 'usr/lib/python3/dist-packages/skimage/data')
const OPENCV = join(root, 'usr/share/doc/opencv-doc/examples/data')
const WITHOUT = [...['coffee.png', 'chelsea.png', 'motorcycle_left.png', 'rocket.jpg', 'horse.png', 'moon.png', 'grass.png', 'brick.png', 'page.png', 'coins.png'].map((file) => join(SKIMAGE, file)), ...['home.jpg', 'squirrel_cls.jpg', 'board.jpg', 'fruits.jpg', 'baboon.jpg', 'HappyFish.jpg', 'butterfly.jpg', 'stuff.jpg', 'orange.jpg', 'apple.jpg', 'aero1.jpg', 'leuvenA.jpg', 'smarties.png', 'cards.png'].map((file) => join(OPENCV, file))]

const folder = await mkdtemp(join(tmpdir(), 'thatdam-faces-'))
await layOut(FACES_MODEL, folder)
const model = await openPackaged(FACES_MODEL, folder)
try {
  const sheet = pictureOf(SHEET.file, SHEET.width, SHEET.height)
  const groups: string[][] = []
  for (const [across, down] of [[1, 1], [3, 2], [6, 3]] as const) groups.push([`${across * down} in ${Math.round(across * SHEET.cellWidth)} × ${Math.round(down * SHEET.cellHeight)}`, ...await foundIn(across, down)])
  printTable(['faces in a picture', 'faces', 'found', 'more than there are'], groups)
  const wrong: string[] = []
  const there = WITHOUT.filter((file) => existsSync(file))
  for (const file of there) {
    const [found] = await model.run('find-faces', [pictureOf(file, 640, 480)])
    if (found!.length > 0) wrong.push(`${file.split('/').at(-1)} (${found!.map(({ confidence }) => confidence.toFixed(2)).join(', ')})`)
  }
  process.stdout.write(`pictures without a person's face: ${there.length} of ${WITHOUT.length} are here, faces in ${wrong.length}: ${wrong.join(', ')}\nmemory of the process: ${Math.round(model.bytes / 1024 ** 2)} MiB\n`)

  async function foundIn(across: number, down: number): Promise<string[]> {
    let [faces, found, more] = [0, 0, 0]
    for (let row = 0; row < SHEET.rows; row += down) {
      for (let column = 0; column < SHEET.columns; column += across) {
        const [seen] = await model.run('find-faces', [cut(sheet, column, row, across, down)])
        faces += across * down
        found += Math.min(seen!.length, across * down)
        more += Math.max(0, seen!.length - across * down)
      }
    }
    return [String(faces), `${found} (${Math.round((100 * found) / faces)} %)`, String(more)]
  }
} finally {
  await model.end()
  await rm(folder, { recursive: true })
}

function cut({ width: from, rgb }: Picture, column: number, row: number, across: number, down: number): Picture {
  const [left, top] = [Math.round(SHEET.left + column * SHEET.cellWidth), Math.round(SHEET.top + row * SHEET.cellHeight)]
  const [width, height] = [Math.floor(across * SHEET.cellWidth), Math.floor(down * SHEET.cellHeight)]
  return { width, height, rgb: Buffer.concat(Array.from({ length: height }, (_, y) => rgb.subarray(3 * ((top + y) * from + left), 3 * ((top + y) * from + left + width)))) }
}
