import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import { InvalidInputError, NotFoundError, RefusedError } from '#protocols/errors.ts'
import { CameraMove, CaptureChange, type CameraList, CameraView, ErrorBody } from '#protocols/http.ts'
import { type CameraId, parseCameraId } from '#protocols/ids.ts'
import { deviceOrderOf, settingsAfter } from '#protocols/device-settings.ts'
import { encodingOrderOf, videoAfter } from '#protocols/video-settings.ts'
import type { CameraOrder } from '#protocols/media.ts'
import type { CameraEntry, Member, Ring } from '#ring'
import { NOTHING_ORDERED, type PeerDesk } from '../../live/peer-desk.ts'

export interface CameraControlComponents {
  desk: Pick<PeerDesk, 'order'>
  cameras: () => CameraList
  catalog: Pick<Ring['catalog'], 'cameras' | 'putCamera'>
  members: () => readonly Pick<Member, 'peerId' | 'name' | 'alive' | 'state' | 'presence'>[]
  /** Whether it is missed from now on while it does not come. */
  expect: (id: CameraId, expected: boolean) => Promise<unknown>
}

const Params = Type.Object({ id: Type.String({ description: 'camera id' }) })

/** `PATCH /api/v1/cameras/:id/capture`, `POST /api/v1/cameras/:id/start`, `/stop` and `/move`: what is done with a camera from any node. Answers when its peer has done it. */
export function cameraControlRoutes(components: CameraControlComponents): FastifyPluginAsyncTypebox {
  const change = changing(components)
  return async (app) => {
    app.patch('/api/v1/cameras/:id/capture', {
      schema: { tags: ['cameras'], summary: 'Name a camera, start or stop it, change what its peer encodes (remembered), or set its device (V4L2): pixel format, size, rate and controls', params: Params, body: CaptureChange, response: { 200: CameraView, default: ErrorBody } }
    }, async ({ params, body }) => change(parseCameraId(params.id), body))

    app.post('/api/v1/cameras/:id/move', {
      schema: { tags: ['cameras'], summary: 'Have its peer publish a camera to this node, and leave it there for as long as that takes it', params: Params, body: CameraMove, response: { 200: CameraView, default: ErrorBody } }
    }, async ({ params, body }) => move(components, parseCameraId(params.id), body.node))

    for (const [verb, enabled] of [['start', true], ['stop', false]] as const) {
      app.post(`/api/v1/cameras/:id/${verb}`, {
        schema: { tags: ['cameras'], summary: `${verb === 'start' ? 'Start' : 'Stop'} capturing on the machine of the camera, until that is started anew`, params: Params, response: { 200: CameraView, default: ErrorBody } }
      }, async ({ params }) => change(parseCameraId(params.id), { enabled }))
    }
  }
}

/** @throws InvalidInputError for a node that is none, RefusedError with the reason of the node or the peer */
export async function move({ desk, cameras, members }: Pick<CameraControlComponents, 'desk' | 'cameras' | 'members'>, id: CameraId, to: string): Promise<CameraView> {
  const found = (): CameraView | undefined => cameras().cameras.find((camera) => camera.id === id)
  if (found() === undefined) throw new NotFoundError(`there is no camera ${id}`)
  const member = members().find(({ peerId }) => peerId === to) ?? members().find(({ name }) => name === to)
  if (member === undefined) throw new InvalidInputError(`there is no node ${to}: use its name or its peer id (thatdam ring)`)
  if (!member.alive) throw new RefusedError(`${member.name} does not answer now`)
  if (member.state !== 'active' || member.presence?.acceptsWrites === false) throw new RefusedError(`${member.name} takes no cameras: ${member.state === 'active' ? 'its disk takes no more' : `it is ${member.state}`}`)
  await desk.order({ ...NOTHING_ORDERED, cameraId: id, node: member.peerId })
  return { ...found()!, live: true, node: { peerId: member.peerId, name: member.name } } // its own word of it may be under way still
}

/** One change, in an order in which a refusal leaves the least done. @throws what the peer refuses with */
export function changing({ desk, cameras, catalog, expect }: Omit<CameraControlComponents, 'members'>): (id: CameraId, change: CaptureChange) => Promise<CameraView> {
  const view = (id: CameraId): CameraView => {
    const found = cameras().cameras.find((camera) => camera.id === id)
    if (found === undefined) throw new NotFoundError(`there is no camera ${id}`)
    return found
  }
  /** Only what differs is written; a camera that was never live is written down now. */
  async function note(id: CameraId, change: Partial<CameraEntry>): Promise<void> {
    const { name, source } = view(id)
    const entry: CameraEntry = catalog.cameras().find((camera) => camera.id === id) ?? { id, name, source, createdAtMs: Date.now(), record: true }
    if (Object.entries(change).some(([key, value]) => JSON.stringify(entry[key as keyof CameraEntry]) !== JSON.stringify(value))) await catalog.putCamera({ ...entry, ...change })
  }

  const known = (id: CameraId): Partial<CameraEntry> => catalog.cameras().find((camera) => camera.id === id) ?? {}

  return async (id, { name, enabled, video, device }) => {
    view(id)
    if (enabled === true) await note(id, { enabled }).then(() => expect(id, true)) // first, or its machine would be told to stop again when it arrives
    const order = orderOf(id, { enabled, video, device })
    if (order !== undefined) await desk.order(order)
    const before = known(id)
    await note(id, {
      ...(enabled === false && { enabled }), ...(name !== undefined && name.trim() !== '' && { name: name.trim() }),
      ...(device !== undefined && { device: settingsAfter(before.device ?? {}, device) }), ...(video !== undefined && { video: videoAfter(before.video ?? {}, video) })
    })
    if (enabled === false) await expect(id, false)
    return { ...view(id), ...(enabled !== undefined && { enabled }) } // another node's word of it may be under way still
  }
}

function orderOf(cameraId: CameraId, { enabled, video, device }: Omit<CaptureChange, 'name'>): Omit<CameraOrder, 'id'> | undefined {
  if (enabled === undefined && video === undefined && device === undefined) return undefined
  return { ...NOTHING_ORDERED, cameraId, action: enabled === undefined ? '' : enabled ? 'start' : 'stop', ...(video !== undefined && encodingOrderOf(video)), ...(device !== undefined && { device: deviceOrderOf(device) }) }
}
