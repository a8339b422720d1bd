import type { CameraId } from '#protocols/ids.ts'
import type { PatchOutcome } from '../webrtc/ice-patches.ts'
import type { ViewerOffer } from '../webrtc/sdp-offer.ts'
import type { SenderKind } from './transmitter.ts'

/** Who wants which camera. */
export interface ViewerPlace {
  readonly id: string
  readonly camera: CameraId
}

/** A viewer that will be made an offer. */
export interface OfferedPlace extends ViewerPlace {
  /** Pictures are to be shown at once. */
  readonly lowDelay: boolean
}

export interface ViewerRequest extends ViewerPlace { readonly offer: ViewerOffer }

/** Our side of an agreement: SDP, and the entity-tag of its ICE session. */
export interface ViewerAnswer { readonly sdp: string; readonly tag: string }

/** A thread that holds viewers' connections and sends them packets: this one, or a worker. */
export interface PacketSender {
  /** Packets flow once the viewer is connected. @throws InvalidInputError, TrackUnavailableError */
  addViewer(viewer: ViewerRequest): Promise<ViewerAnswer>
  /** Answers with an offer of ours; packets flow once it is accepted and the viewer is connected. @throws TrackUnavailableError */
  offerViewer(viewer: OfferedPlace): Promise<string>
  /** SDP. @throws UnprocessableError, InvalidInputError, NotAcceptableOfferError */
  acceptAnswer(id: string, answer: string): Promise<void>
  /** An SDP fragment. @throws InvalidInputError, PreconditionRequiredError, PreconditionFailedError, UnprocessableError */
  patchIce(id: string, fragment: string, ifMatch: string | undefined): Promise<PatchOutcome>
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
  /** Packets that viewers asked for again, and how many of them they were sent. */
  onNack(asked: number, sent: number): void
  /** Packets that were not sent, because a viewer or a thread was behind: its picture goes on at the next keyframe. */
  onSkipped(packets: number): void
}
