import { PARTITIONS } from '#protocols/ids.ts'

/** Hex digits of a set of partitions. */
const HEX_DIGITS = PARTITIONS / 4

/** A set of partitions as 64 hex digits: partition 0 is the highest bit of the first. */
export function hexOfPartitions(partitions: Iterable<number>): string {
  const bytes = Buffer.alloc(PARTITIONS / 8)
  for (const partition of partitions) bytes[partition >> 3] = (bytes[partition >> 3] ?? 0) | (0x80 >> (partition & 7))
  return bytes.toString('hex')
}

/** The set back; undefined when the text is not one. */
export function partitionsOfHex(text: unknown): ReadonlySet<number> | undefined {
  if (typeof text !== 'string' || text.length !== HEX_DIGITS || !/^[0-9a-f]+$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'hex')
  return new Set(Array.from({ length: PARTITIONS }, (_, partition) => partition).filter((partition) => ((bytes[partition >> 3] ?? 0) & (0x80 >> (partition & 7))) !== 0))
}
