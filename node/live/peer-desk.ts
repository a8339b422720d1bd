import type { DeviceSettings, VideoSettings } from '#protocols/cameras.ts'
import { deviceOrderOf } from '#protocols/device-settings.ts'
import { InvalidInputError, MemberUnreachableError, NotAuthorizedError, OverloadedError, RefusedError, TrackUnavailableError } from '#protocols/errors.ts'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import { type CameraOrder, type CameraState, DESK_PROTOCOL, type DeskRequest, type DeskResponse, deskRequestCodec, deskResponseCodec, type Device, type Machine, type MediaMessage, type NodeLoad, type PeerReport } from '#protocols/media.ts'
import { type AttachedCamera, MAX_ATTACHED } from '#protocols/presence.ts'
import { encodingOrderOf } from '#protocols/video-settings.ts'
import type { Caller, MessageStream, Ring, RpcProtocol } from '#ring'
import { emitter, type Signal } from '#ring/base/emitter.ts'
import type { Logger } from '#ring/base/log.ts'
import { checkReport, firstWithin } from './peer-report.ts'

const deskProtocol: RpcProtocol<DeskRequest, DeskResponse> = { id: DESK_PROTOCOL, roles: ['node'], request: deskRequestCodec, response: deskResponseCodec, maxInFlight: 16 }

/** Peers one node listens to. @default 128 */
export const MAX_PEERS = 128
/** A peer that tells nothing for this long is taken for gone, in ms. @default 15000 */
export const PEER_SILENCE_MS = 15_000
/** A peer has to have done what was ordered by then, in ms. @default 25000 */
export const ORDER_TIMEOUT_MS = 25_000
/** Orders a peer has not answered, at most. @default 8 */
export const MAX_ORDERS = 8
/** What the heartbeat says of them, at most, in bytes of JSON. @default 131072 */
export const MAX_ATTACHED_BYTES = 131_072
/** What one node lists of its machines, at most, in bytes of JSON. @default 1572864 */
export const MAX_LIST_BYTES = 1_572_864
/** Longest reason of a refusal, in characters. @default 500 */
export const MAX_REASON_CHARS = 500
/** Another node has to have listed its machines by then, in ms. @default 3000 */
export const LIST_TIMEOUT_MS = 3_000

type Stream = MessageStream<MediaMessage>

/** Leaves everything as it is. */
export const NOTHING_ORDERED = Object.freeze({ action: '', bitsPerSecond: 0, width: 0, height: 0, fps: 0, node: '', encoding: '' })

/** The machines with cameras: what they see, why a camera of theirs is not live, and what is ordered of them. */
export interface PeerDesk {
  /** A peer's own stream, until it is over. @throws NotAuthorizedError, OverloadedError */
  serve(stream: Stream, messages: AsyncIterator<MediaMessage>, caller: Caller, first: PeerReport): Promise<void>
  /** For the heartbeat: cameras of the peers connected here. */
  attached(): AttachedCamera[]
  /** Those of the whole ring: of each id every machine that calls a camera so. */
  attachedAnywhere(): Map<CameraId, readonly AttachedCamera[]>
  /** What every machine of the ring sees, and the nodes that did not answer. */
  machines(): Promise<{ machines: Machine[]; silent: string[] }>
  /** Have a camera's peer do it, wherever it is connected; resolves when it is done. @throws RefusedError with the peer's reason, TrackUnavailableError when its machine is not connected */
  order(order: Omit<CameraOrder, 'id'>): Promise<void>
  load(): NodeLoad
  /** What some camera connected here does has changed. */
  readonly changed: Signal<void>
}

export interface PeerDeskInit {
  load: () => NodeLoad
  /** What was ordered of a camera and holds also when its machine starts anew: that it is stopped, what its device is set to, and how its picture is encoded. */
  ordered: (camera: CameraId) => Remembered | undefined
  /** Whose camera was taken, when machines call theirs the same. */
  publisherOf: (camera: CameraId) => PeerId | undefined
  ownDevices?: () => Promise<Device[]>
}

interface Remembered { readonly enabled?: boolean; readonly device?: DeviceSettings; readonly video?: VideoSettings }

interface Peer {
  readonly stream: Stream
  report: PeerReport
  readonly orders: Map<number, { done: () => void; refused: (err: Error) => void }>
}

type DeskRing = Pick<Ring, 'self' | 'network' | 'membership'>

export function createPeerDesk({ ring, log: parentLog }: { ring: DeskRing; log: Logger }, { load, ordered, publisherOf, ownDevices = async () => [] }: PeerDeskInit): PeerDesk {
  const log = parentLog.scope('node:live:desk')
  const peers = new Map<PeerId, Peer>()
  const changed = emitter<void>()
  let lastOrder = 0

  ring.network.serve(deskProtocol, async ({ order }) => {
    if (order === undefined || order === null) return { machines: await here() }
    await orderHere(order)
    return { machines: [] }
  })

  async function serve(stream: Stream, messages: AsyncIterator<MediaMessage>, { peerId, role }: Caller, first: PeerReport): Promise<void> {
    if (role !== 'peer') throw new NotAuthorizedError('only camera peers tell of cameras')
    if (peers.size >= MAX_PEERS && !peers.has(peerId)) throw new OverloadedError(`this node listens to ${MAX_PEERS} peers already`)
    peers.get(peerId)?.stream.abort(new TrackUnavailableError('the peer connected again'))
    const peer: Peer = { stream, report: checkReport(first), orders: new Map() }
    peers.set(peerId, peer)
    changed.emit()
    void remind(peer, peer.report.cameras)
    const silence = setTimeout(() => stream.abort(new TrackUnavailableError('the peer says nothing')), PEER_SILENCE_MS)
    try {
      for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
        silence.refresh()
        if ('peer' in next.value) renew(peer, checkReport(next.value.peer))
        else if ('result' in next.value) settle(peer, next.value.result)
      }
    } finally {
      clearTimeout(silence)
      if (peers.get(peerId) === peer) peers.delete(peerId)
      for (const { refused } of peer.orders.values()) refused(new TrackUnavailableError('its machine went away: nobody knows whether it was done'))
      changed.emit()
    }
  }

  /** Only when it arrives, or they are new there: later it is told by whoever orders something. One camera after the other: of many there would be too many orders at once. */
  async function remind(peer: Peer, cameras: readonly CameraState[]): Promise<void> {
    for (const camera of cameras) {
      for (const order of remembered(camera, ordered(camera.cameraId))) await orderOf(peer, order).catch((err) => log.error('camera %s is not as it was ordered - %s', camera.cameraId, err))
    }
  }

  function renew(peer: Peer, report: PeerReport): void {
    const isNews = JSON.stringify(report.cameras) !== JSON.stringify(peer.report.cameras)
    const fresh = report.cameras.filter(({ cameraId }) => !peer.report.cameras.some((camera) => camera.cameraId === cameraId))
    peer.report = report
    void remind(peer, fresh)
    if (isNews) changed.emit()
  }

  function settle(peer: Peer, { id, code, reason }: { id: number; code: string; reason: string }): void {
    const order = peer.orders.get(id)
    if (code === '') order?.done()
    else order?.refused(new (code === new InvalidInputError('').code ? InvalidInputError : RefusedError)(reason.slice(0, MAX_REASON_CHARS)))
  }

  const attached = (): AttachedCamera[] => [...peers].flatMap(([peerId, { report }]) => report.cameras.map((camera) => ({ ...camera, peerId }))).slice(0, MAX_ATTACHED)
  const told = (): AttachedCamera[] => firstWithin(attached(), MAX_ATTACHED_BYTES)

  async function here(): Promise<Machine[]> {
    const devices = await ownDevices().catch((err) => {
      log.error('devices of this machine are not known - %s', err)
      return []
    })
    const name = ring.membership.members().find(({ self }) => self)?.name ?? ring.self
    const own: Machine = { peerId: ring.self, node: true, report: checkReport({ name, cameras: [], devices }) }
    return firstWithin([own, ...[...peers].map(([peerId, { report }]) => ({ peerId, node: false, report }))], MAX_LIST_BYTES)
  }

  async function orderHere(order: Omit<CameraOrder, 'id'>): Promise<void> {
    const camera = machineOf(attached().filter(({ cameraId }) => cameraId === order.cameraId), publisherOf(order.cameraId))
    const peer = camera && peers.get(camera.peerId)
    if (camera === undefined || peer === undefined) throw notConnected(order.cameraId)
    checkSettable(camera, order)
    await orderOf(peer, order)
  }

  async function orderOf(peer: Peer, order: Omit<CameraOrder, 'id'>): Promise<void> {
    if (peer.orders.size >= MAX_ORDERS) throw new OverloadedError('this machine has orders to do already: try again in a moment')
    const id = ++lastOrder
    try {
      await new Promise<void>((done, refused) => {
        peer.orders.set(id, { done, refused })
        setTimeout(() => refused(new MemberUnreachableError('the machine of this camera did not answer in time')), ORDER_TIMEOUT_MS).unref()
        peer.stream.send({ order: { ...order, id } }).catch(refused)
      })
    } finally {
      peer.orders.delete(id)
    }
  }

  function attachedAnywhere(): Map<CameraId, AttachedCamera[]> {
    const others = ring.membership.members().filter(({ self, alive }) => alive && !self).flatMap(({ presence }) => presence?.attached ?? [])
    const byMachine = new Map([...others, ...attached()].map((camera) => [`${camera.cameraId} ${camera.peerId}`, camera])) // a peer that went to another node is told of by both for a while
    return Map.groupBy([...byMachine.values()].reverse(), ({ cameraId }) => cameraId)
  }

  return {
    serve, attached: told, load, changed, attachedAnywhere,
    async machines() {
      const others = ring.membership.members().filter(({ self, alive }) => alive && !self)
      const silent = ring.membership.members().filter(({ alive }) => !alive).map(({ name }) => name)
      const lists = await Promise.all([here(), ...others.map(async ({ peerId, name }) => {
        try {
          return (await ring.network.request(peerId, deskProtocol, { list: {} }, { signal: AbortSignal.timeout(LIST_TIMEOUT_MS) })).machines
        } catch (err) {
          log('%s lists no machines - %s', name, err)
          silent.push(name)
          return []
        }
      })])
      return { machines: [...new Map(lists.flat().map((machine) => [machine.peerId, { ...machine, report: checkReport(machine.report) }])).values()], silent }
    },
    async order(order) {
      const camera = machineOf(attachedAnywhere().get(order.cameraId) ?? [], publisherOf(order.cameraId))
      if (camera !== undefined && peers.has(camera.peerId)) return orderHere(order)
      const node = ring.membership.members().find(({ alive, self, presence }) => alive && !self && (presence?.attached ?? []).some(({ cameraId, peerId }) => cameraId === order.cameraId && peerId === camera?.peerId))
      if (camera === undefined || node === undefined) throw notConnected(order.cameraId)
      checkSettable(camera, order)
      await ring.network.request(node.peerId, deskProtocol, { order: { ...order, id: 0 } }, { signal: AbortSignal.timeout(ORDER_TIMEOUT_MS + LIST_TIMEOUT_MS) })
    }
  }
}

/** What a machine is told again of a camera; what its device refuses keeps its picture from nothing. Pure. */
function remembered({ cameraId, state, settable }: CameraState, { enabled, device, video }: Remembered = {}): Array<Omit<CameraOrder, 'id'>> {
  const isToStop = state !== 'off' && enabled === false
  const isToSet = settable && device !== undefined
  return [
    ...(isToStop || isToSet ? [{ ...NOTHING_ORDERED, cameraId, action: isToStop ? 'stop' : '', ...(isToSet && { device: deviceOrderOf(device, true) }) }] : []),
    ...(video === undefined ? [] : [{ ...NOTHING_ORDERED, cameraId, ...encodingOrderOf(video, true) }])
  ]
}

/** Of the machines that call a camera the same the one whose camera was taken; the first, when that is nobody's. Pure. */
export function machineOf(machines: readonly AttachedCamera[], publisher: PeerId | undefined): AttachedCamera | undefined {
  return publisher === undefined ? machines[0] : machines.find(({ peerId }) => peerId === publisher)
}

/** Machines of before, and nodes of before between, would say that it is done. @throws RefusedError */
function checkSettable({ name, settable }: AttachedCamera, { device }: Omit<CameraOrder, 'id'>): void {
  if (device && !settable) throw new RefusedError(`${name} is no V4L2 camera, or its machine or node runs a version that can not set one: nothing of its device can be set`)
}

const notConnected = (camera: CameraId): TrackUnavailableError => new TrackUnavailableError(`the machine of camera ${camera} is not connected: see that it runs`)
