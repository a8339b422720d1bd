/** Twenty small files of every kind that is imported, made by the FFmpeg of this machine. */
import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const FFMPEG = '/usr/bin/ffmpeg'

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25:d=1.2']
const TONE = ['-f', 'lavfi', '-i', 'sine=f=440:d=1.2:sample_rate=48000']
const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']

/** File name: what FFmpeg is asked for. */
const RECIPES: Readonly<Record<string, string[]>> = {
  'day1/a.mp4': [...PICTURE, ...TONE, ...H264, '-c:a', 'aac', '-metadata', 'creation_time=2024-05-06T07:08:09Z', '-metadata', 'location=+47.3769+008.5417+408.000/'],
  'day1/b.mov': [...PICTURE, ...H264, '-movflags', '+faststart'],
  'day1/c.mkv': [...PICTURE, ...TONE, ...H264, '-c:a', 'flac'],
  'day2/hevc.mp4': [...PICTURE, '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none', '-tag:v', 'hvc1', '-pix_fmt', 'yuv420p'],
  'day2/prores.mov': [...PICTURE, ...TONE, '-c:v', 'prores_ks', '-c:a', 'pcm_s16le'],
  'day2/vp9.webm': [...PICTURE, ...TONE, '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus'],
  'sound/tone.wav': [...TONE, '-ac', '2'],
  'sound/tone.flac': [...TONE],
  'sound/tone.mp3': [...TONE],
  'sound/tone.ogg': [...TONE],
  'stills/photo.jpg': [...PICTURE, '-frames:v', '1'],
  'stills/shot.png': [...PICTURE, '-frames:v', '1'],
  'stills/web.webp': [...PICTURE, '-frames:v', '1']
}

export interface MediaFolder {
  readonly root: string
  /** Names of the files that are whole. */
  readonly whole: readonly string[]
  /** Names of those that are not. */
  readonly broken: readonly string[]
  path(name: string): string
  remove(): Promise<void>
}

export async function createMediaFolder(names = Object.keys(RECIPES)): Promise<MediaFolder> {
  const root = await mkdtemp(join(tmpdir(), 'thatdam-media-'))
  const path = (name: string): string => join(root, name)
  for (const name of names) {
    await mkdir(dirname(path(name)), { recursive: true })
    await run(FFMPEG, ['-v', 'error', '-y', ...(RECIPES[name] ?? []), path(name)])
  }
  const broken = names.length < Object.keys(RECIPES).length ? [] : await breakThings(path)
  return { root, whole: names, broken, path, remove: () => rm(root, { recursive: true, force: true }) }
}

async function breakThings(path: (name: string) => string): Promise<string[]> {
  await mkdir(path('broken'), { recursive: true })
  await writeFile(path('broken/empty.mp4'), '')
  await writeFile(path('broken/text.mp4'), 'this was never a film\n'.repeat(50))
  for (const [from, to] of [['day1/a.mp4', 'no-index.mp4'], ['day1/b.mov', 'cut.mov'], ['day1/c.mkv', 'cut.mkv'], ['sound/tone.wav', 'cut.wav'], ['stills/photo.jpg', 'cut.jpg'], ['stills/shot.png', 'cut.png']] as const) {
    await copyFile(path(from), path(`broken/${to}`))
    const { size } = await stat(path(from))
    const file = await open(path(`broken/${to}`), 'r+')
    await file.truncate(Math.floor(size * 0.6))
    await file.close()
  }
  return ['empty.mp4', 'text.mp4', 'no-index.mp4', 'cut.mov', 'cut.mkv', 'cut.wav', 'cut.jpg', 'cut.png'].map((name) => `broken/${name}`)
}
