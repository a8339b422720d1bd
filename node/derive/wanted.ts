/** What every asset should have. Desired state: whatever is missing is made by the node whose turn it is, and nobody keeps a list. */
import type { ChunkId } from '#protocols/ids.ts'
import { type Asset, PICTURE_HASH } from '#ring'
import { FIRST_METADATA, METADATA } from '../library/deep/metadata.ts'
import { demuxerOf } from '../library/sniff.ts'
import { POSTER_PIXELS } from '../library/poster-pixels.ts'
import { whyProxy } from './proxy-plan.ts'

export const PREVIEW = 'preview@1'
/** The poster, as large as a screen. */
export const STILL = 'still@1'
export const SPRITE = 'sprite@1'
export const WAVEFORM = 'waveform@1'
/** Landmarks of the sound, by which other recordings of it are found: `encodePrint`. */
export const SOUND = 'sound@1'
/** How the renditions of a proxy hang together; each is beside it as `proxy-<height>@1`. */
export const PROXY = 'proxy@1'
export const rendition = (height: number): string => `proxy-${height}@1`

export type Want = 'metadata' | 'look' | 'preview' | 'still' | 'sprite' | 'waveform' | 'sound' | 'proxy'

/** A film so short is shown by its poster alone, in ms. @default 200 */
export const MIN_SPRITE_MS = 200
/** Shorter sound is not compared with others, in ms. @default 3000 */
export const MIN_SOUND_MS = 3_000

/** Pictures that browsers show by themselves. */
const SHOWN: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif', 'image/bmp'])

/** Whether browsers show the original of a picture. */
export const isShown = ({ facts: { mime } }: Pick<Asset, 'facts'>): boolean => SHOWN.has(mime)

/** Whether there is a picture or sound in it that FFmpeg reads. */
const isReadable = ({ facts, poster }: Asset): boolean => demuxerOf(facts.mime) !== undefined && (facts.kind === 'audio' || poster !== undefined)

/** Whether its poster is smaller than its picture, and nothing larger is made of it. AVIF may be of tiles that are put together as previews are. */
const outgrows = ({ facts, facts: { probe: { width = 0, height = 0 } } }: Asset): boolean => Math.max(width, height) > POSTER_PIXELS && (facts.kind === 'video' || facts.kind === 'image' && isShown({ facts }) && facts.mime !== 'image/avif')

/** A master of a recording: the recording itself plays, and a proxy would cost the machine that records. */
const isMaster = ({ locations }: Asset): boolean => locations.length > 0 && locations.every(({ path }) => path.startsWith('masters/'))

const RULES: ReadonlyArray<{ readonly want: Want; readonly applies: (asset: Asset) => boolean; readonly isThere: (asset: Asset) => boolean }> = [
  { want: 'metadata', applies: () => true, isThere: ({ facts, made }) => made[METADATA] !== undefined || (facts.kind !== 'video' && made[FIRST_METADATA] !== undefined) }, // of films there is more to be read
  { want: 'look', applies: ({ facts, poster }) => facts.kind === 'image' && poster !== undefined, isThere: ({ found }) => found[PICTURE_HASH] !== undefined },
  { want: 'preview', applies: (asset) => asset.facts.kind === 'image' && asset.poster !== undefined && !isShown(asset), isThere: ({ made }) => made[PREVIEW] !== undefined },
  { want: 'still', applies: (asset) => asset.poster !== undefined && isReadable(asset) && outgrows(asset), isThere: ({ made }) => made[STILL] !== undefined },
  { want: 'sprite', applies: (asset) => asset.facts.kind === 'video' && isReadable(asset) && (asset.facts.probe.durationMs ?? 0) >= MIN_SPRITE_MS, isThere: ({ made, found }) => made[SPRITE] !== undefined && found[PICTURE_HASH] !== undefined },
  { want: 'waveform', applies: (asset) => isReadable(asset) && asset.facts.probe.audioCodec !== undefined && (asset.facts.probe.durationMs ?? 0) > 0, isThere: ({ made }) => made[WAVEFORM] !== undefined },
  { want: 'sound', applies: (asset) => isReadable(asset) && asset.facts.probe.audioCodec !== undefined && (asset.facts.probe.durationMs ?? 0) >= MIN_SOUND_MS, isThere: ({ made }) => made[SOUND] !== undefined },
  { want: 'proxy', applies: (asset) => isReadable(asset) && (asset.facts.probe.durationMs ?? 0) > 0 && !isMaster(asset) && whyProxy(asset.facts) !== undefined, isThere: ({ made }) => made[PROXY] !== undefined }
]

/** The largest picture there is of an asset for a page, and whether a larger one is to come. */
export function largestPicture(asset: Asset): { readonly blob: ChunkId | undefined; readonly isLast: boolean } {
  const blob = asset.made[STILL] ?? asset.made[PREVIEW]
  return { blob: blob ?? asset.poster, isLast: blob !== undefined || !missingOf(asset).some((want) => want === 'still' || want === 'preview') }
}

/** What the asset should have, and whether it has it. */
export function wantsOf(asset: Asset): ReadonlyArray<{ readonly want: Want; readonly isThere: boolean }> {
  return RULES.filter(({ applies }) => applies(asset)).map(({ want, isThere }) => ({ want, isThere: isThere(asset) }))
}

/** What is still to be made of it; nothing of what is in the trash. */
export const missingOf = (asset: Asset): Want[] => asset.deletedAtMs === undefined ? wantsOf(asset).filter(({ isThere }) => !isThere).map(({ want }) => want) : []
