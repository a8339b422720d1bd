/** Viewers in a process of their own: the library does ICE and DTLS, and what arrives is only counted. Talks over the fork's channel. */
import { RTCPeerConnection, RTCRtpCodecParameters, useNACK, usePLI } from 'werift'

export type ToViewers =
  | { type: 'offer'; id: number }
  | { type: 'answer'; id: number; sdp: string }
  | { type: 'count' }
export type FromViewers =
  | { type: 'offer'; id: number; sdp: string }
  | { type: 'connected'; id: number }
  | { type: 'count'; packets: number }

const viewers = new Map<number, RTCPeerConnection>()
let packets = 0
const tell = (message: FromViewers): void => { process.send?.(message) }

async function offer(id: number): Promise<void> {
  const pc = new RTCPeerConnection({
    iceServers: [], iceAdditionalHostAddresses: ['127.0.0.1'], iceInterfaceAddresses: { udp4: '127.0.0.1' }, iceUseIpv6: false,
    codecs: { video: [new RTCRtpCodecParameters({ mimeType: 'video/H264', clockRate: 90_000, payloadType: 96, rtcpFeedback: [useNACK(), usePLI()], parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f' })] }
  })
  viewers.set(id, pc)
  pc.addTransceiver('video', { direction: 'recvonly' })
  pc.connectionStateChange.subscribe((state) => {
    if (state !== 'connected') return
    const { connection } = pc.dtlsTransports[0]!.iceTransport
    // from here on nothing is decrypted: only the arrival of RTP is noted
    connection.onData.allUnsubscribe()
    connection.onData.subscribe((bytes: Buffer) => { if ((bytes[1]! & 0x7f) === 96) packets++ })
    tell({ type: 'connected', id })
  })
  await pc.setLocalDescription(await pc.createOffer())
  tell({ type: 'offer', id, sdp: pc.localDescription!.sdp })
}

process.on('message', (message: ToViewers) => {
  if (message.type === 'offer') void offer(message.id)
  else if (message.type === 'answer') void viewers.get(message.id)?.setRemoteDescription({ type: 'answer', sdp: message.sdp })
  else {
    tell({ type: 'count', packets })
    packets = 0
  }
})
process.on('disconnect', () => process.exit())
