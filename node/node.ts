import { join } from 'node:path'
import type { ChunkId } from '#protocols/ids.ts'
import type { Device } from '#protocols/media.ts'
import { createRing, readdressInvite, type Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { createAccounts } from './accounts/accounts.ts'
import type { NodeConfig } from './config.ts'
import { reachableUrl } from './http/listen-address.ts'
import { createOutside } from './events/outside.ts'
import { createBroadcasts } from './http/broadcasts.ts'
import { addressRoutes } from './http/routes/addresses.ts'
import { backupRoutes } from './http/routes/backup.ts'
import { cameraControlRoutes } from './http/routes/camera-control.ts'
import { deviceList, deviceRoutes } from './http/routes/devices.ts'
import { footageRoutes } from './http/routes/footage.ts'
import { hlsRoutes } from './http/routes/hls.ts'
import { pictureRoutes } from './http/routes/pictures.ts'
import { playbackRoutes } from './http/routes/playback.ts'
import { retentionRoutes } from './http/routes/retention.ts'
import { shareRoutes } from './http/routes/share.ts'
import { seedRoutes } from './http/routes/seed/seed.ts'
import { thumbnailRoutes } from './http/routes/thumbnails.ts'
import { liveAt } from './http/routes/live-http.ts'
import { whepRoutes } from './http/routes/whep.ts'
import { whipRoutes } from './http/routes/whip.ts'
import { workflowRoutes } from './http/routes/workflows.ts'
import { createHttpServer, type HttpServerInit } from './http/server.ts'
import type { Copies } from './http/views.ts'
import { createJobJournal } from './jobs/job-journal.ts'
import { createJobs } from './jobs/jobs.ts'
import { createRingJobs } from './jobs/ring-jobs.ts'
import { createLibrary } from './library/library.ts'
import { createLive } from './live/live.ts'
import { serversToTell } from './live/webrtc/turn-credentials.ts'
import { createCameraSettings } from './recording/camera-settings.ts'
import { createLedgers } from './recording/ledgers.ts'
import { createMasters } from './recording/masters/masters.ts'
import { createHls } from './outputs/hls/hls.ts'
import { createPictures } from './outputs/pictures/pictures.ts'
import { createThumbnails } from './outputs/pictures/thumbnails.ts'
import { createRtspServer, type RtspServer } from './outputs/rtsp/server.ts'
import { createGroupEncoder } from './recording/cut/group-encoder.ts'
import { createUnderstanding } from './understanding/understanding.ts'
import { createMoreActions } from './workflows/more-actions.ts'
import { createNodeActions } from './workflows/node-actions.ts'
import { createWorkflows } from './workflows/workflows.ts'
import { motionsOf } from './recording/motions.ts'
import { createRecordings } from './recording/recordings.ts'

/** The cameras of this machine have to have come in by then, in ms; afterwards they are known. @default 600000 */
export const CAMERA_INVITE_MS = 600_000

/** A node that runs, and what it says when it is ready. */
export interface ThatDamNode extends Startable {
  ready(): { name: string; peerId: string; ringId: string; http: string; listen: string[]; rtsp?: string; fingerprint?: string }
  /** An invite for the cameras of this machine: a new one, or one that was used already, with the addresses of now. @throws InvalidInviteError */
  inviteCameras(used?: string): string
  /** What would be left behind if this machine left its ring; undefined: it is alone in it, and nothing was ever put in. */
  whyKept(): string | undefined
}

export interface NodeComponents {
  readonly log: Logger
  /** Called once in the life of a data folder, with the only copy of the admin token. */
  readonly onToken: (token: string) => void
  /** Called when somebody is at the page and nobody has an account yet, with the one-time code that makes the first one. */
  readonly onSetupCode: (code: string) => void
  readonly version: string
  /** What this machine itself could capture from; lent by who knows cameras. */
  readonly ownDevices?: (() => Promise<Device[]>) | undefined
  /** Told of every route before there is one: for tests that walk them. */
  readonly onRoute?: HttpServerInit['onRoute']
}

/** The capture daemon: a place in the ring, live cameras, the library and the server, started in this order and stopped in reverse. */
export async function createNode(config: NodeConfig, { log, onToken, onSetupCode, version, ownDevices, onRoute }: NodeComponents): Promise<ThatDamNode> {
  const metrics = createMetrics()
  const ring = await createRing({ log, metrics }, {
    dir: config.data, listen: config.listen, invite: config.join, name: config.name, zone: config.zone, weight: config.weight, mdns: config.mdns,
    repair: { ...(config.repairAfterMs && { repairAfterMs: config.repairAfterMs }), ...(config.rebalanceBytesPerSecond && { bytesPerSecond: config.rebalanceBytesPerSecond }) },
    scrub: { periodMs: config.scrubPeriodMs },
    garbage: { graceMs: config.garbageGraceMs }
  })
  const iceServers = config.iceServers ?? []
  const tellIce = serversToTell(iceServers, config.turnSecret)
  try {
    const live = createLive({ ring, log, metrics }, { iceServers, iceTcp: config.iceTcp === true, transcodeViewers: config.transcodeViewers === true, ...(config.maxViewers !== undefined && { maxViewers: config.maxViewers }), ...(ownDevices && { ownDevices }) })
    const encoder = createGroupEncoder()
    const recordings = createRecordings({ ring, encoder })
    const thumbnails = createThumbnails({ recordings, metrics })
    const settings = createCameraSettings({ ring, log })
    const jobs = createJobs({ node: ring.name, log, journal: createJobJournal({ folder: join(config.data, 'jobs'), log }) })
    const ringJobs = createRingJobs({ ring, jobs, log })
    const library = createLibrary({ ring, jobs, log }, { data: config.data, version })
    const { spool, folders, organise, rolls, verifications } = library
    const { awareness } = organise
    const outside = createOutside({ ring, jobs, cameras: () => live.presence().cameras, metrics, log }, config)
    const actions = createNodeActions({ ring, jobs, scans: folders.scans, verifications, recordings, more: createMoreActions({ catalog: ring.catalog, jobs, parts: folders, organise, rolls }) })
    const workflows = createWorkflows({ ring, jobs, actions, events: outside.events, log })
    const masters = createMasters({ ring, spool, importer: library.plainImporter, disk: () => ring.localChunks.disk(), log: log.scope('node:recording') })
    const understanding = createUnderstanding({ ring, jobs, library, recordings, live, events: outside, metrics, log }, config)
    const pictures = createPictures({ log, metrics }, { open: live.open, knows: live.knows })
    const hls = createHls({ log, metrics }, { open: live.open, knows: live.knows })
    const accounts = createAccounts({ ring, log, onSetupCode }, { folder: config.data })
    const plugins = [
      shareRoutes({ accounts, ring, albums: organise.albums, originals: folders.originals, copies: library.copies }),
      whepRoutes({ whep: live.whep, tellIce }), whipRoutes({ whip: live.whip, tellIce }), hlsRoutes({ hls }), pictureRoutes({ pictures }), addressRoutes({ knows: live.knows, rtsp: () => rtsp?.url }),
      deviceRoutes({ desk: live.desk, cameras: live.cameras, catalog: ring.catalog }), cameraControlRoutes({ desk: live.desk, cameras: live.cameras, catalog: ring.catalog, members: () => ring.membership.members(), expect: (id, expected) => settings.change(id, { record: { away: !expected } }) }),
      playbackRoutes({ recordings }), thumbnailRoutes({ thumbnails }), retentionRoutes({ ring }), backupRoutes({ ring }),
      footageRoutes({ ledgers: createLedgers({ ring }), settings, masters, recordings, motions: (camera, fromMs, toMs) => motionsOf(ring.catalog.index, camera, fromMs, toMs) }),
      ...library.routes, ...understanding.routes, ...outside.routes,
      workflowRoutes({ workflows, ringJobs, actions }),
      seedRoutes({ actions, jobs, ringJobs, importer: library.importer, spool, catalog: ring.catalog, motions: understanding.motions, vectors: understanding.vectors, settings, self: ring.self, devices: () => deviceList(live.desk) })
    ]
    const http = createHttpServer(
      { ring, edits: organise.edits, pages: { heard: awareness.heard, left: awareness.left, greet: () => [{ type: 'people', people: awareness.people() }] }, importer: library.importer, spool, jobs, scans: folders.scans, originals: folders.originals, verifications, ringJobs, lastVerifiedMs: ring.lastVerifiedMs, cameras: live.cameras, recordings: recordings.list, copiesOf: (blob) => copiesOf(ring, blob), metrics, log, accounts, onAnswered: outside.answered },
      { listen: config.http, version, origins: config.allowOrigins ?? [], trustedProxies: config.trustedProxies ?? [], members: () => otherPages(ring), plugins, hasLive: (path) => liveAt(path, live), ...(onRoute && { onRoute }), ...(config.auth ? { auth: { folder: config.data, onToken } } : {}), ...(config.tls && { tls: { init: config.tls, folder: config.data } }) }
    )
    const rtsp: RtspServer | undefined = config.rtsp === undefined ? undefined : createRtspServer({ log, metrics }, { listen: config.rtsp, open: live.open, knows: live.knows, authorize: http.checkWatcher })
    ring.describe(() => ({ ...live.presence(), http: reachableUrl(http.url) }))
    const { start, stop } = lifecycle([ring, outside, library, live, settings, masters, pictures, thumbnails, encoder, hls, understanding, workflows, accounts, http, ...(rtsp === undefined ? [] : [rtsp]), createBroadcasts({ ring, live, jobs: [jobs], http, awareness })])
    return {
      start, stop,
      inviteCameras: (used) => used === undefined ? ring.createInvite('peer', CAMERA_INVITE_MS).invite : readdressInvite(used, ring.network.addresses()),
      whyKept: () => whyKept(ring),
      ready: () => ({ name: ring.name, peerId: ring.self, ringId: ring.id, http: http.url, listen: ring.network.addresses(), ...(rtsp === undefined ? {} : { rtsp: rtsp.url }), ...(http.fingerprint && { fingerprint: http.fingerprint }) })
    }
  } catch (err) {
    await ring.stop()
    throw err
  }
}

function whyKept(ring: Ring): string | undefined {
  const { catalog, self, membership } = ring
  if (catalog.unindexed() > 0) return 'its lists are being built'
  if (membership.members().some(({ peerId }) => peerId !== self) || ring.machines().some(({ peerId }) => peerId !== self)) return 'other machines are or were in it'
  if (catalog.cameras().length > 0) return 'it knows cameras'
  const assets = catalog.index.counts().assets + catalog.index.trash({ limit: 1 }).total
  return assets > 0 ? `it holds ${assets} ${assets === 1 ? 'asset' : 'assets'}` : undefined
}

/** Where the other nodes of the ring serve their pages. */
const otherPages = (ring: Ring): string[] => ring.membership.members().flatMap(({ self, presence }) => self || presence === undefined || presence.http === '' ? [] : [presence.http])

async function copiesOf(ring: Ring, blob: ChunkId): Promise<Copies[]> {
  const { chunks } = await ring.blobs.stat(blob)
  const holdings = await ring.copiesOf(chunks)
  return holdings.flatMap(({ peerId, chunks: held }) => held === undefined ? [] : [{ peerId, chunks: held }])
}
