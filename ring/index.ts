/** The front door of the ring: what `node/` and `peer/` may use. */
import type { ChunkId, PeerId, RingId } from '#protocols/ids.ts'
import type { Presence } from '#protocols/presence.ts'
import type { RingAlarms } from './alarms/ring-alarms.ts'
import type { Alarms } from './base/alarms.ts'
import type { AbortOptions, Startable } from './base/lifecycle.ts'
import type { Catalog } from './catalog/catalog.ts'
import type { Beyond } from './chunks/beyond.ts'
import type { BlobStore, LocalChunkStore, RepairStatus, RingChunkStore } from './chunks/chunk-store.ts'
import type { Garbage } from './garbage/garbage.ts'
import type { Retention } from './garbage/retention.ts'
import type { Membership } from './network/membership.ts'
import type { Network, Role } from './network/network.ts'
import type { RingMachine } from './network/ring-members.ts'
import type { LayoutAdmin } from './placement/layout-admin.ts'
import type { Placement } from './placement/placement.ts'
import type { Holding } from './replication/copies.ts'
import type { ScrubStatus } from './replication/scrub.ts'
import type { Verification } from './replication/verification.ts'
import type { UploadRecords } from './uploads/ring-uploads.ts'

/** One node's place in a ring, running. */
export interface Ring extends Startable {
  readonly id: RingId
  readonly self: PeerId
  readonly name: string
  readonly network: Network
  readonly membership: Membership
  readonly placement: Placement
  readonly localChunks: LocalChunkStore
  readonly chunks: RingChunkStore
  readonly blobs: BlobStore
  readonly catalog: Catalog
  /** What a person should know of on this node. */
  readonly alarms: Alarms
  /** What a person should know of on any node that answers. */
  readonly ringAlarms: Pick<RingAlarms, 'all' | 'changed'>
  /** What people decide about the ring's nodes. */
  readonly admin: LayoutAdmin
  /** Bring every partition this node owns to its number of copies now; also runs by itself. */
  repair(): Promise<void>
  repairStatus(): RepairStatus
  /** How many of these chunks each member holds; undefined for a member that does not answer. */
  copiesOf(chunks: readonly ChunkId[], options?: AbortOptions): Promise<Holding[]>
  /** Which of these chunks each member says it holds; undefined for a member that does not answer. */
  holdersOf(chunks: readonly ChunkId[], options?: AbortOptions): Promise<ReadonlyArray<{ readonly peerId: PeerId; readonly held: readonly boolean[] | undefined }>>
  /** Have every live node read its disk now and mend what is not whole. */
  readonly verification: Verification
  /** Since when all of these chunks that this node holds are known to be good, in ms; null when one was never read back, or is not whole. */
  lastVerifiedMs(chunks: readonly ChunkId[]): number | null
  scrubStatus(): ScrubStatus
  /** Footage whose time is over, and its end. */
  readonly retention: Pick<Retention, 'run'>
  /** What nothing in the catalog needs any more, and its end. */
  readonly garbage: Pick<Garbage, 'run' | 'status'>
  /** Until what it answers is called, nothing put into the ring from now on is taken for garbage: for whoever stores chunks first and names them in the catalog later. */
  writing(): () => void
  /** How far uploads are that any node goes on with. */
  readonly uploads: UploadRecords
  /** A string that lets `uses` machines in, one unless said otherwise. `expiresMs` from now. @throws InvalidInputError, OverloadedError while the ring's key changes */
  createInvite(role: Role, expiresMs: number, uses?: number): { invite: string; role: Role; uses: number; expiresAt: Date }
  /** Nodes and camera peers, those removed too. */
  machines(): RingMachine[]
  /** Remove a machine (peer id, or name) for good; with a node goes the ring's key. @throws NotFoundError, InvalidInputError */
  revoke(member: string, reason: string): Promise<RingMachine>
  /** Make a new key for the ring; members learn of it by themselves. Answers the public key (hex) and how often it was changed. */
  rotateKey(): Promise<{ ringKey: string; generation: number }>
  /** 32 bytes that every node derives of the ring's key, another for each purpose, and another after a change of the key; undefined while this node waits for the key of now. */
  secret(purpose: string): Uint8Array | undefined
  /** What the heartbeat says beyond disk and layout: set by whoever runs cameras here. */
  describe(read: () => Pick<Presence, 'cameras' | 'viewers' | 'http'>): void
  /** Where bytes are read that were taken off the disks: set by whoever knows the cloud. */
  reachBeyond(beyond: Beyond): void
}

export { createRing } from './ring.ts'
export { joinAsGuest } from './guest.ts'
export { rankNodes } from './placement/rendezvous.ts'
export { DEFAULT_WEIGHT, DEFAULT_WRITE_QUORUM } from './placement/placement.ts'
export type { Alarm, Alarms } from './base/alarms.ts'
export { followAlarms } from './alarms/follow-alarms.ts'
export type { DiskView } from './chunks/disk-health.ts'
export { DEFAULT_REPAIR_BYTES_PER_SECOND } from './replication/repair.ts'
export type { RingFindings, Verification } from './replication/verification.ts'
export type { Network, Caller, MessageStream, RpcProtocol, StreamProtocol } from './network/network.ts'
export type { LayoutEntry } from './network/layout.ts'
export type { RingMachine } from './network/ring-members.ts'
export { DEFAULT_INVITE_USES, parseInvite, readdressInvite } from './identity/invite.ts'
export { IDENTITY_FILE } from './identity/data-folder.ts'
export type { Member, Membership } from './network/membership.ts'
export type { Placement, PlacementNode } from './placement/placement.ts'
export type { BlobStore, RepairStatus } from './chunks/chunk-store.ts'
export type { RetentionFindings } from './garbage/retention.ts'
export { inTrash, purgeAtMs } from './garbage/trash-keeper.ts'
export { HOUR_MS, hourOf } from './catalog/camera-hour.ts'
export { countsMotion } from './catalog/camera-policy.ts'
export type { CameraPolicy, HeardNote, HourNote, KeptRange, Loss, MasterNote, MotionNote, PlanChange, RecordPlan, RetentionRule, SeenNote, WeekRange } from './catalog/camera-policy.ts'
export { checkPlan, checkRetention, DEFAULT_POST_ROLL_SECONDS, DEFAULT_PRE_ROLL_SECONDS, isTimeZone, MAX_POST_ROLL_SECONDS, MAX_PRE_ROLL_SECONDS } from './catalog/plan-entry.ts'
export { type AssetMarks, LABELS, NO_MARKS } from './catalog/asset-marks.ts'
export type { AssetChange, BulkEdit, BulkEditOptions, PatchOf } from './catalog/bulk-edit.ts'
export { distanceOf, hamming, parseHashes, PICTURE_HASH } from './catalog/near-index.ts'
export { knownProbe, LATER_PROBE, laterProbe } from './catalog/known-probe.ts'
export { everyAssetInTurns } from './catalog/every-asset.ts'
export { contentTrait, folderTrait, stemTrait } from './catalog/trait-index.ts'
export type { RecordFields, Records, RingRecord } from './catalog/records.ts'
export type { Beyond } from './chunks/beyond.ts'
export { smallBlob } from './chunks/small-blob.ts'
export { type SearchPage, type SearchQuery, type SearchRequest, type Sort, SORTS } from './catalog/search/search.ts'
export { isRollDocument, ROLLS } from './catalog/roll-entry.ts'
export { decodeRoll, encodeRoll, isPath, type RollFile, type RollGeneration, type RollLine } from './catalog/roll-manifest.ts'
export { checkedPatch } from './catalog/asset-facts.ts'
export { CHUNK_BYTES } from './chunks/chunk-store.ts'
export type { StoredBlob } from './chunks/chunk-store.ts'
export { sharedHasher } from './chunks/thread-hasher.ts'
export type { UploadRecords } from './uploads/ring-uploads.ts'
export { isUploadId, UPLOAD_IDLE_MS, UPLOAD_MEMORY_MS, UPLOAD_PAGE_CHUNKS, uploadExpiresMs } from './uploads/upload-record.ts'
export { type DocumentName, isDocumentName } from './catalog/document-name.ts'
export { chunksUnder, type Reference, type Referrer, referencesOf, referrersInUpdate } from './catalog/references.ts'
export { encodeRecordingManifest, type KnownParts, knownParts, manifestLists, PAGE_PARTS, readParts, spareLists } from './catalog/recording-manifest.ts'
export type {
  Asset, AssetFacts, AssetLocation, PlacedFile, StoredFacts, AssetPage, AssetPatch, AssetQuery, CameraEntry, Catalog, Durability, MediaFacts, NearPair, ReadModel, RecordedStretch, RecordingPart, RecordingSession
} from './catalog/catalog.ts'
