import { OverloadedError, UnsupportedMediaError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Metrics } from '#ring/base/metrics.ts'
import { limiter } from '#ring/base/tasks.ts'
import type { Keyframe } from '../../recording/keyframe.ts'
import type { Recordings } from '../../recording/recordings.ts'
import { PictureDecoder } from './picture-decoder.ts'

/** Keyframes read and decoded at once. @default 2 */
export const THUMBNAILS_AT_ONCE = 2
/** Thumbnails that wait at most; more are refused. @default 64 */
export const MAX_WAITING_THUMBNAILS = 64
/** JPEGs kept in memory, in bytes. @default 33554432 */
export const THUMBNAIL_CACHE_BYTES = 32 * 1024 ** 2
/** The decoder ends when nobody asked for so long, in ms. @default 15000 */
export const THUMBNAIL_LINGER_MS = 15_000

/** What a recording looks like at a moment. */
export interface Thumbnail {
  readonly jpeg: Uint8Array
  /** Of the keyframe that is shown, Unix ms. */
  readonly atMs: number
  /** Strong validator without quotes. */
  readonly etag: string
}

/** Small pictures of recordings, made when somebody asks, of the keyframe at or before the moment. */
export interface Thumbnails extends Startable {
  /** @throws NotFoundError when nothing is recorded there, UnsupportedMediaError when it can not be decoded, OverloadedError */
  at(camera: CameraId, atMs: number, width: number): Promise<Thumbnail>
}

export interface ThumbnailsInit {
  /** @default THUMBNAIL_CACHE_BYTES */
  readonly cacheBytes?: number
  /** @default THUMBNAIL_LINGER_MS */
  readonly lingerMs?: number
}

export function createThumbnails({ recordings, metrics }: { recordings: Pick<Recordings, 'keyframe'>; metrics: Metrics }, { cacheBytes = THUMBNAIL_CACHE_BYTES, lingerMs = THUMBNAIL_LINGER_MS }: ThumbnailsInit = {}): Thumbnails {
  const inTurn = limiter(THUMBNAILS_AT_ONCE)
  const kept = new Map<string, Uint8Array>()
  const making = new Map<string, Promise<Uint8Array>>()
  let keptBytes = 0
  const decoders = new Map<VideoCodec, PictureDecoder>()
  let linger: NodeJS.Timeout | undefined
  let waiting = 0
  let stopped = false
  metrics.gauge('thumbnail_bytes', 'Bytes of thumbnails kept in memory.', () => keptBytes)

  async function end(): Promise<void> {
    const ending = [...decoders.values()]
    decoders.clear()
    clearTimeout(linger)
    await Promise.all(ending.map((decoder) => decoder.close()))
  }

  function decoderFor(codec: VideoCodec): PictureDecoder {
    const known = decoders.get(codec)
    if (known !== undefined) return known
    const made = new PictureDecoder({ codec, onPicture: () => {}, onGone: () => { if (decoders.get(codec) === made) decoders.delete(codec) } })
    decoders.set(codec, made)
    return made
  }

  async function draw({ codec, unit }: { codec: VideoCodec; unit: Uint8Array }, width: number): Promise<Uint8Array> {
    if (stopped) throw new OverloadedError('this node is stopping')
    clearTimeout(linger)
    const jpeg = await decoderFor(codec).still(unit, width)
    clearTimeout(linger)
    linger = setTimeout(() => { void end() }, lingerMs).unref()
    if (jpeg === undefined) throw new UnsupportedMediaError('the recorded picture can not be decoded')
    return jpeg
  }

  function keep(key: string, jpeg: Uint8Array): void {
    kept.set(key, jpeg)
    keptBytes += jpeg.length
    for (const [oldest, { length }] of kept) {
      if (keptBytes <= cacheBytes) break
      kept.delete(oldest)
      keptBytes -= length
    }
  }

  async function make(key: string, read: Keyframe['read'], width: number): Promise<Uint8Array> {
    const jpeg = await draw(await read(), width)
    keep(key, jpeg)
    return jpeg
  }

  /** Asked for twice at once it is made once. */
  function jpegOf(key: string, read: Keyframe['read'], width: number): Promise<Uint8Array> {
    const known = kept.get(key)
    if (known === undefined) {
      const made = making.get(key) ?? make(key, read, width).finally(() => making.delete(key))
      making.set(key, made)
      return made
    }
    kept.delete(key)
    kept.set(key, known)
    return Promise.resolve(known)
  }

  return {
    async at(camera, atMs, width) {
      if (waiting >= MAX_WAITING_THUMBNAILS) throw new OverloadedError(`this node makes ${MAX_WAITING_THUMBNAILS} thumbnails already: try again in a moment`)
      waiting++
      try {
        return await inTurn(async () => {
          const keyframe = await recordings.keyframe(camera, atMs)
          const etag = `${keyframe.id}-${width}`
          return { jpeg: await jpegOf(etag, keyframe.read, width), atMs: keyframe.atMs, etag }
        })
      } finally {
        waiting--
      }
    },
    start() {},
    async stop() {
      stopped = true
      await end()
    }
  }
}
