import { hostname } from 'node:os'
import type { DeviceSettings } from '#protocols/cameras.ts'
import { InvalidInputError, type MemberRemovedError } from '#protocols/errors.ts'
import type { CameraId, PeerId, RingId } from '#protocols/ids.ts'
import type { Device } from '#protocols/media.ts'
import { emitter, type Signal } from '#ring/base/emitter.ts'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { cameraProxy, type CameraProxy, type CameraStatus } from './camera-proxy.ts'
import type { PeerConfig } from './config.ts'
import { nodeChoice } from './node-choice.ts'
import { nodeDialer } from './node-dialer.ts'
import { pluggedCameras } from './plugged-cameras.ts'
import { publisher, type Publisher } from './publisher.ts'
import { type Guest, type RingLink, type RingLinkComponents, ringLink } from './ring-link.ts'
import { deskLink } from './desk-link.ts'
import { deviceOf } from './devices/device-report.ts'
import { type Inventory, inventory } from './devices/inventory.ts'
import { machineCameras, type NamedSource } from './devices/machine-cameras.ts'
import { isSettable, preparedDevice } from './devices/prepared-device.ts'
import type { CameraSource, Encoding } from './sources/camera-source.ts'
import { parseSource, sourceLabel, type SourceSpec } from './sources/source-spec.ts'
import { supervisedSource } from './sources/supervised-source.ts'
import { switchableSource } from './sources/switchable-source.ts'
import { rtcViewers } from './viewer/rtc-viewer.ts'
import { viewerServer, type ViewerServer } from './viewer/viewer-server.ts'

export interface PeerComponents {
  log: Logger
  /** Joins the ring of the invite; not called without one. */
  join: (invite: string) => Promise<Guest>
  rank: RingLinkComponents['rank']
  /** Replaced in tests. */
  openSource?: (spec: SourceSpec, encoding: Encoding, settings: () => DeviceSettings) => CameraSource
  /** What else this machine could capture from. @default looked for */
  devices?: Inventory
}

/** The machine with the cameras: stateless, it pushes what it captures to the ring's nodes. */
export interface Peer extends Startable {
  readonly cameras: readonly CameraProxy[]
  readonly cameraChanged: Signal<CameraStatus>
  /** Address of the peer's own page, or null when there is none. */
  http(): string | null
  /** Resolves when the ring let this peer in; null without a ring. */
  readonly joined: Promise<{ ringId: RingId; peerId: PeerId } | null>
  /** Resolves when the ring says that this machine was removed. */
  readonly removed: Promise<MemberRemovedError>
}

/** @throws what a bad invite or a used port gives, from start() */
export function createPeer(components: PeerComponents, config: PeerConfig): Peer {
  const { log, join, rank, openSource = (spec, encoding, settings) => supervisedSource({ log, prepare: (present) => preparedDevice({ log }, present, settings()) }, { spec, encoding, keepHevc: config.keepHevc ?? false }), devices = inventory() } = components
  const { invite } = config
  const link = invite === undefined ? undefined : ringLink({ join: () => join(invite), rank, log: log.scope('peer:ring') })
  const cameraChanged = emitter<CameraStatus>()
  const cameras: CameraProxy[] = []

  function cameraOf(name: string, spec: SourceSpec): CameraProxy {
    const label = sourceLabel(spec)
    const source = switchableSource((encoding, settings) => openSource(spec, encoding, settings))
    const camera = cameraProxy(link === undefined ? { source } : { source, publisher: (init) => publishing(link, { ...init, source: label }, log) }, { name, label, settable: isSettable(spec) })
    camera.changed.on((status) => {
      if (status.state !== 'live') link?.refreshSoon()
      cameraChanged.emit(status)
    })
    return camera
  }

  async function adopt({ name, source }: NamedSource): Promise<void> {
    const camera = cameraOf(name, parseSource(source, name))
    if (cameras.some(({ id }) => id === camera.id)) throw new InvalidInputError(`another camera is called ${camera.id} already`)
    cameras.push(camera)
    await camera.start()
  }

  for (const { name, source } of config.cameras) cameras.push(cameraOf(name, source))
  const page = optionalPage(config, cameras, log)
  const desk = link === undefined ? [] : [deskLink({ link, cameras, changed: cameraChanged, devices, log: log.scope('peer:desk') }, { name: config.name })]
  const capturing: Startable = { start: async () => { for (const camera of cameras) await camera.start() }, stop: async () => { await Promise.all(cameras.map((camera) => camera.stop())) } }
  const all = lifecycle([page, ...(link === undefined ? [] : [link]), capturing, ...desk, ...plugged(config, { cameras, adopt, devices, log })])
  return {
    cameras,
    cameraChanged,
    http: () => page.url(),
    joined: link?.joined ?? Promise.resolve(null),
    removed: link?.removed ?? new Promise(() => {}),
    start: () => all.start(),
    stop: () => all.stop()
  }
}

/** Takes up what is plugged in and is no camera of this peer yet, when it is to take all. */
function plugged({ allCameras }: PeerConfig, { cameras, adopt, devices, log }: { cameras: readonly CameraProxy[]; adopt: (camera: NamedSource) => Promise<void>; devices: Inventory; log: Logger }): Startable[] {
  if (allCameras === undefined) return []
  const scoped = log.scope('peer:plugged')
  const isUsed = (device: Device): boolean => cameras.some((camera) => deviceOf(camera.device() ?? camera.source, [device]) !== undefined)
  const onRefused = ({ source }: NamedSource, err: Error): void => scoped.error('%s is not taken up: %s', source, err.message)
  return [pluggedCameras({ machine: machineCameras({ devices: () => devices.devices(), log: scoped }, { file: allCameras, machine: hostname(), isUsed }), adopt, onRefused })]
}

function publishing(link: RingLink, camera: { cameraId: CameraId; cameraName: string; source: string }, log: Logger): Publisher {
  const scoped = log.scope('peer:publisher')
  const dialer = nodeDialer({ network: link.network, nodes: () => link.nodesFor(camera.cameraId), choice: nodeChoice(link), log: scoped })
  return publisher({ dialer, learnNodes: link.learnNodes, log: scoped }, { camera })
}

/** The page, or nothing: when its usual port is taken and nobody asked for it, the cameras matter more. */
function optionalPage({ http, token }: PeerConfig, cameras: readonly CameraProxy[], log: Logger): Startable & { url(): string | null } {
  if (http.port === -1) return { url: () => null, start() {}, stop() {} }
  const scoped = log.scope('peer:viewer')
  const server: ViewerServer = viewerServer({ cameras, viewers: rtcViewers({ log: scoped }), log: scoped }, { host: http.host, port: http.port, token })
  let up = false
  return {
    url: () => (up ? server.url() : null),
    async start() {
      try {
        await server.start()
        up = true
      } catch (err) {
        if (http.explicit || (err as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw err
        log.error('%s:%d is taken: this peer has no page of its own (use --http to choose another port)', http.host, http.port)
      }
    },
    stop: () => server.stop()
  }
}
