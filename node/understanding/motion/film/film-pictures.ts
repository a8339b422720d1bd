/** Decodes a film from its beginning. */
import { Frame, Packet } from 'node-av/lib'
import { type MediaFile, openDecoder, openMedia } from '../../../library/media-file.ts'

export interface FilmPicture {
  readonly atMs: number
  /** From 0. */
  readonly number: number
  /** Valid until the next one is asked for. */
  readonly frame: Frame
}

export interface FilmSource {
  readonly url: string
  readonly demuxer: string
}

/** Opens it, hands it over, and closes it. @throws when there is no picture in it */
export function withFilm<T>({ url, demuxer }: FilmSource, use: (media: MediaFile & { readonly video: NonNullable<MediaFile['video']> }) => T): T {
  const media = openMedia(url, demuxer)
  try {
    const { video } = media
    if (video === undefined) throw new Error('there is no picture in it')
    return use({ ...media, video })
  } finally {
    media.close()
  }
}

/** Every picture from here on, in the order they are shown. What does not decode is left out. */
export function* filmPictures(media: MediaFile & { readonly video: NonNullable<MediaFile['video']> }): Generator<FilmPicture> {
  const { video, format } = media
  const unit = (video.timeBase.num / video.timeBase.den) * 1000
  const startMs = format.startTime > 0n ? Number(format.startTime) / 1000 : 0
  const decoder = openDecoder(video)
  const packet = new Packet()
  packet.alloc()
  let number = 0
  let atMs = -0.01
  try {
    for (let more = true; more;) {
      more = media.read(packet)
      if (more && packet.streamIndex !== video.index) continue
      for (const frame of decoder.decode(more ? packet : null)) {
        atMs = Math.max(atMs + 0.01, Number(frame.bestEffortTimestamp) * unit - startMs) // times only rise, whatever the file says
        yield { atMs, number: number++, frame }
      }
    }
  } finally {
    packet.free()
    decoder.close()
  }
}

/** Pictures per second. @default 25, where the file does not say */
export function rateOf({ avgFrameRate, rFrameRate }: NonNullable<MediaFile['video']>): number {
  const rate = [avgFrameRate, rFrameRate].map(({ num, den }) => num / den).find((each) => Number.isFinite(each) && each > 0 && each <= 1_000)
  return rate ?? 25
}
