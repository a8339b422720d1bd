import { ThatDamError } from '#protocols/errors.ts'

/** A request this server does not carry out; `status` is the RTSP status that says why. */
export class RtspRefusal extends ThatDamError {
  readonly code = 'ERR_RTSP_REFUSED'
  override readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

/** Seconds a client is asked to wait before it tries again. @default 2 */
const RETRY_AFTER_SECONDS = '2'
const STATUS: Readonly<Record<number, number>> = { 400: 400, 401: 401, 403: 403, 404: 404, 409: 503, 429: 403, 503: 503 }

/** RTSP status and headers for a throw; undefined when nobody meant it. */
export function refusalOf(err: unknown): RtspRefusal | undefined {
  if (err instanceof RtspRefusal) return err
  const status = err instanceof ThatDamError ? STATUS[err.status] : undefined
  if (status === undefined) return undefined
  const headers = status === 503 ? { 'Retry-After': RETRY_AFTER_SECONDS } : status === 401 ? { 'WWW-Authenticate': 'Basic realm="thatdam"' } : {}
  return new RtspRefusal(status, (err as Error).message, headers as Record<string, string>)
}
