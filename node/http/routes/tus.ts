/** tus 1.0 (https://tus.io/protocols/resumable-upload): files come in pieces, by way of any node, and go on where they stood. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { InvalidInputError, TusVersionError, UnsupportedTypeError, UploadGoneError } from '#protocols/errors.ts'
import { ErrorBody, KnownUpload, KnownUploadTaken, UploadList, UploadView } from '#protocols/http.ts'
import type { UploadRecord } from '#protocols/upload.ts'
import { uploadExpiresMs } from '#ring'
import { MAX_UPLOAD_BYTES } from '../../library/spool.ts'
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../uploads/checksum.ts'
import type { KnownFiles } from '../../uploads/known-files.ts'
import { type Arrival, isWhole, type Uploads } from '../../uploads/uploads.ts'

export const UPLOADS = '/api/v1/uploads'
const KNOWN = `${UPLOADS}/known`
const TUS_VERSION = '1.0.0'
const EXTENSIONS = 'creation,creation-with-upload,termination,expiration,checksum,concatenation'
const BYTES = 'application/offset+octet-stream'
/** Who sent the last byte waits this long for what becomes of the file, in ms; after that `GET` tells. @default 60000 */
export const FINISH_WAIT_MS = 60_000

interface Params { Params: { id: string } }
const config = { longBody: true } as const
const IdParams = Type.Object({ id: Type.String({ maxLength: 100 }) })
const Query = Type.Object({ sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }), size: Type.Integer({ minimum: 0 }) })

/** `OPTIONS` and `POST /api/v1/uploads`; `HEAD`, `PATCH`, `DELETE` of one, as in tus; `GET` of both for people and programs; `POST …/known` of what need not be sent. */
export function tusRoutes({ uploads, known }: { uploads: Uploads; known: KnownFiles }): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.addContentTypeParser(BYTES, (_request, _body, done) => done(null)) // the handler streams it
    app.addHook('onRequest', async (request, reply) => {
      reply.headers({ 'cache-control': 'no-store', 'tus-resumable': TUS_VERSION })
      if (request.method === 'OPTIONS' || request.method === 'GET' || request.routeOptions.url === KNOWN || request.headers['tus-resumable'] === TUS_VERSION) return
      reply.header('tus-version', TUS_VERSION)
      throw new TusVersionError(`send Tus-Resumable: ${TUS_VERSION}, the only version that is spoken here`)
    })

    for (const path of [UPLOADS, `${UPLOADS}/:id`]) {
      app.options(path, { schema: { hide: true } }, async (_request, reply) => reply.code(204).headers({
        'tus-version': TUS_VERSION, 'tus-extension': EXTENSIONS, 'tus-max-size': String(MAX_UPLOAD_BYTES), 'tus-checksum-algorithm': CHECKSUM_ALGORITHMS.join(',')
      }).send())
    }

    app.get(UPLOADS, {
      exposeHeadRoute: false,
      schema: { tags: ['uploads'], summary: 'What there is of these very bytes: the asset, or unfinished uploads, the furthest first. Go on with one instead of sending all again', querystring: Query, response: { 200: UploadList, default: ErrorBody } }
    }, async ({ query: { sha256, size } }) => ({ uploads: (await uploads.find(sha256, size)).map(viewOf), assetId: await known.find(sha256) ?? null }))

    app.post(KNOWN, {
      schema: { tags: ['uploads'], summary: 'A file whose bytes the ring has: what it is called becomes one more place of its asset, and nothing else is sent', body: KnownUpload, response: { 200: KnownUploadTaken, default: ErrorBody } }
    }, async ({ body, who }) => ({ assetId: (await known.take({ ...body, by: who.name }))?.assetId ?? null }))

    app.get<Params>(`${UPLOADS}/:id`, {
      exposeHeadRoute: false, schema: { tags: ['uploads'], summary: 'How far an upload is, and what became of it', params: IdParams, response: { 200: UploadView, default: ErrorBody } }
    }, async ({ params }) => viewOf(await uploads.look(params.id)))

    app.post(UPLOADS, { config, schema: { tags: ['uploads'], summary: 'tus 1.0: begin an upload (creation, creation-with-upload), or put one together (concatenation)', response: { default: ErrorBody } } }, (request, reply) => begin(request, reply))

    app.head<Params>(`${UPLOADS}/:id`, async ({ params }, reply) => {
      const record = await uploads.head(params.id)
      if (record.state === 'refused') throw new UploadGoneError(record.reason)
      return describe(reply, record).code(200).send()
    })

    app.patch<Params>(`${UPLOADS}/:id`, { config, schema: { tags: ['uploads'], summary: 'tus 1.0: bytes of an upload, from Upload-Offset on', params: IdParams, response: { default: ErrorBody } } }, (request, reply) => patch(request, reply))
    app.delete<Params>(`${UPLOADS}/:id`, { schema: { tags: ['uploads'], summary: 'tus 1.0: end an upload; nothing of it is kept', params: IdParams, response: { default: ErrorBody } } }, (request, reply) => end(request, reply))

    app.post<Params>(`${UPLOADS}/:id`, { config, schema: { hide: true } }, (request, reply) => {
      const method = request.headers['x-http-method-override']
      if (method === 'PATCH') return patch(request, reply)
      if (method === 'DELETE') return end(request, reply)
      throw new InvalidInputError('an upload is sent bytes with PATCH and ended with DELETE, or with POST and X-HTTP-Method-Override')
    })

    async function begin(request: FastifyRequest, reply: FastifyReply): Promise<void> {
      const { headers } = request
      const metadata = textOf(request, 'upload-metadata') ?? ''
      const concat = textOf(request, 'upload-concat')
      const parts = /^final;(.*)$/.exec(concat ?? '')?.[1]?.trim().split(/\s+/).map((url) => url.split('/').at(-1) ?? '')
      if (concat !== undefined && concat !== 'partial' && parts === undefined) throw new InvalidInputError('Upload-Concat is "partial", or "final;" and the addresses of partial uploads')
      if (parts !== undefined && headers['upload-length'] !== undefined) throw new InvalidInputError('a final upload is as long as its parts: send no Upload-Length')
      const record = parts === undefined ? await uploads.create({ length: countOf(request, 'upload-length'), metadata, isPartial: concat === 'partial', by: request.who.name }) : await uploads.join(parts, metadata, request.who.name)
      reply.header('location', `${UPLOADS}/${record.id}`)
      const isWithBytes = headers['content-type'] === BYTES && parts === undefined
      const latest = isWithBytes ? await uploads.append(record.id, arrivalOf(request, 0)) : record
      const settled = await settle(request, latest)
      if (isWithBytes) reply.header('upload-offset', settled.offset)
      await reply.header('upload-expires', expiresOf(settled)).code(201).send()
    }

    async function patch(request: FastifyRequest<Params>, reply: FastifyReply): Promise<void> {
      if (request.headers['content-type'] !== BYTES) throw new UnsupportedTypeError(`bytes of an upload are sent as Content-Type: ${BYTES}`)
      const record = await settle(request, await uploads.append(request.params.id, arrivalOf(request, countOf(request, 'upload-offset'))))
      await reply.headers({ 'upload-offset': String(record.offset), 'upload-expires': expiresOf(record) }).code(204).send()
    }

    async function end(request: FastifyRequest<Params>, reply: FastifyReply): Promise<void> {
      await uploads.terminate(request.params.id)
      await reply.code(204).send()
    }

    /** A refusal is heard by who sent the last byte, when it comes in time. */
    async function settle(request: FastifyRequest, record: UploadRecord): Promise<UploadRecord> {
      if (!isWhole(record) && record.state !== 'refused') return record
      request.raw.socket.setTimeout(0) // the sender waits while the file is looked at
      const late = new AbortController()
      const finished = uploads.finish(record)
      finished.catch(() => {}) // GET tells
      try {
        return await Promise.race([finished, sleep(FINISH_WAIT_MS, record, { signal: late.signal, ref: false })])
      } finally {
        late.abort()
      }
    }
  }
}

/** @throws InvalidInputError */
function countOf(request: FastifyRequest, name: 'upload-length' | 'upload-offset'): number {
  const text = textOf(request, name)
  if (text === undefined || !/^\d{1,16}$/.test(text)) throw new InvalidInputError(`${name === 'upload-length' ? 'Upload-Length' : 'Upload-Offset'} is missing or no number of bytes`)
  return Number(text)
}

const textOf = ({ headers }: FastifyRequest, name: string): string | undefined => headers[name]?.toString()

function arrivalOf(request: FastifyRequest, offset: number): Arrival {
  const size = request.headers['content-length']
  return { offset, source: request.raw, size: size === undefined ? undefined : Number(size), checksum: checksumOf(textOf(request, 'upload-checksum')) }
}

function describe(reply: FastifyReply, record: UploadRecord): FastifyReply {
  const { offset, length, metadata, concat, parts, state } = record
  const isOver = state === 'done'
  reply.headers({ 'upload-offset': String(isOver ? length : offset), 'upload-length': String(length), 'upload-expires': expiresOf(record) })
  if (metadata !== '') reply.header('upload-metadata', metadata)
  if (concat !== '') reply.header('upload-concat', concat === 'partial' ? concat : `final;${parts.map((id) => `${UPLOADS}/${id}`).join(' ')}`)
  return reply
}

const expiresOf = (record: UploadRecord): string => new Date(uploadExpiresMs(record)).toUTCString()
const orNull = <T extends string>(text: T | ''): T | null => text === '' ? null : text

function viewOf(record: UploadRecord): UploadView {
  const { id, path, state, offset, length, sha256, copies, assetId, outcome, reason } = record
  return {
    id, path, state: state === 'open' ? isWhole(record) ? 'storing' : 'receiving' : state, offset, length, expiresMs: uploadExpiresMs(record), copies,
    sha256: orNull(sha256), assetId: orNull(assetId), outcome: orNull(outcome), reason: orNull(reason)
  }
}
