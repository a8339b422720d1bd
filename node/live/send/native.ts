/** The C functions this folder calls, as they are on 64-bit Linux; nothing else knows koffi. */
import { readFileSync } from 'node:fs'
import { isIPv4 } from 'node:net'

/** Handles and addresses are numbers: below 2^53 on every 64-bit system. */
export interface Native {
  /** The bytes must lie outside V8's heap (`allocUnsafeSlow`), where they never move. */
  addressOf(bytes: Buffer): number
  newCipher(mode: 'ecb' | 'gcm', key: Uint8Array): number
  freeCipher(context: number): void
  update(context: number, out: number, input: number, length: number): void
  /** AES-128 by the processor's own instructions; undefined where it has none, or libcrypto no such code. */
  readonly aes: NativeAes | undefined
  /** In place: `header` bytes at `start` are authenticated, the `length` bytes behind them encrypted. */
  sealGcm(context: number, iv: number, start: number, header: number, length: number, tag: number): void
  /** Begins a SHA-1; its state, in the layout of `SHA_CTX`, is `SHA1_STATE_BYTES` long and begins with the five words of the hash. */
  sha1Begin(state: number): void
  /** `length` is a multiple of 64: then the state is the hash so far, and nothing else of it changes that matters. */
  sha1Blocks(state: number, input: number, length: number): void
  /**
   * Several SHA-1 side by side, four times `fours` of them; undefined where libcrypto has no such code. At `states` lie the first words of the eight hashes, then the second ones,
   * and so on; at `descriptors`, for each, the address of its bytes and how many blocks of 64 they are, which may be 0, in 16 bytes.
   */
  readonly sha1Lanes: ((states: number, descriptors: number, fours: number) => void) | undefined
  /** A descriptor of our own for the UDP socket of this process that is bound there; -1 when there is none. */
  duplicateOf(address: string, port: number, ipv6: boolean): number
  close(descriptor: number): void
  /** A zone (`%eth0`) is left out. */
  socketAddress(host: string, port: number, ipv6: boolean): SocketAddress
  message(pieces: number): Message
}

export interface NativeAes {
  /** The key, expanded, is written at `schedule`, 244 bytes. */
  expand(key: Uint8Array, schedule: number): void
  /** Counter mode in place, so many blocks of 16 bytes at `at`, with the last 32 bits of the counter counting. */
  count(at: number, blocks: number, schedule: number, counter: number): void
}

/** A `sockaddr` and where it lies, which holds for as long as `bytes` is held. */
export interface SocketAddress { readonly bytes: Buffer; readonly at: number }

/** One reusable `msghdr`. */
export interface Message {
  piece(i: number, address: number, length: number): void
  /** `segment` is the size to cut at, 0 for a single packet. */
  send(descriptor: number, to: SocketAddress, pieces: number, segment: number): 'sent' | 'unsupported' | 'refused'
}

/** More than a `SHA_CTX`, whose 24 words are followed by nothing. */
export const SHA1_STATE_BYTES = 128

const GCM_GET_TAG = 0x10
const MSG_DONTWAIT = 0x40
const SOL_UDP = 17
const UDP_SEGMENT = 103
const F_DUPFD_CLOEXEC = 1030
const AF_INET = 2
const AF_INET6 = 10
/** errno values after which the same packets may be sent one by one. */
const UNSUPPORTED = new Set([5 /* EIO */, 22 /* EINVAL */, 90 /* EMSGSIZE */, 92 /* ENOPROTOOPT */, 95 /* EOPNOTSUPP */])
const WORD = 2 ** 32
/** Descriptors looked at to find a socket. */
const MAX_DESCRIPTORS = 16_384

/** A pointer, as two words from `at` on. */
export function writeAddress(words: Uint32Array, at: number, address: number): void {
  words[at] = address
  words[at + 1] = address / WORD
}

/** @throws Error when koffi is not installed or a symbol is missing */
export async function openNative(): Promise<Native> {
  const { default: koffi } = await import('koffi')
  const library = koffi.load(null) // libcrypto is part of node, libc is loaded already
  const f = {
    newContext: library.func('uintptr_t EVP_CIPHER_CTX_new()'),
    freeContext: library.func('void EVP_CIPHER_CTX_free(uintptr_t context)'),
    ecb: library.func('uintptr_t EVP_aes_128_ecb()'),
    gcm: library.func('uintptr_t EVP_aes_128_gcm()'),
    begin: library.func('int EVP_EncryptInit_ex(uintptr_t context, uintptr_t type, uintptr_t engine, uintptr_t key, uintptr_t iv)'),
    update: library.func('int EVP_EncryptUpdate(uintptr_t context, uintptr_t out, uintptr_t length, uintptr_t in, int inLength)'),
    finish: library.func('int EVP_EncryptFinal_ex(uintptr_t context, uintptr_t out, uintptr_t length)'),
    control: library.func('int EVP_CIPHER_CTX_ctrl(uintptr_t context, int type, int argument, uintptr_t pointer)'),
    sha1Begin: library.func('int SHA1_Init(uintptr_t state)'),
    sha1Blocks: library.func('int SHA1_Update(uintptr_t state, uintptr_t data, size_t length)'),
    sendmsg: library.func('long sendmsg(int descriptor, uintptr_t message, int flags)'),
    getsockname: library.func('int getsockname(int descriptor, uintptr_t address, uintptr_t length)'),
    fcntl: library.func('int fcntl(int descriptor, int command, int argument)'),
    close: library.func('int close(int descriptor)')
  }
  const aes = hasAes() ? orNone(() => ({
    expand: library.func('int aesni_set_encrypt_key(uintptr_t key, int bits, uintptr_t schedule)'),
    count: library.func('void aesni_ctr32_encrypt_blocks(uintptr_t in, uintptr_t out, size_t blocks, uintptr_t schedule, uintptr_t counter)')
  })) : undefined
  const lanes = orNone(() => library.func('void sha1_multi_block(uintptr_t states, uintptr_t descriptors, int fours)'))
  const addressOf = (bytes: Buffer): number => Number(koffi.address(bytes))
  const small = Buffer.from(new ArrayBuffer(8_192))
  const smallAt = addressOf(small)
  const lengthAt = smallAt + 4_096

  function isBoundTo(descriptor: number, expected: Buffer): boolean {
    small.writeUInt32LE(128, 4_096)
    if (f.getsockname(descriptor, smallAt, lengthAt) !== 0 || small.readUInt16LE(0) !== expected.readUInt16LE(0) || small.readUInt16BE(2) !== expected.readUInt16BE(2)) return false
    const [from, to] = expected.readUInt16LE(0) === AF_INET ? [4, 8] : [8, 24]
    return small.compare(expected, from, to, from, to) === 0
  }

  return {
    addressOf,
    newCipher(mode, key) {
      const context = f.newContext() as number
      small.set(key.subarray(0, 16))
      const began = f.begin(context, mode === 'ecb' ? f.ecb() : f.gcm(), 0, smallAt, 0)
      small.fill(0, 0, 16)
      if (began !== 1) throw new Error('libcrypto refused the key')
      return context
    },
    freeCipher: (context) => { f.freeContext(context) },
    update: (context, out, input, length) => { f.update(context, out, lengthAt, input, length) },
    aes: aes === undefined ? undefined : {
      expand(key, schedule) {
        small.set(key.subarray(0, 16))
        aes.expand(smallAt, 128, schedule)
        small.fill(0, 0, 16)
      },
      count: (at, blocks, schedule, counter) => { aes.count(at, at, blocks, schedule, counter) }
    },
    sealGcm(context, iv, start, header, length, tag) {
      f.begin(context, 0, 0, 0, iv)
      f.update(context, 0, lengthAt, start, header)
      f.update(context, start + header, lengthAt, start + header, length)
      f.finish(context, lengthAt + 64, lengthAt)
      f.control(context, GCM_GET_TAG, 16, tag)
    },
    sha1Begin: (state) => { f.sha1Begin(state) },
    sha1Blocks: (state, input, length) => { f.sha1Blocks(state, input, length) },
    sha1Lanes: lanes === undefined ? undefined : (states, descriptors, fours) => { lanes(states, descriptors, fours) },
    duplicateOf(address, port, ipv6) {
      const expected = socketAddressBytes(address, port, ipv6)
      for (let descriptor = 3; descriptor < MAX_DESCRIPTORS; descriptor++) {
        if (isBoundTo(descriptor, expected)) return f.fcntl(descriptor, F_DUPFD_CLOEXEC, 3) as number
      }
      return -1
    },
    close: (descriptor) => { f.close(descriptor) },
    socketAddress(host, port, ipv6) {
      const bytes = socketAddressBytes(host, port, ipv6)
      return { bytes, at: addressOf(bytes) }
    },
    message: (pieces) => message(pieces)
  }

  /** Its fields are written as 32-bit words, for numbers of 64 bits would be made anew for every packet. */
  function message(pieces: number): Message {
    const bytes = Buffer.from(new ArrayBuffer(4_096))
    const at = addressOf(bytes)
    const [header, control, vector] = [0, 128, 256]
    const words = new Uint32Array(bytes.buffer)
    const addresses = new Float64Array(pieces)
    writeAddress(words, (header + 16) / 4, at + vector)
    writeAddress(words, (header + 32) / 4, at + control)
    words[control / 4] = 18 // cmsg_len: its header and a 16-bit number
    words[control / 4 + 2] = SOL_UDP
    words[control / 4 + 3] = UDP_SEGMENT
    let toAt = 0
    return {
      piece(i, address, length) {
        const word = vector / 4 + 4 * i
        if (addresses[i] !== address) {
          writeAddress(words, word, address)
          addresses[i] = address
        }
        words[word + 2] = length
      },
      send(descriptor, to, count, segment) {
        if (toAt !== to.at) writeAddress(words, header / 4, to.at)
        toAt = to.at
        words[header / 4 + 2] = to.bytes.length
        words[header / 4 + 6] = count
        words[header / 4 + 10] = segment === 0 ? 0 : 24 // msg_controllen: with 0 what it points at is not looked at
        words[control / 4 + 4] = segment
        if ((f.sendmsg(descriptor, at, MSG_DONTWAIT) as number) >= 0) return 'sent'
        return UNSUPPORTED.has(koffi.errno()) ? 'unsupported' : 'refused'
      }
    }
  }
}

/** Code of libcrypto that does not ask by itself whether the processor knows AES would end this process where it does not. */
function hasAes(): boolean {
  try {
    return process.arch === 'x64' && /^flags\s*:.*\baes\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'))
  } catch {
    return false
  }
}

/** What libcrypto has for its own use may be missing. */
function orNone<T>(find: () => T): T | undefined {
  try {
    return find()
  } catch {
    return undefined
  }
}

/** A `sockaddr_in` or `sockaddr_in6`; an IPv4 host of an IPv6 socket is written as the mapped address. */
function socketAddressBytes(host: string, port: number, ipv6: boolean): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(256)).subarray(0, ipv6 ? 28 : 16)
  bytes.writeUInt16LE(ipv6 ? AF_INET6 : AF_INET, 0)
  bytes.writeUInt16BE(port, 2)
  if (!ipv6) bytes.set(host.split('.').map(Number), 4)
  else bytes.set(ipv6Bytes(isIPv4(host) ? `::ffff:${host}` : host), 8)
  return bytes
}

function ipv6Bytes(host: string): Uint8Array {
  const [address = ''] = host.split('%')
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...parts) => {
    const [a, b, c, d] = parts.slice(0, 4).map(Number) as [number, number, number, number]
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
  const [left = '', right] = plain.split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const groups = right === undefined ? head : [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail]
  const out = new Uint8Array(16)
  for (const [i, group] of groups.entries()) out.set([parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff], 2 * i)
  return out
}
