import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import { NotFoundError } from '#protocols/errors.ts'
import { CameraDevice, DeviceList, type CameraList, type DeviceView, ErrorBody } from '#protocols/http.ts'
import { type CameraId, parseCameraId, type PeerId } from '#protocols/ids.ts'
import type { Device } from '#protocols/media.ts'
import type { Ring } from '#ring'
import type { PeerDesk } from '../../live/peer-desk.ts'

/** What every machine of the ring could capture from. */
export async function deviceList(desk: Pick<PeerDesk, 'machines'>): Promise<DeviceList> {
  const { machines, silent } = await desk.machines()
  return { machines: machines.map(({ peerId, node, report }) => ({ peerId, name: report.name, role: node ? 'node' : 'peer', devices: report.devices.map(deviceView) })), silent, nowMs: Date.now() }
}

export interface DeviceComponents {
  desk: Pick<PeerDesk, 'machines' | 'attachedAnywhere'>
  cameras: () => CameraList
  catalog: Pick<Ring['catalog'], 'cameras'>
}

/** `GET /api/v1/devices`, and `GET /api/v1/cameras/:id/device`. */
export function deviceRoutes(components: DeviceComponents): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/api/v1/devices', { config: { role: 'editor' },
      schema: { tags: ['cameras'], summary: 'What every node and camera peer could capture from, what is in use, and what is refused and why', response: { 200: DeviceList, default: ErrorBody } }
    }, async (_request, reply) => {
      reply.header('cache-control', 'no-store')
      return deviceList(components.desk)
    })

    app.get('/api/v1/cameras/:id/device', { config: { role: 'editor' },
      schema: { tags: ['cameras'], summary: 'What the device of a camera offers and is set to, and what it was ordered to be set to', params: Type.Object({ id: Type.String({ description: 'camera id' }) }), response: { 200: CameraDevice, default: ErrorBody } }
    }, async ({ params }, reply) => {
      reply.header('cache-control', 'no-store')
      return cameraDevice(components, parseCameraId(params.id))
    })
  }
}

function deviceView({ cameraId, reason, now, ...device }: Device): DeviceView {
  return { ...device, camera: cameraId || null, reason: reason || null, now: now ?? null }
}

/** The device of a camera and what it was ordered to be set to: the one it uses, else the one that its source names. @throws NotFoundError */
export async function cameraDevice({ desk, cameras, catalog }: DeviceComponents, id: CameraId): Promise<CameraDevice> {
  const camera = cameras().cameras.find((each) => each.id === id)
  if (camera === undefined) throw new NotFoundError(`there is no camera ${id}`)
  const settings = catalog.cameras().find((entry) => entry.id === id)?.device ?? {}
  const machines = new Set(desk.attachedAnywhere().get(id)?.map(({ peerId }) => peerId))
  const seen = camera.settable ? (await deviceList(desk)).machines.filter(({ peerId }) => machines.has(peerId as PeerId)).flatMap(({ devices }) => devices) : []
  const device = seen.find((each) => each.camera === id) ?? seen.find(({ source, aliases }) => [source, ...aliases].includes(camera.source)) ?? null
  return { device, settings: structuredClone(settings) }
}
