import { RefusedError } from '#protocols/errors.ts'
import { emitter } from '#ring/base/emitter.ts'
import type { CameraSource, Encoding, SourceEvent } from './camera-source.ts'

/** What is asked of a source that runs. */
export interface SourceOrder {
  readonly enabled?: boolean
  readonly encoding?: Encoding
}

/** A source that can be stopped, started, and encoded in another way while whoever listens stays. */
export interface SwitchableSource extends CameraSource {
  enabled(): boolean
  /** Its picture is encoded here: an Encoding can be asked for. */
  adjustable(): boolean
  /** Resolves when it is so. @throws RefusedError with the reason; then all is as it was */
  order(order: SourceOrder): Promise<void>
}

/** A picture has to come in the new way by then, in ms. @default 15000 */
export const SWITCH_TIMEOUT_MS = 15_000
/** Said of a camera that was stopped. */
export const STOPPED = 'stopped by order: thatdam cameras start'

export function switchableSource(open: (encoding: Encoding) => CameraSource, init: { timeoutMs?: number } = {}): SwitchableSource {
  const { timeoutMs = SWITCH_TIMEOUT_MS } = init
  const events = emitter<SourceEvent>()
  let encoding: Encoding = {}
  let source = attach(encoding)
  let enabled = true
  let encoded = false
  /** Why there is no picture; undefined while there is one. */
  let absent: string | undefined = 'it has not started yet'
  let stopped = false
  let turn: Promise<unknown> = Promise.resolve()

  function attach(wanted: Encoding): CameraSource {
    const made = open(wanted)
    made.events.on((event) => {
      if (made !== source) return
      if (event.type === 'tracks') encoded = event.encoded === true
      if (event.type === 'tracks' || event.type === 'waiting') absent = event.type === 'waiting' ? event.reason : undefined
      events.emit(event)
    })
    return made
  }

  async function replace(wanted: Encoding): Promise<void> {
    await source.stop()
    if (stopped) throw new RefusedError('this machine stops')
    source = attach(wanted)
    await source.start()
  }

  async function disable(): Promise<void> {
    enabled = false
    await source.stop()
    events.emit({ type: 'waiting', reason: STOPPED })
  }

  /** The first thing the source says decides. */
  function firstWord(): Promise<SourceEvent> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => said({ type: 'waiting', reason: `no picture within ${timeoutMs / 1_000} s` }), timeoutMs).unref()
      const said = (event: SourceEvent): void => {
        if (event.type !== 'tracks' && event.type !== 'waiting') return
        clearTimeout(timer)
        leave()
        resolve(event)
      }
      const leave = events.on(said)
    })
  }

  async function encode(wanted: Encoding): Promise<void> {
    if (enabled && absent !== undefined) throw new RefusedError(`it gives no picture now, and how it is made can be set when it does: ${absent}`)
    if (enabled && !encoded) throw new RefusedError('this camera sends H.264 itself, which is passed on untouched: set its picture in the camera')
    const before = encoding
    encoding = { ...encoding, ...wanted }
    if (!enabled) return
    const word = firstWord()
    await replace(encoding)
    const answer = await word
    if (answer.type === 'tracks') return
    encoding = before
    await replace(before)
    throw new RefusedError(`it gives no picture that way${'reason' in answer ? `: ${answer.reason}` : ''}`)
  }

  async function obey({ enabled: wanted, encoding: asked }: SourceOrder): Promise<void> {
    if (asked !== undefined) await encode(asked)
    if (wanted === false && enabled) await disable()
    else if (wanted === true && !enabled) {
      enabled = true
      const word = firstWord()
      await replace(encoding)
      await word // when it is no picture, its state says why
    }
  }

  return {
    events,
    enabled: () => enabled,
    adjustable: () => encoded,
    order(order) {
      const mine = turn.then(() => obey(order))
      turn = mine.catch(() => {}) // whoever ordered it hears of it
      return mine
    },
    requestKeyframe: () => source.requestKeyframe(),
    start: () => source.start(),
    async stop() {
      stopped = true
      await source.stop()
    }
  }
}
