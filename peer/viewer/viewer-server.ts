import { timingSafeEqual, createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InvalidInputError, NotAuthorizedError, NotFoundError, ThatDamError } from '#protocols/errors.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { isLoopback } from '#ring/base/loopback.ts'
import type { CameraProxy } from '../camera-proxy.ts'
import type { RtcViewers } from './rtc-viewer.ts'
import { viewerPage } from './viewer-page.ts'

/** Largest SDP offer, in bytes. @default 65536 */
export const MAX_OFFER_BYTES = 65_536

const SDP = 'application/sdp'

class UnsupportedTypeError extends ThatDamError {
  readonly code = 'ERR_UNSUPPORTED_TYPE'
  override readonly status = 415
}

export interface ViewerServerComponents {
  cameras: readonly CameraProxy[]
  viewers: RtcViewers
  log: Logger
}

export interface ViewerServerInit {
  host: string
  /** 0 for any. */
  port: number
  token: string | undefined
}

/** This peer's own page: `GET /`, `GET /cameras`, `POST /whep/:camera` (draft-ietf-wish-whep-04), `DELETE /whep/:camera/:id`. */
export interface ViewerServer extends Startable {
  /** `http://host:port`, once started. */
  url(): string
}

export function viewerServer({ cameras, viewers, log }: ViewerServerComponents, { host, port, token }: ViewerServerInit): ViewerServer {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    serve(request, response).catch((err) => refuse(response, err))
  })
  server.maxConnections = 64

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? '/', 'http://peer.local')
    if (url === null) throw new InvalidInputError('not a path')
    checkOrigin(request)
    const [area = '', name = '', id] = url.pathname.slice(1).split('/')
    if (request.method === 'GET' && url.pathname === '/') {
      // the page is no secret; what it asks for carries the token
      response.setHeader('content-security-policy', "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; media-src 'self' blob: mediastream:; frame-ancestors 'none'")
      return reply(response, 200, 'text/html; charset=utf-8', viewerPage)
    }
    checkToken(request)
    if (request.method === 'GET' && url.pathname === '/cameras') {
      return reply(response, 200, 'application/json', JSON.stringify(cameras.map((camera) => ({ name: camera.name, source: camera.source, ...camera.status() }))))
    }
    if (area === 'whep' && request.method === 'OPTIONS') {
      response.setHeader('accept-post', SDP)
      return reply(response, 204, 'text/plain', '')
    }
    if (area === 'whep' && request.method === 'POST' && id === undefined) return whep(request, response, name)
    if (area === 'whep' && request.method === 'DELETE' && id !== undefined) {
      if (!(await viewers.close(id))) throw new NotFoundError('no such viewer')
      return reply(response, 200, 'text/plain', '')
    }
    if (area === 'whep') response.setHeader('allow', id === undefined ? 'POST, OPTIONS' : 'DELETE, OPTIONS')
    if (area === 'whep') return reply(response, 405, 'text/plain', '') // no trickle: an answer has all candidates, and an offer must
    throw new NotFoundError('there is no such page')
  }

  async function whep(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
    const camera = cameras.find((one) => one.id === name)
    if (camera === undefined) throw new NotFoundError(`there is no camera ${JSON.stringify(name.slice(0, 64))} here`)
    if (request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() !== SDP) throw new UnsupportedTypeError('send an offer as application/sdp')
    const { id, sdp } = await viewers.answer(camera, await body(request)).catch((err) => {
      throw err instanceof ThatDamError ? err : new InvalidInputError('the offer cannot be answered', { cause: err })
    })
    response.setHeader('location', `/whep/${camera.id}/${id}`)
    response.setHeader('etag', `"${id}"`)
    reply(response, 201, 'application/sdp', sdp)
  }

  /** A page of another site must not reach this one, by name (DNS rebinding) or by form (RFC 6454). */
  function checkOrigin(request: IncomingMessage): void {
    const name = URL.parse(`http://${request.headers.host ?? ''}`)?.hostname.replace(/^\[|\]$/g, '') ?? ''
    if (isLoopback(host) && !isLoopback(name)) throw new NotAuthorizedError('this page is for this machine: open it as http://127.0.0.1')
    const { origin } = request.headers
    if (origin !== undefined && origin !== `http://${request.headers.host}`) throw new NotAuthorizedError('another site may not use this page')
  }

  function checkToken(request: IncomingMessage): void {
    if (token === undefined) return
    const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (!timingSafeEqual(sha256(given), sha256(token))) throw new NotAuthorizedError('add #TOKEN to the address of the page')
  }

  function refuse(response: ServerResponse, err: unknown): void {
    if (!(err instanceof ThatDamError)) log.error('request failed - %s', err)
    const known = err instanceof ThatDamError ? err : undefined
    if (response.headersSent) return void response.destroy()
    reply(response, known?.status ?? 500, 'application/json', JSON.stringify({ error: { code: known?.code ?? 'ERR_INTERNAL', message: known?.message ?? 'internal error' } }))
  }

  return {
    url() {
      const { port: bound } = server.address() as AddressInfo
      return `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
    },
    start: () => new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => resolve())
    }),
    async stop() {
      await viewers.stop()
      if (!server.listening) return
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    }
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

function reply(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }).end(text)
}

async function body(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > MAX_OFFER_BYTES) throw new InvalidInputError(`an offer has at most ${MAX_OFFER_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
