/** The process that reads the sound and the captions of one original: an order in, pieces out as they are asked for. Whoever started it may end it at any time. */
import { AV_LOG_QUIET } from 'node-av/constants'
import { Log } from 'node-av/lib'
import { openMedia } from '../../../library/media-file.ts'
import { readCaptionTracks } from '../captions/read-tracks.ts'
import type { MediaAnswer, MediaOrder, SoundPiece } from './media-orders.ts'
import { readSound } from './read-sound.ts'

Log.setLevel(AV_LOG_QUIET)
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order

let sound: Generator<SoundPiece> | undefined

process.on('message', (order: MediaOrder) => {
  try {
    tell(answer(order))
  } catch (err) {
    tell({ failed: err instanceof Error ? err.message : String(err) })
  }
})

function answer(order: MediaOrder): MediaAnswer {
  if (order.read === 'sound') sound = pieces(order)
  else if (order.read === 'captions') return { captions: captions(order) }
  return { sound: sound?.next().value ?? null }
}

function* pieces({ url, demuxer, fromMs, toMs }: Extract<MediaOrder, { read: 'sound' }>): Generator<SoundPiece> {
  const media = openMedia(url, demuxer)
  try {
    yield* readSound(media, fromMs, toMs)
  } finally {
    media.close()
  }
}

function captions({ url, demuxer }: Extract<MediaOrder, { read: 'captions' }>): MediaAnswer['captions'] {
  const media = openMedia(url, demuxer)
  try {
    return readCaptionTracks(media, () => tell({ alive: true }))
  } finally {
    media.close()
  }
}

function tell(answer: MediaAnswer): void {
  if (process.connected) process.send?.(answer)
}
