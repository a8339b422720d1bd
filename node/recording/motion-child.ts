/** The process that decodes keyframes for motion: what a damaged one does here harms no recording. */
import type { Frame } from 'node-av/lib'
import { serveKeyframes } from '../library/keyframes/keyframe-child.ts'
import type { MotionLook } from './motion-detector.ts'
import { blocksOf, type Change, changeOf } from './motion-picture.ts'

/** Pictures remembered, one per camera: two kilobytes each. A camera beyond them would never move. @default 4096 */
const MAX_CAMERAS = 4_096

const before = new Map<string, Float32Array>()

serveKeyframes<MotionLook, Change>((frame, { camera, areas }) => {
  const blocks = blocksIn(frame)
  if (blocks === undefined) return undefined
  const known = before.get(camera)
  before.delete(camera)
  before.set(camera, blocks)
  for (const oldest of before.keys()) if (before.size > MAX_CAMERAS) before.delete(oldest)
  return known === undefined ? { share: 0, zones: [] } : changeOf(known, blocks, areas) // nothing changed in the first picture of a camera
})

function blocksIn({ data, linesize, width, height }: Frame): Float32Array | undefined {
  const [luma] = data ?? []
  return luma === undefined ? undefined : blocksOf(luma, width, height, linesize[0] ?? width)
}
