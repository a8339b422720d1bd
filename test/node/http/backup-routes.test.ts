import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify'
import { suite } from 'uvu'
import { ChunkNotFoundError, RingNotEmptyError } from '#protocols/errors.ts'
import { type CameraId, type ChunkId, chunkIdOf, type RingId } from '#protocols/ids.ts'
import type { CameraEntry, CameraPolicy, DocumentName, KeptRange, RecordFields, RecordPlan, Records, RetentionRule } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { hashOf } from '../../../node/backup/backup-format.ts'
import { handleErrors } from '../../../node/http/errors.ts'
import { backupRoutes } from '../../../node/http/routes/backup.ts'

interface Context { app: FastifyInstance; chunks: Map<ChunkId, Uint8Array>; cameras: CameraEntry[]; begun: string[]; records: Array<{ kind: string; id: string; fields: RecordFields }>; decided: string[]; ask: (method: InjectOptions['method'], path: string, body?: Buffer | object) => Promise<{ status: number; bytes: Buffer; json: () => Record<string, unknown>; etag: unknown }> }

const test = suite<Context>('backup routes')
const plans = new Map<CameraId, RecordPlan>()
test.after.each(() => plans.clear())
test.before.each(async (context) => {
  const chunks = context.chunks = new Map()
  const cameras: CameraEntry[] = context.cameras = []
  const begun: string[] = context.begun = []
  const records: Context['records'] = context.records = []
  const kept: KeptRange[] = []
  const decided: string[] = context.decided = []
  const running = (): void => { if (begun.length === 0) throw new RingNotEmptyError('no restore goes on') }
  const app = context.app = Fastify()
  handleErrors(app, silentLog)
  await app.register(backupRoutes({
    clock: () => 7,
    ring: {
      id: 'ab'.repeat(32) as RingId, name: 'alder',
      chunks: {
        async get(id) {
          const bytes = chunks.get(id)
          if (bytes === undefined) throw new ChunkNotFoundError('gone')
          return bytes
        },
        async put(bytes) {
          chunks.set(chunkIdOf(bytes), bytes)
          return { id: chunkIdOf(bytes), copies: 2 }
        }
      },
      verification: { unheld: async (ids: readonly ChunkId[]) => ids.filter((id) => !chunks.has(id)) } as never,
      catalog: {
        cameras: () => cameras,
        policy: {
          plan: (camera: CameraId) => plans.get(camera), kept: () => kept, retention: () => ({ days: null, gigabytes: null, whenFull: 'keep' }),
          keep: async (range: KeptRange) => { kept.push(range); return { copies: 2 } },
          setRetention: async (_camera: CameraId, { days }: RetentionRule) => { decided.push(`retention ${days}`); return { copies: 2 } },
          setPlan: async (camera: CameraId, plan: RecordPlan) => { decided.push(`plan ${plan.mode}`); plans.set(camera, plan); return { copies: 2 } }
        } as Partial<CameraPolicy> as CameraPolicy,
        records: {
          list: (kind: string) => records.filter((record) => record.kind === kind),
          put: async (kind: string, id: string, fields: RecordFields) => { records.push({ kind, id, fields }); return { copies: 2 } }
        } as unknown as Records,
        putCamera: async (camera) => { cameras.push(camera); return { copies: 2 } },
        copy: {
          documents: async () => [{ name: '00' as DocumentName, digest: 'cd'.repeat(32) }],
          snapshot: async () => ({ update: Buffer.from('update'), digest: 'cd'.repeat(32) }),
          isRestoring: async () => begun.length > 0,
          begin: async (generation) => { begun.push(generation); return { resumed: false } },
          restore: async () => { running(); return { copies: 2 } },
          finish: async () => running()
        }
      }
    }
  }))
  context.ask = async (method, path, body) => {
    const headers = { 'content-type': Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json' }
    const answer = await app.inject({ ...(method === undefined ? {} : { method }), url: `/api/v1/${path}`, ...(body === undefined ? {} : { payload: body, headers }) })
    return { status: answer.statusCode, bytes: answer.rawPayload, json: () => answer.json(), etag: answer.headers.etag }
  }
})
test.after.each(({ app }) => app.close())

test('the library is told: documents with their digests, and chunks byte for byte', async ({ ask, chunks }) => {
  assert.deepEqual((await ask('GET', 'backup')).json(), { ringId: 'ab'.repeat(32), node: 'alder', cameras: [], records: {}, documents: [{ name: '00', digest: 'cd'.repeat(32) }] })
  const document = await ask('GET', 'backup/documents/00')
  assert.deepEqual([document.bytes.toString(), document.etag], ['update', `"${'cd'.repeat(32)}"`])
  const bytes = randomBytes(1_048_576)
  chunks.set(chunkIdOf(bytes), bytes)
  assert.ok((await ask('GET', `backup/chunks/${hashOf(bytes)}`)).bytes.equals(bytes))
  const gone = await ask('GET', `backup/chunks/${hashOf(Buffer.from('gone'))}`)
  assert.deepEqual([gone.status, (gone.json()['error'] as { code: string }).code], [503, 'ERR_CHUNK_NOT_FOUND'])
})

test('a chunk is stored when its bytes hash to its name, and only a whole chunk at most', async ({ ask, chunks }) => {
  const bytes = randomBytes(1_048_576)
  assert.deepEqual((await ask('POST', 'restore/chunks', { chunks: [hashOf(bytes)] })).json(), { missing: [hashOf(bytes)] })
  assert.deepEqual((await ask('PUT', `restore/chunks/${hashOf(bytes)}`, bytes)).json(), { copies: 2 })
  assert.deepEqual((await ask('POST', 'restore/chunks', { chunks: [hashOf(bytes)] })).json(), { missing: [] })
  const other = Buffer.from('other')
  const refused = await ask('PUT', `restore/chunks/${hashOf(bytes)}`, other)
  assert.equal(refused.status, 400)
  const long = randomBytes(1_048_577)
  assert.equal((await ask('PUT', `restore/chunks/${hashOf(long)}`, long)).status, 413)
  assert.equal(chunks.size, 1)
})

test('nonsense is refused before anything happens', async ({ ask, chunks, cameras, begun }) => {
  const bytes = Buffer.from('x')
  const attempts = [
    await ask('GET', 'backup/documents/root'), await ask('GET', 'backup/documents/..%2f'), await ask('GET', 'backup/chunks/abc'), await ask('PUT', 'restore/chunks/abc', bytes),
    await ask('POST', 'restore', { generation: 'x' }), await ask('POST', 'restore', { generation: 'ab'.repeat(32), more: 1 }), await ask('POST', 'restore/chunks', { chunks: ['x'] }),
    await ask('POST', 'restore/chunks', { chunks: Array.from({ length: 2_001 }, () => 'ab'.repeat(32)) }), await ask('PUT', 'restore/cameras', [{ id: 'porch' }]),
    await ask('PUT', 'restore/cameras', [{ id: '../x', name: 'n', source: 's', createdAtMs: 1, record: true }]), await ask('PUT', `restore/chunks/${hashOf(bytes)}`, { json: true }), await ask('PUT', `restore/chunks/${hashOf(bytes)}`)
  ]
  assert.deepEqual(attempts.map(({ status }) => status >= 400 && status < 500), attempts.map(() => true), attempts.map(({ status }) => status).join())
  assert.deepEqual([chunks.size, cameras.length, begun.length], [0, 0, 0])
})

test('albums and the like come along, what lets somebody in does not', async ({ ask, records }) => {
  const album = { id: 'a1', fields: { name: 'Wedding' } }
  assert.equal((await ask('PUT', 'restore/records', { albums: [album], users: [{ id: 'u1', fields: { role: 'admin' } }] })).status, 200)
  assert.deepEqual(records, [{ kind: 'albums', ...album }])
  records.push({ kind: 'users', id: 'u1', fields: { name: 'Ada' } })
  assert.deepEqual((await ask('GET', 'backup')).json()['records'], { albums: [album] })
  assert.equal((await ask('PUT', 'restore/records', { albums: 'all' })).status, 400)
})

test('documents are laid out only while a restore goes on', async ({ ask, cameras }) => {
  assert.equal((await ask('PUT', 'restore/documents/00', Buffer.from('update'))).status, 409)
  assert.deepEqual((await ask('POST', 'restore', { generation: 'ab'.repeat(32) })).json(), { resumed: false })
  assert.deepEqual((await ask('PUT', 'restore/documents/00', Buffer.from('update'))).json(), { copies: 2 })
  const porch = { id: 'porch', name: 'Porch', source: 'test', createdAtMs: 1, record: true }
  assert.equal((await ask('PUT', 'restore/cameras', [porch])).status, 200)
  assert.deepEqual(cameras, [porch])
  assert.equal((await ask('POST', 'restore/finish', { generation: 'ab'.repeat(32) })).status, 200)
})

test('what was decided about a camera comes before the camera, and is read back with it', async ({ ask, cameras, decided }) => {
  const porch = { id: 'porch', name: 'Porch', source: 'test', createdAtMs: 1, record: true, enabled: false }
  const take = { id: 'k1', camera: 'porch', fromMs: 5, toMs: 9, name: 'the take', createdAtMs: 2 }
  const plan = { mode: 'off', on: false, schedule: [], timeZone: 'UTC', away: true, sinceMs: 3 }
  assert.equal((await ask('PUT', 'restore/cameras', [{ ...porch, plan, retention: { days: 30, gigabytes: null, whenFull: 'keep' }, kept: [take] }])).status, 200)
  assert.deepEqual([cameras, decided], [[porch], ['retention 30', 'plan off']])
  const { cameras: read } = (await ask('GET', 'backup')).json() as { cameras: Array<{ kept?: unknown }> }
  assert.deepEqual(read[0]?.kept, [take])
})

test('what was decided about a camera comes back as it was: the seconds around a motion, the master, and an older decision that says nothing of them', async ({ ask }) => {
  const plan = { mode: 'motion', on: false, schedule: [], timeZone: 'UTC', away: false, sinceMs: 5 } as const
  const decided: RecordPlan[] = [plan, { ...plan, preRollSeconds: 0, postRollSeconds: 90, master: 'ffv1', masterSinceMs: 4 }]
  assert.equal((await ask('POST', 'restore', { generation: 'ab'.repeat(32) })).status, 200)
  for (const [i, each] of decided.entries()) {
    const answer = await ask('PUT', 'restore/cameras', [{ id: `porch-${i}`, name: 'Porch', source: 'test', createdAtMs: 1, record: true, plan: each }])
    assert.equal(answer.status, 200, answer.bytes.toString())
    assert.deepEqual(plans.get(`porch-${i}` as CameraId), each)
  }
  const told = (await ask('GET', 'backup')).json() as { cameras: Array<{ plan: RecordPlan }> }
  assert.deepEqual(told.cameras.map((camera) => camera.plan), decided)
})

test.run()
