/** A real x264 and Opus stream as RTP packets, made once by ffmpeg and fed as fast or as slow as a test wants. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { MediaMessage, Track, TrackPacket } from '#protocols/media.ts'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import { h264Packetiser, nalType, splitAnnexB } from '#protocols/rtp/h264.ts'
import { opusSamples } from '#protocols/rtp/opus.ts'
import { buildRtp } from '#protocols/rtp/packet.ts'
import { LiveCamera } from '../../node/live/live-camera.ts'

const run = promisify(execFile)

export interface ClipInit {
  seconds?: number
  size?: string
  /** Pictures between keyframes. */
  gop?: number
  bFrames?: number
  bitrate?: string
  /** What is filmed, a source of libavfilter; `size` and 30 fps are added. @default testsrc2 */
  scene?: string
  /** What is drawn over it, a filter of libavfilter. */
  filter?: string
}

/** All packets of one instant of capture. */
export interface ClipStep {
  /** Since the clip's beginning, ms. */
  readonly atMs: number
  readonly packets: TrackPacket[]
  /** Begins with a keyframe (video steps only). */
  readonly key: boolean
}

export interface Clip {
  readonly tracks: Track[]
  readonly steps: ClipStep[]
  readonly durationMs: number
  /** The source's pairing of wall clock and RTP time for a track, at `atMs` of a clip begun at `startWallMs`. */
  report(track: number, atMs: number, startWallMs: number): Extract<MediaMessage, { report: unknown }>['report']
}

const VIDEO_START = 4_294_900_000 // wraps after a second
const AUDIO_START = 1_000_000

export async function makeClip(init: ClipInit = {}): Promise<Clip> {
  const { seconds = 6, size = '320x240', gop = 30, bFrames = 0, bitrate = '400k', scene = 'testsrc2', filter = 'null' } = init
  const [pictures, sounds] = await Promise.all([
    ffmpeg(['-f', 'lavfi', '-i', `${scene}${scene.includes('=') ? ':' : '='}size=${size}:rate=30`, '-t', String(seconds), '-vf', filter, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-b:v', bitrate, '-g', String(gop), '-keyint_min', String(gop), '-sc_threshold', '0', '-bf', String(bFrames), '-x264-params', 'aud=1:slices=1:repeat-headers=1:b-pyramid=none', '-f', 'h264', '-']),
    ffmpeg(['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-t', String(seconds), '-ac', '2', '-c:a', 'libopus', '-b:a', '64k', '-f', 'ogg', '-'])
  ])
  const steps = [...videoSteps(pictures, bFrames), ...audioSteps(sounds)].sort((a, b) => a.atMs - b.atMs)
  const [width, height] = size.split('x').map(Number) as [number, number]
  return {
    steps, durationMs: seconds * 1000,
    tracks: [
      { index: 0, kind: 'video', codec: 'H264', clockRate: 90_000, channels: 0, fmtp: 'profile-level-id=42c01f;packetization-mode=1', width, height },
      { index: 1, kind: 'audio', codec: 'opus', clockRate: 48_000, channels: 2, fmtp: '', width: 0, height: 0 }
    ],
    report: (track, atMs, startWallMs) => ({ track, wallMs: startWallMs + atMs, rtp: (track === 0 ? VIDEO_START + Math.round(atMs * 90) : AUDIO_START + Math.round(atMs * 48)) % 2 ** 32 })
  }
}

async function ffmpeg(args: string[]): Promise<Buffer> {
  const { stdout } = await run('/usr/bin/ffmpeg', ['-v', 'error', '-nostdin', '-threads', '1', ...args], { encoding: 'buffer', maxBuffer: 1 << 28 })
  return stdout
}

/** RTP wants presentation times; with B pictures they are found from where the reference pictures are (a fixed pattern of x264). */
function videoSteps(bytes: Buffer, bFrames: number): ClipStep[] {
  const units: Uint8Array[][] = []
  for (const nal of splitAnnexB(bytes)) {
    if (nalType(nal) === 9) units.push([])
    else units.at(-1)!.push(nal)
  }
  const packetiser = h264Packetiser({ sequence: 65_400 })
  const shown = presentation(units, bFrames)
  return units.map((nals, i) => {
    const frame = shown[i]!
    return { atMs: i * 1000 / 30, key: nals.some((nal) => nalType(nal) === 5), packets: packetiser.packets(nals, VIDEO_START + frame * 3_000).map((rtp) => ({ track: 0, rtp })) }
  })
}

/** Display order of coded pictures: a non-reference picture (nal_ref_idc 0) is shown before the reference coded before it. */
function presentation(units: Uint8Array[][], bFrames: number): number[] {
  if (bFrames === 0) return units.map((_, i) => i)
  const shown = units.map(() => 0)
  let next = 0
  for (let i = 0; i < units.length;) {
    let bs = 0
    while (i + 1 + bs < units.length && units[i + 1 + bs]!.every((nal) => nalType(nal) !== 5 && (nalType(nal) !== 1 || (nal[0]! & 0x60) === 0))) bs++
    for (let b = 0; b < bs; b++) shown[i + 1 + b] = next++
    shown[i] = next++
    i += 1 + bs
  }
  return shown
}

function audioSteps(ogg: Buffer): ClipStep[] {
  let time = 0
  return oggPackets(ogg).slice(2).map((packet, i) => {
    const samples = opusSamples(packet)
    const step = { atMs: time / 48, key: false, packets: [{ track: 1, rtp: buildRtp({ marker: i === 0, payloadType: 111, sequence: i & 0xffff, timestamp: AUDIO_START + time, ssrc: 2 }, packet) }] }
    time += samples
    return step
  })
}

/** RFC 3533: the packets of an Ogg stream with one logical bitstream. */
function oggPackets(bytes: Buffer): Buffer[] {
  const packets: Buffer[] = []
  let open: Buffer[] = []
  for (let at = 0; at + 27 <= bytes.length;) {
    const segments = bytes.subarray(at + 27, at + 27 + bytes[at + 26]!)
    at += 27 + segments.length
    for (const length of segments) {
      open.push(bytes.subarray(at, at + length))
      at += length
      if (length === 255) continue
      packets.push(Buffer.concat(open))
      open = []
    }
  }
  return packets
}

/** A camera that publishes this clip's tracks. */
export function clipCamera(clip: Clip, id = 'porch', requestKeyframe: () => void = () => {}): LiveCamera {
  return new LiveCamera({ id: id as CameraId, name: id, source: 'test', from: `camera-${id}` as PeerId, tracks: clip.tracks, requestKeyframe })
}

export interface Feeding {
  stop(): void
  readonly done: Promise<void>
}

/** Feed the clip in real time, over and over with running numbers, until stopped; the source's reports come every second. */
export function feedForever(clip: Clip, write: (packets: TrackPacket[]) => void, report: (report: ReturnType<Clip['report']>) => void): Feeding {
  const startedMs = performance.now()
  const startWallMs = Date.now()
  const renumber = renumbering(clip)
  let at = 0
  let lastReportMs = -Infinity
  let timer: NodeJS.Timeout
  let finish = (): void => {}
  const done = new Promise<void>((resolve) => { finish = resolve })
  const tick = (): void => {
    const nowMs = performance.now() - startedMs
    for (;; at++) {
      const round = Math.floor(at / clip.steps.length)
      const step = clip.steps[at % clip.steps.length]!
      const dueMs = step.atMs + round * clip.durationMs
      if (dueMs > nowMs) break
      if (dueMs - lastReportMs >= 1000) {
        lastReportMs = dueMs
        for (const { index } of clip.tracks) report(clip.report(index, dueMs, startWallMs))
      }
      write(step.packets.map((packet) => renumber(packet, round)))
    }
  }
  timer = setInterval(tick, 10)
  tick()
  return { done, stop() { clearInterval(timer); finish() } }
}

/** Sequence numbers and times that go on when the clip begins again. */
export function renumbering(clip: Clip): (packet: TrackPacket, round: number) => TrackPacket {
  const sequences = [0, 0]
  return ({ track, rtp }, round) => {
    const bytes = Buffer.from(rtp)
    bytes.writeUInt16BE((65_400 + sequences[track]!++) & 0xffff, 2)
    bytes.writeUInt32BE((bytes.readUInt32BE(4) + Math.round(round * clip.durationMs * (track === 0 ? 90 : 48))) % 2 ** 32, 4)
    return { track, rtp: bytes }
  }
}
