/** A face as 1024 numbers: two of one person are nearer to each other than those of two people, by how much is not shown. Age and gender, which the network could also guess, are not asked for. */
import type { Picture } from '../inference.ts'
import type { Network } from '../pictures/network.ts'
import { type Region, tensorOf } from '../pictures/region.ts'
import type { LocatedFace } from './find-faces.ts'

/** Side of the square that the network sees, as it was taught; how much wider than the face it is. */
const SIDE = 224
const AROUND = 1.4
const PICTURE = 'input_1'
const VECTOR = 'global_pooling/Mean'
export const VECTOR_RESULTS = [VECTOR] as const

/** Of length 1. */
export async function vectorOfFace(network: Network, picture: Picture, face: LocatedFace): Promise<Float32Array> {
  const values = tensorOf(picture, uprightSquare(picture, face), { width: SIDE, height: SIDE, order: 'pixels', zero: [0, 0, 0], unit: [1, 1, 1] })
  const results = await network.run({ [PICTURE]: { shape: [1, SIDE, SIDE, 3], values } })
  const vector = results[VECTOR]!.values
  const length = Math.hypot(...vector) || 1
  return vector.map((one) => one / length)
}

/** Turned so that the eyes are level. */
export function uprightSquare({ width, height }: Picture, { box: [x, y, w, h], eyes: [[ax, ay], [bx, by]] }: LocatedFace): Region {
  const side = AROUND * Math.max(w * width, h * height)
  const turn = Math.atan2((by - ay) * height, (bx - ax) * width)
  const across = [side * Math.cos(turn), side * Math.sin(turn)] as const
  const down = [-across[1], across[0]] as const
  const middle = [(x + w / 2) * width, (y + h / 2) * height] as const
  return { corner: [middle[0] - (across[0] + down[0]) / 2, middle[1] - (across[1] + down[1]) / 2], across, down }
}
