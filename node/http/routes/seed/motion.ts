import { setTimeout as sleep } from 'node:timers/promises'
import multipart from '@fastify/multipart'
import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Compile } from 'typebox/compile'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import { type ImportResult, type JobView, type MotionExtracted, MotionRequest } from '#protocols/http.ts'
import { type AssetId, parseAssetId } from '#protocols/ids.ts'
import { MAX_UPLOAD_BYTES } from '../../../library/spool.ts'
import { motionOptions } from '../motion.ts'
import type { SeedComponents } from './seed-components.ts'

/** Who asks is answered when all is found, or after so long, in ms; then the job goes on. @default 120000 */
export const EXTRACT_WAIT_MS = 120_000
/** Files of one request. @default 16 */
export const MAX_EXTRACT_FILES = 16
/** Longest field, in bytes: as many masks or zones as there may be, with every digit of their corners. @default 131072 */
export const MAX_FIELD_BYTES = 131_072

type Result = MotionExtracted['results'][number]
const tags = ['first clients']
const isRequest = Compile(MotionRequest)

/** `POST /motion/extract` (multipart: files[], and what to look for, each field as JSON), and `GET /motion/extract/:job` when it takes longer. */
export function motionAliases({ importer, spool, jobs, catalog, motions }: SeedComponents): FastifyPluginAsyncTypebox {
  /** `filename`: as the sender calls it; a film that is known already has the name it was known by. */
  async function resultOf(id: AssetId, filename?: string): Promise<Result> {
    const asset = await catalog.asset(id)
    if (asset === undefined) throw new NotFoundError('it was deleted meanwhile')
    const { tracks } = await motions.read(asset)
    return { filename: filename ?? asset.facts.name, asset_id: id, frames_saved: tracks.length, frames: tracks.map((track) => `/api/v1/assets/${id}/motion/tracks/${track.id}.jpg`), error: null }
  }

  async function answerOf({ id, state, error, endedMs, results }: JobView, assets: readonly AssetId[], names?: ReadonlyMap<AssetId, string>): Promise<MotionExtracted> {
    const status = endedMs === null ? 'running' : state === 'done' ? 'completed' : 'error'
    const failed = new Map(results.filter(({ outcome }) => outcome === 'refused').map(({ assetId, path, reason }) => [assetId, refused(path, reason ?? '')]))
    const ofOne = async (asset: AssetId): Promise<Result> => {
      const name = names?.get(asset)
      const why = failed.get(asset) // what an earlier search found in it is not what was asked for
      return why === undefined ? resultOf(asset, name).catch((err: Error) => refused(name ?? asset, err.message)) : { ...why, filename: name ?? why.filename, asset_id: asset }
    }
    return { status, job_id: id, error, results: status === 'running' ? [] : await Promise.all(assets.map(ofOne)) }
  }

  async function receive(request: FastifyRequest): Promise<{ imported: ImportResult[]; wanted: MotionRequest }> {
    if (!request.isMultipart()) throw new InvalidInputError('send the films as multipart/form-data, files[]')
    const imported: ImportResult[] = []
    const wanted: MotionRequest = {}
    for await (const part of request.parts()) {
      if (part.type === 'field') Object.assign(wanted, fieldOf(part.fieldname, part.value))
      else imported.push(await spool.with(part.file, (path) => importer.importFile(path, { shownPath: part.filename || 'unnamed', modifiedAtMs: null })))
    }
    if (imported.length === 0) throw new InvalidInputError('there is no file in this request: send films as files[]')
    return { imported, wanted }
  }

  async function extract(request: FastifyRequest): Promise<MotionExtracted> {
    const { imported, wanted } = await receive(request)
    const options = motionOptions(wanted)
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
    await app.register(multipart, { limits: { files: MAX_EXTRACT_FILES, fileSize: MAX_UPLOAD_BYTES, fields: 20, fieldSize: MAX_FIELD_BYTES, headerPairs: 100 } })

    app.post('/motion/extract', { config: { longBody: true }, schema: { tags, summary: 'Import films (files[]), and look for what moves in them; masks, zones, sensitivity and features are fields, as in POST /api/v1/motion', consumes: ['multipart/form-data'] } }, (request) => extract(request))

    app.get('/motion/extract/:job', { schema: { tags, summary: 'What became of it', params: Type.Object({ job: Type.String({ maxLength: 100 }) }) } }, async ({ params }) => {
      const job = jobs.find(params.job)
      if (job.kind !== 'motion') throw new NotFoundError('there is no such search for motion')
      return answerOf(job, job.results.flatMap(({ assetId }) => assetId === null ? [] : [parseAssetId(assetId)]))
    })
  }
}

const refused = (filename: string, error: string): Result => ({ filename, asset_id: null, frames_saved: 0, frames: [], error })

/** One field of the form: text, or what was sent as JSON. @throws InvalidInputError */
function fieldOf(name: string, value: unknown): MotionRequest {
  const field = { [name]: typeof value === 'string' ? parsed(value) : value }
  if (!isRequest.Check(field)) throw new InvalidInputError(`the field ${JSON.stringify(name.slice(0, 60))} is not what it should be: masks and zones are JSON as in POST /api/v1/motion, sensitivity is 0 to 100, features true or false; nothing else is looked at`)
  return field
}

/** Null, which no field is, for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
