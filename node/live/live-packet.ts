import type { Track } from '#protocols/media.ts'
import { MAX_ACCEPTED_RTP_BYTES } from '#protocols/media.ts'
import { InvalidMessageError } from '#protocols/errors.ts'
import { NAL, nalType } from '#protocols/rtp/h264.ts'
import { parseRtp, type RtpPacket, unwrapper } from '#protocols/rtp/packet.ts'

/** One RTP packet of a live camera, read once for all its readers. */
export interface LivePacket {
  readonly track: Track
  /** As it came; `payload` is a view on `bytes`. */
  readonly rtp: RtpPacket
  /** The whole packet, a copy of its own. */
  readonly bytes: Uint8Array
  /** Sequence number, unwrapped: it does not fall back to 0 (RFC 3550 section 5.1). Never negative. */
  readonly sequence: number
  /** RTP time, unwrapped, in units of the track's clock rate. Never negative. */
  readonly timestamp: number
  /** Belongs to a picture a decoder can start from: parameter sets or an IDR slice begin here. */
  readonly key: boolean
  /** Monotonic milliseconds (`performance.now()`) at which it came. */
  readonly arrivedMs: number
}

/** Reads the packets of one track. @throws InvalidMessageError when the bytes are not an RTP packet of this protocol */
export function packetReader(track: Track): (bytes: Uint8Array, arrivedMs: number) => LivePacket {
  const sequence = unwrapper(16)
  const timestamp = unwrapper(32)
  return (bytes, arrivedMs) => {
    if (bytes.byteLength > MAX_ACCEPTED_RTP_BYTES) throw new InvalidMessageError(`RTP packet of ${bytes.byteLength} bytes; at most ${MAX_ACCEPTED_RTP_BYTES} travel`)
    const own = new Uint8Array(bytes) // the message it came in is not ours to keep
    const rtp = parseRtp(own)
    return {
      track, rtp, bytes: own, arrivedMs,
      sequence: sequence(rtp.sequence) + 2 ** 16, // room to step back from the very first
      timestamp: timestamp(rtp.timestamp) + 2 ** 32,
      key: track.kind === 'video' && beginsKeyframe(rtp.payload)
    }
  }
}

/** RFC 6184 section 5: parameter sets or the first piece of an IDR slice. */
function beginsKeyframe(payload: Uint8Array): boolean {
  const type = nalType(payload)
  if (type === NAL.fuA) return (payload[1]! & 0x80) !== 0 && (payload[1]! & 0x1f) === NAL.idr
  if (type !== NAL.stapA) return type === NAL.idr || type === NAL.sps
  for (let at = 1; at + 2 < payload.length; at += 2 + ((payload[at]! << 8) | payload[at + 1]!)) {
    const inner = payload[at + 2]! & 0x1f
    if (inner === NAL.idr || inner === NAL.sps) return true
  }
  return false
}
