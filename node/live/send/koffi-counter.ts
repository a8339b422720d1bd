import { createCipheriv, randomBytes } from 'node:crypto'
import { BLOCK_BYTES, type CryptoEngine } from './batch-sealer.ts'
import { counterMode } from './counter-mode.ts'
import type { Native } from './native.ts'
import { BATCH_PACKETS, type PacketArena, startOf } from './packet-arena.ts'

/** Bytes of an expanded key, `AES_KEY` of libcrypto, and some more. */
const SCHEDULE_BYTES = 512

/** AES-128 in counter mode over the arena's packets: by the processor's own instructions where it has them, a call for each packet; else by a block cipher over counters. */
export function nativeCounterMode(native: Native, arena: PacketArena, base: number): CryptoEngine['counterMode'] {
  const known = { buffer: undefined as Buffer | undefined, at: 0 }
  const addressOf = (bytes: Buffer): number => {
    if (known.buffer !== bytes) Object.assign(known, { buffer: bytes, at: native.addressOf(bytes) })
    return known.at
  }
  const { aes } = native
  if (aes === undefined || !isRight(native, aes)) return blockByBlock(native, addressOf)
  return (key) => {
    const schedule = Buffer.allocUnsafeSlow(SCHEDULE_BYTES)
    const scheduleAt = native.addressOf(schedule)
    aes.expand(key, scheduleAt)
    return {
      encrypt(packets, counters) {
        if (packets !== arena) throw new TypeError('only packets of the arena are encrypted in place')
        const { lengths, headerBytes, count } = packets
        const countersAt = addressOf(counters)
        for (let i = 0; i < count; i++) aes.count(base + startOf(i) + headerBytes, Math.ceil((lengths[i]! - headerBytes) / BLOCK_BYTES), scheduleAt, countersAt + i * BLOCK_BYTES)
      },
      free: () => { schedule.fill(0) }
    }
  }
}

function blockByBlock(native: Native, addressOf: (bytes: Buffer) => number): CryptoEngine['counterMode'] {
  const stream = Buffer.allocUnsafeSlow(BATCH_PACKETS * 2_048)
  const streamAt = native.addressOf(stream)
  const words = new Int32Array(stream.buffer)
  return (key) => {
    const context = native.newCipher('ecb', key)
    return counterMode({
      encrypt(bytes, length) {
        native.update(context, streamAt, addressOf(bytes), length)
        return words
      },
      free: () => native.freeCipher(context)
    })
  }
}

/** What libcrypto has for its own use does what is known of it. */
function isRight(native: Native, aes: NonNullable<Native['aes']>): boolean {
  const [key, counter] = [randomBytes(16), Buffer.concat([randomBytes(14), Buffer.alloc(2)])]
  const bytes = Buffer.allocUnsafeSlow(4_096).fill(0)
  const at = native.addressOf(bytes)
  const [schedule, counters, plain] = [0, SCHEDULE_BYTES, 1_024]
  const text = randomBytes(9 * BLOCK_BYTES)
  text.copy(bytes, plain)
  counter.copy(bytes, counters)
  aes.expand(key, at + schedule)
  aes.count(at + plain, 9, at + schedule, at + counters)
  return bytes.subarray(plain, plain + text.length).equals(createCipheriv('aes-128-ctr', key, counter).update(text)) && bytes.subarray(counters, counters + BLOCK_BYTES).equals(counter)
}
