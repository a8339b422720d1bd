import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { boxesIn } from '../../node/recording/boxes.ts'
import { movePart } from '../../node/recording/fmp4.ts'

const run = promisify(execFile)
const quiet = ['-hide_banner', '-loglevel', 'error', '-y']
const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '25', '-movflags', '+faststart']

/** Small clips and pictures, made once per test file. */
export interface Media {
  readonly video: Buffer
  readonly recording: FakeRecording
  readonly audio: Buffer
  readonly image: Buffer
  readonly posters: readonly Buffer[]
}

const PICTURES = ['mandelbrot=s=640x360:start_scale=0.8', 'gradients=s=640x360:c0=0x11333b:c1=0xd99a55:x0=0:y0=0:x1=640:y1=360', 'testsrc2=s=640x360', 'gradients=s=360x640:c0=0x1d2b53:c1=0xff77a8', 'smptehdbars=s=640x360', 'cellauto=s=640x360:rule=30:ratio=0.6']

/** Five minutes in which every second says its number: nine squares, white for a one, the highest bit first. */
export interface FakeRecording {
  /** ftyp and moov. */
  readonly init: Buffer
  /** moof and mdat of a second each. */
  readonly parts: readonly Buffer[]
  readonly codecs: string
}

/** Seconds of a fake recording before it begins again. */
export const RECORDED_SECONDS = 300
/** Squares that say a second's number. */
export const SECOND_BITS = 9
const SECONDS = `drawbox=x=0:y=0:w=640:h=64:c=black:t=fill,${Array.from({ length: SECOND_BITS }, (_, bit) => `drawbox=x=${bit * 64}:y=0:w=64:h=64:c=white:t=fill:enable='mod(floor((n/10)/${2 ** (SECOND_BITS - 1 - bit)}),2)'`).join(',')}`

function recordingOf(file: Buffer): FakeRecording {
  const boxes = boxesIn(file)
  const first = boxes.findIndex(({ type }) => type === 'moof')
  const parts = boxes.flatMap(({ type, start }, i) => type === 'moof' ? [file.subarray(start, boxes[i + 1]!.end)] : [])
  return { init: file.subarray(0, boxes[first]!.start), parts, codecs: 'avc1.42C01E' }
}

/** The recording of a range, from the second at or before its beginning, as a node answers it. */
export function recordedRange({ init, parts }: FakeRecording, fromMs: number, toMs: number, continued: boolean): { readonly bytes: Buffer; readonly startMs: number; readonly durationMs: number } {
  const first = continued ? Math.ceil(fromMs / 1000 - 0.001) : Math.floor(fromMs / 1000)
  const count = Math.max(1, Math.ceil(toMs / 1000) - first)
  const moved = Array.from({ length: count }, (_, i) => {
    const part = Buffer.from(parts[(first + i) % parts.length]!)
    movePart(part, i + 1, () => (i - (first + i) % parts.length) * 90_000)
    return part
  })
  return { bytes: Buffer.concat([init, ...moved]), startMs: first * 1000, durationMs: count * 1000 }
}

/** Makes them with the machine's ffmpeg; nothing is left behind. */
export async function makeMedia(): Promise<Media> {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-web-'))
  const make = async (name: string, options: string[]): Promise<Buffer> => {
    const path = join(folder, name)
    await run('ffmpeg', [...quiet, ...options, path])
    return readFile(path)
  }
  try {
    return {
      video: await make('video.mp4', ['-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=25:d=4', '-f', 'lavfi', '-i', 'sine=d=4', ...h264, '-c:a', 'aac']),
      recording: recordingOf(await make('recording.mp4', ['-f', 'lavfi', '-i', `testsrc2=s=640x360:r=10:d=${RECORDED_SECONDS}`, '-vf', SECONDS, '-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', 'baseline', '-level', '3.0', '-pix_fmt', 'yuv420p', '-g', '10', '-keyint_min', '10', '-sc_threshold', '0', '-video_track_timescale', '90000', '-movflags', 'frag_keyframe+empty_moov+default_base_moof'])),
      audio: await make('audio.wav', ['-f', 'lavfi', '-i', 'sine=d=3']),
      image: await make('image.png', ['-f', 'lavfi', '-i', 'testsrc2=s=640x480:d=0.1', '-frames:v', '1']),
      posters: await Promise.all(PICTURES.map((source, at) => make(`${at}.jpg`, ['-f', 'lavfi', '-i', source, '-frames:v', '1'])))
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}
