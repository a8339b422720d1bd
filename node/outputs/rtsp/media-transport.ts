import { randomInt } from 'node:crypto'
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import type { Socket } from 'node:net'
import { OverloadedError } from '#protocols/errors.ts'
import { interleaved } from './message.ts'

/** Pairs of ports tried until one is free. @default 50 */
export const PORT_TRIES = 50
const LOWEST_PORT = 20_000
const PORT_PAIRS = 20_000

/** Carries one track of one session to its client. Sending never blocks and never throws. */
export interface MediaTransport {
  /** For the answer to SETUP. */
  readonly header: string
  rtp(packet: Uint8Array): void
  rtcp(packet: Uint8Array): void
  /** Bytes that wait for the client. */
  queuedBytes(): number
  close(): void
}

/** Inside the connection. Packets of one turn of the event loop leave in one write. */
export function tcpTransport(socket: Socket, [rtp, rtcp]: readonly [number, number]): MediaTransport {
  let corked = false
  const send = (channel: number, packet: Uint8Array): void => {
    if (socket.destroyed || !socket.writable) return
    if (!corked) {
      corked = true
      socket.cork()
      setImmediate(() => {
        corked = false
        socket.uncork()
      })
    }
    socket.write(interleaved(channel, packet))
  }
  return {
    header: `RTP/AVP/TCP;unicast;interleaved=${rtp}-${rtcp}`,
    rtp: (packet) => send(rtp, packet),
    rtcp: (packet) => send(rtcp, packet),
    queuedBytes: () => socket.writableLength,
    close() {}
  }
}

export interface UdpTransportInit {
  /** Where the client's connection ends here. */
  readonly localAddress: string
  /** Where it comes from: nobody else is ever sent to. */
  readonly remoteAddress: string
  readonly ports: readonly [number, number]
  /** The client said something (a receiver report). */
  readonly onHeard: () => void
}

/** Two ports of its own, connected to the client's two. @throws OverloadedError when no pair is free */
export async function udpTransport({ localAddress, remoteAddress, ports, onHeard }: UdpTransportInit): Promise<MediaTransport> {
  const { rtp, rtcp, port } = await freePair(localAddress)
  for (const socket of [rtp, rtcp]) socket.on('error', ignore).on('message', onHeard)
  rtp.connect(ports[0], remoteAddress)
  rtcp.connect(ports[1], remoteAddress)
  const send = (socket: UdpSocket, packet: Uint8Array): void => {
    try {
      socket.send(packet, ignore)
    } catch {} // not connected yet, or closed
  }
  return {
    header: `RTP/AVP;unicast;client_port=${ports[0]}-${ports[1]};server_port=${port}-${port + 1}`,
    rtp: (packet) => send(rtp, packet),
    rtcp: (packet) => send(rtcp, packet),
    queuedBytes: () => rtp.getSendQueueSize(),
    close() { for (const socket of [rtp, rtcp]) socket.close() }
  }
}

const ignore = (): void => {}

/** RFC 3550 section 11: an even port and the one above it. */
async function freePair(address: string): Promise<{ rtp: UdpSocket; rtcp: UdpSocket; port: number }> {
  for (let tries = 0; tries < PORT_TRIES; tries++) {
    const port = LOWEST_PORT + randomInt(PORT_PAIRS) * 2
    const rtp = await bound(address, port)
    const rtcp = rtp === undefined ? undefined : await bound(address, port + 1)
    if (rtp !== undefined && rtcp !== undefined) return { rtp, rtcp, port }
    rtp?.close()
  }
  throw new OverloadedError('no free pair of UDP ports: ask for RTP/AVP/TCP')
}

function bound(address: string, port: number): Promise<UdpSocket | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    socket.once('error', () => {
      socket.close()
      resolve(undefined)
    })
    socket.bind(port, address, () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}
