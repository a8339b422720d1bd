import { Demuxer } from 'node-av/api'
import { ANALYZE_US, type InputSpec, openSrt } from './open-input.ts'
import { rtmpServer } from './rtmp/rtmp-server.ts'
import { type RtmpSpec, sourceLabel, type SrtSpec } from './source-spec.ts'

type ListenerSpec = Extract<RtmpSpec, { listen: true }> | (SrtSpec & { readonly listen: true })

/** A place that is sent to, by one sender at a time. */
export interface Listener {
  /** What a person is told while nobody sends. */
  readonly waiting: string
  /** The stream of the next sender; undefined when there was nothing in it. */
  next(signal: AbortSignal): Promise<Demuxer | undefined>
  close(): void
}

export function isListener(spec: InputSpec): spec is ListenerSpec {
  return (spec.kind === 'rtmp' || spec.kind === 'srt') && spec.listen
}

/** @throws when the port cannot be listened on */
export async function listenFor(spec: ListenerSpec): Promise<Listener> {
  const waiting = `nobody sends to ${sourceLabel(spec)} now`
  if (spec.kind === 'srt') return { waiting, next: () => openSrt(spec), close() {} }
  const server = await rtmpServer(spec, spec)
  return {
    waiting,
    async next(signal) {
      const flv = await server.next(signal)
      const input = Demuxer.open(flv, { format: 'flv', copyTs: true, options: { analyzeduration: ANALYZE_US } })
      return input.catch(() => {
        flv.destroy()
        return undefined
      })
    },
    close: () => server.close()
  }
}
