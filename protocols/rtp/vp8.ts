/** VP8 over RTP (RFC 7741) and as far as its frames say what they are (RFC 6386 section 9.1). No I/O, runs anywhere. */
import { InvalidMessageError } from '../errors.ts'
import { concat, type PayloadReader } from './depacketiser.ts'

/** Bytes of the payload descriptor (RFC 7741 section 4.2). */
function descriptorBytes(payload: Uint8Array): number {
  if ((payload[0]! & 0x80) === 0) return 1
  const flags = payload[1] ?? 0
  const picture = (flags & 0x80) === 0 ? 0 : ((payload[2] ?? 0) & 0x80) === 0 ? 1 : 2
  return 2 + picture + ((flags & 0x40) === 0 ? 0 : 1) + ((flags & 0x30) === 0 ? 0 : 1)
}

/** S bit, and partition 0. */
const startsFrame = (payload: Uint8Array): boolean => (payload[0]! & 0x17) === 0x10

/** The first packet of a frame that needs no other. */
export function beginsVp8Keyframe(payload: Uint8Array): boolean {
  return startsFrame(payload) && ((payload[descriptorBytes(payload)] ?? 1) & 1) === 0
}

export function vp8Payloads(): PayloadReader {
  return {
    read(payload, unit) {
      const frame = payload.subarray(descriptorBytes(payload))
      if (frame.length === 0 || (unit.nals.length === 0) !== startsFrame(payload)) unit.damaged = true
      unit.nals.push(frame)
    },
    abandon: () => false,
    startsPicture: startsFrame,
    isKeyframe: ([frame]) => ((frame?.[0] ?? 1) & 1) === 0,
    join: (parts) => [concat(parts)]
  }
}

/** Pixels of a keyframe, without scaling. @throws InvalidMessageError when it is none */
export function parseVp8Keyframe(frame: Uint8Array): { width: number; height: number; profile: number } {
  if (frame.length < 10 || (frame[0]! & 1) !== 0 || frame[3] !== 0x9d || frame[4] !== 0x01 || frame[5] !== 0x2a) throw new InvalidMessageError('VP8: not a keyframe')
  const [width, height] = [(frame[6]! | frame[7]! << 8) & 0x3fff, (frame[8]! | frame[9]! << 8) & 0x3fff]
  if (width === 0 || height === 0) throw new InvalidMessageError('VP8: a picture without pixels')
  return { width, height, profile: (frame[0]! >> 1) & 7 }
}
