import { Decoder, FilterAPI } from 'node-av/api'
import { type Packet, Rational, type Stream } from 'node-av/lib'
import { AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_NOPTS_VALUE } from 'node-av/constants'
import { type Bitstream, H264, H265, unitsOf } from './bitstream.ts'
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

export const isH264 = ({ codecpar }: Pick<Stream, 'codecpar'>): boolean => codecpar.codecId === AV_CODEC_ID_H264

/** What a stream may be passed on as; undefined when it has to be encoded. */
export function passable(stream: Pick<Stream, 'codecpar'>, keepHevc: boolean): Bitstream | undefined {
  if (isH264(stream)) return H264
  return keepHevc && stream.codecpar.codecId === AV_CODEC_ID_HEVC ? H265 : undefined
}

/** Seconds of a packet's presentation, or undefined when it has no time. */
export function ptsSeconds(packet: Packet, stream: Stream): number | undefined {
  return packet.pts === AV_NOPTS_VALUE ? undefined : (Number(packet.pts) * stream.timeBase.num) / stream.timeBase.den
}

/** What a picture comes after the one before, at least, when its time goes back: senders' reports move the time of many cameras a little, in seconds. */
const LEAST_STEP_SECONDS = 0.001

/** Coded pictures as they are: from length-prefixed or Annex-B packets, parameter sets before each keyframe. @throws NeedsTranscodeError for B-frames */
export function passVideo(stream: Stream, writer: TrackWriter, kind: Bitstream): StreamPath {
  const { split, parameters } = unitsOf(kind, stream.codecpar.extradata)
  let last = -Infinity
  let described = parameters
  let inForce = parameters
  function inOrder(seconds: number, nals: readonly Uint8Array[]): number {
    if (seconds >= last) return seconds
    if (kind.mayBeReordered(nals, inForce)) throw new NeedsTranscodeError('the stream has B-frames, which live viewers cannot show: it is encoded anew')
    return last + LEAST_STEP_SECONDS
  }
  return {
    write(packet, shift) {
      const at = ptsSeconds(packet, stream)
      if (at === undefined || packet.data === null) return
      const nals = split(new Uint8Array(packet.data))
      const told = nals.filter(kind.isParameterSet)
      const isUntold = (nal: Uint8Array): boolean => !told.some((own) => kind.typeOf(own) === kind.typeOf(nal))
      if (told.length > 0) inForce = [...inForce.filter(isUntold), ...told.map((nal) => nal.slice())]
      described = described.filter(isUntold) // what the stream says itself is newer, and the writer repeats it
      last = inOrder(at + shift, nals)
      writer.video(kind.isKeyframe(nals) ? [...described, ...nals] : nals, last)
    },
    close() {}
  }
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

/** What a picture is taken to measure, for the bits it gets, where a stream does not tell before its first keyframe. */
const UNTOLD = { width: MAX_ENCODED_WIDTH, height: MAX_ENCODED_WIDTH * 9 / 16 }

/** An encoder fit for this stream, a keyframe each second. */
export function encoderFor(stream: Stream, encoding: Encoding = {}): VideoEncoder {
  const told = stream.codecpar.width > 0 && stream.codecpar.height > 0 ? stream.codecpar : UNTOLD
  const { num, den } = stream.avgFrameRate
  const fps = encoding.fps ?? (den > 0 && num > 0 ? Math.min(60, num / den) : 30)
  const width = encoding.width ?? Math.min(MAX_ENCODED_WIDTH, told.width)
  const height = encoding.height ?? (told.height * width) / told.width
  return videoEncoder({ bitsPerSecond: encoding.bitsPerSecond ?? videoBits(width, height, fps), gop: Math.max(1, Math.round(fps)), fps })
}
