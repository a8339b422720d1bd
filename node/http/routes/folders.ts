import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { NotFoundError, RefusedError } from '#protocols/errors.ts'
import { ErrorBody, FolderAdd, FolderChange, FolderList, FolderView, JobView } from '#protocols/http.ts'
import { type ChunkId, parseAssetId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import type { Folder } from '../../folders/folder.ts'
import type { FolderParts } from '../../folders/parts.ts'
import { sendBlob } from '../byte-range.ts'
import { findSeen } from '../sight.ts'
import { contentDisposition } from './assets.ts'

export interface FolderComponents {
  readonly ring: Pick<Ring, 'self' | 'blobs' | 'membership'> & { readonly catalog: Pick<Ring['catalog'], 'asset'> }
  readonly parts: Pick<FolderParts, 'folders' | 'scans' | 'watch' | 'copies'>
}

/** Longest text of a file's extended attributes that is read, in bytes. @default 1048576 */
export const MAX_XATTRS_JSON = 1_048_576

const Params = Type.Object({ id: Type.String({ maxLength: 100 }) })
const SidecarParams = Type.Object({ id: Type.String({ maxLength: 100 }), name: Type.String({ maxLength: 255 }) })
const Bytes = Type.Unsafe<never>({ type: 'string', format: 'binary' })
/** These answer by what the asker may see. */
const byAlbum = { albums: true } as const
const admin = { config: { role: 'admin' }, validatorCompiler: TypeBoxValidatorCompiler } as const

/** `GET`, `POST /paths`; `PATCH`, `DELETE /paths/:id`; `POST /assets/:id/copy`; `GET /assets/:id/sidecars/:name` and `/xattrs`. */
export function folderRoutes({ ring, parts }: FolderComponents): FastifyPluginAsyncTypebox {
  const { folders, scans, watch, copies } = parts

  async function view(folder: Folder): Promise<FolderView> {
    const here = folders.own().some(({ id }) => id === folder.id)
    const why = here ? await folders.checkThere(folder).then(() => undefined, (err: Error) => err.message) : undefined
    const seen = here ? scans.lastLook(folder) : undefined
    return {
      id: folder.id, node: ring.membership.members().find(({ peerId }) => peerId === folder.node)?.name ?? folder.node, here, path: folder.path, name: folder.name, mode: folder.mode,
      include: [...folder.include], exclude: [...folder.exclude], watch: folder.watch, addedAtMs: folder.addedAtMs,
      note: here ? why ?? watch.words(folder.id) ?? null : noteElsewhere(folder), isThere: here ? why === undefined : null,
      lastLookMs: seen?.atMs ?? null, files: seen?.files ?? null, missing: seen?.missing ?? null
    }
  }

  /** The catalog says it is this node's, and nobody here allowed it. */
  const noteElsewhere = (folder: Folder): string | null => folder.node === ring.self ? 'its node was never allowed to read it on this machine: remove it, and add it here again' : null

  function own(id: string): Folder {
    const folder = folders.find(id)
    if (folder.node !== ring.self) throw new RefusedError(`this folder is on another node's machine: change it on the page of ${ring.membership.members().find(({ peerId }) => peerId === folder.node)?.name ?? 'that node'}`)
    return folder
  }

  const routes: FastifyPluginAsyncTypebox = async (app) => {
    app.get('/paths', {
      config: { role: 'admin' }, schema: { tags: ['folders'], summary: 'Folders that the nodes of the ring may read', response: { 200: FolderList, default: ErrorBody } }
    }, async () => ({ folders: await Promise.all(folders.list().map(view)) }))

    app.post('/paths', {
      ...admin, schema: { tags: ['folders'], summary: 'Let the answering node read a folder of its machine', body: FolderAdd, response: { 201: FolderView, default: ErrorBody } }
    }, async ({ body: { path, ...settings } }, reply) => reply.code(201).send(await view(await folders.add(path, settings))))

    app.patch('/paths/:id', {
      ...admin, schema: { tags: ['folders'], summary: 'Change how a folder is read', params: Params, body: FolderChange, response: { 200: FolderView, default: ErrorBody } }
    }, async ({ params, body }) => view(await folders.change(own(params.id).id, body)))

    app.delete('/paths/:id', {
      ...admin, schema: { tags: ['folders'], summary: 'Read a folder no more; what was scanned stays in the library, and files that stay there can not be read', params: Params, response: { 204: Type.Null(), default: ErrorBody } }
    }, async ({ params }, reply) => {
      const folder = folders.find(params.id)
      await folders.remove(folder.id)
      if (folder.node === ring.self) await scans.forget(folder)
      return reply.code(204).send(null)
    })

    app.post('/assets/:id/copy', {
      schema: { tags: ['folders'], summary: 'Copy the bytes of an asset that stay in a file into the ring', params: Params, response: { 202: JobView, default: ErrorBody } }
    }, async ({ params }, reply) => {
      const job = await copies.copy(parseAssetId(params.id))
      return reply.code(202).header('location', `/api/v1/jobs/${job.id}`).send(job)
    })

    app.get('/assets/:id/xattrs', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'Extended attributes (`user.*`) its file had, in base64, by name', params: Params, response: { 200: Type.Record(Type.String(), Type.String()), default: ErrorBody } }
    }, async ({ params, who }) => {
      const asset = await findSeen(ring.catalog, who, params.id)
      return asset.made['xattrs'] === undefined ? {} : attributesIn(ring.blobs, asset.made['xattrs'])
    })

    app.get('/assets/:id/sidecars/:name', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'A file that lay beside the original', params: SidecarParams, produces: ['application/octet-stream'], response: { 200: Bytes, 206: Bytes, default: ErrorBody } }
    }, async (request, reply) => {
      const asset = await findSeen(ring.catalog, request.who, request.params.id)
      const { name } = request.params
      const blob = Object.hasOwn(asset.sidecars, name) ? asset.sidecars[name] : undefined
      if (blob === undefined) throw new NotFoundError('this asset has no such sidecar')
      return sendBlob(request, reply, ring.blobs, { blob, mime: 'application/octet-stream', headers: { 'content-disposition': contentDisposition(name, true), 'cache-control': 'private, no-cache' } })
    })
  }
  return async (app) => { await app.register(routes, { prefix: '/api/v1' }) }
}

/** Any member may have written it: what is no text is left out. */
async function attributesIn(blobs: FolderComponents['ring']['blobs'], blob: ChunkId): Promise<Record<string, string>> {
  const pieces: Uint8Array[] = []
  for await (const piece of blobs.read(blob, { end: Math.min((await blobs.stat(blob)).size, MAX_XATTRS_JSON) })) pieces.push(piece)
  try {
    const entries = Object.entries(JSON.parse(Buffer.concat(pieces).toString()) as object)
    return Object.fromEntries(entries.filter(([name, value]) => name.startsWith('user.') && typeof value === 'string'))
  } catch {
    return {}
  }
}
