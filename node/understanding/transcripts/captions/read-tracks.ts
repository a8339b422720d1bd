import { AVDISCARD_ALL, AV_DISPOSITION_DEFAULT, AV_DISPOSITION_FORCED, AV_NOPTS_VALUE, AVMEDIA_TYPE_SUBTITLE } from 'node-av/constants'
import { Packet, type Stream } from 'node-av/lib'
import { codecName, type MediaFile } from '../../../library/media-file.ts'
import type { Cue } from '../formats/cue.ts'
import { MAX_LINE_TEXT, MAX_LINES, MAX_TIME_MS } from '../transcript.ts'
import { type CaptionTrack, languageNamed } from './caption-tracks.ts'
import { readerOf } from './packet-text.ts'

/** Tracks of one file that are read. @default 16 */
export const MAX_TRACKS = 16
/** Captions that say no end are shown so long, in ms. @default 4000 */
export const CUE_MS = 4_000
/** Somebody waits for a word after so many packets. */
const TELL_EVERY = 200

/** Every track of text in a file; only those are read. None: the file is not read at all. */
export function readCaptionTracks(media: MediaFile, onAlive: () => void): CaptionTrack[] {
  const streams = media.format.streams.filter((stream) => stream.codecpar.codecType === AVMEDIA_TYPE_SUBTITLE && readerOf(codecName(stream)) !== undefined).slice(0, MAX_TRACKS)
  if (streams.length === 0) return []
  const tracks = new Map(streams.map((stream) => [stream.index, { stream, cues: [] as Cue[] }]))
  for (const stream of media.format.streams) if (!tracks.has(stream.index)) stream.discard = AVDISCARD_ALL
  const packet = new Packet()
  packet.alloc()
  try {
    for (let read = 0; media.read(packet); read++) {
      if (read % TELL_EVERY === 0) onAlive()
      const track = tracks.get(packet.streamIndex)
      const cue = track === undefined || track.cues.length >= MAX_LINES ? undefined : cueOf(packet, track.stream, media)
      if (cue !== undefined) track?.cues.push(cue)
    }
  } finally {
    packet.free()
  }
  return [...tracks.values()].map(({ stream, cues }) => ({
    name: `stream ${stream.index} (${codecName(stream)})`, language: languageNamed(stream.metadata?.get('language') ?? ''),
    isDefault: stream.hasDisposition(AV_DISPOSITION_DEFAULT), isForced: stream.hasDisposition(AV_DISPOSITION_FORCED), cues
  }))
}

function cueOf(packet: Packet, stream: Stream, media: MediaFile): Cue | undefined {
  if (packet.pts === AV_NOPTS_VALUE || packet.data === null) return undefined
  const { num, den } = stream.timeBase
  const startMs = media.format.startTime > 0n ? Number(media.format.startTime) / 1000 : 0
  const fromMs = Math.max(0, Math.round(Number(packet.pts) * num / den * 1000 - startMs))
  const toMs = fromMs + (packet.duration > 0n ? Math.round(Number(packet.duration) * num / den * 1000) : CUE_MS)
  const { text, speaker } = readerOf(codecName(stream))!(packet.data)
  return text === '' || toMs > MAX_TIME_MS ? undefined : { fromMs, toMs, text: text.slice(0, MAX_LINE_TEXT), speaker, words: [] }
}
