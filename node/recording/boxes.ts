/** ISO base media file format boxes (ISO/IEC 14496-12 section 4.2): writing, and finding ones we wrote. No I/O. */
import { InvalidMessageError } from '#protocols/errors.ts'

export const u8 = (...values: number[]): Buffer => Buffer.from(values)

export function u16(...values: number[]): Buffer {
  const out = Buffer.alloc(values.length * 2)
  values.forEach((value, i) => out.writeUInt16BE(value, i * 2))
  return out
}

export function u32(...values: number[]): Buffer {
  const out = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => out.writeUInt32BE(value >>> 0, i * 4))
  return out
}

export function u64(value: number): Buffer {
  const out = Buffer.alloc(8)
  out.writeBigUInt64BE(BigInt(value))
  return out
}

/** A box of four-character type `type`. */
export function box(type: string, ...content: Uint8Array[]): Buffer {
  const size = content.reduce((sum, bytes) => sum + bytes.length, 8)
  return Buffer.concat([u32(size), Buffer.from(type, 'latin1'), ...content], size)
}

/** A box with version and flags (section 4.2.2). */
export function fullBox(type: string, version: number, flags: number, ...content: Uint8Array[]): Buffer {
  return box(type, u32((version << 24) | flags), ...content)
}

export interface BoxAt {
  readonly type: string
  /** Where its size field is. */
  readonly start: number
  /** Where its content begins. */
  readonly content: number
  readonly end: number
}

/** The boxes lying side by side in `bytes[start, end)`. @throws InvalidMessageError when sizes do not fit */
export function boxesIn(bytes: Buffer, start = 0, end = bytes.length): BoxAt[] {
  const found: BoxAt[] = []
  for (let at = start; at < end;) {
    const size = at + 8 <= end ? bytes.readUInt32BE(at) : 0
    if (size < 8 || at + size > end) throw new InvalidMessageError(`MP4: a box at ${at} does not fit`)
    found.push({ type: bytes.toString('latin1', at + 4, at + 8), start: at, content: at + 8, end: at + size })
    at += size
  }
  return found
}

/** The first box at the end of a path like `moov/trak/mdia`, one of each container's children. */
export function findBox(bytes: Buffer, path: string): BoxAt | undefined {
  let range: { content: number; end: number } | undefined = { content: 0, end: bytes.length }
  let found: BoxAt | undefined
  for (const type of path.split('/')) {
    found = range === undefined ? undefined : boxesIn(bytes, range.content, range.end).find((candidate) => candidate.type === type)
    range = found
  }
  return found
}
