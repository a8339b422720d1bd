import type { Motion, ObjectTrack } from '../motion.ts'
import { middleOf } from '../tracks/boxes.ts'
import { checkFrames, everyFrame } from './camera-motion.ts'

/**
 * A `.chan` file as Nuke, Houdini and Blender read it: `frame tx ty tz rx ry rz` per line, with tabs. The thing moves in the plane of the picture: the picture is 1 wide with its middle at 0, x to the
 * right, y up (so that y goes up to half of height by width), z 0, no rotation. Frames count from 1, one line for each picture of the film. @throws RefusedError when there are too many
 */
export function chanOf(track: ObjectTrack, { framesPerSecond, width, height }: Pick<Motion, 'framesPerSecond' | 'width' | 'height'>): string {
  checkFrames([{ tracks: [track], framesPerSecond }])
  const lines = everyFrame(track, framesPerSecond).map(({ frame, box }) => {
    const [x, y] = middleOf(box)
    return [frame + 1, (x - 0.5).toFixed(6), ((0.5 - y) * (height / width)).toFixed(6), '0', '0', '0', '0'].join('\t')
  })
  return `${lines.join('\n')}\n`
}
