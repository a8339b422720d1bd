/** A WHEP player and WHIP publisher made of fetch and werift, with every handle a hostile or careless client would use. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { IceCandidate, MediaStream, MediaStreamTrack, RTCPeerConnection, useH264, useOPUS } from 'werift'
import { expect } from './requirement.ts'

/** Longest one request may take, in ms. @default 15000 */
export const REQUEST_MS = 15_000
/** Longest a connection, or the first packet on it, may take, in ms. @default 20000 */
export const CONNECT_MS = 20_000

/** A request is sent on to where it was redirected this often. @default 5 */
export const MAX_REDIRECTS = 5

export const SDP = 'application/sdp'
export const FRAGMENT = 'application/trickle-ice-sdpfrag'

export type Role = 'watch' | 'publish'

export interface ClientInit {
  /** The WHEP or WHIP endpoint. */
  readonly endpoint: string
  readonly role: Role
  readonly token?: string
}

interface Ask { readonly url?: string; readonly type?: string; readonly body?: string; readonly headers?: Record<string, string>; readonly anonymous?: boolean }

/** What came from `url`, after so many redirects. */
export interface Answer { readonly status: number; readonly headers: Headers; readonly text: string; readonly url: string; readonly redirects: number }

/** A session as the server made it, and our side of it. */
export interface Session { readonly url: string; readonly etag: string | null; readonly answer: Answer; readonly peer: Peer }

/** Our side of a connection. */
export class Peer {
  packets = 0
  readonly pc: RTCPeerConnection
  readonly #role: Role
  #timer: NodeJS.Timeout | undefined

  constructor(role: Role) {
    this.#role = role
    this.pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle', iceAdditionalHostAddresses: ['127.0.0.1'], codecs: { video: [useH264()], audio: [useOPUS()] } })
    this.pc.onTrack.subscribe((track) => { track.onReceiveRtp.subscribe(() => { this.packets++ }) })
  }

  /** An offer as a browser makes it, with all candidates. */
  async offer(kinds: ReadonlyArray<'video' | 'audio'> = ['video', 'audio']): Promise<string> {
    const stream = new MediaStream()
    for (const kind of kinds) {
      if (this.#role === 'watch') this.pc.addTransceiver(kind, { direction: 'recvonly' })
      else this.#feed(this.pc.addTransceiver(new MediaStreamTrack({ kind }), { direction: 'sendonly', streams: [stream] }).sender.track as MediaStreamTrack)
    }
    await this.#describe(await this.pc.createOffer())
    return muxOnly(this.pc.localDescription!.sdp)
  }

  /** The answer to an offer of the server. */
  async answer(offer: string): Promise<string> {
    await this.pc.setRemoteDescription({ type: 'offer', sdp: offer })
    await this.#describe(await this.pc.createAnswer())
    return muxOnly(this.pc.localDescription!.sdp)
  }

  accept(answer: string): Promise<void> { return this.pc.setRemoteDescription({ type: 'answer', sdp: answer }) }

  async #describe(description: Awaited<ReturnType<RTCPeerConnection['createOffer']>>): Promise<void> {
    for (const { connection } of this.pc.iceTransports) delete connection.stunServer // the library would ask one of Google's
    await this.pc.setLocalDescription(description)
  }

  /** Ten small packets a second, so that a server sees a sender and not a silence. */
  #feed(track: MediaStreamTrack): void {
    let sequence = 0
    this.#timer ??= setInterval(() => {
      sequence++
      const header = Buffer.from([0x80, 0x80 | 97, sequence >> 8, sequence & 0xff, 0, 0, 0, 0, 0, 0, 0, 1])
      header.writeUInt32BE(sequence * 9_000, 4)
      if (this.pc.connectionState === 'connected' && track.kind === 'video') track.writeRtp(Buffer.concat([header, Buffer.from([0x41, 0x9a, 0, 0])]))
    }, 100).unref()
  }

  /** @throws Error when it does not connect */
  async connected(): Promise<void> {
    await soon(() => this.pc.connectionState === 'connected', `the connection is ${this.pc.connectionState} instead of connected`)
  }

  /** @throws Error when no media comes */
  async media(): Promise<void> {
    const before = this.packets
    await soon(() => this.packets > before + 10, `${this.packets - before} packets of media came in ${CONNECT_MS / 1000} s`)
  }

  credentials(): { ufrag: string; pwd: string } {
    const { localUsername, localPassword } = this.pc.iceTransports[0]!.connection
    return { ufrag: localUsername, pwd: localPassword }
  }

  /** New credentials and the fragment that announces them; `finish` with what the server says to it. */
  async beginRestart(): Promise<string> {
    const [ice] = this.pc.iceTransports
    ice!.restart()
    await ice!.gather()
    return fragment(this.credentials(), ice!.localCandidates.map((each) => `candidate:${each.toJSON().candidate}`))
  }

  async finishRestart(body: string): Promise<void> {
    const { connection } = this.pc.iceTransports[0]!
    connection.setRemoteParams({ iceLite: false, usernameFragment: valueIn(body, 'ice-ufrag'), password: valueIn(body, 'ice-pwd') })
    for (const [, candidate = ''] of body.matchAll(/^a=candidate:(.*?)\r?$/gm)) {
      const parsed = IceCandidate.fromJSON({ candidate, sdpMid: '0' })
      if (parsed !== undefined) await this.pc.iceTransports[0]!.addRemoteCandidate(parsed)
    }
    await Promise.race([connection.connect(), sleep(CONNECT_MS, undefined, { ref: false }).then(() => { throw new Error('no path was found after the restart') })])
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.pc.close()
  }
}

/** Talks to one endpoint and closes what it opened. */
export class Client {
  readonly init: ClientInit
  readonly #sessions: string[] = []
  readonly #peers: Peer[] = []
  /** Those that are shown the token: the endpoint's, and where it says its sessions are. */
  readonly #origins: Set<string>

  constructor(init: ClientInit) {
    this.init = init
    this.#origins = new Set([new URL(init.endpoint).origin])
  }

  get role(): Role { return this.init.role }

  /** Follows 307 and 308, as which the request stays what it was; any other answer is handed out. */
  async ask(method: string, ask: Ask = {}): Promise<Answer> {
    let url = ask.url ?? this.init.endpoint
    for (let redirects = 0; ; redirects++) {
      const response = await this.#send(method, url, ask)
      const { status, headers } = response
      const location = headers.get('location')
      if (location === null || ![307, 308].includes(status) || redirects === MAX_REDIRECTS) {
        if (location !== null && method === 'POST' && !isRedirect(status)) this.#opened(url, new URL(location, url))
        return { status, headers, text: await response.text(), url, redirects }
      }
      await response.body?.cancel()
      url = new URL(location, url).href
    }
  }

  #send(method: string, url: string, { type, body, headers = {}, anonymous = false }: Ask): Promise<Response> {
    const authorization: Record<string, string> = this.init.token === undefined || anonymous || !this.#isShown(url) ? {} : { authorization: `Bearer ${this.init.token}` }
    return fetch(url, {
      method, redirect: 'manual', headers: { ...(type === undefined ? {} : { 'content-type': type }), ...authorization, ...headers },
      ...(body === undefined ? {} : { body }), signal: AbortSignal.timeout(REQUEST_MS)
    })
  }

  #isShown(url: string): boolean { return this.#origins.has(new URL(url).origin) }

  #opened(by: string, session: URL): void {
    this.#sessions.push(session.href)
    if (this.#isShown(by)) this.#origins.add(session.origin)
  }

  post(body: string, type = SDP): Promise<Answer> { return this.ask('POST', { body, type }) }

  /** PATCH with a fragment. */
  patch(url: string, body: string, ifMatch?: string | null, type = FRAGMENT): Promise<Answer> {
    return this.ask('PATCH', { url, body, type, headers: ifMatch == null ? {} : { 'if-match': ifMatch } })
  }

  peer(): Peer {
    const peer = new Peer(this.role)
    this.#peers.push(peer)
    return peer
  }

  async offer(): Promise<string> { return this.peer().offer() }

  /** A session whose answer is not applied yet. @throws Error when there is none */
  async open(): Promise<Session> {
    const peer = this.peer()
    const answer = await this.post(await peer.offer())
    expect(answer.status === 201, `POST of an offer is answered ${answer.status}: ${answer.text.slice(0, 200)}`)
    const location = answer.headers.get('location')
    expect(location !== null, 'the 201 has no Location')
    return { url: new URL(location, answer.url).href, etag: answer.headers.get('etag'), answer, peer }
  }

  /** A session that is connected. */
  async connect(): Promise<Session> {
    const session = await this.open()
    await session.peer.accept(session.answer.text)
    await session.peer.connected()
    return session
  }

  async cleanUp(): Promise<void> {
    for (const url of this.#sessions.splice(0)) await this.ask('DELETE', { url }).catch(() => {})
    for (const peer of this.#peers.splice(0)) await peer.close().catch(() => {})
  }
}

/** RFC 8840 section 9: what a browser with max-bundle sends. */
export function fragment({ ufrag, pwd }: { ufrag: string; pwd: string }, candidates: readonly string[] = ['candidate:1 1 udp 2130706431 127.0.0.1 9 typ host']): string {
  return ['a=ice-options:trickle', 'a=group:BUNDLE 0 1', 'm=video 9 UDP/TLS/RTP/SAVPF 97', 'a=mid:0', `a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`, ...candidates.map((each) => `a=${each}`), ''].join('\r\n')
}

export const newCredentials = (): { ufrag: string; pwd: string } => ({ ufrag: randomBytes(3).toString('hex'), pwd: randomBytes(12).toString('hex') })

export const valueIn = (sdp: string, attribute: string): string => new RegExp(`^a=${attribute}:(.*?)\\r?$`, 'm').exec(sdp)?.[1] ?? ''

export const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status)

/** Media sections of a description. */
export const sectionsOf = (sdp: string): string[] => sdp.split(/^(?=m=)/m).slice(1)

const muxOnly = (sdp: string): string => sdp.replaceAll('a=rtcp-mux\r\n', 'a=rtcp-mux\r\na=rtcp-mux-only\r\n')

async function soon(condition: () => boolean, otherwise: string): Promise<void> {
  for (const endMs = Date.now() + CONNECT_MS; Date.now() < endMs;) {
    if (condition()) return
    await sleep(20)
  }
  throw new Error(otherwise)
}
