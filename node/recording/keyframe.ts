import { NotFoundError } from '#protocols/errors.ts'
import { joinAnnexB, splitAvcc } from '#protocols/rtp/h264.ts'
import { readAvcC } from './cut/parameter-sets.ts'
import { readPart } from './cut/read-part.ts'
import { readInit } from './fmp4.ts'
import type { GetChunk } from './mp4-range.ts'
import type { PlacedPart } from './part-selection.ts'

/** A recorded picture that depends on no other. */
export interface Keyframe {
  /** Unix ms. */
  readonly atMs: number
  /** Names its bytes, for caches. */
  readonly id: string
  /** Annex B, with its parameter sets. */
  read(): Promise<Uint8Array>
}

/** The keyframe a part begins with. @throws NotFoundError when it does not */
export function keyframeOf({ session, part }: PlacedPart, { get, getInit }: { get: GetChunk; getInit: GetChunk }): Keyframe {
  if (!part.key) throw new NotFoundError(`no keyframe is recorded at ${new Date(part.startMs).toISOString()}`)
  return {
    atMs: part.startMs, id: part.chunks[0] ?? '',
    async read() {
      const { sps, pps } = readAvcC(readInit(Buffer.from(await getInit(session.init))).avcC)
      const { video: [picture] } = readPart(Buffer.concat(await Promise.all(part.chunks.map((id) => get(id)))))
      if (picture === undefined) throw new NotFoundError(`no picture is recorded at ${new Date(part.startMs).toISOString()}`)
      return joinAnnexB([...sps, ...pps, ...splitAvcc(picture.bytes)])
    }
  }
}
