/**
 * What one packet to one viewer costs, in CPU time of the serving process, against the library's own way of sending in the same run.
 * Viewers are in a child process. Janus, the usual yardstick, is not compared here: it is not part of this project's dependencies.
 */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, RtpPacket, useNACK, usePLI } from 'werift'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import { buildRtp } from '#protocols/rtp/packet.ts'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { LiveCamera } from '../../node/live/live-camera.ts'
import { answerViewer } from '../../node/live/webrtc.ts'
import { createWhepSessions } from '../../node/live/whep-sessions.ts'
import { inTurns, median, type Row } from './measure.ts'
import type { FromViewers, ToViewers } from './whep-viewers.ts'

const VIEWERS = 20
const PACKETS_PER_SECOND = 300
const SAMPLE_MS = 2_000
const ROUNDS = 4
const PLAIN = 'the library\'s writeRtp per viewer'
const OURS = 'our viewer path'

export async function run(): Promise<Row[]> {
  const viewers = startViewers()
  const camera = benchCamera()
  const whep = createWhepSessions({ log: silentLog, metrics: createMetrics() }, {
    open: async () => ({ camera, release() {} }),
    knows: () => true,
    answerViewer: (offer, events) => answerViewer(offer, { extraAddresses: ['127.0.0.1'] }, events)
  })
  const plain: Array<{ pc: RTCPeerConnection; track: MediaStreamTrack }> = []
  try {
    for (let id = 0; id < VIEWERS; id++) await viewers.connect(id, async (offer) => {
      const reply = await whep.create(camera.id, offer)
      return 'answer' in reply ? reply.answer : ''
    })
    for (let id = VIEWERS; id < 2 * VIEWERS; id++) await viewers.connect(id, (offer) => plainAnswer(offer, plain))
    const arrived: number[] = []
    const cost = (send: (rtp: Buffer) => void) => async (): Promise<number> => {
      await viewers.count()
      const { microseconds, sent } = await spend(send)
      await sleep(100)
      arrived.push(await viewers.count() / sent / VIEWERS)
      return microseconds / sent / VIEWERS
    }
    const rows = await inTurns([
      { name: PLAIN, unit: 'us', sample: cost((rtp) => { for (const { track } of plain) track.writeRtp(RtpPacket.deSerialize(rtp)) }) },
      { name: OURS, unit: 'us', baseline: PLAIN, sample: cost((rtp) => camera.write({ track: 0, rtp })) }
    ], ROUNDS)
    const note = `AES-GCM, ${VIEWERS} viewers, ${PACKETS_PER_SECOND} packets/s of 1200 bytes, ${(median(arrived) * 100).toFixed(1)} % arrived; Janus not compared`
    const perCore = rows.map(({ name, baseline, samples }) => ({ name: `${name}, viewers per core`, unit: '', samples: samples.map((us) => 1e6 / us / PACKETS_PER_SECOND), ...(baseline === undefined ? {} : { baseline: `${baseline}, viewers per core` }) }))
    return [...rows.map((row) => ({ ...row, note })), ...perCore]
  } finally {
    viewers.stop()
    await whep.stop()
    for (const { pc } of plain) await pc.close()
    camera.end('bench over')
  }
}

/** CPU time of this process while `send` is called at the rate of a 2.9 Mbit/s camera. */
async function spend(send: (rtp: Buffer) => void): Promise<{ microseconds: number; sent: number }> {
  const before = process.cpuUsage()
  const began = performance.now()
  let sent = 0
  for (let elapsed = 0; elapsed < SAMPLE_MS; elapsed = performance.now() - began) {
    for (; sent < elapsed * PACKETS_PER_SECOND / 1000; sent++) send(packet())
    await sleep(5)
  }
  const { user, system } = process.cpuUsage(before)
  return { microseconds: user + system, sent }
}

let sequence = 0
const payload = new Uint8Array(1_188).fill(0x65) // an IDR slice, as far as anyone looks

function packet(): Buffer {
  sequence = (sequence + 1) & 0xffff
  return Buffer.from(buildRtp({ marker: sequence % 10 === 0, payloadType: 96, sequence, timestamp: Math.floor(sequence / 10) * 3_000, ssrc: 1 }, payload))
}

function benchCamera(): LiveCamera {
  return new LiveCamera({
    id: 'porch' as CameraId, name: 'porch', source: 'bench', from: 'bench' as PeerId, requestKeyframe() {},
    tracks: [{ index: 0, kind: 'video', codec: 'H264', clockRate: 90_000, channels: 0, fmtp: '', width: 1280, height: 720 }]
  })
}

async function plainAnswer(offer: string, plain: Array<{ pc: RTCPeerConnection; track: MediaStreamTrack }>): Promise<string> {
  const codec = new RTCRtpCodecParameters({ mimeType: 'video/H264', clockRate: 90_000, payloadType: 96, rtcpFeedback: [useNACK(), usePLI()], parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f' })
  const pc = new RTCPeerConnection({ iceServers: [], iceAdditionalHostAddresses: ['127.0.0.1'], codecs: { video: [codec] } })
  const track = new MediaStreamTrack({ kind: 'video' })
  plain.push({ pc, track })
  pc.addTransceiver(track, { direction: 'sendonly' })
  await pc.setRemoteDescription({ type: 'offer', sdp: offer })
  await pc.setLocalDescription(await pc.createAnswer())
  return pc.localDescription!.sdp
}

function startViewers() {
  const child = fork(join(import.meta.dirname, 'whep-viewers.ts'), { stdio: 'inherit' })
  const tell = (message: ToViewers): void => { child.send(message) }
  const hear = <T extends FromViewers['type']>(type: T, id?: number) => new Promise<Extract<FromViewers, { type: T }>>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the viewers never said ${type}`)), 15_000)
    const listen = (message: FromViewers): void => {
      if (message.type !== type || (id !== undefined && 'id' in message && message.id !== id)) return
      clearTimeout(late)
      child.off('message', listen)
      resolve(message as Extract<FromViewers, { type: T }>)
    }
    child.on('message', listen)
  })
  return {
    async connect(id: number, answer: (offer: string) => Promise<string>): Promise<void> {
      const [offer, connected] = [hear('offer', id), hear('connected', id)]
      tell({ type: 'offer', id })
      tell({ type: 'answer', id, sdp: await answer((await offer).sdp) })
      await connected
    },
    async count(): Promise<number> {
      const counted = hear('count')
      tell({ type: 'count' })
      return (await counted).packets
    },
    stop: () => child.disconnect()
  }
}
