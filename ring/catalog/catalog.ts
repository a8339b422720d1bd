import type { DeviceSettings, VideoSettings } from '#protocols/cameras.ts'
import type { AssetId, CameraId, ChunkId, PeerId } from '#protocols/ids.ts'
import type { Signal } from '../base/emitter.ts'
import type { AbortOptions, Startable } from '../base/lifecycle.ts'
import type { LayoutStore } from '../network/layout.ts'
import type { AssetMarks } from './asset-marks.ts'
import type { BulkEdit, BulkEditOptions, PatchOf } from './bulk-edit.ts'
import type { CameraPolicy, HourNote, RecordedHour } from './camera-policy.ts'
import type { CatalogCopy } from './catalog-copy.ts'
import type { LayoutHistoryStore } from '../placement/layout-version.ts'
import type { Records } from './records.ts'
import type { Referrer } from './references.ts'
import type { Search } from './search/search.ts'

/** Why a document changed. Local changes are gossiped; all but disk ones are persisted. */
export type CatalogOrigin =
  | { source: 'local' }
  | { source: 'gossip'; from: PeerId }
  | { source: 'sync'; from: PeerId }
  | { source: 'disk' }

/** What never changes about an asset: it follows from its bytes and its arrival. Kept as one value. */
export interface AssetFacts {
  readonly id: AssetId
  readonly name: string
  readonly size: number
  /** MIME type found in the bytes, for example `video/mp4`. */
  readonly mime: string
  readonly kind: 'video' | 'audio' | 'image'
  /** Manifest of the original bytes; undefined while they are not in the ring but stay in files (`AssetLocation.file`). */
  readonly blob?: ChunkId | undefined
  readonly importedAtMs: number
  /** Id of the import that first brought it in. */
  readonly batch?: string
  /** When its file was last written, Unix ms, as the file system said when it was found. Unknown of what was uploaded by who did not say. */
  readonly modifiedAtMs?: number | undefined
  readonly probe: MediaFacts
}

/** Facts of an asset whose bytes are in the ring. */
export type StoredFacts = AssetFacts & { readonly blob: ChunkId }

/** What the probe read from the file. Absent when the file does not say. */
export interface MediaFacts extends PictureFacts, CaptureFacts {
  readonly container: string
  readonly durationMs?: number
  /** FFmpeg codec names: h264, hevc, prores, vp9, mjpeg, png… */
  readonly videoCodec?: string
  readonly width?: number
  readonly height?: number
  readonly framesPerSecond?: number
  readonly rotation?: number
  readonly audioCodec?: string
  readonly sampleRate?: number
  readonly channels?: number
  readonly bitsPerSecond?: number
  /** Unix ms. */
  readonly createdAtMs?: number
  /** WGS 84 degrees. */
  readonly gps?: { readonly latitude: number; readonly longitude: number; readonly altitude?: number }
}

/** How its pictures are written. Names are FFmpeg's. */
export interface PictureFacts {
  readonly pixelFormat?: string
  readonly bitDepth?: number
  readonly colourPrimaries?: string
  readonly colourTransfer?: string
  readonly colourMatrix?: string
  readonly colourRange?: string
  /** `HDR10`, `PQ`, `HLG` or `Dolby Vision`. */
  readonly hdr?: string
  /** `progressive`, or which field comes first. */
  readonly fieldOrder?: string
  /** Of its first picture. */
  readonly timecode?: string
  /** Pictures from one keyframe to the next, on average. */
  readonly keyframeEvery?: number
}

/** How, when and where it was taken. */
export interface CaptureFacts {
  /** Where `createdAtMs` was read: `EXIF DateTimeOriginal`, `QuickTime CreateDate`… */
  readonly createdAtSource?: string
  /** `+02:00`, `Europe/Zurich`, `UTC`; `unknown` where nothing says so and UTC was taken. */
  readonly createdAtZone?: string
  readonly cameraMake?: string
  readonly cameraModel?: string
  readonly lens?: string
  readonly iso?: number
  /** As people write it: `1/250`. */
  readonly shutter?: string
  readonly aperture?: number
  /** Millimetres. */
  readonly focalLength?: number
  /** City, region and country of its position. */
  readonly place?: string
  /** ISO 3166, two letters. */
  readonly country?: string
  /** What an iPhone writes into both halves of a live photo. */
  readonly contentId?: string
}

/** Where the file was when it was imported, or where it is. */
export interface AssetLocation {
  readonly node: PeerId
  readonly path: string
  /** There when the node watches over the file where it lies: its bytes can be read there. */
  readonly file?: PlacedFile | undefined
}

/** A file that stays where it is, as its node last saw it. Its size is the asset's. */
export interface PlacedFile {
  /** Unix ms, whole. */
  readonly modifiedAtMs: number
  /** Since when it is not there, or is another file, Unix ms. */
  readonly missingSinceMs?: number | undefined
}

/** One asset as read from its document. */
export interface Asset {
  readonly facts: AssetFacts
  readonly title: string
  /** 0 (none) to 5. */
  readonly rating: number
  readonly tags: readonly string[]
  readonly notes: string
  readonly marks: AssetMarks
  /** Ids of the albums it is in. */
  readonly albums: readonly string[]
  /** People's own fields. */
  readonly fields: Readonly<Record<string, string>>
  readonly locations: readonly AssetLocation[]
  readonly poster: ChunkId | undefined
  /** What was made of the original, by name (`sprite`, `waveform`, `metadata`…), as blobs. */
  readonly made: Readonly<Record<string, ChunkId>>
  /** Files that lay beside the original and belong to it (`.xmp`, `.srt`, `.thm`…), by their names, as blobs. */
  readonly sidecars: Readonly<Record<string, ChunkId>>
  /** What programs found out about it after it was imported (`phash`, `span`…), as text. */
  readonly found: Readonly<Record<string, string>>
  /** When its bytes were last read back from a cloud tier and were right, by tier, Unix ms. */
  readonly cloud: Readonly<Record<string, number>>
  /** Its bytes were taken off the ring's disks: they lie in the cloud only. */
  readonly away: boolean
  /** When they were last brought back from there onto the ring's disks, Unix ms. */
  readonly recalledAtMs?: number | undefined
  readonly deletedAtMs: number | undefined
  /** Unix ms of the newest edit a person made. */
  readonly editedAtMs: number
}

/** Fields to change; tags are added and removed one by one so that both sides of a cut keep theirs. */
export interface AssetPatch {
  title?: string
  rating?: number
  notes?: string
  /** The text that `notes` was made of by whoever typed: what others wrote since is kept. Without it `notes` takes the place of all. */
  notesBase?: string
  addTags?: string[]
  removeTags?: string[]
  /** The empty text takes a mark away. */
  marks?: Partial<AssetMarks>
  addAlbums?: string[]
  removeAlbums?: string[]
  /** The empty text takes a field away. */
  fields?: Readonly<Record<string, string>>
  poster?: ChunkId
  /** The empty text takes one away. */
  made?: Readonly<Record<string, ChunkId | ''>>
  /** As `made`, of what a person wrote: an edit of theirs. */
  written?: Readonly<Record<string, ChunkId | ''>>
  /** The empty text takes one away. */
  found?: Readonly<Record<string, string>>
  /** As `found`, of what a person decided: an edit of theirs. */
  decided?: Readonly<Record<string, string>>
  /** 0: no longer there. */
  cloud?: Readonly<Record<string, number>>
  away?: boolean
  recalledAtMs?: number
  /** `null` takes one away. */
  sidecars?: Readonly<Record<string, ChunkId | null>>
  deleted?: boolean
}

/** A camera the ring has seen. */
export interface CameraEntry {
  readonly id: CameraId
  readonly name: string
  readonly source: string
  readonly createdAtMs: number
  readonly record: boolean
  /** False when it was stopped by order: its machine is told so again when it comes back. @default true */
  readonly enabled?: boolean
  /** What its device was set to by order: its machine is told so again. */
  readonly device?: DeviceSettings
  /** How its picture is to be encoded by order: its machine is told so again. */
  readonly video?: VideoSettings
}

/** At most about a second of one recording, one fragmented-MP4 fragment, on disk on `copies` nodes. */
export interface RecordingPart {
  /** Capture time, Unix ms. */
  readonly startMs: number
  readonly durationMs: number
  readonly bytes: number
  readonly chunks: readonly ChunkId[]
  /** Starts with a keyframe. */
  readonly key: boolean
  readonly copies: number
  /** When its first picture came, by the clock of the node that recorded it, Unix ms. Capture time is the camera's; this is the node's. Absent in older recordings. */
  readonly arrivedMs?: number
}

/** One unbroken run of recording by one node within one UTC hour. Only that node writes it. */
export interface RecordingSession {
  readonly camera: CameraId
  /** `2026-11-22T17`, UTC. */
  readonly hour: string
  /** Unique. */
  readonly session: string
  readonly node: PeerId
  readonly startMs: number
  readonly endMs: number
  readonly bytes: number
  /** Codec string of RFC 6381, for example `avc1.42E01F,opus`. */
  readonly codecs: string
  readonly width: number
  readonly height: number
  /** Chunk with ftyp and moov. */
  readonly init: ChunkId
  /** Chunk of older parts (recording manifest), when there are any. */
  readonly manifest: ChunkId | undefined
  /** Chunks that list what the manifest does, for when that is lost; absent while it grows, and where its node died. */
  readonly spare?: readonly ChunkId[]
  /** The newest parts, not yet in the manifest. */
  readonly tail: readonly RecordingPart[]
  /** Why it ended; undefined while it grows, or when its node died. */
  readonly ended: string | undefined
}

/** When and where something was recorded. */
export type RecordedStretch = Pick<RecordingSession, 'session' | 'node' | 'startMs' | 'endMs' | 'ended'>

/** How many nodes have an edit on disk. */
export interface Durability {
  readonly copies: number
}

export interface AssetQuery {
  text?: string
  kind?: 'video' | 'audio' | 'image'
  /** Id of the import that first brought it in. */
  batch?: string
  /** Only assets that are in one of these albums; none when there are none. @default any */
  albums?: readonly string[]
  /** From the last page. */
  cursor?: string
  /** 1 to 500. @default 60 */
  limit?: number
}

/** Two assets that look alike; `distance` in bits of 64. */
export interface NearPair {
  readonly assets: readonly [Asset, Asset]
  readonly distance: number
}

export interface AssetPage {
  readonly assets: Asset[]
  /** Assets that match, all pages together. */
  readonly total: number
  readonly cursor: string | undefined
}

/** The derived index of the documents. Synchronous, local, disposable. */
export interface ReadModel {
  assets(query: AssetQuery): AssetPage
  /** Deleted assets that can be restored, the newest deletion first; `bytes` are of all of them. */
  trash(query: Pick<AssetQuery, 'cursor' | 'limit'>): AssetPage & { readonly bytes: number }
  asset(id: AssetId): Asset | undefined
  /** Those whose file is called exactly so and has so many bytes, by id, at most 500. */
  named(name: string, size: number): Asset[]
  /** The asset of this blob whose bytes are not on the ring's disks. */
  awayAsset(blob: ChunkId): Asset | undefined
  /** Assets of one trait (`folderTrait`, `stemTrait`, `contentTrait`), at most `limit`, by id. */
  sharing(trait: string, limit?: number): Asset[]
  /** Pairs that look alike, the most alike first. */
  nearPairs(query: { offset?: number; limit?: number }): { readonly pairs: NearPair[]; readonly total: number }
  /** Sessions of a camera that overlap `[fromMs, toMs)`, oldest first. */
  recordings(camera: CameraId, fromMs: number, toMs: number): RecordingSession[]
  /** Hours (UTC, `2026-11-22T17`) in which a camera has recordings, oldest first. */
  recordedHours(camera: CameraId): string[]
  /** As `recordings`, without their parts. */
  stretches(camera: CameraId, fromMs: number, toMs: number): RecordedStretch[]
  /** When the first recording of a camera begins. */
  firstRecordedMs(camera: CameraId): number | undefined
  /** What is recorded of a camera in each hour, oldest first. */
  hourSizes(camera: CameraId): RecordedHour[]
  /** Notes of the hours that overlap `[fromMs, toMs)`, and of those with changes of the plan the newest hour before and the oldest after. */
  notes(camera: CameraId, fromMs: number, toMs: number): HourNote[]
  counts(): { assets: number; bytes: number; tags: Array<{ tag: string; assets: number }> }
}

/** The catalog behind typed verbs. Every write resolves when it is on disk here and, where another node lives, there too. */
export interface Catalog extends Startable, LayoutStore, LayoutHistoryStore {
  /** Adds the asset, or only its location, and its blob when it had none, when its bytes are known already. A deleted one comes back. */
  addAsset(facts: AssetFacts, location: AssetLocation, poster?: ChunkId): Promise<Durability & { created: boolean }>
  /** Says of a file that stays where it is how it is now; a location without `file` is taken away. @throws NotFoundError */
  placeFile(id: AssetId, location: AssetLocation): Promise<Durability>
  /** @throws NotFoundError */
  editAsset(id: AssetId, patch: AssetPatch): Promise<Asset>
  /** As one step: one transaction for all that share a document. What one document refuses is told beside what the others took. @throws InvalidInputError */
  editAssets(ids: readonly AssetId[], patch: PatchOf, options?: BulkEditOptions): Promise<BulkEdit>
  asset(id: AssetId): Promise<Asset | undefined>
  /** Give up an asset for good, deleted before or not. Its bytes go when every node agrees that nothing needs them. @throws NotFoundError */
  purgeAsset(id: AssetId): Promise<void>
  /** Gives up for good those that are still deleted as they were seen, with one edit per document: what came back since stays. Answers how many. */
  purgeTrash(seen: readonly Asset[], options?: AbortOptions): Promise<number>
  /** How long deleted assets can be restored, in days: one for the ring, kept in the root document. */
  trashDays(): number
  /** @throws InvalidInputError */
  setTrashDays(days: number): Promise<Durability>
  /** Everything that needs chunks, read from the documents themselves, one after the other. @throws CatalogIncompleteError when one can not be read whole */
  referrers(): AsyncGenerator<Referrer>
  /** Purged assets of which more than a tombstone is left. */
  unstripped(): AsyncGenerator<AssetId>
  /** Leave only tombstones of these, those that are still purged. */
  strip(ids: readonly AssetId[]): Promise<void>
  putRecording(session: RecordingSession): Promise<Durability>
  cameras(): CameraEntry[]
  /** What is to be recorded and kept of cameras, and what was noted about it. */
  readonly policy: CameraPolicy
  /** Small records of the ring's people: accounts, albums, saved searches… */
  readonly records: Records
  /** Documents whose assets, recordings and notes are not in the index yet. */
  unindexed(): number
  putCamera(camera: CameraEntry): Promise<Durability>
  readonly index: ReadModel
  /** Of all assets, on a thread of its own. */
  readonly search: Search
  /** Ids that changed, from wherever. */
  readonly assetsChanged: Signal<AssetId[]>
  readonly recordingsChanged: Signal<CameraId[]>
  readonly camerasChanged: Signal<void>
  /** Hex digest of the layout, for the heartbeat. */
  layoutDigest(): string
  /** For backup and restore. */
  readonly copy: CatalogCopy
  /** Compare digests with this member and exchange what either lacks. */
  syncWith(peer: PeerId): Promise<void>
}
