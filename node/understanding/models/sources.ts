/** Where a model's files come from: a folder of this machine, the ring, and servers laid out as the hub is. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { NotFoundError, RemoteError } from '#protocols/errors.ts'
import type { Ring } from '#ring'
import type { Source } from './fetch-file.ts'
import type { SettledFile } from './model-record.ts'
import type { ModelManifest } from './models.ts'

/** The hub. @default https://huggingface.co */
export const DEFAULT_MODEL_HUB = 'https://huggingface.co'
/** A server that sends nothing for this long is given up, in ms. @default 60000 */
export const MODEL_SILENCE_MS = 60_000

/** A folder that somebody filled by hand, `<folder>/<id>` or `<folder>/<organisation>/<name>`. */
export function folderSource(folder: string, { id, repository }: ModelManifest): Source {
  return {
    name: `folder ${folder}`,
    async open(path, { at }) {
      for (const place of [id, ...repository === undefined ? [] : [repository]]) {
        const file = join(folder, place, path)
        const found = await stat(file).catch(() => undefined)
        if (found?.isFile() === true) return { at, size: found.size, tag: `${found.size} ${found.mtimeMs}`, bytes: createReadStream(file, { start: at, highWaterMark: 1024 ** 2 }) }
      }
      throw new NotFoundError(`there is no ${id}/${path} in it`)
    }
  }
}

/** What another node has put into the ring. */
export function ringSource(blobs: Pick<Ring['blobs'], 'read' | 'stat'>, settled: readonly SettledFile[]): Source {
  return {
    name: 'the ring',
    async open(path, { at }, signal) {
      const file = settled.find((each) => each.path === path)
      if (file === undefined) throw new NotFoundError('no node of the ring has fetched it yet')
      const { size } = await blobs.stat(file.blob, { signal })
      return { at: Math.min(at, size), size, tag: file.blob, bytes: blobs.read(file.blob, { start: Math.min(at, size) }, { signal }) }
    }
  }
}

/** `<base>/<organisation>/<name>/resolve/<revision>/<file>`, plain GET with ranges. */
export function serverSource(base: string, { repository, revision }: ModelManifest, silenceMs = MODEL_SILENCE_MS): Source {
  const host = URL.parse(base)?.host ?? base
  return {
    name: host,
    async open(path, { at, tag }, signal) {
      if (repository === undefined) throw new NotFoundError('its manifest names no repository')
      const silence = new Silence(silenceMs, `${host} has sent nothing for ${silenceMs / 1000} s`)
      const url = `${base.replace(/\/+$/, '')}/${repository}/resolve/${revision}/${path}`
      const headers: Record<string, string> = { 'accept-encoding': 'identity', ...(at > 0 && { range: `bytes=${at}-`, ...(tag !== undefined && { 'if-range': tag }) }) }
      const answer = await fetch(url, { headers, signal: AbortSignal.any([signal, silence.signal]) }).catch((err) => { throw whyNot(err, host, signal) })
      if (answer.status === 416 && at > 0) { // nothing of it is left to send, or it is another file
        await answer.body?.cancel()
        return this.open(path, { at: 0, tag: undefined }, signal)
      }
      if (!answer.ok || answer.body === null) {
        await answer.body?.cancel()
        throw refusal(answer.status, host, `${repository}/${path}`)
      }
      return { ...extent(answer, at), tag: strongTag(answer), bytes: silence.watch(answer.body, (err) => whyNot(err, host, signal)) }
    }
  }
}

function extent({ status, headers }: Response, asked: number): { at: number; size: number | undefined } {
  const [, from, whole] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? []
  if (status === 206 && Number(from) === asked) return { at: asked, size: Number(whole) }
  if (status === 206) throw new RemoteError('the server answers another part of the file than it was asked for')
  const length = headers.get('content-length')
  return { at: 0, size: length === null ? undefined : Number(length) }
}

const strongTag = ({ headers }: Response): string | undefined => {
  const tag = headers.get('etag')
  return tag === null || tag.startsWith('W/') || tag.length > 200 ? undefined : tag
}

/** Ends a request whose server says nothing any more. */
class Silence {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout

  constructor(ms: number, why: string) {
    this.#timer = setTimeout(() => this.#controller.abort(new RemoteError(why)), ms).unref()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  async *watch(bytes: AsyncIterable<Uint8Array>, explain: (err: unknown) => unknown): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of bytes) {
        this.#timer.refresh()
        yield piece
      }
    } catch (err) {
      throw explain(err)
    } finally {
      clearTimeout(this.#timer)
    }
  }
}

function refusal(status: number, host: string, file: string): Error {
  if (status === 404) return new NotFoundError(`${host} has no ${file} (404)`)
  if (status === 401 || status === 403) return new RemoteError(`${host} gives ${file} to nobody who is not signed in (${status}): download it by hand into the node's folder of models`)
  if (status === 429 || status >= 500) return new RemoteError(`${host} is busy or down (${status}): try again later`)
  return new RemoteError(`${host} answers ${status} where ${file} was expected`)
}

/** What a person can do about it. */
function whyNot(err: unknown, host: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  if (err instanceof RemoteError) return err
  const { code } = (err as { cause?: { code?: string } }).cause ?? {}
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new RemoteError(`${host} is not to be found from here: is this machine offline? A mirror can be named with --model-mirror URL`)
  if (code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'UND_ERR_CONNECT_TIMEOUT') return new RemoteError(`nothing answers at ${host}: is it running, and is this machine online?`)
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE') return new RemoteError(`${host} cut the connection: what has arrived is kept, pull again`)
  return new RemoteError(`${host} could not be asked: ${err instanceof Error ? (err.cause instanceof Error ? err.cause.message : err.message) : String(err)}`)
}
