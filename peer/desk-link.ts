import { setTimeout as sleep } from 'node:timers/promises'
import { NotFoundError, ThatDamError } from '#protocols/errors.ts'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { CameraOrder, CameraState, Device, MediaMessage, PeerReport } from '#protocols/media.ts'
import type { MessageStream } from '#ring'
import type { Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { CameraProxy, CameraStatus } from './camera-proxy.ts'
import { deviceReport } from './devices/device-report.ts'
import { obeyDeviceOrder } from './devices/device-order.ts'
import type { Inventory } from './devices/inventory.ts'
import { mediaProtocol } from './media-protocol.ts'
import type { RingLink } from './ring-link.ts'
import type { SourceOrder } from './sources/switchable-source.ts'

/** A report goes at least this often, in ms. @default 4000 */
export const REPORT_EVERY_MS = 4_000
/** Changes within this time make one report, in ms. @default 100 */
export const REPORT_DELAY_MS = 100
/** Pause before the next node is tried, in ms. @default 1000 */
export const DESK_RETRY_MS = 1_000
/** A node has to take the stream within this, in ms. */
const OPEN_TIMEOUT_MS = 4_000

export interface DeskLinkComponents {
  link: Pick<RingLink, 'network' | 'nodes'>
  /** More may come. */
  cameras: readonly CameraProxy[]
  /** How one of them is has changed. */
  changed: Signal<CameraStatus>
  devices: Inventory
  log: Logger
}

/** Tells one node of the ring what this machine sees and how its cameras are, and does what that node orders. */
export function deskLink({ link, cameras, changed, devices, log }: DeskLinkComponents, { name }: { name: string }): Startable {
  const stopping = new AbortController()
  let leave = (): void => {}
  let wake = (): void => {}
  let loop: Promise<void> | undefined
  let turn = 0
  let seen: Device[] = []
  let looking: Promise<void> | undefined

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const nodes = link.nodes().sort()
      const node = nodes[turn % Math.max(1, nodes.length)]
      if (node !== undefined) await attend(node).catch((err) => log('%s does not listen - %s', node, err))
      turn++
      await sleep(DESK_RETRY_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
    }
  }

  async function attend(node: Parameters<typeof link.network.openStream>[0]): Promise<void> {
    const stream = await link.network.openStream(node, mediaProtocol, { signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)]) })
    const onStop = (): void => stream.abort(new Error('the peer stops'))
    stopping.signal.addEventListener('abort', onStop, { once: true })
    const listening = listen(stream).catch((err) => log('%s - %s', node, err)).finally(() => stream.abort(new Error('it is over')))
    try {
      while (!stream.ended.aborted && !stopping.signal.aborted) {
        await stream.send({ peer: report() })
        await untilNews(stream.ended)
      }
    } finally {
      stopping.signal.removeEventListener('abort', onStop)
      await listening
    }
  }

  async function listen(stream: MessageStream<MediaMessage>): Promise<void> {
    for await (const message of stream) {
      if ('order' in message) void answer(stream, message.order).catch(() => {}) // the stream is over: it is opened anew
      else if ('refuse' in message || 'end' in message) return
    }
  }

  /** How things are now is told before that it is done: whoever ordered it looks then. */
  async function answer(stream: MessageStream<MediaMessage>, order: CameraOrder): Promise<void> {
    const result = await obey(order)
    if (order.device) await look()
    await stream.send({ peer: report() })
    await stream.send({ result })
  }

  /** Every order is answered; what went wrong is the answer then. */
  async function obey(order: CameraOrder): Promise<{ id: number; code: string; reason: string }> {
    try {
      const camera = cameras.find(({ id }) => id === order.cameraId)
      if (camera === undefined) throw new NotFoundError(`this machine has no camera ${order.cameraId}`)
      if (order.device) await obeyDeviceOrder({ devices }, camera, order.device)
      await camera.order(sourceOrder(order))
      if (order.node !== '') await camera.move(order.node as PeerId)
      return { id: order.id, code: '', reason: '' }
    } catch (err) {
      const { code, message } = err instanceof ThatDamError ? err : { code: 'ERR_INTERNAL', message: 'it could not be done' }
      return { id: order.id, code, reason: message }
    }
  }

  /** Devices are as of the last look: to look at them may take a while, and why a camera is off is not to wait for that. */
  function report(): PeerReport {
    looking ??= look().finally(() => { looking = undefined })
    return deviceReport({ name, cameras: cameras.map(stateOf), opened: openedBy(cameras) }, seen)
  }

  async function look(): Promise<void> {
    const found = await devices.devices()
    const isNews = JSON.stringify(found) !== JSON.stringify(seen)
    seen = found
    if (isNews) wake()
  }

  async function untilNews(ended: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, REPORT_EVERY_MS).unref()
    wake = () => { setTimeout(resolve, REPORT_DELAY_MS) }
    ended.addEventListener('abort', () => resolve(), { once: true })
    if (ended.aborted) resolve()
    await promise
    clearTimeout(timer)
  }

  return {
    start() {
      leave = changed.on(({ state }) => {
        if (state === 'live') devices.forget() // it is set otherwise now
        wake()
      })
      loop ??= run()
    },
    async stop() {
      stopping.abort()
      leave()
      await loop
    }
  }
}

function openedBy(cameras: readonly CameraProxy[]): Map<CameraId, string> {
  return new Map(cameras.flatMap((camera) => {
    const device = camera.device()
    return device === undefined ? [] : [[camera.id, device] as const]
  }))
}

function stateOf(camera: CameraProxy): CameraState {
  const { id, state, reason, note } = camera.status()
  return { cameraId: id, name: camera.name, source: camera.source, state, reason: reason ?? '', note: note ?? '', adjustable: camera.adjustable(), settable: camera.settable }
}

function sourceOrder({ action, bitsPerSecond, width, height, fps, encoding: scope }: CameraOrder): SourceOrder {
  const encoding = { ...(bitsPerSecond > 0 && { bitsPerSecond }), ...(width > 0 && { width }), ...(height > 0 && { height }), ...(fps > 0 && { fps }) }
  const isAll = scope === 'all' || scope === 'remembered'
  return { ...(action !== '' && { enabled: action === 'start' }), ...((isAll || Object.keys(encoding).length > 0) && { encoding, isAll, remembered: scope === 'remembered' }) }
}
