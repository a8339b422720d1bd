import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import { CameraTranscript, ErrorBody, TranscriptDocument, TranscriptSaved, TranscriptState, type TranscriptView } from '#protocols/http.ts'
import { parseCameraId } from '#protocols/ids.ts'
import type { Asset, Ring } from '#ring'
import { chaptersOf } from '../../understanding/transcripts/chapters.ts'
import { readCaptions } from '../../understanding/transcripts/captions/original-captions.ts'
import { MAX_CAPTION_BYTES } from '../../understanding/transcripts/formats/cue.ts'
import { writePlain } from '../../understanding/transcripts/formats/plain.ts'
import { writeSrt } from '../../understanding/transcripts/formats/srt.ts'
import { writeVtt } from '../../understanding/transcripts/formats/vtt.ts'
import { type Transcript, type Version, versionsOf } from '../../understanding/transcripts/transcript.ts'
import { matchOf, type TranscriptDraft } from '../../understanding/transcripts/transcript-edits.ts'
import type { Transcripts } from '../../understanding/transcripts/transcripts.ts'
import { sightOf } from '../sight.ts'
import { contentDisposition } from './assets.ts'

export interface TranscriptComponents {
  readonly ring: { readonly catalog: Pick<Ring['catalog'], 'asset' | 'index'> }
  readonly transcripts: Transcripts
}

const Params = Type.Object({ id: Type.String({ maxLength: 100 }) })
const Query = Type.Object({ version: Type.Optional(Type.String({ maxLength: 64, description: 'one of `versions`; the one that is shown when left out' })) })
const FileQuery = Type.Intersect([Query, Type.Object({ words: Type.Optional(Type.Boolean({ description: 'WebVTT says when each word begins' })), download: Type.Optional(Type.Boolean()) })])
const IfMatch = Type.Object({ 'if-match': Type.Optional(Type.String({ maxLength: 300, description: 'ETag of the transcript that was changed; needed once somebody wrote one' })) })
/** Longest window of a camera that one answer covers, in ms: a day, however long, in steps. @default 93600000 */
export const MAX_SAID_MS = 26 * 3_600_000
const Moment = Type.Integer({ minimum: 0, maximum: 8.64e15 })
const Window = Type.Object({ from: Type.Optional({ ...Moment, description: 'Unix ms; default an hour before `to`' }), to: Type.Optional({ ...Moment, description: 'Unix ms; default now' }) })
const Text = Type.Unsafe<never>({ type: 'string' })
const CAPTIONS: Readonly<Record<string, string>> = { 'application/x-subrip': 'a.srt', 'text/srt': 'a.srt', 'text/vtt': 'a.vtt' }
/** All of them answer by what the asker may see. */
const byAlbum = { albums: true } as const

interface Wanted { readonly asset: Asset; readonly transcript: Transcript; readonly shown: Version }

const FILES: ReadonlyArray<{ readonly ending: string; readonly mime: string; readonly write: (wanted: Wanted, words: boolean) => string }> = [
  { ending: 'srt', mime: 'application/x-subrip; charset=utf-8', write: ({ transcript }) => writeSrt(transcript.lines) },
  { ending: 'vtt', mime: 'text/vtt; charset=utf-8', write: ({ transcript }, words) => writeVtt(transcript.lines, { language: transcript.language, words }) },
  { ending: 'txt', mime: 'text/plain; charset=utf-8', write: ({ transcript }) => writePlain(transcript.lines) },
  { ending: 'json', mime: 'application/json; charset=utf-8', write: (wanted) => JSON.stringify({ asset: wanted.asset.facts.id, name: wanted.asset.facts.name, ...viewOf(wanted) }) }
]

/** What is said before a camera: `GET /cameras/:id/transcript`. In an asset: `GET`, `PUT`, `POST` and `DELETE /assets/:id/transcript`; `GET` of it as `.srt`, `.vtt`, `.txt` and `.json`. */
export function transcriptRoutes({ ring: { catalog }, transcripts }: TranscriptComponents): FastifyPluginAsyncTypebox {
  const { store, edits, status, wish, model, heard, whyDeaf } = transcripts

  /** @throws NotFoundError that says why there is none */
  function chosen(asset: Asset, version: string | undefined): Version {
    const versions = versionsOf(asset, model())
    const found = version === undefined ? versions[0] : versions.find((one) => one.version === version)
    if (found !== undefined) return found
    if (version !== undefined) throw new NotFoundError(`this asset has no transcript ${JSON.stringify(version)}${versions.length === 0 ? '' : `: it has ${versions.map((one) => one.version).join(', ')}`}`)
    throw new NotFoundError(`there is no transcript of this asset: ${status(asset).reason ?? 'it is being made'}`)
  }

  async function wanted(asset: Asset, version: string | undefined): Promise<Wanted> {
    const shown = chosen(asset, version)
    return { asset, shown, transcript: await store.get(shown.blob) }
  }

  async function state(asset: Asset, version: string | undefined): Promise<TranscriptState> {
    const versions = versionsOf(asset, model())
    const transcript = versions.length === 0 && version === undefined ? null : viewOf(await wanted(asset, version))
    return { transcript, versions: versions.map((one) => one.version), ...status(asset) }
  }

  const routes: FastifyPluginAsyncTypebox = async (app) => {
    app.addContentTypeParser(Object.keys(CAPTIONS), { parseAs: 'buffer', bodyLimit: MAX_CAPTION_BYTES }, (request, bytes, done) => {
      try {
        done(null, readCaptions(CAPTIONS[request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''] ?? 'a.srt', bytes as Buffer))
      } catch (err) {
        done(err as Error)
      }
    })

    app.get('/cameras/:id/transcript', {
      schema: { tags: ['transcripts'], summary: 'What was said before a camera in a window of time', params: Params, querystring: Window, response: { 200: CameraTranscript, default: ErrorBody } }
    }, async ({ params, query: { to: toMs = Date.now(), from: fromMs = toMs - 3_600_000 } }) => {
      if (fromMs >= toMs) throw new InvalidInputError('from must be before to')
      if (toMs - fromMs > MAX_SAID_MS) throw new InvalidInputError('the window is longer than 26 hours: ask in parts')
      const camera = parseCameraId(params.id)
      return { camera, fromMs, toMs, ...await heard.between(camera, { fromMs, toMs }), reason: whyDeaf(camera) ?? null }
    })

    app.get('/assets/:id/transcript', {
      config: byAlbum, schema: { tags: ['transcripts'], summary: 'What is said in it, line by line, or why nobody knows', params: Params, querystring: Query, response: { 200: TranscriptState, default: ErrorBody } }
    }, async ({ params, query, who }, reply) => {
      const answer = await state(await sightOf(catalog, who).find(params.id), query.version)
      if (answer.transcript !== null) reply.header('etag', `"${answer.transcript.etag}"`)
      return answer
    })

    for (const { ending, mime, write } of FILES) {
      app.get(`/assets/:id/transcript.${ending}`, {
        config: byAlbum, schema: { tags: ['transcripts'], summary: `What is said in it, as ${ending === 'txt' ? 'paragraphs' : ending.toUpperCase()}`, params: Params, querystring: FileQuery, produces: [mime.split(';')[0]!], response: { 200: Text, default: ErrorBody } }
      }, async ({ params, query, who }, reply) => {
        const found = await wanted(await sightOf(catalog, who).find(params.id), query.version)
        const name = `${found.asset.facts.name.replace(/\.\w{1,8}$/, '')}.${ending}`
        reply.header('etag', `"${found.shown.blob}"`).header('content-disposition', contentDisposition(name, query.download === true))
        return reply.type(mime).send(Buffer.from(write(found, query.words === true)) as never)
      })
    }

    app.put('/assets/:id/transcript', {
      config: byAlbum, validatorCompiler: TypeBoxValidatorCompiler, bodyLimit: MAX_CAPTION_BYTES,
      schema: { tags: ['transcripts'], summary: 'What a person says is said: as JSON, SubRip (application/x-subrip) or WebVTT (text/vtt)', consumes: ['application/json', ...Object.keys(CAPTIONS)], params: Params, headers: IfMatch, body: TranscriptDocument, response: { 200: TranscriptSaved, default: ErrorBody } }
    }, async ({ params, headers, body, who }, reply) => {
      const asset = await sightOf(catalog, who).findToEdit(params.id)
      if (asset.facts.kind === 'image') throw new InvalidInputError('nothing is said in a picture')
      const etag = await edits.put(who, asset, draftOf(body), matchOf(headers['if-match']))
      reply.header('etag', `"${etag}"`)
      return { etag, version: 'edited' }
    })

    app.post('/assets/:id/transcript', {
      config: byAlbum, schema: { tags: ['transcripts'], summary: 'Have a model listen although there are captions, or although it has failed', params: Params, response: { 202: TranscriptState, default: ErrorBody } }
    }, async ({ params, who }, reply) => {
      const { find, findToEdit } = sightOf(catalog, who)
      await wish(await findToEdit(params.id))
      return reply.code(202).send(await state(await find(params.id), undefined))
    })

    app.delete('/assets/:id/transcript', {
      config: byAlbum, schema: { tags: ['transcripts'], summary: 'Go back to the captions that came with it, or to what a model heard', params: Params, headers: IfMatch, response: { 204: Type.Null(), default: ErrorBody } }
    }, async ({ params, headers, who }, reply) => {
      await edits.remove(who, await sightOf(catalog, who).findToEdit(params.id), matchOf(headers['if-match']))
      return reply.code(204).send(null)
    })
  }
  return async (app) => { await app.register(routes, { prefix: '/api/v1' }) }
}

function viewOf({ transcript, shown: { version, blob } }: Wanted): TranscriptView {
  const { origin, language, languageConfidence, languages, dropped, edited, lines } = transcript
  return {
    version, etag: blob, origin: { ...origin }, language, languageConfidence, languages: languages.map((one) => ({ ...one })), dropped, editedAtMs: edited?.atMs ?? null,
    lines: lines.map(({ words, ...line }) => ({ ...line, words: words.map((word) => ({ ...word })) })), chapters: chaptersOf(lines)
  }
}

/** Language only when it is said: captions seldom say theirs. */
function draftOf({ language, lines }: TranscriptDocument): TranscriptDraft {
  return { lines: lines.map(({ id, fromMs, toMs, text, speaker = '', words = [] }) => ({ id, fromMs, toMs, text, speaker, words })), ...(language !== undefined && language !== '' && { language }) }
}
