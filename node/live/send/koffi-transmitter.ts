import type { Socket } from 'node:dgram'
import type { CryptoEngine } from './batch-sealer.ts'
import { nativeCounterMode } from './koffi-counter.ts'
import { nativeHmac } from './koffi-hmac.ts'
import { openNative, type Native, type SocketAddress } from './native.ts'
import { BATCH_PACKETS, packetArena, type PacketArena, startOf } from './packet-arena.ts'
import type { Destination, Transmitter } from './transmitter.ts'

/**
 * Encrypts with the libcrypto inside node and hands the kernel a frame's packets in one call; both at a fraction of what the same costs through
 * node:crypto and dgram. Answers undefined, and says why, where a symbol is missing, the platform is another or koffi is not installed.
 */
export async function koffiTransmitter(refused: (why: string) => void): Promise<Transmitter | undefined> {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    refused(`it knows the structures of 64-bit Linux, this is ${process.platform} ${process.arch}`)
    return undefined
  }
  try {
    const native = await openNative()
    return transmitter(native)
  } catch (err) {
    refused(err instanceof Error ? err.message.split('\n')[0]! : String(err))
    return undefined
  }
}

function transmitter(native: Native): Transmitter {
  const arena = packetArena() // one for all: the kernel has copied it when the call returns
  const base = native.addressOf(arena.bytes)
  const crypto = nativeCrypto(native, arena, base)
  const descriptors = new Map<Socket, number>()
  const addresses = new WeakMap<Socket, { host: string; port: number; address: SocketAddress }>()
  const send = sender(native, base)

  function descriptorOf(socket: Socket): number {
    const known = descriptors.get(socket)
    if (known !== undefined) return known
    const { address, port, family } = socket.address()
    const own = native.duplicateOf(address, port, family === 'IPv6')
    descriptors.set(socket, own)
    socket.once('close', () => forget(socket))
    return own
  }

  function forget(socket: Socket): void {
    const own = descriptors.get(socket)
    descriptors.delete(socket)
    if (own !== undefined && own >= 0) native.close(own)
  }

  function addressFor(to: Destination): SocketAddress {
    const known = addresses.get(to.socket)
    if (known !== undefined && known.port === to.port && known.host === to.host) return known.address
    const address = native.socketAddress(to.host, to.port, to.socket.address().family === 'IPv6')
    addresses.set(to.socket, { host: to.host, port: to.port, address })
    return address
  }

  /** Packets the kernel did not take wait in the socket's own queue, where they are counted. */
  function leaveToNode(from: number, to: Destination): void {
    for (let i = from; i < arena.count; i++) to.socket.send(Buffer.from(arena.bytes.subarray(startOf(i), startOf(i) + arena.lengths[i]!)), to.port, to.host, () => {})
  }

  return {
    kind: 'koffi', crypto,
    arena: () => arena,
    send(_arena, to) {
      const descriptor = descriptorOf(to.socket)
      const sent = descriptor < 0 || to.host.includes('%') || to.socket.getSendQueueCount() > 0 ? 0 : send(descriptor, addressFor(to), arena)
      if (sent < arena.count) leaveToNode(sent, to)
    }
  }
}

/** Most bytes in one call: what one UDP datagram could hold. */
const MAX_SEGMENTED_BYTES = 60_000

/** Sends the packets of the arena and answers how many the kernel took. Packets of one size go in one call, which the kernel (or the network card) cuts apart: UDP_SEGMENT. */
function sender(native: Native, base: number): (descriptor: number, address: SocketAddress, arena: PacketArena) => number {
  const message = native.message(BATCH_PACKETS)
  let segmented = true

  /** Packets from `at` on that have the size of the first; one that is shorter ends the run. */
  function runFrom(at: number, { lengths, count }: PacketArena): number {
    const size = lengths[at]!
    if (!segmented) return at + 1
    let end = at + 1
    for (let bytes = size; end < count && lengths[end]! <= size && bytes + size <= MAX_SEGMENTED_BYTES; end++) {
      bytes += lengths[end]!
      if (lengths[end]! < size) return end + 1
    }
    return end
  }

  return (descriptor, address, arena) => {
    for (let at = 0; at < arena.count;) {
      const end = runFrom(at, arena)
      for (let i = at; i < end; i++) message.piece(i - at, base + startOf(i), arena.lengths[i]!)
      const result = message.send(descriptor, address, end - at, end - at > 1 ? arena.lengths[at]! : 0)
      if (result === 'sent') at = end
      else if (result === 'unsupported' && segmented && end - at > 1) segmented = false
      else return at
    }
    return arena.count
  }
}

function nativeCrypto(native: Native, arena: PacketArena, base: number): CryptoEngine {
  const iv = Buffer.allocUnsafeSlow(4_096)
  const ivAt = native.addressOf(iv)
  return {
    counterMode: nativeCounterMode(native, arena, base),
    hmac: nativeHmac(native, arena, base),
    gcm(key) {
      const context = native.newCipher('gcm', key)
      return {
        seal(bytes, start, payload, end, nonce) {
          if (bytes !== arena.bytes) throw new TypeError('only packets of the arena are sealed in place')
          nonce.copy(iv)
          native.sealGcm(context, ivAt, base + start, payload - start, end - payload, base + end)
        },
        free: () => native.freeCipher(context)
      }
    }
  }
}
