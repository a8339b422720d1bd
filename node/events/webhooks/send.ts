import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { InvalidInputError } from '#protocols/errors.ts'
import { checkHost, lookupPublic } from './addresses.ts'

/** A receiver has to have answered by then, in ms. @default 15000 */
export const WEBHOOK_TIMEOUT_MS = 15_000

export interface Post {
  readonly url: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  /** The address may be of this machine or its network. */
  readonly allowPrivate: boolean
  readonly signal?: AbortSignal | undefined
}

/** POST it and answer the status, whatever it is. Redirects are not followed: what is called is what was named. @throws when nobody answers, or the address is not allowed */
export async function send({ url, body, headers, allowPrivate, signal }: Post): Promise<number> {
  const target = webhookUrl(url)
  if (!allowPrivate) checkHost(target.hostname)
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const request = (target.protocol === 'https:' ? httpsRequest : httpRequest)(target, {
    method: 'POST', agent: false, headers: { 'content-type': 'application/json', 'user-agent': 'thatdam', ...headers, 'content-length': Buffer.byteLength(body) },
    signal: AbortSignal.any([AbortSignal.timeout(WEBHOOK_TIMEOUT_MS), ...signal === undefined ? [] : [signal]]),
    ...(!allowPrivate && { lookup: lookupPublic })
  }, (answer) => {
    resolve(answer.statusCode ?? 0)
    answer.destroy() // what it says beyond its status is nobody's business here
  })
  request.on('error', reject)
  request.end(body)
  return promise
}

/** @throws InvalidInputError */
export function webhookUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') throw new InvalidInputError(`${JSON.stringify(text.slice(0, 80))} is no URL to call: begin it with https://, without user and password`)
  return url
}
