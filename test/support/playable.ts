import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/** ffmpeg decodes the whole file without a complaint, and every stream's decoding times only rise. Frames keep their own times: a camera's are not evenly spaced. */
export async function assertPlayable(path: string): Promise<void> {
  const { stderr } = await run('/usr/bin/ffmpeg', ['-v', 'error', '-xerror', '-i', path, '-fps_mode', 'passthrough', '-enc_time_base', '-1', '-f', 'null', '-'])
  assert.equal(stderr, '', 'ffmpeg decodes it without a complaint')
  const { stdout } = await run('/usr/bin/ffprobe', ['-v', 'error', '-show_entries', 'packet=stream_index,dts', '-of', 'csv=p=0', path], { maxBuffer: MAX_OUTPUT_BYTES })
  const last = new Map<string, number>()
  for (const line of stdout.trim().split('\n')) {
    const [stream = '', dts = ''] = line.split(',')
    const before = last.get(stream) ?? Number.NEGATIVE_INFINITY
    assert.ok(Number(dts) > before, `stream ${stream}: decoding time ${dts} after ${before}`)
    last.set(stream, Number(dts))
  }
}

export interface FileStream { readonly codec_name: string; readonly width: number; readonly height: number; readonly frames: number }

/** The streams of a file with the frames that could be decoded of each. */
export async function streamsOf(path: string): Promise<FileStream[]> {
  const { stdout } = await run('/usr/bin/ffprobe', ['-v', 'error', '-count_frames', '-show_entries', 'stream=codec_name,width,height,nb_read_frames', '-of', 'json', path], { maxBuffer: MAX_OUTPUT_BYTES })
  return (JSON.parse(stdout) as { streams: Array<Omit<FileStream, 'frames'> & { nb_read_frames: string }> }).streams.map(({ nb_read_frames, ...stream }) => ({ ...stream, frames: Number(nb_read_frames) }))
}
