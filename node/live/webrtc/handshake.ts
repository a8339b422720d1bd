/**
 * Who is on the other side of DTLS. The library compares the certificate with the fingerprint of the offer and does not ask for proof that its key is there, so whoever is on the
 * way could show the certificate and agree on keys of their own.
 */
import { verify, X509Certificate } from 'node:crypto'
import type { RTCDtlsTransport, RTCPeerConnection } from 'werift'

type Socket = NonNullable<RTCDtlsTransport['dtls']>

/** Handshake messages, RFC 5246 section 7.4. */
const [SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE, FINISHED] = [2, 11, 12, 15, 16, 20]
/** Kept apart, for they are what is signed and what is obeyed: the library keeps the first of each and obeys the last. */
const ONCE = new Set([SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE])
/** Which flight of the library holds what the other side says of its key, by our role. */
const FLIGHT = { client: 4, server: 5 } as const
const SHA256 = 4
/** Pieces of handshake messages that wait for the rest; with more, or larger ones, none is kept: the other side sends them again. @default 64 */
export const MAX_FRAGMENTS = 64
/** Bytes of those pieces, and of one message put together. @default 65536 */
export const MAX_FRAGMENT_BYTES = 65_536
/** TLS's number of a signature for each kind of key. */
const SIGNATURES: Readonly<Record<string, number>> = { rsa: 1, ec: 3 }

/** From the beginning of the handshake on, what is signed is taken once, and nothing once it is over. Call when the transports exist and none has begun. */
export function guardHandshakes(pc: RTCPeerConnection): void {
  for (const transport of pc.dtlsTransports) {
    transport.onStateChange.subscribe((state) => { if (state === 'connecting') queueMicrotask(() => { if (transport.dtls !== undefined) guard(transport.dtls) }) }) // the library makes it in this very turn
  }
}

type Fragments = Parameters<Socket['handleFragmentHandshake']>[0]

function guardFragments(socket: Socket): void {
  const assemble = socket.handleFragmentHandshake.bind(socket)
  const held = socket as unknown as { bufferFragmentedHandshakes: Fragments }
  socket.handleFragmentHandshake = (messages) => {
    const taken = messages.filter(({ length, fragment_length: part }) => part === length || (!socket.connected && length <= MAX_FRAGMENT_BYTES))
    const all = [...held.bufferFragmentedHandshakes, ...taken]
    if (all.length > MAX_FRAGMENTS || all.reduce((bytes, { fragment }) => bytes + fragment.length, 0) > MAX_FRAGMENT_BYTES) held.bufferFragmentedHandshakes = []
    return assemble(taken)
  }
}

function guard(socket: Socket): void {
  guardFragments(socket)
  const came = new Set<number>()
  const handle = socket.onHandleHandshakes
  socket.onHandleHandshakes = async (messages) => handle(messages.filter(({ msg_type: type }) => {
    if (socket.connected) return type === FINISHED // whose answer was lost
    if (!ONCE.has(type)) return true
    const isFirst = !came.has(type)
    came.add(type)
    return isFirst
  }))
}

/** Whether the other side of a connected transport has proved that it has the key of its certificate. */
export function isProved({ role, dtls }: Pick<RTCDtlsTransport, 'role' | 'dtls'>): boolean {
  try {
    return dtls !== undefined && (role === 'server' ? clientIsProved(dtls) : serverIsProved(dtls))
  } catch {
    return false // a message that is cut, a certificate that is none
  }
}

/** RFC 8422 section 5.4: the server signs both randoms and its key of this handshake. */
function serverIsProved({ cipher, dtls }: Socket): boolean {
  const said = messageOf(dtls, 'client', SERVER_KEY_EXCHANGE)
  const end = 4 + said.readUInt8(3)
  const key = said.subarray(4, end)
  const signed = Buffer.concat([cipher.localRandom.serialize(), cipher.remoteRandom.serialize(), said.subarray(0, end)])
  return isObeyed({ cipher, dtls }, 'client', key) && isSigned(signed, said.subarray(end), cipher.remoteCertificate!)
}

/** RFC 5246 section 7.4.8: the client signs all that was said before, its own key among it. */
function clientIsProved({ cipher, dtls }: Socket): boolean {
  const exchange = messageOf(dtls, 'server', CLIENT_KEY_EXCHANGE)
  const messages = dtls.sortedHandshakeCache
  const before = messages.slice(0, messages.findIndex(({ msg_type: type }) => type === CERTIFICATE_VERIFY))
  const signed = Buffer.concat(before.map((message) => message.serialize()))
  return before.some(({ msg_type: type }) => type === CLIENT_KEY_EXCHANGE) && isObeyed({ cipher, dtls }, 'server', exchange.subarray(1)) && isSigned(signed, messageOf(dtls, 'server', CERTIFICATE_VERIFY), cipher.remoteCertificate!)
}

/** What was signed is what the keys were made of. */
function isObeyed({ cipher, dtls }: Pick<Socket, 'cipher' | 'dtls'>, role: keyof typeof FLIGHT, key: Buffer): boolean {
  const certificates = messageOf(dtls, role, CERTIFICATE) // three bytes of length, then each with three of its own
  const certificate = certificates.subarray(6, 6 + certificates.readUIntBE(3, 3))
  return key.equals(cipher.remoteKeyPair.publicKey!) && certificate.equals(cipher.remoteCertificate!)
}

function messageOf({ handshakeCache }: Socket['dtls'], role: keyof typeof FLIGHT, type: number | undefined): Buffer {
  return handshakeCache[FLIGHT[role]]!.data.find(({ msg_type: each }) => each === type)!.fragment
}

/** `signature` begins with its algorithm and its length. */
function isSigned(data: Buffer, signature: Buffer, certificate: Buffer): boolean {
  const { publicKey } = new X509Certificate(certificate)
  const [hash, kind] = signature
  if (hash !== SHA256 || kind !== SIGNATURES[publicKey.asymmetricKeyType ?? '']) return false
  return verify('sha256', data, publicKey, signature.subarray(4, 4 + signature.readUInt16BE(2)))
}
