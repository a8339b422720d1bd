/**
 * How well things are found in photographs: `node test/quality/objects.ts [ROOT]`. The photographs come with packages: one with @vladmandic/human (MIT); the others with Debian's python3-skimage (public domain, CC0 or BSD)
 * and opencv-doc (Apache-2.0), which are looked for below ROOT, `/` by default; those that are not there are left out, visibly. They are few, and most have one large thing in the middle: this is a look, not a measurement on COCO.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OBJECTS_MODEL } from '../../node/understanding/inference/objects/objects-model.ts'
import { pictureOf } from '../support/drawn-picture.ts'
import { layOut, openPackaged } from '../support/models/packaged.ts'
import { printTable } from './table.ts'

const root = process.argv[2] ?? '/'
const HUMAN = join(import.meta.dirname, '../../node_modules/@vladmandic/human/assets')
const SKIMAGE = join(root, 'usr/lib/python3/dist-packages/skimage/data')
const OPENCV = join(root, 'usr/share/doc/opencv-doc/examples/data')

/** Labels that should be found, and those that may be: what is there, too, but small, cut off, or a matter of words. */
const PHOTOGRAPHS: ReadonlyArray<readonly [file: string, should: readonly string[], may?: readonly string[]]> = [
  [`${HUMAN}/screenshot-facedetect.jpg`, ['person']],
  [`${SKIMAGE}/astronaut.png`, ['person']],
  [`${SKIMAGE}/camera.png`, ['person']],
  [`${SKIMAGE}/coffee.png`, ['cup'], ['spoon', 'dining table']],
  [`${SKIMAGE}/chelsea.png`, ['cat']],
  [`${SKIMAGE}/motorcycle_left.png`, ['motorcycle'], ['bench']],
  [`${SKIMAGE}/horse.png`, ['horse']],
  [`${SKIMAGE}/rocket.jpg`, []],
  [`${SKIMAGE}/moon.png`, []],
  [`${SKIMAGE}/grass.png`, []],
  [`${SKIMAGE}/brick.png`, []],
  [`${SKIMAGE}/page.png`, []],
  [`${SKIMAGE}/coins.png`, []],
  [`${OPENCV}/messi5.jpg`, ['person', 'sports ball']],
  [`${OPENCV}/basketball1.png`, ['person'], ['sports ball', 'chair']],
  [`${OPENCV}/left01.jpg`, ['person'], ['tv', 'keyboard']],
  [`${OPENCV}/orange.jpg`, ['orange']],
  [`${OPENCV}/apple.jpg`, ['apple']],
  [`${OPENCV}/fruits.jpg`, ['orange']],
  [`${OPENCV}/aloeL.jpg`, ['potted plant'], ['vase']],
  [`${OPENCV}/home.jpg`, [], ['bird']],
  [`${OPENCV}/building.jpg`, [], ['potted plant']],
  [`${OPENCV}/squirrel_cls.jpg`, []],
  [`${OPENCV}/butterfly.jpg`, []],
  [`${OPENCV}/board.jpg`, []],
  [`${OPENCV}/stuff.jpg`, []],
  [`${OPENCV}/leuvenA.jpg`, []],
  [`${OPENCV}/aero1.jpg`, []],
  [`${OPENCV}/aero3.jpg`, []]
]

interface Row { readonly name: string; readonly should: readonly string[]; readonly may: readonly string[]; readonly found: ReadonlyArray<{ readonly label: string; readonly confidence: number }> }

const folder = await mkdtemp(join(tmpdir(), 'thatdam-objects-'))
await layOut(OBJECTS_MODEL, folder)
const model = await openPackaged(OBJECTS_MODEL, folder)
try {
  const rows: Row[] = []
  for (const [file, should, may = []] of PHOTOGRAPHS.filter(([file]) => existsSync(file))) {
    const [width, height] = execFileSync('/usr/bin/ffprobe', ['-v', 'error', '-show_entries', 'stream=width,height', '-of', 'csv=p=0', file]).toString().split(',').map(Number)
    const [found] = await model.run('find-objects', [pictureOf(file, width!, height!)])
    rows.push({ name: file.split('/').at(-1)!, should, may, found: found! })
  }
  for (const [file] of PHOTOGRAPHS.filter(([file]) => !existsSync(file))) process.stdout.write(`not here: ${file}\n`)
  printTable(['photograph', 'should', 'found', 'missed', 'wrong'], rows.map((row) => [row.name, row.should.join(', '), row.found.map(({ label, confidence }) => `${label} ${confidence.toFixed(2)}`).join(', '), missedIn(row, 0).join(', '), wrongIn(row, 0).join(', ')]))
  printTable(['confidence from', 'should be found', 'found', 'missed', 'kinds that are wrong', 'photographs with a wrong one'], [0.45, 0.5, 0.55].map((least) => [least.toFixed(2), String(rows.flatMap(({ should }) => should).length), String(rows.flatMap((row) => row.should).length - rows.flatMap((row) => missedIn(row, least)).length), String(rows.flatMap((row) => missedIn(row, least)).length), String(rows.flatMap((row) => wrongIn(row, least)).length), String(rows.filter((row) => wrongIn(row, least).length > 0).length)]))
  process.stdout.write(`memory of the process: ${Math.round(model.bytes / 1024 ** 2)} MiB\n`)
} finally {
  await model.end()
  await rm(folder, { recursive: true })
}

function labelsIn({ found }: Row, least: number): Set<string> {
  return new Set(found.filter(({ confidence }) => confidence >= least).map(({ label }) => label))
}

function missedIn(row: Row, least: number): string[] {
  return row.should.filter((label) => !labelsIn(row, least).has(label))
}

function wrongIn(row: Row, least: number): string[] {
  return [...labelsIn(row, least)].filter((label) => !row.should.includes(label) && !row.may.includes(label))
}
