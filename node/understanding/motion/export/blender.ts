import { readFileSync } from 'node:fs'
import { middleOf } from '../tracks/boxes.ts'
import { type CameraMotion, checkFrames, everyFrame, frameAt, onHero } from './camera-motion.ts'

const script = readFileSync(new URL('./blender-script.py', import.meta.url), 'utf8')

/** A Python script for Blender 3.4 and later that makes movie clips with these tracks, timeline markers, and an empty for each thing. @throws RefusedError when there is too much of it */
export function blenderOf(cameras: readonly CameraMotion[]): string {
  checkFrames(cameras.map(({ motion }) => motion))
  const data = Buffer.from(JSON.stringify(cameras.map((camera) => cameraData(camera, cameras[0]!.motion.framesPerSecond)))).toString('base64') // no text of a film can end the string
  return script.replace("DATA = ''", `DATA = '${data}'`)
}

/** `sceneRate`: pictures per second of the hero, which the scene has. */
function cameraData(camera: CameraMotion, sceneRate: number): object {
  const { name, role, turn, offsetMs, driftPpm, motion } = camera
  const { framesPerSecond, width, height, durationMs, tracks, features, stretches, samples } = motion
  return {
    name, role, turn, fps: framesPerSecond, width, height,
    offset: frameAt(offsetMs, sceneRate), step: (sceneRate / framesPerSecond) * (1 + driftPpm / 1e6),
    skip: frameAt(samples[0]?.[0] ?? 0, framesPerSecond), // a picture that comes later than the film is Blender's first all the same
    frames: frameAt(onHero(camera, durationMs) - offsetMs, sceneRate),
    objects: tracks.map((track) => ({ name: `${track.label ?? 'thing'} ${track.id}`, points: everyFrame(track, framesPerSecond).map(({ frame, box, isSeen }) => [frame + 1, ...middleOf(box), box[2], box[3], isSeen ? 1 : 0]) })),
    features: features.map(({ id, first, places }) => ({ name: `point ${id}`, first: first + 1, places })),
    stretches: stretches.map(({ fromMs, toMs, zones }) => [frameAt(fromMs, framesPerSecond) + 1, frameAt(toMs, framesPerSecond) + 1, zones.join(', ')])
  }
}
