/** A server of viewers in a process of its own: `node whep-server.ts library|ours`. RTP comes in on a port, as for Janus; offers over the fork's channel. */
import { createSocket } from 'node:dgram'
import { setFlagsFromString } from 'node:v8'
import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, RtpPacket, useNACK, usePLI } from 'werift'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { LiveCamera } from '../../node/live/live-camera.ts'
import { createWhepSessions } from '../../node/live/whep/whep-sessions.ts'

export interface ToServer { call: number; offer: string }
export type FromServer = { type: 'listening'; port: number } | { type: 'answered'; call: number; sdp: string } | { type: 'refused'; call: number; why: string }

setFlagsFromString('--external-memory-accounted-in-global-limit') // as the product runs: node/bin/thatdam.js

interface Server { answer(offer: string): Promise<string>; write(rtp: Buffer): void }

function library(): Server {
  const tracks: MediaStreamTrack[] = []
  return {
    async answer(offer) {
      const codec = new RTCRtpCodecParameters({ mimeType: 'video/H264', clockRate: 90_000, payloadType: 96, rtcpFeedback: [useNACK(), usePLI()], parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f' })
      const pc = new RTCPeerConnection({ iceServers: [], iceAdditionalHostAddresses: ['127.0.0.1'], codecs: { video: [codec] } })
      const track = new MediaStreamTrack({ kind: 'video' })
      tracks.push(track)
      pc.addTransceiver(track, { direction: 'sendonly' })
      await pc.setRemoteDescription({ type: 'offer', sdp: offer })
      await pc.setLocalDescription(await pc.createAnswer())
      return pc.localDescription!.sdp
    },
    write(rtp) { for (const track of tracks) track.writeRtp(RtpPacket.deSerialize(rtp)) }
  }
}

function ours(): Server {
  const camera = new LiveCamera({
    id: 'porch' as CameraId, name: 'porch', source: 'bench', from: 'bench' as PeerId, requestKeyframe() {},
    tracks: [{ index: 0, kind: 'video', codec: 'H264', clockRate: 90_000, channels: 0, fmtp: '', width: 1280, height: 720 }]
  })
  const whep = createWhepSessions({ log: silentLog, metrics: createMetrics() }, { open: async () => ({ camera, release() {} }), knows: () => true, extraAddresses: ['127.0.0.1'] })
  const answer = async (offer: string): Promise<string> => {
    const reply = await whep.create(camera.id, offer)
    if ('answer' in reply) return reply.answer
    throw new Error('the offer is met with another')
  }
  return { answer, write: (rtp) => camera.write({ track: 0, rtp }) }
}

const server = process.argv[2] === 'library' ? library() : ours()
const tell = (message: FromServer): void => { process.send?.(message) }

process.on('message', async ({ call, offer }: ToServer) => {
  try {
    tell({ type: 'answered', call, sdp: await server.answer(offer) })
  } catch (err) {
    tell({ type: 'refused', call, why: err instanceof Error ? err.message : String(err) })
  }
})
const source = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 }).on('message', (rtp) => server.write(rtp))
source.bind(0, '127.0.0.1', () => tell({ type: 'listening', port: source.address().port }))
process.on('disconnect', () => process.exit())
