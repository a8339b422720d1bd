/** A publisher's WebRTC connection. ICE, DTLS and decryption are the library's; what arrived, what is lacking and what is said of it is ours. */
import { randomInt } from 'node:crypto'
import {
  GenericNack, PictureLossIndication, type RTCDtlsTransport, RTCPeerConnection, RTCRtpCodecParameters, RtcpPayloadSpecificFeedback, RtcpReceiverInfo, RtcpRrPacket,
  RtcpSrPacket, RtcpTransportLayerFeedback, type RtpPacket
} from 'werift'
import { buildRtp } from '#protocols/rtp/packet.ts'
import { codingOf } from '../coding.ts'
import { isProved } from '../webrtc/handshake.ts'
import { type Ice, iceOf } from '../webrtc/ice.ts'
import { takeReportsOnce } from '../webrtc/reports-once.ts'
import type { PublisherOffer } from './publisher-offer.ts'
import { evenPace } from './even-pace.ts'
import { type InOrder, inOrder } from './in-order.ts'
import { oneLayer, type OneLayer } from './one-layer.ts'
import { createReception, type Reception } from './reception.ts'
import { takeOnce } from './take-once.ts'
import { ownWords } from '../webrtc/sdp.ts'
import { answerOffer, connectionConfig, type MediaKind, orClose, type RtcInit, UNPROVED, videoCodec, wrapKeys } from '../webrtc/webrtc.ts'

/** How often the publisher is told how its packets arrive, in milliseconds. @default 500 */
export const RECEIVER_REPORT_MS = 500
/** How often it is looked for what is missing, in milliseconds. @default 20 */
export const MISSING_LOOK_MS = 20
/** Browsers begin with this bit rate, in kbit/s; without it they take half a minute to become sharp. @default 2500 */
export const START_KILOBITS = 2_500
const NTP_UNIX_OFFSET_MS = 2_208_988_800_000

/** What happens to a connection. `closed` comes once and last. */
export interface PublisherEvents {
  connected(): void
  closed(reason: string): void
  /** One packet as RTP without extensions; those of the picture in the order they were sent. */
  packet(kind: MediaKind, rtp: Uint8Array): void
  /** The publisher's own pairing of wall clock (Unix ms) and RTP time. */
  report(kind: MediaKind, wallMs: number, rtp: number): void
}

export interface PublisherConnection {
  /** SDP with all our candidates. */
  readonly answer: string
  readonly ice: Ice
  requestKeyframe(): void
  close(): Promise<void>
}

/** The port through which the rest of the code knows publishers. @throws InvalidInputError when the library cannot read the offer */
export type AnswerPublisher = (offer: PublisherOffer, events: PublisherEvents) => Promise<PublisherConnection>

export async function answerPublisher(offer: PublisherOffer, init: RtcInit, events: PublisherEvents): Promise<PublisherConnection> {
  const pc = new RTCPeerConnection({
    ...connectionConfig(init),
    codecs: {
      video: [videoCodec(codingOf(offer.tracks), offer.videoPayloadType)],
      audio: [new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: offer.audioPayloadType ?? 111 })]
    }
  })
  return orClose(pc, 'offer', async () => {
    await answerOffer(pc, offer.sdp, init)
    return new Receiver(pc, offer, events)
  })
}

interface Incoming { readonly kind: MediaKind; reception: Reception; readonly layer: OneLayer; ssrc: number | undefined; report: { ntp: bigint; atMs: number } | undefined }

class Receiver implements PublisherConnection {
  readonly answer: string
  readonly ice: Ice
  readonly #pc: RTCPeerConnection
  readonly #events: PublisherEvents
  readonly #incoming = new Map<number, Incoming>()
  readonly #ssrc = randomInt(1, 2 ** 32 - 1)
  readonly #timers: NodeJS.Timeout[] = []
  readonly #pace = evenPace((rtp) => this.#events.packet('video', rtp))
  #order = this.#newOrder()
  #releasing: NodeJS.Timeout | undefined
  #closed = false

  constructor(pc: RTCPeerConnection, offer: PublisherOffer, events: PublisherEvents) {
    this.#pc = pc
    this.#events = events
    this.answer = startRate(ownWords(pc.localDescription!.sdp), offer.videoPayloadType)
    this.ice = iceOf(pc)
    this.#incoming.set(offer.videoPayloadType, { kind: 'video', reception: createReception(90_000), layer: oneLayer(offer.hasLayers), ssrc: undefined, report: undefined })
    if (offer.audioPayloadType !== undefined) this.#incoming.set(offer.audioPayloadType, { kind: 'audio', reception: createReception(48_000), layer: oneLayer(false), ssrc: undefined, report: undefined })
    pc.connectionStateChange.subscribe((state) => {
      if (state === 'connected') this.#connected()
      else if (state === 'failed' || state === 'closed') this.#finish(state === 'failed' ? 'the connection to the publisher was lost' : 'the publisher closed the connection')
    })
    for (const transport of pc.dtlsTransports) {
      transport.onRtp.subscribe((packet) => this.#take(packet))
      transport.onRtcp.subscribe((packet) => { if (packet.type === RtcpSrPacket.type) this.#report(packet as RtcpSrPacket) })
    }
  }

  requestKeyframe(): void {
    const video = this.#stream('video')
    if (video?.ssrc !== undefined) this.#send(new RtcpPayloadSpecificFeedback({ feedback: new PictureLossIndication({ senderSsrc: this.#ssrc, mediaSsrc: video.ssrc }) }))
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const timer of [...this.#timers, this.#releasing]) clearInterval(timer)
    await this.#pc.close().catch(() => {})
  }

  #connected(): void {
    if (this.#closed || this.#timers.length > 0) return
    if (!this.#pc.dtlsTransports.every(isProved)) return this.#finish(UNPROVED)
    const { srtp, srtcp } = this.#transport
    takeOnce(srtp.remoteContext)
    takeReportsOnce(srtcp.remoteContext)
    wrapKeys(srtp.remoteContext.cipher, ['srtpSessionKey', 'srtpSessionAuthTag'])
    for (const { cipher } of [srtcp.localContext, srtcp.remoteContext]) wrapKeys(cipher)
    this.#timers.push(setInterval(() => this.#reportBack(), RECEIVER_REPORT_MS), setInterval(() => this.#askAgain(), MISSING_LOOK_MS))
    for (const timer of this.#timers) timer.unref()
    this.#events.connected()
  }

  #take({ header, payload }: RtpPacket): void {
    const stream = this.#incoming.get(header.payloadType)
    const nowMs = performance.now()
    if (this.#closed || stream === undefined || !stream.layer.takes(header.ssrc, payload.length, nowMs)) return
    if (stream.ssrc !== header.ssrc) this.#begin(stream, header.ssrc)
    if (!stream.reception.note(header.sequenceNumber, header.timestamp, nowMs)) return
    const rtp = buildRtp({ marker: header.marker, payloadType: header.payloadType, sequence: header.sequenceNumber, timestamp: header.timestamp, ssrc: header.ssrc }, payload)
    if (stream.kind === 'audio') return this.#events.packet('audio', rtp) // nobody asks for sound again, so none is waited for
    this.#order.take(header.sequenceNumber, rtp, nowMs)
    this.#release()
  }

  /** The first packet of the stream that is taken from now on. */
  #begin(stream: Incoming, ssrc: number): void {
    const isFirst = stream.ssrc === undefined
    stream.ssrc = ssrc
    if (isFirst) return
    stream.report = undefined
    stream.reception = createReception(stream.kind === 'video' ? 90_000 : 48_000)
    if (stream.kind === 'audio') return
    this.#order.giveUp()
    this.#order = this.#newOrder()
    this.requestKeyframe()
  }

  #newOrder(): InOrder { return inOrder((arrived) => this.#pace.take(arrived, performance.now())) }

  #release(): void {
    const restMs = this.#pace.release(performance.now())
    if (restMs === undefined || this.#releasing !== undefined) return
    this.#releasing = setTimeout(() => {
      this.#releasing = undefined
      this.#release()
    }, restMs).unref()
  }

  #report({ ssrc, senderInfo: { ntpTimestamp, rtpTimestamp } }: RtcpSrPacket): void {
    const stream = [...this.#incoming.values()].find((each) => each.ssrc === ssrc)
    if (this.#closed || stream === undefined || ntpTimestamp === 0n) return
    stream.report = { ntp: ntpTimestamp, atMs: performance.now() }
    this.#events.report(stream.kind, Number(ntpTimestamp >> 32n) * 1000 + Number(ntpTimestamp & 0xffffffffn) * 1000 / 2 ** 32 - NTP_UNIX_OFFSET_MS, rtpTimestamp)
  }

  /** RFC 3550 section 6.4.2: what a browser adapts its bit rate to. */
  #reportBack(): void {
    const reports = [...this.#incoming.values()].flatMap(({ ssrc, reception, report }) => {
      const block = reception.block()
      if (ssrc === undefined || block === undefined) return []
      const heard = report === undefined ? { lsr: 0, dlsr: 0 } : { lsr: Number((report.ntp >> 16n) & 0xffffffffn), dlsr: Math.round((performance.now() - report.atMs) * 65.536) >>> 0 }
      return [new RtcpReceiverInfo({ ssrc, ...block, ...heard })]
    })
    if (reports.length > 0) this.#send(new RtcpRrPacket({ ssrc: this.#ssrc, reports }))
  }

  #askAgain(): void {
    const video = this.#stream('video')
    if (video?.ssrc === undefined || !video.reception.hasMissing()) return
    const lost = video.reception.missing(performance.now())
    if (lost === 'too-many') {
      this.#order.giveUp()
      this.#release()
      this.requestKeyframe()
    } else if (lost.length > 0) this.#send(new RtcpTransportLayerFeedback({ feedback: new GenericNack({ senderSsrc: this.#ssrc, mediaSourceSsrc: video.ssrc, lost }) }))
  }

  get #transport(): RTCDtlsTransport { return this.#pc.dtlsTransports[0]! }

  #stream(kind: MediaKind): Incoming | undefined { return [...this.#incoming.values()].find((each) => each.kind === kind) }

  #send(packet: Parameters<RTCDtlsTransport['sendRtcp']>[0][number]): void {
    if (!this.#closed) this.#transport.sendRtcp([packet]).catch(() => {})
  }

  #finish(reason: string): void {
    if (this.#closed) return
    void this.close()
    this.#events.closed(reason)
  }
}

function startRate(sdp: string, type: number): string {
  const said = `x-google-start-bitrate=${START_KILOBITS}`
  if (sdp.includes(`a=fmtp:${type} `)) return sdp.replace(`a=fmtp:${type} `, `a=fmtp:${type} ${said};`)
  return sdp.replace(new RegExp(`^a=rtpmap:${type} .*$`, 'm'), (line) => `${line.trimEnd()}\r\na=fmtp:${type} ${said}${line.endsWith('\r') ? '\r' : ''}`)
}
