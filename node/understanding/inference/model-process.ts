import { type ChildProcess, fork } from 'node:child_process'
import { RemoteError } from '#protocols/errors.ts'
import { yieldTo } from '../../library/yield-to.ts'
import type { Ask, FromProcess, InputOf, ModelToOpen, OutputOf, ToProcess } from './asks.ts'

/** A process that tells nothing for this long is given up, in ms. Opening a large model counts, too. @default 300000 */
export const MODEL_SILENCE_MS = 300_000

export interface ModelProcessInit {
  readonly program: URL
  readonly model: ModelToOpen
  /** @default MODEL_SILENCE_MS */
  readonly silenceMs?: number
  /** Ends the process. */
  readonly signal?: AbortSignal
}

export interface RunOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (share: number) => void
}

/** The process ended, or had to be ended, while it was at work: what it was given may have done it, or may not. */
export class ProcessEndedError extends RemoteError {}

/** One process with one model. What it does there ends that process, and nothing else. */
export interface ModelProcess {
  readonly alive: boolean
  /** Resident memory after its last run, in bytes. */
  readonly bytes: number
  readonly runs: number
  /** Runs one after the other. @throws ProcessEndedError, RemoteError with what the model said */
  run<A extends Ask>(ask: A, inputs: ReadonlyArray<InputOf<A>>, options?: RunOptions): Promise<ReadonlyArray<OutputOf<A>>>
  end(): Promise<void>
}

/** Resolves when the model is open. @throws RemoteError, ProcessEndedError */
export async function openModelProcess({ program, model, silenceMs = MODEL_SILENCE_MS, signal }: ModelProcessInit): Promise<ModelProcess> {
  signal?.throwIfAborted()
  const child = fork(program, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--disable-warning=ExperimentalWarning'], env: environmentOf(model) })
  const talk = new Talk(child, silenceMs)
  yieldTo(child)
  signal?.addEventListener('abort', () => { child.kill('SIGKILL') }, { once: true })
  try {
    await talk.say({ open: model })
    return new OpenProcess(talk)
  } catch (err) {
    await talk.end()
    throw err
  }
}

/** What drivers of graphics cards look for. */
const DRIVERS = ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'CUDA_PATH', 'CUDA_VISIBLE_DEVICES', 'SystemRoot']

/** Nothing of the node's own: neither its keys, nor where a hub may be. */
function environmentOf({ provider }: ModelToOpen): Record<string, string> {
  const drivers = provider === 'cpu' ? [] : DRIVERS.flatMap((name) => { const value = process.env[name]; return value === undefined ? [] : [[name, value]] })
  return { HF_HUB_OFFLINE: '1', ...Object.fromEntries(drivers) as Record<string, string> }
}

class OpenProcess implements ModelProcess {
  readonly #talk: Talk
  #bytes = 0
  #runs = 0

  constructor(talk: Talk) {
    this.#talk = talk
  }

  get alive(): boolean {
    return this.#talk.alive
  }

  get bytes(): number {
    return this.#bytes
  }

  get runs(): number {
    return this.#runs
  }

  async run<A extends Ask>(ask: A, inputs: ReadonlyArray<InputOf<A>>, { signal, onProgress }: RunOptions = {}): Promise<ReadonlyArray<OutputOf<A>>> {
    const run = ++this.#runs
    const onAbort = (): void => this.#talk.mention({ cancel: run })
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      const answer = await this.#talk.say({ run, ask, inputs }, onProgress)
      if ('bytes' in answer) this.#bytes = answer.bytes
      if (!('outputs' in answer) || answer.outputs.length !== inputs.length) throw new RemoteError('failed' in answer ? answer.failed : 'the model did not answer each of its inputs')
      return answer.outputs as ReadonlyArray<OutputOf<A>>
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  end(): Promise<void> {
    return this.#talk.end()
  }
}

/** One thing said, one thing heard. */
class Talk {
  readonly #child: ChildProcess
  readonly #silenceMs: number
  readonly #exited: Promise<string>
  #waiting: { readonly heard: PromiseWithResolvers<FromProcess>; readonly silence: NodeJS.Timeout; readonly onProgress: ((share: number) => void) | undefined } | undefined
  #ended = false

  constructor(child: ChildProcess, silenceMs: number) {
    this.#child = child
    this.#silenceMs = silenceMs
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, killed) => resolve(killed === null ? `the process of the model ended (${code})` : `the process of the model was ended by ${killed}`))
      child.once('error', (err) => resolve(`no process could be started for the model: ${err.message}`))
    })
    void this.#exited.then((how) => this.#fail(how))
    child.on('message', (message: FromProcess) => this.#hear(message))
  }

  get alive(): boolean {
    return !this.#ended
  }

  say(message: ToProcess, onProgress?: (share: number) => void): Promise<FromProcess> {
    if (this.#ended) return Promise.reject(new ProcessEndedError('the process of the model has ended'))
    const silence = setTimeout(() => this.#child.kill('SIGKILL'), this.#silenceMs)
    const heard = Promise.withResolvers<FromProcess>()
    this.#waiting = { heard, silence, onProgress }
    this.mention(message)
    return heard.promise.finally(() => clearTimeout(silence))
  }

  /** Without an answer. */
  mention(message: ToProcess): void {
    if (this.#child.connected) this.#child.send(message, () => {}) // one that is not taken: the process is ending, which is told
  }

  async end(): Promise<void> {
    this.#ended = true
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  #hear(message: FromProcess): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    waiting.silence.refresh()
    if ('progress' in message) return waiting.onProgress?.(message.progress)
    this.#waiting = undefined
    if ('notOpened' in message) waiting.heard.reject(new RemoteError(message.notOpened))
    else waiting.heard.resolve(message)
  }

  #fail(how: string): void {
    this.#ended = true
    this.#waiting?.heard.reject(new ProcessEndedError(how))
    this.#waiting = undefined
  }
}
