import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ThatDamError } from '#protocols/errors.ts'
import { PASS_HEADER } from '../../passes.ts'

/** What another route of this node refused, as it refused it. */
class RefusedBySelfError extends ThatDamError {
  readonly code: string
  override readonly status: number

  constructor(status: number, { code, message }: { code: string; message: string }) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Headers that say from where somebody asks. */
const FROM = ['host', 'origin', 'sec-fetch-site'] as const

/** Ask a route of this very node on behalf of whoever asks, so that what they may is decided there. @throws ThatDamError with its answer */
export async function askSelf(app: FastifyInstance<any, any, any, any, any>, request: Pick<FastifyRequest, 'headers' | 'ip' | 'who'>, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object): Promise<Buffer> {
  const pass = app.passes.issue(request.who)
  const headers: Record<string, string> = { [PASS_HEADER]: pass }
  for (const name of FROM) if (typeof request.headers[name] === 'string') headers[name] = request.headers[name]
  const answer = await app.inject({ method, url, headers, remoteAddress: request.ip, ...(payload && { payload }) }).finally(() => app.passes.take(pass))
  if (answer.statusCode >= 200 && answer.statusCode < 300) return answer.rawPayload
  const error = parse(answer.payload)
  throw new RefusedBySelfError(answer.statusCode, error)
}

/** As `askSelf`, of a route that answers JSON, or nothing. */
export async function askSelfJson<T>(...question: Parameters<typeof askSelf>): Promise<T> {
  const bytes = await askSelf(...question)
  return (bytes.length === 0 ? null : JSON.parse(bytes.toString())) as T
}

function parse(text: string): { code: string; message: string } {
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string } }
    return { code: String(error.code), message: String(error.message) }
  } catch {
    return { code: 'ERR_INTERNAL', message: 'something went wrong in this node: its log says what' }
  }
}
