import { createServer, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { type RtmpGate, serveSender } from './rtmp-session.ts'

/** Connections that have not said the right key, at most: of more, the oldest is cut off, so that whoever only fills places keeps nobody out. @default 16 */
export const MAX_STRANGERS = 16

/** Takes what one sender at a time sends (RTMP 1.0). Its own server, because FFmpeg's takes streams without asking for the key. */
export interface RtmpServer {
  /** What the next sender sends, as FLV. @throws when the signal aborts */
  next(signal: AbortSignal): Promise<Readable>
  close(): void
}

/** @throws when the port cannot be listened on */
export async function rtmpServer(gate: RtmpGate, { host, port }: { host: string; port: number }): Promise<RtmpServer> {
  let wanted: ((flv: Readable) => void) | undefined
  const strangers = new Set<Socket>()
  const server = createServer((socket) => {
    strangers.add(socket)
    socket.once('close', () => strangers.delete(socket))
    for (const oldest of strangers) {
      if (strangers.size <= MAX_STRANGERS) break
      strangers.delete(oldest)
      oldest.destroy()
    }
    serveSender(socket, gate, (flv) => {
      const take = wanted
      wanted = undefined
      if (take !== undefined) strangers.delete(socket)
      take?.(flv)
      return take !== undefined
    })
  })
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
