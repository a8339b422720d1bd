import { get, type IncomingMessage } from 'node:http'
import { get as getSecurely, type RequestOptions } from 'node:https'
import { connect } from 'node:net'
import { InvalidInputError } from '#protocols/errors.ts'
import { NODE_DEFAULTS } from '../config.ts'

/** A machine has to answer by then, in ms. @default 2000 */
export const PROBE_MS = 2_000
/** No node answers with more, in characters. */
const MAX_ANSWER_CHARS = 65_536
const HTTP_PORT = Number(NODE_DEFAULTS.http.split(':')[1])

/** Somewhere a node may be: by its page, or by the port other nodes dial. */
export type Place = { readonly page: string } | { readonly host: string; readonly port: number }

/** `http://HOST:PORT`, `HOST[:PORT]` of a page, or `/ip4/HOST/tcp/PORT…` of a node. @throws InvalidInputError */
export function parsePlace(text: string): Place {
  const [, host, port] = /^\/(?:ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d{1,5})(?:\/p2p\/\w+)?$/.exec(text) ?? []
  if (host !== undefined) return { host, port: Number(port) }
  const url = text.startsWith('/') ? null : URL.parse(/^https?:\/\//.test(text) ? text : `http://${text}`)
  if (url === null || url.hostname === '') throw new InvalidInputError(`--bootstrap ${text.slice(0, 100)}: use the page of a node, http://HOST:${HTTP_PORT}, or where it listens, /ip4/HOST/tcp/PORT`)
  if (url.port === '' && !/^https?:/.test(text)) url.port = String(HTTP_PORT)
  return { page: url.origin }
}

/** Whether a node answers there. Nothing is told to it. */
export function answers(place: Place): Promise<boolean> {
  return 'page' in place ? isNodePage(place.page) : listens(place)
}

/** By HTTP, or by HTTPS with whatever certificate: a ring that is behind one is still a ring. */
async function isNodePage(page: string): Promise<boolean> {
  const secure = page.replace(/^http:/, 'https:')
  return await saysSo(page) || (secure !== page && await saysSo(secure))
}

function saysSo(page: string): Promise<boolean> {
  const options: RequestOptions = { agent: false, rejectUnauthorized: false, signal: AbortSignal.timeout(PROBE_MS) }
  return new Promise((resolve) => {
    const take = (answer: IncomingMessage): void => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
        if (text.length > MAX_ANSWER_CHARS) answer.destroy()
      })
      answer.once('close', () => resolve((answer.statusCode ?? 500) < 400 && text.length <= MAX_ANSWER_CHARS && /"status":"(ok|degraded)"/.test(text)))
    }
    const request = page.startsWith('https:') ? getSecurely(`${page}/healthz`, options, take) : get(`${page}/healthz`, options, take)
    request.on('error', () => resolve(false))
  })
}

function listens({ host, port }: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PROBE_MS })
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false)).once('timeout', () => end(false))
  })
}
