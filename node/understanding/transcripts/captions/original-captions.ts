import { InvalidInputError } from '#protocols/errors.ts'
import type { ChunkId } from '#protocols/ids.ts'
import { type Asset, type Ring, smallBlob } from '#ring'
import type { BlobDoor } from '../../../derive/blob-door.ts'
import { lendOriginal } from '../../../derive/lend-original.ts'
import type { Originals } from '../../../folders/originals.ts'
import { demuxerOf } from '../../../library/sniff.ts'
import { linesOfCues, MAX_CAPTION_BYTES } from '../formats/cue.ts'
import { readSrt } from '../formats/srt.ts'
import { readVtt } from '../formats/vtt.ts'
import type { MediaReader } from '../sound/media-process.ts'
import type { Line, Transcript } from '../transcript.ts'
import { bestTrack, isTelemetry, languageNamed } from './caption-tracks.ts'

/** Name in `Asset.found` that says which captions were looked for, so that a file that comes later is; its number rises when more is understood. */
export const CAPTIONS = 'captions@2'

export interface CaptionComponents {
  readonly blobs: Pick<Ring['blobs'], 'read' | 'stat'>
  readonly originals: Pick<Originals, 'read'>
  readonly door: Pick<BlobDoor, 'lend'>
  readonly reader: Pick<MediaReader, 'captions'>
}

const CAPTION_FILE = /\.(?:srt|vtt)$/i
const captionFiles = ({ sidecars }: Pick<Asset, 'sidecars'>): Array<[name: string, blob: ChunkId]> => Object.entries(sidecars).filter(([name]) => CAPTION_FILE.test(name))

/** What `found` says once this asset's captions were looked for as it is now. */
export const captionsMark = (asset: Pick<Asset, 'sidecars'>): string => ['container', ...captionFiles(asset).map(([, blob]) => blob.slice(-16))].join(' ')

/** Captions that came with an original: of a file beside it, else of a track inside it. */
export interface OriginalCaptions {
  /** Undefined when there are none; `refused` are files that are no captions, and why. @throws RemoteError, OriginalUnavailableError, the signal's reason */
  find(asset: Asset, signal: AbortSignal): Promise<{ readonly transcript: Transcript | undefined; readonly refused: readonly string[] }>
}

export function createOriginalCaptions({ blobs, originals, door, reader }: CaptionComponents): OriginalCaptions {
  async function beside(asset: Asset, signal: AbortSignal): Promise<{ transcript: Transcript | undefined; refused: string[] }> {
    const refused: string[] = []
    for (const [name, blob] of captionFiles(asset)) {
      try {
        const { lines, language } = readCaptions(name, await whole(blob, signal))
        if (isTelemetry(lines)) refused.push(`${name} is what a drone notes, and nothing that is said`)
        else if (lines.length > 0) return { transcript: transcriptOf(name, lines, language), refused }
      } catch (err) {
        if (!(err instanceof InvalidInputError)) throw err
        refused.push(`${name} is not read: ${err.message}`)
      }
    }
    return { transcript: undefined, refused }
  }

  async function whole(blob: ChunkId, signal: AbortSignal): Promise<Uint8Array> {
    const bytes = await smallBlob(blobs, blob, MAX_CAPTION_BYTES, { signal })
    if (bytes === undefined) throw new InvalidInputError(`it has more than ${MAX_CAPTION_BYTES} bytes`)
    return bytes
  }

  async function inside(asset: Asset, signal: AbortSignal): Promise<Transcript | undefined> {
    if (demuxerOf(asset.facts.mime) === undefined) return undefined
    const tracks = await lendOriginal({ door, originals }, asset, ({ url, demuxer }) => reader.captions({ url, demuxer }, signal))
    const best = bestTrack(tracks.filter(({ cues }) => !isTelemetry(cues)))
    return best === undefined ? undefined : transcriptOf(best.name, linesOfCues(best.cues), best.language)
  }

  return {
    async find(asset, signal) {
      const { transcript, refused } = await beside(asset, signal)
      return { transcript: transcript ?? await inside(asset, signal), refused }
    }
  }
}

/** By the name's ending. @throws InvalidInputError */
export function readCaptions(name: string, bytes: Uint8Array): { readonly lines: Line[]; readonly language: string } {
  const text = textOf(bytes)
  return /\.vtt$/i.test(name) ? readVtt(text) : { lines: readSrt(text), language: languageNamed(/\.([a-z]{2,3})\.srt$/i.exec(name)?.[1] ?? '') }
}

/** UTF-8 or UTF-16; older programs write Windows' Latin letters. */
function textOf(bytes: Uint8Array): string {
  const [a, b] = bytes
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return new TextDecoder(a === 0xff ? 'utf-16le' : 'utf-16be').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

function transcriptOf(from: string, lines: readonly Line[], language: string): Transcript {
  return { origin: { kind: 'captions', from }, language, languageConfidence: 0, languages: language === '' ? [] : [{ language, share: 1 }], lines, dropped: 0 }
}
