/** A node's HTTP server with people: real accounts, real routes, records and chunks in memory. */
import { mkdtemp, rm } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RecordFields, Records, Verification } from '#ring'
import { emitter } from '#ring/base/emitter.ts'
import type { Asset } from '#ring'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { type Accounts, createAccounts } from '../../node/accounts/accounts.ts'
import { createHttpServer, type HttpServer, type HttpServerInit } from '../../node/http/server.ts'
import { shareRoutes } from '../../node/http/routes/share.ts'
import { createJobs } from '../../node/jobs/jobs.ts'
import { createImporter } from '../../node/library/importer.ts'
import { createSharedCopies } from '../../node/library/shared-copies.ts'
import { createSpool } from '../../node/library/spool.ts'
import { createAlbums } from '../../node/organise/albums.ts'
import { createVerifyJobs } from '../../node/library/verify-jobs.ts'
import { ringSecret } from '../../ring/identity/ring-secret.ts'
import { ALDER, createLibraryRing, type LibraryRing } from './library-ring.ts'

/** Hashes of tests are quick. */
export const QUICK = { logN: 4, r: 1, p: 1 } as const

export function memoryRecords(): Records {
  const kinds = new Map<string, Map<string, RecordFields>>()
  const changed = emitter<string>()
  const list: Records['list'] = (kind) => [...kinds.get(kind) ?? []].map(([id, fields]) => ({ id, fields })).sort((a, b) => (a.id < b.id ? -1 : 1))
  return {
    list, changed,
    find: (kind, id) => list(kind).find((record) => record.id === id),
    async put(kind, id, fields) {
      const all = kinds.get(kind) ?? new Map<string, RecordFields>()
      kinds.set(kind, all.set(id, structuredClone({ ...all.get(id), ...fields })))
      changed.emit(kind)
      return { copies: 1 }
    },
    async remove(kind, id) {
      const was = kinds.get(kind)?.delete(id) ?? false
      changed.emit(kind)
      return was
    }
  }
}

export interface Answer { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer; json<T>(): T }
export interface Ask { method?: string; headers?: Record<string, string>; body?: unknown; token?: string; cookie?: string; form?: Record<string, string> }

export interface TestPlace {
  readonly accounts: Accounts
  readonly records: Records
  readonly library: LibraryRing
  readonly server: HttpServer
  readonly url: string
  readonly folder: string
  readonly codes: string[]
  readonly adminToken: string
  /** Change the ring's key. */
  rotate(): void
  clock: { nowMs: number }
  ask(path: string, ask?: Ask): Promise<Answer>
  /** The session cookies of somebody who signs in with the form. */
  signIn(name: string, password: string): Promise<string>
  end(): Promise<void>
}

export interface PlaceInit extends Partial<HttpServerInit> {
  /** More routes, of what the place has. */
  readonly more?: (ring: LibraryRing['ring']) => NonNullable<HttpServerInit['plugins']>
  /** The ring's key and records, to be another node of the same ring. */
  readonly ringSeed?: Uint8Array
  readonly records?: Records
  readonly self?: string
}

const verification: Verification = { chunks: async () => ({ nodes: [], lost: [] }), everything: async () => ({ nodes: [], lost: [] }), unheld: async () => [] }

export async function testPlace({ ringSeed = randomBytes(32), records = memoryRecords(), self = ALDER, more, ...init }: PlaceInit = {}): Promise<TestPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-people-'))
  const library = createLibraryRing()
  let seed = ringSeed
  const clock = { nowMs: 0 }
  const codes: string[] = []
  const ring = { ...library.ring, self, secret: (purpose: string) => ringSecret(seed, purpose), network: { serve() {}, request: async () => { throw new Error('nobody') } }, catalog: Object.assign(library.ring.catalog, { records }) }
  Object.assign(ring.catalog.index, { asset: (id: string) => library.assets.get(id as never) })
  const accounts = createAccounts({ ring: ring as never, log: silentLog, onSetupCode: (code) => codes.push(code) }, { folder, work: QUICK, now: () => Date.now() + clock.nowMs })
  const spool = createSpool({ folder: join(folder, 'tmp'), maxBytes: 5_000_000 })
  const prober = { probe: async () => ({ kind: 'video' as const, mime: 'video/mp4', probe: { container: 'mp4' }, poster: Buffer.from('poster') }) }
  const importer = createImporter({ blobs: ring.blobs, catalog: ring.catalog, prober, self: ALDER, writing: () => () => {}, log: silentLog })
  const originals = { read: ({ facts: { blob } }: Asset, range?: { start?: number; end?: number }, options?: AbortOptions) => ring.blobs.read(blob!, range, options) }
  const copies = createSharedCopies({ spool, log: silentLog }, { folder: join(folder, 'shared') })
  const jobs = createJobs({ node: 'alder', log: silentLog })
  await spool.start()
  await copies.start()
  await accounts.start()
  let adminToken = ''
  const plugins = [shareRoutes({ accounts, ring: ring as never, albums: createAlbums({ catalog: ring.catalog, edits: {} as never }), originals, copies }), ...init.plugins ?? [], ...more?.(ring as never) ?? []]
  const server = createHttpServer({
    ring: ring as never, importer, spool, scans: {} as never, originals, jobs, metrics: createMetrics(), log: silentLog, accounts,
    pages: { heard() {}, left() {}, greet: () => [{ type: 'people', people: [] }] },
    copiesOf: async () => [], lastVerifiedMs: () => null, verifications: createVerifyJobs({ ring: { ...ring, verification } as never, originals: {} as never, jobs }),
    cameras: () => ({ cameras: [], nowMs: 1 }), recordings: (camera, fromMs, toMs) => ({ camera, fromMs, toMs, spans: [], gaps: [], hours: [] })
  }, { listen: '127.0.0.1:0', webRoot: join(folder, 'web'), auth: { folder, onToken: (token) => { adminToken = token } }, ...init, plugins })
  await server.start()

  async function ask(path: string, { method, headers = {}, body, token, cookie, form }: Ask = {}): Promise<Answer> {
    const { host, port } = new URL(server.url)
    const content = form !== undefined ? new URLSearchParams(form).toString() : typeof body === 'string' || Buffer.isBuffer(body) ? body : body === undefined ? undefined : JSON.stringify(body)
    const type = form !== undefined ? { 'content-type': 'application/x-www-form-urlencoded' } : body === undefined ? {} : { 'content-type': 'application/json' }
    const request = httpRequest({ host: '127.0.0.1', port, path, method: method ?? (content === undefined ? 'GET' : 'POST'), agent: false, headers: { host, ...type, ...token !== undefined && { authorization: `Bearer ${token}` }, ...cookie !== undefined && { cookie }, ...headers } })
    request.end(content)
    const [response] = await once(request, 'response')
    const parts: Buffer[] = []
    for await (const part of response) parts.push(part)
    const bytes = Buffer.concat(parts)
    return { status: response.statusCode, headers: response.headers, body: bytes, json: <T>() => JSON.parse(bytes.toString()) as T }
  }

  return {
    accounts, records, library, server, url: server.url, folder, codes, adminToken, clock, ask,
    rotate() { seed = randomBytes(32) },
    async signIn(name, password) {
      const answer = await ask('/login', { form: { name, password } })
      if (answer.status !== 303) throw new Error(`${answer.status} for ${name}`)
      return cookiesOf(answer)
    },
    async end() {
      await server.stop()
      await copies.stop()
      await accounts.stop()
      await jobs.stop()
      await spool.stop()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** What a browser would send next time. */
export const cookiesOf = ({ headers }: Pick<Answer, 'headers'>): string => [headers['set-cookie'] ?? []].flat().map((cookie) => cookie.split(';')[0]).join('; ')
