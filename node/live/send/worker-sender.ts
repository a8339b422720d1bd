import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { OverloadedError } from '#protocols/errors.ts'
import type { OpenFeed } from '../camera-feed.ts'
import type { PatchOutcome } from '../webrtc/ice-patches.ts'
import type { IceServer } from '../webrtc/ice.ts'
import { backlog } from './backlog.ts'
import { errorOf, failureOf } from './failure.ts'
import { FeedMirror } from './feed-mirror.ts'
import { loadMeter } from './load-meter.ts'
import type { PacketSender, SenderEvents, OfferedPlace, ViewerAnswer, ViewerRequest } from './packet-sender.ts'
import type { SenderKind } from './transmitter.ts'
import type { FromWorker, ToWorker, WorkerAnswer, WorkerStart } from './worker-messages.ts'

/** A thread has this long, in milliseconds, to say goodbye to its viewers. @default 2000 */
export const STOP_MS = 2_000

export interface WorkerSenderInit {
  readonly open: OpenFeed
  readonly extraAddresses: readonly string[]
  readonly iceServers: readonly IceServer[]
  readonly iceTcp: boolean
  readonly events: SenderEvents
  /** Why the thread has no accelerator. */
  readonly onRefused: (why: string) => void
  /** The thread is gone; its viewers were said to be closed. */
  readonly onGone: (reason: string) => void
}

/** A thread of its own that serves viewers: it holds their sockets, keys and history, and is posted each camera's packets once. */
export class WorkerSender implements PacketSender {
  readonly #init: WorkerSenderInit
  readonly #worker: Worker
  readonly #backlog: ReturnType<typeof backlog>
  readonly #mirrors = new Map<number, FeedMirror>()
  readonly #viewers = new Set<string>()
  readonly #calls = new Map<number, PromiseWithResolvers<WorkerAnswer>>()
  #kind: SenderKind | undefined
  #load: () => number = () => 0
  #next = 1
  #gone = false

  constructor(init: WorkerSenderInit) {
    this.#init = init
    const taken = new SharedArrayBuffer(4)
    const start: WorkerStart = { extraAddresses: init.extraAddresses, iceServers: init.iceServers, iceTcp: init.iceTcp, taken }
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: start, name: 'viewers' })
    this.#worker.unref()
    const counter = new Int32Array(taken)
    this.#backlog = backlog(() => Atomics.load(counter, 0))
    this.#worker.on('message', (message: FromWorker) => this.#hear(message))
    this.#worker.on('error', (err) => this.#end(`sender thread failed: ${err instanceof Error ? err.message : err}`))
    this.#worker.on('exit', () => this.#end('sender thread ended'))
  }

  viewers(): number { return this.#viewers.size }
  kind(): SenderKind | undefined { return this.#kind }
  load(): number { return this.#load() }

  addViewer(viewer: ViewerRequest): Promise<ViewerAnswer> {
    return this.#enter(viewer.id, (call) => ({ type: 'addViewer', call, ...viewer })) as Promise<ViewerAnswer>
  }

  offerViewer(place: OfferedPlace): Promise<string> {
    return this.#enter(place.id, (call) => ({ type: 'offerViewer', call, ...place })) as Promise<string>
  }

  async acceptAnswer(id: string, answer: string): Promise<void> {
    await this.#call((call) => ({ type: 'acceptAnswer', call, id, answer }))
  }

  patchIce(id: string, fragment: string, ifMatch: string | undefined): Promise<PatchOutcome> {
    return this.#call((call) => ({ type: 'patchIce', call, id, fragment, ifMatch })) as Promise<PatchOutcome>
  }

  closeViewer(id: string, reason: string): void { this.#post({ type: 'closeViewer', id, reason }) }

  /** Its viewers are told; a thread that does not end by itself is ended. */
  async stop(): Promise<void> {
    const exited = once(this.#worker, 'exit')
    this.#post({ type: 'stop' })
    const late = setTimeout(() => void this.#worker.terminate(), STOP_MS)
    if (!this.#gone) await exited
    clearTimeout(late)
    this.#end('node stopping')
  }

  async #enter(id: string, message: (call: number) => ToWorker): Promise<WorkerAnswer> {
    this.#viewers.add(id)
    try {
      return await this.#call(message)
    } catch (err) {
      this.#viewers.delete(id)
      throw err
    }
  }

  #call(message: (call: number) => ToWorker): Promise<WorkerAnswer> {
    if (this.#gone) return Promise.reject(new OverloadedError('the sender thread ended; try again'))
    const call = this.#next++
    const answer = Promise.withResolvers<WorkerAnswer>()
    this.#calls.set(call, answer)
    this.#post(message(call))
    return answer.promise
  }

  #settle(call: number): PromiseWithResolvers<WorkerAnswer> | undefined {
    const waiting = this.#calls.get(call)
    this.#calls.delete(call)
    return waiting
  }

  #hear(message: FromWorker): void {
    switch (message.type) {
      case 'ready': this.#begin(message.kind); break
      case 'refused': this.#init.onRefused(message.why); break
      case 'answered': this.#settle(message.call)?.resolve(message.answer); break
      case 'failed': this.#settle(message.call)?.reject(errorOf(message.failure)); break
      case 'open': void this.#open(message); break
      case 'released': this.#release(message.camera); break
      case 'onPli': this.#mirrors.get(message.camera)?.requestKeyframe(); break
      case 'onNack': this.#init.events.onNack(message.asked, message.sent); break
      case 'onSkipped': this.#init.events.onSkipped(message.packets); break
      case 'onClosed': this.#closed(message.id, message.reason); break
    }
  }

  /** Its load counts from now: loading its modules is no sign of what it can bear. */
  #begin(kind: SenderKind): void {
    this.#kind = kind
    this.#load = loadMeter(() => this.#worker.performance.eventLoopUtilization())
  }

  async #open({ call, camera: id }: Extract<FromWorker, { type: 'open' }>): Promise<void> {
    try {
      const feed = await this.#init.open(id)
      if (this.#gone) return feed.release()
      const number = this.#next++
      const { name, source, from, tracks } = feed.camera
      this.#post({ type: 'opened', call, camera: { number, id, name, source, from, tracks } })
      this.#mirrors.set(number, new FeedMirror({
        number, feed, backlog: this.#backlog,
        post: (message, transfer) => this.#post(message, transfer),
        onSkipped: (packets) => this.#init.events.onSkipped(packets),
        onEnded: () => { this.#mirrors.delete(number) }
      }))
    } catch (err) {
      this.#post({ type: 'notOpened', call, failure: failureOf(err) })
    }
  }

  #release(number: number): void {
    this.#mirrors.get(number)?.close()
    this.#mirrors.delete(number)
  }

  #closed(id: string, reason: string): void {
    if (this.#viewers.delete(id)) this.#init.events.onClosed(id, reason)
  }

  #post(message: ToWorker, transfer?: ArrayBuffer[]): void { if (!this.#gone) this.#worker.postMessage(message, transfer) }

  #end(reason: string): void {
    if (this.#gone) return
    this.#gone = true
    for (const number of this.#mirrors.keys()) this.#release(number)
    for (const id of this.#viewers) this.#closed(id, reason)
    for (const call of this.#calls.keys()) this.#settle(call)?.reject(new OverloadedError(reason))
    this.#init.onGone(reason)
  }
}
