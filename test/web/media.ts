import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const quiet = ['-hide_banner', '-loglevel', 'error', '-y']
const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '25', '-movflags', '+faststart']

/** Small clips and pictures, made once per test file. */
export interface Media {
  readonly video: Buffer
  readonly recording: Buffer
  readonly audio: Buffer
  readonly image: Buffer
  readonly posters: readonly Buffer[]
}

const PICTURES = ['mandelbrot=s=640x360:start_scale=0.8', 'gradients=s=640x360:c0=0x11333b:c1=0xd99a55:x0=0:y0=0:x1=640:y1=360', 'testsrc2=s=640x360', 'gradients=s=360x640:c0=0x1d2b53:c1=0xff77a8', 'smptehdbars=s=640x360', 'cellauto=s=640x360:rule=30:ratio=0.6']

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
      recording: await make('recording.mp4', ['-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=10:d=300', ...h264]),
      audio: await make('audio.wav', ['-f', 'lavfi', '-i', 'sine=d=3']),
      image: await make('image.png', ['-f', 'lavfi', '-i', 'testsrc2=s=640x480:d=0.1', '-frames:v', '1']),
      posters: await Promise.all(PICTURES.map((source, at) => make(`${at}.jpg`, ['-f', 'lavfi', '-i', source, '-frames:v', '1'])))
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}
