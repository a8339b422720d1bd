import { Decoder, FilterAPI } from 'node-av/api'
import { type Packet, Rational, type Stream } from 'node-av/lib'
import { AV_CODEC_ID_H264, AV_NOPTS_VALUE } from 'node-av/constants'
import { isKeyframe, NAL, nalType, splitAnnexB, splitAvcc } from '#protocols/rtp/h264.ts'
import type { Encoding } from './camera-source.ts'
import { NeedsTranscodeError } from './capture.ts'
import { videoBits, videoEncoder, type VideoEncoder } from './encoders.ts'
import type { TrackWriter } from './track-writer.ts'

/** What is done with the packets of one stream of an input. `shift` (seconds) is added to their times. */
export interface StreamPath {
  write(packet: Packet, shift: number): void
  close(): void
}

/** Wider pictures are made smaller when they have to be encoded, in pixels. @default 1280 */
export const MAX_ENCODED_WIDTH = 1_280

export function isH264(stream: Stream): boolean {
  return stream.codecpar.codecId === AV_CODEC_ID_H264
}

/** Seconds of a packet's presentation, or undefined when it has no time. */
export function ptsSeconds(packet: Packet, stream: Stream): number | undefined {
  return packet.pts === AV_NOPTS_VALUE ? undefined : (Number(packet.pts) * stream.timeBase.num) / stream.timeBase.den
}

/** H.264 as it is: from length-prefixed or Annex-B packets, parameter sets before each keyframe. */
export function passVideo(stream: Stream, writer: TrackWriter): StreamPath {
  const { split, parameters } = bitstreamOf(stream.codecpar.extradata)
  let last = -Infinity
  return {
    write(packet, shift) {
      const at = ptsSeconds(packet, stream)
      if (at === undefined || packet.data === null) return
      if (at + shift < last) throw new NeedsTranscodeError('the stream has B-frames, which live viewers cannot show: it is encoded anew')
      last = at + shift
      const nals = split(new Uint8Array(packet.data))
      const bare = isKeyframe(nals) && !nals.some((nal) => nalType(nal) === NAL.sps)
      writer.video(bare ? [...parameters, ...nals] : nals, at + shift)
    },
    close() {}
  }
}

interface Bitstream { split: (bytes: Uint8Array) => Uint8Array[]; parameters: Uint8Array[] }

/** avcC (ISO 14496-15 section 5.3.3.1) or Annex-B parameter sets. */
function bitstreamOf(extradata: Uint8Array | null): Bitstream {
  if (extradata === null || extradata[0] !== 1 || extradata.length < 7) return { split: splitAnnexB, parameters: extradata === null ? [] : splitAnnexB(extradata).map((nal) => nal.slice()) }
  const lengthBytes = ([1, 2, 4, 4] as const)[(extradata[4] as number) & 3] ?? 4
  const parameters: Uint8Array[] = []
  let at = 5
  for (const mask of [0x1f, 0xff]) {
    const count = (extradata[at++] ?? 0) & mask
    for (let i = 0; i < count && at + 2 <= extradata.length; i++) {
      const length = ((extradata[at] as number) << 8) | (extradata[at + 1] as number)
      parameters.push(extradata.slice(at + 2, at + 2 + length))
      at += 2 + length
    }
  }
  return { split: (bytes) => splitAvcc(bytes, lengthBytes), parameters }
}

/** Decodes whatever it is and encodes it as H.264; `encoder` outlives the path so that a looping file has one stream. */
export function encodeVideo(stream: Stream, writer: TrackWriter, { encoder, encoding }: { encoder: VideoEncoder; encoding: Encoding }): StreamPath {
  const decoder = Decoder.createSync(stream)
  const filter = FilterAPI.create(filterFor(encoding))
  let last = -Infinity
  return {
    write(packet, shift) {
      for (const decoded of decoder.decodeAllSync(packet)) {
        const frames = filter.processAllSync(decoded)
        decoded.free()
        for (const frame of frames) {
          const seconds = (Number(frame.pts) * frame.timeBase.num) / frame.timeBase.den + shift
          if (frame.pts === AV_NOPTS_VALUE || seconds <= last) {
            frame.free()
            continue
          }
          last = seconds
          frame.timeBase = new Rational(1, 90_000)
          frame.pts = BigInt(Math.round(seconds * 90_000))
          for (const unit of encoder.encode(frame)) writer.video(unit.nals, unit.seconds)
        }
      }
    },
    close() {
      decoder.close()
      filter.close()
    }
  }
}

function filterFor({ width, height, fps }: Encoding): string {
  const size = width === undefined && height === undefined ? `w='trunc(min(${MAX_ENCODED_WIDTH},iw)/2)*2':h=-2` : `w=${width ?? -2}:h=${height ?? -2}`
  return `${fps === undefined ? '' : `fps=${fps},`}scale=${size},format=yuv420p`
}

/** An encoder fit for this stream, a keyframe each second. */
export function encoderFor(stream: Stream, encoding: Encoding = {}): VideoEncoder {
  const { num, den } = stream.avgFrameRate
  const fps = encoding.fps ?? (den > 0 && num > 0 ? Math.min(60, num / den) : 30)
  const width = encoding.width ?? Math.min(MAX_ENCODED_WIDTH, stream.codecpar.width)
  const height = encoding.height ?? (stream.codecpar.height * width) / stream.codecpar.width
  return videoEncoder({ bitsPerSecond: encoding.bitsPerSecond ?? videoBits(width, height, fps), gop: Math.max(1, Math.round(fps)), fps })
}
