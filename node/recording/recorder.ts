import { setTimeout as sleep } from 'node:timers/promises'
import type { Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { LiveCamera } from '../live/live-camera.ts'
import type { LivePacket } from '../live/live-packet.ts'
import { Recording } from './recording.ts'
import { MIN_SET_MS } from './source-clock.ts'
import { type Durable, SessionWriter } from './session-writer.ts'

/** How often it is looked whether a recording makes progress, and is wanted at all, in milliseconds. @default 500 */
export const RECORDER_LOOK_MS = 500
/** One that made no part for so many looks, 8.5 s, is thrown away and a fresh one begun. @default 17 */
export const NO_PROGRESS_LOOKS = 17
export const NO_PROGRESS_MS = NO_PROGRESS_LOOKS * RECORDER_LOOK_MS
/** One that waits for a keyframe to begin with, while other pictures come, is thrown away after so many looks, 30 s: longer than cameras take from one to the next. @default 60 */
export const NO_KEYFRAME_LOOKS = 60
/** It is said that there is no keyframe when other pictures came in so many looks, 5 s. @default 10 */
const KEYLESS_LOOKS = 10
/** What was captured before a recording is not wanted any more may come this much later and is recorded yet, in ms. @default 5000 */
export const LATE_MS = 5_000
const PAUSE_MS = 1_000

/** Keeps one live camera recorded. */
export interface Recorder extends Startable {
  /** True when a part was made lately. */
  recording(): boolean
  /** undefined until the first part is durable. */
  durable(): Durable | undefined
  /** Until when (`performance.now()`) all that came is stored, or is not to be. */
  keptMs(): number
  /** Why what the camera sends can not be recorded; undefined when it can, as far as is known. */
  obstacle(): string | undefined
  /** Pictures come, and for some seconds none of them was a keyframe for a recording to begin with. */
  isKeyless(): boolean
  /** Why it is not to be recorded at this moment; undefined when it is. */
  whyNot(): string | undefined
}

export interface RecorderInit {
  readonly camera: LiveCamera
  /** Why it is not to be recorded at this moment; undefined when it is. @default always recorded */
  readonly whyNot?: () => string | undefined
  /** What came before and belongs to a recording that is begun now; nothing older than `sinceMs` (`performance.now()`). @default nothing */
  readonly earlier?: (sinceMs: number) => readonly LivePacket[]
  /** @default RECORDER_LOOK_MS */
  readonly lookMs?: number
}

/** Supervises disposable Recordings of `camera` until it ends or `stop()`, while they are wanted. */
export function createRecorder({ ring, log }: { ring: Pick<Ring, 'chunks' | 'catalog' | 'self' | 'writing'>; log: Logger }, { camera, whyNot = () => undefined, earlier = () => [], lookMs = RECORDER_LOOK_MS }: RecorderInit): Recorder {
  const scoped = log.scope('node:recording')
  const stopping = new AbortController()
  let running: Promise<void> | undefined
  let durable: Durable | undefined
  let progressMs = -Infinity
  let notBeforeMs = 0
  let obstacle: string | undefined
  /** Looks in which pictures came and no keyframe, since a part was made. */
  let keylessLooks = 0
  /** What came before is recorded already, or was not wanted. */
  let takenMs = performance.now()
  let keptMs = takenMs

  async function attempt(): Promise<void> {
    const over = new AbortController()
    let endedMs = Infinity
    let idleLooks = 0 // not measured in time: of a process that stood still, what came meanwhile is yet to be read
    let cameKeyless = false
    const both = AbortSignal.any([stopping.signal, over.signal])
    both.addEventListener('abort', () => { endedMs = performance.now() }, { once: true })
    let unwantedMs: number | undefined
    const watchdog = setInterval(() => {
      const unwanted = whyNot()
      unwantedMs = unwanted === undefined ? undefined : unwantedMs ?? Date.now()
      if (unwantedMs !== undefined && unwanted !== undefined && isComplete(recording, unwantedMs)) over.abort(new Error(unwanted))
      else if (recording.isHeldUp) idleLooks = 0
      else if (cameKeyless) {
        [cameKeyless, idleLooks] = [false, 0]
        if (++keylessLooks % NO_KEYFRAME_LOOKS === 0) over.abort(new Error(`no keyframe for ${NO_KEYFRAME_LOOKS * RECORDER_LOOK_MS / 1000} s`))
      } else if (++idleLooks >= NO_PROGRESS_LOOKS) over.abort(new Error(obstacle ?? whyStuck(camera.silentMs())))
    }, lookMs).unref()
    const recording = new Recording({ log: scoped }, {
      camera,
      notBeforeMs: ofThisClock(notBeforeMs),
      earlier: earlier(takenMs),
      begin: (start, onDurable) => new SessionWriter({ ring, log: scoped }, { ...start, onDurable }),
      onDurable: (newest) => {
        durable = newest
        notBeforeMs = Math.max(ofThisClock(notBeforeMs), ofThisClock(newest.ms))
        keptMs = Math.max(keptMs, newest.cameMs)
      },
      onProgress: () => {
        progressMs = performance.now()
        idleLooks = keylessLooks = 0
        obstacle = undefined
      },
      onRefused: (why) => { obstacle = why },
      onKeyless: () => { cameKeyless = true }
    })
    try {
      await recording.run(both)
    } finally {
      clearInterval(watchdog)
      takenMs = Math.min(endedMs, performance.now())
      progressMs = -Infinity // what was made before says nothing of what comes
    }
  }

  async function supervise(): Promise<void> {
    while (!stopping.signal.aborted && camera.endedReason === undefined) {
      if (whyNot() !== undefined) {
        keptMs = performance.now()
        await sleep(lookMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
        continue
      }
      await attempt().catch((err) => scoped.error('recording of %s failed, begun again - %s', camera.id, err))
      if (camera.endedReason === undefined && whyNot() === undefined) await sleep(PAUSE_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
    }
  }

  return {
    recording: () => running !== undefined && camera.endedReason === undefined && performance.now() - progressMs < 5_000 && whyNot() === undefined,
    durable: () => durable,
    keptMs: () => obstacle === undefined ? keptMs : performance.now(),
    obstacle: () => obstacle,
    isKeyless: () => keylessLooks >= KEYLESS_LOOKS,
    whyNot,
    start() { running ??= supervise() },
    async stop() {
      stopping.abort(new Error('recording stopped'))
      await running
    }
  }
}

/** All that was captured until then is there, or will not come any more. */
const isComplete = ({ reachedMs }: Recording, untilMs: number): boolean => reachedMs === undefined || reachedMs >= untilMs || Date.now() - untilMs > LATE_MS

/** A Unix ms that is far in the future is of the time before the node's clock was set back, and says nothing of this one. */
const ofThisClock = (ms: number): number => ms > Date.now() + MIN_SET_MS ? 0 : ms

const whyStuck = (silentMs: number): string => silentMs > NO_PROGRESS_MS / 2 ? `the camera sent nothing for ${Math.round(silentMs / 1000)} s` : `recorder stuck: it made no part for ${NO_PROGRESS_MS / 1000} s`
