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

/** A rate of the file that is so much off what was seen is none: that of a browser's recording is 1000. @default 4 */
export const MOST_OFF = 4

/** Pictures per second, by the file; `seen` is how many there were, about. @default 25, where nothing says so */
export function rateOf({ avgFrameRate, rFrameRate }: Pick<NonNullable<MediaFile['video']>, 'avgFrameRate' | 'rFrameRate'>, seen = NaN): number {
  const rate = [avgFrameRate, rFrameRate].map(({ num, den }) => num / den).find((each) => isRate(each) && (!isRate(seen) || Math.max(each / seen, seen / each) <= MOST_OFF))
  return rate ?? (isRate(seen) ? Math.round(seen * 1_000) / 1_000 : 25)
}

const isRate = (rate: number): boolean => Number.isFinite(rate) && rate >= 0.001 && rate <= 1_000
