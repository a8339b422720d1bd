import { setTimeout as sleep } from 'node:timers/promises'
import type { Demuxer } from 'node-av/api'
import { avGetCodecName, type Packet, type Stream } from 'node-av/lib'
import { encodeAudio, isOpus, passAudio } from './audio-path.ts'
import { type Bitstream, H264, H265 } from './bitstream.ts'
import type { Encoding } from './camera-source.ts'
import type { Capture, CaptureContext } from './capture.ts'
import { audioEncoder, type AudioEncoder, type VideoEncoder } from './encoders.ts'
import { INPUT_SILENCE_MS, type InputSpec, openInput } from './open-input.ts'
import { type ClockStep, clockStep } from './clock-step.ts'
import { isListener, type Listener, listenFor } from './listener.ts'
import { trackWriter, type TrackWriter } from './track-writer.ts'
import { encoderFor, encodeVideo, isH264, MAX_ENCODED_WIDTH, passable, passVideo, ptsSeconds, type StreamPath } from './video-path.ts'

/** Packets looked at to see whether a file has B-frames. */
const SCAN_PACKETS = 300

/** Captures anything FFmpeg can read: H.264, HEVC where it is to be kept, and Opus are passed through, the rest is encoded. */
export const captureInput: Capture<InputSpec> = async (spec, context) => {
  if (!isListener(spec)) return captureOne(spec, await openInput(spec), context)
  const listener = await listenFor(spec)
  try {
    while (!context.signal.aborted) await captureSender(listener, spec, context)
  } finally {
    listener.close()
  }
}

/** One after the other: who sends may go and come again. */
async function captureSender(listener: Listener, spec: InputSpec, context: CaptureContext): Promise<void> {
  const tell = (): void => context.emit({ type: 'waiting', reason: listener.waiting() })
  tell()
  const input = await listener.next(context.signal, tell)
  if (input === undefined) return
  try {
    await captureOne(spec, input, context)
  } catch (err) {
    if (!(err instanceof NoPictureError)) throw err
    listener.refused(err.message)
    await input.close()
  }
}

/** Nothing of it can be shown. */
class NoPictureError extends Error {}

async function captureOne(spec: InputSpec, input: Demuxer, context: CaptureContext): Promise<void> {
  const video = input.video()
  const audio = input.audio()
  if (video === undefined) throw new NoPictureError('there is no picture in it')
  const kind = context.transcode || (spec.kind === 'file' && await hasBFrames(spec)) ? undefined : passable(video, context.keepHevc)
  const session = createSession(video, audio, kind, context.encoding)
  context.onKeyframeRequest(() => session.videoEncoder?.requestKeyframe())
  const note = kind === H264 ? undefined : kind === H265 ? KEPT_HEVC : noteOf(video)
  const writer = trackWriter((event) => context.emit(event.type === 'tracks' && note !== undefined ? { ...event, note, encoded: kind === undefined } : event), audio !== undefined, kind)
  try {
    const pace = spec.kind === 'file' ? pacer() : undefined
    let heardMs = performance.now()
    const heard = (): void => { heardMs = performance.now() }
    let shift = await pump(input, writer, session, { signal: context.signal, shift: 0, pace, heard })
    while (spec.kind === 'file' && !context.signal.aborted) {
      shift = await pump(await openInput(spec), writer, session, { signal: context.signal, shift, pace, heard })
    }
    if (!isListener(spec) && !context.signal.aborted) throw new Error(whyOver(performance.now() - heardMs))
  } finally {
    session.videoEncoder?.close()
    session.audioEncoder?.close()
  }
}

/** FFmpeg ends a stream in silence as one that was ended. */
const whyOver = (silentMs: number): string => (silentMs > INPUT_SILENCE_MS * 0.9 ? `it sent nothing for ${Math.round(silentMs / 1_000)} s` : 'it ended the stream')

const KEPT_HEVC = 'it sends HEVC, which goes on as it is: browsers that do not play it say so'

/** What a camera sends that viewers cannot be shown as it is. */
function noteOf({ codecpar }: Stream): string {
  const name = (avGetCodecName(codecpar.codecId) ?? 'unknown').toUpperCase()
  const sent = isH264({ codecpar }) ? 'H.264 with B-frames' : name === 'RAWVIDEO' ? 'uncompressed pictures' : name
  return `it sends ${sent}: encoded as H.264 on this machine, at most ${MAX_ENCODED_WIDTH} pixels wide`
}

/** The encoders, which go on when a file begins again. */
interface Session {
  /** What pictures are passed on as; undefined: they are encoded. */
  readonly kind: Bitstream | undefined
  readonly videoEncoder: VideoEncoder | undefined
  readonly audioEncoder: AudioEncoder | undefined
  readonly encoding: Encoding
}

function createSession(video: Stream, audio: Stream | undefined, kind: Bitstream | undefined, encoding: Encoding): Session {
  return {
    encoding, kind,
    videoEncoder: kind === undefined ? encoderFor(video, encoding) : undefined,
    audioEncoder: audio !== undefined && !isOpus(audio) ? audioEncoder() : undefined
  }
}

interface PumpOptions {
  signal: AbortSignal
  /** Seconds at which the first picture is to be. */
  shift: number
  /** Holds packets back to real time, where the input does not. */
  pace: ((seconds: number, signal: AbortSignal) => Promise<void>) | undefined
  /** Called with every packet. */
  heard(): void
}

/** Move all packets of the input; answers the time (seconds) at which the next input may go on. */
async function pump(input: Demuxer, writer: TrackWriter, session: Session, { signal, shift: startAt, pace, heard }: PumpOptions): Promise<number> {
  const paths = pathsOf(input, writer, session)
  let base: number | undefined
  let end = startAt
  try {
    // asked for ahead of time, node-av waits for its queue to empty by turning round and round: a file that is held back is read when it is time
    for await (const packet of pace === undefined ? input.packets() : input.packetsSync()) {
      if (packet === null || signal.aborted) break
      using _ = packet
      heard()
      const entry = paths.get(packet.streamIndex)
      const pts = entry && ptsSeconds(packet, entry.stream)
      if (entry === undefined || pts === undefined) continue
      if (pace === undefined) followClock(entry, pts)
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
  if (end <= startAt) throw new NoPictureError('there is no picture in it that can be shown')
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

interface PathEntry {
  readonly path: StreamPath
  readonly stream: Stream
  readonly video: boolean
  readonly step: ClockStep
  /** Forget what came before. */
  renew(): void
}

/** Pictures go on at a later time; at an earlier one they can not. Sound begins anew, or it would be silent for what lies between. */
function followClock({ step, video, renew }: PathEntry, seconds: number): void {
  const jump = step(seconds)
  if (video && jump < 0) throw new Error(`its clock jumped back by ${(-jump).toFixed(1)} s: it is opened anew`)
  if (!video && jump !== 0) renew()
}

function entryOf(stream: Stream, video: boolean, open: () => StreamPath): PathEntry {
  let path = open()
  return {
    stream, video,
    step: clockStep(),
    get path() { return path },
    renew() {
      path.close()
      path = open()
    }
  }
}

function pathsOf(input: Demuxer, writer: TrackWriter, { kind = H264, videoEncoder, audioEncoder, encoding }: Session): Map<number, PathEntry> {
  const paths = new Map<number, PathEntry>()
  const video = input.video() as Stream
  paths.set(video.index, entryOf(video, true, () => (videoEncoder ? encodeVideo(video, writer, { encoder: videoEncoder, encoding }) : passVideo(video, writer, kind))))
  const audio = input.audio()
  if (audio !== undefined) paths.set(audio.index, entryOf(audio, false, () => (audioEncoder ? encodeAudio(audio, writer, audioEncoder) : passAudio(audio, writer))))
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
