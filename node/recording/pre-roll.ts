import type { LiveCamera } from '../live/live-camera.ts'
import type { LivePacket } from '../live/live-packet.ts'
import type { PacketSink } from '../live/track-reader.ts'

/** Held of one camera, at most, in bytes: 60 s at 8 Mbit/s; of more, the newest. @default 67108864 */
export const MAX_PRE_ROLL_BYTES = 64 * 1024 ** 2
/** A recording begins with a keyframe: what is held reaches this much further back at most, in ms, to the one before. @default 30000 */
export const MAX_GROUP_MS = 30_000
/** What is older than asked is let go of in strides of so many packets. */
const STRIDE = 256
/** Where too many bytes are held, so much of what fits is kept: not every packet is to move all others. */
const ROOM_LEFT = 0.95

/** The newest packets of a camera, held so that a recording can begin in the past. */
export interface PreRoll {
  /** Those that came since then (`performance.now()`), in their order, from the keyframe before it on, but none from before `leastMs`. */
  since(ms: number, leastMs?: number): readonly LivePacket[]
}

/** How often it is asked how much is to be held, in ms. */
const ASK_EVERY_MS = 500

/** `holdMs` 0 holds nothing. */
export function createPreRoll({ camera, holdMs, maxBytes = MAX_PRE_ROLL_BYTES }: { camera: Pick<LiveCamera, 'add'>; holdMs: () => number; maxBytes?: number }): PreRoll {
  let held: LivePacket[] = []
  let bytes = 0
  let asked = { atMs: -Infinity, ms: 0 }

  /** Where what is held begins so that a picture of that time can be decoded. */
  function startOf(ms: number, leastMs: number): number {
    const last = held.findLastIndex(({ key, arrivedMs }) => key && arrivedMs <= ms)
    const keyframe = held[last]
    if (keyframe === undefined || keyframe.arrivedMs < leastMs) {
      const next = held.findIndex(({ arrivedMs }) => arrivedMs >= Math.max(ms, leastMs))
      return next < 0 ? held.length : next
    }
    let start = last
    for (let at = last; at >= 0 && held[at]!.arrivedMs >= leastMs; at--) { // it has several packets
      if (held[at]!.track !== keyframe.track) continue
      if (held[at]!.timestamp !== keyframe.timestamp) break
      start = at
    }
    return start
  }

  /** Of the oldest: so many, and more until no more than `mostBytes` are held. */
  function letGo(least: number, mostBytes: number): void {
    let count = 0
    while (count < held.length && (count < least || bytes > mostBytes)) bytes -= held[count++]!.bytes.byteLength
    held = held.slice(count)
  }

  function clear(): void {
    held = []
    bytes = 0
  }

  const sink: PacketSink = {
    write(packet) {
      if (packet.arrivedMs - asked.atMs > ASK_EVERY_MS) asked = { atMs: packet.arrivedMs, ms: holdMs() }
      const { ms } = asked
      if (ms <= 0) return clear()
      held.push(packet)
      bytes += packet.bytes.byteLength
      if (bytes > maxBytes) letGo(0, maxBytes * ROOM_LEFT)
      else if (held.length % STRIDE === 0) letGo(startOf(packet.arrivedMs - ms, packet.arrivedMs - ms - MAX_GROUP_MS), maxBytes)
    },
    report() {},
    ended: clear
  }
  camera.add(sink)
  return { since: (ms, leastMs = -Infinity) => held.slice(startOf(ms, leastMs)) }
}
