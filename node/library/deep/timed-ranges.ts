/** Where a film (ISO/IEC 14496-12) has what is neither picture nor sound: notes of where it was, how it was held… */
import { type Box, boxesIn } from '../iso-boxes.ts'

/** Larger tables of a film are not read, in bytes. @default 67108864 */
export const MAX_MOOV_BYTES = 64 * 1024 * 1024
/** Places of a film that its notes are read at: cameras write one or two a second. @default 600 */
export const MAX_TIMED_RANGES = 600
const MAX_TOP_BOXES = 1_000

/** From where to where, in bytes. */
export type ByteRange = readonly [start: number, end: number]

/** The tables of the film, and the first of its notes; nothing of what is no such film. `read` answers less where the film ends. */
export async function timedRanges(read: (range: ByteRange) => Promise<Buffer>, size: number): Promise<ByteRange[]> {
  const moov = await findMoov(read, size)
  if (moov === undefined) return []
  const tables = await read(moov)
  const notes = boxesIn(tables, 8).filter(({ type }) => type === 'trak').flatMap(rangesOfTrack)
  return [moov, ...notes.filter(([start, end]) => end <= size && start < end).slice(0, MAX_TIMED_RANGES)]
}

/** §4.2: a size of 1 is followed by one of 64 bits. */
async function findMoov(read: (range: ByteRange) => Promise<Buffer>, size: number): Promise<ByteRange | undefined> {
  for (let at = 0, boxes = 0; at + 16 <= size && boxes < MAX_TOP_BOXES; boxes++) {
    const head = await read([at, at + 16])
    if (head.length < 16) return undefined
    const short = head.readUInt32BE(0)
    const length = short === 1 ? Number(head.readBigUInt64BE(8)) : short
    if (head.toString('latin1', 4, 8) === 'moov') return short >= 8 && length <= MAX_MOOV_BYTES && at + length <= size ? [at, at + length] : undefined
    if (length < 8) return undefined
    at += length
  }
  return undefined
}

function rangesOfTrack({ bytes }: Box): ByteRange[] {
  const media = inside(bytes, 'mdia')
  const handler = media === undefined ? undefined : inside(media, 'hdlr')?.toString('latin1', 8, 12)
  const table = media === undefined ? undefined : inside(inside(media, 'minf'), 'stbl')
  return table === undefined || handler === 'vide' || handler === 'soun' ? [] : rangesOfTable(table)
}

const inside = (bytes: Buffer | undefined, type: string): Buffer | undefined => bytes === undefined ? undefined : boxesIn(bytes, 0).find((box) => box.type === type)?.bytes

/** §8.7: `stsc` says how many samples each chunk has, `stsz` how large they are, `stco` or `co64` where the chunks begin. */
function rangesOfTable(table: Buffer): ByteRange[] {
  const [sizes, groups] = [inside(table, 'stsz'), inside(table, 'stsc')]
  const offsets = offsetsOf(table)
  if (sizes === undefined || sizes.length < 12 || groups === undefined || groups.length < 8) return []
  const same = sizes.readUInt32BE(4)
  const sizeOf = (sample: number): number => same !== 0 ? same : 16 + 4 * sample <= sizes.length ? sizes.readUInt32BE(12 + 4 * sample) : 0
  const ranges: ByteRange[] = []
  for (let chunk = 0, sample = 0, group = 0; chunk < Math.min(offsets.length, MAX_TIMED_RANGES); chunk++) {
    const next = 8 + 12 * (group + 1)
    if (next + 12 <= groups.length && groups.readUInt32BE(next) === chunk + 1) group++
    const samples = 8 + 12 * group + 12 <= groups.length ? groups.readUInt32BE(8 + 12 * group + 4) : 0
    let length = 0
    for (const end = Math.min(sample + samples, sizes.readUInt32BE(8)); sample < end; sample++) length += sizeOf(sample)
    ranges.push([offsets[chunk]!, offsets[chunk]! + length])
  }
  return ranges
}

function offsetsOf(table: Buffer): number[] {
  const [short, long] = [inside(table, 'stco'), inside(table, 'co64')]
  if (short !== undefined) return Array.from({ length: Math.floor(Math.max(0, short.length - 8) / 4) }, (_, i) => short.readUInt32BE(8 + 4 * i))
  return long === undefined ? [] : Array.from({ length: Math.floor(Math.max(0, long.length - 8) / 8) }, (_, i) => Number(long.readBigUInt64BE(8 + 8 * i)))
}
