import { AEAD_AES_128_GCM, type RtpHeader, type SrtpKeys } from './srtp.ts'
import { BATCH_PACKETS, layOut, type OutgoingPacket, type PacketArena, startOf } from './packet-arena.ts'

/** What encryption is made of; node:crypto does it, or libcrypto called directly. */
export interface CryptoEngine {
  /** AES-128 in counter mode under one key. */
  counterMode(key: Uint8Array): CounterCipher
  /** HMAC with SHA-1 under one key. */
  hmac(key: Uint8Array): Authenticator
  /** AES-128-GCM in place over `bytes[payload, end)`, what is between `start` and it authenticated, too, the tag written at `end`. */
  gcm(key: Uint8Array): GcmCipher
}

/** Encrypts what follows the clear part of each packet in place, each from its own 16 bytes of `counters` on; up to 15 bytes behind a packet may change, too. */
export interface CounterCipher { encrypt(arena: PacketArena, counters: Buffer): void; free(): void }
/**
 * Signs each packet of the arena together with the four bytes behind it, and writes at least the first ten bytes of its code over these. The 64 bytes before a packet, and as many
 * behind those four, may be overwritten.
 */
export interface Authenticator { sign(arena: PacketArena): void }
export interface GcmCipher { seal(bytes: Buffer, start: number, payload: number, end: number, iv: Buffer): void; free(): void }

/** Encrypts a batch of one viewer's packets in place; `free` gives up what the keys hold outside the heap. */
export interface BatchSealer {
  seal(arena: PacketArena, packets: readonly OutgoingPacket[]): void
  free(): void
}

/** `extension` follows the fixed header of every packet: whole 32-bit words, its own header among them. */
export function batchSealer(keys: SrtpKeys, engine: CryptoEngine, extension?: Uint8Array): BatchSealer {
  return keys.profile === AEAD_AES_128_GCM ? gcmSealer(keys, engine, extension) : counterModeSealer(keys, engine, extension)
}

const TAG_BYTES_SHA1 = 10
const TAG_BYTES_GCM = 16
export const BLOCK_BYTES = 16
export const HMAC_BLOCK_BYTES = 64
/** Behind a packet, signed with it and not sent (RFC 3711 section 4.2). */
export const ROLLOVER_BYTES = 4
/** The first counter block of each packet of a batch; shared, as sealing never waits. */
const counters = Buffer.allocUnsafeSlow(BATCH_PACKETS * BLOCK_BYTES)
const counterView = new DataView(counters.buffer)

/** RFC 3711 section 4.1.1 and 4.2.1. */
function counterModeSealer(keys: SrtpKeys, engine: CryptoEngine, extension?: Uint8Array): BatchSealer {
  const cipher = engine.counterMode(keys.key)
  const salt = new DataView(Uint8Array.from([...keys.salt.subarray(0, 14), 0, 0]).buffer)
  const hmac = engine.hmac(keys.auth)
  return {
    seal(arena, packets) {
      layOut(arena, packets, extension)
      for (let i = 0; i < packets.length; i++) writeCounter(i * BLOCK_BYTES, packets[i]!.header, salt)
      cipher.encrypt(arena, counters)
      authenticate(arena, packets, hmac)
    },
    free: () => cipher.free()
  }
}

function writeCounter(at: number, header: RtpHeader, salt: DataView): void {
  counterView.setInt32(at, salt.getInt32(0))
  counterView.setInt32(at + 4, salt.getInt32(4) ^ header.ssrc)
  counterView.setInt32(at + 8, salt.getInt32(8) ^ rolloverOf(header))
  counterView.setInt32(at + 12, salt.getInt32(12) ^ (header.sequence << 16))
}

function authenticate(arena: PacketArena, packets: readonly OutgoingPacket[], hmac: Authenticator): void {
  const { view, lengths, count } = arena
  for (let i = 0; i < count; i++) view.setUint32(startOf(i) + lengths[i]!, rolloverOf(packets[i]!.header)) // signed, not sent: the tag overwrites it
  hmac.sign(arena)
  for (let i = 0; i < count; i++) lengths[i]! += TAG_BYTES_SHA1
}

const rolloverOf = ({ sequence }: RtpHeader): number => Math.floor(sequence / 65_536) >>> 0

/** The first block of HMAC's inner (0x36) and outer (0x5c) hash, RFC 2104 section 2. */
export function hmacBlock(key: Uint8Array, pad: number): Buffer {
  const block = Buffer.alloc(HMAC_BLOCK_BYTES, pad)
  for (let i = 0; i < key.length; i++) block[i]! ^= key[i]!
  return block
}

/** RFC 7714 section 8.1. */
function gcmSealer(keys: SrtpKeys, engine: CryptoEngine, extension?: Uint8Array): BatchSealer {
  const cipher = engine.gcm(keys.key)
  const iv = Buffer.alloc(12)
  return {
    seal(arena, packets) {
      layOut(arena, packets, extension)
      for (let i = 0; i < packets.length; i++) {
        writeIv(iv, packets[i]!.header, keys.salt)
        const start = startOf(i)
        cipher.seal(arena.bytes, start, start + arena.headerBytes, start + arena.lengths[i]!, iv)
        arena.lengths[i]! += TAG_BYTES_GCM
      }
    },
    free: () => cipher.free()
  }
}

function writeIv(iv: Buffer, header: RtpHeader, salt: Uint8Array): void {
  iv.writeUInt16BE(0, 0)
  iv.writeUInt32BE(header.ssrc, 2)
  iv.writeUInt32BE(rolloverOf(header), 6)
  iv.writeUInt16BE(header.sequence & 0xffff, 10)
  for (let i = 0; i < 12; i++) iv[i]! ^= salt[i]!
}
