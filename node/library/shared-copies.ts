import { type ChildProcess, fork } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { OverloadedError, UnsupportedMediaError } from '#protocols/errors.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { limiter } from '#ring/base/tasks.ts'
import type { Spool } from './spool.ts'
import { yieldTo } from './yield-to.ts'

/** Largest side of a copy of a picture, and of a film, in pixels. */
export const COPY_PIXELS = { picture: 1_600, film: 1_280 } as const
/** Disk that copies take on this node, in bytes; beyond it those unused for longest go. @default 4294967296 */
export const COPIES_BYTES = 4 * 1024 ** 3
/** Copies that wait to be made; more are refused. @default 300 */
export const MAX_WAITING_COPIES = 300
/** A process that tells no progress for this long is ended, in ms. @default 60000 */
export const COPY_SILENCE_MS = 60_000
/** The process ends when nobody asked for so long, in ms. @default 15000 */
export const COPY_LINGER_MS = 15_000

/** To the child; `kind` says whether the copy is a JPEG or an MP4. */
export interface CopyOrder {
  readonly id: string
  readonly input: string
  readonly output: string
  readonly kind: 'picture' | 'film'
  readonly pixels: number
  /** Degrees the container asks for. */
  readonly turn: number
  readonly watermark: string
  readonly durationMs: number
}

/** From the child: progress from 0 to 1, and then one of the others. */
export interface CopyAnswer { readonly id: string; readonly progress?: number; readonly done?: true; readonly failed?: string }

/** What is to be copied, and how. */
export interface CopyOf extends Pick<CopyOrder, 'kind' | 'watermark' | 'turn' | 'durationMs'> {
  /** What it is made of; `id` names these bytes and no others. */
  readonly source: { readonly id: string; readonly size: number; read(): AsyncIterable<Uint8Array> }
}

/** Smaller copies of what is shared, with words drawn into them, made when somebody looks and kept on this node for a while. */
export interface SharedCopies extends Startable {
  /** The file and its size. @throws UnsupportedMediaError, OverloadedError */
  get(copy: CopyOf): Promise<{ path: string; size: number; etag: string }>
  /** How far it is, from 0 to 1; undefined when it is there or nobody asked. Never begins it. */
  progress(copy: CopyOf): number | undefined
}

export interface SharedCopiesComponents {
  readonly spool: Spool
  readonly log: Logger
}

interface Making { readonly made: Promise<{ path: string; size: number; etag: string }>; share: number }

export function createSharedCopies({ spool, log }: SharedCopiesComponents, { folder, mostBytes = COPIES_BYTES }: { folder: string; mostBytes?: number }): SharedCopies {
  const making = new Map<string, Making>()
  const failed = new Map<string, string>()
  const inTurn = limiter(1) // there is no hurry, and cameras are recorded beside it
  let child: ChildProcess | undefined
  let linger: NodeJS.Timeout | undefined
  let stopping = false

  const nameOf = ({ source, kind, watermark, turn }: CopyOf): string => createHash('sha256').update(JSON.stringify([source.id, kind, watermark, turn])).digest('hex').slice(0, 40) + (kind === 'film' ? '.mp4' : '.jpg')

  async function kept(name: string): Promise<{ path: string; size: number; etag: string } | undefined> {
    const path = join(folder, name)
    const size = await stat(path).then((found) => found.size, () => undefined)
    if (size === undefined) return undefined
    await utimes(path, new Date(), new Date()).catch(() => {})
    return { path, size, etag: name.slice(0, 40) }
  }

  function worker(): ChildProcess {
    clearTimeout(linger)
    if (child !== undefined) return child
    const made = fork(new URL('./shared-copy-child.ts', import.meta.url), [], { cwd: folder, serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--max-old-space-size=256', '--disable-warning=ExperimentalWarning'], env: {} })
    made.on('error', () => {}) // its exit follows
    made.once('exit', () => { if (child === made) child = undefined })
    yieldTo(made)
    child = made
    return made
  }

  async function end(): Promise<void> {
    const ending = child
    child = undefined
    clearTimeout(linger)
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill('SIGKILL')
    await gone
  }

  async function run(order: CopyOrder, onProgress: (share: number) => void): Promise<void> {
    if (stopping) throw new OverloadedError('this node is stopping: ask another one')
    const own = worker()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const silence = setTimeout(() => { void end(); reject(new UnsupportedMediaError('it can not be shown: nothing came of it for a minute')) }, COPY_SILENCE_MS)
    const onMessage = ({ id, progress, done, failed }: CopyAnswer): void => {
      if (id !== order.id) return
      silence.refresh()
      if (progress !== undefined) onProgress(progress)
      if (done) resolve()
      if (failed !== undefined) reject(new UnsupportedMediaError(`it can not be shown: ${failed}`))
    }
    const onExit = (): void => reject(stopping ? new OverloadedError('this node is stopping: ask another one') : new UnsupportedMediaError('it can not be shown: it ends the decoder'))
    own.on('message', onMessage).once('exit', onExit)
    own.send(order, (err) => { if (err !== null) onExit() })
    await promise.finally(() => {
      clearTimeout(silence)
      own.off('message', onMessage).off('exit', onExit)
      linger = setTimeout(() => void end(), COPY_LINGER_MS).unref()
    })
  }

  async function make(name: string, copy: CopyOf, entry: Making): Promise<{ path: string; size: number; etag: string }> {
    const { source, ...rest } = copy
    const output = join(folder, `${randomUUID()}.part`)
    try {
      await spool.with(Readable.from(source.read()), (input) => run({ ...rest, id: name, input, output, pixels: COPY_PIXELS[copy.kind] }, (share) => { entry.share = share }), { size: source.size })
      await rename(output, join(folder, name))
    } catch (err) {
      if (err instanceof UnsupportedMediaError) failed.set(name, err.message)
      if (failed.size > 1_000) failed.delete(failed.keys().next().value ?? '')
      throw err
    } finally {
      await rm(output, { force: true })
    }
    await makeRoom()
    const made = await kept(name)
    if (made === undefined) throw new UnsupportedMediaError('it can not be shown: it is larger than all that may be kept of such copies')
    return made
  }

  async function makeRoom(): Promise<void> {
    const files = await Promise.all((await readdir(folder)).map(async (name) => ({ name, found: await stat(join(folder, name)).catch(() => undefined) })))
    const byAge = files.flatMap(({ name, found }) => found !== undefined && /\.(?:mp4|jpg)$/.test(name) ? [{ name, size: found.size, atMs: found.mtimeMs }] : []).sort((a, b) => b.atMs - a.atMs)
    let bytes = 0
    for (const { name, size } of byAge) {
      bytes += size
      if (bytes > mostBytes) await rm(join(folder, name), { force: true })
    }
  }

  return {
    async start() {
      await rm(folder, { recursive: true, force: true }) // links may have ended while this node was off
      await mkdir(folder, { recursive: true, mode: 0o700 })
    },
    async stop() {
      stopping = true
      await end()
      await Promise.allSettled([...making.values()].map(({ made }) => made))
      await end()
    },
    async get(copy) {
      const name = nameOf(copy)
      const known = failed.get(name)
      if (known !== undefined) throw new UnsupportedMediaError(known)
      const there = making.get(name)?.made ?? await kept(name)
      if (there !== undefined) return there
      const again = making.get(name)
      if (again !== undefined) return again.made
      if (making.size >= MAX_WAITING_COPIES) throw new OverloadedError('many people look at shared files just now: try again in a minute')
      const entry = { share: 0 } as { share: number; made: Making['made'] }
      entry.made = inTurn(() => make(name, copy, entry)).finally(() => making.delete(name))
      entry.made.catch((err: Error) => log('a shared copy could not be made - %s', err.message))
      making.set(name, entry)
      return entry.made
    },
    progress: (copy) => making.get(nameOf(copy))?.share
  }
}
