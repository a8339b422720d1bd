import { type ChildProcess, fork } from 'node:child_process'
import { OverloadedError, UnsupportedMediaError } from '#protocols/errors.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import { limiter } from '#ring/base/tasks.ts'

/** Pictures of a group that are decoded for a cut at most. @default 3600 */
export const MAX_GROUP_PICTURES = 3_600
/** Bytes of such a group at most. @default 67108864 */
export const MAX_GROUP_BYTES = 64 * 1024 ** 2
/** A group that is not ready by then is given up, with the process that has it, in ms. @default 90000 */
export const GROUP_TIMEOUT_MS = 90_000
/** Groups that wait for their turn at most; more are refused. @default 8 */
export const MAX_WAITING_GROUPS = 8

/** To the child. Pictures are access units with lengths (AVCC), times are video ticks. */
export interface GroupToEncode {
  /** SPS and PPS the pictures may need. */
  readonly parameters: readonly Uint8Array[]
  readonly pictures: ReadonlyArray<{ readonly bytes: Uint8Array; readonly shownAt: number; readonly key: boolean }>
  readonly fromTicks: number
  readonly toTicks: number
  /** Of the parameter sets that are made. */
  readonly id: number
  /** profile_idc of the source. */
  readonly profile: number
  readonly fps: number
}

/** From the child: pictures in the order they are decoded and shown, the first a keyframe. */
export interface EncodedGroup {
  readonly pictures: Array<{ readonly bytes: Uint8Array; readonly shownAt: number; readonly key: boolean }>
  readonly sps: Uint8Array
  readonly pps: Uint8Array
}

/** Makes the pictures anew that a cut can not copy, one group at a time, in a process of its own that ends with it. */
export interface GroupEncoder extends Startable {
  /** @throws UnsupportedMediaError when it can not be decoded or is too large, OverloadedError */
  encode(group: GroupToEncode): Promise<EncodedGroup>
}

export interface GroupEncoderInit {
  /** @default ./encode-child.ts */
  readonly program?: URL
  /** @default GROUP_TIMEOUT_MS */
  readonly timeoutMs?: number
}

export function createGroupEncoder({ program = new URL('./encode-child.ts', import.meta.url), timeoutMs = GROUP_TIMEOUT_MS }: GroupEncoderInit = {}): GroupEncoder {
  const inTurn = limiter(1)
  const running = new Set<ChildProcess>()
  let waiting = 0
  let stopped = false

  async function run(group: GroupToEncode): Promise<EncodedGroup> {
    if (stopped) throw new OverloadedError('this node is stopping')
    const child = fork(program, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--max-old-space-size=512', '--disable-warning=ExperimentalWarning'], env: {} })
    running.add(child)
    const exited = new Promise<void>((resolve) => { child.once('exit', () => resolve()) }).then(() => { running.delete(child) })
    child.on('error', () => {}) // an exit follows
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    try {
      const answered = new Promise<EncodedGroup | { refused: string }>((resolve) => { child.once('message', (message) => resolve(message as EncodedGroup)) })
      child.send(group, (err) => { if (err !== null) child.kill('SIGKILL') })
      const answer = await Promise.race([answered, exited])
      if (answer === undefined) throw new UnsupportedMediaError(`the pictures at an end of the range can not be made anew: ${stopped ? 'the node is stopping' : 'decoding them takes too long or crashes'}. Export whole parts instead`)
      if ('refused' in answer) throw new UnsupportedMediaError(`the pictures at an end of the range can not be made anew (${answer.refused}): export whole parts instead`)
      return answer
    } finally {
      clearTimeout(timer)
      child.kill('SIGKILL')
      await exited
    }
  }

  return {
    async encode(group) {
      const bytes = group.pictures.reduce((sum, picture) => sum + picture.bytes.length, 0)
      if (bytes > MAX_GROUP_BYTES || group.pictures.length > MAX_GROUP_PICTURES) throw new UnsupportedMediaError(`the keyframe before an end of the range is ${group.pictures.length} pictures away, which is too far to make them anew: export whole parts instead`)
      if (waiting >= MAX_WAITING_GROUPS) throw new OverloadedError(`this node cuts ${MAX_WAITING_GROUPS} ranges already: try again in a moment`)
      waiting++
      try {
        return await inTurn(() => run(group))
      } finally {
        waiting--
      }
    },
    start() {},
    async stop() {
      stopped = true
      await Promise.all([...running].map((child) => new Promise<void>((resolve) => {
        child.once('exit', () => resolve())
        child.kill('SIGKILL')
      })))
    }
  }
}
