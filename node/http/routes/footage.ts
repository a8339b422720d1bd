import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { InvalidInputError } from '#protocols/errors.ts'
import { CameraChange, CameraSettings, ErrorBody, Ledger, LedgerDays, MasterList, MotionList, PartList, RecordSwitch } from '#protocols/http.ts'
import { type CameraId, parseCameraId } from '#protocols/ids.ts'
import { isTimeZone } from '#ring'
import type { CameraSettingsKeeper } from '../../recording/camera-settings.ts'
import type { Ledgers } from '../../recording/ledgers.ts'
import type { Recordings } from '../../recording/recordings.ts'
import type { Masters } from '../../recording/masters/masters.ts'
import { requireRole } from '../authorise.ts'
import { DEFAULT_WINDOW_MS, MAX_WINDOW_MS } from './cameras.ts'

const Params = Type.Object({ id: Type.String({ description: 'camera id' }) })
const Window = Type.Object({
  from: Type.Optional(Type.String({ maxLength: 40, description: 'Unix ms or ISO 8601; default a day before `to`' })),
  to: Type.Optional(Type.String({ maxLength: 40, description: 'Unix ms or ISO 8601; default now' })),
  timeZone: Type.Optional(Type.String({ maxLength: 64, description: "IANA name; default the node's" }))
})

export interface FootageComponents {
  readonly ledgers: Ledgers
  readonly settings: Pick<CameraSettingsKeeper, 'read' | 'change' | 'turn'>
  readonly masters: Pick<Masters, 'list'>
  readonly recordings: Pick<Recordings, 'parts'>
  readonly motions: (camera: CameraId, fromMs: number, toMs: number) => MotionList
}

/** Under `/api/v1/cameras/:id`: `GET`, `PATCH`, `POST /record`, `GET /ledger`, `/ledger/days`, `/masters`, `/motion` and `/parts`. */
export function footageRoutes({ ledgers, settings, masters, recordings, motions }: FootageComponents): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })

    app.get('/api/v1/cameras/:id', {
      schema: { tags: ['cameras'], summary: 'When a camera is recorded, and how long its footage is kept', params: Params, response: { 200: CameraSettings, default: ErrorBody } }
    }, async ({ params }) => settings.read(parseCameraId(params.id)))

    app.patch('/api/v1/cameras/:id', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['cameras'], summary: 'Change that, on every node of the ring', params: Params, body: CameraChange, response: { 200: CameraSettings, default: ErrorBody } }
    }, async ({ params, body, who }) => {
      if (body.retention !== undefined) requireRole({ who }, 'admin') // it decides what is given up
      return settings.change(parseCameraId(params.id), body)
    })

    app.post('/api/v1/cameras/:id/record', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['cameras'], summary: 'Start or stop a camera that is recorded by hand', params: Params, body: RecordSwitch, response: { 200: CameraSettings, default: ErrorBody } }
    }, async ({ params, body }) => settings.turn(parseCameraId(params.id), body.on))

    app.get('/api/v1/cameras/:id/ledger', {
      schema: { tags: ['cameras'], summary: 'What became of every moment of a camera: recorded, lost (and why), or not expected', params: Params, querystring: Window, response: { 200: Ledger, default: ErrorBody } }
    }, async ({ params, query }) => {
      const { fromMs, toMs } = windowOf(query)
      return ledgers.ledger(parseCameraId(params.id), fromMs, toMs)
    })

    app.get('/api/v1/cameras/:id/ledger/days', {
      schema: { tags: ['cameras'], summary: 'Seconds of each state, day by day', params: Params, querystring: Window, response: { 200: LedgerDays, default: ErrorBody } }
    }, async ({ params, query }) => {
      const { fromMs, toMs } = windowOf(query)
      const timeZone = query.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
      if (!isTimeZone(timeZone)) throw new InvalidInputError(`${JSON.stringify(timeZone)} is no time zone: use an IANA name, for example Europe/Berlin`)
      return ledgers.days(parseCameraId(params.id), fromMs, toMs, timeZone)
    })

    app.get('/api/v1/cameras/:id/masters', {
      schema: { tags: ['cameras'], summary: 'Masters of a camera: made, being made, or why not', params: Params, querystring: Window, response: { 200: MasterList, default: ErrorBody } }
    }, async ({ params, query }) => {
      const { fromMs, toMs } = windowOf(query)
      return masters.list(parseCameraId(params.id), fromMs, toMs)
    })

    app.get('/api/v1/cameras/:id/motion', {
      schema: { tags: ['cameras'], summary: 'When something moved before a camera', params: Params, querystring: Window, response: { 200: MotionList, default: ErrorBody } }
    }, async ({ params, query }) => {
      const { fromMs, toMs } = windowOf(query)
      return motions(parseCameraId(params.id), fromMs, toMs)
    })

    app.get('/api/v1/cameras/:id/parts', {
      schema: { tags: ['cameras'], summary: 'The parts of at most an hour of recordings, by the clock of the camera and by that of the node', params: Params, querystring: Window, response: { 200: PartList, default: ErrorBody } }
    }, async ({ params, query }) => {
      const { fromMs, toMs } = windowOf(query)
      return recordings.parts(parseCameraId(params.id), fromMs, toMs)
    })
  }
}

/** @throws InvalidInputError saying what to change */
function windowOf(query: { from?: string; to?: string }): { fromMs: number; toMs: number } {
  const toMs = query.to === undefined ? Date.now() : timeOf('to', query.to)
  const fromMs = query.from === undefined ? Math.max(0, toMs - DEFAULT_WINDOW_MS) : timeOf('from', query.from)
  if (fromMs >= toMs) throw new InvalidInputError('from must be before to')
  if (toMs - fromMs > MAX_WINDOW_MS) throw new InvalidInputError('the window is longer than 31 days: ask in parts')
  return { fromMs, toMs }
}

/** Unix ms or ISO 8601. @throws InvalidInputError */
export function timeOf(name: string, text: string): number {
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text)
  if (!Number.isFinite(ms) || ms < 0 || ms > 8.64e15) throw new InvalidInputError(`${name} is no time: ${text.slice(0, 40)} (use Unix milliseconds or ISO 8601)`)
  return ms
}
