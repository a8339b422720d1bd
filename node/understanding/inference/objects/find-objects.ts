/** Things in a picture by CenterNet: for every place and kind of thing how sure it is that one has its centre there, and how far its edges are. */
import type { FoundObject, Picture } from '../inference.ts'
import type { Network } from '../pictures/network.ts'
import { boxOf, surestOf } from '../pictures/overlap.ts'
import { tensorOf, wholeOf } from '../pictures/region.ts'
import { COCO_LABELS } from './labels.ts'

/** Less sure ones are not told, 0 to 1. @default 0.45 */
export const OBJECT_CONFIDENCE = 0.45
/** Two of one kind that overlap by more are one, 0 to 1. @default 0.5 */
export const OBJECT_OVERLAP = 0.5
/** Of one picture. @default 100 */
export const MAX_OBJECTS = 100

/** Side of the square that the network sees, and how many of its pixels are one place, as it was taught. */
const SIDE = 512
const PLACE = 4
const PLACES = SIDE / PLACE
/** Names of its input and results. */
const PICTURE = 'tower_0/images'
const CENTRES = 'tower_0/keypoints'
const EDGES = 'tower_0/wh'
export const OBJECT_RESULTS = [CENTRES, EDGES] as const

export async function findObjects(network: Network, picture: Picture): Promise<FoundObject[]> {
  const values = tensorOf(picture, wholeOf(picture), { width: SIDE, height: SIDE, order: 'pixels', zero: [0, 0, 0], unit: [1, 1, 1] })
  const results = await network.run({ [PICTURE]: { shape: [1, SIDE, SIDE, 3], values } })
  return objectsOf(results[CENTRES]!.values, results[EDGES]!.values)
}

/** `centres`: places by rows, 80 kinds each; `edges`: left, top, right, bottom from the centre in pixels of the square. */
export function objectsOf(centres: Float32Array, edges: Float32Array): FoundObject[] {
  const found: FoundObject[] = []
  for (let at = 0; at < centres.length; at++) {
    if (centres[at]! < OBJECT_CONFIDENCE || !isPeak(centres, at)) continue
    const box = boxAt(Math.floor(at / COCO_LABELS.length), edges)
    if (box !== undefined) found.push({ label: COCO_LABELS[at % COCO_LABELS.length]!, box, confidence: Math.min(1, centres[at]!) })
  }
  return surestOf(found, OBJECT_OVERLAP, MAX_OBJECTS, (a, b) => a.label === b.label)
}

/** Nobody around is surer of the same kind. */
function isPeak(centres: Float32Array, at: number): boolean {
  const place = Math.floor(at / COCO_LABELS.length)
  const [column, row] = [place % PLACES, Math.floor(place / PLACES)]
  for (let y = Math.max(0, row - 1); y <= Math.min(PLACES - 1, row + 1); y++) {
    for (let x = Math.max(0, column - 1); x <= Math.min(PLACES - 1, column + 1); x++) {
      if (centres[(y * PLACES + x) * COCO_LABELS.length + at % COCO_LABELS.length]! > centres[at]!) return false
    }
  }
  return true
}

function boxAt(place: number, edges: Float32Array): ReturnType<typeof boxOf> {
  const [x, y] = [(place % PLACES) * PLACE, Math.floor(place / PLACES) * PLACE]
  const [left, top, right, bottom] = edges.subarray(4 * place, 4 * place + 4)
  return boxOf((x - left!) / SIDE, (y - top!) / SIDE, (x + right!) / SIDE, (y + bottom!) / SIDE)
}
