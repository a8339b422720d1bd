import type { FastifyError, FastifyInstance } from 'fastify'
import { InvalidQueryError, ThatDamError } from '#protocols/errors.ts'
import type { ErrorBody } from '#protocols/http.ts'
import type { Logger } from '#ring/base/log.ts'
import { TooManyFailuresError } from '../accounts/refusals.ts'

/** What is answered for an error: a deliberate one as it says, everything else without a word of what happened inside. */
export interface ErrorAnswer {
  readonly status: number
  readonly body: ErrorBody
}

/** Fastify's own refusals of malformed requests, by status. */
const CODES: Readonly<Record<number, string>> = {
  400: 'ERR_INVALID_INPUT', 404: 'ERR_NOT_FOUND', 405: 'ERR_METHOD', 406: 'ERR_NOT_ACCEPTABLE', 413: 'ERR_TOO_LARGE', 415: 'ERR_UNSUPPORTED_TYPE'
}

/** The one place a throw becomes an answer. */
export function answerOf(err: unknown): ErrorAnswer {
  if (err instanceof InvalidQueryError) return { status: err.status, body: { error: { code: err.code, message: err.message, at: err.at, ...(err.suggestion === undefined ? {} : { suggestion: err.suggestion }) } } }
  if (err instanceof ThatDamError) return { status: err.status, body: { error: { code: err.code, message: err.message } } }
  const { statusCode = 500, message = '' } = (err ?? {}) as Partial<FastifyError>
  const code = CODES[statusCode]
  if (code !== undefined) return { status: statusCode, body: { error: { code, message } } }
  return { status: 500, body: { error: { code: 'ERR_INTERNAL', message: 'something went wrong in this node: its log says what' } } }
}

/** What a route may have said already of the content that it then could not send. */
const OF_THE_CONTENT = ['accept-ranges', 'content-disposition', 'content-range', 'etag', 'last-modified'] as const

/** Answer every throw of every route with an `ErrorBody`, and log those that nobody meant. */
export function handleErrors(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((err, request, reply) => {
    const { status, body } = answerOf(err)
    if (body.error.code === 'ERR_INTERNAL') log.error('%s %s failed - %s', request.method, request.url.split('?')[0]?.replace(/^\/s\/[^/]+/, '/s/…'), err instanceof Error ? err.stack : err)
    for (const name of OF_THE_CONTENT) reply.removeHeader(name)
    if (err instanceof TooManyFailuresError) reply.header('retry-after', err.retryAfter)
    return reply.code(status).header('cache-control', 'no-store').type('application/json; charset=utf-8').send(body)
  })
}
