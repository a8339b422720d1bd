import { networkInterfaces } from 'node:os'
import type { CameraList } from '#protocols/http.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { Device } from '#protocols/media.ts'
import type { Presence } from '#protocols/presence.ts'
import type { Ring } from '#ring'
import type { Signal } from '#ring/base/emitter.ts'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Metrics } from '#ring/base/metrics.ts'
import { createCameraWatch } from '../recording/camera-watch.ts'
import { createLossNotes } from '../recording/loss-notes.ts'
import { type CameraMotions, createCameraMotions } from '../recording/camera-motions.ts'
import { type CameraMotionAreas, createCameraMotionAreas } from '../recording/motion-areas.ts'
import { createClockNotes } from '../recording/clock-notes.ts'
import { createMotionNotes } from '../recording/motion-notes.ts'
import { createMotionDetector } from '../recording/motion-detector.ts'
import { plannedRecorder } from '../recording/planned-recorder.ts'
import { createCameraDirectory } from './camera-directory.ts'
import type { OpenFeed } from './camera-feed.ts'
import { LiveCameras } from './live-cameras.ts'
import { createMediaIngest } from './media-ingest.ts'
import { type Places, placesWithin, readLimits, socketsOf } from './open-files.ts'
import { createPeerDesk, type PeerDesk } from './peer-desk.ts'
import { createRelayPool } from './relay-pool.ts'
import { MAX_VIEWERS } from './send/placement.ts'
import { createRenditions } from './transcode/renditions.ts'
import type { IceServer } from './webrtc/ice.ts'
import { answerPublisher } from './whip/publisher-connection.ts'
import { createRingViewers } from './whep/ring-viewers.ts'
import { createWhepSessions, type WhepSessions } from './whep/whep-sessions.ts'
import { createWhipSessions, MAX_PUBLISHERS, type WhipSessions } from './whip/whip-sessions.ts'

/** Cameras on this node: taken in, recorded, relayed and shown. */
export interface Live extends Startable {
  readonly whep: WhepSessions
  readonly whip: WhipSessions
  /** Any live camera of the ring, for other ways to show it. */
  readonly open: OpenFeed
  /** True when the ring has seen this camera. */
  knows(camera: CameraId): boolean
  /** The cameras that are published to this node. */
  readonly published: Pick<LiveCameras, 'all' | 'changed'>
  /** Every camera of the ring. */
  cameras(): CameraList
  /** For the heartbeat. */
  presence(): Pick<Presence, 'cameras' | 'viewers' | 'attached'>
  /** The machines with cameras, and what may be ordered of them. */
  readonly desk: PeerDesk
  /** Where motion counts before cameras. */
  readonly motionAreas: CameraMotionAreas
  /** What moves before the cameras of this node. */
  readonly motions: Pick<CameraMotions, 'changed'>
  /** A camera came, went, or moved. */
  readonly camerasChanged: Signal<void>
}

export interface LiveInit {
  /** Addresses offered to viewers beyond those of the network interfaces. @default those of loopback */
  readonly viewerAddresses?: readonly string[]
  /** Viewers served at once; fewer where the machine allows few open files. @default MAX_VIEWERS of send/placement.ts */
  readonly maxViewers?: number
  /** Of these the STUN servers are asked for this node's outside address. @default none */
  readonly iceServers?: readonly IceServer[]
  /** Listen for viewers and publishers on TCP as well. @default false */
  readonly iceTcp?: boolean
  /** Make H.264 for viewers that do not have the camera's codec. @default false */
  readonly transcodeViewers?: boolean
  /** What this machine itself could capture from. @default nothing */
  readonly ownDevices?: () => Promise<Device[]>
}

type LiveRing = Pick<Ring, 'self' | 'alarms' | 'network' | 'membership' | 'placement' | 'catalog' | 'chunks' | 'writing'>

/** Of this machine for itself: who watches on the node's own machine may have no other. */
function loopbackAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((each) => each ?? []).filter(({ internal }) => internal).map(({ address }) => address)
}

/** As many as are wanted, or as there are open files for. */
function placesHere(wanted: Places, { extraAddresses, iceTcp, log }: { extraAddresses: readonly string[]; iceTcp: boolean; log: Logger }): Places {
  const addresses = new Set([...extraAddresses, ...Object.values(networkInterfaces()).flatMap((each) => each ?? []).map(({ address }) => address)])
  const places = placesWithin(readLimits(), socketsOf(addresses.size, iceTcp), wanted)
  if (places.viewers < wanted.viewers || places.publishers < wanted.publishers) log('room for %d viewers and %d publishers at once instead of %d and %d: this process may not have more open files (ulimit -n)', places.viewers, places.publishers, wanted.viewers, wanted.publishers)
  return places
}

/** Create before the ring starts, so that the media protocol is served from the first connection on; start after it. */
export function createLive({ ring, log, metrics }: { ring: LiveRing; log: Logger; metrics: Metrics }, init: LiveInit = {}): Live {
  const motion = createMotionDetector({ log: log.scope('node:recording') })
  const motionNotes = createMotionNotes({ policy: ring.catalog.policy, log: log.scope('node:recording') })
  const motionAreas = createCameraMotionAreas({ records: ring.catalog.records })
  const motions = createCameraMotions()
  const cameras = new LiveCameras((camera) => plannedRecorder({ ring, motion, notes: motionNotes, areas: motionAreas, motions, log }, camera))
  const desk = createPeerDesk({ ring, log }, { load: () => ({ cameras: cameras.all().length, viewers: whep.count() }), ordered: (id) => ring.catalog.cameras().find((camera) => camera.id === id), publisherOf: (id) => directory.publisherOf(id), ...(init.ownDevices && { ownDevices: init.ownDevices }) })
  const ingest = createMediaIngest({ ring, cameras, desk, log })
  const relays = createRelayPool({ ring, log })
  const directory = createCameraDirectory({ ring, cameras, desk })
  const open: OpenFeed = async (id) => {
    const camera = cameras.get(id)?.camera
    return camera === undefined ? relays.acquire(id) : { camera, release() {} }
  }
  const renditions = createRenditions({ open })
  const rtc = { extraAddresses: init.viewerAddresses ?? loopbackAddresses(), iceServers: init.iceServers ?? [], iceTcp: init.iceTcp ?? false }
  const places = placesHere({ viewers: init.maxViewers ?? MAX_VIEWERS, publishers: MAX_PUBLISHERS }, { ...rtc, log: log.scope('node:live') })
  const whip = createWhipSessions({ ring, cameras, log, metrics }, { answerPublisher: (offer, events) => answerPublisher(offer, rtc, events), maxPublishers: places.publishers })
  const ownViewers = createWhepSessions({ log, metrics }, {
    open: renditions.open,
    transcode: init.transcodeViewers ?? false,
    knows: directory.knows,
    ...rtc,
    maxViewers: places.viewers
  })
  const whep = createRingViewers({ own: ownViewers, ring, log })
  metrics.gauge('live_cameras', 'Cameras published to this node.', () => cameras.all().length)
  metrics.gauge('live_relays', 'Cameras relayed from other nodes.', () => relays.count())
  metrics.gauge('live_transcodings', 'Cameras of which H.264 is made for viewers.', () => renditions.count())
  metrics.gauge('recording_cameras', 'Cameras being recorded on this node.', () => cameras.all().filter(({ recorder }) => recorder.recording()).length)
  metrics.gauges('camera_last_durable_timestamp_seconds', 'End of the newest second of a camera of this node that is on disk on as many nodes as the ring asks for, by the capture clock; 0: none since it was attached.', 'camera', () => cameras.all().map(({ camera, recorder }) => [camera.id, (recorder.durable()?.ms ?? 0) / 1000]))
  metrics.gauges('camera_recording', '1 when parts of a camera of this node were made lately.', 'camera', () => cameras.all().map(({ camera, recorder }) => [camera.id, recorder.recording() ? 1 : 0]))
  metrics.gauges('camera_durable_copies', 'On how many nodes the newest second of a camera of this node is.', 'camera', () => cameras.all().map(({ camera, recorder }) => [camera.id, recorder.durable()?.copies ?? 0]))
  const recordingLog = log.scope('node:recording')
  const notes = createLossNotes({ policy: ring.catalog.policy, log: recordingLog })
  const watch = createCameraWatch({ ring, alarms: ring.alarms, cameras: () => cameras.all(), notes, log: recordingLog })
  const { start, stop } = lifecycle([{ start() {}, stop: () => motion.stop?.() }, { start() {}, stop: () => motionNotes.stop?.() }, { start() {}, stop: () => motions.stop?.() }, directory, ingest, watch, createClockNotes({ ring, log: recordingLog }), relays, renditions, whep, whip])
  return {
    whep, whip, desk, open, motionAreas, motions, start, stop,
    published: cameras,
    knows: directory.knows,
    cameras: directory.cameras,
    presence: () => ({ cameras: directory.presence(), viewers: whep.count(), attached: desk.attached() }),
    camerasChanged: directory.changed
  }
}
