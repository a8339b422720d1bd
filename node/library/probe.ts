import { fork, type ChildProcess } from 'node:child_process'
import { stat } from 'node:fs/promises'
import type { MediaFacts } from '#ring'
import type { AbortOptions, Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { limiter } from '#ring/base/tasks.ts'
import type { FfmpegReport } from './deep/ffmpeg-report.ts'
import { residentBytes } from './resident-bytes.ts'

/** A `MediaFacts` as it travels from the child. */
export type Probe = MediaFacts

/** What a file was found to be. */
export interface Found {
  readonly probe: Probe
  readonly kind: 'video' | 'audio' | 'image'
  /** From the bytes, never from the name. */
  readonly mime: string
  /** JPEG. */
  readonly poster?: Uint8Array
  /** How its picture looks: a `differenceHash`. */
  readonly hash?: string
  readonly ffmpeg?: FfmpegReport
  /** Its pictures are not for FFmpeg: a preview inside the file has to do. */
  readonly isOpaque?: boolean
  /** What else was made of the file while it was at hand, by name. */
  readonly made?: Readonly<Record<string, Uint8Array>>
}

export interface ProbeOptions extends AbortOptions {
  /** What the person calls the file: camera formats that look alike are told apart by it. @default the path */
  readonly shownPath?: string
  /** Clockwise degrees that a picture is to be turned by, where it does not say so itself. @default 0 */
  readonly turn?: number
}

/** To the child. */
export interface ProbeOrder {
  readonly path: string
  readonly name: string
  readonly turn: number
}

/** What became of a look at a file: a refusal is a sentence for the person who brought it. */
export type Inspection = Found | { readonly refused: string }

export interface ProberComponents {
  log: Logger
}

export interface ProberInit {
  /** Files looked at at once, each in its own process. @default 2 */
  processes?: number
  /** A file may take this long, plus the time its bytes need; then its process is killed. @default 60000 */
  timeoutMs?: number
  /** A process that holds more is killed, in bytes (Linux, where it can be seen). @default 1610612736 */
  memoryBytes?: number
  /** The program that looks. @default ./probe-child.ts */
  child?: URL
}

/** The only place a default of the prober is a number. */
export const PROBER_DEFAULTS = Object.freeze({ processes: 2, timeoutMs: 60_000, memoryBytes: 1.5 * 1024 ** 3 })
/** Slowest reading that is still taken for progress, in bytes per second. @default 10000000 */
export const SLOWEST_BYTES_PER_SECOND = 10_000_000
/** A process is replaced after this many files: native decoders keep a few kilobytes of each. @default 500 */
export const FILES_PER_PROCESS = 500
/** How often the memory of a busy process is looked at, in ms. @default 200 */
export const MEMORY_CHECK_MS = 200

/** Looks at files in child processes: what a damaged one does there, crash or hang, is a refusal of that file and nothing else. */
export interface Prober extends Startable {
  /** Never rejects for what is in the file. @throws the signal's reason */
  probe(path: string, options?: ProbeOptions): Promise<Inspection>
}

export function createProber(components: ProberComponents, init: ProberInit = {}): Prober {
  const { processes, timeoutMs, memoryBytes } = { ...PROBER_DEFAULTS, ...init }
  const program = init.child ?? new URL('./probe-child.ts', import.meta.url)
  const inTurn = limiter(processes)
  const idle: Worker[] = []
  const all = new Set<Worker>()
  const shutdown = new AbortController()

  async function probe(order: ProbeOrder, signal: AbortSignal): Promise<Inspection> {
    signal.throwIfAborted()
    const { path } = order
    const { size } = await stat(path)
    const worker = idle.pop() ?? spawnWorker(program, all)
    const inspection = await worker.inspect(order, { signal, memoryBytes, timeoutMs: timeoutMs + (size / SLOWEST_BYTES_PER_SECOND) * 1_000 })
    if (worker.usable()) idle.push(worker)
    else worker.kill()
    if ('refused' in inspection) components.log('refused %s - %s', path, inspection.refused)
    return inspection
  }

  return {
    start() {},
    probe: (path, options = {}) => inTurn(() => probe({ path, name: options.shownPath ?? path, turn: options.turn ?? 0 }, AbortSignal.any([shutdown.signal, ...(options.signal === undefined ? [] : [options.signal])]))),
    async stop() {
      shutdown.abort(new Error('the node is stopping'))
      await Promise.all([...all].map((worker) => worker.kill()))
    }
  }
}

interface Limits {
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly memoryBytes: number
}

interface Worker {
  inspect(order: ProbeOrder, limits: Limits): Promise<Inspection>
  usable(): boolean
  kill(): Promise<void>
}

function spawnWorker(program: URL, all: Set<Worker>): Worker {
  const child = fork(program, [], {
    serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--max-old-space-size=256', '--disable-warning=ExperimentalWarning'], env: {}
  })
  const exited = new Promise<void>((resolve) => { child.once('exit', () => resolve()) })
  child.on('error', () => {}) // an exit follows, or the send that failed says so
  let files = 0
  const worker: Worker = {
    async inspect(order, limits) {
      files++
      hold(child, true)
      try {
        return await ask(child, order, limits)
      } finally {
        if (!child.killed) hold(child, false) // a killed one is waited for
      }
    },
    usable: () => child.connected && child.exitCode === null && !child.killed && files < FILES_PER_PROCESS,
    async kill() {
      child.kill('SIGKILL')
      child.ref() // wait for its end
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) await exited
    }
  }
  all.add(worker)
  void exited.then(() => all.delete(worker))
  hold(child, false)
  return worker
}

/** An idle child does not keep this process alive; a busy one does. */
function hold(child: ChildProcess, busy: boolean): void {
  if (busy) child.ref()
  else child.unref()
  const channel = child.channel as { ref(): void; unref(): void } | null | undefined
  if (busy) channel?.ref()
  else channel?.unref()
}

function ask(child: ChildProcess, order: ProbeOrder, limits: Limits): Promise<Inspection> {
  const { promise, resolve, reject } = Promise.withResolvers<Inspection>()
  const give = (refused: string) => (): void => {
    child.kill('SIGKILL')
    resolve({ refused })
  }
  const timer = setTimeout(give('it took too long to read: the file is damaged, or its disk is failing'), limits.timeoutMs)
  const memory = setInterval(() => {
    void residentBytes(child.pid).then((bytes) => { if (bytes > limits.memoryBytes) give('it needs more memory than a file may use here: the file is damaged, or its pictures are too large')() })
  }, MEMORY_CHECK_MS)
  const exited = give('the file is damaged: it crashes the decoder')
  const aborted = (): void => {
    child.kill('SIGKILL')
    reject(limits.signal.reason)
  }
  child.once('message', (message) => resolve(message as Inspection))
  child.once('exit', exited)
  limits.signal.addEventListener('abort', aborted, { once: true })
  child.send(order, (err) => { if (err !== null) exited() })
  return promise.finally(() => {
    clearTimeout(timer)
    clearInterval(memory)
    child.removeAllListeners('message')
    child.off('exit', exited)
    limits.signal.removeEventListener('abort', aborted)
  })
}
