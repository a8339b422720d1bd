import { setTimeout as sleep } from 'node:timers/promises'
import { MemberUnreachableError, RefusedError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { MediaNode, Track, TrackReport } from '#protocols/media.ts'
import { emitter, type Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { NodeDialer, Publication, Upstream } from './node-dialer.ts'
import type { PacketSpool, PacketSpoolInit } from './packet-spool.ts'
import { Rest } from './rest.ts'
import { type SourceRun, sourceRuns } from './source-runs.ts'
import type { PacketGroup } from './sources/camera-source.ts'

/** Where a camera's packets go now. */
export type PublisherState =
  | { readonly state: 'live'; readonly node: PeerId }
  | { readonly state: 'waiting' | 'failed'; readonly node: null; readonly reason: string }

/** Brings one camera's packets to a node of the ring, and to the next one when that goes. */
export interface Publisher extends Startable {
  /** The source (re)started: publish with these tracks. */
  setTracks(tracks: Track[]): void
  /** The source gives nothing: end the publication, when all that it gave is received, until there are tracks again. */
  pause(reason: string): void
  push(group: PacketGroup): void
  report(report: TrackReport): void
  /** Go to this node and stay there for as long as it takes the camera. Resolves when it does. @throws RefusedError when it does not, and the camera is where it was, or wherever it is taken */
  move(node: PeerId): Promise<void>
  state(): PublisherState
  readonly changed: Signal<PublisherState>
  readonly keyframeWanted: Signal<void>
  droppedPictures(): number
}

export interface PublisherComponents {
  dialer: NodeDialer
  /** The node says which nodes there are. */
  learnNodes?: (nodes: readonly MediaNode[]) => void
  log: Logger
}

export interface PublisherInit {
  camera: Omit<Publication, 'tracks'>
  /** What waits for a slow or broken link. */
  spool?: PacketSpoolInit
  /** First pause when no node takes the camera, in ms; doubled up to 5 s. @default 250 */
  retryMs?: number
  /** A node that takes no bytes for this long is left, in ms. @default 4000 */
  stallMs?: number
  /** How often it is asked whether another node would be better, in ms. @default 30000 */
  rechooseMs?: number
}

export const DEFAULT_RETRY_MS = 250
export const MAX_RETRY_MS = 5_000
export const DEFAULT_STALL_MS = 4_000
/** So often in a row another node has to be better before the camera goes there. @default 2 */
export const RECHOOSE_TIMES = 2
export const DEFAULT_RECHOOSE_MS = 30_000
/** A node that a camera was ordered to has to have taken it by then, in ms. @default 10000 */
export const MOVE_TIMEOUT_MS = 10_000

export function publisher({ dialer, learnNodes, log }: PublisherComponents, init: PublisherInit): Publisher {
  const { camera, retryMs = DEFAULT_RETRY_MS, stallMs = DEFAULT_STALL_MS, rechooseMs = DEFAULT_RECHOOSE_MS } = init
  const changed = emitter<PublisherState>()
  const keyframeWanted = emitter<void>()
  const stopping = new AbortController()
  const rest = new Rest()
  const runs = sourceRuns(init.spool)
  let state: PublisherState = { state: 'waiting', node: null, reason: 'the camera has not started yet' }
  let loop: Promise<void> | undefined
  let current: { node: PeerId; over: AbortController } | undefined
  /** Where the camera was ordered to. */
  let pinned: PeerId | undefined
  /** What the last node received may not have been stored by it. */
  let isLost = false

  function become(next: PublisherState): void {
    if (JSON.stringify(next) === JSON.stringify(state)) return
    state = next
    changed.emit(next)
  }

  /** While the source gives nothing, that is why the camera is not live. */
  function linkIs(next: PublisherState): void {
    if (runs.open() !== undefined) become(next)
  }

  async function run(): Promise<void> {
    let pauseMs = retryMs
    while (!stopping.signal.aborted) {
      const wanted = runs.first()
      if (wanted === undefined) {
        await rest.until(stopping.signal)
        continue
      }
      const signal = AbortSignal.any([stopping.signal, wanted.done.signal])
      try {
        const upstream = await dialer.connect({ ...camera, tracks: wanted.tracks }, signal)
        pauseMs = retryMs
        await publish(wanted, upstream, signal)
      } catch (err) {
        if (signal.aborted) continue
        linkIs({ state: err instanceof MemberUnreachableError ? 'waiting' : 'failed', node: null, reason: messageOf(err) })
        await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {})
        pauseMs = Math.min(MAX_RETRY_MS, pauseMs * 2)
      }
    }
  }

  /** Resolves when the stream is over, for whatever reason: then another node is looked for at once. */
  async function publish(wanted: SourceRun, { stream, incoming, nodes }: Upstream, signal: AbortSignal): Promise<void> {
    log('%s goes to %s', camera.cameraId, stream.remote)
    learnNodes?.(nodes)
    const { spool } = wanted
    spool.rewind(isLost)
    if (spool.needsKeyframe()) keyframeWanted.emit()
    linkIs({ state: 'live', node: stream.remote })
    if (pinned !== stream.remote) pinned = undefined
    const over = new AbortController()
    current = { node: stream.remote, over }
    const ended = AbortSignal.any([signal, stream.ended, over.signal])
    const listening = listen(incoming, spool, over)
    const rechoosing = rechoose(stream.remote, over, ended)
    const watch = setInterval(() => {
      if (spool.unacknowledgedMs() > stallMs) over.abort(new Error(`it received nothing for ${stallMs} ms`))
      else rest.wake() // of a node that does not tell, what is over counts as received by now
    }, stallMs / 8).unref()
    try {
      await sendAll(wanted, stream, ended)
    } catch (err) {
      over.abort(err)
    }
    clearInterval(watch)
    current = undefined
    isLost = false
    if (signal.aborted) await sayGoodbye(stream, signal.reason)
    else await leave(stream, over.signal.reason ?? stream.ended.reason ?? new Error('the stream ended'))
    await Promise.all([listening, rechoosing])
  }

  /** A node that is well is told, and gets all that was sent to it. */
  async function leave(stream: Upstream['stream'], why: unknown): Promise<void> {
    const isMove = why instanceof Moved
    isLost = !isMove || why.isLost
    if (!isMove) dialer.avoid(stream.remote)
    linkIs({ state: 'waiting', node: null, reason: isMove ? why.message : `${stream.remote} is gone (${messageOf(why)}): looking for another node` })
    if (isMove) await sayGoodbye(stream, why)
    else stream.abort(new Error(messageOf(why)))
  }

  /** Another node that is better again and again is gone to; not from one that a person chose. */
  async function rechoose(node: PeerId, over: AbortController, ended: AbortSignal): Promise<void> {
    for (let times = 0, last: PeerId | undefined; !ended.aborted;) {
      await sleep(rechooseMs * (0.75 + Math.random() / 2), undefined, { signal: ended, ref: false }).catch(() => {})
      if (ended.aborted || pinned === node) continue
      const better = await dialer.better(node, ended)
      times = better !== undefined && better === last ? times + 1 : 1
      last = better
      if (better === undefined || times < RECHOOSE_TIMES || ended.aborted) continue
      await dialer.prefer(better, [])
      over.abort(new Moved(`it goes to another node, ${better}, which is nearer or less busy`))
    }
  }

  /** Until the stream ends, or the run is over and all of it was received. */
  async function sendAll(wanted: SourceRun, stream: Upstream['stream'], ended: AbortSignal): Promise<void> {
    const { spool, done } = wanted
    while (!ended.aborted) {
      const message = spool.take()
      if (message !== undefined) await sent(stream, message, ended)
      else if (wanted.over !== undefined && spool.wasReceived(stallMs)) done.abort(new Error(wanted.over))
      else await rest.until(ended)
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

  async function listen(incoming: Upstream['incoming'], spool: PacketSpool, over: AbortController): Promise<void> {
    try {
      for (let next = await incoming.next(); next.done !== true; next = await incoming.next()) {
        const message = next.value
        if ('keyframe' in message) keyframeWanted.emit()
        else if ('received' in message) {
          spool.acknowledge(message.received.messages, message.received.stored)
          rest.wake()
        } else if ('accept' in message) learnNodes?.(message.accept.nodes)
        else if ('redirect' in message) {
          await dialer.prefer(message.redirect.peerId, message.redirect.addresses)
          return over.abort(new Moved(`it sends the camera to another node, ${message.redirect.peerId}`, true)) // it may be that its disk takes no more
        } else if ('refuse' in message) return over.abort(new Error(message.refuse.reason))
        else if ('end' in message) return over.abort(new Error(message.end.reason))
      }
      over.abort(new Error('it closed the stream'))
    } catch (err) {
      over.abort(err)
    }
  }

  /** Resolves when the camera is live on the node, or not taken by it. */
  function settled(node: PeerId): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (failure?: Error): void => {
        off()
        clearTimeout(timer)
        if (failure === undefined) resolve()
        else reject(failure)
      }
      const timer = setTimeout(() => done(new RefusedError(`${node} did not take the camera in ${MOVE_TIMEOUT_MS / 1000} s`)), MOVE_TIMEOUT_MS).unref()
      const off = changed.on((now) => {
        if (now.state === 'live') done(now.node === node ? undefined : new RefusedError(`${node} does not take the camera: it is on ${now.node}`))
        else if (now.state === 'failed') done(new RefusedError(`${node} does not take the camera: ${now.reason}`))
      })
    })
  }

  return {
    changed,
    keyframeWanted,
    state: () => state,
    async move(node) {
      pinned = node
      if (current?.node === node) return
      if (current === undefined || runs.open() === undefined) throw new RefusedError(`the camera is on no node now${state.state === 'live' ? '' : ` (${state.reason})`}: it can be moved when it is live`)
      await dialer.prefer(node, [], { insist: true })
      const there = settled(node)
      current.over.abort(new Moved(`it goes to another node by order: ${node}`))
      await there.catch((err) => {
        if (pinned === node) pinned = undefined
        throw err
      })
    },
    droppedPictures: () => runs.droppedPictures(),
    setTracks(tracks) {
      runs.end('the source started anew')
      runs.begin(tracks)
      become({ state: 'waiting', node: null, reason: 'looking for a node of the ring' })
      rest.wake()
    },
    pause(reason) {
      runs.end(reason)
      become({ state: 'waiting', node: null, reason })
      rest.wake()
    },
    push(group) {
      runs.push(group)
      rest.wake()
    },
    report(report) {
      runs.open()?.spool.report(report)
      rest.wake()
    },
    start() { loop ??= run() },
    async stop() {
      stopping.abort(new Error('the camera was stopped'))
      await loop
    }
  }
}

/** The camera goes elsewhere, and the node it leaves is not at fault. */
class Moved extends Error {
  /** It may not store what it received. */
  readonly isLost: boolean

  constructor(message: string, isLost = false) {
    super(message)
    this.isLost = isLost
  }
}

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
