/** The RTCP a sender of RTP owes its receivers (RFC 3550 section 6). No I/O. */

/** NTP counts from 1900. */
const NTP_UNIX_OFFSET_S = 2_208_988_800
const SENDER_REPORT = 200
const SOURCE_DESCRIPTION = 202
const GOODBYE = 203
const CNAME = 1

export interface SenderState {
  readonly ssrc: number
  /** Unix ms, fractional, of `timestamp`. */
  readonly wallMs: number
  /** RTP time. */
  readonly timestamp: number
  /** Sent so far; payload bytes only. */
  readonly packets: number
  readonly octets: number
}

/** SR and SDES as one compound packet. `cname` is the same for the tracks of one camera, at most 255 bytes. */
export function senderReport({ ssrc, wallMs, timestamp, packets, octets }: SenderState, cname: string): Buffer {
  const seconds = Math.floor(wallMs / 1000)
  const report = Buffer.alloc(28)
  writeHeader(report, 0, SENDER_REPORT)
  const words = [ssrc, seconds + NTP_UNIX_OFFSET_S, Math.floor((wallMs / 1000 - seconds) * 2 ** 32), timestamp, packets, octets]
  words.forEach((word, i) => report.writeUInt32BE(((word % 2 ** 32) + 2 ** 32) % 2 ** 32, 4 + i * 4))
  return Buffer.concat([report, sourceDescription(ssrc, cname)])
}

/** An empty receiver report and BYE: the stream is over. */
export function goodbye(ssrc: number): Buffer {
  const bytes = Buffer.alloc(16)
  writeHeader(bytes.subarray(0, 8), 0, SENDER_REPORT + 1)
  bytes.writeUInt32BE(ssrc, 4)
  writeHeader(bytes.subarray(8), 1, GOODBYE)
  bytes.writeUInt32BE(ssrc, 12)
  return bytes
}

function sourceDescription(ssrc: number, cname: string): Buffer {
  const name = Buffer.from(cname)
  const bytes = Buffer.alloc(Math.ceil((8 + 2 + name.length + 1) / 4) * 4) // at least one zero ends the list of items
  writeHeader(bytes, 1, SOURCE_DESCRIPTION)
  bytes.writeUInt32BE(ssrc, 4)
  bytes[8] = CNAME
  bytes[9] = name.length
  bytes.set(name, 10)
  return bytes
}

function writeHeader(bytes: Buffer, count: number, type: number): void {
  bytes[0] = 0x80 | count
  bytes[1] = type
  bytes.writeUInt16BE(bytes.length / 4 - 1, 2)
}
