import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OverloadedError, UnsupportedMediaError } from '#protocols/errors.ts'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import { limiter } from '#ring/base/tasks.ts'
import type { Picture } from '../inference/inference.ts'
import type { PictureAnswer, PictureOrder } from './picture-child.ts'

/** Longest a picture may take, in ms. @default 20000 */
export const DECODE_TIMEOUT_MS = 20_000
/** Pictures that wait or are decoded at most; more are refused. @default 8 */
export const MAX_DECODING = 8

const DEMUXERS: ReadonlyArray<readonly [head: string, demuxer: string]> = [['\xff\xd8\xff', 'jpeg_pipe'], ['\x89PNG\r\n\x1a\n', 'png_pipe']]
const inTurn = limiter(1)
let waiting = 0

/** The pixels of a JPEG or PNG, decoded in a process of its own: what a damaged one does there ends that process, and nothing else. @throws UnsupportedMediaError, OverloadedError */
export async function decodePicture(bytes: Uint8Array, { signal }: AbortOptions = {}): Promise<Picture> {
  const head = Buffer.from(bytes.subarray(0, 8)).toString('latin1')
  const demuxer = DEMUXERS.find(([begins]) => head.startsWith(begins))?.[1]
  if (demuxer === undefined) throw new UnsupportedMediaError('this is no JPEG and no PNG: send one of those')
  if (waiting >= MAX_DECODING) throw new OverloadedError('other pictures are being looked at: try again in a moment')
  waiting++
  try {
    return await inTurn(() => decodeFile(bytes, demuxer, AbortSignal.any([AbortSignal.timeout(DECODE_TIMEOUT_MS), ...signal === undefined ? [] : [signal]])))
  } finally {
    waiting--
  }
}

async function decodeFile(bytes: Uint8Array, demuxer: string, signal: AbortSignal): Promise<Picture> {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-picture-'))
  const child = fork(new URL('./picture-child.ts', import.meta.url), [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--max-old-space-size=256', '--disable-warning=ExperimentalWarning'], env: {} })
  const ended = new Promise<PictureAnswer>((resolve) => { child.once('exit', () => resolve({ refused: 'the process that reads it ended' })) })
  try {
    const path = join(folder, 'picture')
    await writeFile(path, bytes, { mode: 0o600 })
    child.send({ path, demuxer } satisfies PictureOrder)
    const [answer] = await Promise.race([once(child, 'message', { signal }) as Promise<[PictureAnswer]>, ended.then((refused) => [refused] as const)])
    if ('refused' in answer) throw new UnsupportedMediaError(`the picture can not be read: ${answer.refused}`)
    return answer.picture
  } finally {
    child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
}
