import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import { nativeHmac } from '../../../../node/live/send/koffi-hmac.ts'
import { type Native, openNative } from '../../../../node/live/send/native.ts'
import { BATCH_PACKETS, MAX_PAYLOAD_BYTES, packetArena, startOf } from '../../../../node/live/send/packet-arena.ts'
import { randomOf } from '../../../support/random.ts'

const test = suite('codes of a batch of packets')
const native = await openNative().catch(() => undefined)
const random = randomOf(5)

/** Signs batches of every size, with packets of any length, and compares with another implementation. */
function isRight(native: Native): void {
  const arena = packetArena()
  const key = randomBytes(20)
  const { sign } = nativeHmac(native, arena, native.addressOf(arena.bytes))(key)
  for (let count = 1; count <= BATCH_PACKETS; count++) {
    arena.count = count
    const codes = Array.from({ length: count }, (_, i) => {
      arena.lengths[i] = 12 + Math.floor(random() * MAX_PAYLOAD_BYTES)
      const packet = randomBytes(arena.lengths[i]! + 4)
      arena.bytes.set(packet, startOf(i))
      return createHmac('sha1', key).update(packet).digest().subarray(0, 10)
    })
    sign(arena)
    for (const [i, code] of codes.entries()) {
      const end = startOf(i) + arena.lengths[i]!
      assert.deepEqual(arena.bytes.subarray(end, end + 10), code, `packet ${i} of ${count}, ${arena.lengths[i]} bytes`)
    }
  }
}

test('side by side, where libcrypto can', () => {
  if (native === undefined) return
  if (process.arch === 'x64') assert.ok(native.sha1Lanes !== undefined, 'the libcrypto of this node has it')
  isRight(native)
})

test('one after the other, where it can not', () => {
  if (native !== undefined) isRight({ ...native, sha1Lanes: undefined })
})

test('one after the other, where what it has is not what is known of it', () => {
  let calls = 0
  if (native !== undefined) isRight({ ...native, sha1Lanes: () => { calls++ } })
  assert.ok(native === undefined || calls === 1, `asked ${calls} times`)
})

test.run()
