import type { MediaMessage, TrackReport } from '#protocols/media.ts'
import type { PacketGroup } from './sources/camera-source.ts'

/** What waits for the link: bounded, and cut only between whole groups of pictures. */
export interface PacketSpool {
  push(group: PacketGroup): void
  report(report: TrackReport): void
  /** The next message to send, or undefined when all is sent. */
  take(): MediaMessage | undefined
  /** The link broke: begin again at the newest keyframe that was sent, with the newest reports first. */
  rewind(): void
  clear(): void
  /** Pictures dropped since the start because the link was too slow. */
  droppedPictures(): number
  /** No keyframe is left to go on from: one should be asked for. */
  needsKeyframe(): boolean
}

/** Held at most for a slow or broken link, in bytes. @default 16777216 */
export const DEFAULT_SPOOL_BYTES = 16_777_216
/** Held at most for a slow or broken link, in pictures (10 s at 30 a second). @default 300 */
export const DEFAULT_SPOOL_PICTURES = 300
/** Packets of 1200 bytes that fit one message with room to spare. */
const MESSAGE_PACKETS = 150

interface Item {
  readonly messages: MediaMessage[]
  readonly bytes: number
  readonly keyframe: boolean
  readonly video: boolean
}

/** Sent items are kept from the newest sent keyframe on, so that after a break the next node can begin there. */
export function packetSpool(init: { maxBytes?: number; maxPictures?: number } = {}): PacketSpool {
  const { maxBytes = DEFAULT_SPOOL_BYTES, maxPictures = DEFAULT_SPOOL_PICTURES } = init
  let items: Item[] = []
  let cursor = 0
  let pending: MediaMessage[] = []
  let dropped = 0
  let awaitingKeyframe = true
  const reports = new Map<number, TrackReport>()

  function dropOldest(): void {
    const next = items.findIndex((item, i) => i > cursor && item.keyframe)
    const end = next === -1 ? items.length : next
    dropped += items.slice(cursor, end).filter((item) => item.video).length
    items = items.slice(end)
    cursor = 0
    if (next === -1) awaitingKeyframe = true
  }

  function tooMuch(): boolean {
    let bytes = 0
    let pictures = 0
    for (let i = cursor; i < items.length; i++) {
      bytes += (items[i] as Item).bytes
      if ((items[i] as Item).video) pictures++
    }
    return bytes > maxBytes || pictures > maxPictures
  }

  return {
    push(group) {
      if (awaitingKeyframe && !group.keyframe) {
        if (group.video) dropped++
        return
      }
      awaitingKeyframe = false
      items.push(itemOf(group))
      while (tooMuch()) dropOldest()
    },
    report(report) {
      reports.set(report.track, report)
      if (!awaitingKeyframe) items.push({ messages: [{ report }], bytes: 0, keyframe: false, video: false })
    },
    take() {
      if (pending.length > 0) return pending.shift()
      const item = items[cursor]
      if (item === undefined) return undefined
      if (item.keyframe) {
        items = items.slice(cursor)
        cursor = 0
      }
      cursor++
      if (cursor > maxPictures * 4) { // a source without keyframes: what was sent cannot be begun at anyway
        items = items.slice(cursor)
        cursor = 0
      }
      pending = [...item.messages]
      return pending.shift()
    },
    rewind() {
      cursor = items[0]?.keyframe === true ? 0 : items.findIndex((item) => item.keyframe)
      if (cursor === -1) {
        items = []
        cursor = 0
        awaitingKeyframe = true
      }
      pending = [...reports.values()].map((report) => ({ report }))
    },
    clear() {
      items = []
      pending = []
      cursor = 0
      awaitingKeyframe = true
      reports.clear()
    },
    droppedPictures: () => dropped,
    needsKeyframe: () => awaitingKeyframe
  }
}

function itemOf(group: PacketGroup): Item {
  const messages: MediaMessage[] = []
  for (let at = 0; at < group.packets.length; at += MESSAGE_PACKETS) messages.push({ packets: { packets: group.packets.slice(at, at + MESSAGE_PACKETS) } })
  return { messages, bytes: group.packets.reduce((sum, packet) => sum + packet.rtp.length, 0), keyframe: group.keyframe, video: group.video }
}
