import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { InvalidInputError } from '#protocols/errors.ts'
import type { DeviceList } from '#protocols/http.ts'
import { MAX_MJPEG_FPS } from '../pictures.ts'
import { askSelf } from './ask-self.ts'
import type { SeedComponents } from './seed-components.ts'

const Device = Type.Object({ device: Type.String({ minLength: 1, maxLength: 64, description: 'camera id' }) })
const Query = Type.Object({ device: Type.Optional(Type.String({ maxLength: 64 })), width: Type.Optional(Type.Integer()), height: Type.Optional(Type.Integer()), fps: Type.Optional(Type.Number()) })
const Order = Type.Object({ device: Type.Optional(Type.String({ maxLength: 64 })), fname: Type.Optional(Type.String()), codec: Type.Optional(Type.String()) })
const tags = ['first clients']
const validatorCompiler = TypeBoxValidatorCompiler

/** Devices of all machines in one list. */
function flat({ machines }: DeviceList): { devices: Array<Record<string, unknown>>; count: number } {
  const devices = machines.flatMap(({ name: node, devices: each }) => each.map(({ kind, source, name, state, camera, reason, modes }) => (
    { id: camera ?? source, kind, path: source.replace(/^v4l2:/, ''), name, node, is_available: state !== 'refused', status: state, reason, camera, capabilities: modes }
  )))
  return { devices, count: devices.length }
}

/** `/api/devices`, `/hwcapture/*`, `/daemon/record/*`, `/preview/:device/index.m3u8`. */
export function deviceAliases({ devices }: SeedComponents): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/api/devices', { config: { role: 'editor' }, schema: { tags, summary: 'What every machine could capture from, in one list, and by machine' } }, async () => {
      const list = await devices()
      return { ...flat(list), ...list }
    })
    app.get('/hwcapture/devices', { config: { role: 'editor' }, schema: { tags, summary: 'The list alone' } }, async () => flat(await devices()).devices)
    app.get('/hwcapture/features', { schema: { tags, summary: 'What can be done with a camera' } }, async () => ({ hls: true, mp4: true, webrtc: true }))

    for (const path of ['/hwcapture/stream', '/hwcapture/stream_mjpeg'] as const) {
      app.get(path, { validatorCompiler, schema: { tags, summary: `MJPEG of ?device=, ${MAX_MJPEG_FPS} pictures a second at most; redirects`, querystring: Query } }, async ({ query }, reply) => {
        const more = new URLSearchParams({ ...(query.width !== undefined && { width: String(query.width) }), ...(query.fps !== undefined && { fps: String(Math.min(query.fps, MAX_MJPEG_FPS)) }) }).toString()
        return reply.redirect(`/stream/${named(query.device)}${more === '' ? '' : `?${more}`}`, 302)
      })
    }
    app.post('/hwcapture/hls', { validatorCompiler, schema: { tags, summary: 'Where the HLS of a camera is', querystring: Query, body: Type.Optional(Type.Unknown()) } }, async ({ query, body }) => ({ device: named(query.device ?? deviceIn(body)), url: `/hls/${named(query.device ?? deviceIn(body))}/index.m3u8` }))
    app.get('/hwcapture/live/stream.m3u8', { schema: { tags, summary: 'HLS of ?device=; redirects', querystring: Query } }, async ({ query }, reply) => reply.redirect(`/hls/${named(query.device)}/index.m3u8`, 302))
    app.get('/preview/:device/index.m3u8', { schema: { tags, summary: 'HLS of a camera; redirects', params: Device } }, async ({ params }, reply) => reply.redirect(`/hls/${encodeURIComponent(params.device)}/index.m3u8`, 302))

    for (const path of ['/daemon/record/start', '/daemon/record/stop', '/hwcapture/record'] as const) {
      app.post(path, { validatorCompiler, schema: { tags, summary: 'Start or stop a camera that is recorded by hand', querystring: Order, body: Type.Optional(Type.Union([Order, Type.Null()])) } }, async ({ query, body, headers, ip, who }) => {
        const device = named(query.device ?? deviceIn(body))
        refuseFiles(device, { ...query, ...body })
        const on = !path.endsWith('stop')
        await askSelf(app, { headers, ip, who }, 'POST', `/api/v1/cameras/${device}/record`, { on })
        return { job: device, device, file: on ? `/api/v1/cameras/${device}/play?from=${Date.now()}` : null, status: on ? 'recording' : 'stopped' }
      })
    }
    app.delete('/hwcapture/record/:device', { schema: { tags, summary: 'Stop it', params: Device } }, async ({ params, headers, ip, who }) => {
      await askSelf(app, { headers, ip, who }, 'POST', `/api/v1/cameras/${encodeURIComponent(params.device)}/record`, { on: false })
      return { stopped: params.device }
    })
  }
}

const deviceIn = (body: unknown): string | undefined => typeof body === 'object' && body !== null && 'device' in body ? String(body.device) : undefined

/** A recording has no name of a file, and is what the camera sends. @throws InvalidInputError */
function refuseFiles(device: string, { fname, codec }: { fname?: string; codec?: string }): void {
  if (fname !== undefined) throw new InvalidInputError(`recordings are no files that could be named: leave fname out, and fetch /api/v1/cameras/${device}/export?from=&to=&name= afterwards`)
  if (codec !== undefined) throw new InvalidInputError(`a recording is kept as the camera sends it: leave codec out. ProRes or FFV1 beside it: PATCH /api/v1/cameras/${device} {"record":{"master":"prores"}}`)
}

/** @throws InvalidInputError */
function named(device: string | undefined): string {
  if (device === undefined || device === '') throw new InvalidInputError('say which camera: device=<camera id>, GET /api/v1/cameras lists them')
  return encodeURIComponent(device)
}
