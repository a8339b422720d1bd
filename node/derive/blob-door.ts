import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { AbortOptions, Startable } from '#ring/base/lifecycle.ts'
import { parseRange } from '../http/byte-range.ts'

/** Reads bytes from `start` up to and without `end`. */
export type ReadBytes = (range: { start: number; end: number }, options: AbortOptions) => AsyncIterable<Uint8Array>

/** Lends originals to child processes: each under an address of this machine that nobody can guess, read by range, for as long as it is lent. No file is copied for it. */
export interface BlobDoor extends Startable {
  lend<T>(read: ReadBytes, size: number, use: (url: string) => Promise<T>): Promise<T>
  /** As `lend`, until it is closed. */
  open(read: ReadBytes, size: number): { readonly url: string; close(): void }
}

export function createBlobDoor(): BlobDoor {
  const lent = new Map<string, { read: ReadBytes; size: number }>()
  const server = createServer((request, response) => { void answer(request, response).catch(() => response.destroy()) })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const found = lent.get((request.url ?? '').slice(1))
    if (found === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return void response.writeHead(404).end()
    const range = parseRange(request.headers.range, found.size)
    if (range === 'unsatisfiable') return void response.writeHead(416, { 'content-range': `bytes */${found.size}` }).end()
    const { start, end } = range ?? { start: 0, end: found.size }
    response.writeHead(range === undefined ? 200 : 206, {
      'accept-ranges': 'bytes', 'content-length': end - start, 'content-type': 'application/octet-stream', ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${found.size}` })
    })
    if (request.method === 'HEAD' || start === end) return void response.end()
    const left = new AbortController()
    response.once('close', () => left.abort(new Error('the reader left')))
    await pipeline(Readable.from(found.read({ start, end }, { signal: left.signal }), { objectMode: false }), response).catch(() => {}) // FFmpeg hangs up with every seek
  }

  function open(read: ReadBytes, size: number): { url: string; close: () => void } {
    const name = randomBytes(24).toString('hex')
    lent.set(name, { read, size })
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`, close: () => { lent.delete(name) } }
  }

  return {
    open,
    async start() {
      server.unref()
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
    },
    async lend(read, size, use) {
      const { url, close } = open(read, size)
      try {
        return await use(url)
      } finally {
        close()
      }
    },
    async stop() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    }
  }
}
