import { Muxer } from 'node-av/api'
import { Packet, type Stream } from 'node-av/lib'
import { openMedia } from '../../../library/media-file.ts'
import type { FilmSource } from './film-pictures.ts'

/** A stretch of a film as a file of its own, as it is: from the keyframe before it. @throws when MP4 does not take what is in it */
export function cutClip({ url, demuxer, fromMs, toMs, path }: FilmSource & { fromMs: number; toMs: number; path: string }): void {
  const media = openMedia(url, demuxer)
  const packet = new Packet()
  packet.alloc()
  try {
    const streams = [media.video, media.audio].filter((stream) => stream !== undefined)
    const muxer = Muxer.openSync(path, { format: 'mp4', options: { movflags: '+faststart' } })
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
      if (packet.pts >= 0n) muxer.writePacketSync(packet, places.get(stream.index)!)
    }
    muxer.closeSync()
    if (firstMs === undefined) throw new Error('there is nothing between those moments')
  } finally {
    packet.free()
    media.close()
  }
}

const msOf = ({ pts, dts }: Packet, { timeBase: { num, den } }: Stream): number => (Number(pts >= -(2n ** 62n) ? pts : dts) * num * 1000) / den

/** Its times count from the clip's beginning. */
function shift(packet: Packet, { timeBase }: Stream, byMs: number): void {
  const by = BigInt(Math.round((byMs / 1000) * (timeBase.den / timeBase.num)))
  packet.pts -= by
  packet.dts -= by
}
