import { type ChildProcess, fork } from 'node:child_process'
import { RemoteError } from '#protocols/errors.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import { residentBytes } from '../library/resident-bytes.ts'
import { yieldTo } from '../library/yield-to.ts'
import type { ChildAnswer, Derived, DeriveOrder } from './derive-orders.ts'

/** A process that tells nothing for this long is given up, in ms. @default 180000 */
export const DERIVE_SILENCE_MS = 180_000
/** A process that holds more is ended, in bytes (Linux, where it can be seen). @default 2147483648 */
export const DERIVE_MEMORY_BYTES = 2 * 1024 ** 3
/** How often that is looked at, in ms. @default 500 */
export const DERIVE_MEMORY_CHECK_MS = 500
/** A process is replaced after this many files: native decoders keep a few kilobytes of each. @default 200 */
export const FILES_PER_DERIVE_PROCESS = 200
/** A process that nobody needs for this long is ended, in ms. @default 15000 */
export const DERIVE_IDLE_MS = 15_000

export interface DeriveOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (share: number) => void
}

export interface DeriveProcessesInit {
  /** @default derive-child.ts */
  readonly program?: URL | undefined
  /** @default DERIVE_SILENCE_MS */
  readonly silenceMs?: number
  /** @default DERIVE_MEMORY_BYTES */
  readonly memoryBytes?: number
}

/** Originals are read in processes of their own, at the lowest priority: what a damaged one does there ends that process, and nothing else. */
export interface DeriveProcesses<Order extends object = DeriveOrder, Made = Derived> extends Startable {
  /** @throws RemoteError with a reason for people, the signal's reason */
  run(order: Order, options: DeriveOptions): Promise<Made>
}

interface Worker {
  readonly child: ChildProcess
  /** How it ended. */
  readonly exited: Promise<string>
  files: number
  idle: NodeJS.Timeout | undefined
}

export function createDeriveProcesses<Order extends object = DeriveOrder, Made = Derived>({ program = new URL('./derive-child.ts', import.meta.url), silenceMs = DERIVE_SILENCE_MS, memoryBytes = DERIVE_MEMORY_BYTES }: DeriveProcessesInit = {}): DeriveProcesses<Order, Made> {
  const free: Worker[] = []
  const all = new Set<Worker>()

  function spawn(): Worker {
    const child = fork(program, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--max-old-space-size=256', '--disable-warning=ExperimentalWarning'], env: {} })
    const exited = new Promise<string>((resolve) => { child.once('exit', (code, killed) => resolve(killed === null ? `the process that makes it ended (${code})` : `the file is damaged: the process that reads it was ended by ${killed}`)) })
    child.on('error', () => {}) // an exit follows, or the order that is not taken says so
    const worker: Worker = { child, exited, files: 0, idle: undefined }
    all.add(worker)
    void exited.then(() => all.delete(worker))
    yieldTo(child)
    return worker
  }

  async function end({ child, exited, idle }: Worker): Promise<void> {
    clearTimeout(idle)
    child.kill('SIGKILL')
    if (child.pid !== undefined) await exited
  }

  function rest(worker: Worker): void {
    if (worker.files >= FILES_PER_DERIVE_PROCESS || !worker.child.connected) return void end(worker)
    free.push(worker)
    worker.idle = setTimeout(() => {
      const at = free.indexOf(worker)
      if (at >= 0) void end(free.splice(at, 1)[0]!)
    }, DERIVE_IDLE_MS).unref()
  }

  function taken(): Worker {
    for (let worker = free.pop(); worker !== undefined; worker = free.pop()) {
      clearTimeout(worker.idle)
      if (worker.child.connected && worker.child.exitCode === null && !worker.child.killed) return worker
    }
    return spawn()
  }

  return {
    start() {},
    async run(order, options) {
      options.signal.throwIfAborted()
      const worker = taken()
      worker.files++
      try {
        const made = await ask<Made>(worker, order, options, { silenceMs, memoryBytes })
        rest(worker)
        return made
      } catch (err) {
        await end(worker)
        throw err
      }
    },
    async stop() {
      await Promise.all([...all].map(end))
    }
  }
}

function ask<Made>({ child, exited }: Worker, order: object, { signal, onProgress = () => {} }: DeriveOptions, { silenceMs, memoryBytes }: { silenceMs: number; memoryBytes: number }): Promise<Made> {
  const { promise, resolve, reject } = Promise.withResolvers<Made>()
  const fail = (why: string): void => reject(new RemoteError(why))
  const silence = setTimeout(fail, silenceMs, `nothing more came of it for ${silenceMs / 1000} s: the file is damaged, or this machine is too busy`)
  const memory = setInterval(() => { void residentBytes(child.pid).then((bytes) => { if (bytes > memoryBytes) fail('it needs more memory than it may use here: its pictures are too large, or the file is damaged') }) }, DERIVE_MEMORY_CHECK_MS)
  const onAbort = (): void => reject(signal.reason)
  const onMessage = ({ progress, made, failed }: ChildAnswer<Made>): void => {
    silence.refresh()
    if (progress !== undefined) onProgress(progress)
    if (made !== undefined) resolve(made)
    else if (failed !== undefined) fail(failed)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  child.on('message', onMessage)
  void exited.then(fail)
  child.send(order, () => {}) // one that is not taken: the process is ending, which is told
  return promise.finally(() => {
    clearTimeout(silence)
    clearInterval(memory)
    signal.removeEventListener('abort', onAbort)
    child.off('message', onMessage)
  })
}
