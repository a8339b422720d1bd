import { AVDISCARD_ALL } from 'node-av/constants'
import { openMedia } from '../library/media-file.ts'
import { waveform } from '../library/waveform.ts'

/** Equal stretches that the sound of a file is measured in. @default 2000 */
export const PEAKS = 2_000

/** The loudest sample of each stretch, 0 to 255. Only the sound is read. */
export function measureWaveform({ url, demuxer, seconds }: { url: string; demuxer: string; seconds: number }, onProgress: (share: number) => void): Uint8Array {
  const media = openMedia(url, demuxer)
  try {
    if (media.audio === undefined) throw new Error('there is no sound in it')
    for (const stream of media.format.streams) if (stream.index !== media.audio.index) stream.discard = AVDISCARD_ALL
    return Uint8Array.from(waveform(media, media.audio, seconds, PEAKS, onProgress), (peak) => Math.round(Math.min(1, peak) * 255))
  } finally {
    media.close()
  }
}
