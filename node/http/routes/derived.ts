import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { NotFoundError } from '#protocols/errors.ts'
import { DerivedList, ErrorBody, MetadataView, WaveformView } from '#protocols/http.ts'
import type { ChunkId } from '#protocols/ids.ts'
import { type Asset, type Ring, smallBlob } from '#ring'
import type { Derivations } from '../../derive/derivations.ts'
import { spriteVtt } from '../../derive/sprite-map.ts'
import { MAX_PLAN_BYTES, masterPlaylist, mediaPlaylist, parsePlan, type ProxyPlan } from '../../derive/proxy-playlist.ts'
import { PREVIEW, PROXY, rendition, SPRITE, WAVEFORM } from '../../derive/wanted.ts'
import { FIRST_METADATA, MAX_METADATA_BYTES, METADATA } from '../../library/deep/metadata.ts'
import { sendBlob } from '../byte-range.ts'
import { metadataGroups } from '../metadata-groups.ts'
import { findSeen } from '../sight.ts'
import type { Who } from '../who.ts'

export interface DerivedComponents {
  readonly ring: Pick<Ring, 'blobs'> & { readonly catalog: Pick<Ring['catalog'], 'asset'> }
  readonly derivations: Pick<Derivations, 'status'>
}

/** Largest waveform that is read, in bytes. @default 1048576 */
export const MAX_WAVEFORM_BYTES = 1_048_576

const Params = Type.Object({ id: Type.String({ maxLength: 100 }) })
const FileParams = Type.Object({ id: Type.String({ maxLength: 100 }), file: Type.String({ maxLength: 80 }) })
const Bytes = Type.Unsafe<never>({ type: 'string', format: 'binary' })
/** All of them answer by what the asker may see. */
const byAlbum = { albums: true } as const
const HLS = 'application/vnd.apple.mpegurl'

/** What is known of an asset and made of it: `GET /assets/:id/metadata`, `derived`, `preview`, `sprite`, `sprite.vtt`, `waveform`, `proxy/…`. */
export function derivedRoutes({ ring: { blobs, catalog }, derivations }: DerivedComponents): FastifyPluginAsyncTypebox {
  /** @throws NotFoundError */
  const find = (who: Who, id: string): Promise<Asset> => findSeen(catalog, who, id)

  /** @throws NotFoundError that says why it is not there */
  function madeOf(asset: Asset, name: string): ChunkId {
    const blob = asset.made[name]
    if (blob !== undefined) return blob
    const want = derivations.status(asset).find((one) => name.startsWith(one.name))
    const why = want === undefined ? 'this asset needs none' : want.reason ?? (want.state === 'elsewhere' ? `${want.node} makes it` : 'it is being made')
    throw new NotFoundError(`there is no ${name.split('@')[0]} of this asset: ${why}`)
  }

  async function text(blob: ChunkId, maxBytes: number): Promise<string> {
    const bytes = await smallBlob(blobs, blob, maxBytes)
    if (bytes === undefined) throw new NotFoundError('it is larger than anything of its kind: it was not made by this program')
    return bytes.toString('utf8')
  }

  const send = (request: FastifyRequest, reply: FastifyReply, blob: ChunkId, mime: string): Promise<FastifyReply> => sendBlob(request, reply, blobs, { blob, mime, headers: { 'cache-control': 'private, max-age=86400' } })

  async function planOf(asset: Asset): Promise<ProxyPlan> {
    const plan = parsePlan(await text(madeOf(asset, PROXY), MAX_PLAN_BYTES))
    if (plan === undefined) throw new NotFoundError('the proxy of this asset can not be read: it was not made by this program')
    return plan
  }

  async function sendProxy(request: FastifyRequest, reply: FastifyReply, asset: Asset, file: string): Promise<FastifyReply> {
    const plan = await planOf(asset)
    reply.header('cache-control', 'private, no-cache')
    if (file === 'index.m3u8') return reply.type(HLS).send(masterPlaylist(plan))
    const [, name, ending] = /^(\d{1,4})\.(m3u8|mp4)$/.exec(file) ?? []
    const found = plan.renditions.find((one) => one.name === name)
    if (found === undefined) throw new NotFoundError(`the proxy of this asset has no ${file}: index.m3u8 names what it has`)
    return ending === 'm3u8' ? reply.type(HLS).send(mediaPlaylist(found)) : send(request, reply, madeOf(asset, rendition(Number(name))), found.width > 0 ? 'video/mp4' : 'audio/mp4')
  }

  async function metadata(asset: Asset): Promise<MetadataView> {
    const blob = asset.made[METADATA] ?? asset.made[FIRST_METADATA]
    const sidecars = await Promise.all(Object.entries(asset.sidecars).map(async ([name, sidecar]) => ({ name, size: (await blobs.stat(sidecar)).size })))
    return { groups: blob === undefined ? [] : metadataGroups(await text(blob, MAX_METADATA_BYTES)), sidecars }
  }

  const routes: FastifyPluginAsyncTypebox = async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })

    app.get('/assets/:id/metadata', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'Everything that FFmpeg and ExifTool read from the original, in groups', params: Params, response: { 200: MetadataView, default: ErrorBody } }
    }, async ({ params, who }) => metadata(await find(who, params.id)))

    app.get('/assets/:id/derived', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'What is made of the original in the background, and why something is not there', params: Params, response: { 200: DerivedList, default: ErrorBody } }
    }, async ({ params, who }) => ({ derived: derivations.status(await find(who, params.id)) }))

    app.get('/assets/:id/preview', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'A JPEG of a picture whose format browsers do not show, at most 2560 pixels wide and high', params: Params, produces: ['image/jpeg'], response: { 200: Bytes, default: ErrorBody } }
    }, async (request, reply) => send(request, reply, madeOf(await find(request.who, request.params.id), PREVIEW), 'image/jpeg'))

    app.get('/assets/:id/sprite', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'Small pictures of the whole film on one sheet: ten columns of 160x90', params: Params, produces: ['image/jpeg'], response: { 200: Bytes, default: ErrorBody } }
    }, async (request, reply) => send(request, reply, madeOf(await find(request.who, request.params.id), SPRITE), 'image/jpeg'))

    app.get('/assets/:id/sprite.vtt', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'Which part of the sheet shows which stretch of the film (WebVTT)', params: Params, produces: ['text/vtt'], response: { 200: Bytes, default: ErrorBody } }
    }, async ({ params, who }, reply) => {
      const asset = await find(who, params.id)
      madeOf(asset, SPRITE)
      return reply.type('text/vtt; charset=utf-8').send(spriteVtt((asset.facts.probe.durationMs ?? 0) / 1000, 'sprite') as never)
    })

    app.get('/assets/:id/waveform', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'The level of the sound over its length', params: Params, response: { 200: WaveformView, default: ErrorBody } }
    }, async ({ params, who }) => waveformOf(await text(madeOf(await find(who, params.id), WAVEFORM), MAX_WAVEFORM_BYTES)))

    app.get('/assets/:id/proxy/:file', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'What a browser plays in place of the original: `index.m3u8` (HLS), and what it names', params: FileParams, produces: [HLS, 'video/mp4'], response: { 200: Bytes, 206: Bytes, default: ErrorBody } }
    }, async (request, reply) => sendProxy(request, reply, await find(request.who, request.params.id), request.params.file))
  }
  return async (app) => { await app.register(routes, { prefix: '/api/v1' }) }
}

/** @throws NotFoundError for what is none: any member may have written it */
function waveformOf(text: string): WaveformView {
  try {
    const { seconds, peaks } = JSON.parse(text) as WaveformView
    if (Number.isFinite(seconds) && Array.isArray(peaks) && peaks.every(Number.isFinite)) return { seconds, peaks }
  } catch {}
  throw new NotFoundError('the waveform of this asset can not be read: it was not made by this program')
}
