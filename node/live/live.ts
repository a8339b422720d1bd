import type { CameraList } from '#protocols/http.ts'
import type { Presence } from '#protocols/presence.ts'
import type { Ring } from '#ring'
import type { Signal } from '#ring/base/emitter.ts'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Metrics } from '#ring/base/metrics.ts'
import { createRecorder } from '../recording/recorder.ts'
import { createRecordingWatch } from '../recording/recording-watch.ts'
import { createCameraDirectory } from './camera-directory.ts'
import type { OpenFeed } from './camera-feed.ts'
import { LiveCameras } from './live-cameras.ts'
import { createMediaIngest } from './media-ingest.ts'
import { createRelayPool } from './relay-pool.ts'
import { lessLoadedNode } from './send/placement.ts'
import { createWhepSessions, type WhepSessions } from './whep-sessions.ts'

/** Cameras on this node: taken in, recorded, relayed and shown. */
export interface Live extends Startable {
  readonly whep: WhepSessions
  /** Every camera of the ring. */
  cameras(): CameraList
  /** For the heartbeat. */
  presence(): Pick<Presence, 'cameras' | 'viewers'>
  /** A camera came, went, or moved. */
  readonly camerasChanged: Signal<void>
}

export interface LiveInit {
  /** Addresses offered to viewers beyond those of the network interfaces. @default ['127.0.0.1'] */
  readonly viewerAddresses?: readonly string[]
  /** Viewers served at once. @default MAX_VIEWERS of whep-sessions.ts */
  readonly maxViewers?: number
}

type LiveRing = Pick<Ring, 'self' | 'alarms' | 'network' | 'membership' | 'placement' | 'catalog' | 'chunks' | 'writing'>

/** Create before the ring starts, so that the media protocol is served from the first connection on; start after it. */
export function createLive({ ring, log, metrics }: { ring: LiveRing; log: Logger; metrics: Metrics }, init: LiveInit = {}): Live {
  const cameras = new LiveCameras((camera) => createRecorder({ ring, log }, { camera }))
  const ingest = createMediaIngest({ ring, cameras, log })
  const relays = createRelayPool({ ring, log })
  const directory = createCameraDirectory({ ring, cameras })
  const open: OpenFeed = async (id) => {
    const camera = cameras.get(id)?.camera
    return camera === undefined ? relays.acquire(id) : { camera, release() {} }
  }
  const whep = createWhepSessions({ log, metrics }, {
    open,
    knows: directory.knows,
    elsewhere: (viewers) => lessLoadedNode(ring.membership.members(), viewers),
    extraAddresses: init.viewerAddresses ?? ['127.0.0.1'],
    ...(init.maxViewers === undefined ? {} : { maxViewers: init.maxViewers })
  })
  metrics.gauge('live_cameras', 'Cameras published to this node.', () => cameras.all().length)
  metrics.gauge('live_relays', 'Cameras relayed from other nodes.', () => relays.count())
  metrics.gauge('recording_cameras', 'Cameras being recorded on this node.', () => cameras.all().filter(({ recorder }) => recorder?.recording()).length)
  const watch = createRecordingWatch({ alarms: ring.alarms, cameras: () => cameras.all(), log: log.scope('node:recording') })
  const { start, stop } = lifecycle([directory, ingest, watch, relays, whep])
  return {
    whep, start, stop,
    cameras: directory.cameras,
    presence: () => ({ cameras: directory.presence(), viewers: whep.count() }),
    camerasChanged: directory.changed
  }
}
