/** What a network camera sends: H.264 without B-frames and Opus, 640×360 at 30 pictures/s, a keyframe a second. A peer passes it on as it is. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** It begins anew after so long, s; a number that fits no minute. */
const SECONDS = 47

export async function writeCameraFilm(path: string): Promise<void> {
  await run('/usr/bin/ffmpeg', [
    '-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=30', '-f', 'lavfi', '-i', 'sine=frequency=330:sample_rate=48000', '-t', String(SECONDS),
    '-c:v', 'libx264', '-preset', 'veryfast', '-bf', '0', '-g', '30', '-b:v', '1M', '-maxrate', '1M', '-bufsize', '1M', '-pix_fmt', 'yuv420p', '-c:a', 'libopus', '-b:a', '64k', path
  ])
}
