import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { BackupContents, CameraEntries, ChunkAnswer, ChunkQuestion, RecordEntries, RestoreBegin, RestoreBegun, Stored } from '#protocols/backup.ts'
import { MAX_CATALOG_UPDATE_BYTES } from '#protocols/catalog.ts'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import { ErrorBody } from '#protocols/http.ts'
import { chunkIdOf, chunkOfHash, hashOfChunk, parseCameraId } from '#protocols/ids.ts'
import { CHUNK_BYTES, type DocumentName, isDocumentName, isRollDocument, type Ring } from '#ring'
import { CHUNK_WAIT_MS, LIBRARY_RECORDS, ringContents } from '../../backup/ring-contents.ts'

export interface BackupComponents {
  ring: Pick<Ring, 'id' | 'name' | 'chunks' | 'verification'> & { readonly catalog: Pick<Ring['catalog'], 'cameras' | 'copy' | 'policy' | 'putCamera' | 'records'> }
  /** Unix ms. @default Date.now */
  clock?: () => number
}

const Chunk = Type.Object({ hash: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of its bytes, hex' }) })
const Document = Type.Object({ name: Type.String({ pattern: '^(?:rolls-)?[0-9a-f]{2}$' }) })
const Bytes = Type.Unsafe<never>({ type: 'string', format: 'binary' })
const octets = 'application/octet-stream'

/** `GET /backup` and beneath: the library, document by document and chunk by chunk. `/restore` and beneath: the way back, into an empty ring. */
export function backupRoutes(components: BackupComponents): FastifyPluginAsyncTypebox {
  const routes: FastifyPluginAsyncTypebox = async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })
    app.addContentTypeParser(octets, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    reading(app, components)
    restoring(app, components)
  }
  return async (app) => { await app.register(routes, { prefix: '/api/v1' }) }
}

type App = Parameters<FastifyPluginAsyncTypebox>[0]

function reading(app: App, { ring }: BackupComponents): void {
  const { copy } = ring.catalog

  app.get('/backup', { config: { role: 'admin' },
    schema: { tags: ['backup'], summary: 'What there is to back up', response: { 200: BackupContents, default: ErrorBody } }
  }, () => ringContents(ring))

  app.get('/backup/documents/:name', { config: { role: 'admin' },
    schema: { tags: ['backup'], summary: 'A document of the catalog as a Yjs update; its ETag is the digest of its content', params: Document, produces: [octets], response: { 200: Bytes, default: ErrorBody } }
  }, async ({ params }, reply) => {
    const { update, digest } = await copy.snapshot(documentOf(params.name))
    return reply.type(octets).header('etag', `"${digest}"`).send(Buffer.from(update) as never)
  })

  app.get('/backup/chunks/:hash', { config: { role: 'admin' },
    schema: { tags: ['backup'], summary: 'The bytes of a chunk, from whichever node has it', params: Chunk, produces: [octets], response: { 200: Bytes, default: ErrorBody } }
  }, async ({ params }, reply) => {
    const bytes = await ring.chunks.get(chunkOfHash(params.hash), { signal: AbortSignal.timeout(CHUNK_WAIT_MS) })
    return reply.type(octets).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as never)
  })
}

function restoring(app: App, { ring, clock = Date.now }: BackupComponents): void {
  const { catalog } = ring
  const json = { validatorCompiler: TypeBoxValidatorCompiler } as const

  app.post('/restore', { config: { role: 'admin' },
    ...json, schema: { tags: ['backup'], summary: 'Begin to restore a backup into this ring, which must be empty, or go on with it', body: RestoreBegin, response: { 200: RestoreBegun, default: ErrorBody } }
  }, ({ body }) => catalog.copy.begin(body.generation, clock()))

  app.post('/restore/chunks', { config: { role: 'admin' },
    ...json, schema: { tags: ['backup'], summary: 'Which of these chunks no node holds', body: ChunkQuestion, response: { 200: ChunkAnswer, default: ErrorBody } }
  }, async ({ body }) => ({ missing: (await ring.verification.unheld(body.chunks.map(chunkOfHash))).map(hashOfChunk) }))

  app.put('/restore/chunks/:hash', { config: { role: 'admin' },
    bodyLimit: CHUNK_BYTES, schema: { tags: ['backup'], summary: 'Store a chunk on its owners', params: Chunk, consumes: [octets], response: { 200: Stored, default: ErrorBody } }
  }, async ({ params, body }) => {
    const bytes = bytesOf(body)
    if (hashOfChunk(chunkIdOf(bytes)) !== params.hash) throw new InvalidInputError('these bytes do not hash to the name of the chunk: send them again')
    const { copies } = await ring.chunks.put(bytes, { signal: AbortSignal.timeout(CHUNK_WAIT_MS) })
    return { copies }
  })

  app.put('/restore/documents/:name', { config: { role: 'admin' },
    bodyLimit: MAX_CATALOG_UPDATE_BYTES, schema: { tags: ['backup'], summary: 'Lay out a document of the catalog; only while a restore goes on', params: Document, consumes: [octets], response: { 200: Stored, default: ErrorBody } }
  }, ({ params, body }) => catalog.copy.restore(documentOf(params.name), bytesOf(body)))

  app.put('/restore/cameras', { config: { role: 'admin' },
    ...json, schema: { tags: ['backup'], summary: 'What the catalog keeps of cameras', body: CameraEntries, response: { 200: Stored, default: ErrorBody } }
  }, async ({ body }) => {
    let copies = 1
    for (const camera of body) copies = (await putCamera(catalog, camera)).copies
    return { copies }
  })

  app.put('/restore/records', { config: { role: 'admin' },
    ...json, bodyLimit: MAX_CATALOG_UPDATE_BYTES, schema: { tags: ['backup'], summary: 'Albums, saved searches and the like', body: RecordEntries, response: { 200: Stored, default: ErrorBody } }
  }, async ({ body }) => {
    let copies = 1
    for (const kind of LIBRARY_RECORDS) for (const { id, fields } of body[kind] ?? []) copies = (await catalog.records.put(kind, id, fields)).copies
    return { copies }
  })

  app.post('/restore/finish', { config: { role: 'admin' },
    ...json, schema: { tags: ['backup'], summary: 'All is there', body: RestoreBegin, response: { 200: Type.Object({}), default: ErrorBody } }
  }, async ({ body }) => {
    await catalog.copy.finish(body.generation, clock())
    return {}
  })
}

/** The decisions first: nothing of a camera that is there expires by a rule that is not yet. */
async function putCamera(catalog: Pick<BackupComponents['ring']['catalog'], 'putCamera' | 'policy'>, { plan, retention, kept = [], ...entry }: CameraEntries[number]): Promise<{ copies: number }> {
  const id = parseCameraId(entry.id)
  for (const range of kept) await catalog.policy.keep({ ...range, camera: id })
  if (retention !== undefined) await catalog.policy.setRetention(id, retention)
  if (plan !== undefined) await catalog.policy.setPlan(id, plan)
  const { name, source, createdAtMs, record, enabled, device } = entry
  return catalog.putCamera({ id, name, source, createdAtMs, record, ...(enabled !== undefined && { enabled }), ...(device !== undefined && { device }) })
}

function documentOf(name: string): DocumentName {
  if (!isDocumentName(name) && !isRollDocument(name)) throw new NotFoundError(`the catalog has no document ${name}`)
  return name
}

function bytesOf(body: unknown): Uint8Array {
  if (!Buffer.isBuffer(body)) throw new InvalidInputError(`send the bytes as ${octets}`)
  return body
}
