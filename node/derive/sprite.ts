import { AV_PIX_FMT_RGB24 } from 'node-av/constants'
import { FilterAPI } from 'node-av/api'
import { Frame, Packet, type Stream } from 'node-av/lib'
import { type MediaFile, openDecoder, openMedia } from '../library/media-file.ts'
import { jpeg, toneOf, TURNS } from '../library/poster.ts'
import type { Derived } from './derive-orders.ts'
import { differenceHash } from '../library/deep/picture-hash.ts'
import { SPRITE_COLUMNS, spriteCount, TILE_HEIGHT, TILE_WIDTH } from './sprite-map.ts'

/** Films up to this long are decoded through, longer ones at their keyframes only, in seconds. @default 20 */
export const DECODE_THROUGH_SECONDS = 20
/** Pictures of a film that are hashed, spread over its length. @default 5 */
export const HASHED_PICTURES = 5

/** A sheet of small pictures spread evenly over a film, and the hashes of some of them. @throws when not one decodes */
export function makeSprite({ url, demuxer, seconds, turn }: { url: string; demuxer: string; seconds: number; turn: number }, onProgress: (share: number) => void): Derived {
  const media = openMedia(url, demuxer)
  const sheet = new Sheet(spriteCount(seconds), turn)
  try {
    if (media.video === undefined) throw new Error('there is no picture in it')
    const pictures = seconds <= DECODE_THROUGH_SECONDS ? through(media, media.video, seconds, sheet.count) : keyframes(media, media.video, seconds, sheet.count)
    for (const [at, frame] of pictures) {
      sheet.put(at, frame)
      if (at % 10 === 0) onProgress(at / sheet.count)
    }
    if (sheet.isEmpty) throw new Error('the file is damaged: none of its pictures decode')
    return { picture: sheet.picture(), hashes: sheet.hashes() }
  } finally {
    media.close()
  }
}

const startOf = ({ format }: MediaFile): number => format.startTime > 0n ? Number(format.startTime) / 1e6 : 0
const middleOf = (tile: number, count: number, seconds: number): number => ((tile + 0.5) / count) * seconds

/** Every picture decoded; each tile gets the first at or after its moment. */
function* through(media: MediaFile, video: Stream, seconds: number, count: number): Generator<[number, Frame]> {
  const [start, unit] = [startOf(media), video.timeBase.num / video.timeBase.den]
  const decoder = openDecoder(video)
  const packet = new Packet()
  packet.alloc()
  let tile = 0
  try {
    for (let more = true; more && tile < count;) {
      more = media.read(packet)
      if (more && packet.streamIndex !== video.index) continue
      for (const frame of decoder.decode(more ? packet : null)) {
        const at = Number(frame.bestEffortTimestamp) * unit - start
        while (tile < count && at >= middleOf(tile, count, seconds)) yield [tile++, frame]
      }
    }
  } finally {
    packet.free()
    decoder.close()
  }
}

/** One keyframe at or before each tile's moment. A place that can not be read leaves its tile to the one before. */
function* keyframes(media: MediaFile, video: Stream, seconds: number, count: number): Generator<[number, Frame]> {
  const packet = new Packet()
  packet.alloc()
  try {
    for (let tile = 0; tile < count; tile++) {
      if (!media.seek(middleOf(tile, count, seconds))) continue
      const decoder = openDecoder(video)
      try {
        const frame = isHashed(tile, count) ? frameAt(media, video, packet, decoder, middleOf(tile, count, seconds)) : firstFrame(media, video, packet, decoder)
        if (frame !== undefined) yield [tile, frame]
      } finally {
        decoder.close()
      }
    }
  } finally {
    packet.free()
  }
}

/** Packets read in search of one picture. @default 400 */
const SEARCH_PACKETS = 400

function firstFrame(media: MediaFile, video: Stream, packet: Packet, decoder: ReturnType<typeof openDecoder>): Frame | undefined {
  try {
    let fed = false
    for (let count = 0; count < SEARCH_PACKETS; count++) {
      const more = media.read(packet)
      if (more && packet.streamIndex !== video.index) continue
      for (const frame of decoder.decode(more && !(fed && packet.isKeyframe) ? packet : null)) return frame
      if (!more || (fed && packet.isKeyframe)) return undefined
      fed = true
    }
  } catch {} // this place is damaged; others may not be
  return undefined
}

/** Pictures decoded on the way from a keyframe to the very moment. @default 300 */
const EXACT_PICTURES = 300

/** The picture of the very moment, so that copies with other keyframes have the same hash. */
function frameAt(media: MediaFile, video: Stream, packet: Packet, decoder: ReturnType<typeof openDecoder>, seconds: number): Frame | undefined {
  const [start, unit] = [startOf(media), video.timeBase.num / video.timeBase.den]
  let count = 0
  try {
    for (let more = true; more;) {
      more = media.read(packet)
      if (more && packet.streamIndex !== video.index) continue
      for (const frame of decoder.decode(more ? packet : null)) if (Number(frame.bestEffortTimestamp) * unit - start >= seconds || ++count >= EXACT_PICTURES) return frame
    }
  } catch {} // this place is damaged; others may not be
  return undefined
}

const hashedTile = (which: number, count: number): number => Math.floor(((which + 0.5) * count) / HASHED_PICTURES)
const isHashed = (tile: number, count: number): boolean => Array.from({ length: HASHED_PICTURES }, (_, which) => hashedTile(which, count)).includes(tile)

class Sheet {
  readonly count: number
  readonly #turn: number
  readonly #pixels: Buffer
  readonly #rows: number
  readonly #hashes = new Map<number, string>()
  #filled = -1

  constructor(count: number, turn: number) {
    this.count = count
    this.#turn = turn
    this.#rows = count / SPRITE_COLUMNS
    this.#pixels = Buffer.alloc(SPRITE_COLUMNS * TILE_WIDTH * this.#rows * TILE_HEIGHT * 3)
  }

  get isEmpty(): boolean { return this.#filled < 0 }

  put(tile: number, frame: Frame): void {
    const graph = FilterAPI.create(`${toneOf(frame)}scale=w=trunc(iw*if(sar\\,sar\\,1)/2)*2:h=ih,setsar=1,${TURNS[this.#turn] ?? ''}scale=w=${TILE_WIDTH}:h=${TILE_HEIGHT}:force_original_aspect_ratio=decrease:force_divisible_by=2,format=rgb24`)
    frame.timeBase = { num: 1, den: 25 } as Frame['timeBase']
    try {
      const frames = graph.processAllSync(frame)
      frames.push(...graph.flushFramesSync())
      const [small] = frames
      if (small !== undefined) this.#copy(tile, small)
      for (const each of frames) each.free()
    } finally {
      graph.close()
    }
    if (isHashed(tile, this.count)) this.#hashes.set(tile, differenceHash(frame, this.#turn))
  }

  /** Into its place, and into those before it that stayed empty. */
  #copy(tile: number, { data, linesize, width, height }: Frame): void {
    const [rows, stride] = [data?.[0], linesize[0] ?? 0]
    if (rows === undefined) return
    for (let to = this.#filled + 1; to <= tile; to++) {
      const left = (to % SPRITE_COLUMNS) * TILE_WIDTH + Math.floor((TILE_WIDTH - width) / 2)
      const top = Math.floor(to / SPRITE_COLUMNS) * TILE_HEIGHT + Math.floor((TILE_HEIGHT - height) / 2)
      for (let y = 0; y < height; y++) rows.copy(this.#pixels, ((top + y) * SPRITE_COLUMNS * TILE_WIDTH + left) * 3, y * stride, y * stride + width * 3)
    }
    this.#filled = tile
  }

  hashes(): string {
    return Array.from({ length: HASHED_PICTURES }, (_, i) => this.#hashes.get(hashedTile(i, this.count)) ?? '-').join()
  }

  picture(): Uint8Array {
    const frame = Frame.fromVideoBuffer(this.#pixels, { width: SPRITE_COLUMNS * TILE_WIDTH, height: this.#rows * TILE_HEIGHT, format: AV_PIX_FMT_RGB24, pts: 0n, timeBase: { num: 1, den: 25 } })
    try {
      return new Uint8Array(jpeg(frame, 'null'))
    } finally {
      frame.free()
    }
  }
}
