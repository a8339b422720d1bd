/** Who is heard on a connection's ports, which are open to everybody: the library acts on any request, and takes any record, from anywhere. */
import { CandidatePairState, parseMessage, type RTCIceTransport, type RTCPeerConnection } from 'werift'
import { MAX_REMOTE_CANDIDATES, sendingPair } from './ice.ts'

type Address = readonly [string, number]
type Message = NonNullable<ReturnType<typeof parseMessage>>

/** Of the library's own sockets, UDP and TCP. */
interface Protocol {
  readonly onRequestReceived: { execute(message: Message, from: Address, data: Buffer): void }
  datagramReceived?(data: Buffer, from: Address): void
  handleFrame?(data: Buffer, from: Address): void
}

interface Connection {
  readonly userHistory: Record<string, string>
  readonly localUsername: string
  readonly localPassword: string
  readonly remoteCandidates: ReadonlyArray<{ readonly host: string; readonly port: number }>
  readonly checkList: ReadonlyArray<{ readonly protocol: unknown; readonly remoteAddr: Address; readonly state: CandidatePairState; readonly requestsReceived: number }>
  ensureProtocol(protocol: Protocol): void
}

/** What begins with more than this is no STUN (RFC 7983). */
const LAST_STUN_BYTE = 3

const isSame = (one: Address, other: Address): boolean => one[0] === other[0] && one[1] === other[1]

/** From now on requests are heard of those who know the password, and all else of those whose checks passed. Call when the transports exist and nothing is gathered yet. */
export function guardIce(pc: RTCPeerConnection): void {
  for (const transport of pc.iceTransports) {
    const connection = transport.connection as unknown as Connection
    connection.userHistory[connection.localUsername] = connection.localPassword // the library keeps only those of restarts
    const ensure = connection.ensureProtocol.bind(connection)
    connection.ensureProtocol = (protocol) => {
      ensure(protocol)
      guard(transport, connection, protocol)
    }
  }
}

function guard(transport: RTCIceTransport, connection: Connection, protocol: Protocol): void {
  const heed = protocol.onRequestReceived.execute
  protocol.onRequestReceived.execute = (message, from, data) => { if (isOurs(connection, message, data) && hasRoom(connection, from)) heed(message, from, data) }
  for (const name of ['datagramReceived', 'handleFrame'] as const) {
    const take = protocol[name]?.bind(protocol)
    if (take !== undefined) protocol[name] = (data, from) => { if (data[0]! <= LAST_STUN_BYTE || isKnown(transport, connection, protocol, from)) take(data, from) }
  }
}

/** RFC 8445 section 7.3: for one of our names, and with its password. */
function isOurs({ userHistory }: Connection, message: Message, data: Buffer): boolean {
  const [name = ''] = String(message.getAttributeValue('USERNAME') ?? '').split(':')
  return Object.hasOwn(userHistory, name) && parseMessage(data, Buffer.from(userHistory[name]!)) !== undefined
}

function hasRoom({ remoteCandidates }: Connection, from: Address): boolean {
  return remoteCandidates.length < MAX_REMOTE_CANDIDATES || remoteCandidates.some(({ host, port }) => isSame([host, port], from))
}

/** Whoever knew the password may send before our own check of its address has passed. */
function isKnown(transport: RTCIceTransport, { checkList }: Connection, protocol: Protocol, from: Address): boolean {
  const sending = sendingPair(transport)
  if (sending !== undefined && sending.protocol === protocol as unknown && isSame(sending.remoteAddr, from)) return true
  return checkList.some((pair) => pair.protocol === protocol && isSame(pair.remoteAddr, from) && (pair.requestsReceived > 0 || pair.state === CandidatePairState.SUCCEEDED))
}
