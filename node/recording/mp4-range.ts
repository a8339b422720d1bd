import { createHash } from 'node:crypto'
import type { ChunkId } from '#protocols/ids.ts'
import { CHUNK_BYTES } from '#ring'
import { AUDIO_TIMESCALE, initSegment, movePart, type Mp4Tracks, readInit, segmentIndex, VIDEO_TIMESCALE, VIDEO_TRACK } from './fmp4.ts'
import { addParameterSets, type ParameterSets } from './cut/parameter-sets.ts'
import { endOf, type PlacedPart } from './part-selection.ts'

/** A range of recordings as one MP4 file: its size is known before a byte of it is read, and every byte is always the same. */
export interface Mp4Range {
  readonly size: number
  readonly mime: 'video/mp4'
  /** Unix ms of the first picture. */
  readonly startMs: number
  readonly durationMs: number
  /** RFC 6381, of its tracks. */
  readonly codecs: string
  /** Strong validator without quotes. */
  readonly etag: string
  /** Bytes from `start` up to and without `end`. */
  read(start: number, end: number, signal?: AbortSignal): AsyncIterable<Uint8Array>
}

interface Piece { readonly offset: number; readonly placed: PlacedPart; readonly sequence: number; readonly shift: (track: number) => number }

export type GetChunk = (id: ChunkId, options?: { signal?: AbortSignal }) => Promise<Uint8Array>

/** Lay the parts out as ftyp, moov, sidx and moved parts. `selected` is not empty; parts that were made may need parameter sets of their own. */
export async function mp4Range(selected: readonly PlacedPart[], { get, getInit }: { get: GetChunk; getInit: GetChunk }, own: ParameterSets = { sps: [], pps: [] }): Promise<Mp4Range> {
  const placed = withoutOverlap(ofOneCodec(selected))
  const startMs = placed[0]!.part.startMs
  const durationMs = endOf(placed.at(-1)!.part) - startMs
  const tracks = await tracksOf(placed, getInit, own)
  const header = Buffer.concat([initSegment(tracks, durationMs), segmentIndex(indexOf(placed))])
  let size = header.length
  const pieces = placed.map((each, i): Piece => {
    const piece = { offset: size, placed: each, sequence: i + 1, shift: shiftOf(each, startMs) }
    size += each.part.bytes
    return piece
  })
  const hash = createHash('sha256').update(header)
  for (const { part, session, made } of placed) hash.update(`${session.startMs} ${part.startMs} ${part.chunks.join(' ')}\n`).update(made ?? '')
  return {
    size, startMs, durationMs,
    mime: 'video/mp4',
    codecs: `${placed[0]!.session.codecs.split(',')[0]}${tracks.audioChannels > 0 ? ',opus' : ''}`, // sound may come later in it
    etag: hash.digest('base64url'),
    read: (start, end, signal) => readRange(header, pieces, get, start, Math.min(end, size), signal)
  }
}

/** A file has pictures of one codec: it ends where another begins. */
function ofOneCodec(selected: readonly PlacedPart[]): readonly PlacedPart[] {
  const kindOf = ({ session }: PlacedPart): string => session.codecs.slice(0, 4)
  const other = selected.findIndex((each) => kindOf(each) !== kindOf(selected[0]!))
  return other < 0 ? selected : selected.slice(0, other)
}

/** One sample description for all: the first session's, with parameter sets in the samples when another session has others. */
async function tracksOf(placed: readonly PlacedPart[], get: GetChunk, own: ParameterSets): Promise<Mp4Tracks> {
  const ids = [...new Set(placed.map(({ session }) => session.init))]
  const all = await Promise.all(ids.map(async (id) => readInit(Buffer.from(await get(id)))))
  const [first] = all as [Mp4Tracks]
  return { ...first, config: own.sps.length === 0 ? first.config : addParameterSets(first.config, own), inBand: all.some(({ config }) => !config.equals(first.config)), audioChannels: Math.max(...all.map(({ audioChannels }) => audioChannels)) }
}

/** A gap belongs to the part before it, so that the index covers all time. */
function indexOf(placed: readonly PlacedPart[]): Array<{ bytes: number; duration: number; key: boolean }> {
  const ticks = (ms: number): number => Math.round((ms - placed[0]!.part.startMs) * VIDEO_TIMESCALE / 1000)
  return placed.map(({ part }, i) => ({ bytes: part.bytes, key: part.key, duration: Math.max(1, ticks(placed[i + 1]?.part.startMs ?? endOf(part)) - ticks(part.startMs)) }))
}

/** Two nodes' clocks for the same pictures differ a little: a session that begins just before the end of another is moved behind it. */
export function withoutOverlap(selected: readonly PlacedPart[]): PlacedPart[] {
  let byMs = 0
  const placed: PlacedPart[] = []
  for (const each of selected) {
    const { session, part } = each
    const last = placed.at(-1)
    if (last?.session.session !== session.session) byMs = Math.max(0, last === undefined ? 0 : endOf(last.part) - part.startMs)
    placed.push(byMs === 0 ? each : { ...each, session: { ...session, startMs: session.startMs + byMs }, part: { ...part, startMs: part.startMs + byMs } })
  }
  return placed
}

/** How far the times of a part's session move, in ticks of the track. */
function shiftOf({ session }: PlacedPart, fileStartMs: number): (track: number) => number {
  const ms = session.startMs - fileStartMs
  return (track) => Math.round(ms * (track === VIDEO_TRACK ? VIDEO_TIMESCALE : AUDIO_TIMESCALE) / 1000)
}

async function* readRange(header: Buffer, pieces: readonly Piece[], get: GetChunk, start: number, end: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  if (start < header.length && start < end) yield header.subarray(start, end)
  const wanted = chunksOf(pieces, start, end)
  let ahead = fetchChunk(wanted.next().value, get, signal)
  while (true) {
    const current = await ahead
    if (current === undefined) return
    ahead = fetchChunk(wanted.next().value, get, signal)
    ahead.catch(() => {}) // thrown when its turn comes
    const from = Math.max(0, start - current.offset)
    yield current.bytes.subarray(from, Math.max(from, end - current.offset))
  }
}

interface WantedChunk { piece: Piece; index: number; offset: number }

/** The chunks that hold any byte of `[start, end)`, found without looking at those before. */
function* chunksOf(pieces: readonly Piece[], start: number, end: number): Generator<WantedChunk, undefined> {
  for (let at = firstAt(pieces, start); at < pieces.length && pieces[at]!.offset < end; at++) {
    const piece = pieces[at]!
    if (piece.placed.made !== undefined) yield { piece, index: 0, offset: piece.offset }
    for (let index = 0; index < piece.placed.part.chunks.length; index++) {
      const offset = piece.offset + index * CHUNK_BYTES
      const bytes = Math.min(CHUNK_BYTES, piece.placed.part.bytes - index * CHUNK_BYTES)
      if (offset < end && offset + bytes > start) yield { piece, index, offset }
    }
  }
  return undefined
}

function firstAt(pieces: readonly Piece[], start: number): number {
  let low = 0
  let high = pieces.length
  while (low < high) {
    const middle = (low + high) >> 1
    const { offset, placed } = pieces[middle]!
    if (offset + placed.part.bytes <= start) low = middle + 1
    else high = middle
  }
  return low
}

async function fetchChunk(wanted: WantedChunk | undefined, get: GetChunk, signal?: AbortSignal): Promise<{ offset: number; bytes: Uint8Array } | undefined> {
  if (wanted === undefined) return undefined
  const { piece, index, offset } = wanted
  const bytes = Buffer.from(piece.placed.made ?? await get(piece.placed.part.chunks[index]!, signal === undefined ? {} : { signal })) // a copy: it is changed below
  if (index === 0) movePart(bytes, piece.sequence, piece.shift)
  return { offset, bytes }
}
