import { setTimeout as sleep } from 'node:timers/promises'
import { MemberUnreachableError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { MediaNode, Track, TrackReport } from '#protocols/media.ts'
import { emitter, type Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { NodeDialer, Publication, Upstream } from './node-dialer.ts'
import type { PacketSpool } from './packet-spool.ts'
import type { PacketGroup } from './sources/camera-source.ts'

/** Where a camera's packets go now. */
export type PublisherState =
  | { readonly state: 'live'; readonly node: PeerId }
  | { readonly state: 'waiting' | 'failed'; readonly node: null; readonly reason: string }

/** Brings one camera's packets to a node of the ring, and to the next one when that goes. */
export interface Publisher extends Startable {
  /** The source (re)started: publish with these tracks. */
  setTracks(tracks: Track[]): void
  /** The source gives nothing: end the publication until there are tracks again. */
  pause(reason: string): void
  push(group: PacketGroup): void
  report(report: TrackReport): void
  state(): PublisherState
  readonly changed: Signal<PublisherState>
  readonly keyframeWanted: Signal<void>
  droppedPictures(): number
}

export interface PublisherComponents {
  dialer: NodeDialer
  spool: PacketSpool
  /** The node says which nodes there are. */
  learnNodes?: (nodes: readonly MediaNode[]) => void
  log: Logger
}

export interface PublisherInit {
  camera: Omit<Publication, 'tracks'>
  /** First pause when no node takes the camera, in ms; doubled up to 5 s. @default 250 */
  retryMs?: number
  /** A node that takes no bytes for this long is left, in ms. @default 4000 */
  stallMs?: number
}

export const DEFAULT_RETRY_MS = 250
export const MAX_RETRY_MS = 5_000
export const DEFAULT_STALL_MS = 4_000

class Rest {
  readonly #listeners = new Set<() => void>()
  wake(): void {
    for (const listener of this.#listeners) listener()
  }
  /** Until wake() or the signal. */
  until(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#listeners.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      if (signal.aborted) return resolve()
      this.#listeners.add(done)
      signal.addEventListener('abort', done, { once: true })
    })
  }
}

export function publisher({ dialer, spool, learnNodes, log }: PublisherComponents, init: PublisherInit): Publisher {
  const { camera, retryMs = DEFAULT_RETRY_MS, stallMs = DEFAULT_STALL_MS } = init
  const changed = emitter<PublisherState>()
  const keyframeWanted = emitter<void>()
  const stopping = new AbortController()
  const rest = new Rest()
  let publication: { tracks: Track[]; ended: AbortController } | undefined
  let state: PublisherState = { state: 'waiting', node: null, reason: 'the camera has not started yet' }
  let loop: Promise<void> | undefined

  function become(next: PublisherState): void {
    if (JSON.stringify(next) === JSON.stringify(state)) return
    state = next
    changed.emit(next)
  }

  async function run(): Promise<void> {
    let pauseMs = retryMs
    while (!stopping.signal.aborted) {
      const current = publication
      if (current === undefined) {
        await rest.until(stopping.signal)
        continue
      }
      const signal = AbortSignal.any([stopping.signal, current.ended.signal])
      try {
        const upstream = await dialer.connect({ ...camera, tracks: current.tracks }, signal)
        pauseMs = retryMs
        await publish(upstream, signal)
      } catch (err) {
        if (signal.aborted) continue
        become({ state: err instanceof MemberUnreachableError ? 'waiting' : 'failed', node: null, reason: messageOf(err) })
        await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {})
        pauseMs = Math.min(MAX_RETRY_MS, pauseMs * 2)
      }
    }
  }

  /** Resolves when the stream is over, for whatever reason: then another node is looked for at once. */
  async function publish({ stream, incoming, nodes }: Upstream, signal: AbortSignal): Promise<void> {
    log('%s goes to %s', camera.cameraId, stream.remote)
    learnNodes?.(nodes)
    spool.rewind()
    if (spool.needsKeyframe()) keyframeWanted.emit()
    become({ state: 'live', node: stream.remote })
    const over = new AbortController()
    const ended = AbortSignal.any([signal, stream.ended, over.signal])
    const listening = listen(incoming, over)
    try {
      await sendAll(stream, ended)
    } catch (err) {
      over.abort(err)
    }
    if (signal.aborted) await sayGoodbye(stream, signal.reason)
    else {
      const reason = messageOf(over.signal.reason ?? stream.ended.reason ?? 'the stream ended')
      if (!(over.signal.reason instanceof Moved)) dialer.avoid(stream.remote)
      become({ state: 'waiting', node: null, reason: `${stream.remote} is gone (${reason}): looking for another node` })
      stream.abort(new Error(reason))
    }
    await listening
  }

  async function sendAll(stream: Upstream['stream'], ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      const message = spool.take()
      if (message === undefined) await rest.until(ended)
      else await sent(stream, message, ended)
    }
  }

  async function sent(stream: Upstream['stream'], message: Parameters<Upstream['stream']['send']>[0], ended: AbortSignal): Promise<void> {
    const stalled = Promise.withResolvers<never>()
    const timer = setTimeout(() => stalled.reject(new Error(`it took no bytes for ${stallMs} ms`)), stallMs)
    const onEnd = (): void => stalled.reject(ended.reason)
    ended.addEventListener('abort', onEnd, { once: true })
    try {
      const sending = stream.send(message)
      sending.catch(() => {}) // it may lose the race below
      await Promise.race([sending, stalled.promise])
    } finally {
      clearTimeout(timer)
      ended.removeEventListener('abort', onEnd)
    }
  }

  async function listen(incoming: Upstream['incoming'], over: AbortController): Promise<void> {
    try {
      for (let next = await incoming.next(); next.done !== true; next = await incoming.next()) {
        const message = next.value
        if ('keyframe' in message) keyframeWanted.emit()
        else if ('accept' in message) learnNodes?.(message.accept.nodes)
        else if ('redirect' in message) {
          await dialer.prefer(message.redirect.peerId, message.redirect.addresses)
          return over.abort(new Moved(`it sends the camera to ${message.redirect.peerId}`))
        } else if ('refuse' in message) return over.abort(new Error(message.refuse.reason))
        else if ('end' in message) return over.abort(new Error(message.end.reason))
      }
      over.abort(new Error('it closed the stream'))
    } catch (err) {
      over.abort(err)
    }
  }

  function end(reason: string): void {
    publication?.ended.abort(new Error(reason))
    publication = undefined
    spool.clear()
  }

  return {
    changed,
    keyframeWanted,
    state: () => state,
    droppedPictures: () => spool.droppedPictures(),
    setTracks(tracks) {
      end('the source started anew')
      publication = { tracks, ended: new AbortController() }
      become({ state: 'waiting', node: null, reason: 'looking for a node of the ring' })
      rest.wake()
    },
    pause(reason) {
      end(reason)
      become({ state: 'waiting', node: null, reason })
    },
    push(group) {
      spool.push(group)
      rest.wake()
    },
    report(report) {
      spool.report(report)
      rest.wake()
    },
    start() { loop ??= run() },
    async stop() {
      stopping.abort(new Error('the camera was stopped'))
      await loop
    }
  }
}

/** The node asked for the camera to go elsewhere: it is not at fault. */
class Moved extends Error {}

/** How long a farewell may take, in ms. */
const GOODBYE_MS = 500

async function sayGoodbye(stream: Upstream['stream'], reason: unknown): Promise<void> {
  try {
    const signal = AbortSignal.timeout(GOODBYE_MS)
    await Promise.race([
      stream.send({ end: { reason: messageOf(reason) } }, { signal }).then(() => stream.close()),
      sleep(GOODBYE_MS, undefined, { ref: false })
    ])
  } catch {} // it is gone already
  stream.abort(new Error(messageOf(reason)))
}

const messageOf = (err: unknown): string => (err instanceof Error ? err.message : String(err))
