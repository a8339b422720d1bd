import type { AlbumView, ApiKeyList, AuditList, BatchList, BatchView, FolderList, LinkList, ModelList, ModelView, RollFiles, RollList, RollView, SafeView, TakeAngleView, TakeList, TakeView, TierList, UserList, WebhookList } from '#protocols/http.ts'

const HOUR_MS = 3_600_000
const now = Date.now()

/** One album filled by hand, and one that a rule fills. */
export const fakeAlbums = (): AlbumView[] => [
  { id: 'album-0', name: 'Selects', kind: 'manual', parent: null, project: null, cover: null, rule: null, sort: 'newest', path: 'Selects', assets: 3, problem: null },
  { id: 'album-1', name: 'Harbour', kind: 'rule', parent: 'album-0', project: null, cover: null, rule: 'tag:harbour', sort: 'name', path: 'Selects/Harbour', assets: 1, problem: null }
]

const RULE = { nodes: 2, zones: 2 }
const roll: RollView = {
  id: 'roll-0', name: 'A001', node: 'alder', zone: 'studio', card: '/media/A001', state: 'done', startedMs: now - HOUR_MS, endedMs: now - HOUR_MS + 90_000, files: 2, bytes: 48_000_000, clips: 1, failed: 0, leftOnCard: 0, failures: [], verify: 'source+copy',
  sourceReads: { direct: 2, cached: 0 }, hashes: ['xxh64', 'c4'], to: ['/mnt/raid/A001'], operator: 'Second Unit', location: '', comment: '', generations: 1, album: 'album-0', jobId: ''
}
const safe: SafeView = { safe: false, rule: RULE, files: 2, safeFiles: 1, reasons: ['1 of 2 files has one verified copy: cedar does not answer'], nodes: [{ node: 'alder', zone: 'studio', alive: true, files: 2 }, { node: 'cedar', zone: 'barn', alive: false, files: 1 }], checkedMs: now }
const files: RollFiles = {
  files: ['CLIP/C0001.MP4', 'MEDIAPRO.XML'].map((path, at) => ({ path, size: 24_000_000, mtimeMs: now - 2 * HOUR_MS, sha256: 'ab'.repeat(32), hashes: { xxh64: '0123456789abcdef' }, hashedMs: now - HOUR_MS, sourceVerified: true, asset: at === 0 })),
  total: 2, folders: ['CLIP'], mhl: [{ path: 'ascmhl/0001_A001_2026-11-27.mhl', generation: 1, c4: 'c4', createdMs: now - HOUR_MS }]
}

const folders: FolderList = { folders: [
  { id: 'folder-0', node: 'alder', here: true, path: '/mnt/nas/footage of the whole long summer/day 1', name: 'day 1', mode: 'reference', include: ['*.mov'], exclude: ['Proxy'], watch: true, addedAtMs: now, note: 'watched by looking every minute', isThere: true, lastLookMs: now - 40_000, files: 412, missing: 2 },
  { id: 'folder-1', node: 'cedar', here: false, path: '/srv/in', name: 'in', mode: 'import', include: [], exclude: [], watch: false, addedAtMs: now, note: null, isThere: null, lastLookMs: null, files: null, missing: null }
] }
const albumNames = [{ id: 'album-0', name: 'Selects' }]
const users: UserList = { albums: albumNames, users: [{ id: 'user-0', name: 'Editor One', role: 'editor', disabled: false, createdMs: now, limited: false, albums: [] }, { id: 'user-1', name: 'Guest', role: 'viewer', disabled: true, createdMs: now, limited: true, albums: [] }] }
const keys: ApiKeyList = { keys: [{ id: 'key-0', name: 'backup of the night', scopes: ['read', 'ingest'], createdMs: now, expiresMs: now + HOUR_MS, by: 'Editor One' }] }
const links: LinkList = { albums: albumNames, links: [{ id: 'link-0', title: 'Dailies', album: 'album-0', assets: [], createdMs: now, expiresMs: now + HOUR_MS, state: 'open', hasPassword: true, watermark: 'For review', download: false, by: 'Editor One' }] }
const audit: AuditList = { silent: ['cedar'], entries: Array.from({ length: 40 }, (_, at) => ({ atMs: now - at * 60_000, node: 'alder', kind: 'user', id: 'user-0', who: 'Editor One', address: '192.0.2.14', action: 'PATCH /api/v1/assets/:id', targets: ['ab'.repeat(32)], count: 1 + at % 3, status: at % 7 === 6 ? 403 : 200 })) }

const angle = (asset: string, title: string, offsetMs: number, more: Partial<TakeAngleView> = {}): TakeAngleView => ({ recording: asset, footage: null, title, name: `${title}.mov`, kind: 'video', offsetMs, driftPpm: 0, by: 'sound', confidence: 0.9, durationMs: 4000, framesPerSecond: 25, timecode: null, takenAtMs: now - HOUR_MS, hasSound: true, hasPoster: true, width: 640, height: 360, ...more })
const take: TakeView = {
  id: 'take-0', name: 'Speech in the harbour', by: '', createdAtMs: now, originMs: 0, durationMs: 5200, missing: 1, notes: ['The clock of Interview with Maren, first take is 4 s ahead of the others.'],
  angles: [angle('asset-0', 'Tide coming in at the harbour', 0), angle('asset-1', 'Interview with Maren, first take', 1200, { confidence: 0.3, driftPpm: 12.5 }), angle('asset-5', 'Room tone, kitchen', 400, { kind: 'audio', hasPoster: false, framesPerSecond: null, durationMs: 3000, by: 'person' })]
}
const batch: BatchView = { id: 'batch-0', name: 'day 1', by: 'Editor One', node: 'alder', source: 'scan', startedMs: now - HOUR_MS, endedMs: now - HOUR_MS + 90_000, imported: 24, known: 3, refused: 1, bytes: 48_000_000, undoneMs: null }
const model = (id: string, title: string, more: Partial<ModelView>): ModelView => ({ id, title, tasks: ['embed-pictures'], usedFor: [], licence: 'MIT', origin: 'hub', repository: 'organisation/a-model-with-a-name-that-is-long', dtype: 'q8', dimensions: 512, state: 'absent', reason: null, bytes: null, bytesDone: null, bytesTotal: null, from: null, nodes: [], inRing: false, space: null, ...more })
const models: ModelList = {
  models: [model('clip', 'CLIP ViT-B/32 (English)', { state: 'ready', bytes: 153e6, usedFor: ['embed-pictures'], nodes: ['birch'] }), model('siglip', 'SigLIP 2', { state: 'fetching', bytesDone: 12e6, bytesTotal: 380e6, from: 'the hub' }), model('whisper', 'Whisper small', { tasks: ['transcribe'], state: 'corrupt', reason: 'encoder.onnx is not the file it should be: fetch it again' })],
  tasks: [{ task: 'embed-pictures', gives: 'Sentences find pictures', model: 'clip', why: null }, { task: 'transcribe', gives: 'What is said becomes text', model: 'whisper', why: 'Whisper small is damaged on this node: fetch it again' }, { task: 'describe-pictures', gives: 'A sentence for each picture', model: null, why: 'no model is chosen' }],
  spaces: { searched: null, filling: null }
}
const webhooks: WebhookList = { webhooks: [{ id: 'hook-0', url: 'https://hooks.example/thatdam/a-long-path-that-somebody-chose', events: ['recording.ended', 'card.inserted'], name: 'Edit suite', enabled: true, allowPrivate: false, createdMs: now }] }
/** A bucket that is not yet full. */
export const fakeTiers = (): TierList => ({ tiers: [{ id: 'tier-0', name: 'Offsite', place: 's3://films/originals', endpoint: 'https://s3.example', region: '', mode: 'move', album: '', moveCopies: 1, wanted: 24, held: 20, away: 3, bytes: 1.2e12 }] })

/** The same paths where nothing was ever done. */
export const NO_OTHERS: Readonly<Record<string, unknown>> = {
  rolls: { rolls: [], rule: RULE, nowMs: now } satisfies RollList, cards: { cards: [] }, paths: { folders: [] } satisfies FolderList, users: { albums: [], users: [] } satisfies UserList, keys: { keys: [] } satisfies ApiKeyList, links: { albums: [], links: [] } satisfies LinkList,
  audit: { silent: [], entries: [] } satisfies AuditList, takes: { takes: [], total: 0 } satisfies TakeList, batches: { batches: [], total: 0 } satisfies BatchList, webhooks: { webhooks: [] } satisfies WebhookList, tiers: { tiers: [] } satisfies TierList
}

/** What the node answers of cards, folders and people, by path under `/api/v1/`. */
export const OTHERS: Readonly<Record<string, unknown>> = {
  rolls: { rolls: [roll], rule: RULE, nowMs: now } satisfies RollList, 'rolls/roll-0': roll, 'rolls/roll-0/safe': safe, 'rolls/roll-0/files': files, cards: { cards: [] }, paths: folders, users, keys, links, audit,
  takes: { takes: [take], total: 1 } satisfies TakeList, 'takes/take-0': take, batches: { batches: [batch], total: 1 } satisfies BatchList, 'batches/batch-0': batch, models, webhooks, tiers: { tiers: [] } satisfies TierList
}
