/** Words in a picture by PP-OCR: one network finds lines, another reads each of them. */
import type { Picture, ReadLine } from '../inference.ts'
import type { Network } from '../pictures/network.ts'
import { boxOf } from '../pictures/overlap.ts'
import { type Region, tensorOf, wholeOf } from '../pictures/region.ts'
import { inReadingOrder } from './reading-order.ts'
import { type Spelled, spell } from './spell.ts'
import { type TextArea, textAreas } from './text-areas.ts'

/** Lines are looked for in the picture made smaller to this on its longer side, in pixels. @default 960 */
export const FINDING_SIDE = 960
/** Less sure lines are not told, 0 to 1. @default 0.5 */
export const LINE_CONFIDENCE = 0.5
/** Lines that are thinner can not be read, in pixels of the picture. @default 5 */
export const MIN_THICKNESS = 5
/** Narrower than so many times their height, lines are letters one above the other: they are tried from both sides. @default 1.5 */
const UPRIGHT = 1.5

/** The finder takes multiples of this; the reader sees lines of this height, of at most so many columns at once. */
const FINDER_STEP = 32
const LINE_HEIGHT = 48
const LINE_STEP = 32
/** A line is read in pieces of at most so many pixels when it is made 48 high. @default 1600 */
export const MAX_LINE_WIDTH = 1_600

export interface TextReader {
  readonly finder: Network
  readonly reader: Network
  readonly signs: readonly string[]
}

export async function readText(reader: TextReader, picture: Picture): Promise<ReadLine[]> {
  const lines: ReadLine[] = []
  for (const area of await findLines(reader.finder, picture)) {
    const { text, confidence } = await readLine(reader, picture, area)
    const box = boxAround(area, picture)
    if (text.trim() !== '' && confidence >= LINE_CONFIDENCE && box !== undefined) lines.push({ text: text.trim(), box, confidence: Math.min(1, confidence) })
  }
  return inReadingOrder(lines)
}

/** In pixels of the picture. */
async function findLines(finder: Network, picture: Picture): Promise<TextArea[]> {
  const smaller = Math.min(1, FINDING_SIDE / Math.max(picture.width, picture.height))
  const [width, height] = [multipleOf(FINDER_STEP, picture.width * smaller), multipleOf(FINDER_STEP, picture.height * smaller)]
  const values = tensorOf(picture, wholeOf(picture), { width, height, order: 'planes', zero: [123.675, 116.28, 103.53], unit: [58.395, 57.12, 57.375] })
  const [map] = Object.values(await finder.run({ [finder.inputs[0]!]: { shape: [1, 3, height, width], values } }))
  return textAreas({ width, height, values: map!.values }).map((area) => scaled(area, picture.width / width, picture.height / height)).filter(({ thickness }) => thickness >= MIN_THICKNESS)
}

const multipleOf = (step: number, size: number): number => Math.max(step, Math.round(size / step) * step)

/** The map is not stretched quite the same in both directions. */
function scaled({ centre, length, thickness, angle, confidence }: TextArea, x: number, y: number): TextArea {
  const [alongX, alongY] = [Math.cos(angle) * x, Math.sin(angle) * y]
  const [asideX, asideY] = [Math.sin(angle) * x, Math.cos(angle) * y]
  return { centre: [centre[0] * x, centre[1] * y], length: length * Math.hypot(alongX, alongY), thickness: thickness * Math.hypot(asideX, asideY), angle: Math.atan2(alongY, alongX), confidence }
}

/** Letters that stand one above the other, and lines that go up or down, are tried from both sides. */
async function readLine(reader: TextReader, picture: Picture, area: TextArea): Promise<Spelled> {
  const ways = Math.abs(area.angle) > Math.PI / 4 && area.length > UPRIGHT * area.thickness ? [area.angle, area.angle + Math.PI] : [level(area)]
  const spelled = await Promise.all(ways.map((angle) => readAt(reader, picture, { ...area, angle })))
  return spelled.reduce((best, one) => one.confidence > best.confidence ? one : best)
}

/** A short one that is as high as it is wide has no side that tells where its line goes. */
function level({ angle }: TextArea): number {
  return Math.abs(angle) > Math.PI / 4 ? angle - Math.sign(angle) * Math.PI / 2 : angle
}

async function readAt({ reader, signs }: TextReader, picture: Picture, area: TextArea): Promise<Spelled> {
  const region = regionOf(area)
  const [long, high] = [Math.hypot(...region.across), Math.hypot(...region.down)]
  const width = Math.min(MAX_LINE_WIDTH, Math.max(LINE_HEIGHT, multipleOf(LINE_STEP, LINE_HEIGHT * long / high)))
  const values = tensorOf(picture, region, { width, height: LINE_HEIGHT, order: 'planes', zero: [127.5, 127.5, 127.5], unit: [127.5, 127.5, 127.5] })
  const [columns] = Object.values(await reader.run({ [reader.inputs[0]!]: { shape: [1, 3, LINE_HEIGHT, width], values } }))
  return spell(columns!.values, signs)
}

function regionOf({ centre, length, thickness, angle }: TextArea): Region {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const [across, down] = [[length * cos, length * sin], [-thickness * sin, thickness * cos]] as const
  return { corner: [centre[0] - (across[0] + down[0]) / 2, centre[1] - (across[1] + down[1]) / 2], across, down }
}

function boxAround(area: TextArea, { width, height }: Picture): ReturnType<typeof boxOf> {
  const { corner: [x, y], across, down } = regionOf(area)
  const xs = [x, x + across[0], x + down[0], x + across[0] + down[0]]
  const ys = [y, y + across[1], y + down[1], y + across[1] + down[1]]
  return boxOf(Math.min(...xs) / width, Math.min(...ys) / height, Math.max(...xs) / width, Math.max(...ys) / height)
}
