import { type ChildProcess, fork } from 'node:child_process'
import type { CameraId } from '#protocols/ids.ts'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { BlockAreas } from './motion-blocks.ts'
import type { Change } from './motion-picture.ts'

/** A picture that is not decoded by then is given up, with the process that has it, in ms. @default 5000 */
export const MOTION_LOOK_MS = 5_000
/** Pictures that wait to be decoded at most, of all cameras; more are left out. @default 16 */
export const MAX_WAITING_LOOKS = 16

/** To the child: a keyframe with its parameter sets, as decoders take it. */
export interface MotionLook { readonly id: number; readonly camera: CameraId; readonly codec: VideoCodec; readonly bytes: Uint8Array; readonly areas?: BlockAreas | undefined }
/** From the child. */
export interface MotionSeen { readonly id: number; readonly change: Change | undefined }

/** Says how much of a camera's picture changed since its last one; decoding is a child process's. */
export interface MotionDetector extends Pick<Startable, 'stop'> {
  /** What changed, where it counts; undefined when it can not be told. */
  look(camera: CameraId, codec: VideoCodec, bytes: Uint8Array, areas?: BlockAreas): Promise<Change | undefined>
}

interface Asked { resolve(change: Change | undefined): void; timer: NodeJS.Timeout }

export function createMotionDetector({ log }: { log: Logger }, { program = new URL('./motion-child.ts', import.meta.url) }: { program?: URL } = {}): MotionDetector {
  const asked = new Map<number, Asked>()
  let child: ChildProcess | undefined
  let ids = 0
  let stopped = false

  function begin(): ChildProcess {
    const made = fork(program, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    made.on('message', ({ id, change }: MotionSeen) => answer(id, change))
    made.once('error', (err) => log.error('motion can not be looked for - %s', err))
    made.once('exit', () => {
      if (child === made) child = undefined
      for (const id of asked.keys()) answer(id, undefined)
    })
    made.unref()
    made.channel?.unref()
    return made
  }

  function answer(id: number, change: Change | undefined): void {
    const waiting = asked.get(id)
    asked.delete(id)
    clearTimeout(waiting?.timer)
    waiting?.resolve(change)
  }

  return {
    look(camera, codec, bytes, areas) {
      if (stopped || asked.size >= MAX_WAITING_LOOKS) return Promise.resolve(undefined)
      child ??= begin()
      const [process, id] = [child, ++ids]
      return new Promise((resolve) => {
        asked.set(id, { resolve, timer: setTimeout(() => process.kill('SIGKILL'), MOTION_LOOK_MS).unref() })
        process.send({ id, camera, codec, bytes, areas } satisfies MotionLook, (err) => { if (err !== null) answer(id, undefined) })
      })
    },
    async stop() {
      stopped = true
      const ending = child
      if (ending === undefined) return
      const ended = new Promise((resolve) => { ending.once('exit', resolve) })
      ending.kill('SIGKILL')
      await ended
    }
  }
}
