/** The process that makes what is shown of shared files: smaller, with the watermark drawn into every picture. One order after the other, in the folder of the copies. */
import { open, writeFile } from 'node:fs/promises'
import { AV_LOG_QUIET, FF_ENCODER_AAC, FF_ENCODER_LIBX264 } from 'node-av/constants'
import { Encoder, FilterAPI, Muxer } from 'node-av/api'
import { type Frame, Log, Packet, type Stream } from 'node-av/lib'
import { codecOptions } from '#ring/base/codec-options.ts'
import { type MediaFile, ofFirstPicture, openDecoder, openMedia } from './media-file.ts'
import { jpeg, TURNS } from './poster.ts'
import type { CopyAnswer, CopyOrder } from './shared-copies.ts'
import { sniff, SNIFF_BYTES } from './sniff.ts'

/** Pictures between keyframes. */
const GOP = 60
const QUALITY = 24
const SOUND_FILTER = 'aresample=48000:async=1000:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=stereo,asetnsamples=n=1024:p=0'
/** Progress is told after so many pictures. */
const TELL_EVERY = 30
const TEXT_FILE = 'watermark.txt'

/** Small enough, upright, in square pixels, and then the words: in the middle and in two corners, so that no cut takes them all. */
function pictureFilter({ pixels, turn, watermark }: CopyOrder): string {
  const square = 'scale=w=max(trunc(iw*if(sar\\,sar\\,1)/2)*2\\,2):h=max(trunc(ih/2)*2\\,2),setsar=1,'
  const fit = `scale=w=min(iw\\,${pixels}):h=min(ih\\,${pixels}):force_original_aspect_ratio=decrease:force_divisible_by=2`
  const words = [['(w-text_w)/2', '(h-text_h)/2', 1], ['w*0.03', 'h*0.04', 2.2], ['w*0.97-text_w', 'h*0.96-text_h', 2.2]] as const
  const length = Math.max(6, [...watermark].length)
  const drawn = words.map(([x, y, smaller]) => `,drawtext=textfile=${TEXT_FILE}:expansion=none:fontcolor=white@0.5:borderw=2:bordercolor=black@0.5:fontsize=max(10\\,min(h/7\\,w*1.5/${length})/${smaller}):x=${x}:y=${y}`)
  return `${square}${TURNS[turn] ?? ''}${fit}${watermark === '' ? '' : drawn.join('')}`
}

interface Lane { readonly index: number; take(packet: Packet | null): void; close(): void }

function lane(stream: Stream, encoder: Encoder, filters: string, output: Muxer, onFrame: (frame: Frame) => void): Lane {
  const decoder = openDecoder(stream)
  const filter = FilterAPI.create(filters)
  const track = output.addStream(encoder)
  const encode = (frame: Frame): void => {
    for (const packet of encoder.encodeAllSync(frame)) write(packet)
    frame.free()
  }
  const write = (packet: Packet): void => {
    output.writePacketSync(packet, track)
    packet.free()
  }
  return {
    index: stream.index,
    take(packet) {
      for (const frame of decoder.decode(packet)) {
        frame.timeBase = stream.timeBase
        onFrame(frame)
        for (const fit of filter.processAllSync(frame)) encode(fit)
      }
      if (packet !== null) return
      for (const frame of filter.flushFramesSync()) encode(frame)
      for (const last of encoder.flushPacketsSync()) write(last)
    },
    close() {
      decoder.close()
      filter.close()
      encoder.close()
    }
  }
}

function film(media: MediaFile, order: CopyOrder): void {
  const output = Muxer.openSync(order.output, { format: 'mp4', options: { movflags: '+faststart' } })
  let told = 0
  const onFrame = (frame: Frame): void => {
    if (++told % TELL_EVERY === 0) tell({ id: order.id, progress: Math.min(1, (Number(frame.pts) * frame.timeBase.num * 1_000) / frame.timeBase.den / Math.max(1, order.durationMs)) })
  }
  const lanes: Lane[] = []
  if (media.video !== undefined) {
    const encoder = Encoder.createSync(FF_ENCODER_LIBX264, { context: { gopSize: GOP, threadCount: 1 }, configure: codecOptions({ preset: 'veryfast', crf: QUALITY, profile: 'main' }) })
    lanes.push(lane(media.video, encoder, `${pictureFilter(order)},format=yuv420p`, output, onFrame))
  }
  if (media.audio !== undefined) lanes.push(lane(media.audio, Encoder.createSync(FF_ENCODER_AAC, { context: { bitRate: 128_000 } }), SOUND_FILTER, output, () => {}))
  const packet = new Packet()
  packet.alloc()
  while (media.read(packet)) lanes.find(({ index }) => index === packet.streamIndex)?.take(packet)
  for (const each of lanes) each.take(null)
  output.closeSync()
  for (const each of lanes) each.close()
  packet.free()
}

async function make(order: CopyOrder): Promise<void> {
  const file = await open(order.input)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0).finally(() => file.close())
  const type = sniff(buffer.subarray(0, bytesRead))
  if (type === undefined) throw new Error('it is in no format that can be shown here')
  await writeFile(TEXT_FILE, order.watermark)
  const media = openMedia(order.input, type.demuxer)
  try {
    if (order.kind === 'picture') await writeFile(order.output, ofFirstPicture(media, (frame) => jpeg(frame, pictureFilter(order))))
    else film(media, order)
  } finally {
    media.close()
  }
}

function tell(answer: CopyAnswer): void {
  if (process.connected) process.send?.(answer)
}

Log.setLevel(AV_LOG_QUIET)
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order
process.on('message', (order: CopyOrder) => {
  make(order).then(() => tell({ id: order.id, done: true }), (err: Error) => tell({ id: order.id, failed: err.message }))
})
