import { createCipheriv, createSecretKey, hash } from 'node:crypto'
import type { CryptoEngine } from './batch-sealer.ts'

/** Encryption by node:crypto: everywhere, and nothing to install. Keys are wrapped once; a raw key costs more than the encryption it is for. */
export const nodeCrypto: CryptoEngine = {
  blockCipher(key) {
    const cipher = createCipheriv('aes-128-ecb', createSecretKey(key), null).setAutoPadding(false)
    return {
      encrypt(input, length) {
        const blocks = cipher.update(input.subarray(0, length))
        return new Int32Array(blocks.byteOffset % 4 === 0 ? blocks.buffer : Uint8Array.from(blocks).buffer, blocks.byteOffset % 4 === 0 ? blocks.byteOffset : 0, length / 4)
      },
      free() {}
    }
  },
  sha1(bytes, from, to, out, at) {
    out.write(hash('sha1', bytes.subarray(from, to), 'binary'), at, 'latin1') // as a string it comes without a buffer of its own
  },
  gcm(key) {
    const wrapped = createSecretKey(key)
    return {
      seal(bytes, start, end, iv) {
        const cipher = createCipheriv('aes-128-gcm', wrapped, iv)
        cipher.setAAD(bytes.subarray(start, start + 12))
        cipher.update(bytes.subarray(start + 12, end)).copy(bytes, start + 12)
        cipher.final()
        cipher.getAuthTag().copy(bytes, end)
      },
      free() {}
    }
  }
}
