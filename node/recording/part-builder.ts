import { type AccessUnit, concat } from '#protocols/rtp/depacketiser.ts'
import { joinAvcc, NAL, nalType } from '#protocols/rtp/h264.ts'
import { NAL265, nalType265 } from '#protocols/rtp/h265.ts'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import { AUDIO_TIMESCALE, AUDIO_TRACK, partSegment, type Sample, VIDEO_TIMESCALE, VIDEO_TRACK } from './fmp4.ts'

/** A part ends with the first picture after this many video ticks. @default 90000 */
export const PART_TICKS = 90_000
/** A part ends at a keyframe when it has at least this many video ticks. @default 45000 */
export const MIN_PART_TICKS = 45_000

/** Sound that begins so many audio ticks before the end of the last is put after it: the rounding of clocks, 5 ms. @default 240 */
export const SOUND_OVERLAP_TICKS = 240

/** A finished part; times in video ticks since the recording's first picture. */
export interface BuiltPart {
  readonly bytes: Buffer
  readonly time: number
  readonly duration: number
  readonly key: boolean
}

interface Picture { bytes: Uint8Array; time: number; key: boolean }
interface Sound { bytes: Uint8Array; time: number; duration: number }

/** Collects pictures and sound of one recording and cuts parts of at most about a second. */
export class PartBuilder {
  readonly #codec: VideoCodec
  #pictures: Picture[] = []
  #sounds: Sound[] = []
  #sequence = 0
  #lastDecode = -1
  #soundEnd = 0

  constructor(codec: VideoCodec) {
    this.#codec = codec
  }

  /** True when a part should be cut before this picture is added. */
  isDue(time: number, key: boolean): boolean {
    const first = this.#pictures[0]
    return first !== undefined && time - first.time >= (key ? MIN_PART_TICKS : PART_TICKS)
  }

  /** `time`: presentation, ticks since the first picture. */
  addPicture(unit: AccessUnit, time: number): void {
    this.#pictures.push({ bytes: sampleOf(this.#codec, unit.nals), time, key: unit.keyframe })
  }

  /** `time` and `duration` in audio ticks; sound before the first picture is left out, and what would lie in sound that is there already. */
  addSound(bytes: Uint8Array, time: number, duration: number): void {
    if (time < 0 || time < this.#soundEnd - SOUND_OVERLAP_TICKS) return
    const at = Math.max(time, this.#soundEnd)
    this.#sounds.push({ bytes, time: at, duration })
    this.#soundEnd = at + duration
  }

  /** Everything so far as a part; `nextTime` is the presentation time of the picture that follows, when there is one. */
  cut(nextTime?: number): BuiltPart | undefined {
    const pictures = this.#pictures
    if (pictures.length === 0) return undefined
    const decode = this.#decodeTimes(pictures, nextTime)
    const end = Math.max(decode.at(-1)! + 1, nextTime ?? decode.at(-1)! + lastStep(decode))
    const video: Sample[] = pictures.map(({ bytes, time, key }, i) => ({ bytes, key, offset: time - decode[i]!, duration: (decode[i + 1] ?? end) - decode[i]! }))
    // at the end of a session sound must not reach into the next one
    const sounds = nextTime === undefined ? this.#sounds.filter(({ time, duration }) => (time + duration) / AUDIO_TIMESCALE <= end / VIDEO_TIMESCALE) : this.#sounds
    const audio: Sample[] = sounds.map(({ bytes, time, duration }, i) => ({ bytes, key: true, offset: 0, duration: (sounds[i + 1]?.time ?? time + duration) - time }))
    this.#pictures = []
    this.#sounds = []
    const bytes = partSegment(++this.#sequence, [
      { track: VIDEO_TRACK, time: decode[0]!, samples: video },
      { track: AUDIO_TRACK, time: sounds[0]?.time ?? 0, samples: audio }
    ])
    return { bytes, time: decode[0]!, duration: end - decode[0]!, key: pictures[0]!.key }
  }

  /** RTP carries presentation times in decoding order; a picture is decoded no later than any that follows it is shown. */
  #decodeTimes(pictures: readonly Picture[], nextTime: number | undefined): number[] {
    const times = Array.from(pictures, ({ time }) => time)
    let earliest = nextTime ?? Infinity
    for (let i = pictures.length - 1; i >= 0; i--) times[i] = earliest = Math.min(earliest, pictures[i]!.time)
    for (let i = 0; i < times.length; i++) this.#lastDecode = times[i] = Math.max(times[i]!, this.#lastDecode + 1)
    return times
  }
}

/** A picture as a file keeps it. */
function sampleOf(codec: VideoCodec, nals: readonly Uint8Array[]): Uint8Array {
  if (codec === 'H264') return joinAvcc(nals.filter((nal) => nalType(nal) !== NAL.delimiter))
  return codec === 'H265' ? joinAvcc(nals.filter((nal) => nalType265(nal) !== NAL265.delimiter)) : concat(nals)
}

const lastStep = (decode: readonly number[]): number => decode.length < 2 ? 3_000 : decode.at(-1)! - decode.at(-2)!
