import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import { InvalidInputError } from '#protocols/errors.ts'
import { CameraList, ErrorBody, RecordingList } from '#protocols/http.ts'
import { type CameraId, parseCameraId } from '#protocols/ids.ts'

/** What the API asks of whoever runs the cameras. */
export interface CameraSource {
  cameras(): CameraList
  recordings(camera: CameraId, fromMs: number, toMs: number): RecordingList | Promise<RecordingList>
}

/** Recordings without `from` are those of the last day, in ms. @default 86400000 */
export const DEFAULT_WINDOW_MS = 86_400_000
/** Longest window one answer covers, in ms (31 days). @default 2678400000 */
export const MAX_WINDOW_MS = 31 * 86_400_000

const Params = Type.Object({ id: Type.String({ description: 'camera id' }) })
const Window = Type.Object({
  from: Type.Optional(Type.Number({ minimum: 0, maximum: 8.64e15, description: 'Unix ms; default a day before `to`' })),
  to: Type.Optional(Type.Number({ minimum: 0, maximum: 8.64e15, description: 'Unix ms; default now' }))
})

/** `GET /cameras`, `GET /cameras/:id/recordings`. */
export function cameraRoutes({ cameras, recordings }: CameraSource): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/cameras', {
      schema: { tags: ['cameras'], summary: 'Every camera of the ring and how it is now', response: { 200: CameraList, default: ErrorBody } }
    }, async () => cameras())

    app.get('/cameras/:id/recordings', {
      schema: { tags: ['cameras'], summary: 'What is recorded of a camera in a window of time, and the gaps', params: Params, querystring: Window, response: { 200: RecordingList, default: ErrorBody } }
    }, async ({ params, query }) => {
      const to = query.to ?? Date.now()
      const from = query.from ?? to - DEFAULT_WINDOW_MS
      if (from >= to) throw new InvalidInputError('from must be before to')
      if (to - from > MAX_WINDOW_MS) throw new InvalidInputError('the window is longer than 31 days: ask in parts')
      return recordings(parseCameraId(params.id), from, to)
    })
  }
}
