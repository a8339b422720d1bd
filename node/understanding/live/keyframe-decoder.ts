import { type ChildProcess, fork } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Picture } from '../inference/inference.ts'

/** A picture that is not decoded by then is given up, with the process that has it, in ms. @default 5000 */
export const KEYFRAME_DECODE_MS = 5_000
/** Pictures that wait to be decoded at most, of all cameras; more are left out. @default 16 */
export const MAX_WAITING_KEYFRAMES = 16

/** To the child: a keyframe with its parameter sets, as decoders take it. */
export interface KeyframeOrder { readonly id: number; readonly codec: VideoCodec; readonly bytes: Uint8Array }
/** From the child. */
export interface KeyframePicture { readonly id: number; readonly picture: Picture | undefined }

/** Makes small pictures of keyframes, in a process of its own. */
export interface KeyframeDecoder extends Pick<Startable, 'stop'> {
  /** undefined when it can not be decoded, or too many wait. */
  decode(codec: VideoCodec, bytes: Uint8Array): Promise<Picture | undefined>
}

interface Asked { resolve(picture: Picture | undefined): void; readonly timer: NodeJS.Timeout }

export function createKeyframeDecoder({ program = new URL('./keyframe-child.ts', import.meta.url) }: { program?: URL } = {}): KeyframeDecoder {
  const asked = new Map<number, Asked>()
  let child: ChildProcess | undefined
  let ids = 0
  let isStopped = false

  function begin(): ChildProcess {
    const made = fork(program, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--disable-warning=ExperimentalWarning'], env: {} })
    made.on('message', ({ id, picture }: KeyframePicture) => answer(id, picture))
    made.on('error', () => {}) // an exit follows
    made.once('exit', () => {
      if (child === made) child = undefined
      for (const id of asked.keys()) answer(id, undefined)
    })
    made.unref()
    made.channel?.unref()
    try {
      if (made.pid !== undefined) setPriority(made.pid, constants.priority.PRIORITY_BELOW_NORMAL)
    } catch {} // it is gone already
    return made
  }

  function answer(id: number, picture: Picture | undefined): void {
    const waiting = asked.get(id)
    asked.delete(id)
    clearTimeout(waiting?.timer)
    waiting?.resolve(picture)
  }

  return {
    decode(codec, bytes) {
      if (isStopped || asked.size >= MAX_WAITING_KEYFRAMES) return Promise.resolve(undefined)
      child ??= begin()
      const [process, id] = [child, ++ids]
      return new Promise((resolve) => {
        asked.set(id, { resolve, timer: setTimeout(() => process.kill('SIGKILL'), KEYFRAME_DECODE_MS).unref() })
        process.send({ id, codec, bytes } satisfies KeyframeOrder, (err) => { if (err !== null) answer(id, undefined) })
      })
    },
    async stop() {
      isStopped = true
      const ending = child
      if (ending === undefined) return
      const ended = new Promise((resolve) => { ending.once('exit', resolve) })
      ending.ref()
      ending.kill('SIGKILL')
      await ended
    }
  }
}
