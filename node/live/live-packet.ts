import type { Track } from '#protocols/media.ts'
import { MAX_ACCEPTED_RTP_BYTES } from '#protocols/media.ts'
import { InvalidMessageError } from '#protocols/errors.ts'
import { parseRtp, type RtpPacket, unwrapper } from '#protocols/rtp/packet.ts'
import { beginsKeyframe } from '#protocols/rtp/video-codecs.ts'

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
  /** Belongs to a picture a decoder can start from: its first packet, or one of its parameter sets. */
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
      key: track.codec !== 'opus' && beginsKeyframe(track.codec, rtp.payload)
    }
  }
}
