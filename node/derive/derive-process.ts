import { type ChildProcess, fork } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { readFile } from 'node:fs/promises'
import { RemoteError } from '#protocols/errors.ts'
import type { DeriveAnswer, Derived, DeriveOrder } from './derive-orders.ts'

/** A process that tells nothing for this long is given up, in ms. @default 180000 */
export const DERIVE_SILENCE_MS = 180_000
/** A process that holds more is ended, in bytes (Linux, where it can be seen). @default 2147483648 */
export const DERIVE_MEMORY_BYTES = 2 * 1024 ** 3
/** How often that is looked at, in ms. @default 500 */
export const DERIVE_MEMORY_CHECK_MS = 500

export interface DeriveOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (share: number) => void
  /** @default derive-child.ts */
  readonly program?: URL
  /** @default DERIVE_SILENCE_MS */
  readonly silenceMs?: number
  /** @default DERIVE_MEMORY_BYTES */
  readonly memoryBytes?: number
}

/** Makes one derived file in a process of its own, at the lowest priority. @throws RemoteError with a reason for people, the signal's reason */
export async function derive(order: DeriveOrder, { signal, onProgress = () => {}, program = new URL('./derive-child.ts', import.meta.url), silenceMs = DERIVE_SILENCE_MS, memoryBytes = DERIVE_MEMORY_BYTES }: DeriveOptions): Promise<Derived> {
  signal.throwIfAborted()
  const child = fork(program, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--max-old-space-size=256', '--disable-warning=ExperimentalWarning'], env: {} })
  const exited = new Promise<string>((resolve) => { child.once('exit', (code, killed) => resolve(killed === null ? `the process that makes it ended (${code})` : `the file is damaged: the process that reads it was ended by ${killed}`)) })
  const told = new Promise<Derived>((resolve, reject) => {
    const fail = (why: string) => (): void => reject(new RemoteError(why))
    const silence = setTimeout(fail(`nothing more came of it for ${silenceMs / 1000} s: the file is damaged, or this machine is too busy`), silenceMs)
    const memory = setInterval(() => { void residentBytes(child.pid).then((bytes) => { if (bytes > memoryBytes) fail('it needs more memory than it may use here: its pictures are too large, or the file is damaged')() }) }, DERIVE_MEMORY_CHECK_MS)
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    child.on('message', ({ progress, made, failed }: DeriveAnswer) => {
      silence.refresh()
      if (progress !== undefined) onProgress(progress)
      if (made !== undefined) resolve(made)
      else if (failed !== undefined) reject(new RemoteError(failed))
    })
    child.once('error', (err) => reject(new RemoteError(`it can not be made here: ${err.message}`)))
    void exited.then((how) => fail(how)()).finally(() => {
      clearTimeout(silence)
      clearInterval(memory)
      signal.removeEventListener('abort', onAbort)
    })
  })
  yieldTo(child)
  child.send(order, () => {})
  try {
    return await told
  } finally {
    child.kill('SIGKILL')
    if (child.pid !== undefined) await exited
  }
}

/** Everything else on this machine comes first. */
function yieldTo(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  } catch {} // it is gone already: its end is told
}

const PAGE_BYTES = 4_096

async function residentBytes(pid: number | undefined): Promise<number> {
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
  return Number(statm.split(' ')[1] ?? 0) * PAGE_BYTES
}
