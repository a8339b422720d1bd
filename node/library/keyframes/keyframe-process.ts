import { type ChildProcess, fork } from 'node:child_process'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { Questions } from '#ring/base/questions.ts'
import { yieldTo } from '../yield-to.ts'

/** A picture that is not looked at by then is given up, with the process that has it, in ms. @default 5000 */
export const KEYFRAME_MS = 5_000
/** Pictures that wait at most, of all cameras; more are left out. @default 16 */
export const MAX_WAITING_KEYFRAMES = 16

/** A picture of a live camera that depends on no other, with its parameter sets, as decoders take it. */
export interface Keyframe { readonly codec: VideoCodec; readonly bytes: Uint8Array }
/** To the child, with what else it has to know. */
export type KeyframeOrder<Order extends object> = Order & { readonly id: number }
/** From the child; undefined: it can not be decoded. */
export interface KeyframeAnswer<Answer> { readonly id: number; readonly answer: Answer | undefined }

/** Keyframes of live cameras, looked at in a process of its own: what a damaged one does there ends that process, and nothing else. */
export interface KeyframeProcess<Order extends object, Answer> extends Pick<Startable, 'stop'> {
  /** undefined when it can not be decoded, or too many wait. */
  ask(order: Order): Promise<Answer | undefined>
}

export interface KeyframeProcessInit {
  readonly program: URL
  /** As in `node:os`. @default that of this process */
  readonly priority?: number
}

export function createKeyframeProcess<Order extends object, Answer>({ log }: { readonly log: Logger }, { program, priority }: KeyframeProcessInit): KeyframeProcess<Order, Answer> {
  const asked = new Questions<Answer | undefined>()
  let child: ChildProcess | undefined
  let isStopped = false

  function begin(): ChildProcess {
    const made = fork(program, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--disable-warning=ExperimentalWarning'], env: {} })
    made.on('message', ({ id, answer }: KeyframeAnswer<Answer>) => asked.resolve(id, answer))
    made.once('error', (err) => log.error('keyframes can not be looked at - %s', err))
    made.once('exit', () => {
      if (child === made) child = undefined
      asked.resolveAll(undefined)
    })
    made.unref()
    made.channel?.unref()
    if (priority !== undefined) yieldTo(made, priority)
    return made
  }

  return {
    async ask(order) {
      if (isStopped || asked.size >= MAX_WAITING_KEYFRAMES) return undefined
      const process = child ??= begin()
      return asked.ask((id) => {
        process.send({ ...order, id } satisfies KeyframeOrder<Order>, (err) => { if (err !== null) asked.resolve(id, undefined) })
      }, { ms: KEYFRAME_MS, act: () => process.kill('SIGKILL') })
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
