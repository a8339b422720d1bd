import { setTimeout as sleep } from 'node:timers/promises'
import multipart from '@fastify/multipart'
import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import type { ImportResult, JobView, MotionExtracted } from '#protocols/http.ts'
import { type AssetId, parseAssetId } from '#protocols/ids.ts'
import { MAX_UPLOAD_BYTES } from '../../../library/spool.ts'
import { DEFAULT_SENSITIVITY } from '../../../understanding/motion/motion.ts'
import { motionOptions } from '../motion.ts'
import type { SeedComponents } from './seed-components.ts'

/** Who asks is answered when all is found, or after so long, in ms; then the job goes on. @default 120000 */
export const EXTRACT_WAIT_MS = 120_000
/** Files of one request. @default 16 */
export const MAX_EXTRACT_FILES = 16

type Result = MotionExtracted['results'][number]
const tags = ['first clients']

/** `POST /motion/extract` (multipart, files[]), and `GET /motion/extract/:job` when it takes longer. */
export function motionAliases({ importer, spool, jobs, catalog, motions }: SeedComponents): FastifyPluginAsyncTypebox {
  /** `filename`: as the sender calls it; a film that is known already has the name it was known by. */
  async function resultOf(id: AssetId, filename?: string): Promise<Result> {
    const asset = await catalog.asset(id)
    if (asset === undefined) throw new NotFoundError('it was deleted meanwhile')
    const { tracks } = await motions.read(asset)
    return { filename: filename ?? asset.facts.name, asset_id: id, frames_saved: tracks.length, frames: tracks.map((track) => `/api/v1/assets/${id}/motion/tracks/${track.id}.jpg`), error: null }
  }

  async function answerOf({ id, state, error, endedMs }: JobView, assets: readonly AssetId[], names?: ReadonlyMap<AssetId, string>): Promise<MotionExtracted> {
    const status = endedMs === null ? 'running' : state === 'done' ? 'completed' : 'error'
    return { status, job_id: id, error, results: status === 'running' ? [] : await Promise.all(assets.map((asset) => resultOf(asset, names?.get(asset)).catch((err: Error) => refused(names?.get(asset) ?? asset, err.message)))) }
  }

  async function receive(request: FastifyRequest): Promise<{ imported: ImportResult[]; fields: Map<string, string> }> {
    if (!request.isMultipart()) throw new InvalidInputError('send the films as multipart/form-data, files[]')
    const imported: ImportResult[] = []
    const fields = new Map<string, string>()
    for await (const part of request.parts()) {
      if (part.type === 'field') fields.set(part.fieldname, String(part.value))
      else imported.push(await spool.with(part.file, (path) => importer.importFile(path, { shownPath: part.filename || 'unnamed', modifiedAtMs: null })))
    }
    if (imported.length === 0) throw new InvalidInputError('there is no file in this request: send films as files[]')
    return { imported, fields }
  }

  async function extract(request: FastifyRequest): Promise<MotionExtracted> {
    const { imported, fields } = await receive(request)
    const options = motionOptions({ sensitivity: sensitivityIn(fields), features: fields.get('features') === 'true' })
    request.raw.socket.setTimeout(0) // the sender waits while they are looked at
    const found = await Promise.all(imported.map(({ assetId }) => assetId === null ? undefined : catalog.asset(parseAssetId(assetId))))
    const films = [...new Map(found.flatMap((asset) => asset?.facts.kind === 'video' ? [[asset.facts.id, asset]] : [])).values()]
    const others = imported.flatMap(({ path, reason }, i) => found[i]?.facts.kind === 'video' ? [] : [refused(path, reason ?? 'it is no film: motion is looked for in films')])
    if (films.length === 0) return { status: 'error', job_id: null, error: 'there is no film among these files', results: others }
    const job = motions.submit(films, options)
    const ended = await Promise.race([jobs.ended(job.id), sleep(EXTRACT_WAIT_MS, undefined, { ref: false })])
    const names = new Map(found.flatMap((asset, i) => asset === undefined ? [] : [[asset.facts.id, imported[i]!.path]]))
    const answer = await answerOf(ended ?? job, films.map(({ facts }) => facts.id), names)
    return { ...answer, results: [...answer.results, ...others] }
  }

  return async (app) => {
    await app.register(multipart, { limits: { files: MAX_EXTRACT_FILES, fileSize: MAX_UPLOAD_BYTES, fields: 20, fieldSize: 4_096, headerPairs: 100 } })

    app.post('/motion/extract', { schema: { tags, summary: 'Import films, and look for what moves in them', consumes: ['multipart/form-data'] } }, (request) => extract(request))

    app.get('/motion/extract/:job', { schema: { tags, summary: 'What became of it', params: Type.Object({ job: Type.String({ maxLength: 100 }) }) } }, async ({ params }) => {
      const job = jobs.find(params.job)
      if (job.kind !== 'motion') throw new NotFoundError('there is no such search for motion')
      return answerOf(job, job.results.flatMap(({ assetId }) => assetId === null ? [] : [parseAssetId(assetId)]))
    })
  }
}

const refused = (filename: string, error: string): Result => ({ filename, asset_id: null, frames_saved: 0, frames: [], error })

/** @throws InvalidInputError */
function sensitivityIn(fields: ReadonlyMap<string, string>): number {
  const sensitivity = Number(fields.get('sensitivity') ?? DEFAULT_SENSITIVITY)
  if (!(sensitivity >= 0 && sensitivity <= 100)) throw new InvalidInputError('sensitivity is 0 to 100')
  return sensitivity
}
