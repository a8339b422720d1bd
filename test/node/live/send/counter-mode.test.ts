import assert from 'node:assert/strict'
import { createCipheriv, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import type { CryptoEngine } from '../../../../node/live/send/batch-sealer.ts'
import { nativeCounterMode } from '../../../../node/live/send/koffi-counter.ts'
import { openNative } from '../../../../node/live/send/native.ts'
import { nodeCrypto } from '../../../../node/live/send/node-crypto.ts'
import { BATCH_PACKETS, MAX_PAYLOAD_BYTES, packetArena, type PacketArena, startOf } from '../../../../node/live/send/packet-arena.ts'
import { randomOf } from '../../../support/random.ts'

const test = suite('counter mode over a batch of packets')
const native = await openNative().catch(() => undefined)
const random = randomOf(6)

/** Encrypts batches of every size, with payloads of any length behind clear parts of either, and compares with another implementation. */
function isRight(arena: PacketArena, counterMode: CryptoEngine['counterMode']): void {
  const key = randomBytes(16)
  const cipher = counterMode(key)
  for (let count = 1; count <= BATCH_PACKETS; count++) {
    arena.count = count
    arena.headerBytes = count % 2 === 0 ? 12 : 20
    const counters = Buffer.allocUnsafeSlow(BATCH_PACKETS * 16).fill(0)
    const expected = Array.from({ length: count }, (_, i) => {
      randomBytes(14).copy(counters, 16 * i)
      const [head, payload] = [randomBytes(arena.headerBytes), randomBytes(1 + Math.floor(random() * (MAX_PAYLOAD_BYTES - 8)))]
      arena.lengths[i] = head.length + payload.length
      arena.bytes.set(Buffer.concat([head, payload]), startOf(i))
      return Buffer.concat([head, createCipheriv('aes-128-ctr', key, counters.subarray(16 * i, 16 * i + 16)).update(payload)])
    })
    const before = Buffer.from(counters)
    cipher.encrypt(arena, counters)
    for (const [i, packet] of expected.entries()) assert.deepEqual(arena.bytes.subarray(startOf(i), startOf(i) + packet.length), packet, `packet ${i} of ${count}, ${packet.length} bytes`)
    assert.deepEqual(counters, before)
  }
  cipher.free()
}

test('with what Node brings', () => isRight(packetArena(), nodeCrypto.counterMode))

test('by the processor itself, where it knows AES', () => {
  if (native === undefined) return
  const arena = packetArena()
  if (process.arch === 'x64' && /\baes\b/.test(readFileSync('/proc/cpuinfo', 'utf8'))) assert.ok(native.aes !== undefined, 'the libcrypto of this node has it')
  isRight(arena, nativeCounterMode(native, arena, native.addressOf(arena.bytes)))
})

test('block by block, where it does not, or what libcrypto has is not what is known of it', () => {
  if (native === undefined) return
  for (const aes of [undefined, { expand() {}, count() {} }]) {
    const arena = packetArena()
    isRight(arena, nativeCounterMode({ ...native, aes }, arena, native.addressOf(arena.bytes)))
  }
})

test.run()
