import { Muxer } from 'node-av/api'
import { AVERROR_ENOSPC } from 'node-av/constants'
import { FFmpegError, Packet, type Stream } from 'node-av/lib'
import { openMedia } from '../../../library/media-file.ts'
import type { FilmSource } from './film-pictures.ts'

type ClipOrder = FilmSource & { readonly fromMs: number; readonly toMs: number; readonly path: string }

/** The one that more programs read first; MP4 takes no ProRes and no DNxHD. */
const CONTAINERS = [{ format: 'mp4', mime: 'video/mp4' }, { format: 'mov', mime: 'video/quicktime' }] as const

/** A stretch of a film as a file of its own, as it is: from the keyframe before it. Answers its type. @throws when nothing takes what is in it */
export function cutClip(order: ClipOrder): string {
  for (const { format, mime } of CONTAINERS) if (isCut(order, format)) return mime
  throw new Error('a clip of it can not be made, for neither MP4 nor QuickTime takes what is in it: download the original instead')
}

/** False where the container does not take what is in the film. */
function isCut({ url, demuxer, fromMs, toMs, path }: ClipOrder, format: string): boolean {
  const media = openMedia(url, demuxer)
  const packet = new Packet()
  packet.alloc()
  try {
    const streams = [media.video, media.audio].filter((stream) => stream !== undefined)
    const muxer = Muxer.openSync(path, { format, options: { movflags: '+faststart' } })
    const places = new Map(streams.map((stream) => [stream.index, muxer.addStream(stream)]))
    media.seek(fromMs / 1000)
    const start = media.format.startTime > 0n ? Number(media.format.startTime) / 1000 : 0
    let firstMs: number | undefined
    const over = new Set<number>()
    while (over.size < streams.length && media.read(packet)) {
      const stream = streams.find(({ index }) => index === packet.streamIndex)
      if (stream === undefined || over.has(stream.index)) continue
      const atMs = msOf(packet, stream) - start
      if (atMs >= toMs) { over.add(stream.index); continue }
      if (firstMs === undefined && (stream !== media.video || !packet.isKeyframe) && media.video !== undefined) continue
      firstMs ??= atMs
      shift(packet, stream, firstMs + start)
      packet.timeBase = stream.timeBase
      if (packet.pts >= 0n && !isTaken(() => muxer.writePacketSync(packet, places.get(stream.index)!))) return false
    }
    if (!isTaken(() => muxer.closeSync())) return false
    if (firstMs === undefined) throw new Error('there is nothing between those moments')
    return true
  } finally {
    packet.free()
    media.close()
  }
}

/** A disk that is full takes nothing, whatever it is. */
function isTaken(write: () => void): boolean {
  try {
    write()
    return true
  } catch (err) {
    if (!(err instanceof FFmpegError) || err.code === AVERROR_ENOSPC) throw err
    return false
  }
}

const msOf = ({ pts, dts }: Packet, { timeBase: { num, den } }: Stream): number => (Number(pts >= -(2n ** 62n) ? pts : dts) * num * 1000) / den

/** Its times count from the clip's beginning. */
function shift(packet: Packet, { timeBase }: Stream, byMs: number): void {
  const by = BigInt(Math.round((byMs / 1000) * (timeBase.den / timeBase.num)))
  packet.pts -= by
  packet.dts -= by
}
