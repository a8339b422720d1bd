import type { CameraId } from '#protocols/ids.ts'
import type { ViewerOffer } from '../sdp-offer.ts'
import type { SenderKind } from './transmitter.ts'

/** A viewer that wants a camera. */
export interface ViewerRequest {
  readonly id: string
  readonly camera: CameraId
  readonly offer: ViewerOffer
}

/** A thread that holds viewers' connections and sends them packets: this one, or a worker. */
export interface PacketSender {
  /** Answers with SDP; packets flow once the viewer is connected. @throws InvalidInputError, TrackUnavailableError */
  addViewer(viewer: ViewerRequest): Promise<string>
  /** @throws InvalidInputError */
  addCandidate(id: string, candidate: string, mid: string): Promise<void>
  closeViewer(id: string, reason: string): void
  viewers(): number
  /** Part of its time this thread was busy lately, 0 to 1. */
  load(): number
  /** undefined until it is ready. */
  kind(): SenderKind | undefined
  stop(): Promise<void>
}

/** What a sender tells its owner. */
export interface SenderEvents {
  /** Comes once for every viewer that was added, however it ends. */
  onClosed(id: string, reason: string): void
  /** Packets that viewers asked for again. */
  onNack(packets: number): void
  /** Packets that were not sent, because a viewer or a thread was behind: its picture goes on at the next keyframe. */
  onSkipped(packets: number): void
}
