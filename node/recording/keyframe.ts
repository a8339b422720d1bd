import { NotFoundError } from '#protocols/errors.ts'
import { readAvcC, splitAvcc } from '#protocols/rtp/h264.ts'
import { readHvcC } from '#protocols/rtp/h265.ts'
import { decodable, type VideoCodec } from '#protocols/rtp/video-codecs.ts'
import { readPart } from './cut/read-part.ts'
import { type Mp4Tracks, readInit } from './fmp4.ts'
import type { GetChunk } from './mp4-range.ts'
import type { PlacedPart } from './part-selection.ts'

/** A recorded picture that depends on no other. */
export interface Keyframe {
  /** Unix ms. */
  readonly atMs: number
  /** Names its bytes, for caches. */
  readonly id: string
  /** As decoders take it, with its parameter sets. */
  read(): Promise<{ codec: VideoCodec; unit: Uint8Array }>
}

/** The keyframe a part begins with. @throws NotFoundError when it does not */
export function keyframeOf({ session, part }: PlacedPart, { get, getInit }: { get: GetChunk; getInit: GetChunk }): Keyframe {
  if (!part.key) throw new NotFoundError(`no keyframe is recorded at ${new Date(part.startMs).toISOString()}`)
  return {
    atMs: part.startMs, id: part.chunks[0] ?? '',
    async read() {
      const tracks = readInit(Buffer.from(await getInit(session.init)))
      const { video: [picture] } = readPart(Buffer.concat(await Promise.all(part.chunks.map((id) => get(id)))))
      if (picture === undefined) throw new NotFoundError(`no picture is recorded at ${new Date(part.startMs).toISOString()}`)
      return { codec: tracks.codec, unit: decodable(tracks.codec, [...setsOf(tracks), ...nalsOf(tracks.codec, picture.bytes)]) }
    }
  }
}

function setsOf({ codec, config }: Mp4Tracks): readonly Uint8Array[] {
  if (codec === 'H265') return readHvcC(config)
  if (codec !== 'H264') return [] // in the pictures themselves
  const { sps, pps } = readAvcC(config)
  return [...sps, ...pps]
}

const nalsOf = (codec: VideoCodec, bytes: Uint8Array): readonly Uint8Array[] => (codec === 'H264' || codec === 'H265' ? splitAvcc(bytes) : [bytes])
