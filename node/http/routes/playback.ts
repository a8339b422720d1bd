import type { FastifyPluginAsync } from 'fastify'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import { parseCameraId } from '#protocols/ids.ts'
import type { Recordings } from '../../recording/recordings.ts'
import { sendBytes } from '../byte-range.ts'
import { timeOf } from './footage.ts'

interface PlayParams { id: string }
interface PlayQuery { from?: string; to?: string }

/**
 * `GET|HEAD /api/v1/cameras/:id/play?from&to`: a stretch of recordings as plain MP4 with byte ranges. Times are Unix ms or ISO 8601.
 * Without `to`, or with one beyond what is durable, the answer is a redirect to the same range with its end named, whose bytes never change.
 */
export function playbackRoutes({ recordings }: { recordings: Recordings }): FastifyPluginAsync {
  return async (app) => {
    app.route<{ Params: PlayParams; Querystring: PlayQuery }>({
      method: ['GET', 'HEAD'],
      url: '/api/v1/cameras/:id/play',
      handler: async (request, reply) => {
        const camera = parseCameraId(request.params.id)
        const { from, to } = request.query
        if (from === undefined) throw new InvalidInputError('say from when: ?from=<Unix ms or ISO 8601>')
        const fromMs = timeOf('from', from)
        const toMs = to === undefined ? Date.now() : timeOf('to', to)
        const newest = recordings.newestMs(camera, Math.min(toMs, Date.now()))
        if (newest === undefined || newest <= fromMs) throw new NotFoundError(`nothing of ${camera} is recorded from ${new Date(fromMs).toISOString()} on`)
        if (to === undefined || newest < toMs) return reply.header('Cache-Control', 'no-store').redirect(`/api/v1/cameras/${camera}/play?from=${fromMs}&to=${newest}`, 302)
        const file = await recordings.open(camera, fromMs, toMs)
        reply.header('Cache-Control', 'private, max-age=60').header('X-Start-Ms', String(file.startMs)).header('X-Duration-Ms', String(Math.round(file.durationMs)))
        return sendBytes(request, reply, {
          size: file.size, mime: file.mime, etag: file.etag,
          read: (range, signal) => file.read(range.start, range.end, signal)
        })
      }
    })
  }
}
