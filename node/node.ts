import { join } from 'node:path'
import type { ServerEvent } from '#protocols/http.ts'
import type { ChunkId } from '#protocols/ids.ts'
import type { Device } from '#protocols/media.ts'
import { createRing, readdressInvite, type Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { createAccounts } from './accounts/accounts.ts'
import type { NodeConfig } from './config.ts'
import { reachableUrl } from './http/listen-address.ts'
import { addressRoutes } from './http/routes/addresses.ts'
import { backupRoutes } from './http/routes/backup.ts'
import { cameraControlRoutes } from './http/routes/camera-control.ts'
import { cloudRoutes } from './http/routes/cloud.ts'
import { deviceList, deviceRoutes } from './http/routes/devices.ts'
import { createFolderParts } from './folders/parts.ts'
import { folderRoutes } from './http/routes/folders.ts'
import { footageRoutes } from './http/routes/footage.ts'
import { hlsRoutes } from './http/routes/hls.ts'
import { organiseRoutes } from './http/routes/organise/organise.ts'
import { pictureRoutes } from './http/routes/pictures.ts'
import { playbackRoutes } from './http/routes/playback.ts'
import { savedSearchRoutes } from './http/routes/saved-searches.ts'
import { searchRoutes } from './http/routes/search.ts'
import { retentionRoutes } from './http/routes/retention.ts'
import { rollRoutes } from './http/routes/rolls.ts'
import { shareRoutes } from './http/routes/share.ts'
import { seedRoutes } from './http/routes/seed/seed.ts'
import { thumbnailRoutes } from './http/routes/thumbnails.ts'
import { tusRoutes } from './http/routes/tus.ts'
import { webhookRoutes } from './http/routes/webhooks.ts'
import { whepRoutes } from './http/routes/whep.ts'
import { whipRoutes } from './http/routes/whip.ts'
import { createCloud } from './cloud/cloud.ts'
import { workflowRoutes } from './http/routes/workflows.ts'
import { createHttpServer, type HttpServer } from './http/server.ts'
import type { Copies } from './http/views.ts'
import { createJobJournal } from './jobs/job-journal.ts'
import { derivedRoutes } from './http/routes/derived.ts'
import { duplicateRoutes } from './http/routes/duplicates.ts'
import { createBlobDoor } from './derive/blob-door.ts'
import { createDerivations } from './derive/derivations.ts'
import { createDeriveProcesses } from './derive/derive-process.ts'
import { createMaker } from './derive/makers.ts'
import { createJobs, type Jobs } from './jobs/jobs.ts'
import { createDeepProber } from './library/deep/deep-prober.ts'
import { createExif } from './library/deep/exif.ts'
import { createRingJobs } from './jobs/ring-jobs.ts'
import { createImporter } from './library/importer.ts'
import { createProber } from './library/probe.ts'
import { createSharedCopies } from './library/shared-copies.ts'
import { createSpool } from './library/spool.ts'
import { createVerifyJobs } from './library/verify-jobs.ts'
import { createLive, type Live } from './live/live.ts'
import { createRollReports } from './offload/report/roll-reports.ts'
import { createRolls } from './offload/rolls.ts'
import { serversToTell } from './live/webrtc/turn-credentials.ts'
import { createCameraSettings } from './recording/camera-settings.ts'
import { createLedgers } from './recording/ledgers.ts'
import type { Awareness } from './organise/awareness.ts'
import { createOrganise } from './organise/organise.ts'
import { createMasters } from './recording/masters/masters.ts'
import { createHls } from './outputs/hls/hls.ts'
import { createPictures } from './outputs/pictures/pictures.ts'
import { createThumbnails } from './outputs/pictures/thumbnails.ts'
import { createRtspServer, type RtspServer } from './outputs/rtsp/server.ts'
import { createGroupEncoder } from './recording/cut/group-encoder.ts'
import { createAmqpBridge } from './events/bridges/amqp.ts'
import { createMqttBridge } from './events/bridges/mqtt.ts'
import { createEventBus } from './events/events.ts'
import { createEventSources } from './events/sources/sources.ts'
import { createDeliveryQueue } from './events/webhooks/delivery-queue.ts'
import { createWebhooks } from './events/webhooks/webhooks.ts'
import { measure } from './measure.ts'
import { createMoreActions } from './workflows/more-actions.ts'
import { createNodeActions } from './workflows/node-actions.ts'
import { createWorkflows } from './workflows/workflows.ts'
import { motionsOf } from './recording/motions.ts'
import { createRecordings } from './recording/recordings.ts'
import { createUploads } from './uploads/uploads.ts'

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
}

/** The capture daemon: a place in the ring, live cameras, the library and the server, started in this order and stopped in reverse. */
export async function createNode(config: NodeConfig, { log, onToken, onSetupCode, version, ownDevices }: NodeComponents): Promise<ThatDamNode> {
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
    const exif = createExif({ log })
    const prober = createDeepProber({ prober: createProber({ log }), exif, folder: join(config.data, 'tmp') })
    const spool = createSpool({ folder: join(config.data, 'tmp'), disk: () => ring.localChunks.disk(), advice: () => whereElse(ring) })
    const plainImporter = createImporter({ blobs: ring.blobs, catalog: ring.catalog, prober, self: ring.self, writing: ring.writing, log })
    const jobs = createJobs({ node: ring.name, log, journal: createJobJournal({ folder: join(config.data, 'jobs'), log }) })
    const organise = createOrganise({ ring, originals: { read: (...what) => folders.originals.read(...what) }, jobs }, { data: config.data })
    const importer = organise.importing(plainImporter)
    const { awareness } = organise
    const uploads = createUploads({ ring, spool, importer, log: log.scope('node:uploads') })
    const folders = createFolderParts({ ring, importer, jobs, log }, { dataFolder: config.data })
    const cloud = createCloud({ ring, originals: folders.originals, jobs, log: log.scope('node:cloud') })
    const verifications = createVerifyJobs({ ring, originals: folders.originals, jobs })
    const bus = createEventBus({ node: ring.name })
    const webhooks = createWebhooks({ records: ring.catalog.records, events: bus.events, queue: createDeliveryQueue({ folder: join(config.data, 'webhooks'), log }), metrics, log })
    const bridges = [...config.mqtt === undefined ? [] : [createMqttBridge({ url: config.mqtt, events: bus.events, log })], ...config.amqp === undefined ? [] : [createAmqpBridge({ url: config.amqp, events: bus.events, log })]]
    const sources = createEventSources({ ring, bus, jobs: [jobs], cameras: () => live.presence().cameras, log })
    const measured = measure({ metrics, jobs, index: ring.catalog.index, events: bus.events, bridges })
    const rolls = createRolls({ ring, importer, jobs, version, log })
    const actions = createNodeActions({ ring, jobs, scans: folders.scans, verifications, recordings, more: createMoreActions({ catalog: ring.catalog, jobs, parts: folders, organise, rolls }) })
    const workflows = createWorkflows({ ring, jobs, actions, events: bus.events, log })
    const ringJobs = createRingJobs({ ring, jobs, log })
    const door = createBlobDoor()
    const processes = createDeriveProcesses()
    const derivations = createDerivations({ ring, jobs, make: createMaker({ blobs: ring.blobs, originals: folders.originals, door, processes, exif, folder: join(config.data, 'tmp') }), log: log.scope('node:derive') })
    const masters = createMasters({ ring, spool, importer: plainImporter, disk: () => ring.localChunks.disk(), log: log.scope('node:recording') })
    const pictures = createPictures({ log, metrics }, { open: live.open, knows: live.knows })
    const hls = createHls({ log, metrics }, { open: live.open, knows: live.knows })
    const accounts = createAccounts({ ring, log, onSetupCode }, { folder: config.data })
    const copies = createSharedCopies({ spool, log: log.scope('node:library') }, { folder: join(config.data, 'shared') })
    const plugins = [
      shareRoutes({ accounts, ring, originals: folders.originals, copies }),
      whepRoutes({ whep: live.whep, tellIce }), whipRoutes({ whip: live.whip, tellIce }), hlsRoutes({ hls }), pictureRoutes({ pictures }), addressRoutes({ knows: live.knows, rtsp: () => rtsp?.url }),
      deviceRoutes(live), cameraControlRoutes({ desk: live.desk, cameras: live.cameras, catalog: ring.catalog, members: () => ring.membership.members(), expect: (id, expected) => settings.change(id, { record: { away: !expected } }) }),
      playbackRoutes({ recordings }), thumbnailRoutes({ thumbnails }), retentionRoutes({ ring }), backupRoutes({ ring }),
      footageRoutes({ ledgers: createLedgers({ ring }), settings, masters, recordings, motions: (camera, fromMs, toMs) => motionsOf(ring.catalog.index, camera, fromMs, toMs) }),
      cloudRoutes({ cloud, catalog: ring.catalog }),
      organiseRoutes({ organise, node: ring.name, catalog: ring.catalog }),
      tusRoutes({ uploads }),
      folderRoutes({ ring, parts: folders }),
      rollRoutes({ rolls, reports: createRollReports({ ring, rolls }), blobs: ring.blobs }),
      derivedRoutes({ ring, derivations }), duplicateRoutes({ ring }),
      searchRoutes({ ring }), savedSearchRoutes({ ring }),
      workflowRoutes({ workflows, ringJobs, actions }),
      webhookRoutes({ webhooks }),
      seedRoutes({ actions, jobs, ringJobs, importer, spool, catalog: ring.catalog, devices: () => deviceList(live.desk) })
    ]
    const http = createHttpServer(
      { ring, edits: organise.edits, pages: { heard: awareness.heard, left: awareness.left, greet: () => [{ type: 'people', people: awareness.people() }] }, importer, spool, jobs, scans: folders.scans, originals: folders.originals, verifications, ringJobs, lastVerifiedMs: ring.lastVerifiedMs, cameras: live.cameras, recordings: recordings.list, copiesOf: (blob) => copiesOf(ring, blob), metrics, log, accounts, onAnswered: measured.answered },
      { listen: config.http, version, origins: config.allowOrigins ?? [], members: () => otherPages(ring), plugins, ...(config.auth ? { auth: { folder: config.data, onToken } } : {}), ...(config.tls && { tls: { init: config.tls, folder: config.data } }) }
    )
    const rtsp: RtspServer | undefined = config.rtsp === undefined ? undefined : createRtspServer({ log, metrics }, { listen: config.rtsp, open: live.open, knows: live.knows, authorize: http.checkWatcher })
    ring.describe(() => ({ ...live.presence(), http: reachableUrl(http.url) }))
    const { start, stop } = lifecycle([ring, prober, spool, uploads, live, settings, masters, pictures, thumbnails, encoder, hls, organise, rolls, door, processes, folders, webhooks, ...bridges, measured, sources, jobs, cloud, derivations, workflows, accounts, copies, http, ...(rtsp === undefined ? [] : [rtsp]), events(ring, live, [jobs], http, awareness)])
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

/** What changes anywhere in the node, told to every open page. */
function events(ring: Ring, live: Live, jobs: ReadonlyArray<Pick<Jobs, 'changed'>>, http: HttpServer, awareness: Pick<Awareness, 'changed'>): Startable {
  const leave: Array<() => void> = []
  const tell = (event: ServerEvent) => (): void => http.broadcast(event)
  return {
    start() {
      leave.push(
        ring.membership.changed.on(tell({ type: 'ring' })),
        ring.catalog.layoutChanged.on(tell({ type: 'ring' })),
        ring.catalog.historyChanged.on(tell({ type: 'ring' })),
        live.camerasChanged.on(tell({ type: 'cameras' })),
        ring.ringAlarms.changed.on(tell({ type: 'alarms' })),
        awareness.changed.on((people) => http.broadcast({ type: 'people', people })),
        ring.catalog.records.changed.on((kind) => http.broadcast({ type: 'records', kind })),
        ring.catalog.assetsChanged.on((ids) => http.broadcast({ type: 'assets', ids })),
        ring.catalog.recordingsChanged.on((cameras) => { for (const camera of cameras) http.broadcast({ type: 'recordings', camera }) }),
        ...jobs.map(({ changed }) => changed.on((job) => http.broadcast({ type: 'job', job })))
      )
    },
    stop() {
      for (const end of leave.splice(0)) end()
    }
  }
}

/** Where to go with what this node can not take. */
function whereElse(ring: Ring): string {
  const others = ring.membership.members().filter(({ self, alive, presence }) => !self && alive && presence?.acceptsWrites === true && presence.http !== '')
  return others.length === 0 ? 'Free some space, or add a node.' : `Upload it to ${others.map(({ name, presence }) => `${name} (${presence?.http})`).join(' or ')}.`
}

/** Where the other nodes of the ring serve their pages. */
const otherPages = (ring: Ring): string[] => ring.membership.members().flatMap(({ self, presence }) => self || presence === undefined || presence.http === '' ? [] : [presence.http])

async function copiesOf(ring: Ring, blob: ChunkId): Promise<Copies[]> {
  const { chunks } = await ring.blobs.stat(blob)
  const holdings = await ring.copiesOf(chunks)
  return holdings.flatMap(({ peerId, chunks: held }) => held === undefined ? [] : [{ peerId, chunks: held }])
}
