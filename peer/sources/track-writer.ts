import type { Track } from '#protocols/media.ts'
import { buildRtp } from '#protocols/rtp/packet.ts'
import { type Bitstream, H264 } from './bitstream.ts'
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
export function trackWriter(emit: (event: SourceEvent) => void, hasAudio: boolean, kind: Bitstream = H264): TrackWriter {
  const clock = mediaClock()
  const packetiser = kind.packetiser()
  let announced = false
  let parameters: Uint8Array[] = []
  let audioSequence = 0
  let reportedAt = -Infinity

  function announce(nals: readonly Uint8Array[]): boolean {
    const picture = kind.track(nals)
    if (picture === undefined) return false
    emit({ type: 'tracks', tracks: tracksOf(picture, hasAudio) })
    announced = true
    return true
  }

  /** Every keyframe carries its parameter sets: a reader may begin at any of them. */
  function withParameters(nals: readonly Uint8Array[]): readonly Uint8Array[] {
    const own = nals.filter(kind.isParameterSet)
    if (own.length > 0) parameters = own.length > 1 ? own : [...parameters.filter((nal) => kind.typeOf(nal) !== kind.typeOf(own[0] as Uint8Array)), ...own]
    return kind.isKeyframe(nals) && own.length === 0 ? [...parameters, ...nals] : nals
  }

  return {
    observe: (seconds, nowMs) => clock.observe(seconds * 1_000, nowMs),
    video(bare, seconds) {
      const nals = withParameters(bare).filter((nal) => !kind.isDelimiter(nal))
      const keyframe = kind.isKeyframe(nals)
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

const modulo = (value: number): number => ((value % 2 ** 32) + 2 ** 32) % 2 ** 32

function tracksOf(picture: Pick<Track, 'codec' | 'width' | 'height' | 'fmtp'>, hasAudio: boolean): Track[] {
  const video: Track = { index: VIDEO_TRACK, kind: 'video', clockRate: VIDEO_RATE, channels: 0, ...picture }
  const audio: Track = { index: AUDIO_TRACK, kind: 'audio', codec: 'opus', clockRate: AUDIO_RATE, channels: 2, width: 0, height: 0, fmtp: 'minptime=10;useinbandfec=1;sprop-stereo=1;stereo=1' }
  return hasAudio ? [video, audio] : [video]
}
