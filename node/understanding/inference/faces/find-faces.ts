/** Faces in a picture by BlazeFace: at 896 places how sure it is that a face is there, where, and where its eyes are. */
import type { Box } from '../../analysis/analysis.ts'
import type { Picture } from '../inference.ts'
import type { Network, Numbers } from '../pictures/network.ts'
import { boxOf, surestOf } from '../pictures/overlap.ts'
import { type Region, tensorOf } from '../pictures/region.ts'

/** Less sure ones are not told, 0 to 1: at 0.67 it takes a cup of coffee for a face. @default 0.75 */
export const FACE_CONFIDENCE = 0.75
/** Two that overlap by more are one, 0 to 1. @default 0.3 */
export const FACE_OVERLAP = 0.3
/** Of one picture. @default 50 */
export const MAX_FACES = 50

/** Side of the square that the network sees, as it was taught. */
const SIDE = 256
const PICTURE = 'input'
/** Confidences and places of the finer and the coarser grid. */
const RESULTS = { fine: ['Identity', 'Identity_2'], coarse: ['Identity_1', 'Identity_3'] } as const
export const FACE_RESULTS = [...RESULTS.fine, ...RESULTS.coarse] as const
/** Cells in a row of a grid, and guesses a cell. */
const GRIDS = [{ results: RESULTS.fine, cells: 16, guesses: 2 }, { results: RESULTS.coarse, cells: 8, guesses: 6 }] as const
/** Of a guess: centre, width and height, then six points, the right and the left eye first. */
const GUESS = 16

type Point = readonly [x: number, y: number]

/** All in shares of the picture. */
export interface LocatedFace {
  readonly box: Box
  readonly confidence: number
  /** The eye that is on the left in the picture, when the face looks at it upright, and the other. */
  readonly eyes: readonly [Point, Point]
}

export async function locateFaces(network: Network, picture: Picture): Promise<LocatedFace[]> {
  const square = squareOf(picture)
  const values = tensorOf(picture, square.region, { width: SIDE, height: SIDE, order: 'pixels', zero: [127.5, 127.5, 127.5], unit: [127.5, 127.5, 127.5] })
  const results = await network.run({ [PICTURE]: { shape: [1, SIDE, SIDE, 3], values } })
  return facesOf(results, square.shareOf)
}

/** Faces must not be squeezed: the square around the picture is looked at. */
function squareOf({ width, height }: Picture): { region: Region; shareOf: (point: Point) => Point } {
  const side = Math.max(width, height)
  const [left, top] = [(width - side) / 2, (height - side) / 2]
  return { region: { corner: [left, top], across: [side, 0], down: [0, side] }, shareOf: ([x, y]) => [(left + x * side) / width, (top + y * side) / height] }
}

function facesOf(results: Readonly<Record<string, Numbers>>, shareOf: (point: Point) => Point): LocatedFace[] {
  const faces: LocatedFace[] = []
  for (const { results: [sure, where], cells, guesses } of GRIDS) {
    const [confidences, places] = [results[sure]!.values, results[where]!.values]
    for (let at = 0; at < confidences.length; at++) {
      const confidence = 1 / (1 + Math.exp(-confidences[at]!))
      const cell = Math.floor(at / guesses)
      const centre: Point = [(cell % cells + 0.5) / cells, (Math.floor(cell / cells) + 0.5) / cells]
      const face = confidence < FACE_CONFIDENCE ? undefined : faceOf(places.subarray(at * GUESS, (at + 1) * GUESS), centre, confidence, shareOf)
      if (face !== undefined) faces.push(face)
    }
  }
  return surestOf(faces, FACE_OVERLAP, MAX_FACES)
}

function faceOf(guess: Float32Array, [x, y]: Point, confidence: number, shareOf: (point: Point) => Point): LocatedFace | undefined {
  const pointAt = (place: number): Point => [x + guess[place]! / SIDE, y + guess[place + 1]! / SIDE]
  const [[middleX, middleY], width, height] = [pointAt(0), guess[2]! / SIDE, guess[3]! / SIDE]
  const [left, top] = shareOf([middleX - width / 2, middleY - height / 2])
  const [right, bottom] = shareOf([middleX + width / 2, middleY + height / 2])
  const box = boxOf(left, top, right, bottom)
  return box === undefined ? undefined : { box, confidence, eyes: [shareOf(pointAt(4)), shareOf(pointAt(6))] }
}
