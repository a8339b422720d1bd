import { setTimeout as sleep } from 'node:timers/promises'
import { Demuxer, DeviceAPI } from 'node-av/api'
import { FF_DECODER_H264, FF_DECODER_MJPEG } from 'node-av/constants'
import type { Packet, Stream } from 'node-av/lib'
import { encodeAudio, isOpus, passAudio } from './audio-path.ts'
import type { Capture } from './capture.ts'
import { audioEncoder, type AudioEncoder, type VideoEncoder } from './encoders.ts'
import type { SourceSpec, TestSpec, V4l2Format, V4l2Spec } from './source-spec.ts'
import { trackWriter, type TrackWriter } from './track-writer.ts'
import { encoderFor, encodeVideo, isH264, passVideo, ptsSeconds, type StreamPath } from './video-path.ts'

/** A camera that sends nothing for this long is given up, in ms. @default 5000 */
export const INPUT_SILENCE_MS = 5_000
/** Frames per second taken from a screen. @default 15 */
export const SCREEN_FPS = 15
/** Packets looked at to see whether a file has B-frames. */
const SCAN_PACKETS = 300
const INPUT_FORMATS = { h264: FF_DECODER_H264, mjpeg: FF_DECODER_MJPEG, raw: undefined }

type InputSpec = Exclude<SourceSpec, TestSpec>

/** Captures anything FFmpeg can read: H.264 and Opus are passed through, the rest is encoded. */
export const captureInput: Capture<InputSpec> = async (spec, context) => {
  const input = await openInput(spec)
  const video = input.video()
  const audio = input.audio()
  if (video === undefined) throw new Error('there is no picture in it')
  const session = createSession(video, audio, context.transcode || !isH264(video) || (spec.kind === 'file' && await hasBFrames(spec)))
  context.onKeyframeRequest(() => session.videoEncoder?.requestKeyframe())
  const writer = trackWriter(context.emit, audio !== undefined)
  try {
    const pace = spec.kind === 'file' ? pacer() : undefined
    let shift = await pump(input, writer, session, { signal: context.signal, shift: 0, pace })
    while (spec.kind === 'file' && !context.signal.aborted) {
      shift = await pump(await openInput(spec), writer, session, { signal: context.signal, shift, pace })
    }
  } finally {
    session.videoEncoder?.close()
    session.audioEncoder?.close()
  }
}

/** The encoders, which go on when a file begins again. */
interface Session {
  readonly videoEncoder: VideoEncoder | undefined
  readonly audioEncoder: AudioEncoder | undefined
}

function createSession(video: Stream, audio: Stream | undefined, encode: boolean): Session {
  return {
    videoEncoder: encode ? encoderFor(video) : undefined,
    audioEncoder: audio !== undefined && !isOpus(audio) ? audioEncoder() : undefined
  }
}

interface PumpOptions {
  signal: AbortSignal
  /** Seconds at which the first picture is to be. */
  shift: number
  /** Holds packets back to real time, where the input does not. */
  pace: ((seconds: number, signal: AbortSignal) => Promise<void>) | undefined
}

/** Move all packets of the input; answers the time (seconds) at which the next input may go on. */
async function pump(input: Demuxer, writer: TrackWriter, session: Session, { signal, shift: startAt, pace }: PumpOptions): Promise<number> {
  const paths = pathsOf(input, writer, session)
  let base: number | undefined
  let end = startAt
  try {
    for await (const packet of input.packets()) {
      if (packet === null || signal.aborted) break
      using _ = packet
      const entry = paths.get(packet.streamIndex)
      const pts = entry && ptsSeconds(packet, entry.stream)
      if (entry === undefined || pts === undefined) continue
      // a stream may begin anywhere and with half a picture: its time starts at its first keyframe
      if (base === undefined && !(entry.video && packet.isKeyframe)) continue
      base ??= pts
      const at = pts - base + startAt
      await pace?.(Math.min(at, dtsSeconds(packet, entry.stream) - base + startAt), signal)
      writer.observe(at, Date.now())
      entry.path.write(packet, startAt - base)
      end = Math.max(end, at + (Number(packet.duration) * entry.stream.timeBase.num) / entry.stream.timeBase.den)
    }
  } finally {
    for (const { path } of paths.values()) path.close()
    await input.close()
  }
  if (end <= startAt) throw new Error('there is no picture in it that can be shown')
  return end
}

/** Holds packets back to real time; zero is the first packet. */
function pacer(): (seconds: number, signal: AbortSignal) => Promise<void> {
  let zero: number | undefined
  return async (seconds, signal) => {
    zero ??= performance.now() - seconds * 1_000
    const wait = zero + seconds * 1_000 - performance.now()
    if (wait > 1) await sleep(wait, undefined, { signal }).catch(() => {})
  }
}

interface PathEntry { readonly path: StreamPath; readonly stream: Stream; readonly video: boolean }

function pathsOf(input: Demuxer, writer: TrackWriter, { videoEncoder, audioEncoder }: Session): Map<number, PathEntry> {
  const paths = new Map<number, PathEntry>()
  const video = input.video() as Stream
  paths.set(video.index, { stream: video, video: true, path: videoEncoder ? encodeVideo(video, writer, videoEncoder) : passVideo(video, writer) })
  const audio = input.audio()
  if (audio !== undefined) paths.set(audio.index, { stream: audio, video: false, path: audioEncoder ? encodeAudio(audio, writer, audioEncoder) : passAudio(audio, writer) })
  return paths
}

function dtsSeconds(packet: Packet, stream: Stream): number {
  const seconds = (Number(packet.dts) * stream.timeBase.num) / stream.timeBase.den
  return seconds < -1e9 ? Infinity : seconds // no dts: the pts decides
}

async function hasBFrames(spec: InputSpec): Promise<boolean> {
  const input = await openInput(spec)
  try {
    const video = input.video() as Stream
    let last = -Infinity
    let count = 0
    for (const packet of input.packetsSync(video.index)) {
      if (packet === null || count++ > SCAN_PACKETS) break
      using _ = packet
      const at = ptsSeconds(packet, video) ?? last
      if (at < last) return true
      last = at
    }
    return false
  } finally {
    await input.close()
  }
}

async function openInput(spec: InputSpec): Promise<Demuxer> {
  try {
    return await openDemuxer(spec)
  } catch (err) {
    if (spec.kind === 'screen') throw new Error(`cannot see the screen of display ${displayOf(spec.display)}: is an X server running there, and may we use it? (${(err as Error).message})`, { cause: err })
    throw err
  }
}

function openDemuxer(spec: InputSpec): Promise<Demuxer> {
  switch (spec.kind) {
    case 'file': return Demuxer.open(spec.path, { copyTs: true })
    case 'rtsp': return Demuxer.open(spec.url, { copyTs: true, options: { rtsp_transport: 'tcp', timeout: INPUT_SILENCE_MS * 1_000, analyzeduration: 2_000_000 } })
    case 'v4l2': return openCamera(spec)
    case 'screen': return DeviceAPI.openScreen({ frameRate: SCREEN_FPS, drawMouse: true, x11grab: { display: displayOf(spec.display) } })
  }
}

/** A camera that sends H.264 is asked for it: nothing has to be encoded here then. */
async function openCamera(spec: V4l2Spec): Promise<Demuxer> {
  const { device, size, fps, format } = spec
  const open = (asked: V4l2Format): Promise<Demuxer> =>
    DeviceAPI.openCamera({ videoDevice: device, ...size, ...(fps && { frameRate: fps }), v4l2: { inputFormat: INPUT_FORMATS[asked] } })
  if (format !== undefined) return open(format)
  return open('h264').catch(() => open('raw'))
}

function displayOf(display: string): string {
  const chosen = display || process.env['DISPLAY']
  if (!chosen) throw new Error('no display: say which, for example screen:0, or set DISPLAY')
  return chosen
}
