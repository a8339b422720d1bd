import type { LiveCamera } from '../live/live-camera.ts'
import type { LivePacket } from '../live/live-packet.ts'
import type { PacketSink } from '../live/track-reader.ts'

/** Held of one camera, at most, in bytes: 60 s at 8 Mbit/s; of more, the newest. @default 67108864 */
export const MAX_PRE_ROLL_BYTES = 64 * 1024 ** 2
/** What is older than asked is let go of in strides of so many packets. */
const STRIDE = 256

/** The newest packets of a camera, held so that a recording can begin in the past. */
export interface PreRoll {
  /** Those that came since then (`performance.now()`), in their order. */
  since(ms: number): readonly LivePacket[]
}

/** How often it is asked how much is to be held, in ms. */
const ASK_EVERY_MS = 500

/** `holdMs` 0 holds nothing. */
export function createPreRoll({ camera, holdMs, maxBytes = MAX_PRE_ROLL_BYTES }: { camera: Pick<LiveCamera, 'add'>; holdMs: () => number; maxBytes?: number }): PreRoll {
  let held: LivePacket[] = []
  let bytes = 0
  let asked = { atMs: -Infinity, ms: 0 }

  function letGo(beforeMs: number): void {
    let count = 0
    while (count < held.length && (held[count]!.arrivedMs < beforeMs || bytes > maxBytes)) bytes -= held[count++]!.bytes.byteLength
    held = held.slice(count)
  }

  const sink: PacketSink = {
    write(packet) {
      if (packet.arrivedMs - asked.atMs > ASK_EVERY_MS) asked = { atMs: packet.arrivedMs, ms: holdMs() }
      const { ms } = asked
      if (ms <= 0) return void (held.length > 0 && letGo(Infinity))
      held.push(packet)
      bytes += packet.bytes.byteLength
      if (bytes > maxBytes || (held.length % STRIDE === 0 && held[0]!.arrivedMs < packet.arrivedMs - ms)) letGo(packet.arrivedMs - ms)
    },
    report() {},
    ended() { letGo(Infinity) }
  }
  camera.add(sink)
  return { since: (ms) => held.filter(({ arrivedMs }) => arrivedMs >= ms) }
}
