import { createCipheriv, createSecretKey, hash } from 'node:crypto'
import { type CryptoEngine, HMAC_BLOCK_BYTES, hmacBlock, ROLLOVER_BYTES } from './batch-sealer.ts'
import { counterMode } from './counter-mode.ts'
import { startOf } from './packet-arena.ts'

const SHA1_BYTES = 20

/** Encryption by node:crypto: everywhere, and nothing to install. Keys are wrapped once; a raw key costs more than the encryption it is for. */
export const nodeCrypto: CryptoEngine = {
  counterMode(key) {
    const cipher = createCipheriv('aes-128-ecb', createSecretKey(key), null).setAutoPadding(false)
    return counterMode({
      encrypt(input, length) {
        const blocks = cipher.update(input.subarray(0, length))
        return new Int32Array(blocks.byteOffset % 4 === 0 ? blocks.buffer : Uint8Array.from(blocks).buffer, blocks.byteOffset % 4 === 0 ? blocks.byteOffset : 0, length / 4)
      },
      free() {}
    })
  },
  hmac(key) {
    const inner = hmacBlock(key, 0x36)
    const outer = Buffer.concat([hmacBlock(key, 0x5c), Buffer.alloc(SHA1_BYTES)])
    return {
      sign({ bytes, lengths, count }) {
        for (let i = 0; i < count; i++) {
          const [start, end] = [startOf(i), startOf(i) + lengths[i]!]
          bytes.set(inner, start - HMAC_BLOCK_BYTES)
          // as strings they come without buffers of their own
          outer.write(hash('sha1', bytes.subarray(start - HMAC_BLOCK_BYTES, end + ROLLOVER_BYTES), 'binary'), HMAC_BLOCK_BYTES, 'latin1')
          bytes.write(hash('sha1', outer, 'binary'), end, 'latin1')
        }
      }
    }
  },
  gcm(key) {
    const wrapped = createSecretKey(key)
    return {
      seal(bytes, start, payload, end, iv) {
        const cipher = createCipheriv('aes-128-gcm', wrapped, iv)
        cipher.setAAD(bytes.subarray(start, payload))
        cipher.update(bytes.subarray(payload, end)).copy(bytes, payload)
        cipher.final()
        cipher.getAuthTag().copy(bytes, end)
      },
      free() {}
    }
  }
}
