import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { InvalidInputError } from '#protocols/errors.ts'
import { base58btc } from 'multiformats/bases/base58'
import type { PeerId, RingId } from '#protocols/ids.ts'

/** An Ed25519 key is made of a seed of this many bytes, and its public half is as long. */
export const KEY_BYTES = 32

// RFC 8410 §7 and §4: what stands before the 32 raw bytes in PKCS #8 and SubjectPublicKeyInfo
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** The Ed25519 public key (32 bytes) of a seed (32 bytes). */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  const spki = createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' })
  return new Uint8Array(spki.subarray(SPKI_PREFIX.byteLength))
}

/** The ring's id: lower-case hex SHA-256 of its public key. */
export function ringIdOf(ringKey: Uint8Array): RingId {
  return createHash('sha256').update(ringKey).digest('hex') as RingId
}

// libp2p peer-ids specification: identity multihash of the protobuf PublicKey { Type = Ed25519, Data = 32 bytes }
const PEER_ID_PREFIX = Buffer.from('002408011220', 'hex')

/** The Ed25519 public key (32 bytes) inside a libp2p peer id; undefined when it is the id of another kind of key. */
export function keyOfPeer(peer: PeerId): Uint8Array | undefined {
  try {
    const bytes = base58btc.baseDecode(peer)
    return bytes.byteLength === PEER_ID_PREFIX.byteLength + KEY_BYTES && PEER_ID_PREFIX.equals(bytes.subarray(0, PEER_ID_PREFIX.byteLength)) ? bytes.subarray(PEER_ID_PREFIX.byteLength) : undefined
  } catch {
    return undefined
  }
}

/** Ed25519 signature (64 bytes) over `context` + newline + `bytes`. */
export function signWith(seed: Uint8Array, context: string, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, Buffer.concat([Buffer.from(`${context}\n`), bytes]), privateKey(seed)))
}

/** Whether the key's holder signed exactly this; false for malformed keys and signatures too. */
export function isSignedBy(key: Uint8Array, context: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (key.byteLength !== KEY_BYTES || signature.byteLength !== 2 * KEY_BYTES) return false
  try {
    const publicKey = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key]), format: 'der', type: 'spki' })
    return verify(null, Buffer.concat([Buffer.from(`${context}\n`), bytes]), publicKey, signature)
  } catch {
    return false
  }
}

function privateKey(seed: Uint8Array): ReturnType<typeof createPrivateKey> {
  if (seed.byteLength !== KEY_BYTES) throw new InvalidInputError(`a key seed is ${KEY_BYTES} bytes, not ${seed.byteLength}`)
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
}
