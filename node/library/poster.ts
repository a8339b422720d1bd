import { AVCOL_TRC_ARIB_STD_B67, AVCOL_TRC_SMPTE2084, AVMEDIA_TYPE_AUDIO, AV_PIX_FMT_RGB24, FF_ENCODER_MJPEG } from 'node-av/constants'
import { Encoder, FilterAPI } from 'node-av/api'
import { Frame, Packet, type Stream } from 'node-av/lib'
import { openDecoder, type MediaFile } from './media-file.ts'
import { POSTER_PIXELS } from './poster-pixels.ts'
import { drawWaveform, waveform, WAVEFORM_HEIGHT, WAVEFORM_WIDTH } from './waveform.ts'

/** Where in the film the poster is taken, as a share of its length: the first frames are often black. @default 0.1 */
export const POSTER_AT = 0.1
/** JPEG quality of posters, FFmpeg's scale (2 best, 31 worst). @default 4 */
export const POSTER_QUALITY = 4
/** Packets read in search of a decodable frame. @default 2000 */
export const POSTER_PACKETS = 2_000
/** Frames decoded on the way from a keyframe to the wanted moment. @default 60 */
export const POSTER_FRAMES = 60
/** Audio that is looked at for a waveform, in seconds. @default 600 */
export const WAVEFORM_SECONDS = 600

/** Filters that turn a picture upright, by the degrees its container asks for. */
export const TURNS: Readonly<Record<number, string>> = { 90: 'transpose=clock,', 180: 'hflip,vflip,', 270: 'transpose=cclock,' }

/** What screens without HDR can show of an HDR picture. */
export const TONE_FILTER = 'format=yuv420p10le,tonemapx=tonemap=bt2390:desat=0:p=bt709:t=bt709:m=bt709:range=tv:format=yuv420p,'

/** In front of other filters, for pictures of PQ and HLG; nothing for all others. */
export const toneOf = (frame: Frame): string => frame.colorTrc === AVCOL_TRC_SMPTE2084 || frame.colorTrc === AVCOL_TRC_ARIB_STD_B67 ? TONE_FILTER : ''

/** A JPEG of a frame, upright and in square pixels, at most so many pixels wide and high. `turn` is the rotation the container asks for, in degrees. */
export function posterOfFrame(frame: Frame, turn: number, pixels = POSTER_PIXELS): Buffer {
  const square = 'scale=w=trunc(iw*if(sar\\,sar\\,1)/2)*2:h=ih,setsar=1,'
  const fit = `scale=w=${pixels}:h=${pixels}:force_original_aspect_ratio=decrease:force_divisible_by=2`
  const small = frame.width <= pixels && frame.height <= pixels ? 'scale=w=max(trunc(iw/2)*2\\,2):h=max(trunc(ih/2)*2\\,2)' : fit
  return jpeg(frame, `${toneOf(frame)}${square}${TURNS[turn] ?? ''}${small}`)
}

/** The first frame that decodes from `POSTER_AT` on, else from the start; undefined when none does. */
export function posterOfVideo(media: MediaFile, durationSeconds: number, turn: number, pixels = POSTER_PIXELS): Buffer | undefined {
  const { video } = media
  if (video === undefined) return undefined
  const wanted = durationSeconds * POSTER_AT
  return (media.seek(wanted) ? posterFrom(media, video, wanted, turn, pixels) : undefined) ?? (media.seek(0) ? posterFrom(media, video, 0, turn, pixels) : undefined)
}

function posterFrom(media: MediaFile, video: Stream, wanted: number, turn: number, pixels: number): Buffer | undefined {
  const start = media.format.startTime > 0n ? Number(media.format.startTime) / 1e6 : 0
  const wantedPts = ((wanted + start) * video.timeBase.den) / video.timeBase.num
  let frames = 0
  const decoder = openDecoder(video)
  const packet = new Packet()
  packet.alloc()
  try {
    for (let count = 0; count < POSTER_PACKETS; count++) {
      const more = media.read(packet)
      if (more && packet.streamIndex !== video.index) continue
      for (const frame of decoder.decode(more ? packet : null)) {
        if (Number(frame.pts) >= wantedPts || ++frames >= POSTER_FRAMES) return posterOfFrame(frame, turn, pixels)
      }
      if (!more) break
    }
    return undefined
  } catch {
    return undefined // a picture for the grid is worth having, not worth refusing a file for
  } finally {
    packet.free()
    decoder.close()
  }
}

/** A drawing of the sound's level over time. */
export function posterOfAudio(media: MediaFile, durationSeconds: number): Buffer | undefined {
  const { audio } = media
  if (audio === undefined || audio.codecpar.codecType !== AVMEDIA_TYPE_AUDIO || !media.seek(0)) return undefined
  const peaks = waveform(media, audio, Math.min(durationSeconds, WAVEFORM_SECONDS))
  const frame = Frame.fromVideoBuffer(drawWaveform(peaks), { width: WAVEFORM_WIDTH, height: WAVEFORM_HEIGHT, format: AV_PIX_FMT_RGB24, pts: 0n, timeBase: { num: 1, den: 25 } })
  try {
    return jpeg(frame, 'null')
  } finally {
    frame.free()
  }
}

/** The frame as a JPEG, after `filters` of FFmpeg. */
export function jpeg(frame: Frame, filters: string): Buffer {
  const graph = FilterAPI.create(`${filters},format=yuvj420p`)
  frame.timeBase = { num: 1, den: 25 } as Frame['timeBase']
  try {
    const scaled = graph.processAllSync(frame)
    for (const last of graph.flushFramesSync()) scaled.push(last)
    const [picture] = scaled
    if (picture === undefined) throw new Error('the filter gave no picture')
    const bytes = Encoder.encodeOneSync(FF_ENCODER_MJPEG, picture, { context: { qMin: POSTER_QUALITY, qMax: POSTER_QUALITY } })
    for (const each of scaled) each.free()
    return bytes
  } finally {
    graph.close()
  }
}
