import { type ChildProcess, fork } from 'node:child_process'
import { RemoteError } from '#protocols/errors.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import { yieldTo } from '../../../library/yield-to.ts'
import type { CaptionTrack } from '../captions/caption-tracks.ts'
import type { MediaAnswer, MediaOrder, SoundPiece } from './media-orders.ts'

/** A process that tells nothing for this long is given up, in ms. @default 180000 */
export const MEDIA_SILENCE_MS = 180_000

interface Source { readonly url: string; readonly demuxer: string }

/** Reads the insides of originals in processes of their own, at the lowest priority: what a damaged one does there ends that process, and nothing else. */
export interface MediaReader extends Startable {
  /** Piece by piece, the next one read when the last was taken. @throws RemoteError with a reason for people, the signal's reason */
  sound(source: Source & { readonly fromMs: number; readonly toMs: number }, signal: AbortSignal): AsyncGenerator<SoundPiece>
  /** Text that came with it. @throws as `sound` */
  captions(source: Source, signal: AbortSignal): Promise<readonly CaptionTrack[]>
}

export interface MediaReaderInit {
  /** @default media-child.ts */
  readonly program?: URL
  /** @default MEDIA_SILENCE_MS */
  readonly silenceMs?: number
}

export function createMediaReader({ program = new URL('./media-child.ts', import.meta.url), silenceMs = MEDIA_SILENCE_MS }: MediaReaderInit = {}): MediaReader {
  const running = new Set<MediaProcess>()

  async function* withProcess<T>(use: (process: MediaProcess) => AsyncGenerator<T>): AsyncGenerator<T> {
    const process = new MediaProcess(program, silenceMs)
    running.add(process)
    try {
      yield* use(process)
    } finally {
      running.delete(process)
      await process.end()
    }
  }

  return {
    start() {},
    sound: ({ url, demuxer, fromMs, toMs }, signal) => withProcess(async function* (process) {
      let order: MediaOrder = { read: 'sound', url, demuxer, fromMs, toMs }
      for (;;) {
        const { sound } = await process.ask(order, signal)
        if (sound === undefined || sound === null) return
        yield sound
        order = { read: 'more' }
      }
    }),
    async captions({ url, demuxer }, signal) {
      for await (const tracks of withProcess(async function* (process) { yield (await process.ask({ read: 'captions', url, demuxer }, signal)).captions ?? [] })) return tracks
      return []
    },
    async stop() {
      await Promise.all([...running].map((process) => process.end()))
    }
  }
}

class MediaProcess {
  readonly #child: ChildProcess
  readonly #exited: Promise<string>
  readonly #silenceMs: number

  constructor(program: URL, silenceMs: number) {
    this.#silenceMs = silenceMs
    this.#child = fork(program, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--max-old-space-size=256', '--disable-warning=ExperimentalWarning'], env: {} })
    this.#exited = new Promise((resolve) => { this.#child.once('exit', (code, killed) => resolve(killed === null ? `the process that reads it ended (${code})` : `the file is damaged: the process that reads it was ended by ${killed}`)) })
    this.#child.on('error', () => {}) // an exit follows, or the order that is not taken says so
    yieldTo(this.#child)
  }

  ask(order: MediaOrder, signal: AbortSignal): Promise<MediaAnswer> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<MediaAnswer>()
    const fail = (why: string): void => reject(new RemoteError(why))
    const silence = setTimeout(fail, this.#silenceMs, `nothing more came of it for ${this.#silenceMs / 1000} s: the file is damaged, or this machine is too busy`)
    const onAbort = (): void => reject(signal.reason)
    const onMessage = (answer: MediaAnswer): void => {
      silence.refresh()
      if (answer.failed !== undefined) fail(answer.failed)
      else if (answer.alive !== true) resolve(answer)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    this.#child.on('message', onMessage)
    void this.#exited.then(fail)
    this.#child.send(order, () => {}) // one that is not taken: the process is ending, which is told
    return promise.finally(() => {
      clearTimeout(silence)
      signal.removeEventListener('abort', onAbort)
      this.#child.off('message', onMessage)
    })
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL')
    if (this.#child.pid !== undefined) await this.#exited
  }
}
