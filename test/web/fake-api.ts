/** A stand-in for a node: serves `web/dist` and the HTTP API from memory, so that the pages can be tested alone. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { AlbumList, AlbumView, DerivedList, LinkMade, DuplicateDecision, DuplicateGroup, MetadataView, AlarmView, CameraChange, CameraSettings, CameraTranscript, MasterView, KeptView, AssetDetail, AssetEdit, AssetHit, AssetList, CompletionView, FacetList, SavedSearch, TimelineView, CameraView, JobView, RingView, ServerEvent, KnownUpload, UploadView, WaveformView, WorkflowDefinition, WorkflowView } from '#protocols/http.ts'
import { mergeText } from '../../ring/catalog/text-merge.ts'
import { fakeAssets, fakeCameraDevice, fakeCameras, fakeDevices, fakeLedger, fakeRecordings, fakeRing, fakeSettings } from './fake-data.ts'
import { type FakeMoments, fakeMoments, momentsRoute } from './fake-moments.ts'
import { fakeAlbums, OTHERS } from './fake-others.ts'
import { type Media, recordedRange } from './media.ts'

const DIST = join(import.meta.dirname, '../../web/dist')
const TYPES: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const POLICY = "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' ws:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

/** What the stand-in answers from; tests change it as they like. */
export interface FakeState {
  ring: RingView
  cameras: CameraView[]
  assets: AssetDetail[]
  trash: AssetDetail[]
  jobs: JobView[]
  workflows: WorkflowView[]
  duplicates: DuplicateGroup[]
  /** What was decided about those. */
  decisions: DuplicateDecision[]
  uploads: { path: string; bytes: number }[]
  /** Uploads that were begun: what of them is there. */
  begun: Map<string, { path: string; sha256: string; length: number; bytes: Buffer; view: Partial<UploadView> }>
  /** Until when cameras recorded, Unix ms; undefined: they still do. */
  recordedUntilMs: number | undefined
  kept: KeptView[]
  settings: Map<string, CameraSettings>
  masters: MasterView[]
  said: CameraTranscript['lines']
  motions: Array<{ fromMs: number; toMs: number }>
  /** Ranges of a ledger, or motions, in one answer at most. */
  mostRanges: number
  /** What was ordered of cameras: `porch/move {"node":…}`. */
  orders: string[]
  /** Why the next order is refused. */
  refuses: string
  plays: { camera: string; from: number; to: number }[]
  broken: boolean
  /** What is recorded can not be played. */
  playsFail: boolean
  /** Nothing was ever recorded. */
  unrecorded: boolean
  /** How much earlier than the others a camera stopped being recorded, ms. */
  behind: Map<string, number>
  /** Moments that thumbnails were asked for of. */
  thumbnails: number[]
  alarms: AlarmView[]
  searches: SavedSearch[]
  albums: AlbumView[]
  /** What is answered of cards, folders, people and the like, by path. */
  others: Readonly<Record<string, unknown>>
  moments: FakeMoments
}

/** Answers WHEP requests when a test brings one. */
export type WhepHandler = (method: string, path: string, body: string) => Promise<{ readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }>

export interface FakeApi {
  readonly url: string
  readonly state: FakeState
  readonly emit: (event: ServerEvent) => void
  readonly close: () => Promise<void>
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts)
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const refuse = (response: ServerResponse, status: number, message: string): void => json(response, status, { error: { code: 'ERR_FAKE', message } })

function bytes(request: IncomingMessage, response: ServerResponse, type: string, body: Buffer): void {
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  if (range === null) {
    response.writeHead(200, { 'content-type': type, 'accept-ranges': 'bytes', 'content-length': body.length }).end(body)
    return
  }
  const from = Number(range[1])
  const to = Math.min(body.length - 1, range[2] === '' ? body.length - 1 : Number(range[2]))
  response.writeHead(206, { 'content-type': type, 'accept-ranges': 'bytes', 'content-range': `bytes ${from}-${to}/${body.length}`, 'content-length': to - from + 1 }).end(body.subarray(from, to + 1))
}

/** As the node narrows the library, as far as tests ask it to: words, `type:`, `tag:`, `rating:>=`. */
function narrowed({ assets }: FakeState, q: string): AssetDetail[] {
  const terms = q.split(' ').filter((term) => term !== '')
  const takes = ({ title, name, tags, notes, kind, rating }: AssetDetail, term: string): boolean => {
    const [, field, value = ''] = /^(\w+):(.*)$/.exec(term) ?? []
    if (field === 'type') return kind === value
    if (field === 'tag') return tags.includes(value)
    if (field === 'rating') return rating >= Number(/\d/.exec(value)?.[0])
    return `${title} ${name} ${tags.join(' ')} ${notes}`.toLowerCase().includes(term.toLowerCase())
  }
  return assets.filter((asset) => terms.every((term) => takes(asset, term)))
}

function listAssets(state: FakeState, query: URLSearchParams): AssetList {
  const q = query.get('q') ?? ''
  const found = narrowed(state, q)
  const from = Number(query.get('offset') ?? 0)
  const to = from + Number(query.get('limit') ?? 60)
  const word = q.split(' ').find((term) => term !== '' && !term.includes(':'))
  const why = (asset: AssetDetail): AssetHit => word === undefined ? asset : { ...asset, score: 1, why: [{ field: 'title', text: asset.title, ranges: [asset.title.toLowerCase().indexOf(word.toLowerCase())].filter((at) => at >= 0).map((at) => [at, at + word.length]) }] }
  return { assets: found.slice(from, to).map(why), total: found.length, cursor: to < found.length ? String(to) : null, weak: 0, ranked: word !== undefined, offset: from }
}

/** Days in the order of the list. */
function timelineOf(state: FakeState, q: string): TimelineView {
  const entries: Array<[string, number]> = []
  for (const { importedAtMs } of narrowed(state, q)) {
    const day = new Date(importedAtMs).toISOString().slice(0, 10)
    const last = entries.at(-1)
    if (last?.[0] === day) last[1]++
    else entries.push([day, 1])
  }
  return { total: entries.reduce((sum, [, count]) => sum + count, 0), unit: 'day', entries }
}

function facetsOf(state: FakeState, q: string): FacetList {
  const found = narrowed(state, q)
  const facet = (field: string, of: (asset: AssetDetail) => readonly string[]): FacetList['facets'][number] => {
    const counts = new Map<string, number>()
    for (const value of found.flatMap(of)) counts.set(value, (counts.get(value) ?? 0) + 1)
    return { field, more: 0, values: [...counts].sort(([, a], [, b]) => b - a).map(([value, assets]) => ({ value, title: null, assets })) }
  }
  return { total: found.length, facets: [facet('type', ({ kind }) => [kind]), facet('tag', ({ tags }) => tags), facet('rating', ({ rating }) => [String(rating)])] }
}

function completionOf({ assets }: FakeState, text: string): CompletionView {
  const from = text.lastIndexOf(' ') + 1
  const [, typed] = /^tag:(.*)$/.exec(text.slice(from)) ?? []
  const choices = typed === undefined ? ['tag:', 'type:', 'taken:'] : [...new Set(assets.flatMap(({ tags }) => tags))].map((tag) => `tag:${tag}`)
  return { from, to: text.length, items: choices.filter((choice) => choice.startsWith(text.slice(from))).map((choice) => ({ text: choice, label: choice, assets: typed === undefined ? null : 1 })) }
}

/** What becomes of an upload that is whole, by its name. */
function settle(state: FakeState, path: string, bytes: Buffer): Partial<UploadView> {
  state.uploads.push({ path, bytes: bytes.length })
  if (path.endsWith('.txt')) return { state: 'refused', reason: 'This is text, not a picture, sound or video. Add media files only.' }
  const id = createHash('sha256').update(bytes).digest('hex')
  const template = fakeAssets()[6]!
  state.assets.unshift({ ...template, id, name: path.split('/').at(-1) ?? path, title: '', tags: [], size: bytes.length })
  return { state: 'done', outcome: 'imported', assetId: id }
}

/** tus, as far as the page goes; answers the asset that came of it. */
async function uploadRoute(state: FakeState, request: IncomingMessage, response: ServerResponse, id: string | undefined, query: URLSearchParams): Promise<string | undefined> {
  const body = await bodyOf(request)
  const found = id === undefined ? undefined : state.begun.get(id)
  if (id === 'known') json(response, 200, { assetId: state.assets.find((each) => each.id === (JSON.parse(body.toString()) as KnownUpload).sha256)?.id ?? null })
  else if (request.method === 'POST') {
    const metadata = new Map((request.headers['upload-metadata']?.toString() ?? '').split(',').map((pair) => pair.split(' ')).map(([key = '', value = '']) => [key, Buffer.from(value, 'base64').toString()]))
    const made = String(state.begun.size).padStart(32, '0')
    state.begun.set(made, { path: metadata.get('relativePath') ?? '', sha256: metadata.get('sha256') ?? '', length: Number(request.headers['upload-length']), bytes: Buffer.alloc(0), view: { state: 'receiving' } })
    response.writeHead(201, { location: `/api/v1/uploads/${made}` }).end()
  } else if (id === undefined) {
    const asset = state.assets.find((each) => each.id === query.get('sha256'))
    const uploads = [...state.begun].filter(([, { sha256, view }]) => sha256 === query.get('sha256') && view.state === 'receiving').map(([each]) => ({ id: each }))
    json(response, 200, { uploads, assetId: asset?.id ?? null })
  } else if (found === undefined) refuse(response, 404, 'There is no such upload.')
  else if (request.method === 'GET') json(response, 200, { id, assetId: null, outcome: null, reason: null, ...found.view })
  else {
    found.bytes = Buffer.concat([found.bytes, body])
    if (found.bytes.length === found.length && found.view.state === 'receiving') found.view = settle(state, found.path, found.bytes)
    response.writeHead(request.method === 'HEAD' ? 200 : 204, { 'upload-offset': found.bytes.length, 'upload-length': found.length }).end()
    return found.view.assetId ?? undefined
  }
  return undefined
}

function edit(asset: AssetDetail, { addTags = [], removeTags = [], notesBase, ...rest }: AssetEdit): void {
  if (rest.notes !== undefined && notesBase !== undefined) rest.notes = mergeText(notesBase, rest.notes, asset.notes)
  Object.assign(asset, rest, { tags: [...asset.tags.filter((tag) => !removeTags.includes(tag)), ...addTags] })
}

/** Starts the stand-in on a free loopback port, or on `port`. */
export async function startFakeApi(media: Media, { whep, port = 0 }: { readonly whep?: WhepHandler; readonly port?: number } = {}): Promise<FakeApi> {
  const state: FakeState = { ring: fakeRing(), cameras: fakeCameras(), assets: fakeAssets(), trash: [], jobs: [], duplicates: [], decisions: [], workflows: [], uploads: [], begun: new Map(), recordedUntilMs: undefined, kept: [], settings: new Map(), masters: [], said: [], motions: [], mostRanges: Infinity, orders: [], refuses: '', plays: [], broken: false, playsFail: false, unrecorded: false, behind: new Map(), thumbnails: [], alarms: [], searches: [], albums: fakeAlbums(), others: OTHERS, moments: fakeMoments() }
  const sockets = new Set<Duplex>()
  const emit = (event: ServerEvent): void => {
    const text = Buffer.from(JSON.stringify(event))
    const head = text.length < 126 ? Buffer.from([0x81, text.length]) : Buffer.from([0x81, 126, text.length >> 8, text.length & 255])
    for (const socket of sockets) socket.write(Buffer.concat([head, text]))
  }

  const assetRoute = async (request: IncomingMessage, response: ServerResponse, id: string, part: string | undefined, query: URLSearchParams): Promise<void> => {
    const at = state.assets.findIndex((asset) => asset.id === id)
    const asset = state.assets[at] ?? state.trash.find((each) => each.id === id)
    if (asset === undefined) return refuse(response, 404, 'There is no such asset.')
    if (part === 'poster') return bytes(request, response, 'image/jpeg', media.posters[Math.max(at, 0) % media.posters.length]!)
    if (part === 'picture') return bytes(request, response, 'image/jpeg', media.posters[Math.floor(Number(query.get('at')) / 1000) % media.posters.length]!)
    if (part === 'metadata') return json(response, 200, { groups: [{ name: 'Container', tags: [{ name: 'longName', value: 'QuickTime / MOV' }] }, { name: 'ExifIFD', tags: [{ name: 'LensModel', value: 'RF24-70mm' }, { name: 'ISO', value: '400' }] }], sidecars: [{ name: 'aae', size: 400 }] } satisfies MetadataView)
    if (part === 'derived') return json(response, 200, { derived: [] } satisfies DerivedList)
    if (part === 'waveform') return json(response, 200, { seconds: asset.probe.durationMs === undefined ? 0 : asset.probe.durationMs / 1000, peaks: [0.1, 0.8, 0.3, 0.6] } satisfies WaveformView)
    if (part === 'sprite') return bytes(request, response, 'image/jpeg', media.posters[0]!)
    if (part === 'content') {
      if (asset.probe.videoCodec === 'prores') return bytes(request, response, asset.mime, Buffer.from('not something a browser plays'))
      return bytes(request, response, asset.mime, { video: media.video, audio: media.audio, image: media.image }[asset.kind])
    }
    if (request.method === 'PATCH') edit(asset, JSON.parse((await bodyOf(request)).toString()) as AssetEdit)
    if (part === 'restore') state.assets.unshift(asset)
    if (request.method === 'DELETE' || part === 'restore') state.trash = state.trash.filter((each) => each.id !== id)
    if (request.method === 'DELETE' && at >= 0) state.assets.splice(at, 1)
    if (request.method === 'DELETE' && !query.has('purge')) state.trash.unshift({ ...asset, trash: { deletedAtMs: Date.now(), purgeAtMs: Date.now() + 30 * 86_400_000 - 1 } })
    if (request.method !== 'GET') emit({ type: 'assets', ids: [id] })
    json(response, 200, asset)
  }

  const settingsRoute = async (request: IncomingMessage, response: ServerResponse, camera: string, part: string | undefined): Promise<void> => {
    const known = state.settings.get(camera) ?? fakeSettings(camera)
    if (request.method === 'GET') return json(response, 200, known)
    const body = JSON.parse((await bodyOf(request)).toString()) as CameraChange & { on?: boolean }
    const record = part === 'record' ? { ...known.record, on: body.on === true } : { ...known.record, ...body.record }
    state.settings.set(camera, { ...known, record, retention: { ...known.retention, ...body.retention } })
    json(response, 200, state.settings.get(camera))
  }

  const keptRoute = async (request: IncomingMessage, response: ServerResponse, camera: string, id: string | undefined): Promise<void> => {
    if (request.method === 'GET') return json(response, 200, { kept: state.kept.filter((range) => range.camera === camera) })
    if (request.method === 'DELETE') {
      state.kept = state.kept.filter((range) => range.id !== id)
      return void response.writeHead(204).end()
    }
    const range: KeptView = { id: `kept-${state.kept.length}`, camera, createdAtMs: Date.now(), ...JSON.parse((await bodyOf(request)).toString()) as Pick<KeptView, 'fromMs' | 'toMs' | 'name'> }
    state.kept.push(range)
    json(response, 201, range)
  }

  const cameraRoute = (request: IncomingMessage, response: ServerResponse, camera: string, part: string | undefined, query: URLSearchParams): void => {
    const from = Number(query.get('from'))
    const to = Number(query.get('to'))
    const recordedUntilMs = (state.recordedUntilMs ?? Date.now()) - (state.behind.get(camera) ?? 0)
    if (part === 'transcript') return json(response, 200, { camera, fromMs: from, toMs: to, lines: state.said.filter(({ fromMs, toMs }) => toMs > from && fromMs < to), heard: [{ fromMs: from, toMs: to }], reason: null })
    if (part === 'masters') return json(response, 200, { camera, fromMs: from, toMs: to, masters: state.masters })
    if (part === 'motion') {
      const all = state.motions.filter(({ fromMs, toMs }) => toMs > from && fromMs < to)
      const motions = all.slice(0, state.mostRanges)
      return json(response, 200, { camera, fromMs: from, toMs: motions.length < all.length ? motions.at(-1)!.toMs : to, watchedMs: 0, truncated: motions.length < all.length, motions })
    }
    if (state.unrecorded) return json(response, 200, part === 'ledger' ? { camera, fromMs: from, toMs: to, nowMs: Date.now(), truncated: false, ranges: [{ startMs: from, endMs: to, state: 'not-expected', reason: 'before first attach' }] } : { camera, fromMs: from, toMs: to, spans: [], gaps: [], hours: [] })
    if (part === 'ledger') {
      const { ranges: all, ...ledger } = fakeLedger(camera, from, to, recordedUntilMs)
      const ranges = all.slice(0, state.mostRanges)
      return json(response, 200, { ...ledger, toMs: ranges.at(-1)?.endMs ?? to, ranges, truncated: ranges.length < all.length })
    }
    if (part === 'addresses') return json(response, 200, { rtsp: null, hls: `http://fake/hls/${camera}/index.m3u8`, mjpeg: `http://fake/stream/${camera}`, snapshot: `http://fake/api/v1/cameras/${camera}/snapshot` })
    if (part === 'recordings') return json(response, 200, fakeRecordings(camera, from, to, recordedUntilMs))
    if (part === 'thumbnail') {
      state.thumbnails.push(Number(query.get('at')))
      return bytes(request, response, 'image/jpeg', media.posters[Math.floor(Number(query.get('at')) / 60_000) % media.posters.length]!)
    }
    if (state.playsFail) return refuse(response, 503, 'Its chunks are away.')
    const continued = query.has('continued')
    if (!continued) state.plays.push({ camera, from, to })
    const range = recordedRange(media.recording, from, to, continued)
    response.setHeader('x-start-ms', range.startMs).setHeader('x-duration-ms', range.durationMs).setHeader('x-codecs', media.recording.codecs)
    bytes(request, response, 'video/mp4', range.bytes)
  }

  const apiRoute = async (request: IncomingMessage, response: ServerResponse, { pathname, searchParams }: URL): Promise<void> => {
    if (state.broken) return refuse(response, 503, 'The catalog cannot be read: its disk does not answer. Look at the disk of this machine.')
    if (await momentsRoute(state.moments, request, response, new URL(request.url ?? '/', 'http://fake'))) return
    const [area, id, part, more] = pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent)
    if (area === 'ring') return json(response, 200, state.ring)
    if (area === 'devices') return json(response, 200, fakeDevices())
    if (area === 'cameras' && id === undefined) return json(response, 200, { cameras: state.cameras, nowMs: Date.now() })
    // The recordings of a camera nobody knows are none, everything else of it is not there.
    if (area === 'cameras' && !state.cameras.some((camera) => camera.id === id)) return part === 'recordings' ? json(response, 200, { camera: id, fromMs: Number(searchParams.get('from')), toMs: Number(searchParams.get('to')), spans: [], gaps: [], hours: [] }) : refuse(response, 404, `there is no camera ${id}`)
    if (area === 'cameras' && (part === undefined || part === 'record')) return settingsRoute(request, response, id ?? '', part)
    if (area === 'cameras' && part === 'device') return json(response, 200, fakeCameraDevice())
    if (area === 'cameras' && ['start', 'stop', 'move', 'capture'].includes(part ?? '')) {
      state.orders.push(`${id}/${part} ${(await bodyOf(request)).toString()}`)
      return state.refuses === '' ? json(response, 200, state.cameras.find((camera) => camera.id === id)) : refuse(response, 409, state.refuses)
    }
    if (area === 'duplicates' && request.method === 'GET') return json(response, 200, { groups: state.duplicates, total: state.duplicates.length })
    if (area === 'duplicates') {
      const decision = JSON.parse((await bodyOf(request)).toString()) as DuplicateDecision
      state.decisions.push(decision)
      state.duplicates = state.duplicates.filter(({ assets }) => assets.every(({ id: each }) => each !== decision.keep))
      return json(response, 200, { kept: decision.keep, changed: decision.others.length, undo: null })
    }
    if (area === 'cameras' && part === 'kept') return keptRoute(request, response, id ?? '', more)
    if (area === 'cameras') return cameraRoute(request, response, id ?? '', part, searchParams)
    if (area === 'session') return json(response, 200, { kind: 'local', id: '', name: 'this machine', role: 'admin', limited: false, accounts: false })
    if (area === 'alarms') return json(response, 200, { alarms: state.alarms, nowMs: Date.now() })
    if (area === 'jobs' && part !== undefined) {
      const job = state.jobs.find((each) => each.id === id)
      state.orders.push(`job ${id}/${part}`)
      if (job !== undefined) job.state = ({ pause: 'paused', resume: 'running', cancel: 'cancelled', retry: 'running' } as const)[part] ?? job.state
      return json(response, 200, job)
    }
    if (area === 'workflows') return workflowRoute(request, response, id, part)
    if (area === 'jobs') return json(response, 200, { jobs: state.jobs })
    if (area === 'invites') return json(response, 200, { invite: `thatdam1${'q7m2x9k4'.repeat(24)}`, role: (JSON.parse((await bodyOf(request)).toString()) as { role: string }).role, expiresAt: new Date(Date.now() + 86_400_000).toISOString() })
    if (area === 'assets' && id === 'timeline') return json(response, 200, timelineOf(state, searchParams.get('q') ?? ''))
    if (area === 'assets' && id === 'facets') return json(response, 200, facetsOf(state, searchParams.get('q') ?? ''))
    if (area === 'search' && id === 'complete') return json(response, 200, completionOf(state, searchParams.get('text') ?? ''))
    if (area === 'searches' && request.method === 'POST') state.searches.push({ id: `search-${state.searches.length}`, createdAtMs: 1, by: 'this machine', ...JSON.parse((await bodyOf(request)).toString()) as { name: string; q: string; sort: null } })
    if (area === 'searches' && request.method === 'DELETE') state.searches = state.searches.filter((search) => search.id !== id)
    if (area === 'searches') return json(response, 200, { searches: state.searches })
    if (area === 'assets' && id === undefined && /\bcamra:/.test(searchParams.get('q') ?? '')) return json(response, 400, { error: { code: 'ERR_INVALID_QUERY', message: 'there is no field "camra": did you mean camera:?', at: 0, suggestion: 'camera:' } })
    if (area === 'assets' && id !== undefined) return assetRoute(request, response, id, part, searchParams)
    if (area === 'uploads') {
      const asset = await uploadRoute(state, request, response, id, searchParams)
      if (asset !== undefined) emit({ type: 'assets', ids: [asset] })
      return
    }
    if (area === 'trash' && request.method === 'DELETE') state.trash = []
    if (area === 'trash') return json(response, 200, { days: 30, assets: state.trash.length, bytes: 1_000 })
    if (area === 'assets' && searchParams.has('trash')) return json(response, 200, { assets: state.trash, total: state.trash.length, cursor: null })
    if (area === 'assets') return json(response, 200, listAssets(state, searchParams))
    if (area === 'albums' && id !== undefined && !state.albums.some((album) => album.id === id)) return refuse(response, 404, 'There is no such album.')
    if (area === 'albums' && part === 'assets') return json(response, 200, { ...listAssets(state, new URLSearchParams()), assets: state.assets.slice(0, 3), total: Math.min(3, state.assets.length), cursor: null })
    if (area === 'batches' && part === 'assets') return json(response, 200, listAssets(state, searchParams))
    if (area === 'albums' && id !== undefined && request.method === 'GET') return json(response, 200, state.albums.find((each) => each.id === id))
    if (area === 'albums' && request.method === 'GET') return json(response, 200, { albums: state.albums } satisfies AlbumList)
    const other = request.method === 'GET' ? state.others[pathname.slice('/api/v1/'.length)] : undefined
    if (other !== undefined) return json(response, 200, other)
    if (area === 'links') {
      const wanted = JSON.parse((await bodyOf(request)).toString()) as { album: string; title: string }
      state.orders.push(`share ${wanted.album}`)
      return json(response, 201, { path: '/s/once', link: { id: 'link-1', title: wanted.title, album: wanted.album, assets: [], createdMs: Date.now(), expiresMs: 1, state: 'open', hasPassword: false, watermark: '', download: false, by: '' } } satisfies LinkMade)
    }
    if (['projects', 'fields', 'states', 'tags'].includes(area ?? '') && request.method === 'GET') return json(response, 200, { [area ?? '']: [] })
    refuse(response, 404, 'There is no such route.')
  }

  const workflowRoute = async (request: IncomingMessage, response: ServerResponse, id: string | undefined, part: string | undefined): Promise<void> => {
    if (id === 'history' || part === 'history') return json(response, 200, { jobs: state.jobs })
    if (id === 'verbs') return json(response, 200, { verbs: [{ action: 'stats', summary: 'Count the library', params: { properties: {} }, known: true }, { action: 'backup', summary: 'Copy what is new', params: { properties: { backup_root: {} } }, known: true }], events: ['card.inserted'] })
    if (request.method === 'GET') return json(response, 200, { workflows: state.workflows })
    const body = (await bodyOf(request)).toString()
    if (id === 'check') return json(response, 200, body.includes('fly') ? { ok: false, problems: [{ step: 1, message: 'there is no action "fly": they are stats, backup' }] } : { ok: true, problems: [] })
    if (part === 'run') {
      state.orders.push(`run ${id} ${body}`)
      return json(response, 202, state.jobs[0])
    }
    if (request.method === 'DELETE') {
      state.workflows = state.workflows.filter((workflow) => workflow.id !== id)
      return void response.writeHead(204).end()
    }
    const view: WorkflowView = { id: id ?? 'night', definition: JSON.parse(body) as WorkflowDefinition, changedMs: Date.now(), changedBy: 'this machine', problems: [], nextMs: null, runsOn: null }
    state.workflows = [...state.workflows.filter((workflow) => workflow.id !== view.id), view]
    json(response, 201, view)
  }

  const whepRoute = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    if (whep === undefined) return refuse(response, 409, 'Nobody is publishing this camera now.')
    const answer = await whep(request.method ?? '', path, (await bodyOf(request)).toString())
    response.writeHead(answer.status, answer.headers).end(answer.body)
  }

  const page = async (response: ServerResponse, pathname: string): Promise<void> => {
    const isFile = extname(pathname) !== '' && !pathname.includes('..')
    const body = await readFile(join(DIST, isFile ? pathname : 'index.html')).catch(() => null)
    if (body === null) return refuse(response, 404, 'There is no such file.')
    response.writeHead(200, { 'content-type': TYPES[isFile ? extname(pathname) : '.html'] ?? 'application/octet-stream', 'content-security-policy': pathname.startsWith('/assets/hash-worker') ? `${POLICY}; script-src 'self' 'wasm-unsafe-eval'` : POLICY }).end(body)
  }

  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake')
    const done = url.pathname.startsWith('/api/v1/') ? apiRoute(request, response, url) : url.pathname.startsWith('/whep/') ? whepRoute(request, response, url.pathname + url.search) : page(response, url.pathname)
    done.catch((error: unknown) => { if (!response.headersSent) refuse(response, 500, String(error)) })
  })
  server.on('upgrade', (request, socket) => {
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`)
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy()).on('data', () => undefined)
    emit({ type: 'hello', node: state.ring.name, peerId: state.ring.self })
  })
  await new Promise<void>((resolve) => { server.listen(port, '127.0.0.1', resolve) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    emit,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => { server.close(resolve) })
    }
  }
}
