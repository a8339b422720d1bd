import type { Socket } from 'node:dgram'
import { type CryptoEngine, HMAC_BLOCK_BYTES, hmacBlock } from './batch-sealer.ts'
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

const SHA1_BYTES = 20
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

/** The arena is where most of what is hashed lies; its address is looked up once. */
function nativeCrypto(native: Native, arena: PacketArena, base: number): CryptoEngine {
  const input = { buffer: undefined as Buffer | undefined, address: 0 }
  const stream = Buffer.allocUnsafeSlow(BATCH_PACKETS * 2_048)
  const streamAt = native.addressOf(stream)
  const words = new Int32Array(stream.buffer)
  const iv = Buffer.allocUnsafeSlow(4_096)
  const ivAt = native.addressOf(iv)
  return {
    blockCipher(key) {
      const context = native.newCipher('ecb', key)
      return {
        encrypt(bytes, length) {
          if (input.buffer !== bytes) Object.assign(input, { buffer: bytes, address: native.addressOf(bytes) })
          native.update(context, streamAt, input.address, length)
          return words
        },
        free: () => native.freeCipher(context)
      }
    },
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

/**
 * HMAC with one call for each hash. The states after the first block, which is the key, are made once; what follows is padded here to whole blocks (FIPS 180-4
 * section 5.1.1), so that the hash is the state after one update and nothing has to be set up or finished.
 */
function nativeHmac(native: Native, arena: PacketArena, base: number): CryptoEngine['hmac'] {
  const scratch = Buffer.allocUnsafeSlow(4_096).fill(0)
  const [scratchAt, state, block] = [native.addressOf(scratch), 0, 256]
  const words = new Uint32Array(scratch.buffer, state, 5)
  const scratchView = new DataView(scratch.buffer)

  function keyed(key: Uint8Array, pad: number): Uint32Array {
    native.sha1Begin(scratchAt + state)
    hmacBlock(key, pad).copy(scratch, block)
    native.sha1Blocks(scratchAt + state, scratchAt + block, HMAC_BLOCK_BYTES)
    return words.slice()
  }

  function writeHash(out: DataView, at: number, count: number): void {
    for (let i = 0; i < count; i++) out.setUint32(at + 4 * i, words[i]!)
  }

  /** Ends `length` bytes behind the key block at `start`; answers how many whole blocks' bytes that makes. */
  function pad(view: DataView, start: number, length: number): number {
    const padded = Math.ceil((length + 9) / HMAC_BLOCK_BYTES) * HMAC_BLOCK_BYTES
    for (let at = start + length; at < start + padded - 4; at++) view.setUint8(at, 0)
    view.setUint8(start + length, 0x80)
    view.setUint32(start + padded - 4, (HMAC_BLOCK_BYTES + length) * 8)
    return padded
  }

  return (key) => {
    const [inner, outer] = [keyed(key, 0x36), keyed(key, 0x5c)]
    pad(scratchView, block, SHA1_BYTES) // stays: only the hash before it changes
    return {
      sign(packets, start, end, at) {
        if (packets !== arena) throw new TypeError('only packets of the arena are signed')
        words.set(inner)
        native.sha1Blocks(scratchAt + state, base + start, pad(arena.view, start, end - start))
        writeHash(scratchView, block, 5)
        words.set(outer)
        native.sha1Blocks(scratchAt + state, scratchAt + block, HMAC_BLOCK_BYTES)
        writeHash(arena.view, at, 3)
      }
    }
  }
}
