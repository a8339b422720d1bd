import type { Socket } from 'node:net'
import { InvalidMessageError } from '#protocols/errors.ts'
import { type CameraId, parseCameraId } from '#protocols/ids.ts'
import type { Logger } from '#ring/base/log.ts'
import { basicOf } from '../../http/credentials.ts'
import type { OpenFeed } from '../../live/camera-feed.ts'
import { FollowedCamera } from '../followed-camera.ts'
import { parameterSetsOf } from '../parameter-sets.ts'
import { describe, kindOfControl } from './describe.ts'
import { type MediaTransport, tcpTransport, udpTransport } from './media-transport.ts'
import { type RtspInput, RtspParser, type RtspRequest, rtspResponse } from './message.ts'
import { RtspRefusal, refusalOf } from './refusal.ts'
import { RtspSession } from './session.ts'
import { chooseTransport, type WantedTransport } from './transport-header.ts'

/** A session on which nothing moves for this long is ended, in milliseconds. @default 60000 */
export const SESSION_IDLE_MS = 60_000
/** A connection without a session has this long between requests of somebody who may watch, in milliseconds. @default 15000 */
export const CONNECTION_IDLE_MS = 15_000
/** A client that does not read its answers is cut off at this many unsent bytes. @default 2097152 */
export const MAX_UNSENT_BYTES = 2_097_152
const METHODS = 'OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN'

export interface ConnectionInit {
  readonly open: OpenFeed
  readonly knows: (camera: CameraId) => boolean
  /** undefined when anybody may watch; what it answers says later whether they still may. @throws UnauthenticatedError, TooManyFailuresError */
  readonly authorize: ((token: string, address: string, user: string) => Promise<() => boolean>) | undefined
  /** Takes one of the node's places for sessions; answers the way to give it back. @throws RtspRefusal when there is none */
  readonly takePlace: () => () => void
  readonly idleMs?: { readonly session?: number; readonly connection?: number }
  readonly log: Logger
}

interface Target { readonly camera: CameraId; readonly base: string; readonly control: string | undefined }
interface Answer { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }

/** One client: its requests one after the other, and at most one session, which ends with the connection. */
export class RtspConnection {
  readonly #socket: Socket
  readonly #init: ConnectionInit
  readonly #parser = new RtspParser()
  #session: { readonly rtsp: RtspSession; readonly givePlace: () => void } | undefined
  #mayStay = (): boolean => true
  #moved = { bytes: -1, atMs: performance.now(), udp: false }
  #heardMs = performance.now()
  #isStranger: boolean

  constructor(socket: Socket, init: ConnectionInit) {
    this.#socket = socket
    this.#init = init
    this.#isStranger = init.authorize !== undefined
  }

  /** It has to say who it is, and has not. */
  get isStranger(): boolean { return this.#isStranger }

  /** Until the client or an error ends it. Never rejects. */
  async serve(): Promise<void> {
    const watch = setInterval(() => this.#look(), 1_000).unref()
    try {
      for await (const bytes of this.#socket.iterator({ destroyOnReturn: false })) {
        for (const input of this.#parser.push(bytes as Buffer)) await this.#take(input)
      }
    } catch (err) {
      if (err instanceof InvalidMessageError) this.#reply('', { status: 400 })
    } finally {
      clearInterval(watch)
      this.#endSession()
      this.#socket.destroySoon()
    }
  }

  close(): void {
    this.#endSession()
    this.#socket.end()
    setImmediate(() => this.#socket.destroy())
  }

  async #take(input: RtspInput): Promise<void> {
    if ('packet' in input) return // receiver reports: that they come is all that is asked of them
    const { request } = input
    if (this.#init.authorize === undefined) this.#heardMs = performance.now()
    const sequence = request.headers.get('cseq') ?? ''
    try {
      this.#reply(sequence, await this.#answer(request, sequence))
    } catch (err) {
      const refusal = refusalOf(err)
      if (refusal === undefined) this.#init.log.error('%s failed - %s', request.method, err instanceof Error ? err.stack : err)
      this.#reply(sequence, { status: refusal?.status ?? 500, headers: refusal?.headers ?? {} })
    }
  }

  #reply(sequence: string, { status = 200, headers = {}, body }: Answer): void {
    if (this.#socket.destroyed) return
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) return void this.#socket.destroy()
    this.#socket.write(rtspResponse(status, { CSeq: sequence, Server: 'ThatDAM', ...headers }, body))
  }

  async #answer(request: RtspRequest, sequence: string): Promise<Answer> {
    if (request.version !== '1.0') throw new RtspRefusal(505, 'this server speaks RTSP/1.0')
    if (!/^\d{1,10}$/.test(sequence)) throw new RtspRefusal(400, 'a request needs a CSeq')
    const required = request.headers.get('require')
    if (required !== undefined) throw new RtspRefusal(551, 'no options are supported', { Unsupported: required })
    if (request.method === 'OPTIONS') return { headers: { Public: METHODS } }
    await this.#authorize(request)
    switch (request.method) {
      case 'DESCRIBE': return this.#describe(request)
      case 'SETUP': return this.#setup(request)
      case 'PLAY': return this.#play(request)
      case 'PAUSE': return this.#pause(request)
      case 'GET_PARAMETER': case 'SET_PARAMETER': return this.#keepAlive(request)
      case 'TEARDOWN': return this.#teardown(request)
      case 'ANNOUNCE': case 'RECORD': throw new RtspRefusal(405, 'cameras come in through peers', { Allow: METHODS })
      default: throw new RtspRefusal(501, 'there is no such method', { Public: METHODS })
    }
  }

  async #authorize({ headers }: RtspRequest): Promise<void> {
    if (this.#init.authorize === undefined) return
    const basic = basicOf(headers.get('authorization'))
    if (basic === undefined) throw new RtspRefusal(401, 'who asks?', { 'WWW-Authenticate': 'Basic realm="thatdam"' })
    this.#mayStay = await this.#init.authorize(basic.password, this.#socket.remoteAddress ?? '', basic.user)
    this.#isStranger = false
    this.#heardMs = performance.now()
  }

  async #describe({ url, headers }: RtspRequest): Promise<Answer> {
    const { camera, base } = this.#target(url)
    if (!/application\/sdp|\*\/\*|application\/\*/i.test(headers.get('accept') ?? '*/*')) throw new RtspRefusal(406, 'descriptions are application/sdp')
    const feed = await this.#init.open(camera)
    try {
      const { name, tracks } = feed.camera
      const body = describe({ name, tracks, parameters: await parameterSetsOf(feed.camera) })
      return { headers: { 'Content-Type': 'application/sdp', 'Content-Base': `${base}/` }, body }
    } finally {
      feed.release()
    }
  }

  async #setup({ url, headers }: RtspRequest): Promise<Answer> {
    const { camera, control } = this.#target(url)
    const kind = kindOfControl(control ?? '')
    if (kind === undefined) throw new RtspRefusal(control === undefined ? 459 : 404, 'set up the tracks that DESCRIBE names')
    const wanted = chooseTransport(headers.get('transport') ?? '')
    if (wanted === undefined) throw new RtspRefusal(461, 'use RTP/AVP/TCP interleaved, or RTP/AVP unicast with a pair of client ports')
    const session = await this.#sessionFor(camera, headers)
    if (session.playing || session.has(kind)) throw new RtspRefusal(455, 'the track is set up already, or the session plays')
    const transport = await this.#transport(wanted, kind)
    if (this.#session?.rtsp !== session) {
      transport.close()
      throw new RtspRefusal(454, 'the session ended')
    }
    const ssrc = session.add(kind, transport).toString(16).padStart(8, '0').toUpperCase()
    return { headers: { ...this.#sessionHeader(), Transport: `${transport.header};ssrc=${ssrc};mode="PLAY"` } }
  }

  async #sessionFor(camera: CameraId, headers: ReadonlyMap<string, string>): Promise<RtspSession> {
    if (headers.has('session')) {
      const session = this.#sessionOf(headers)
      if (session.camera !== camera) throw new RtspRefusal(459, 'a session is of one camera')
      return session
    }
    if (this.#session !== undefined) throw new RtspRefusal(455, 'this connection has a session already')
    const givePlace = this.#init.takePlace()
    try {
      const source = await FollowedCamera.open(this.#init.open, camera)
      const rtsp = new RtspSession(source, (reason) => {
        this.#init.log('a client of %s is let go - %s', camera, reason)
        this.close()
      })
      this.#session = { rtsp, givePlace }
      return rtsp
    } catch (err) {
      givePlace()
      throw err
    }
  }

  async #transport(wanted: WantedTransport, kind: 'video' | 'audio'): Promise<MediaTransport> {
    if (wanted.type === 'tcp') return tcpTransport(this.#socket, wanted.channels ?? (kind === 'video' ? [0, 1] : [2, 3]))
    const { localAddress = '', remoteAddress = '' } = this.#socket
    const onHeard = (): void => { this.#moved.udp = true }
    return udpTransport({ localAddress: bare(localAddress), remoteAddress: bare(remoteAddress), ports: wanted.ports, onHeard })
  }

  #play({ headers }: RtspRequest): Answer {
    const session = this.#sessionOf(headers)
    if (!session.hasTracks) throw new RtspRefusal(455, 'set up a track first')
    setImmediate(() => { if (this.#session?.rtsp === session) session.play() }) // after this answer
    return { headers: { ...this.#sessionHeader(), Range: 'npt=now-' } }
  }

  #pause({ headers }: RtspRequest): Answer {
    const session = this.#sessionOf(headers)
    if (!session.playing) throw new RtspRefusal(455, 'nothing plays')
    session.pause()
    return { headers: this.#sessionHeader() }
  }

  #keepAlive({ headers }: RtspRequest): Answer {
    if (!headers.has('session')) return {}
    this.#sessionOf(headers)
    return { headers: this.#sessionHeader() }
  }

  #teardown({ headers }: RtspRequest): Answer {
    this.#sessionOf(headers)
    this.#endSession()
    return {}
  }

  /** @throws RtspRefusal, InvalidIdError, NotFoundError */
  #target(text: string): Target {
    const [, host, path = ''] = /^rtsp:\/\/(?:[^@/]*@)?([A-Za-z0-9.:[\]_-]{1,255})\/([^?#]*)/i.exec(text) ?? []
    const [name = '', control, ...more] = path.replace(/\/$/, '').split('/')
    if (host === undefined || more.length > 0 || !/^[a-z0-9-]{1,64}$/.test(name)) throw new RtspRefusal(404, 'rtsp://HOST:PORT/CAMERA')
    const camera = parseCameraId(name)
    if (!this.#init.knows(camera)) throw new RtspRefusal(404, 'there is no such camera')
    return { camera, base: `rtsp://${host}/${camera}`, control: control === '' ? undefined : control }
  }

  #sessionOf(headers: ReadonlyMap<string, string>): RtspSession {
    const id = (headers.get('session') ?? '').split(';')[0]!.trim()
    if (this.#session?.rtsp.id !== id) throw new RtspRefusal(454, 'there is no such session on this connection')
    return this.#session.rtsp
  }

  #sessionHeader(): Record<string, string> {
    return { Session: `${this.#session?.rtsp.id ?? ''};timeout=${Math.round((this.#init.idleMs?.session ?? SESSION_IDLE_MS) / 1000)}` }
  }

  #endSession(): void {
    this.#session?.rtsp.close()
    this.#session?.givePlace()
    this.#session = undefined
  }

  /** Who only listens asks for nothing more: that they may no longer watch is not noticed by any request. */
  #look(): void {
    if (this.#session !== undefined && !this.#mayStay()) {
      this.#init.log('a client of %s is let go - it may not watch any more', this.#session.rtsp.camera)
      this.close()
    } else this.#endIfIdle()
  }

  #endIfIdle(): void {
    const silentMs = performance.now() - (this.#session === undefined ? this.#heardMs : this.#movedMs())
    const limitMs = this.#session === undefined ? this.#init.idleMs?.connection ?? CONNECTION_IDLE_MS : this.#init.idleMs?.session ?? SESSION_IDLE_MS
    if (silentMs > limitMs) this.close()
  }

  /** When something moved last, as far as was looked. What the client sent and what it took both count; what waits for it does not. */
  #movedMs(): number {
    const { bytesRead, bytesWritten, writableLength } = this.#socket
    const bytes = bytesRead + bytesWritten - writableLength
    if (bytes !== this.#moved.bytes || this.#moved.udp) this.#moved = { bytes, atMs: performance.now(), udp: false }
    return this.#moved.atMs
  }
}

/** An IPv4 address as such, also on a socket that speaks both. */
const bare = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')
