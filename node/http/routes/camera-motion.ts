import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { NotFoundError } from '#protocols/errors.ts'
import { CameraMotionAreasView, ErrorBody, MotionAreasChange } from '#protocols/http.ts'
import { type CameraId, parseCameraId } from '#protocols/ids.ts'
import type { CameraMotionAreas } from '../../recording/motion-areas.ts'
import { type MotionAreas, NO_AREAS } from '../../understanding/motion/motion.ts'

const Params = Type.Object({ id: Type.String({ maxLength: 100, description: 'camera id' }) })
const tags = ['cameras']

/** `GET`, `PUT` and `DELETE /api/v1/cameras/:id/motion/areas`. */
export function cameraMotionRoutes({ areas, knows }: { areas: Pick<CameraMotionAreas, 'read' | 'change' | 'forget'>; knows: (camera: CameraId) => boolean }): FastifyPluginAsyncTypebox {
  function find(text: string): CameraId {
    const id = parseCameraId(text)
    if (!knows(id)) throw new NotFoundError(`there is no camera ${id}`)
    return id
  }
  const viewOf = (said: MotionAreas | undefined): CameraMotionAreasView => ({ ...NO_AREAS, ...said, isWatched: said !== undefined }) as unknown as CameraMotionAreasView

  return async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })

    app.get('/api/v1/cameras/:id/motion/areas', {
      schema: { tags, summary: 'Where motion counts before a camera, and how much of it', params: Params, response: { 200: CameraMotionAreasView, default: ErrorBody } }
    }, async ({ params }) => viewOf(areas.read(find(params.id))))

    app.put('/api/v1/cameras/:id/motion/areas', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags, summary: 'Change that on every node. From then on the camera is watched for motion, however it is recorded, and motion.started and motion.ended are told with its zones', params: Params, body: MotionAreasChange, response: { 200: CameraMotionAreasView, default: ErrorBody } }
    }, async ({ params, body }) => viewOf(await areas.change(find(params.id), body as Partial<MotionAreas>)))

    app.delete('/api/v1/cameras/:id/motion/areas', {
      schema: { tags, summary: 'Forget it: the camera is watched only when its recording or its retention asks for motion', params: Params, response: { 200: CameraMotionAreasView, default: ErrorBody } }
    }, async ({ params }) => {
      const id = find(params.id)
      await areas.forget(id)
      return viewOf(areas.read(id))
    })
  }
}
