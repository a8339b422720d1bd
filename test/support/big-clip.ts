/** A real clip that does not compress: noise, kept without loss. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Writes an MP4 of about `megabytes` MB. */
export async function writeBigClip(path: string, megabytes: number): Promise<void> {
  const frames = String(Math.max(2, Math.round(megabytes * 4)))
  await run('/usr/bin/ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'nullsrc=s=480x360:r=25,geq=random(1)*255:128:128', '-frames:v', frames, '-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '0', '-pix_fmt', 'yuv420p', path])
}
