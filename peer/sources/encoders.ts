import { Encoder } from 'node-av/api'
import { FFmpegError, type Frame, Packet, Rational } from 'node-av/lib'
import { AV_PICTURE_TYPE_I, FF_ENCODER_LIBOPUS, FF_ENCODER_LIBX264 } from 'node-av/constants'
import { splitAnnexB } from '#protocols/rtp/h264.ts'
import { codecOptions } from '#ring/base/codec-options.ts'

/** Samples per Opus packet: 20 ms at 48 kHz. */
export const OPUS_FRAME_SAMPLES = 960
const SAMPLE_RATE = 48_000
/** Bits per second of sound. @default 96000 */
export const AUDIO_BITS = 96_000

export interface VideoEncoder {
  /** yuv420p; its pts, in its time base, comes back in seconds. The frame is freed. @throws Error when it is of another size than the first: x264 would cut it, or read beyond it */
  encode(frame: Frame): Array<{ nals: Uint8Array[]; seconds: number }>
  /** Make the next frame a keyframe. */
  requestKeyframe(): void
  close(): void
}

/** Bits per second for a picture this large: 2 Mbit/s at 1280x720x30. */
export function videoBits(width: number, height: number, fps: number): number {
  return Math.round(Math.max(400_000, Math.min(6_000_000, (width * height * Math.min(fps, 60) * 2_000_000) / (1280 * 720 * 30))))
}

/** x264 without delay: constrained baseline, no B-frames, a bounded buffer so that no picture floods the link. */
export function videoEncoder(init: { bitsPerSecond: number; gop: number; fps: number }): VideoEncoder {
  const { bitsPerSecond, gop, fps } = init
  const encoder = Encoder.createSync(FF_ENCODER_LIBX264, {
    context: { bitRate: bitsPerSecond, rcMaxRate: bitsPerSecond, rcBufferSize: Math.round(bitsPerSecond / 2), gopSize: gop, maxBFrames: 0, threadCount: 1, framerate: new Rational(Math.round(fps), 1) },
    configure: codecOptions({ preset: 'ultrafast', tune: 'zerolatency', profile: 'baseline', 'forced-idr': true, 'x264-params': `scenecut=0:keyint=${gop}` })
  })
  let key = false
  let size: string | undefined
  return {
    encode(frame) {
      const now = `${frame.width}x${frame.height}`
      size ??= now
      if (now !== size) {
        frame.free()
        throw new Error(`its picture's format changed from ${size} to ${now}: it is opened anew`)
      }
      const forced = key && encoder.isEncoderInitialized
      if (forced) key = false
      return encoded(encoder, frame, forced, (data, seconds) => ({ nals: splitAnnexB(data), seconds }))
    },
    requestKeyframe: () => { key = true },
    close: () => encoder.close()
  }
}

export interface AudioEncoder {
  /** Signed 16 bit, 48 kHz, stereo, OPUS_FRAME_SAMPLES long. The frame is freed. */
  encode(frame: Frame): Array<{ packet: Uint8Array; seconds: number }>
  close(): void
}

/** Opus at 48 kHz stereo in packets of 20 ms. */
export function audioEncoder(): AudioEncoder {
  const encoder = Encoder.createSync(FF_ENCODER_LIBOPUS, { context: { bitRate: AUDIO_BITS }, configure: codecOptions({ application: 'lowdelay', frame_duration: 20 }) })
  let count = 0
  return {
    encode(frame) {
      // the library counts samples from zero and forgets the frames' own times: each packet is given its frame's again
      const shift = secondsOf(frame) - (count++ * OPUS_FRAME_SAMPLES) / SAMPLE_RATE
      return encoded(encoder, frame, false, (packet, seconds) => ({ packet, seconds: seconds + shift }))
    },
    close: () => encoder.close()
  }
}

function secondsOf({ pts, timeBase }: Frame): number {
  return (Number(pts) * timeBase.num) / timeBase.den
}

function encoded<T>(encoder: Encoder, frame: Frame, keyframe: boolean, take: (data: Uint8Array, seconds: number) => T): T[] {
  try {
    return (keyframe ? encodeKeyframe(encoder, frame) : encoder.encodeAllSync(frame)).map((packet) => {
      try {
        const { num, den } = packet.timeBase
        return take(new Uint8Array(packet.data ?? []), (Number(packet.pts) * num) / den)
      } finally {
        packet.free()
      }
    })
  } finally {
    frame.free()
  }
}

/** The encoder's own send clears the picture type, so a keyframe is given to its codec directly. */
function encodeKeyframe(encoder: Encoder, frame: Frame): Packet[] {
  frame.pictType = AV_PICTURE_TYPE_I
  FFmpegError.throwIfError(encoder.getCodecContext()?.sendFrameSync(frame) ?? 0, 'keyframe')
  const packets: Packet[] = []
  for (let packet = encoder.receiveSync(); packet instanceof Packet; packet = encoder.receiveSync()) packets.push(packet)
  return packets
}
