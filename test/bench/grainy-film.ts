import { spawnSync } from 'node:child_process'

/** 1080p H.264 at 25 pictures a second: a scene every five seconds, with grain, as cameras make it; another seed is another file. */
export function writeFilm(path: string, seconds: number, seed = 1): void {
  const scenes = Array.from({ length: Math.max(1, Math.round(seconds / 5)) }, (_, i) => SOURCES[i % SOURCES.length]!)
  const inputs = scenes.flatMap((source) => ['-f', 'lavfi', '-t', '5', '-i', `${source}=s=1920x1080:r=25`])
  const filter = `${scenes.map((_, i) => `[${i}:v]format=yuv420p,noise=all_seed=${seed}:alls=6:allf=t[v${i}];`).join('')}${scenes.map((_, i) => `[v${i}]`).join('')}concat=n=${scenes.length}:v=1`
  ffmpeg(['-y', ...inputs, '-filter_complex', filter, '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-pix_fmt', 'yuv420p', path])
}

const SOURCES = ['testsrc2', 'gradients', 'testsrc']

/** @throws Error with what FFmpeg says */
export function ffmpeg(args: readonly string[]): void {
  const { status, stderr } = spawnSync('/usr/bin/ffmpeg', ['-v', 'error', ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}
