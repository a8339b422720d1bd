import type { Box } from '../../analysis/analysis.ts'
import type { Point } from '../motion.ts'

export const areaOf = ([, , width, height]: Box): number => width * height
export const middleOf = ([x, y, width, height]: Box): Point => [x + width / 2, y + height / 2]
/** Where it stands. */
export const footOf = ([x, y, width, height]: Box): Point => [x + width / 2, y + height]

/** Area that both cover. */
export function sharedArea([ax, ay, aw, ah]: Box, [bx, by, bw, bh]: Box): number {
  return Math.max(0, Math.min(ax + aw, bx + bw) - Math.max(ax, bx)) * Math.max(0, Math.min(ay + ah, by + bh) - Math.max(ay, by))
}

/** Shared area as a share of what both cover together, 0 to 1. */
export function overlap(a: Box, b: Box): number {
  const shared = sharedArea(a, b)
  return shared === 0 ? 0 : shared / (areaOf(a) + areaOf(b) - shared)
}

/** The least box around all of them. */
export function around(boxes: readonly Box[]): Box {
  const left = Math.min(...boxes.map(([x]) => x))
  const top = Math.min(...boxes.map(([, y]) => y))
  return [left, top, Math.max(...boxes.map(([x, , width]) => x + width)) - left, Math.max(...boxes.map(([, y, , height]) => y + height)) - top]
}

export const grown = ([x, y, width, height]: Box, by: number): Box => [x - width * by, y - height * by, width * (1 + 2 * by), height * (1 + 2 * by)]
