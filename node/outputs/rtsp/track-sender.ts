import { randomInt } from 'node:crypto'
import type { Track, TrackReport } from '#protocols/media.ts'
import { buildRtp } from '#protocols/rtp/packet.ts'
import type { LivePacket } from '../../live/live-packet.ts'
import { packetRewriter, type PacketRewriter } from '../../live/whep/packet-rewriter.ts'
import type { MediaTransport } from './media-transport.ts'
import { goodbye, senderReport } from './rtcp.ts'

/** Payload types of our descriptions. */
export const PAYLOAD_TYPES = { video: 96, audio: 97 } as const

/** Sends one track to one client, with unbroken numbers of its own and the source's time. */
export class TrackSender {
  readonly kind: Track['kind']
  readonly transport: MediaTransport
  readonly ssrc = randomInt(1, 2 ** 32)
  readonly #cname: string
  readonly #rewriter: PacketRewriter
  #packets = 0
  #octets = 0
  #isNew = true

  constructor({ kind, clockRate }: Pick<Track, 'kind' | 'clockRate'>, transport: MediaTransport, cname: string) {
    this.kind = kind
    this.transport = transport
    this.#cname = cname
    this.#rewriter = packetRewriter(clockRate)
  }

  /** `report` is the source's newest: a client that knows the time of the first packet need not correct itself later. */
  send(packet: LivePacket, report: TrackReport | undefined): void {
    const numbers = this.#rewriter.next(packet)
    if (this.#isNew && report !== undefined) this.report(report)
    this.#isNew = false
    this.transport.rtp(buildRtp({ marker: packet.rtp.marker, payloadType: PAYLOAD_TYPES[this.kind], ssrc: this.ssrc, ...numbers }, packet.rtp.payload))
    this.#packets++
    this.#octets += packet.rtp.payload.length
  }

  report({ rtp, wallMs }: TrackReport): void {
    const timestamp = this.#rewriter.timeOf(rtp)
    if (timestamp === undefined) return
    this.transport.rtcp(senderReport({ ssrc: this.ssrc, wallMs, timestamp, packets: this.#packets, octets: this.#octets }, this.#cname))
  }

  /** Packets were left out: the next follows the last one. */
  cut(): void {
    this.#rewriter.cut()
    this.#isNew = true
  }

  /** The next packets come from another source. */
  switchSource(): void {
    this.#rewriter.switchSource()
    this.#isNew = true
  }

  close(): void {
    this.transport.rtcp(goodbye(this.ssrc))
    this.transport.close()
  }
}
