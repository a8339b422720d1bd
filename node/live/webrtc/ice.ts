/** ICE beyond what the WebRTC library does by itself: trickled candidates, restarts that may fail, and whom it may ask for its address. */
import type { Server } from 'node:net'
import { CandidatePairState, IceCandidate, type RTCIceTransport, type RTCPeerConnection } from 'werift'
import type { IceCredentials } from './sdp.ts'

/** A restart that has not found a path by then is undone, in milliseconds. @default 15000 */
export const RESTART_TIMEOUT_MS = 15_000
/** Candidates of the other side that are tried per ICE session; later ones are ignored. @default 60 */
export const MAX_REMOTE_CANDIDATES = 60
/** A STUN or TURN server that does not answer holds up an answer this long, in seconds. @default 1 */
export const GATHER_TIMEOUT_S = 1

/** TCP connections to one listening socket at once: one is the client's, others may be anybody's. @default 4 */
export const MAX_TCP_CONNECTIONS = 4

/** A server that tells a peer its address (STUN) or relays for it (TURN); credentials only with TURN. */
export interface IceServer { readonly urls: string; readonly username?: string; readonly credential?: string }

/** What this side says of itself after a restart. */
export interface LocalIce extends IceCredentials { readonly candidates: readonly string[] }

/** The ICE session of one connection. */
export interface Ice {
  /** Of the other side, now. */
  remote(): IceCredentials
  isConnected(): boolean
  /** Candidate lines, without `a=`. */
  add(candidates: readonly string[]): Promise<void>
  /** Begin again with new credentials of both sides; the sockets and the media stay, and the old path does until there is a new one. */
  restart(remote: IceCredentials, candidates: readonly string[]): Promise<LocalIce>
}

type Connection = RTCIceTransport['connection']
type Pair = NonNullable<Connection['nominated']>

/** What the library's own restart throws away, and what a failed one needs back. */
const GENERATION = [
  'generation', 'localUsername', 'localPassword', 'remoteUsername', 'remotePassword', 'remoteIsLite', 'localCandidates', '_remoteCandidates', 'remoteCandidatesEnd',
  'localCandidatesStart', 'localCandidatesEnd', 'state', 'nominated', 'nominating', 'checkList', 'checkListDone', 'checkListState', 'earlyChecks', 'earlyChecksDone'
] as const

/** Pairs that go on carrying media while a restart looks for another. */
const kept = new WeakMap<Connection, Pair>()

/** The pair to send through: the nominated one, or during a restart the one before. */
export function sendingPair({ connection }: RTCIceTransport): Pair | undefined {
  return connection.nominated ?? kept.get(connection)
}

/** Without servers of its own the library would ask one of Google's. Call when the transports exist and nothing is gathered yet. */
export function askOnly(pc: RTCPeerConnection, servers: readonly IceServer[]): void {
  if (servers.some(({ urls }) => urls.startsWith('stun:'))) return
  for (const { connection } of pc.iceTransports) delete connection.stunServer
}

/** Where the library listens for one connection over TCP. */
function tcpServers(pc: RTCPeerConnection): Server[] {
  const protocols = pc.iceTransports.flatMap(({ connection }) => (connection as unknown as { protocols: Array<{ server?: Server }> }).protocols)
  return protocols.flatMap(({ server }) => server ?? [])
}

/** Of the library's connection: what it does by itself with TCP, and what it knows of its pairs. */
export interface TcpChoice {
  pruneTcpConnections(selected: Pair): void
  handleConnectionClosed(protocol: Pair['protocol'], remote: readonly [string, number]): void
  checkList: Array<Pair & { nominated: boolean }>
  nominated: Pair | undefined
}
type TcpPair = Pair['protocol'] & { getOpenSocket?(address: Pair['remoteAddr']): unknown }

/**
 * The library would keep the first TCP connection that is nominated and close all others, while a browser may settle on another and close the first. So all stay, and when
 * the one in use is closed another that works takes its place.
 */
export function followTcp(connection: TcpChoice): void {
  const giveUp = connection.handleConnectionClosed.bind(connection)
  connection.pruneTcpConnections = () => {}
  connection.handleConnectionClosed = (protocol, remote) => {
    const now = connection.nominated
    if (now === undefined || now.protocol !== protocol || now.remoteAddr[0] !== remote[0] || now.remoteAddr[1] !== remote[1]) return
    const open = connection.checkList.filter((pair) => pair !== now && pair.state === CandidatePairState.SUCCEEDED && (pair.protocol as TcpPair).getOpenSocket?.(pair.remoteAddr) !== undefined)
    const next = open.find(({ nominated }) => nominated) ?? open[0]
    if (next === undefined) giveUp(protocol, remote)
    else connection.nominated = next
  }
}

/** Few may knock, and nobody any more once the connection stands. Call when all is gathered. */
export function limitTcp(pc: RTCPeerConnection): void {
  const servers = tcpServers(pc)
  if (servers.length > 0) for (const { connection } of pc.iceTransports) followTcp(connection as unknown as TcpChoice)
  for (const server of servers) server.maxConnections = MAX_TCP_CONNECTIONS
  if (servers.length > 0) pc.connectionStateChange.subscribe((state) => { if (state === 'connected') for (const server of servers) server.close() })
}

export interface IceInit {
  /** @default RESTART_TIMEOUT_MS */
  readonly restartTimeoutMs?: number
}

/** Call when the descriptions of both sides, or ours, are set: everything is bundled on one transport, which stays. */
export function iceOf(pc: RTCPeerConnection, { restartTimeoutMs = RESTART_TIMEOUT_MS }: IceInit = {}): Ice {
  const transport = pc.iceTransports[0]!
  const { connection } = transport
  let before: Record<string, unknown> | undefined
  let attempt = 0

  /** Back to the ICE session that still works, with consent asked for on its pair; when it does not work either, that ends it. */
  function undo(): void {
    if (before === undefined) return
    Object.assign(connection, before)
    before = undefined
    kept.delete(connection)
    ;(connection as unknown as { queryConsent(): void }).queryConsent()
  }

  async function settle(mine: number): Promise<void> {
    const done = await Promise.race([
      connection.connect().then(() => true, () => false),
      new Promise<false>((resolve) => { setTimeout(() => resolve(false), restartTimeoutMs).unref() })
    ])
    if (mine !== attempt || pc.connectionState === 'closed') return
    if (!done) return undo()
    before = undefined
    kept.delete(connection)
  }

  async function add(candidates: readonly string[]): Promise<void> {
    for (const candidate of candidates) {
      if (connection.remoteCandidates.length >= MAX_REMOTE_CANDIDATES) return
      const parsed = IceCandidate.fromJSON({ candidate, sdpMid: '0' })
      if (parsed !== undefined) await transport.addRemoteCandidate(parsed)
    }
  }

  return {
    add,
    remote: () => ({ ufrag: connection.remoteUsername, pwd: connection.remotePassword }),
    isConnected: () => pc.connectionState === 'connected',
    async restart(remote, candidates) {
      if (connection.nominated !== undefined) {
        const state = connection as unknown as Record<string, unknown>
        before = Object.fromEntries(GENERATION.map((name) => [name, state[name]]))
        kept.set(connection, connection.nominated)
      }
      const mine = ++attempt
      transport.restart()
      connection.setRemoteParams({ iceLite: false, usernameFragment: remote.ufrag, password: remote.pwd })
      await transport.gather()
      limitTcp(pc)
      await add(candidates)
      void settle(mine)
      const own = transport.localCandidates.map((each) => `candidate:${each.toJSON().candidate?.replace(/^candidate:/, '')}`)
      return { ufrag: connection.localUsername, pwd: connection.localPassword, candidates: own.filter((line) => !line.includes(' tcptype active')) }
    }
  }
}
