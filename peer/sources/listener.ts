import { Demuxer } from 'node-av/api'
import { ANALYZE_US, type InputSpec, openSrt } from './open-input.ts'
import { rtmpServer } from './rtmp/rtmp-server.ts'
import { type RtmpSpec, sourceLabel, type SrtSpec } from './source-spec.ts'

type ListenerSpec = Extract<RtmpSpec, { listen: true }> | (SrtSpec & { readonly listen: true })

/** A place that is sent to, by one sender at a time. */
export interface Listener {
  /** What a person is told while nobody sends, and of the last one who tried, when nothing could be shown of it. */
  waiting(): string
  /** The stream of the next sender; undefined when nothing in it could be read. `news`: what is told is another meanwhile. */
  next(signal: AbortSignal, news: () => void): Promise<Demuxer | undefined>
  /** Why what the last sender sent could not be shown. */
  refused(reason: string): void
  close(): void
}

export function isListener(spec: InputSpec): spec is ListenerSpec {
  return (spec.kind === 'rtmp' || spec.kind === 'srt') && spec.listen
}

const TURNED_AWAY = '; somebody who tried was turned away: the sender is set to another application or key'

/** @throws when the port cannot be listened on */
export async function listenFor(spec: ListenerSpec): Promise<Listener> {
  let last = ''
  const refused = (reason: string): void => { last = `; what was sent last could not be shown: ${reason}` }
  const waiting = (): string => `nobody sends to ${sourceLabel(spec)} now${last}`
  if (spec.kind === 'srt') return { waiting, refused, next: () => openSrt(spec), close() {} }
  let told = (): void => {}
  const turnedAway = (): void => {
    if (last === TURNED_AWAY) return
    last = TURNED_AWAY
    told()
  }
  const server = await rtmpServer({ ...spec, turnedAway }, spec)
  return {
    waiting, refused,
    async next(signal, news) {
      told = news
      const flv = await server.next(signal)
      told = () => {}
      last = ''
      try {
        return await Demuxer.open(flv, { format: 'flv', copyTs: true, options: { analyzeduration: ANALYZE_US } })
      } catch (err) {
        refused((err as Error).message)
        flv.destroy()
        return undefined
      }
    },
    close: () => server.close()
  }
}
