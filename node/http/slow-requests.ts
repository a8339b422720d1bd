import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** A request that brings no file must have sent its body by then, in ms. @default 30000 */
export const BODY_TIMEOUT_MS = 30_000
/** An upload is looked at this often, in ms, @default 30000 */
export const UPLOAD_CHECK_MS = 30_000
/** and is ended when it sent fewer bytes in that time while the node was ready for more. @default 32768 */
export const MIN_UPLOAD_BYTES = 32_768

export interface SlowRequestsInit {
  /** @default BODY_TIMEOUT_MS */
  readonly bodyTimeoutMs?: number
  /** @default UPLOAD_CHECK_MS */
  readonly uploadCheckMs?: number
}

/** Ends requests that hold a connection by sending next to nothing: a byte now and then is no sign of life. */
export function endSlowRequests(app: FastifyInstance, { bodyTimeoutMs = BODY_TIMEOUT_MS, uploadCheckMs = UPLOAD_CHECK_MS }: SlowRequestsInit = {}): void {
  app.addHook('onRequest', async ({ raw, routeOptions }) => {
    if (!(raw.socket instanceof Socket)) return // the node asks itself: nobody can be slow
    if (raw.headers['content-length'] === undefined && raw.headers['transfer-encoding'] === undefined) return
    const timer = routeOptions.config?.longBody === true ? watchUpload(raw, uploadCheckMs) : setTimeout(() => { if (!raw.complete) raw.socket.destroy() }, bodyTimeoutMs)
    timer.unref()
    const { socket } = raw
    const end = (): void => {
      clearTimeout(timer)
      socket.off('close', end) // the next request of this connection has a timer of its own
    }
    raw.once('close', end)
    socket.once('close', end)
  })
}

/** Whoever is not read from (the disk is slow, the file is looked at) is not slow. */
function watchUpload(raw: IncomingMessage, everyMs: number): NodeJS.Timeout {
  let before = raw.socket.bytesRead
  const timer = setInterval(() => {
    const { bytesRead } = raw.socket
    const isSlow = !raw.complete && raw.readableLength === 0 && bytesRead - before < MIN_UPLOAD_BYTES
    before = bytesRead
    if (isSlow) raw.socket.destroy()
    if (raw.complete) clearInterval(timer)
  }, everyMs)
  return timer
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Files come in here: a body takes as long as it needs while its bytes come. @default false */
    longBody?: boolean
  }
}
