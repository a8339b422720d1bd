import { BLOCK_BYTES, type CounterCipher } from './batch-sealer.ts'
import { BATCH_PACKETS, startOf } from './packet-arena.ts'

/** Every 16 bytes of `input` encrypted by themselves; the answer is valid until the next call. */
export interface BlockCipher { encrypt(input: Buffer, length: number): Int32Array; free(): void }

/** Counter blocks of a whole batch, and bytes that ciphers may use beyond; shared, as encrypting never waits. */
const blocks = Buffer.allocUnsafeSlow(BATCH_PACKETS * 2_048)
const view = new DataView(blocks.buffer)

/** The key stream of a whole batch is made at once: counter mode is the block cipher over counters, and one call for thirty packets costs little more than one for a single packet. */
export function counterMode(cipher: BlockCipher): CounterCipher {
  return {
    encrypt({ words, lengths, headerBytes, count }, counters) {
      let end = 0
      for (let i = 0; i < count; i++) end = spread(counters, i * BLOCK_BYTES, end, Math.ceil((lengths[i]! - headerBytes) / BLOCK_BYTES))
      const stream = cipher.encrypt(blocks, end)
      let from = 0
      for (let i = 0; i < count; i++) {
        const length = lengths[i]! - headerBytes
        const to = (startOf(i) + headerBytes) >> 2
        for (let word = 0; word < (length + 3) >> 2; word++) words[to + word] = words[to + word]! ^ stream[from + word]!
        from += Math.ceil(length / BLOCK_BYTES) * 4
      }
    },
    free: () => cipher.free()
  }
}

/** Counts up from the counter at `from`, whose last 16 bits are 0. */
function spread(counters: Buffer, from: number, at: number, count: number): number {
  const [first, second, third, fourth] = [counters.readInt32BE(from), counters.readInt32BE(from + 4), counters.readInt32BE(from + 8), counters.readInt32BE(from + 12)]
  for (let block = 0; block < count; block++, at += BLOCK_BYTES) {
    view.setInt32(at, first)
    view.setInt32(at + 4, second)
    view.setInt32(at + 8, third)
    view.setInt32(at + 12, fourth | block)
  }
  return at
}
