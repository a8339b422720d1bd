import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import { InvalidInputError, InvalidMessageError, NotFoundError } from '#protocols/errors.ts'
import { ErrorBody, SceneList, UnderstandingChange, UnderstandingView } from '#protocols/http.ts'
import type { Asset, Ring } from '#ring'
import type { Analyses } from '../../understanding/analysis/analyses.ts'
import type { UnderstandingCoverage } from '../../understanding/analysis/coverage.ts'
import { isSeen } from '../../understanding/analysis/look.ts'
import { MOMENT_PIXELS, type MomentPictures } from '../../understanding/analysis/moment-pictures.ts'
import type { Known, ReadMade } from '../../understanding/analysis/readings/read-made.ts'
import { sceneViews, type SpeechLine } from '../../understanding/analysis/scene-views.ts'
import type { UnderstandingSettings } from '../../understanding/analysis/settings.ts'
import type { Tag, Tags } from '../../understanding/analysis/tags.ts'
import { createRateLimit, type RateLimitInit } from '../rate-limit.ts'
import { findSeen } from '../sight.ts'
import { TooManyRequestsError } from './live-http.ts'

/** Longest side of a picture when nobody says, in pixels. @default 640 */
export const DEFAULT_MOMENT_PIXELS = 640
/** How long browsers keep the picture of a moment, in seconds: it never changes. @default 86400 */
export const MOMENT_MAX_AGE_SECONDS = 86_400

export interface SceneComponents {
  readonly catalog: Pick<Ring['catalog'], 'asset'>
  readonly analyses: Pick<Analyses, 'waiting'>
  readonly readMade: Pick<ReadMade, 'all'>
  readonly tags: Tags
  readonly pictures: MomentPictures
  readonly coverage: UnderstandingCoverage
  readonly settings: Pick<UnderstandingSettings, 'change'>
  readonly speech?: (asset: Asset) => Promise<readonly SpeechLine[]>
}

const Params = Type.Object({ id: Type.String({ maxLength: 100 }) })
const Bytes = Type.Unsafe<never>({ type: 'string', format: 'binary' })
/** They answer by what the asker may see. */
const byAlbum = { albums: true } as const

/** What is seen in an asset: `GET /assets/:id/scenes`, `picture`; `GET|PUT /understanding`. */
export function sceneRoutes({ catalog, analyses, readMade, tags, pictures, coverage, settings, speech = async () => [] }: SceneComponents, rate: RateLimitInit = {}): FastifyPluginAsyncTypebox {
  async function tagsOf({ vectors }: Known): Promise<ReadonlyArray<readonly Tag[]> | undefined> {
    for (const reading of vectors) {
      const found = await tags.of(reading).catch(() => undefined) // scenes are worth having without
      if (found !== undefined) return found
    }
    return undefined
  }

  async function scenesOf(asset: Asset): Promise<SceneList> {
    const waiting = analyses.waiting(asset).map(({ name, why }) => ({ what: name.split('@')[0] ?? name, why }))
    const known = await readMade.all(asset).catch((err) => {
      if (err instanceof InvalidMessageError) return void waiting.push({ what: 'analysis', why: `it can not be read, and is made anew: ${err.message}` })
      throw err
    })
    if (known === undefined) return { scenes: [], waiting: !isSeen(asset) ? [{ what: 'analysis', why: 'nothing is seen in it: it is no picture or film that is decoded here' }] : waiting }
    return { scenes: sceneViews(asset.facts.id, known, { tags: await tagsOf(known), speech: await speech(asset) }), waiting }
  }

  /** Nothing is decoded for a moment that the film has not. */
  function momentOf(asset: Asset, at: number): number {
    if (!isSeen(asset)) throw new NotFoundError('there are no pictures in this asset, or none that are decoded here')
    if (asset.facts.kind === 'image') return 0
    const { durationMs = 0 } = asset.facts.probe
    if (at > durationMs) throw new InvalidInputError(`at is ${at} ms; this film has ${Math.round(durationMs)} ms`)
    return at
  }

  const routes: FastifyPluginAsyncTypebox = async (app) => {
    const limit = createRateLimit(rate)
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })

    app.get('/assets/:id/scenes', {
      config: byAlbum, schema: { tags: ['understanding'], summary: 'The scenes of a film, what is seen in each, and what is not known yet', params: Params, response: { 200: SceneList, default: ErrorBody } }
    }, async ({ params, who }) => scenesOf(await findSeen(catalog, who, params.id)))

    app.get('/assets/:id/picture', {
      config: byAlbum,
      schema: {
        tags: ['understanding'], summary: 'What is shown at a moment', produces: ['image/jpeg'], params: Params,
        querystring: Type.Object({ at: Type.Integer({ minimum: 0, maximum: 3_600_000_000, description: 'ms from the beginning' }), size: Type.Optional(Type.Union(MOMENT_PIXELS.map((pixels) => Type.Literal(pixels)), { description: `longest side in pixels (${DEFAULT_MOMENT_PIXELS})` })) }),
        response: { 200: Bytes, default: ErrorBody }
      }
    }, async ({ params, query, who, ip }, reply) => {
      const waitMs = limit.take(ip)
      if (waitMs > 0) {
        reply.header('retry-after', Math.ceil(waitMs / 1000))
        throw new TooManyRequestsError('too many pictures for this address: wait a moment')
      }
      const asset = await findSeen(catalog, who, params.id)
      const jpeg = await pictures.at(asset, momentOf(asset, query.at), query.size ?? DEFAULT_MOMENT_PIXELS)
      return reply.header('cache-control', `private, max-age=${MOMENT_MAX_AGE_SECONDS}`).type('image/jpeg').send(Buffer.from(jpeg) as never)
    })

    app.get('/understanding', {
      schema: { tags: ['understanding'], summary: 'How much of the library is understood, by what, and what is off', response: { 200: UnderstandingView, default: ErrorBody } }
    }, () => coverage.view())

    app.put('/understanding', {
      config: { role: 'admin' }, schema: { tags: ['understanding'], summary: 'Whether faces are looked for, and the words that scenes are tagged with', body: UnderstandingChange, response: { 200: UnderstandingView, default: ErrorBody } }
    }, async ({ body }) => {
      await settings.change(body)
      return coverage.view()
    })
  }
  return async (app) => { await app.register(routes, { prefix: '/api/v1' }) }
}
