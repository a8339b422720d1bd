/** The only file that knows the WebRTC library: ICE, DTLS and RTCP are its own; media packets are encrypted and sent by us. */
import type { Socket } from 'node:dgram'
import type { Socket as Stream } from 'node:net'
import { createSecretKey } from 'node:crypto'
import {
  GenericNack, MediaStream, MediaStreamTrack, type PeerConfig, RTCPeerConnection, RTCRtpCodecParameters, RTCRtpHeaderExtensionParameters, type RTCRtpSender, RtcpSenderInfo, RtcpSourceDescriptionPacket,
  RtcpSrPacket, SourceDescriptionChunk, SourceDescriptionItem, useNACK, usePLI
} from 'werift'
import { InvalidInputError } from '#protocols/errors.ts'
import type { Track } from '#protocols/media.ts'
import { askOnly, type Ice, iceOf, type IceServer, GATHER_TIMEOUT_S, limitTcp, sendingPair } from './ice.ts'
import { guardHandshakes, isProved } from './handshake.ts'
import { guardIce } from './ice-guard.ts'
import { PLAYOUT_DELAY, shownAtOnce } from './playout-delay.ts'
import { takeReportsOnce } from './reports-once.ts'
import { ownWords } from './sdp.ts'
import { type Coding, codingOf } from '../coding.ts'
import { offeredFmtp } from './codecs.ts'
import type { ViewerOffer } from './sdp-offer.ts'
import { type RtpOutlet, rtpOutlet } from '../send/rtp-outlet.ts'
import type { StreamDestination } from '../send/stream-sender.ts'
import type { Destination, Transmitter } from '../send/transmitter.ts'
import type { RtpHeader } from '../send/srtp.ts'

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
  readonly ice: Ice
  /** False when the viewer did not ask for this kind. */
  wants(kind: MediaKind): boolean
  /** Bytes the kernel has not taken yet. */
  queuedBytes(): number
  sendRtp(kind: MediaKind, packet: Omit<RtpHeader, 'ssrc' | 'payloadType'>, payload: Uint8Array): void
  /** A sender report: `wallMs` and `timestamp` (unwrapped) are the same instant. */
  sendReport(kind: MediaKind, wallMs: number, timestamp: number): void
  close(): Promise<void>
}

export interface RtcInit {
  /** Host addresses to offer beyond those of the network interfaces, for example 127.0.0.1. */
  readonly extraAddresses: readonly string[]
  /** Asked for this node's own outside address; none when not given. */
  readonly iceServers?: readonly IceServer[]
  /** Listen on TCP as well, for who can send no UDP. @default false */
  readonly iceTcp?: boolean
}

export interface WebRtcInit extends RtcInit {
  /** How this thread encrypts and sends. */
  readonly transmitter: Transmitter
}

interface Outgoing { sender: RTCRtpSender; payloadType: number; packets: number; octets: number; extension: Uint8Array | undefined; outlet: RtpOutlet | undefined }

/** Why a connection ends whose other side showed a certificate that is not its own. */
export const UNPROVED = 'whoever answered does not have the key of the certificate that was announced'

const NTP_UNIX_OFFSET_S = 2_208_988_800

/** The library reads what follows a NACK in the same datagram, as browsers send it, as more numbers of lost packets. */
const readNack = GenericNack.deSerialize.bind(GenericNack)
GenericNack.deSerialize = (data, header) => readNack(data.subarray(0, header.length * 4), header)

/** Answer a viewer's offer: the port through which the rest of the code knows WebRTC. */
export type AnswerViewer = (offer: ViewerOffer, events: ViewerEvents) => Promise<ViewerConnection>

/** Answer a viewer's offer. @throws InvalidInputError when the library cannot read it */
export async function answerViewer(offer: ViewerOffer, init: WebRtcInit, events: ViewerEvents): Promise<ViewerConnection> {
  const { pc, outgoing } = createSender(offer, { codec: offer.codec, fmtp: '' }, init)
  return orClose(pc, 'offer', async () => {
    await answerOffer(pc, offer.sdp, init)
    return connection(pc, outgoing, init.transmitter, events)
  })
}

/** Our answer becomes the local description, with all candidates in it. */
export async function answerOffer(pc: RTCPeerConnection, sdp: string, { iceServers = [] }: RtcInit): Promise<void> {
  await pc.setRemoteDescription({ type: 'offer', sdp })
  // who can only open a DTLS connection waits for us to take it (RFC 9725 section 4.4.4); the library would open one as well
  if (/^a=setup:active\r?$/m.test(sdp)) for (const transport of pc.dtlsTransports) transport.role = 'server'
  askOnly(pc, iceServers)
  guardHandshakes(pc)
  guardIce(pc)
  await pc.setLocalDescription(await pc.createAnswer())
  limitTcp(pc)
}

/** A viewer that is made an offer instead (draft-ietf-wish-whep-04 section 4.3.2); `answer` is that offer until `accept`. */
export interface OfferedConnection extends ViewerConnection {
  /** @throws InvalidInputError when the library cannot read it */
  accept(answer: ViewerOffer): Promise<void>
}

/** What an offer of ours says. */
export interface OfferWishes {
  /** The camera's. */
  readonly tracks: readonly Track[]
  /** Pictures are to be shown at once. */
  readonly lowDelay: boolean
}

export type OfferToViewer = (wishes: OfferWishes, events: ViewerEvents) => Promise<OfferedConnection>

/** Make a viewer an offer that carries the camera. */
export async function offerToViewer({ tracks, lowDelay }: OfferWishes, init: WebRtcInit, events: ViewerEvents): Promise<OfferedConnection> {
  const { pc, outgoing } = createSender({ videoPayloadType: 96, audioPayloadType: tracks.some(({ kind }) => kind === 'audio') ? 111 : undefined, playoutDelayId: lowDelay ? 1 : undefined }, codingOf(tracks), init)
  return orClose(pc, 'viewer', async () => {
    askOnly(pc, init.iceServers ?? [])
    guardHandshakes(pc)
    guardIce(pc)
    await pc.setLocalDescription(await pc.createOffer())
    limitTcp(pc)
    return {
      ...connection(pc, outgoing, init.transmitter, events),
      async accept(answer) {
        for (const [kind, type] of [['video', answer.videoPayloadType], ['audio', answer.audioPayloadType]] as const) {
          const out = outgoing.get(kind)
          if (type === undefined) outgoing.delete(kind)
          else if (out !== undefined) out.payloadType = type
        }
        const video = outgoing.get('video')
        if (video !== undefined && answer.playoutDelayId === undefined) video.extension = undefined
        await pc.setRemoteDescription({ type: 'answer', sdp: answer.sdp }).catch((err) => { throw new InvalidInputError(`the answer cannot be taken: ${err instanceof Error ? err.message : err}`) })
      }
    }
  })
}

/** What the library is configured with for every connection of ours: of servers, only the STUN ones the node was given. Who needs a relay brings its own. */
export function connectionConfig({ extraAddresses, iceServers = [], iceTcp = false }: RtcInit): Pick<PeerConfig, 'iceUseTcp' | 'iceServers' | 'iceAdditionalHostAddresses' | 'iceStunGatherTimeout' | 'bundlePolicy'> {
  return { iceUseTcp: iceTcp, iceServers: iceServers.filter(({ urls }) => urls.startsWith('stun:')).map(({ urls }) => ({ urls })), iceAdditionalHostAddresses: [...extraAddresses], iceStunGatherTimeout: GATHER_TIMEOUT_S, bundlePolicy: 'max-bundle' }
}

/** A video codec as the library is told of it. */
export function videoCodec(coding: Coding, payloadType: number): RTCRtpCodecParameters {
  const parameters = offeredFmtp(coding)
  return new RTCRtpCodecParameters({ mimeType: `video/${coding.codec}`, clockRate: 90_000, payloadType, rtcpFeedback: [useNACK(), usePLI()], ...(parameters === '' ? {} : { parameters }) })
}

/** @throws InvalidInputError when the library refuses what the other side sent */
export async function orClose<T>(pc: RTCPeerConnection, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (err) {
    await pc.close().catch(ignore)
    throw new InvalidInputError(`the ${what} cannot be answered: ${err instanceof Error ? err.message : err}`)
  }
}

function createSender({ playoutDelayId: delayId, ...types }: Pick<ViewerOffer, 'videoPayloadType' | 'audioPayloadType' | 'playoutDelayId'>, coding: Coding, init: RtcInit): { pc: RTCPeerConnection; outgoing: Map<MediaKind, Outgoing> } {
  const pc = new RTCPeerConnection({
    ...connectionConfig(init),
    headerExtensions: { video: delayId === undefined ? [] : [new RTCRtpHeaderExtensionParameters({ uri: PLAYOUT_DELAY })] },
    codecs: {
      video: [videoCodec(coding, types.videoPayloadType)],
      audio: [new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: types.audioPayloadType ?? 111 })]
    }
  })
  const outgoing = new Map<MediaKind, Outgoing>()
  const stream = new MediaStream({ id: pc.cname }) // one stream, one CNAME: the browser plays both in step
  const add = (kind: MediaKind, payloadType: number): void => {
    const { sender } = pc.addTransceiver(new MediaStreamTrack({ kind }), { direction: 'sendonly', streams: [stream] })
    outgoing.set(kind, { sender, payloadType, packets: 0, octets: 0, extension: kind === 'video' && delayId !== undefined ? shownAtOnce(delayId) : undefined, outlet: undefined })
  }
  add('video', types.videoPayloadType)
  if (types.audioPayloadType !== undefined) add('audio', types.audioPayloadType)
  return { pc, outgoing }
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
      if (!pc.dtlsTransports.every(isProved)) return finish(UNPROVED)
      const video = outgoing.get('video')!
      if (video.outlet === undefined) takeReportsOnce(video.sender.dtlsTransport.srtcp.remoteContext)
      for (const out of outgoing.values()) out.outlet ??= outletOf(out, transmitter)
      events.connected()
    } else if (state === 'failed' || state === 'closed') finish(`connection ${state}`)
  })
  for (const [kind, { sender }] of outgoing) {
    sender.onPictureLossIndication.subscribe(() => events.keyframeWanted())
    sender.onGenericNack.subscribe(({ lost }) => events.lost(kind, lost))
  }

  return {
    answer: ownWords(pc.localDescription!.sdp),
    ice: iceOf(pc),
    wants: (kind) => outgoing.has(kind),
    queuedBytes: () => queuedIn(socketOf(outgoing.get('video')!.sender)),
    sendRtp(kind, packet, payload) {
      const out = outgoing.get(kind)
      if (closed || out?.outlet === undefined) return
      out.packets++
      out.octets += payload.length
      out.outlet.send({ marker: packet.marker, sequence: packet.sequence, timestamp: packet.timestamp, payloadType: out.payloadType, ssrc: out.sender.ssrc }, payload)
    },
    sendReport(kind, wallMs, timestamp) {
      const out = outgoing.get(kind)
      if (closed || out?.outlet === undefined) return
      if (kind === 'audio' && outgoing.get('video')?.extension !== undefined) return // a browser that knows both clocks holds the picture back for the sound
      out.sender.dtlsTransport.sendRtcp([senderReport(out, wallMs, timestamp), sourceName(out.sender.ssrc, pc.cname)]).catch(ignore)
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
function socketOf(sender: RTCRtpSender): Destination | StreamDestination | undefined {
  const pair = sendingPair(sender.dtlsTransport.iceTransport)
  const { getOpenSocket } = (pair?.protocol ?? {}) as { getOpenSocket?(address: readonly [string, number]): { socket: Stream } | undefined }
  if (pair !== undefined && getOpenSocket !== undefined) {
    const open = getOpenSocket.call(pair.protocol, pair.remoteAddr)
    return open === undefined ? undefined : { stream: open.socket }
  }
  const transport = (pair?.protocol as { transport?: { socket?: Socket; closed?: boolean } } | undefined)?.transport
  if (pair === undefined || transport?.socket === undefined || transport.closed === true) return undefined
  return { socket: transport.socket, host: pair.remoteAddr[0], port: pair.remoteAddr[1] }
}

function queuedIn(to: Destination | StreamDestination | undefined): number {
  if (to === undefined) return 0
  return 'stream' in to ? to.stream.writableLength : to.socket.getSendQueueSize()
}

function outletOf({ sender, extension }: Outgoing, transmitter: Transmitter): RtpOutlet {
  const { srtp, srtcp } = sender.dtlsTransport
  const { profile, srtpSessionKey: key, srtpSessionSalt: salt, srtpSessionAuthTag: auth } = srtp.localContext
  for (const { cipher } of [srtcp.localContext, srtcp.remoteContext]) wrapKeys(cipher)
  return rtpOutlet({ keys: { profile, key, salt, auth }, transmitter, extension, destination: () => socketOf(sender) })
}

/** The library hands node:crypto raw keys for every RTCP packet; a KeyObject in the same field is used the same way and costs a fifth. */
export function wrapKeys(cipher: object, names: readonly string[] = ['srtcpSessionKey', 'srtcpSessionAuthTag']): void {
  const keys = cipher as Record<string, unknown>
  for (const name of names) {
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
