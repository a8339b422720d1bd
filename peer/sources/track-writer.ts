import { InvalidMessageError } from '#protocols/errors.ts'
import type { Track } from '#protocols/media.ts'
import { h264Packetiser, isKeyframe, NAL, nalType } from '#protocols/rtp/h264.ts'
import { parseSps } from '#protocols/rtp/h264-sps.ts'
import { buildRtp } from '#protocols/rtp/packet.ts'
import { AUDIO_TRACK, VIDEO_TRACK, type SourceEvent } from './camera-source.ts'
import { mediaClock } from './media-clock.ts'

/** Where a capture puts what it captured: RTP and reports come out as events. Times are seconds of the source's own clock. */
export interface TrackWriter {
  /** One coded picture; those before the first keyframe are dropped. */
  video(nals: readonly Uint8Array[], seconds: number): void
  /** One Opus packet. */
  audio(packet: Uint8Array, seconds: number): void
  /** What is captured at `seconds` was here at `nowMs`. */
  observe(seconds: number, nowMs: number): void
}

/** A report per track at least this often, in ms. @default 500 */
export const REPORT_EVERY_MS = 500

const VIDEO_RATE = 90_000
const AUDIO_RATE = 48_000
const AUDIO_PAYLOAD_TYPE = 111

/** @param hasAudio whether a sound track is announced beside the picture */
export function trackWriter(emit: (event: SourceEvent) => void, hasAudio: boolean): TrackWriter {
  const clock = mediaClock()
  const packetiser = h264Packetiser()
  let announced = false
  let parameters: Uint8Array[] = []
  let audioSequence = 0
  let reportedAt = -Infinity

  function announce(nals: readonly Uint8Array[]): boolean {
    const sps = nals.find((nal) => nalType(nal) === NAL.sps)
    if (sps === undefined) return false
    emit({ type: 'tracks', tracks: tracksOf(sps, hasAudio) })
    announced = true
    return true
  }

  /** Every keyframe carries its parameter sets: a reader may begin at any of them. */
  function withParameters(nals: readonly Uint8Array[]): readonly Uint8Array[] {
    const own = nals.filter(isParameter)
    if (own.length > 0) parameters = own.length > 1 ? own : [...parameters.filter((nal) => nalType(nal) !== nalType(own[0] as Uint8Array)), ...own]
    return isKeyframe(nals) && own.length === 0 ? [...parameters, ...nals] : nals
  }

  return {
    observe: (seconds, nowMs) => clock.observe(seconds * 1_000, nowMs),
    video(bare, seconds) {
      const nals = withParameters(bare).filter((nal) => nalType(nal) !== NAL.delimiter)
      const keyframe = isKeyframe(nals)
      if (!announced && !(keyframe && announce(nals))) return
      const packets = packetiser.packets(nals, Math.round(seconds * VIDEO_RATE)).map((rtp) => ({ track: VIDEO_TRACK, rtp }))
      if (seconds - reportedAt >= REPORT_EVERY_MS / 1_000 || seconds < reportedAt) {
        report(seconds)
        reportedAt = seconds
      }
      emit({ type: 'packets', group: { packets, keyframe, video: true } })
    },
    audio(packet, seconds) {
      if (!announced) return
      const timestamp = modulo(Math.round(seconds * AUDIO_RATE))
      const rtp = buildRtp({ marker: false, payloadType: AUDIO_PAYLOAD_TYPE, sequence: audioSequence++, timestamp, ssrc: 1 }, packet)
      emit({ type: 'packets', group: { packets: [{ track: AUDIO_TRACK, rtp }], keyframe: false, video: false } })
    }
  }

  function report(seconds: number): void {
    const wallMs = clock.wallOf(seconds * 1_000)
    emit({ type: 'report', report: { track: VIDEO_TRACK, wallMs, rtp: modulo(Math.round(seconds * VIDEO_RATE)) } })
    if (hasAudio) emit({ type: 'report', report: { track: AUDIO_TRACK, wallMs, rtp: modulo(Math.round(seconds * AUDIO_RATE)) } })
  }
}

const isParameter = (nal: Uint8Array): boolean => nalType(nal) === NAL.sps || nalType(nal) === NAL.pps
const modulo = (value: number): number => ((value % 2 ** 32) + 2 ** 32) % 2 ** 32

function tracksOf(sps: Uint8Array, hasAudio: boolean): Track[] {
  const { width, height, profileLevelId } = sizeOf(sps)
  const video: Track = {
    index: VIDEO_TRACK, kind: 'video', codec: 'H264', clockRate: VIDEO_RATE, channels: 0, width, height,
    fmtp: `level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=${profileLevelId}`
  }
  const audio: Track = { index: AUDIO_TRACK, kind: 'audio', codec: 'opus', clockRate: AUDIO_RATE, channels: 2, width: 0, height: 0, fmtp: 'minptime=10;useinbandfec=1;sprop-stereo=1;stereo=1' }
  return hasAudio ? [video, audio] : [video]
}

function sizeOf(sps: Uint8Array): { width: number; height: number; profileLevelId: string } {
  try {
    return parseSps(sps)
  } catch (err) {
    if (!(err instanceof InvalidMessageError)) throw err
    return { width: 0, height: 0, profileLevelId: '42e01f' } // a camera's odd parameter set: a decoder may still like it
  }
}
