import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import { parseCameraId } from '#protocols/ids.ts'
import type { Mp4Range } from '../../recording/mp4-range.ts'
import type { Recordings } from '../../recording/recordings.ts'
import { sendBytes } from '../byte-range.ts'
import { timeOf } from './footage.ts'

interface PlayParams { id: string }
interface PlayQuery { from?: string; to?: string; continued?: string; session?: string }
interface ExportQuery { from?: string; to?: string; cut?: string; name?: string; session?: string }

/** Characters of the name of an exported file. @default 120 */
export const MAX_FILE_NAME_CHARS = 120

/**
 * `GET|HEAD /api/v1/cameras/:id/play?from&to`: a stretch of recordings as plain MP4 with byte ranges, from the keyframe at or before it. Times
 * are Unix ms or ISO 8601. Without `to`, or with one beyond what is durable, the answer is a redirect to the same range with its end named, whose
 * bytes never change. With `continued=1` only what begins in the range: for a player that has all before it.
 *
 * `GET|HEAD /api/v1/cameras/:id/export?from&to&cut&name`: the same range as a file to keep. `cut=exact` (default) begins and ends it with the very
 * picture, `keyframe` begins at the keyframe before without encoding anything, `parts` takes whole parts as they are stored.
 *
 * Both take `session=<id>`: of this recording only, where several lie at the same time, as after a clock was set back. Else the one that began first plays.
 */
export function playbackRoutes({ recordings }: { recordings: Recordings }): FastifyPluginAsync {
  return async (app) => {
    app.route<{ Params: PlayParams; Querystring: PlayQuery }>({
      method: ['GET', 'HEAD'],
      url: '/api/v1/cameras/:id/play',
      handler: async (request, reply) => {
        const camera = parseCameraId(request.params.id)
        const { from, to, continued, session } = request.query
        const fromMs = beginning(from)
        const toMs = to === undefined ? Date.now() : timeOf('to', to)
        const newest = recordings.newestMs(camera, toMs, session) ?? recordings.newestMs(camera, Math.min(toMs, Date.now()), session)
        if (newest === undefined || newest <= fromMs) throw new NotFoundError(`nothing of ${camera} is recorded from ${new Date(fromMs).toISOString()} on`)
        if (to === undefined || newest < toMs) return reply.header('Cache-Control', 'no-store').redirect(`/api/v1/cameras/${camera}/play?from=${fromMs}&to=${newest}${continued === '1' ? '&continued=1' : ''}${session === undefined ? '' : `&session=${encodeURIComponent(session)}`}`, 302)
        return sendMp4(request, reply, await (continued === '1' ? recordings.goOn : recordings.open)(camera, fromMs, toMs, session))
      }
    })

    app.route<{ Params: PlayParams; Querystring: ExportQuery }>({
      method: ['GET', 'HEAD'],
      url: '/api/v1/cameras/:id/export',
      handler: async (request, reply) => {
        const camera = parseCameraId(request.params.id)
        const { from, to, cut = 'exact', name, session } = request.query
        const fromMs = beginning(from)
        if (to === undefined) throw new InvalidInputError('say until when: ?to=<Unix ms or ISO 8601>')
        const toMs = timeOf('to', to)
        if (cut !== 'exact' && cut !== 'keyframe' && cut !== 'parts') throw new InvalidInputError('cut is exact, keyframe or parts')
        const file = await (cut === 'parts' ? recordings.open(camera, fromMs, toMs, session) : recordings.cut(camera, fromMs, toMs, cut, session))
        reply.header('Content-Disposition', attachment(name ?? `${camera} ${new Date(file.startMs).toISOString().slice(0, 19).replaceAll(':', '-')}Z`))
        return sendMp4(request, reply, file)
      }
    })
  }
}

function beginning(from: string | undefined): number {
  if (from === undefined) throw new InvalidInputError('say from when: ?from=<Unix ms or ISO 8601>')
  return timeOf('from', from)
}

function sendMp4(request: FastifyRequest, reply: FastifyReply, file: Mp4Range): Promise<FastifyReply> {
  reply.header('Cache-Control', 'private, max-age=60').header('X-Start-Ms', String(file.startMs)).header('X-Duration-Ms', String(Math.round(file.durationMs * 1000) / 1000)).header('X-Codecs', file.codecs)
  return sendBytes(request, reply, { size: file.size, mime: file.mime, etag: file.etag, read: (range, signal) => file.read(range.start, range.end, signal) })
}

/** RFC 6266, with the name in both forms. */
function attachment(name: string): string {
  const file = `${name.replace(/[\p{Cc}\p{Cs}/\\:*?"<>|\s]+/gu, ' ').trim().slice(0, MAX_FILE_NAME_CHARS) || 'recording'}.mp4`
  return `attachment; filename="${file.replace(/[^\x20-\x7e]|%/g, '_')}"; filename*=UTF-8''${encodeURIComponent(file).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)}`
}
