import { AVDISCARD_ALL, AV_DISPOSITION_DEFAULT, AV_DISPOSITION_FORCED, AV_NOPTS_VALUE, AVMEDIA_TYPE_SUBTITLE } from 'node-av/constants'
import { Packet, type Stream } from 'node-av/lib'
import { codecName, type MediaFile } from '../../../library/media-file.ts'
import type { Cue } from '../formats/cue.ts'
import { MAX_LINE_TEXT, MAX_LINES, MAX_TIME_MS } from '../transcript.ts'
import { captionPairsOf, type CaptionPair } from './a53.ts'
import { type CaptionTrack, languageNamed } from './caption-tracks.ts'
import { Cea608Field } from './cea608.ts'
import { readerOf } from './packet-text.ts'

/** Tracks of one file that are read. @default 16 */
export const MAX_TRACKS = 16
/** Captions that say no end are shown so long, in ms. @default 4000 */
export const CUE_MS = 4_000
/** Pictures without a caption beside them, not even an empty one, after which a film is taken for one that has none. @default 300 */
export const LOOKED_AT = 300
/** Pairs of bytes that are kept of a film's pictures, some ten hours of talk. @default 4000000 */
export const MAX_PAIRS_KEPT = 4_000_000
/** Somebody waits for a word after so many packets. */
const TELL_EVERY = 200

/** Every track of text in a file or, when it has none, what is hidden in its pictures; only those are read. */
export function readCaptionTracks(media: MediaFile, onAlive: () => void): CaptionTrack[] {
  const streams = media.format.streams.filter((stream) => stream.codecpar.codecType === AVMEDIA_TYPE_SUBTITLE && readerOf(codecName(stream)) !== undefined).slice(0, MAX_TRACKS)
  return streams.length === 0 ? hiddenIn(media, onAlive) : textsOf(streams, media, onAlive)
}

function textsOf(streams: readonly Stream[], media: MediaFile, onAlive: () => void): CaptionTrack[] {
  const tracks = new Map(streams.map((stream) => [stream.index, { stream, cues: [] as Cue[] }]))
  for (const packet of packetsOf(media, streams, onAlive)) {
    const track = tracks.get(packet.streamIndex)
    const cue = track === undefined || track.cues.length >= MAX_LINES ? undefined : cueOf(packet, track.stream, media)
    if (cue !== undefined) track?.cues.push(cue)
  }
  return [...tracks.values()].map(({ stream, cues }) => ({
    name: `stream ${stream.index} (${codecName(stream)})`, language: languageNamed(stream.metadata?.get('language') ?? ''),
    isDefault: stream.hasDisposition(AV_DISPOSITION_DEFAULT), isForced: stream.hasDisposition(AV_DISPOSITION_FORCED), cues
  }))
}

/** Captions for the deaf that broadcasters put beside each picture (CEA-608): four channels at most. None where pictures do not say when they are shown: then letters are in no order. */
function hiddenIn(media: MediaFile, onAlive: () => void): CaptionTrack[] {
  const { video } = media
  const pairsOf = video === undefined ? undefined : captionPairsOf(codecName(video), video.codecpar.extradata)
  if (video === undefined || pairsOf === undefined) return []
  const found: Array<CaptionPair & { atMs: number }> = []
  let [pictures, isThere] = [0, false]
  for (const packet of packetsOf(media, [video], onAlive)) {
    const atMs = msOf(packet, video, media)
    const pairs = packet.data === null ? [] : orNone(() => pairsOf(packet.data!))
    isThere ||= pairs.length > 0
    if ((!isThere && ++pictures >= LOOKED_AT) || (isThere && atMs === undefined)) return []
    if (found.length < MAX_PAIRS_KEPT) for (const pair of pairs) if (((pair.a | pair.b) & 0x7f) !== 0) found.push({ ...pair, atMs: atMs! })
  }
  const fields = [new Cea608Field(), new Cea608Field()] as const
  for (const { field, a, b, atMs } of found.sort((one, other) => one.atMs - other.atMs)) fields[field].push(a, b, atMs) // coded pictures come in another order than they are shown
  const endMs = (found.at(-1)?.atMs ?? 0) + CUE_MS
  for (const field of fields) field.end(endMs)
  return fields.flatMap((field, at) => field.channels.map(({ shown }, channel) => ({
    name: `CC${2 * at + channel + 1} (CEA-608)`, language: '', isDefault: false, isForced: false,
    cues: shown.slice(0, MAX_LINES).map(({ fromMs, toMs, text }) => ({ fromMs, toMs, text: text.slice(0, MAX_LINE_TEXT), speaker: '', words: [] }))
  })))
}

/** Those of some streams; the others are not read at all. A packet is valid until the next. */
function* packetsOf(media: MediaFile, streams: readonly Stream[], onAlive: () => void): Generator<Packet> {
  const wanted = new Set(streams.map(({ index }) => index))
  for (const stream of media.format.streams) if (!wanted.has(stream.index)) stream.discard = AVDISCARD_ALL
  const packet = new Packet()
  packet.alloc()
  try {
    for (let read = 0; media.read(packet); read++) {
      if (read % TELL_EVERY === 0) onAlive()
      if (wanted.has(packet.streamIndex)) yield packet
    }
  } finally {
    packet.free()
  }
}

/** From the beginning of the file; undefined when it is not said. */
function msOf(packet: Packet, stream: Stream, media: MediaFile): number | undefined {
  if (packet.pts === AV_NOPTS_VALUE) return undefined
  const { num, den } = stream.timeBase
  const startMs = media.format.startTime > 0n ? Number(media.format.startTime) / 1000 : 0
  return Math.max(0, Math.round(Number(packet.pts) * num / den * 1000 - startMs))
}

function cueOf(packet: Packet, stream: Stream, media: MediaFile): Cue | undefined {
  const fromMs = msOf(packet, stream, media)
  if (fromMs === undefined || packet.data === null) return undefined
  const { num, den } = stream.timeBase
  const toMs = fromMs + (packet.duration > 0n ? Math.round(Number(packet.duration) * num / den * 1000) : CUE_MS)
  const { text, speaker } = readerOf(codecName(stream))!(packet.data)
  return text === '' || toMs > MAX_TIME_MS ? undefined : { fromMs, toMs, text: text.slice(0, MAX_LINE_TEXT), speaker, words: [] }
}

/** A damaged picture says nothing. */
function orNone<T>(read: () => T[]): T[] {
  try {
    return read()
  } catch {
    return []
  }
}
