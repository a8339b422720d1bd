import type { MediaMessage, TrackReport } from '#protocols/media.ts'
import type { PacketGroup } from './sources/camera-source.ts'

/** What waits for the link: bounded, and cut only between whole groups of pictures. */
export interface PacketSpool {
  push(group: PacketGroup): void
  report(report: TrackReport): void
  /** The next message to send, or undefined when all is sent. */
  take(): MediaMessage | undefined
  /** Begin again at a keyframe that was sent, with the newest reports first: at the newest, or, when the link `broke`, at one from before what may have been lost with it. */
  rewind(broke?: boolean): void
  clear(): void
  /** Pictures dropped since the start because the link was too slow. */
  droppedPictures(): number
  /** No keyframe is left to go on from: one should be asked for. */
  needsKeyframe(): boolean
}

/** Held at most for a slow or broken link, in bytes: 30 s at 17 Mbit/s. @default 67108864 */
export const DEFAULT_SPOOL_BYTES = 67_108_864
/** Held at most for a slow or broken link, in ms. @default 30000 */
export const DEFAULT_SPOOL_MS = 30_000
/** What was sent is held for so long after, in ms: a link that breaks is noticed later than that, with what lay in it. @default 6000 */
export const DEFAULT_RESEND_MS = 6_000
/** Packets of 1200 bytes that fit one message with room to spare. */
const MESSAGE_PACKETS = 150
/** Items that were sent are let go of when there are so many of them without a keyframe. */
const MAX_SENT_ITEMS = 6_000

interface Item {
  readonly messages: MediaMessage[]
  readonly bytes: number
  readonly keyframe: boolean
  readonly video: boolean
  readonly atMs: number
  sentMs: number
}

export interface PacketSpoolInit {
  readonly maxBytes?: number
  readonly maxMs?: number
  readonly resendMs?: number
  /** Milliseconds that never go back. @default performance.now */
  readonly nowMs?: () => number
}

/** Sent items are kept from a keyframe on, so that after a break the next node can begin there. */
export function packetSpool(init: PacketSpoolInit = {}): PacketSpool {
  const { maxBytes = DEFAULT_SPOOL_BYTES, maxMs = DEFAULT_SPOOL_MS, resendMs = DEFAULT_RESEND_MS, nowMs = () => performance.now() } = init
  let items: Item[] = []
  let cursor = 0
  let bytes = 0
  let pending: MediaMessage[] = []
  let dropped = 0
  let awaitingKeyframe = true
  const reports = new Map<number, TrackReport>()

  function dropBefore(end: number): void {
    bytes -= items.slice(0, end).reduce((sum, item) => sum + item.bytes, 0)
    items = items.slice(end)
    cursor = Math.max(0, cursor - end)
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

  /** The newest keyframe that was sent before then; -1 when there is none. */
  const keyframeSentBefore = (ms: number): number => items.findLastIndex((item, i) => i < cursor && item.keyframe && item.sentMs <= ms)

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
      if (!awaitingKeyframe) items.push({ messages: [{ report }], bytes: 0, keyframe: false, video: false, atMs: nowMs(), sentMs: Infinity })
    },
    take() {
      if (pending.length > 0) return pending.shift()
      const item = items[cursor]
      if (item === undefined) return undefined
      item.sentMs = nowMs()
      cursor++
      if (item.keyframe) dropBefore(Math.max(0, keyframeSentBefore(nowMs() - resendMs)))
      else if (cursor > MAX_SENT_ITEMS) dropBefore(cursor) // a source without keyframes: what was sent cannot be begun at anyway
      pending = [...item.messages]
      return pending.shift()
    },
    rewind(broke = false) {
      const from = broke ? keyframeSentBefore(nowMs() - resendMs) : keyframeSentBefore(Infinity)
      dropBefore(from === -1 ? Math.max(0, items.findIndex((item) => item.keyframe)) : from)
      cursor = 0
      if (items[0]?.keyframe !== true) {
        items = []
        bytes = 0
        awaitingKeyframe = true
      }
      pending = [...reports.values()].map((report) => ({ report }))
    },
    clear() {
      items = []
      bytes = 0
      pending = []
      cursor = 0
      awaitingKeyframe = true
      reports.clear()
    },
    droppedPictures: () => dropped,
    needsKeyframe: () => awaitingKeyframe
  }
}

function itemOf(group: PacketGroup, atMs: number): Item {
  const messages: MediaMessage[] = []
  for (let at = 0; at < group.packets.length; at += MESSAGE_PACKETS) messages.push({ packets: { packets: group.packets.slice(at, at + MESSAGE_PACKETS) } })
  return { messages, bytes: group.packets.reduce((sum, packet) => sum + packet.rtp.length, 0), keyframe: group.keyframe, video: group.video, atMs, sentMs: Infinity }
}
