import { type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { DeviceList, type DeviceView, ErrorBody } from '#protocols/http.ts'
import type { Device } from '#protocols/media.ts'
import type { PeerDesk } from '../../live/peer-desk.ts'

/** What every machine of the ring could capture from. */
export async function deviceList(desk: Pick<PeerDesk, 'machines'>): Promise<DeviceList> {
  const { machines, silent } = await desk.machines()
  return { machines: machines.map(({ peerId, node, report }) => ({ peerId, name: report.name, role: node ? 'node' : 'peer', devices: report.devices.map(deviceView) })), silent, nowMs: Date.now() }
}

/** `GET /api/v1/devices`. */
export function deviceRoutes({ desk }: { desk: Pick<PeerDesk, 'machines'> }): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/api/v1/devices', { config: { role: 'editor' },
      schema: { tags: ['cameras'], summary: 'What every node and camera peer could capture from, what is in use, and what is refused and why', response: { 200: DeviceList, default: ErrorBody } }
    }, async (_request, reply) => {
      reply.header('cache-control', 'no-store')
      return deviceList(desk)
    })
  }
}

function deviceView({ cameraId, reason, ...device }: Device): DeviceView {
  return { ...device, camera: cameraId || null, reason: reason || null }
}
