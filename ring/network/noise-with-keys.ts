/** Noise whose long frames are sealed and opened with keys that OpenSSL keeps: given as bytes, a key is looked at and copied anew for each frame, which costs three times as much as the frame. */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { noise } from '@chainsafe/libp2p-noise'

/** Shorter frames are done faster by the library's WebAssembly, in bytes. @default 600 */
export const LONG_FRAME_BYTES = 600
/** ChaCha20-Poly1305 (RFC 8439 section 2.8). */
const CIPHER = 'chacha20-poly1305'
const TAG_BYTES = 16

type Bytes = Uint8Array | { readonly byteLength: number; subarray(): Uint8Array }
/** What the library does with a frame: `key` is the same array for as long as the key is. */
export interface FrameCipher {
  encrypt(plaintext: Bytes, nonce: Uint8Array, ad: Uint8Array, key: Uint8Array): Bytes
  decrypt(ciphertext: Bytes, nonce: Uint8Array, ad: Uint8Array, key: Uint8Array, dst?: Uint8Array): Bytes
}

/** As `noise()` of the library, which has no setting for this; a version of it that keeps its ciphers elsewhere works as it is. */
export function noiseWithKeys(): ReturnType<typeof noise> {
  const create = noise()
  return (components) => {
    const encrypter = create(components) as ReturnType<typeof create> & { crypto?: FrameCipher }
    if (typeof encrypter.crypto?.encrypt === 'function' && typeof encrypter.crypto.decrypt === 'function') encrypter.crypto = { ...encrypter.crypto, ...withKeys(encrypter.crypto) }
    return encrypter
  }
}

/** Long frames here, the others as before. @throws Error from decrypt when a frame is not what was sealed */
export function withKeys({ encrypt, decrypt }: FrameCipher): FrameCipher {
  const keys = new WeakMap<Uint8Array, KeyObject>()

  function keyOf(bytes: Uint8Array): KeyObject {
    const known = keys.get(bytes)
    if (known !== undefined) return known
    const key = createSecretKey(bytes)
    keys.set(bytes, key)
    return key
  }

  return {
    encrypt(plaintext, nonce, ad, key) {
      if (plaintext.byteLength < LONG_FRAME_BYTES) return encrypt(plaintext, nonce, ad, key)
      const cipher = createCipheriv(CIPHER, keyOf(key), nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(ad, { plaintextLength: plaintext.byteLength })
      const sealed = cipher.update(plaintext.subarray())
      cipher.final() // nothing is left of a stream cipher
      return Buffer.concat([sealed, cipher.getAuthTag()])
    },
    decrypt(ciphertext, nonce, ad, key, dst) {
      if (ciphertext.byteLength < LONG_FRAME_BYTES) return decrypt(ciphertext, nonce, ad, key, dst)
      const bytes = ciphertext.subarray()
      const end = bytes.byteLength - TAG_BYTES
      const decipher = createDecipheriv(CIPHER, keyOf(key), nonce, { authTagLength: TAG_BYTES })
      decipher.setAAD(ad, { plaintextLength: end })
      decipher.setAuthTag(bytes.subarray(end))
      const plaintext = decipher.update(bytes.subarray(0, end))
      decipher.final()
      return plaintext
    }
  }
}
