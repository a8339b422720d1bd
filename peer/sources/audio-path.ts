import { Decoder, FilterAPI } from 'node-av/api'
import type { Stream } from 'node-av/lib'
import { AV_CODEC_ID_OPUS, AV_NOPTS_VALUE } from 'node-av/constants'
import { OPUS_FRAME_SAMPLES, type AudioEncoder } from './encoders.ts'
import type { TrackWriter } from './track-writer.ts'
import { ptsSeconds, type StreamPath } from './video-path.ts'

export function isOpus(stream: Stream): boolean {
  return stream.codecpar.codecId === AV_CODEC_ID_OPUS
}

/** Opus packets as they are. */
export function passAudio(stream: Stream, writer: TrackWriter): StreamPath {
  return {
    write(packet, shift) {
      const at = ptsSeconds(packet, stream)
      if (at !== undefined && packet.data !== null) writer.audio(new Uint8Array(packet.data), at + shift)
    },
    close() {}
  }
}

/** Any sound as Opus, 48 kHz stereo in packets of 20 ms; holes in it become silence. */
export function encodeAudio(stream: Stream, writer: TrackWriter, encoder: AudioEncoder): StreamPath {
  const decoder = Decoder.createSync(stream)
  const filter = FilterAPI.create(`aresample=48000:async=1000,aformat=sample_fmts=s16:channel_layouts=stereo,asetnsamples=n=${OPUS_FRAME_SAMPLES}:p=0`)
  return {
    write(packet, shift) {
      for (const decoded of decoder.decodeAllSync(packet)) {
        const frames = filter.processAllSync(decoded)
        decoded.free()
        for (const frame of frames) {
          if (frame.pts === AV_NOPTS_VALUE || frame.nbSamples !== OPUS_FRAME_SAMPLES) frame.free()
          else for (const { packet: opus, seconds } of encoder.encode(frame)) writer.audio(opus, seconds + shift)
        }
      }
    },
    close() {
      decoder.close()
      filter.close()
    }
  }
}
