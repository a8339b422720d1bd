/** A server laid out as the hub is, on loopback, that misbehaves when it is told to. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export interface ModelMirror {
  readonly url: string
  /** `/organisation/name/resolve/revision/file`, with the range that was asked for. */
  readonly asked: string[]
  /** Answers all requests with this status, until it is undefined again. */
  status: number | undefined
  /** The next answers end after so many bytes. */
  cuts: number[]
  /** Bytes of answers are changed. */
  spoilt: boolean
  /** Half of each answer is sent; the rest when this resolves. */
  held: Promise<void> | undefined
  stop(): Promise<void>
}

/** `folderOf`: where the files of a repository lie. */
export async function startModelMirror(folderOf: (repository: string) => string | undefined): Promise<ModelMirror> {
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const mirror: ModelMirror = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: [], status: undefined, cuts: [], spoilt: false, held: undefined,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close').catch(() => {})
    }
  }

  async function answer({ url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    mirror.asked.push(`${url} ${headers.range ?? ''}`.trim())
    const [, repository = '', file = ''] = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(url) ?? []
    const folder = folderOf(repository)
    const bytes = folder === undefined ? undefined : await readFile(join(folder, file)).catch(() => undefined)
    if (mirror.status !== undefined || bytes === undefined) return void response.writeHead(mirror.status ?? 404).end()
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
    const tag = `"${bytes.length}"`
    const goesOn = from > 0 && (headers['if-range'] ?? tag) === tag
    const rest = Buffer.from(goesOn ? bytes.subarray(from) : bytes)
    if (mirror.spoilt && rest.length > 0) rest[0]! ^= 255
    if (goesOn && rest.length === 0) return void response.writeHead(416).end()
    response.writeHead(goesOn ? 206 : 200, { etag: tag, 'content-length': rest.length, ...(goesOn && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }) })
    if (mirror.held !== undefined) {
      const half = Math.ceil(rest.length / 2)
      response.write(rest.subarray(0, half))
      await mirror.held
      return void response.end(rest.subarray(half))
    }
    const cut = mirror.cuts.shift()
    if (cut === undefined || cut >= rest.length) return void response.end(rest)
    response.write(rest.subarray(0, cut), () => setTimeout(() => response.destroy(), 20))
  }
  return mirror
}
