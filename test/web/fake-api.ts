/** A stand-in for a node: serves `web/dist` and the HTTP API from memory, so that the pages can be tested alone. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { AlarmView, CameraChange, CameraSettings, MasterView, KeptView, AssetDetail, AssetEdit, AssetList, CameraView, ImportResult, JobView, RingView, ServerEvent } from '#protocols/http.ts'
import { fakeAssets, fakeCameras, fakeLedger, fakeRecordings, fakeRing, fakeSettings } from './fake-data.ts'
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
  uploads: { path: string; bytes: number }[]
  /** Until when cameras recorded, Unix ms; undefined: they still do. */
  recordedUntilMs: number | undefined
  kept: KeptView[]
  settings: Map<string, CameraSettings>
  masters: MasterView[]
  motions: Array<{ fromMs: number; toMs: number }>
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

function listAssets({ assets }: FakeState, query: URLSearchParams): AssetList {
  const words = (query.get('q') ?? '').toLowerCase()
  const found = assets.filter(({ title, name, tags, notes, kind, rating }) =>
    `${title} ${name} ${tags.join(' ')} ${notes}`.toLowerCase().includes(words)
    && (query.get('kind') ?? kind) === kind && rating >= Number(query.get('minRating') ?? 0) && (query.get('tag') === null || tags.includes(query.get('tag') ?? '')))
  const from = Number(query.get('cursor') ?? 0)
  const to = from + Number(query.get('limit') ?? 60)
  return { assets: found.slice(from, to), total: found.length, cursor: to < found.length ? String(to) : null }
}

async function upload(state: FakeState, request: IncomingMessage): Promise<ImportResult> {
  const body = await bodyOf(request)
  const head = body.subarray(0, 2000).toString()
  const path = /name="file"; filename="([^"]*)"/.exec(head)?.[1] ?? ''
  const start = body.indexOf('\r\n\r\n') + 4
  const size = body.lastIndexOf('\r\n--') - start
  state.uploads.push({ path, bytes: size })
  if (path.endsWith('.txt')) return { path, outcome: 'refused', assetId: null, copies: 0, reason: 'This is text, not a picture, sound or video. Add media files only.' }
  const id = createHash('sha256').update(body.subarray(start, start + size)).digest('hex').slice(0, 16)
  if (state.assets.some((asset) => asset.id === id)) return { path, outcome: 'known', assetId: id, copies: 2, reason: null }
  const template = fakeAssets()[6]!
  state.assets.unshift({ ...template, id, name: path.split('/').at(-1) ?? path, title: '', tags: [], size })
  return { path, outcome: 'imported', assetId: id, copies: 2, reason: null }
}

function edit(asset: AssetDetail, { addTags = [], removeTags = [], ...rest }: AssetEdit): void {
  Object.assign(asset, rest, { tags: [...asset.tags.filter((tag) => !removeTags.includes(tag)), ...addTags] })
}

/** Starts the stand-in on a free loopback port, or on `port`. */
export async function startFakeApi(media: Media, { whep, port = 0 }: { readonly whep?: WhepHandler; readonly port?: number } = {}): Promise<FakeApi> {
  const state: FakeState = { ring: fakeRing(), cameras: fakeCameras(), assets: fakeAssets(), trash: [], jobs: [], uploads: [], recordedUntilMs: undefined, kept: [], settings: new Map(), masters: [], motions: [], orders: [], refuses: '', plays: [], broken: false, playsFail: false, unrecorded: false, behind: new Map(), thumbnails: [], alarms: [] }
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
    if (part === 'masters') return json(response, 200, { camera, fromMs: from, toMs: to, masters: state.masters })
    if (part === 'motion') return json(response, 200, { camera, fromMs: from, toMs: to, watchedMs: 0, motions: state.motions.filter(({ fromMs, toMs }) => toMs > from && fromMs < to) })
    if (state.unrecorded) return json(response, 200, part === 'ledger' ? { camera, fromMs: from, toMs: to, nowMs: Date.now(), truncated: false, ranges: [{ startMs: from, endMs: to, state: 'not-expected', reason: 'before first attach' }] } : { camera, fromMs: from, toMs: to, spans: [], gaps: [], hours: [] })
    if (part === 'ledger') return json(response, 200, fakeLedger(camera, from, to, recordedUntilMs))
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
    const [area, id, part, more] = pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent)
    if (area === 'ring') return json(response, 200, state.ring)
    if (area === 'cameras' && id === undefined) return json(response, 200, { cameras: state.cameras, nowMs: Date.now() })
    if (area === 'cameras' && (part === undefined || part === 'record')) return settingsRoute(request, response, id ?? '', part)
    if (area === 'cameras' && ['start', 'stop', 'move', 'capture'].includes(part ?? '')) {
      state.orders.push(`${id}/${part} ${(await bodyOf(request)).toString()}`)
      return state.refuses === '' ? json(response, 200, state.cameras.find((camera) => camera.id === id)) : refuse(response, 409, state.refuses)
    }
    if (area === 'cameras' && part === 'kept') return keptRoute(request, response, id ?? '', more)
    if (area === 'cameras') return cameraRoute(request, response, id ?? '', part, searchParams)
    if (area === 'session') return json(response, 200, { kind: 'local', id: '', name: 'this machine', role: 'admin', limited: false, accounts: false })
    if (area === 'alarms') return json(response, 200, { alarms: state.alarms, nowMs: Date.now() })
    if (area === 'jobs') return json(response, 200, { jobs: state.jobs })
    if (area === 'invites') return json(response, 200, { invite: `thatdam1${'q7m2x9k4'.repeat(24)}`, role: (JSON.parse((await bodyOf(request)).toString()) as { role: string }).role, expiresAt: new Date(Date.now() + 86_400_000).toISOString() })
    if (area === 'assets' && id !== undefined) return assetRoute(request, response, id, part, searchParams)
    if (area === 'assets' && request.method === 'POST') {
      const result = await upload(state, request)
      if (result.assetId !== null) emit({ type: 'assets', ids: [result.assetId] })
      return json(response, 200, { results: [result] })
    }
    if (area === 'trash' && request.method === 'DELETE') state.trash = []
    if (area === 'trash') return json(response, 200, { days: 30, assets: state.trash.length, bytes: 1_000 })
    if (area === 'assets' && searchParams.has('trash')) return json(response, 200, { assets: state.trash, total: state.trash.length, cursor: null })
    if (area === 'assets') return json(response, 200, listAssets(state, searchParams))
    refuse(response, 404, 'There is no such route.')
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
    response.writeHead(200, { 'content-type': TYPES[isFile ? extname(pathname) : '.html'] ?? 'application/octet-stream', 'content-security-policy': POLICY }).end(body)
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
