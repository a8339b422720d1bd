import { randomFillSync } from 'node:crypto'
import { type CryptoEngine, HMAC_BLOCK_BYTES, hmacBlock, ROLLOVER_BYTES } from './batch-sealer.ts'
import { type Native, writeAddress } from './native.ts'
import { type PacketArena, startOf } from './packet-arena.ts'

const SHA1_BYTES = 20
/** 32-bit words of a hash. */
const WORDS = 5
/** Of a tag so many words are written; ten bytes of them count. */
const TAG_WORDS = 3
/** Hashes that are made at once at most. */
const LANES = 8
/** Where in the scratch: one state, the states of all lanes, where their bytes lie, and one block of each. */
const [STATE, STATES, DESCRIPTORS, BLOCKS] = [0, 256, 512, 1_024]

/**
 * HMAC-SHA1 (RFC 2104) of the arena's packets. The states after the first block, which is the key, are made once; what follows is padded here to whole blocks
 * (FIPS 180-4 section 5.1.1), so that the hash is the state after one update and nothing has to be set up or finished. Where libcrypto hashes several
 * messages side by side, the packets of a batch are: eight of them take little longer than one.
 */
export function nativeHmac(native: Native, arena: PacketArena, base: number): CryptoEngine['hmac'] {
  const scratch = Buffer.allocUnsafeSlow(4_096).fill(0)
  const scratchAt = native.addressOf(scratch)
  const state = new Uint32Array(scratch.buffer, STATE, WORDS)
  const states = new Uint32Array(scratch.buffer, STATES, WORDS * LANES)
  const descriptors = new Uint32Array(scratch.buffer, DESCRIPTORS, 4 * LANES)
  const view = new DataView(scratch.buffer)
  const blockOf = (lane: number): number => BLOCKS + HMAC_BLOCK_BYTES * lane
  const hashSide = hashSideBySide()

  function begun(): Uint32Array {
    native.sha1Begin(scratchAt + STATE)
    return state.slice()
  }

  function keyed(key: Uint8Array, byte: number): Uint32Array {
    begun()
    hmacBlock(key, byte).copy(scratch, BLOCKS)
    native.sha1Blocks(scratchAt + STATE, scratchAt + BLOCKS, HMAC_BLOCK_BYTES)
    return state.slice()
  }

  function prepare(lane: number, from: Uint32Array, address: number, blocks: number): void {
    for (let word = 0; word < WORDS; word++) states[word * LANES + lane] = from[word]!
    writeAddress(descriptors, 4 * lane, address)
    descriptors[4 * lane + 2] = blocks
  }

  /** Undefined where libcrypto has no such thing, or not as it is known here: then one after the other. */
  function hashSideBySide(): ((lanes: number) => void) | undefined {
    const { sha1Lanes } = native
    if (sha1Lanes === undefined) return undefined
    const hash = (lanes: number): void => {
      const used = lanes > LANES / 2 ? LANES : LANES / 2
      for (let lane = lanes; lane < used; lane++) descriptors[4 * lane + 2] = 0
      sha1Lanes(scratchAt + STATES, scratchAt + DESCRIPTORS, used / 4)
    }
    return [2, 4, 5, LANES].every((lanes) => isRight(hash, lanes)) ? hash : undefined
  }

  /** Lanes of different lengths come out as each by itself. */
  function isRight(hash: (lanes: number) => void, lanes: number): boolean {
    randomFillSync(scratch, BLOCKS, HMAC_BLOCK_BYTES * 2 * LANES)
    const begin = begun()
    const expected = Array.from({ length: lanes }, (_, lane) => {
      state.set(begin)
      native.sha1Blocks(scratchAt + STATE, scratchAt + blockOf(lane), HMAC_BLOCK_BYTES * (1 + lane % 3))
      return state.slice()
    })
    for (let lane = 0; lane < lanes; lane++) prepare(lane, begin, scratchAt + blockOf(lane), 1 + lane % 3)
    hash(lanes)
    return expected.every((words, lane) => words.every((word, at) => word === states[at * LANES + lane]))
  }

  return (key) => {
    const [inner, outer] = [keyed(key, 0x36), keyed(key, 0x5c)]
    for (let lane = 0; lane < LANES; lane++) pad(view, blockOf(lane), SHA1_BYTES) // stays: only the hashes before it change

    function signOne({ view: packets, lengths }: PacketArena, i: number): void {
      const end = startOf(i) + lengths[i]!
      state.set(inner)
      native.sha1Blocks(scratchAt + STATE, base + startOf(i), pad(packets, startOf(i), lengths[i]! + ROLLOVER_BYTES))
      for (let word = 0; word < WORDS; word++) view.setUint32(BLOCKS + 4 * word, state[word]!)
      state.set(outer)
      native.sha1Blocks(scratchAt + STATE, scratchAt + BLOCKS, HMAC_BLOCK_BYTES)
      for (let word = 0; word < TAG_WORDS; word++) packets.setUint32(end + 4 * word, state[word]!)
    }

    function signSome(hash: (lanes: number) => void, { view: packets, lengths }: PacketArena, first: number, lanes: number): void {
      for (let lane = 0; lane < lanes; lane++) {
        const start = startOf(first + lane)
        prepare(lane, inner, base + start, pad(packets, start, lengths[first + lane]! + ROLLOVER_BYTES) / HMAC_BLOCK_BYTES)
      }
      hash(lanes)
      for (let lane = 0; lane < lanes; lane++) {
        for (let word = 0; word < WORDS; word++) view.setUint32(blockOf(lane) + 4 * word, states[word * LANES + lane]!)
        prepare(lane, outer, scratchAt + blockOf(lane), 1)
      }
      hash(lanes)
      for (let lane = 0; lane < lanes; lane++) {
        const end = startOf(first + lane) + lengths[first + lane]!
        for (let word = 0; word < TAG_WORDS; word++) packets.setUint32(end + 4 * word, states[word * LANES + lane]!)
      }
    }

    return {
      sign(packets) {
        if (packets !== arena) throw new TypeError('only packets of the arena are signed')
        for (let i = 0; i < packets.count; i += LANES) {
          const lanes = Math.min(LANES, packets.count - i)
          if (hashSide !== undefined && lanes > 1) signSome(hashSide, packets, i, lanes)
          else for (let one = i; one < i + lanes; one++) signOne(packets, one)
        }
      }
    }
  }
}

/** Ends `length` bytes behind the key block at `start`; answers how many whole blocks' bytes that makes. */
function pad(view: DataView, start: number, length: number): number {
  const padded = Math.ceil((length + 9) / HMAC_BLOCK_BYTES) * HMAC_BLOCK_BYTES
  for (let at = start + length; at < start + padded - 4; at++) view.setUint8(at, 0)
  view.setUint8(start + length, 0x80)
  view.setUint32(start + padded - 4, (HMAC_BLOCK_BYTES + length) * 8)
  return padded
}
