/** A film in which it is known what moves: a red square goes from left to right over a still, textured ground. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const FILM = { width: 640, height: 360, rate: 25, seconds: 6 } as const
export const SQUARE = { side: 64, top: 140, left: 20, pixelsPerSecond: 90, fromSeconds: 1 } as const

/** Upper left corner of the square in pixels, at a moment. It comes when the film has run for a second. */
export const squareAt = (seconds: number): readonly [x: number, y: number] => [SQUARE.left + SQUARE.pixelsPerSecond * (seconds - SQUARE.fromSeconds), SQUARE.top]

/** `ground` pans by so many pixels in each second, for match-moving. */
export async function makeMovingFilm(path: string, { pan = 0, delaySeconds = 0 }: { pan?: number; delaySeconds?: number } = {}): Promise<void> {
  const { width, height, rate, seconds } = FILM
  const start = SQUARE.fromSeconds - delaySeconds
  const ground = `mandelbrot=s=${width + 400}x${height}:r=${rate}:start_scale=0.7:end_scale=0.7:maxiter=300,trim=end_frame=1,loop=-1:1:0,setpts=N/${rate}/TB,crop=${width}:${height}:x='${pan}*t':y=0`
  const square = `color=c=red:s=${SQUARE.side}x${SQUARE.side}:r=${rate},drawbox=x=8:y=8:w=20:h=20:c=yellow:t=fill`
  await run('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', '-f', 'lavfi', '-i', ground, '-f', 'lavfi', '-i', square, '-filter_complex', `[0][1]overlay=x='${SQUARE.left}+${SQUARE.pixelsPerSecond}*(t-${start})':y=${SQUARE.top}:enable='gte(t,${start})'`, '-t', String(seconds), '-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '18', '-pix_fmt', 'yuv420p', '-g', '25', path])
}
