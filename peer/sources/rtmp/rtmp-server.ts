import { createServer } from 'node:net'
import type { Readable } from 'node:stream'
import { type RtmpGate, serveSender } from './rtmp-session.ts'

/** Connections at once, at most; all but one are senders that have not said their key, or not the right one. @default 16 */
export const MAX_CONNECTIONS = 16

/** Takes what one sender at a time sends (RTMP 1.0). Its own server, because FFmpeg's takes streams without asking for the key. */
export interface RtmpServer {
  /** What the next sender sends, as FLV. @throws when the signal aborts */
  next(signal: AbortSignal): Promise<Readable>
  close(): void
}

/** @throws when the port cannot be listened on */
export async function rtmpServer(gate: RtmpGate, { host, port }: { host: string; port: number }): Promise<RtmpServer> {
  let wanted: ((flv: Readable) => void) | undefined
  const server = createServer((socket) => serveSender(socket, gate, (flv) => {
    const take = wanted
    wanted = undefined
    take?.(flv)
    return take !== undefined
  }))
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
  return {
    next: (signal) => new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      wanted = resolve
    }),
    close: () => { server.close() }
  }
}
