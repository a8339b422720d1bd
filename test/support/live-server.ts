/** WHEP and WHIP on a free loopback port, over a ring of nobody: a live camera `porch` made of a clip, and cameras that publish. */
import Fastify, { type FastifyInstance } from 'fastify'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { Member } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { handleErrors } from '../../node/http/errors.ts'
import { whepRoutes } from '../../node/http/routes/whep.ts'
import { whipRoutes } from '../../node/http/routes/whip.ts'
import type { IceServer } from '../../node/live/webrtc/ice.ts'
import { serversToTell } from '../../node/live/webrtc/turn-credentials.ts'
import type { LiveCamera } from '../../node/live/live-camera.ts'
import { type CameraRecorder, LiveCameras } from '../../node/live/live-cameras.ts'
import { type AnswerPublisher, answerPublisher } from '../../node/live/whip/publisher-connection.ts'
import { createRenditions, type Renditions } from '../../node/live/transcode/renditions.ts'
import { createWhepSessions, type WhepSessions } from '../../node/live/whep/whep-sessions.ts'
import { createWhipSessions, type WhipSessions } from '../../node/live/whip/whip-sessions.ts'
import { clipCamera, feedForever, makeClip } from './camera-clip.ts'

export interface LiveServer {
  readonly app: FastifyInstance
  readonly url: string
  readonly whep: WhepSessions
  readonly whip: WhipSessions
  readonly renditions: Renditions
  readonly cameras: LiveCameras
  /** What the node says of its ring; tests add members. */
  readonly members: Member[]
  /** Cameras noted in the catalog. */
  readonly noted: Array<{ id: CameraId; name: string; source: string }>
  stop(): Promise<void>
}

export const SELF = { peerId: 'alder' as PeerId, name: 'alder', zone: '', weight: 1, state: 'active', addresses: [], joinedAtMs: 0, self: true, alive: true, lastHeardMs: 0, silentMs: 0, presence: undefined } as unknown as Member

export interface LiveServerInit {
  /** What records a camera that publishes. @default nothing */
  readonly record?: (camera: LiveCamera) => CameraRecorder
  readonly iceServers?: readonly IceServer[]
  readonly turnSecret?: string
  readonly iceTcp?: boolean
  readonly transcode?: boolean
  /** @default ['127.0.0.1'] */
  readonly extraAddresses?: readonly string[]
  readonly answer?: AnswerPublisher
  readonly maxPublishers?: number
  /** Viewers of the main thread; the others are on a thread of their own. */
  readonly localViewers?: number
}

export async function startLiveServer({ iceServers = [], turnSecret, iceTcp = false, transcode = false, extraAddresses = ['127.0.0.1'], answer, maxPublishers = 8, localViewers, record = () => ({ start() {}, stop() {}, recording: () => false, durable: () => undefined, keptMs: () => performance.now() }) }: LiveServerInit = {}): Promise<LiveServer> {
  const rtc = { extraAddresses, iceTcp }
  const clip = await makeClip({ seconds: 4, size: '320x240' })
  const camera = clipCamera(clip)
  const feeding = feedForever(clip, (packets) => { for (const packet of packets) camera.write(packet) }, (report) => camera.report(report))
  const members: Member[] = [SELF]
  const noted: LiveServer['noted'] = []
  const cameras = new LiveCameras(record)
  const parts = { log: silentLog, metrics: createMetrics() }
  const renditions = createRenditions({ open: async (id) => ({ camera: cameras.get(id)?.camera ?? camera, release() {} }), max: 1 })
  const whep = createWhepSessions(parts, {
    open: renditions.open, transcode, knows: (id) => id === 'porch' || cameras.get(id) !== undefined,
    ...rtc, ...(localViewers === undefined ? {} : { localViewers })
  })
  const catalog = { cameras: () => [], putCamera: async (entry: LiveServer['noted'][number]) => { noted.push(entry) } }
  const ring = { membership: { members: () => members }, catalog } as unknown as Parameters<typeof createWhipSessions>[0]['ring']
  const whip = createWhipSessions({ ...parts, ring, cameras }, { answerPublisher: answer ?? ((offer, events) => answerPublisher(offer, rtc, events)), maxPublishers })
  const tellIce = serversToTell(iceServers, turnSecret)
  const app = Fastify({ forceCloseConnections: true })
  handleErrors(app, silentLog)
  await app.register(whepRoutes({ whep, tellIce }))
  await app.register(whipRoutes({ whip, tellIce }))
  return {
    app, whep, whip, renditions, cameras, members, noted, url: await app.listen({ host: '127.0.0.1', port: 0 }),
    async stop() {
      feeding.stop()
      camera.end('over')
      await whip.stop()
      await whep.stop()
      await renditions.stop?.()
      await cameras.close('over')
      await app.close()
    }
  }
}
