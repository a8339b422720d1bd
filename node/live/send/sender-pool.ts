import { availableParallelism } from 'node:os'
import { OverloadedError } from '#protocols/errors.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Metrics } from '#ring/base/metrics.ts'
import type { OpenFeed } from '../camera-feed.ts'
import type { IceServer } from '../webrtc/ice.ts'
import { type AnswerViewer, answerViewer, offerToViewer, type WebRtcInit } from '../webrtc/webrtc.ts'
import { localSender } from './local-sender.ts'
import { openTransmitter } from './open-transmitter.ts'
import type { PacketSender, SenderEvents } from './packet-sender.ts'
import { LOCAL_VIEWERS, placeViewer } from './placement.ts'
import type { SenderKind, Transmitter } from './transmitter.ts'
import { WorkerSender } from './worker-sender.ts'

/** Threads that serve viewers, at most: one core is left to everything else. @default cores - 1, at least 1 */
export const MAX_SENDER_THREADS = Math.max(1, availableParallelism() - 1)

export interface SenderPoolInit {
  readonly open: OpenFeed
  /** Addresses offered to viewers beyond those of the network interfaces. */
  readonly extraAddresses: readonly string[]
  /** Asked for this node's own outside address. @default none */
  readonly iceServers?: readonly IceServer[]
  /** Listen for viewers on TCP as well. @default false */
  readonly iceTcp?: boolean
  readonly onClosed: (id: string, reason: string) => void
  /** Another way to answer viewers of the main thread. */
  readonly answerViewer?: AnswerViewer
  /** @default LOCAL_VIEWERS */
  readonly localViewers?: number
  /** @default MAX_SENDER_THREADS */
  readonly maxWorkers?: number
}

/** The threads of this node that serve viewers. */
export interface SenderPool {
  /** Where a new viewer goes. @throws OverloadedError when every thread is as busy as it may be */
  place(): PacketSender
  /** Of every thread, the main one first. */
  senders(): readonly PacketSender[]
  stop(): Promise<void>
}

export function createSenderPool({ log: parentLog, metrics }: { log: Logger; metrics: Metrics }, init: SenderPoolInit): SenderPool {
  const log = parentLog.scope('node:live:send')
  const limits = { localViewers: init.localViewers ?? LOCAL_VIEWERS, maxWorkers: init.maxWorkers ?? MAX_SENDER_THREADS }
  const events = senderEvents(metrics, init.onClosed)
  const iceServers = init.iceServers ?? []
  const iceTcp = init.iceTcp ?? false
  const workers: WorkerSender[] = []
  let transmitter: Promise<Transmitter> | undefined
  let kind: SenderKind | undefined

  function ownTransmitter(): Promise<Transmitter> {
    transmitter ??= openTransmitter((why) => log('viewers are sent to without the accelerator: %s', why)).then((opened) => {
      kind = opened.kind
      return opened
    })
    return transmitter
  }

  const rtc = async (): Promise<WebRtcInit> => ({ extraAddresses: init.extraAddresses, iceServers, iceTcp, transmitter: await ownTransmitter() })
  const local = localSender({
    open: init.open, events,
    answerViewer: init.answerViewer ?? (async (offer, viewer) => answerViewer(offer, await rtc(), viewer)),
    offerToViewer: async (wishes, viewer) => offerToViewer(wishes, await rtc(), viewer)
  }, () => kind)

  function start(): WorkerSender {
    const worker: WorkerSender = new WorkerSender({
      open: init.open, extraAddresses: init.extraAddresses, iceServers, iceTcp, events,
      onRefused: (why) => { if (kind === undefined) log('viewers are sent to without the accelerator: %s', why) },
      onGone(reason) {
        const at = workers.indexOf(worker)
        if (at < 0) return
        workers.splice(at, 1)
        log.error('%s; its viewers have to connect again', reason)
        if (worker.kind() === undefined) limits.localViewers = Number.POSITIVE_INFINITY // no threads to be had: better here than nowhere
      }
    })
    workers.push(worker)
    return worker
  }

  const senders = (): PacketSender[] => [local, ...workers]
  for (const each of ['node', 'koffi'] as const) {
    metrics.gauge(`live_sender{kind="${each}"}`, 'Threads that send to viewers, by how they do it.', () => senders().filter((sender) => sender.kind() === each).length)
  }
  metrics.gauge('live_sender_load', 'Part of its time the busiest sender thread was busy lately.', () => Math.max(0, ...workers.map((worker) => worker.load())))
  // looked at now and then, so that an answer is an average of the last seconds
  const look = setInterval(() => { for (const sender of senders()) sender.load() }, 1_000).unref()

  return {
    senders,
    place() {
      const state = (sender: PacketSender) => ({ viewers: sender.viewers(), load: sender.load() })
      const placing = placeViewer(state(local), workers.map(state), limits)
      if (placing.type === 'local') return local
      if (placing.type === 'full') throw new OverloadedError('this node is as busy with viewers as it may be; try another node, or again in a moment')
      if (placing.type === 'start') return start()
      if (placing.startAnother) start()
      return workers[placing.at]!
    },
    async stop() {
      clearInterval(look)
      const ending = workers.splice(0)
      await Promise.all([local, ...ending].map((sender) => sender.stop()))
    }
  }
}

function senderEvents(metrics: Metrics, onClosed: SenderEvents['onClosed']): SenderEvents {
  const asked = metrics.counter('live_packets_asked_again_total', 'Packets viewers asked for again.')
  const resent = metrics.counter('live_packets_sent_again_total', 'Packets viewers were sent again.')
  const skipped = metrics.counter('live_packets_skipped_total', 'Packets left out because a viewer or a thread was behind; its picture went on at the next keyframe.')
  return { onClosed, onNack(lost, sent) { asked.increment(lost); resent.increment(sent) }, onSkipped: (packets) => skipped.increment(packets) }
}
