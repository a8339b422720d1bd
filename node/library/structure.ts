import type { FileHandle } from 'node:fs/promises'

/** A file that its own table of contents contradicts; the sentence says how, or undefined when it is whole. */
export type StructureVerdict = string | undefined

interface Source {
  readonly file: FileHandle
  readonly size: number
}

const CUT = 'the file is cut off'

/** Structures with a length written in them, by demuxer name; what has none is judged by decoding alone. */
const CHECKS: Readonly<Record<string, (source: Source) => Promise<StructureVerdict>>> = {
  mov: checkBoxes, matroska: checkSegment, wav: checkRiff, avi: checkRiff, webp_pipe: checkRiff, png_pipe: checkPng, jpeg_pipe: checkJpeg, ogg: checkPages
}

/** Compare the lengths a container promises with the bytes that are there: the cheap and certain sign of a broken copy. */
export async function checkStructure(file: FileHandle, size: number, demuxer: string): Promise<StructureVerdict> {
  return CHECKS[demuxer]?.({ file, size })
}

async function read(source: Source, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await source.file.read(Buffer.alloc(length), 0, length, offset)
  return buffer.subarray(0, bytesRead)
}

/** More top-level boxes or chunks than this are not walked. @default 100000 */
export const MAX_BOXES = 100_000

/** ISO/IEC 14496-12 §4.2: boxes end to end; one that reaches beyond the file was cut, and without `moov` nothing can be played. */
async function checkBoxes(source: Source): Promise<StructureVerdict> {
  const types = new Set<string>()
  let offset = 0
  for (let count = 0; offset + 8 <= source.size && count < MAX_BOXES; count++) {
    const header = await read(source, offset, 16)
    const type = header.toString('latin1', 4, 8)
    const short = header.readUInt32BE(0)
    const length = short === 0 ? source.size - offset : short === 1 && header.length === 16 ? Number(header.readBigUInt64BE(8)) : short
    if (offset > 0 && !/^[\x20-\x7e\xa9]{4}$/.test(type)) break // rubbish behind the last box is not ours to judge
    if (length < 8) return `the file is damaged: a box of impossible length at byte ${offset}`
    if (offset + length > source.size) return `${CUT}: ${offset + length - source.size} bytes of its ${type.trim()} box are missing. Copy it again from the source`
    types.add(type)
    offset += length
  }
  if (types.has('moov') || types.has('meta')) return undefined
  return 'its index (moov) is missing: the recording was never finished. Recover it on the device that recorded it, then import again'
}

/** RIFF and RF64: the first length is of everything that follows, 0 and all ones mean "not known while writing". */
async function checkRiff(source: Source): Promise<StructureVerdict> {
  const header = await read(source, 0, 12)
  const promised = header.readUInt32LE(4)
  if (header.toString('latin1', 0, 4) !== 'RIFF' || promised === 0 || promised >= 0xffff_fff0) return undefined
  const missing = promised + 8 - source.size
  return missing > 1 ? `${CUT}: ${missing} bytes are missing. Copy it again from the source` : undefined // 1: a forgotten pad byte
}

/** RFC 8794 §6: element ids and lengths are variable; only the Segment's length matters here. */
async function checkSegment(source: Source): Promise<StructureVerdict> {
  const head = await read(source, 0, 4_096)
  const ebml = vint(head, 4)
  if (ebml === undefined) return 'the file is damaged: its header does not end'
  const segment = ebml.end + (ebml.value ?? 0)
  if (head.length < segment + 12 || head.readUInt32BE(segment) !== 0x18538067) return undefined
  const length = vint(head, segment + 4)
  if (length?.value === undefined) return undefined // written as a stream
  const missing = length.end + length.value - source.size
  return missing > 0 ? `${CUT}: ${missing} bytes are missing. Copy it again from the source` : undefined
}

/** An EBML length at `offset`; `value` undefined when it says "unknown". */
function vint(bytes: Buffer, offset: number): { value: number | undefined; end: number } | undefined {
  const width = Math.clz32((bytes[offset] ?? 0) << 24) + 1
  if (width > 8 || bytes.length < offset + width) return undefined
  let value = (bytes[offset] ?? 0) & (0xff >> width)
  let ones = value === 0xff >> width
  for (let i = 1; i < width; i++) {
    value = value * 256 + (bytes[offset + i] ?? 0)
    ones &&= bytes[offset + i] === 0xff
  }
  return { value: ones ? undefined : value, end: offset + width }
}

const OGG_PAGE_BYTES = 65_307
const END_OF_STREAM = 4

/** RFC 3533 §6: the last page says that it is the last. */
async function checkPages(source: Source): Promise<StructureVerdict> {
  const tail = await read(source, Math.max(0, source.size - OGG_PAGE_BYTES), OGG_PAGE_BYTES)
  const flags = tail[tail.lastIndexOf('OggS') + 5] ?? 0
  return (flags & END_OF_STREAM) === 0 ? `${CUT}: its last page is missing. Copy it again from the source` : undefined
}

/** PNG (ISO/IEC 15948 §5.3): chunks end to end, IEND last. */
async function checkPng(source: Source): Promise<StructureVerdict> {
  let offset = 8
  for (let count = 0; count < MAX_BOXES; count++) {
    const header = await read(source, offset, 8)
    if (header.length < 8) return `${CUT}: the picture does not end. Copy it again from the source`
    offset += 12 + header.readUInt32BE(0)
    if (offset > source.size) return `${CUT}: ${offset - source.size} bytes are missing. Copy it again from the source`
    if (header.toString('latin1', 4, 8) === 'IEND') return undefined
  }
  return 'the file is damaged: it has no end'
}

const JPEG_WINDOW = 1 << 20
const EOI = 0xd9
const SOS = 0xda

/** JPEG (ITU T.81 §B.1): walk the markers, and the scans for theirs, to the end-of-image; a thumbnail's own end does not count. */
async function checkJpeg(source: Source): Promise<StructureVerdict> {
  let offset = 2
  while (offset < source.size) {
    const header = await read(source, offset, 4)
    const marker = header[1]
    if (header[0] !== 0xff || marker === undefined) return `the file is damaged: no marker at byte ${offset}`
    if (marker === EOI) return undefined
    if (marker === 0xff) offset += 1 // fill byte
    else if (header.length < 4) break
    else offset += 2 + header.readUInt16BE(2)
    if (marker === SOS) offset = await endOfScan(source, offset)
  }
  return `${CUT}: the picture does not end. Copy it again from the source`
}

/** Offset of the next marker that is neither a stuffed byte nor a restart. */
async function endOfScan(source: Source, from: number): Promise<number> {
  for (let offset = from; offset < source.size; offset += JPEG_WINDOW - 1) { // windows overlap by the byte that may be half a marker
    const bytes = await read(source, offset, JPEG_WINDOW)
    for (let i = bytes.indexOf(0xff); i >= 0 && i + 1 < bytes.length; i = bytes.indexOf(0xff, i + 1)) {
      const code = bytes[i + 1] ?? 0
      if (code !== 0 && code !== 0xff && (code < 0xd0 || code > 0xd7)) return offset + i
    }
  }
  return source.size
}
