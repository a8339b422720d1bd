import type { MediaMessage, TrackReport } from '#protocols/media.ts'
import type { PacketGroup } from './sources/camera-source.ts'

/** What waits for the link: bounded, and cut only between whole groups of pictures. */
export interface PacketSpool {
  push(group: PacketGroup): void
  report(report: TrackReport): void
  /** The next message to send, or undefined when all is sent. */
  take(): MediaMessage | undefined
  /** Begin again at a keyframe that was sent, with the newest reports first: at the newest that was received, or, when what was received may be `lost`, at one from before what was not stored. */
  rewind(lost?: boolean): void
  /** The node at the other end took so many messages since `rewind`, and stored so many of them; undefined: it does not tell. */
  acknowledge(messages: number, stored?: number): void
  /** How long the oldest message waits for that; 0 when none does, or nobody tells. */
  unacknowledgedMs(): number
  /** All that was taken was received; of a node that does not tell, it was taken so many ms ago. */
  wasReceived(untoldMs: number): boolean
  heldBytes(): number
  /** Pictures dropped since the start because the link was too slow. */
  droppedPictures(): number
  /** No keyframe is left to go on from: one should be asked for. */
  needsKeyframe(): boolean
}

/** Held at most for a slow or broken link, in bytes: 30 s at 17 Mbit/s. @default 67108864 */
export const DEFAULT_SPOOL_BYTES = 67_108_864
/** Held at most for a slow or broken link, in ms. @default 30000 */
export const DEFAULT_SPOOL_MS = 30_000
/** What was stored is held for so long after, in ms: that it is there has to get about. @default 2000 */
export const DEFAULT_HOLD_MS = 2_000
/** Of a node that does not tell what it stored, what was received is held for so long after, in ms; of one that does not tell that either, what was sent. @default 6000 */
export const DEFAULT_RESEND_MS = 6_000
/** Packets of 1200 bytes that fit one message with room to spare. */
const MESSAGE_PACKETS = 150
/** Items that were sent are let go of when there are so many of them without a keyframe. */
const MAX_SENT_ITEMS = 12_000

interface Item {
  readonly messages: MediaMessage[]
  readonly bytes: number
  readonly keyframe: boolean
  readonly video: boolean
  readonly atMs: number
  sentMs: number
  /** When it was received; Infinity while that is not known. */
  receivedMs: number
  /** From when on it need not be held any more; Infinity while that is not known. */
  freeMs: number
  /** Number of its last message since the stream began. */
  last: number
}

/** An item of which no message was taken yet. */
const UNSENT = { sentMs: Infinity, receivedMs: Infinity, freeMs: Infinity, last: 0 }

export interface PacketSpoolInit {
  readonly maxBytes?: number
  readonly maxMs?: number
  readonly holdMs?: number
  readonly resendMs?: number
  /** Milliseconds that never go back. @default performance.now */
  readonly nowMs?: () => number
}

/** Sent items are kept from a keyframe on, so that after a break the next node can begin there. */
export function packetSpool(init: PacketSpoolInit = {}): PacketSpool {
  const { maxBytes = DEFAULT_SPOOL_BYTES, maxMs = DEFAULT_SPOOL_MS, holdMs = DEFAULT_HOLD_MS, resendMs = DEFAULT_RESEND_MS, nowMs = () => performance.now() } = init
  let items: Item[] = []
  let cursor = 0
  let bytes = 0
  let pending: MediaMessage[] = []
  let dropped = 0
  let awaitingKeyframe = true
  let taken = 0
  /** This node tells what it received; and nodes of this ring do. */
  let [isTold, areTold] = [false, false]
  /** The first of `items` that was not received, and the first that was not stored. */
  let [unreceived, unstored] = [0, 0]
  const reports = new Map<number, TrackReport>()

  function dropBefore(end: number): void {
    bytes -= items.slice(0, end).reduce((sum, item) => sum + item.bytes, 0)
    items = items.slice(end)
    cursor = Math.max(0, cursor - end)
    unreceived = Math.max(0, unreceived - end)
    unstored = Math.max(0, unstored - end)
  }

  /** What was sent goes first, then the oldest that was not. */
  function dropOldest(): void {
    if (cursor > 0 && bytes > maxBytes) return dropBefore(cursor)
    const next = items.findIndex((item, i) => i > cursor && item.keyframe)
    const end = next === -1 ? items.length : next
    dropped += items.slice(cursor, end).filter((item) => item.video).length
    dropBefore(end)
    cursor = 0
    if (next === -1) awaitingKeyframe = true
  }

  const isTooMuch = (): boolean => bytes > maxBytes || (items[cursor] !== undefined && nowMs() - items[cursor]!.atMs > maxMs)

  const isFree = ({ freeMs }: Item): boolean => freeMs <= nowMs()
  const isReceived = ({ receivedMs }: Item): boolean => receivedMs < Infinity

  /** The newest keyframe before which everything is safe, or too old to be held; -1 when there is none. */
  function keyframeAfter(isSafe: (item: Item) => boolean): number {
    const first = items.findIndex((item, i) => i >= cursor || (!isSafe(item) && nowMs() - item.atMs <= maxMs))
    return items.findLastIndex((item, i) => i <= (first === -1 ? items.length : first) && item.keyframe)
  }

  return {
    push(group) {
      if (awaitingKeyframe && !group.keyframe) {
        if (group.video) dropped++
        return
      }
      awaitingKeyframe = false
      const item = itemOf(group, nowMs())
      bytes += item.bytes
      items.push(item)
      while (isTooMuch()) dropOldest()
    },
    report(report) {
      reports.set(report.track, report)
      if (!awaitingKeyframe) items.push({ messages: [{ report }], bytes: 0, keyframe: false, video: false, atMs: nowMs(), ...UNSENT })
    },
    take() {
      if (pending.length > 0) {
        taken++
        return pending.shift()
      }
      const item = items[cursor]
      if (item === undefined) return undefined
      item.sentMs = nowMs()
      item.last = taken + item.messages.length
      item.receivedMs = areTold ? Infinity : item.sentMs
      item.freeMs = areTold ? Infinity : item.sentMs + resendMs
      cursor++
      if (item.keyframe) dropBefore(Math.max(0, keyframeAfter(isFree)))
      else if (cursor > MAX_SENT_ITEMS) dropBefore(cursor) // a source without keyframes: what was sent cannot be begun at anyway
      pending = [...item.messages]
      if (pending.length > 0) taken++
      return pending.shift()
    },
    acknowledge(messages, stored) {
      if (!areTold) for (const item of items.slice(0, cursor)) item.receivedMs = item.freeMs = Infinity
      isTold = areTold = true
      for (; unreceived < cursor && items[unreceived]!.last <= messages; unreceived++) {
        items[unreceived]!.receivedMs = nowMs()
        if (stored === undefined) items[unreceived]!.freeMs = nowMs() + resendMs
      }
      for (; unstored < cursor && items[unstored]!.last <= (stored ?? 0); unstored++) items[unstored]!.freeMs = nowMs() + holdMs
    },
    unacknowledgedMs: () => (isTold && unreceived < cursor ? nowMs() - items[unreceived]!.sentMs : 0),
    wasReceived: (untoldMs) => (isTold ? unreceived === cursor : nowMs() - (items[cursor - 1]?.sentMs ?? -Infinity) > untoldMs),
    heldBytes: () => bytes,
    rewind(lost = false) {
      dropBefore(Math.max(0, keyframeAfter(lost ? isFree : isReceived)))
      for (const item of items) Object.assign(item, UNSENT)
      cursor = unreceived = unstored = taken = 0
      isTold = false
      if (items[0]?.keyframe !== true) {
        items = []
        bytes = 0
        awaitingKeyframe = true
      }
      pending = [...reports.values()].map((report) => ({ report }))
    },
    droppedPictures: () => dropped,
    needsKeyframe: () => awaitingKeyframe
  }
}

function itemOf(group: PacketGroup, atMs: number): Item {
  const messages: MediaMessage[] = []
  for (let at = 0; at < group.packets.length; at += MESSAGE_PACKETS) messages.push({ packets: { packets: group.packets.slice(at, at + MESSAGE_PACKETS) } })
  return { messages, bytes: group.packets.reduce((sum, packet) => sum + packet.rtp.length, 0), keyframe: group.keyframe, video: group.video, atMs, ...UNSENT }
}
