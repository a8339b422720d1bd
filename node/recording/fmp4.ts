/** Fragmented MP4 (ISO/IEC 14496-12 and -15, VP and AV1 Codec ISO Media File Format Binding, Opus in ISOBMFF): what our recordings and played ranges are made of. No I/O. */
import { InvalidMessageError } from '#protocols/errors.ts'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import { box, type BoxAt, boxesIn, findBox, fullBox, u16, u32, u64, u8 } from './boxes.ts'

/** Ticks per second. */
export const VIDEO_TIMESCALE = 90_000
export const AUDIO_TIMESCALE = 48_000
export const VIDEO_TRACK = 1
export const AUDIO_TRACK = 2
const MOVIE_TIMESCALE = 1_000
const MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)

/** What the tracks of a file are. */
export interface Mp4Tracks {
  readonly width: number
  readonly height: number
  readonly codec: VideoCodec
  /** Content of the sample entry's configuration box. */
  readonly config: Buffer
  /** Parameter sets may change inside the file: they are in the samples as well. */
  readonly inBand: boolean
  /** Channels of the Opus track; 0 for none. */
  readonly audioChannels: number
}

/** How a codec's samples are named in a file; `inBand` where parameter sets may change inside the file, and are in the samples as well. */
const SAMPLE_ENTRIES: Readonly<Record<VideoCodec, { readonly entry: string; readonly inBand: string; readonly config: string; readonly brand: string }>> = {
  H264: { entry: 'avc1', inBand: 'avc3', config: 'avcC', brand: 'avc1' },
  H265: { entry: 'hvc1', inBand: 'hev1', config: 'hvcC', brand: '' },
  VP8: { entry: 'vp08', inBand: 'vp08', config: 'vpcC', brand: '' },
  VP9: { entry: 'vp09', inBand: 'vp09', config: 'vpcC', brand: '' },
  AV1: { entry: 'av01', inBand: 'av01', config: 'av1C', brand: 'av01' }
}

/** ftyp and moov of a fragmented file; `durationMs` 0 while it is not known. */
export function initSegment(tracks: Mp4Tracks, durationMs = 0): Buffer {
  const ids = tracks.audioChannels > 0 ? [VIDEO_TRACK, AUDIO_TRACK] : [VIDEO_TRACK]
  return Buffer.concat([
    box('ftyp', Buffer.from('iso6'), u32(0), Buffer.from(`iso6mp41${SAMPLE_ENTRIES[tracks.codec].brand}`)),
    box('moov',
      fullBox('mvhd', 0, 0, u32(0, 0, MOVIE_TIMESCALE, 0, 0x10000), u16(0x100, 0), u32(0, 0), MATRIX, u32(0, 0, 0, 0, 0, 0, ids.length + 1)),
      videoTrack(tracks),
      tracks.audioChannels > 0 ? audioTrack(tracks.audioChannels) : u8(),
      box('mvex',
        durationMs > 0 ? fullBox('mehd', 1, 0, u64(Math.round(durationMs))) : u8(),
        ...ids.map((id) => fullBox('trex', 0, 0, u32(id, 1, 0, 0, 0)))))
  ])
}

function track(id: number, kind: 'vide' | 'soun', timescale: number, size: { width: number; height: number }, mediaHeader: Buffer, sampleEntry: Buffer): Buffer {
  const name = kind === 'vide' ? 'Video\0' : 'Audio\0'
  return box('trak',
    fullBox('tkhd', 0, 3, u32(0, 0, id, 0, 0, 0, 0), u16(0, kind === 'vide' ? 0 : 1, kind === 'vide' ? 0 : 0x100, 0), MATRIX, u32(size.width * 65_536, size.height * 65_536)),
    box('mdia',
      fullBox('mdhd', 0, 0, u32(0, 0, timescale, 0), u16(0x55c4, 0)), // language "und"
      fullBox('hdlr', 0, 0, u32(0), Buffer.from(kind), u32(0, 0, 0), Buffer.from(name)),
      box('minf', mediaHeader,
        box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))),
        box('stbl',
          fullBox('stsd', 0, 0, u32(1), sampleEntry), fullBox('stts', 0, 0, u32(0)), fullBox('stsc', 0, 0, u32(0)),
          fullBox('stsz', 0, 0, u32(0, 0)), fullBox('stco', 0, 0, u32(0))))))
}

function videoTrack({ width, height, codec, config, inBand }: Mp4Tracks): Buffer {
  const names = SAMPLE_ENTRIES[codec]
  const entry = box(inBand ? names.inBand : names.entry, u32(0), u16(0, 1), u32(0, 0, 0, 0), u16(width, height), u32(0x480000, 0x480000, 0), u16(1), Buffer.alloc(32), u16(0x18, 0xffff), box(names.config, config))
  return track(VIDEO_TRACK, 'vide', VIDEO_TIMESCALE, { width, height }, fullBox('vmhd', 0, 1, u16(0, 0, 0, 0)), entry)
}

/** Encapsulation of Opus in ISO Base Media File Format, section 4.3. Pre-skip 0: a recording begins in mid-stream, and its time is exact. */
function audioTrack(channels: number): Buffer {
  const entry = box('Opus', u32(0), u16(0, 1), u32(0, 0), u16(channels, 16), u32(0), u32(AUDIO_TIMESCALE * 65_536), box('dOps', u8(0, channels), u16(0), u32(AUDIO_TIMESCALE), u16(0), u8(0)))
  return track(AUDIO_TRACK, 'soun', AUDIO_TIMESCALE, { width: 0, height: 0 }, fullBox('smhd', 0, 0, u16(0, 0)), entry)
}

/** One picture or one Opus packet. */
export interface Sample {
  readonly bytes: Uint8Array
  /** Ticks. */
  readonly duration: number
  /** Presentation minus decoding time, ticks; may be negative. */
  readonly offset: number
  readonly key: boolean
}

/** The samples one part has of one track, and the decoding time of the first in ticks. */
export interface TrackRun {
  readonly track: number
  readonly time: number
  readonly samples: readonly Sample[]
}

/** moof and mdat. All times are 64 bits wide, so that they can be moved without changing the size. */
export function partSegment(sequence: number, runs: readonly TrackRun[]): Buffer {
  const used = runs.filter((run) => run.samples.length > 0)
  const size = moof(sequence, used, 0).length
  return Buffer.concat([moof(sequence, used, size + 8), box('mdat', ...used.flatMap((run) => run.samples.map((sample) => sample.bytes)))])
}

function moof(sequence: number, runs: readonly TrackRun[], dataStart: number): Buffer {
  let data = dataStart
  const fragments = runs.map((run) => {
    const fragment = trackFragment(run, data)
    data += run.samples.reduce((sum, sample) => sum + sample.bytes.length, 0)
    return fragment
  })
  return box('moof', fullBox('mfhd', 0, 0, u32(sequence)), ...fragments)
}

const DEFAULT_BASE_IS_MOOF = 0x020000
/** data offset, and per sample: duration, size, flags, composition offset. */
const TRUN_FLAGS = 0x000001 | 0x000100 | 0x000200 | 0x000400 | 0x000800
const KEY_SAMPLE = 0x02000000 // depends on no other
const DELTA_SAMPLE = 0x01010000 // depends on others, is no sync sample

function trackFragment({ track, time, samples }: TrackRun, dataOffset: number): Buffer {
  const rows = Buffer.alloc(samples.length * 16)
  samples.forEach((sample, i) => {
    rows.writeUInt32BE(sample.duration, i * 16)
    rows.writeUInt32BE(sample.bytes.length, i * 16 + 4)
    rows.writeUInt32BE(sample.key ? KEY_SAMPLE : DELTA_SAMPLE, i * 16 + 8)
    rows.writeInt32BE(sample.offset, i * 16 + 12)
  })
  return box('traf',
    fullBox('tfhd', 0, DEFAULT_BASE_IS_MOOF, u32(track)),
    fullBox('tfdt', 1, 0, u64(time)),
    fullBox('trun', 1, TRUN_FLAGS, u32(samples.length, dataOffset), rows))
}

/**
 * Give a part its place in another file: a sequence number, and `shift` ticks per track added to its times. What would lie before the beginning of the
 * file (sound that was captured just before its first picture) is put at its beginning, as tightly as it goes, so that what follows keeps its time.
 * `bytes` begins with the part's moof and is changed. @throws InvalidMessageError when it does not
 */
export function movePart(bytes: Buffer, sequence: number, shift: (track: number) => number): void {
  const end = bytes.length >= 8 ? bytes.readUInt32BE(0) : 0
  if (end < 8 || end > bytes.length || bytes.toString('latin1', 4, 8) !== 'moof') throw new InvalidMessageError('MP4: not a part of ours')
  for (const child of boxesIn(bytes, 8, end)) {
    if (child.type === 'mfhd') bytes.writeUInt32BE(sequence, child.content + 4)
    if (child.type !== 'traf') continue
    const inner = boxesIn(bytes, child.content, child.end)
    const header = inner.find(({ type }) => type === 'tfhd')
    const time = inner.find(({ type }) => type === 'tfdt')
    if (header === undefined || time === undefined) throw new InvalidMessageError('MP4: not a part of ours')
    const at = time.content + 4
    const moved = bytes.readBigUInt64BE(at) + BigInt(Math.round(shift(bytes.readUInt32BE(header.content + 4))))
    bytes.writeBigUInt64BE(moved < 0n ? 0n : moved, at)
    if (moved < 0n) tightenRun(bytes, inner.find(({ type }) => type === 'trun'), -moved)
  }
}

/** Takes so many ticks from the first samples of a run: each keeps one, so that times rise. @throws InvalidMessageError */
function tightenRun(bytes: Buffer, run: BoxAt | undefined, ticks: bigint): void {
  const [count, rows] = run === undefined || run.end - run.content < 12 ? [0, 0] : [bytes.readUInt32BE(run.content + 4), run.content + 12]
  if (run === undefined || rows + count * 16 > run.end) throw new InvalidMessageError('MP4: not a part of ours')
  for (let i = 0, left = ticks; i < count && left > 0n; i++) {
    const duration = BigInt(bytes.readUInt32BE(rows + i * 16))
    const taken = duration - 1n < left ? duration - 1n : left
    if (taken <= 0n) continue
    bytes.writeUInt32BE(Number(duration - taken), rows + i * 16)
    left -= taken
  }
}

/** One stretch of a segment index. */
export interface IndexEntry {
  readonly bytes: number
  /** Video ticks. */
  readonly duration: number
  /** Begins with a keyframe. */
  readonly key: boolean
}

/** Most entries an index has: the count is 16 bits wide. */
const MAX_INDEX_ENTRIES = 60_000
const MAX_INDEX_TICKS = 0xffff_ffff

/** sidx over everything that follows it (section 8.16.3); a very long file gets coarser entries. */
export function segmentIndex(entries: readonly IndexEntry[]): Buffer {
  const group = Math.ceil(entries.length / MAX_INDEX_ENTRIES)
  const merged = group === 1 ? entries : mergeEntries(entries, group)
  const rows = merged.flatMap(fitting).map(({ bytes, duration, key }) => u32(bytes, duration, key ? 0x90000000 : 0))
  return fullBox('sidx', 1, 0, u32(VIDEO_TRACK, VIDEO_TIMESCALE), u64(0), u64(0), u16(0, rows.length), ...rows)
}

/** A duration is 32 bits wide: of a gap of half a day the rest is in entries without bytes. */
function fitting({ bytes, duration, key }: IndexEntry): IndexEntry[] {
  if (duration <= MAX_INDEX_TICKS) return [{ bytes, duration, key }]
  return [{ bytes, duration: MAX_INDEX_TICKS, key }, ...fitting({ bytes: 0, duration: duration - MAX_INDEX_TICKS, key: false })]
}

function mergeEntries(entries: readonly IndexEntry[], group: number): IndexEntry[] {
  const merged: IndexEntry[] = []
  for (let at = 0; at < entries.length; at += group) {
    const some = entries.slice(at, at + group)
    merged.push({ key: some[0]!.key, bytes: some.reduce((sum, { bytes }) => sum + bytes, 0), duration: some.reduce((sum, { duration }) => sum + duration, 0) })
  }
  return merged
}

/** Bytes of a VisualSampleEntry before the boxes in it. */
const VISUAL_ENTRY_BYTES = 78

/** Read back what `initSegment` wrote. @throws InvalidMessageError when it is not one of ours */
export function readInit(bytes: Buffer): Mp4Tracks {
  const list = findBox(bytes, 'moov/trak/mdia/minf/stbl/stsd')
  const [entry] = list === undefined ? [] : boxesIn(bytes, list.content + 8, list.end)
  const [codec, names] = (Object.entries(SAMPLE_ENTRIES) as Array<[VideoCodec, typeof SAMPLE_ENTRIES[VideoCodec]]>).find(([, each]) => each.entry === entry?.type || each.inBand === entry?.type) ?? []
  if (entry === undefined || codec === undefined || entry.content + VISUAL_ENTRY_BYTES > entry.end) throw new InvalidMessageError('MP4: not an init segment of ours')
  const config = boxesIn(bytes, entry.content + VISUAL_ENTRY_BYTES, entry.end).find(({ type }) => type === names!.config)
  const audio = bytes.indexOf('dOps', 0, 'latin1')
  if (config === undefined || audio + 5 >= bytes.length) throw new InvalidMessageError('MP4: an init segment that is cut short')
  return {
    codec, config: bytes.subarray(config.content, config.end),
    width: bytes.readUInt16BE(entry.content + 24),
    height: bytes.readUInt16BE(entry.content + 26),
    inBand: entry.type !== names!.entry,
    audioChannels: audio < 0 ? 0 : bytes[audio + 5]!
  }
}
