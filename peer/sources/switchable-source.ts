import type { DeviceSettings } from '#protocols/cameras.ts'
import { RefusedError } from '#protocols/errors.ts'
import { emitter } from '#ring/base/emitter.ts'
import type { CameraSource, Encoding, SourceEvent } from './camera-source.ts'

/** What is asked of a source that runs. */
export interface SourceOrder {
  readonly enabled?: boolean
  readonly encoding?: Encoding
  /** What the encoding does not say is as this machine chooses, and not as it was ordered before. @default false */
  readonly isAll?: boolean
  /** All that its device is to be set to. */
  readonly settings?: DeviceSettings
  /** Settings and encoding are those of an earlier day: no picture is waited for. */
  readonly remembered?: boolean
}

/** How a source is to be opened. */
interface Making {
  readonly encoding: Encoding
  readonly settings: DeviceSettings
}

/** A source that can be stopped, started, and encoded in another way while whoever listens stays. */
export interface SwitchableSource extends CameraSource {
  enabled(): boolean
  /** Its picture is encoded here: an Encoding can be asked for. */
  adjustable(): boolean
  /** What its device is set to by order. */
  settings(): DeviceSettings
  /** Resolves when it is so. @throws RefusedError with the reason; then all is as it was */
  order(order: SourceOrder): Promise<void>
}

/** A picture has to come in the new way by then, in ms. @default 15000 */
export const SWITCH_TIMEOUT_MS = 15_000
/** Said of a camera that was stopped. */
export const STOPPED = 'stopped by order: thatdam cameras start'

/** `settings` are asked whenever the device is opened. */
export function switchableSource(open: (encoding: Encoding, settings: () => DeviceSettings) => CameraSource, init: { timeoutMs?: number } = {}): SwitchableSource {
  const { timeoutMs = SWITCH_TIMEOUT_MS } = init
  const events = emitter<SourceEvent>()
  let making: Making = { encoding: {}, settings: {} }
  let source = attach()
  let enabled = true
  let encoded = false
  /** Why there is no picture; undefined while there is one. */
  let absent: string | undefined = 'it has not started yet'
  let stopped = false
  let turn: Promise<unknown> = Promise.resolve()

  function attach(): CameraSource {
    const made = open(making.encoding, () => making.settings)
    made.events.on((event) => {
      if (made !== source) return
      if (event.type === 'tracks') encoded = event.encoded === true
      if (event.type === 'tracks' || event.type === 'waiting') absent = event.type === 'waiting' ? event.reason : undefined
      events.emit(event)
    })
    return made
  }

  async function replace(): Promise<void> {
    await source.stop()
    if (stopped) throw new RefusedError('this machine stops')
    source = attach()
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

  async function encode(asked: Encoding, isAll: boolean): Promise<void> {
    if (enabled && absent !== undefined) throw new RefusedError(`it gives no picture now, and how it is made can be set when it does: ${absent}`)
    if (enabled && !encoded) throw new RefusedError('this camera sends H.264 itself, which is passed on untouched: set its picture in the camera')
    await remake({ ...making, encoding: isAll ? asked : { ...making.encoding, ...asked } })
  }

  /** Kept also for a picture that is not there yet; one that is passed through goes on. */
  async function recall(encoding: Encoding): Promise<void> {
    const isNew = !isSameEncoding(encoding, making.encoding)
    making = { ...making, encoding }
    if (isNew && enabled && (encoded || absent !== undefined)) await replace()
  }

  /** Controls are set while it runs; for another format, size or rate the device is opened anew. */
  async function set(settings: DeviceSettings, remembered: boolean): Promise<void> {
    const wanted = { ...making, settings }
    if (isSameMode(settings, making.settings)) making = wanted
    else if (remembered && enabled) {
      making = wanted
      await replace()
    } else await remake(wanted)
  }

  /** Until there is a picture, or it is as it was. */
  async function remake(wanted: Making): Promise<void> {
    const before = making
    making = wanted
    if (!enabled) return
    const word = firstWord()
    await replace()
    const answer = await word
    if (answer.type === 'tracks') return
    making = before
    await replace()
    throw new RefusedError(`it gives no picture that way${'reason' in answer ? `: ${answer.reason}` : ''}`)
  }

  async function obey({ enabled: wanted, encoding: asked, isAll = false, settings, remembered = false }: SourceOrder): Promise<void> {
    if (settings !== undefined) await set(settings, remembered)
    if (asked !== undefined) await (remembered ? recall(asked) : encode(asked, isAll))
    if (wanted === false && enabled) await disable()
    else if (wanted === true && !enabled) {
      enabled = true
      const word = firstWord()
      await replace()
      await word // when it is no picture, its state says why
    }
  }

  return {
    events,
    enabled: () => enabled,
    adjustable: () => encoded,
    settings: () => making.settings,
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

const isSameEncoding = (a: Encoding, b: Encoding): boolean => (['bitsPerSecond', 'width', 'height', 'fps'] as const).every((key) => a[key] === b[key])
const isSameMode = (a: DeviceSettings, b: DeviceSettings): boolean => (['format', 'width', 'height', 'fps'] as const).every((key) => a[key] === b[key])
