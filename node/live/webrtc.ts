/** The only file that knows the WebRTC library: ICE, DTLS and RTCP are its own; media packets are encrypted and sent by us. */
import type { Socket } from 'node:dgram'
import { createSecretKey } from 'node:crypto'
import {
  MediaStream, MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, type RTCRtpSender, RtcpSenderInfo, RtcpSourceDescriptionPacket,
  RtcpSrPacket, SourceDescriptionChunk, SourceDescriptionItem, useNACK, usePLI
} from 'werift'
import { InvalidInputError } from '#protocols/errors.ts'
import type { ViewerOffer } from './sdp-offer.ts'
import { type RtpOutlet, rtpOutlet } from './send/rtp-outlet.ts'
import type { Transmitter } from './send/transmitter.ts'
import type { RtpHeader } from './srtp.ts'

export type MediaKind = 'video' | 'audio'

/** What happens to a connection. `closed` comes once and last. */
export interface ViewerEvents {
  connected(): void
  closed(reason: string): void
  keyframeWanted(): void
  /** Low 16 bits of the sequence numbers that did not arrive. */
  lost(kind: MediaKind, sequences: readonly number[]): void
}

/** One viewer's connection, ready to be sent packets once connected. */
export interface ViewerConnection {
  /** SDP with all our candidates (the server does not trickle). */
  readonly answer: string
  /** False when the viewer did not ask for this kind. */
  wants(kind: MediaKind): boolean
  /** Bytes the kernel has not taken yet. */
  queuedBytes(): number
  sendRtp(kind: MediaKind, packet: Omit<RtpHeader, 'ssrc' | 'payloadType'>, payload: Uint8Array): void
  /** A sender report: `wallMs` and `timestamp` (unwrapped) are the same instant. */
  sendReport(kind: MediaKind, wallMs: number, timestamp: number): void
  /** A trickled candidate line, without `a=`. @throws InvalidInputError */
  addCandidate(candidate: string, mid: string): Promise<void>
  close(): Promise<void>
}

export interface WebRtcInit {
  /** Host addresses to offer beyond those of the network interfaces, for example 127.0.0.1. */
  readonly extraAddresses: readonly string[]
  /** How this thread encrypts and sends. */
  readonly transmitter: Transmitter
}

interface Outgoing { sender: RTCRtpSender; payloadType: number; packets: number; octets: number; outlet: RtpOutlet | undefined }

const NTP_UNIX_OFFSET_S = 2_208_988_800

/** Answer a viewer's offer: the port through which the rest of the code knows WebRTC. */
export type AnswerViewer = (offer: ViewerOffer, events: ViewerEvents) => Promise<ViewerConnection>

/** Answer a viewer's offer. @throws InvalidInputError when the library cannot read it */
export async function answerViewer(offer: ViewerOffer, { extraAddresses, transmitter }: WebRtcInit, events: ViewerEvents): Promise<ViewerConnection> {
  const pc = new RTCPeerConnection({
    iceServers: [],
    iceAdditionalHostAddresses: [...extraAddresses],
    codecs: {
      video: [new RTCRtpCodecParameters({ mimeType: 'video/H264', clockRate: 90_000, payloadType: offer.videoPayloadType, rtcpFeedback: [useNACK(), usePLI()], parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f' })],
      audio: [new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: offer.audioPayloadType ?? 111 })]
    }
  })
  const outgoing = new Map<MediaKind, Outgoing>()
  try {
    const stream = new MediaStream({ id: pc.cname }) // one stream, one CNAME: the browser plays both in step
    const add = (kind: MediaKind, payloadType: number): void => {
      const { sender } = pc.addTransceiver(new MediaStreamTrack({ kind }), { direction: 'sendonly', streams: [stream] })
      outgoing.set(kind, { sender, payloadType, packets: 0, octets: 0, outlet: undefined })
    }
    add('video', offer.videoPayloadType)
    if (offer.audioPayloadType !== undefined) add('audio', offer.audioPayloadType)
    await pc.setRemoteDescription({ type: 'offer', sdp: offer.sdp })
    await pc.setLocalDescription(await pc.createAnswer())
    return connection(pc, outgoing, transmitter, events)
  } catch (err) {
    await pc.close().catch(() => {})
    throw new InvalidInputError(`the offer cannot be answered: ${err instanceof Error ? err.message : err}`)
  }
}

function connection(pc: RTCPeerConnection, outgoing: Map<MediaKind, Outgoing>, transmitter: Transmitter, events: ViewerEvents): ViewerConnection {
  let closed = false
  const closeOutlets = (): void => { for (const { outlet } of outgoing.values()) outlet?.close() }
  const finish = (reason: string): void => {
    if (closed) return
    closed = true
    closeOutlets()
    pc.close().catch(() => {})
    events.closed(reason)
  }
  pc.connectionStateChange.subscribe((state) => {
    if (closed) return
    if (state === 'connected') {
      for (const out of outgoing.values()) out.outlet ??= outletOf(out.sender, transmitter)
      events.connected()
    } else if (state === 'failed' || state === 'closed') finish(`connection ${state}`)
  })
  for (const [kind, { sender }] of outgoing) {
    sender.onPictureLossIndication.subscribe(() => events.keyframeWanted())
    sender.onGenericNack.subscribe(({ lost }) => events.lost(kind, lost))
  }

  return {
    answer: pc.localDescription!.sdp,
    wants: (kind) => outgoing.has(kind),
    queuedBytes: () => socketOf(outgoing.get('video')!.sender)?.socket.getSendQueueSize() ?? 0,
    sendRtp(kind, packet, payload) {
      const out = outgoing.get(kind)
      if (closed || out?.outlet === undefined) return
      out.packets++
      out.octets += payload.length
      out.outlet.send({ ...packet, payloadType: out.payloadType, ssrc: out.sender.ssrc }, payload)
    },
    sendReport(kind, wallMs, timestamp) {
      const out = outgoing.get(kind)
      if (closed || out?.outlet === undefined) return
      out.sender.dtlsTransport.sendRtcp([senderReport(out, wallMs, timestamp), sourceName(out.sender.ssrc, pc.cname)]).catch(ignore)
    },
    async addCandidate(candidate, mid) {
      try {
        await pc.addIceCandidate({ candidate, sdpMid: mid })
      } catch (err) {
        throw new InvalidInputError(`candidate refused: ${err instanceof Error ? err.message : err}`)
      }
    },
    async close() {
      closed = true
      closeOutlets()
      await pc.close().catch(ignore)
    }
  }
}

const ignore = (): void => {}

/** Where the nominated pair sends from and to. Looked up per packet: ICE may nominate another pair at any time. */
function socketOf(sender: RTCRtpSender): { socket: Socket; host: string; port: number } | undefined {
  const pair = sender.dtlsTransport.iceTransport.connection.nominated
  const transport = (pair?.protocol as { transport?: { socket?: Socket; closed?: boolean } } | undefined)?.transport
  if (pair === undefined || transport?.socket === undefined || transport.closed === true) return undefined
  return { socket: transport.socket, host: pair.remoteAddr[0], port: pair.remoteAddr[1] }
}

function outletOf(sender: RTCRtpSender, transmitter: Transmitter): RtpOutlet {
  const { srtp, srtcp } = sender.dtlsTransport
  const { profile, srtpSessionKey: key, srtpSessionSalt: salt, srtpSessionAuthTag: auth } = srtp.localContext
  for (const { cipher } of [srtcp.localContext, srtcp.remoteContext]) wrapKeys(cipher)
  return rtpOutlet({ keys: { profile, key, salt, auth }, transmitter, destination: () => socketOf(sender) })
}

/** The library hands node:crypto raw keys for every RTCP packet; a KeyObject in the same field is used the same way and costs a fifth. */
function wrapKeys(cipher: object): void {
  const keys = cipher as Record<string, unknown>
  for (const name of ['srtcpSessionKey', 'srtcpSessionAuthTag']) {
    const key = keys[name]
    if (Buffer.isBuffer(key)) keys[name] = createSecretKey(key)
  }
}

function senderReport(out: Outgoing, wallMs: number, timestamp: number): RtcpSrPacket {
  const seconds = Math.floor(wallMs / 1000)
  const fraction = Math.floor((wallMs / 1000 - seconds) * 2 ** 32)
  return new RtcpSrPacket({
    ssrc: out.sender.ssrc,
    senderInfo: new RtcpSenderInfo({
      ntpTimestamp: (BigInt(seconds + NTP_UNIX_OFFSET_S) << 32n) | BigInt(fraction),
      rtpTimestamp: timestamp % 2 ** 32,
      packetCount: out.packets >>> 0,
      octetCount: out.octets >>> 0
    })
  })
}

function sourceName(ssrc: number, cname: string): RtcpSourceDescriptionPacket {
  return new RtcpSourceDescriptionPacket({ chunks: [new SourceDescriptionChunk({ source: ssrc, items: [new SourceDescriptionItem({ type: 1, text: cname })] })] })
}
