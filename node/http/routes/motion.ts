import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import { ErrorBody, JobView, MotionOfManyRequest, MotionRequest, MotionView } from '#protocols/http.ts'
import type { Asset, Ring } from '#ring'
import { blenderOf } from '../../understanding/motion/export/blender.ts'
import { type CameraMotion, trackOf } from '../../understanding/motion/export/camera-motion.ts'
import { chanOf } from '../../understanding/motion/export/chan.ts'
import { csvOf } from '../../understanding/motion/export/csv.ts'
import { jsonOf } from '../../understanding/motion/export/json.ts'
import { DEFAULT_SENSITIVITY, MOTION, type MotionOptions, type ObjectTrack } from '../../understanding/motion/motion.ts'
import type { Motions } from '../../understanding/motion/motions.ts'
import type { Place } from '../../understanding/takes/take.ts'
import { findSeen, sightOf } from '../sight.ts'
import type { Who } from '../who.ts'
import { contentDisposition } from './assets.ts'

export interface MotionComponents {
  readonly ring: { readonly catalog: Pick<Ring['catalog'], 'asset' | 'index'> }
  readonly motions: Pick<Motions, 'submit' | 'job' | 'read' | 'picture' | 'clip'>
  /** Where the second film lies on the clock of the first; undefined when nothing says so. */
  readonly placeOf?: (hero: Asset, witness: Asset) => Place | undefined
}

/** Witnesses of one export, at most. @default 15 */
export const MAX_WITNESSES = 15
/** Offsets of a witness, at most, in ms: a day. */
const MAX_OFFSET_MS = 86_400_000
/** A clip of a thing begins and ends so much before and after it, in ms. @default 500 */
export const CLIP_MARGIN_MS = 500

const Params = Type.Object({ id: Type.String({ maxLength: 100 }) })
const JobParams = Type.Object({ id: Type.String({ maxLength: 100 }), job: Type.String({ maxLength: 100 }) })
const LookQuery = Type.Object({ missing: Type.Optional(Type.Literal('empty', { description: '204 instead of 404 while nobody has looked' })) })
const TrackParams = Type.Object({ id: Type.String({ maxLength: 100 }), file: Type.String({ maxLength: 20 }) })
const ExportQuery = Type.Object({
  track: Type.Optional(Type.Integer({ minimum: 1, description: 'of motion.chan; the one that is seen longest when left out' })),
  witness: Type.Optional(Type.Union([Type.String({ maxLength: 120 }), Type.Array(Type.String({ maxLength: 120 }), { maxItems: MAX_WITNESSES })], { description: '`ASSET@MS`: another camera, which began so many ms later (earlier: negative); `ASSET` alone where the takes know' }))
})
const Bytes = Type.Unsafe<never>({ type: 'string', format: 'binary' })
/** All of them answer by what the asker may see. */
const byAlbum = { albums: true } as const
const tags = ['motion']
const FORMATS = { json: { mime: 'application/json', of: jsonOf }, csv: { mime: 'text/csv; charset=utf-8', of: csvOf }, py: { mime: 'text/x-python; charset=utf-8', of: blenderOf } } as const

/** With what was left out. @throws InvalidInputError */
export function motionOptions({ masks = [], zones = [], sensitivity = DEFAULT_SENSITIVITY, features = false }: MotionRequest): MotionOptions {
  if (new Set(zones.map(({ name }) => name)).size < zones.length) throw new InvalidInputError('two zones have the same name: they are told of by it, so give each its own')
  return { masks, zones, sensitivity, features }
}

/** `POST /api/v1/motion`, `POST` and `GET /api/v1/assets/:id/motion`, `motion/jobs/:job`, `motion.json`, `.csv`, `.chan`, `.py`, and pictures and clips of what moved. */
export function motionRoutes({ ring: { catalog }, motions, placeOf = () => undefined }: MotionComponents): FastifyPluginAsyncTypebox {
  const find = (who: Who, id: string): Promise<Asset> => findSeen(catalog, who, id)

  async function camerasOf(who: Who, hero: Asset, witnesses: readonly string[]): Promise<CameraMotion[]> {
    const cameras: CameraMotion[] = [{ ...namesOf(hero), role: 'hero', offsetMs: 0, driftPpm: 0, motion: await motions.read(hero) }]
    for (const text of witnesses) {
      const [, id = '', ms] = /^([^@]+)(?:@(-?\d{1,9}(?:\.\d+)?))?$/.exec(text) ?? []
      const witness = await find(who, id)
      const place = ms === undefined ? placeOf(hero, witness) : { offsetMs: Number(ms), driftPpm: 0 }
      if (place === undefined || Math.abs(place.offsetMs) > MAX_OFFSET_MS) throw new InvalidInputError(`nothing says when ${witness.facts.name} began: write ${id.slice(0, 12)}…@MS, ms after ${hero.facts.name}`)
      cameras.push({ ...namesOf(witness), role: 'witness', offsetMs: place.offsetMs, driftPpm: place.driftPpm, motion: await motions.read(witness) })
    }
    return cameras
  }

  /** @throws NotFoundError */
  async function oneTrack(asset: Asset, id?: number): Promise<{ track: ObjectTrack; motion: CameraMotion['motion'] }> {
    const motion = await motions.read(asset)
    const track = trackOf(motion, id)
    if (track === undefined) throw new NotFoundError(id === undefined ? 'nothing moved in this asset that could be followed' : `there is no track ${id}: GET …/motion lists them`)
    return { track, motion }
  }

  async function sendClip(reply: FastifyReply, asset: Asset, { id, points }: ObjectTrack): Promise<FastifyReply> {
    const left = new AbortController()
    reply.raw.once('close', () => left.abort(new Error('the reader left')))
    const stretch = { fromMs: Math.max(0, points[0]!.atMs - CLIP_MARGIN_MS), toMs: points.at(-1)!.atMs + CLIP_MARGIN_MS }
    await motions.clip(asset, stretch, async (path, mime) => {
      reply.header('content-disposition', contentDisposition(`${asset.facts.name} thing ${id}.${mime === 'video/mp4' ? 'mp4' : 'mov'}`, true)).header('content-length', (await stat(path)).size).type(mime)
      const bytes = createReadStream(path)
      void reply.send(bytes)
      await finished(bytes).catch(() => {}) // who asked may leave
    }, left.signal)
    return reply
  }

  const routes: FastifyPluginAsyncTypebox = async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'private, no-cache') })

    app.post('/motion', {
      config: byAlbum, validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags, summary: 'Look for what moves in several films, the cameras of one moment for example', body: MotionOfManyRequest, response: { 202: JobView, default: ErrorBody } }
    }, async ({ body: { assets, ...options }, who }, reply) => {
      const sight = sightOf(catalog, who)
      return reply.code(202).send(motions.submit(await Promise.all([...new Set(assets)].map((id) => sight.findToEdit(id))), motionOptions(options)))
    })

    app.post('/assets/:id/motion', {
      config: byAlbum, validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags, summary: 'Look for what moves in a film, and follow it', params: Params, body: MotionRequest, response: { 202: JobView, default: ErrorBody } }
    }, async ({ params, body, who }, reply) => reply.code(202).send(motions.submit([await sightOf(catalog, who).findToEdit(params.id)], motionOptions(body))))

    app.get('/assets/:id/motion', {
      config: byAlbum, schema: { tags, summary: 'When something moved in a film, what, and where it went', params: Params, querystring: LookQuery, response: { 200: MotionView, 204: Type.Null({ description: 'nobody has looked yet' }), default: ErrorBody } }
    }, async ({ params, query, who }, reply) => {
      const asset = await find(who, params.id)
      if (query.missing === 'empty' && asset.made[MOTION] === undefined) return reply.code(204).send(null)
      const { features, ...motion } = await motions.read(asset)
      return { ...motion, featureTracks: features.length } as unknown as MotionView
    })

    app.get('/assets/:id/motion/jobs/:job', {
      config: byAlbum, schema: { tags, summary: 'How far a search for motion is that was begun on this node: also for who sees some albums only', params: JobParams, response: { 200: JobView, default: ErrorBody } }
    }, async ({ params, who }) => {
      const { facts: { id } } = await find(who, params.id)
      const { job, assets } = motions.job(params.job)
      if (!assets.includes(id)) throw new NotFoundError('there is no such search for motion in this film')
      for (const other of assets) await find(who, other) // the job names them
      return job
    })

    for (const [format, { mime, of }] of Object.entries(FORMATS)) {
      app.get(`/assets/:id/motion.${format}`, {
        config: byAlbum, schema: { tags, summary: `The same with every place, and witness cameras, as a ${format === 'py' ? 'script for Blender' : format.toUpperCase()} file`, params: Params, querystring: ExportQuery, produces: [mime], response: { 200: Bytes, default: ErrorBody } }
      }, async ({ params, query, who }, reply) => {
        const hero = await find(who, params.id)
        const cameras = await camerasOf(who, hero, [query.witness ?? []].flat())
        return reply.header('content-disposition', contentDisposition(`${hero.facts.name}.${format}`, true)).type(mime).send(of(cameras) as never)
      })
    }

    app.get('/assets/:id/motion.chan', {
      config: byAlbum, schema: { tags, summary: 'One thing that moved as a .chan file: frame tx ty tz rx ry rz, in the plane of the picture', params: Params, querystring: ExportQuery, produces: ['text/plain'], response: { 200: Bytes, default: ErrorBody } }
    }, async ({ params, query, who }, reply) => {
      const asset = await find(who, params.id)
      const { track, motion } = await oneTrack(asset, query.track)
      return reply.header('content-disposition', contentDisposition(`${asset.facts.name} thing ${track.id}.chan`, true)).type('text/plain; charset=utf-8').send(chanOf(track, motion) as never)
    })

    app.get('/assets/:id/motion/tracks/:file', {
      config: byAlbum, schema: { tags, summary: 'The best picture of a thing that moved (`3.jpg`), or the stretch of the film it is in (`3.mp4`; QuickTime where MP4 does not take what is in the film)', params: TrackParams, produces: ['image/jpeg', 'video/mp4', 'video/quicktime'], response: { 200: Bytes, default: ErrorBody } }
    }, async (request, reply) => {
      const [, id, format] = /^(\d{1,6})\.(jpg|mp4)$/.exec(request.params.file) ?? []
      if (id === undefined) throw new NotFoundError('there are NUMBER.jpg and NUMBER.mp4 of each track')
      const asset = await find(request.who, request.params.id)
      const { track } = await oneTrack(asset, Number(id))
      if (format === 'mp4') return sendClip(reply, asset, track)
      const left = new AbortController()
      reply.raw.once('close', () => left.abort(new Error('the reader left')))
      return reply.type('image/jpeg').send(Buffer.from(await motions.picture(asset, track.bestMs, left.signal)) as never)
    })
  }
  return async (app) => { await app.register(routes, { prefix: '/api/v1' }) }
}

const namesOf = ({ facts: { id, name, probe } }: Asset): Pick<CameraMotion, 'asset' | 'name' | 'turn'> => ({ asset: id, name, turn: probe.rotation ?? 0 })
