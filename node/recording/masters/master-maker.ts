import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { RemoteError } from '#protocols/errors.ts'
import type { MasterNote } from '#ring'
import { yieldTo } from '../../library/yield-to.ts'

export type MasterFormat = MasterNote['format']

/** To the child. */
export interface MasterOrder {
  /** An MP4 of ours. */
  readonly input: string
  /** A file that is not there yet. */
  readonly output: string
  readonly format: MasterFormat
  readonly threads: number
  readonly durationMs: number
}

/** From the child: progress from 0 to 1, and then one of the others. */
export interface MasterAnswer {
  readonly progress?: number
  readonly made?: MadeMaster
  readonly failed?: string
}

export interface MadeMaster {
  readonly pictures: number
  readonly sounds: number
}

/** Cores one master may take, at the lowest priority. @default half of them */
export const MASTER_THREADS = Math.max(1, Math.floor(availableParallelism() / 2))
/** A child that tells no progress for this long is given up, in ms. @default 180000 */
export const MASTER_SILENCE_MS = 180_000

export interface MakeOptions {
  readonly onProgress?: (share: number) => void
  readonly signal: AbortSignal
  /** @default master-child.ts */
  readonly program?: URL
  /** @default MASTER_SILENCE_MS */
  readonly silenceMs?: number
}

/** Makes a master in a process of its own. @throws RemoteError with the reason, the signal's reason */
export async function makeMaster(order: Omit<MasterOrder, 'threads'>, { onProgress = () => {}, signal, program = new URL('./master-child.ts', import.meta.url), silenceMs = MASTER_SILENCE_MS }: MakeOptions): Promise<MadeMaster> {
  signal.throwIfAborted()
  const child = fork(program, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--max-old-space-size=256', '--disable-warning=ExperimentalWarning'], env: {} })
  const exited = new Promise<string>((resolve) => { child.once('exit', (code, killed) => resolve(`the process that makes it ended (${killed ?? code})`)) })
  const told = new Promise<MadeMaster>((resolve, reject) => {
    const silence = setTimeout(() => reject(new RemoteError(`nothing more came of it for ${silenceMs / 1000} s`)), silenceMs)
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    child.on('message', ({ progress, made, failed }: MasterAnswer) => {
      silence.refresh()
      if (progress !== undefined) onProgress(progress)
      if (made !== undefined) resolve(made)
      else if (failed !== undefined) reject(new RemoteError(failed))
    })
    child.once('error', (err) => reject(new RemoteError(`it can not be made here: ${err.message}`)))
    void exited.then((how) => reject(new RemoteError(how))).finally(() => {
      clearTimeout(silence)
      signal.removeEventListener('abort', onAbort)
    })
  })
  yieldTo(child)
  child.send({ ...order, threads: MASTER_THREADS } satisfies MasterOrder, () => {})
  try {
    return await told
  } finally {
    child.kill('SIGKILL')
    if (child.pid !== undefined) await exited
  }
}
