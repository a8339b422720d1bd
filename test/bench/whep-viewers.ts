/** Viewers in a process of their own: the library does ICE and DTLS, and what arrives is only counted, by its clear header. Talks over the fork's channel. */
import { RTCPeerConnection, RTCRtpCodecParameters, useNACK, usePLI } from 'werift'

export type ToViewers =
  | { type: 'offer'; id: number; profile: number }
  /** Of a server that makes the offers. */
  | { type: 'take'; id: number; sdp: string; profile: number }
  | { type: 'answer'; id: number; sdp: string }
  /** What arrived at these since the last time. */
  | { type: 'count'; ids: number[] }
export type FromViewers =
  | { type: 'offer'; id: number; sdp: string }
  | { type: 'taken'; id: number; sdp: string }
  | { type: 'connected'; id: number }
  | { type: 'failed'; id: number }
  | { type: 'count'; packets: number; gaps: number; delaysMs: number[] }

/** `least` is the smallest difference of the clocks seen: what is above it is delay. */
interface Viewer { pc: RTCPeerConnection; packets: number; gaps: number; last: number | undefined; least: number; delays: number[] }

const viewers = new Map<number, Viewer>()
const tell = (message: FromViewers): void => { process.send?.(message) }
const codec = (): RTCRtpCodecParameters => new RTCRtpCodecParameters({ mimeType: 'video/H264', clockRate: 90_000, payloadType: 96, rtcpFeedback: [useNACK(), usePLI()], parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f' })

function viewer(id: number, loopback: boolean): RTCPeerConnection {
  const pc = new RTCPeerConnection({
    iceServers: [], iceUseIpv6: false, codecs: { video: [codec()] },
    ...(loopback ? { iceAdditionalHostAddresses: ['127.0.0.1'], iceInterfaceAddresses: { udp4: '127.0.0.1' } } : {})
  })
  const state: Viewer = { pc, packets: 0, gaps: 0, last: undefined, least: Infinity, delays: [] }
  viewers.set(id, state)
  pc.connectionStateChange.subscribe((connection) => {
    if (connection === 'failed' || connection === 'closed') tell({ type: 'failed', id })
    if (connection !== 'connected') return
    const ice = pc.dtlsTransports[0]!.iceTransport.connection
    // from here on nothing is decrypted: only the arrival of RTP is noted
    ice.onData.allUnsubscribe()
    ice.onData.subscribe((bytes: Buffer) => note(state, bytes))
    tell({ type: 'connected', id })
  })
  return pc
}

function note(state: Viewer, bytes: Buffer): void {
  if (bytes[0]! >> 6 !== 2 || bytes[1]! >= 192 && bytes[1]! <= 223) return
  const sequence = bytes.readUInt16BE(2)
  const step = state.last === undefined ? 1 : (sequence - state.last) & 0xffff
  state.packets++
  if (step > 1 && step < 0x8000) state.gaps += step - 1
  state.last = sequence
  const clock = Number((process.hrtime.bigint() * 9n / 100_000n) & 0xffffffffn)
  const difference = ((clock - bytes.readUInt32BE(4)) | 0) / 90
  state.least = Math.min(state.least, difference)
  if (state.packets % 8 === 0) state.delays.push(difference - state.least)
}

const only = (pc: RTCPeerConnection, profile: number): void => { for (const dtls of pc.dtlsTransports) (dtls as unknown as { srtpProfiles: number[] }).srtpProfiles = [profile] }

async function offer(id: number, profile: number): Promise<void> {
  const pc = viewer(id, true)
  pc.addTransceiver('video', { direction: 'recvonly' })
  await pc.setLocalDescription(await pc.createOffer())
  only(pc, profile)
  tell({ type: 'offer', id, sdp: pc.localDescription!.sdp })
}

async function take(id: number, sdp: string, profile: number): Promise<void> {
  const pc = viewer(id, false)
  await pc.setRemoteDescription({ type: 'offer', sdp })
  only(pc, profile)
  await pc.setLocalDescription(await pc.createAnswer())
  tell({ type: 'taken', id, sdp: pc.localDescription!.sdp })
}

function count(ids: number[]): void {
  const seen = ids.flatMap((id) => viewers.get(id) ?? [])
  tell({ type: 'count', packets: seen.reduce((sum, { packets }) => sum + packets, 0), gaps: seen.reduce((sum, { gaps }) => sum + gaps, 0), delaysMs: seen.flatMap(({ delays }) => delays) })
  for (const state of seen) Object.assign(state, { packets: 0, gaps: 0, delays: [] })
}

process.on('message', (message: ToViewers) => {
  if (message.type === 'offer') void offer(message.id, message.profile)
  else if (message.type === 'take') void take(message.id, message.sdp, message.profile)
  else if (message.type === 'answer') void viewers.get(message.id)?.pc.setRemoteDescription({ type: 'answer', sdp: message.sdp })
  else count(message.ids)
})
process.on('disconnect', () => process.exit())
