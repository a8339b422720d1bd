/** The frames of a film with their moments, whatever its time stamps are worth. Runs in child processes only. */
import { type Frame, Packet, type Stream } from 'node-av/lib'
import { type MediaFile, openDecoder } from '../../../library/media-file.ts'

/** Between two pictures where the film does not say, in ms. @default 40 */
const STEP_MS = 40

export const startMs = ({ format }: MediaFile): number => (format.startTime > 0n ? Number(format.startTime) / 1e3 : 0)

/** From where the file stands to its end; each frame is valid until the next. Time never goes back. */
export function* filmFrames(media: MediaFile, video: Stream): Generator<{ readonly frame: Frame; readonly atMs: number }> {
  const unit = (video.timeBase.num / video.timeBase.den) * 1000
  const start = startMs(media)
  const decoder = openDecoder(video)
  const packet = new Packet()
  packet.alloc()
  let last: number | undefined
  try {
    for (let more = true; more;) {
      more = readOn(media, packet)
      if (more && packet.streamIndex !== video.index) continue
      for (const frame of decoder.decode(more ? packet : null)) {
        const told = Number(frame.bestEffortTimestamp) * unit - start
        const atMs = Number.isFinite(told) && told > -1e12 && (last === undefined || told > last) ? Math.max(0, told) : (last ?? -STEP_MS) + STEP_MS
        last = atMs
        yield { frame, atMs }
      }
    }
  } finally {
    packet.free()
    decoder.close()
  }
}

/** A place that can not be read is where the film ends. */
function readOn(media: MediaFile, packet: Packet): boolean {
  try {
    return media.read(packet)
  } catch {
    return false
  }
}
