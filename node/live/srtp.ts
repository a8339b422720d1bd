import { createCipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/** The two protection profiles browsers negotiate (RFC 5764 section 4.1.2, RFC 7714 section 14.2). */
export const AES_CM_128_HMAC_SHA1_80 = 0x0001
export const AEAD_AES_128_GCM = 0x0007

/** Session keys of one direction, as derived by DTLS-SRTP (RFC 3711 section 4.3). */
export interface SrtpKeys {
  readonly profile: number
  readonly key: Uint8Array
  readonly salt: Uint8Array
  /** HMAC key; not used by GCM. */
  readonly auth: Uint8Array
}

const HEADER_BYTES = 12
const TAG_BYTES_SHA1 = 10
const TAG_BYTES_GCM = 16

/**
 * Encrypts outgoing RTP. Keys are wrapped once: handing node:crypto raw keys for every packet costs three times the encryption itself.
 * The header's `sequence` is the 48-bit packet index (rollover counter above, sequence number below); the same index may be sent again only with
 * the same bytes.
 */
export function srtpSender(keys: SrtpKeys): (header: RtpHeader, payload: Uint8Array) => Buffer {
  const key = createSecretKey(keys.key)
  const auth = createSecretKey(keys.auth)
  const salt = Buffer.from(keys.salt)
  return keys.profile === AEAD_AES_128_GCM
    ? (header, payload) => sealGcm(key, salt, header, payload)
    : (header, payload) => sealCounterMode(key, auth, salt, header, payload)
}

/** What an RTP header of ours says: no extension, no CSRC. */
export interface RtpHeader {
  readonly payloadType: number
  readonly marker: boolean
  /** Unwrapped. */
  readonly sequence: number
  /** Unwrapped. */
  readonly timestamp: number
  readonly ssrc: number
}

function writeHeader(out: Buffer, header: RtpHeader): void {
  out[0] = 0x80
  out[1] = (header.marker ? 0x80 : 0) | header.payloadType
  out.writeUInt16BE(header.sequence & 0xffff, 2)
  out.writeUInt32BE(header.timestamp % 2 ** 32, 4)
  out.writeUInt32BE(header.ssrc, 8)
}

/** RFC 3711 section 4.1.1 and 4.2.1. */
function sealCounterMode(key: KeyObject, auth: KeyObject, salt: Buffer, header: RtpHeader, payload: Uint8Array): Buffer {
  const end = HEADER_BYTES + payload.length
  const out = Buffer.allocUnsafe(end + TAG_BYTES_SHA1)
  const rollover = Math.floor(header.sequence / 65_536) >>> 0
  writeHeader(out, header)
  const iv = Buffer.alloc(16)
  iv.writeUInt32BE(header.ssrc, 4)
  iv.writeUInt32BE(rollover, 8)
  iv.writeUInt16BE(header.sequence & 0xffff, 12)
  for (let i = 0; i < 14; i++) iv[i]! ^= salt[i]!
  createCipheriv('aes-128-ctr', key, iv).update(payload).copy(out, HEADER_BYTES)
  out.writeUInt32BE(rollover, end) // authenticated, not sent: the tag overwrites it
  createHmac('sha1', auth).update(out.subarray(0, end + 4)).digest().copy(out, end, 0, TAG_BYTES_SHA1)
  return out
}

/** RFC 7714 section 8.1. */
function sealGcm(key: KeyObject, salt: Buffer, header: RtpHeader, payload: Uint8Array): Buffer {
  const end = HEADER_BYTES + payload.length
  const out = Buffer.allocUnsafe(end + TAG_BYTES_GCM)
  writeHeader(out, header)
  const iv = Buffer.alloc(12)
  iv.writeUInt32BE(header.ssrc, 2)
  iv.writeUInt32BE(Math.floor(header.sequence / 65_536) >>> 0, 6)
  iv.writeUInt16BE(header.sequence & 0xffff, 10)
  for (let i = 0; i < 12; i++) iv[i]! ^= salt[i]!
  const cipher = createCipheriv('aes-128-gcm', key, iv)
  cipher.setAAD(out.subarray(0, HEADER_BYTES))
  cipher.update(payload).copy(out, HEADER_BYTES)
  cipher.final()
  cipher.getAuthTag().copy(out, end)
  return out
}
