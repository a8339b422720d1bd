import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { NotFoundError, ThatDamError } from '#protocols/errors.ts'
import type { AssetDetail, AssetEdit, MomentList, RelatedView, SceneList } from '#protocols/http.ts'
import { parseAssetId } from '#protocols/ids.ts'
import { type Asset, everyAssetInTurns } from '#ring'
import { askSelfJson } from './ask-self.ts'
import { importFile } from './import-file.ts'
import type { SeedComponents } from './seed-components.ts'

const LEVELS = ['L0', 'L1', 'L2', 'L3'] as const
type LevelName = (typeof LEVELS)[number]
type Levels = Partial<Record<LevelName, number>>

/** Where the code of the first system answered, and where its README says that it does. */
const PREFIXES = ['/dam', '/api/embedding'] as const

/** Files of one batch. @default 100 */
export const MAX_BATCH = 100

const Path = Type.String({ minLength: 1, maxLength: 4_096 })
const Level = Type.Union(LEVELS.map((level) => Type.Literal(level)))
const Ingest = Type.Object({ path: Path, metadata: Type.Optional(Type.Record(Type.String({ maxLength: 100 }), Type.Unknown())), force_reindex: Type.Optional(Type.Boolean()), generate_levels: Type.Optional(Type.Array(Level, { maxItems: 4 })) })
type Ingest = { readonly path: string; readonly metadata?: Readonly<Record<string, unknown>>; readonly generate_levels?: readonly LevelName[] }
const Search = Type.Object({ query: Type.String({ minLength: 1, maxLength: 500 }), level: Type.Optional(Type.Union([Type.Literal('all'), Level])), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })), threshold: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })) })
const Similar = Type.Object({ level: Type.Optional(Type.String({ maxLength: 10 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })) })
const Page = Type.Object({ skip: Type.Optional(Type.Integer({ minimum: 0 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })), filter_by: Type.Optional(Type.String({ maxLength: 1_024 })) })
const Params = Type.Object({ uuid: Type.String({ maxLength: 100 }) })
const tags = ['first clients']
const validatorCompiler = TypeBoxValidatorCompiler

type Request = FastifyRequest<any, any, any, any, any>

interface DamVideo { readonly uuid: string; readonly path: string; readonly duration: number | null; readonly levels: Levels; readonly metadata: Readonly<Record<string, unknown>> }

/** What of their metadata people may edit here. */
function editOf(metadata: Readonly<Record<string, unknown>>): AssetEdit {
  const { title, notes, tags: words, rating } = metadata
  return {
    ...typeof title === 'string' && { title: title.slice(0, 500) }, ...typeof notes === 'string' && { notes: notes.slice(0, 20_000) },
    ...typeof rating === 'number' && Number.isInteger(rating) && rating >= 0 && rating <= 5 && { rating }, ...Array.isArray(words) && { addTags: words.filter((word) => typeof word === 'string').slice(0, 50) }
  }
}

const pathOf = ({ locations, facts }: Asset): string => locations[0]?.path ?? facts.name
/** The uuid of these clients is the asset's id. */
const rowOf = (asset: Asset, levels: Levels): DamVideo => ({ uuid: asset.facts.id, path: pathOf(asset), duration: asset.facts.probe.durationMs === undefined ? null : asset.facts.probe.durationMs / 1000, levels, metadata: { name: asset.facts.name, title: asset.title, tags: asset.tags, rating: asset.rating, notes: asset.notes, mime: asset.facts.mime } })

/** `/dam/*`, and the same below `/api/embedding`: import by path, levels as they come, search, what is similar. */
export function damAliases(components: SeedComponents): FastifyPluginAsyncTypebox {
  const { catalog: { index }, vectors } = components
  return async (app) => {
    const self = <T>({ headers, ip, who }: Request, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<T> =>
      askSelfJson<T>(app as unknown as FastifyInstance, { headers, ip, who }, method, `/api/v1/${path}`, body)

    /** How much there is of each level: the asset, key pictures, scenes, what it hangs together with. */
    async function levelsOf(request: Request, { facts: { id } }: Asset, wanted: readonly LevelName[] = LEVELS): Promise<Levels> {
      const { scenes } = await self<SceneList>(request, 'GET', `assets/${id}/scenes`)
      const related = wanted.includes('L3') ? await self<RelatedView>(request, 'GET', `assets/${id}/related`) : undefined
      const counts = { L0: 1, L1: scenes.reduce((sum, { pictures = 1 }) => sum + pictures, 0), L2: scenes.length, L3: related === undefined ? 0 : related.duplicates.length + related.sameScene.length + related.sameMoment.length + related.topics.length }
      return Object.fromEntries(wanted.map((level) => [level, counts[level]]))
    }

    function find(uuid: string): Asset {
      const asset = index.asset(parseAssetId(uuid))
      if (asset === undefined || asset.deletedAtMs !== undefined) throw new NotFoundError('no such video: it was never imported here, or it was deleted')
      return asset
    }

    async function ingest(request: Request, { path, metadata = {}, generate_levels }: Ingest): Promise<DamVideo | { readonly job_id: string; readonly status: 'started'; readonly path: string }> {
      const asset = await importFile(path, components)
      if ('job' in asset) return { job_id: asset.job, status: 'started', path }
      const edit = editOf(metadata)
      if (Object.keys(edit).length > 0) await self<AssetDetail>(request, 'PATCH', `assets/${asset.facts.id}`, edit)
      return rowOf(index.asset(asset.facts.id) ?? asset, await levelsOf(request, asset, generate_levels))
    }

    async function ingestAll(request: Request): Promise<{ readonly results: readonly unknown[] }> {
      const results: unknown[] = []
      for (const path of request.body as string[]) {
        results.push(await ingest(request, { path }).then((made) => 'uuid' in made ? { path, status: 'ok', uuid: made.uuid } : { path, status: 'started', job_id: made.job_id }, (err: unknown) => {
          if (!(err instanceof ThatDamError)) throw err
          return { path, status: 'error', error: err.message }
        }))
      }
      return { results }
    }

    async function search(request: Request): Promise<unknown[]> {
      const { query, level = 'all', limit = 20, threshold = 0 } = request.body as { query: string; level?: 'all' | LevelName; limit?: number; threshold?: number }
      if (level === 'L3') return []
      const { found } = await self<MomentList>(request, 'GET', `search?${new URLSearchParams({ q: query, limit: String(limit), ...level !== 'all' && { level: level.slice(1) } }).toString()}`)
      const hits = found.filter(({ subject }) => subject.kind === 'asset').flatMap(({ subject, moments }) => moments.map((moment) => ({ uuid: subject.id, path: pathOf(find(subject.id)), level: `L${moment.level}`, start_time: moment.fromMs / 1000, end_time: moment.toMs / 1000, score: moment.score, metadata: { title: subject.title, why: moment.why } })))
      return hits.filter(({ score }) => score >= threshold).sort((a, b) => b.score - a.score).slice(0, limit)
    }

    async function similar(request: Request): Promise<{ readonly similar_videos: readonly unknown[] }> {
      const { limit = 20 } = request.query as { limit?: number }
      const { duplicates, sameScene, more } = await self<RelatedView>(request, 'GET', `assets/${find((request.params as { uuid: string }).uuid).facts.id}/related`)
      const all = new Map([...more, ...sameScene, ...duplicates].sort((a, b) => a.likeness - b.likeness).map(({ asset, title, likeness }) => [asset, { uuid: asset, path: pathOf(find(asset)), title, score: likeness }]))
      return { similar_videos: [...all.values()].sort((a, b) => b.score - a.score).slice(0, limit) }
    }

    async function list(request: Request): Promise<{ readonly videos: readonly DamVideo[]; readonly total: number }> {
      const { skip = 0, limit = 50, filter_by = '' } = request.query as { skip?: number; limit?: number; filter_by?: string }
      const found: Asset[] = []
      for await (const asset of everyAssetInTurns(index)) if (asset.facts.kind === 'video' && pathOf(asset).includes(filter_by)) found.push(asset)
      const videos: DamVideo[] = []
      for (const asset of found.slice(skip, skip + limit)) videos.push(rowOf(asset, await levelsOf(request, asset)))
      return { videos, total: found.length }
    }

    async function show(request: Request): Promise<DamVideo> {
      const asset = find((request.params as { uuid: string }).uuid)
      return rowOf(asset, await levelsOf(request, asset))
    }

    async function drop(request: Request): Promise<{ readonly deleted: string }> {
      const { facts: { id } } = find((request.params as { uuid: string }).uuid)
      await self<unknown>(request, 'DELETE', `assets/${id}`)
      return { deleted: id }
    }

    async function stats(): Promise<object> {
      let videos = 0
      for await (const asset of everyAssetInTurns(index)) if (asset.facts.kind === 'video') videos++
      return { total_videos: videos, total_vectors: await vectors(), vectors_by_level: null, storage_used: 'ring' }
    }

    const admin = { config: { role: 'admin' }, validatorCompiler } as const
    app.post('/dam/videos/ingest', { ...admin, schema: { tags, summary: 'Import a file of a folder of the library; its levels are made in the background', body: Ingest } }, (request) => ingest(request, request.body as Ingest))
    app.post('/api/embedding/videos/ingest', { ...admin, schema: { tags, summary: 'The same: {uuid, levels}', body: Ingest } }, (request) => ingest(request, request.body as Ingest).then((made) => 'uuid' in made ? { uuid: made.uuid, levels: made.levels } : made))
    for (const prefix of PREFIXES) {
      app.post(`${prefix}/videos/batch-ingest`, { ...admin, schema: { tags, summary: 'The same of several paths', body: Type.Array(Path, { maxItems: MAX_BATCH }) } }, (request) => ingestAll(request))
      app.post(`${prefix}/search`, { config: { role: 'viewer' }, validatorCompiler, schema: { tags, summary: 'Moments that a sentence describes; times in seconds. L3 finds nothing by words: see search/similar', body: Search } }, (request) => search(request))
      app.get(`${prefix}/search/similar/:uuid`, { validatorCompiler, schema: { tags, summary: 'Videos that are like one', params: Params, querystring: Similar } }, (request) => similar(request))
      app.get(`${prefix}/videos`, { validatorCompiler, schema: { tags, summary: 'Videos whose path has ?filter_by= in it', querystring: Page } }, (request) => list(request))
      app.get(`${prefix}/videos/:uuid`, { schema: { tags, summary: 'One video, and how much there is of each level', params: Params } }, (request) => show(request))
      app.delete(`${prefix}/videos/:uuid`, { schema: { tags, summary: 'Put it into the trash', params: Params } }, (request) => drop(request))
      app.post(`${prefix}/system/reindex`, { config: { role: 'admin' }, schema: { tags, summary: 'Says that there is nothing to order: what is missing is made by itself' } }, async () => ({ status: 'up to date', message: 'what is missing of a level is made by itself, and the index follows; GET /api/v1/understanding says how far it is' }))
      app.get(`${prefix}/system/stats`, { schema: { tags, summary: 'How many videos there are, and vectors in the index of this node; they are not told apart by level' } }, () => stats())
      app.get(`${prefix}/health`, { schema: { tags, summary: 'As /healthz' } }, async () => ({ status: 'ok' }))
    }
  }
}
