import { setTimeout as sleep } from 'node:timers/promises'
import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { InvalidInputError, RefusedError } from '#protocols/errors.ts'
import type { CameraList } from '#protocols/http.ts'
import { type CameraId, parseCameraId } from '#protocols/ids.ts'
import type { JobHandle } from '../../../jobs/jobs.ts'
import { askSelf, askSelfJson } from './ask-self.ts'
import type { SeedComponents } from './seed-components.ts'

/** How long two cameras are recorded when nobody says, in seconds. @default 60 */
export const DEFAULT_TAKE_SECONDS = 60
/** Longest, in seconds. @default 3600 */
export const MAX_TAKE_SECONDS = 3_600

const Camera = Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'camera id; of the live cameras the first that is free when not said' }))
const Take = Type.Object({ duration: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_TAKE_SECONDS, description: `seconds (${DEFAULT_TAKE_SECONDS})` })), hero: Camera, witness: Camera })

/** `POST /hwcapture/witness_record`: two cameras that are recorded by hand, from now on together. The job stops what it started, also when it is cancelled. */
export function witnessAliases({ jobs, settings }: SeedComponents): FastifyPluginAsyncTypebox {
  const turn = (cameras: readonly CameraId[], on: boolean): Promise<unknown> => Promise.all(cameras.map((camera) => settings.turn(camera, on)))

  async function record(job: JobHandle, { cameras, started, seconds }: { cameras: Pair; started: readonly CameraId[]; seconds: number }): Promise<void> {
    const fromMs = Date.now()
    try {
      await turn(cameras, true) // when it is tried again
      await sleep(seconds * 1_000, undefined, { signal: job.signal })
    } finally {
      await turn(started, false)
      const files = cameras.map((camera) => `/api/v1/cameras/${camera}/play?from=${fromMs}&to=${Date.now()}`)
      job.update({ report: { raw: files[0], witness: files[1], cameras } })
    }
  }

  return async (app) => {
    app.post('/hwcapture/witness_record', { validatorCompiler: TypeBoxValidatorCompiler, schema: { tags: ['first clients'], summary: 'Record two cameras together for ?duration= seconds: ?hero= and ?witness=, or the first two that are live', querystring: Take, body: Type.Optional(Type.Union([Take, Type.Null()])) } }, async ({ query, body, headers, ip, who }) => {
      const { duration: seconds = DEFAULT_TAKE_SECONDS, hero, witness } = { ...query, ...body }
      const live = (await askSelfJson<CameraList>(app, { headers, ip, who }, 'GET', '/api/v1/cameras')).cameras.filter((camera) => camera.live).map(({ id }) => id)
      const cameras = pairOf(live, hero, witness)
      const started: CameraId[] = []
      try {
        for (const camera of cameras) {
          const wasOn = settings.read(camera).record.on
          await askSelf(app, { headers, ip, who }, 'POST', `/api/v1/cameras/${encodeURIComponent(camera)}/record`, { on: true })
          if (!wasOn) started.push(camera)
        }
      } catch (err) {
        await turn(started, false)
        throw err
      }
      const job = jobs.submit({ kind: 'take', title: `${cameras.join(' and ')} together`, run: (handle) => record(handle, { cameras, started, seconds }) })
      return { job: job.id, status: 'started', duration: seconds, hero: cameras[0], witness: cameras[1] }
    })
  }
}

type Pair = readonly [hero: CameraId, witness: CameraId]

/** @throws InvalidInputError, RefusedError */
function pairOf(live: readonly string[], hero?: string, witness?: string): Pair {
  if (hero !== undefined && hero === witness) throw new InvalidInputError('hero and witness are two cameras')
  const first = hero ?? live.find((id) => id !== witness)
  const second = witness ?? live.find((id) => id !== first)
  if (first === undefined || second === undefined) throw new RefusedError(`it takes two cameras, and ${live.length === 0 ? 'none is' : `only ${live.join()} is`} live: attach another (GET /api/v1/cameras lists them)`)
  return [parseCameraId(first), parseCameraId(second)]
}
