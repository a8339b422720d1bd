/** The process that decodes pictures of live cameras for motion: what a damaged one does here harms no recording. */
import { setPriority } from 'node:os'
import type { Frame } from 'node-av/lib'
import type { CameraId } from '#protocols/ids.ts'
import { createKeyframeDecoder, serveOrders } from '../library/keyframes/keyframe-child.ts'
import { createCameraDecoders } from '../library/keyframes/camera-decoders.ts'
import type { MotionLook } from './motion-detector.ts'
import { blocksOf, type Change, changeSince, type Look, remembered } from './motion-picture.ts'

/** Cameras whose pictures are remembered: some kilobytes each. A camera beyond them would never move. @default 4096 */
const MAX_CAMERAS = 4_096
/** Below what records and sends on this machine, above what has time. */
const NICE = 5

setPriority(NICE)
const decoders = createCameraDecoders()
const decodeAlone = createKeyframeDecoder()
const before = new Map<CameraId, readonly Look[]>()

serveOrders<MotionLook, Change>((look) => {
  const blocks = blocksOfLast(look)
  return blocks === undefined ? undefined : compare(look, blocks)
})

/** A keyframe that its decoder holds back, for pictures that are shown before it may follow, is decoded by itself. */
function blocksOfLast({ camera, codec, pictures, goesOn }: MotionLook): Float32Array | undefined {
  const blocks = decoders.decode(camera, codec, pictures, goesOn, blocksIn)
  return blocks !== undefined || goesOn ? blocks : decodeAlone(codec, pictures[0]!, blocksIn)
}

function compare({ camera, atMs, areas }: MotionLook, blocks: Float32Array): Change {
  const looks = before.get(camera) ?? []
  before.delete(camera)
  before.set(camera, remembered(looks, { atMs, blocks }))
  for (const oldest of before.keys()) if (before.size > MAX_CAMERAS) before.delete(oldest)
  return changeSince(looks, { atMs, blocks }, areas)
}

function blocksIn({ data, linesize, width, height }: Frame): Float32Array | undefined {
  const [luma] = data ?? []
  return luma === undefined ? undefined : blocksOf(luma, width, height, linesize[0] ?? width)
}
