/** Clips of several cameras of one moment: each hears it in its own way, and shows the number of the moment's picture in its pictures. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Microphone, recorded, speech, writeWav } from './sound-scene.ts'
import { type Random, randomOf } from './random.ts'

const run = promisify(execFile)

/** Pictures a second of all clips. */
export const CLIP_RATE = 25
/** Squares that say a picture's number, the highest bit first. */
export const CLIP_BITS = 11
export const CLIP_SQUARE = 32

export interface TakeClip extends Microphone {
  readonly name: string
  /** More words for FFmpeg: `-timecode`, `-metadata`… */
  readonly options?: readonly string[]
}

/** The clips' bytes, by name. */
export async function makeTakeClips(seed: number, seconds: number, clips: readonly TakeClip[], scene: (random: Random, seconds: number) => Float32Array = speech): Promise<Map<string, Buffer<ArrayBuffer>>> {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-take-'))
  try {
    const heard = scene(randomOf(seed), seconds)
    const made = new Map<string, Buffer<ArrayBuffer>>()
    for (const [i, clip] of clips.entries()) {
      await writeWav(join(folder, 'sound.wav'), recorded(heard, randomOf(seed * 100 + i), clip))
      await run('/usr/bin/ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', picturesOf(clip, i), '-i', join(folder, 'sound.wav'), ...H264, '-c:a', 'aac', '-b:a', '128k', '-shortest', ...clip.options ?? [], join(folder, clip.name)])
      made.set(clip.name, await readFile(join(folder, clip.name)) as Buffer<ArrayBuffer>)
    }
    return made
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', String(CLIP_RATE), '-movflags', '+faststart']
const COLOURS = ['0x203040', '0x402030', '0x304020', '0x404020']

function picturesOf({ from, seconds }: Microphone, i: number): string {
  const first = Math.round(from * CLIP_RATE)
  const squares = Array.from({ length: CLIP_BITS }, (_, bit) => `drawbox=x=${bit * CLIP_SQUARE}:y=0:w=${CLIP_SQUARE}:h=${CLIP_SQUARE}:c=white:t=fill:enable='mod(floor((n+${first})/${2 ** (CLIP_BITS - 1 - bit)}),2)'`)
  return `color=c=${COLOURS[i % COLOURS.length]}:s=${CLIP_BITS * CLIP_SQUARE}x192:r=${CLIP_RATE}:d=${seconds},drawbox=x=${40 + 60 * i}:y=60:w=${60 + 30 * i}:h=80:c=0x${i % 2 === 0 ? 'd09040' : '40a0d0'}:t=fill,drawbox=x=0:y=0:w=${CLIP_BITS * CLIP_SQUARE}:h=${CLIP_SQUARE}:c=black:t=fill,${squares.join(',')}`
}
