/** What the main thread and a sender thread say to each other. */
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { Track, TrackPacket, TrackReport } from '#protocols/media.ts'
import type { Failure } from './failure.ts'
import type { PatchOutcome } from '../webrtc/ice-patches.ts'
import type { IceServer } from '../webrtc/ice.ts'
import type { OfferedPlace, ViewerAnswer, ViewerRequest } from './packet-sender.ts'
import type { SenderKind } from './transmitter.ts'

/** A camera as a sender thread is told of it; `number` names it from then on. */
export interface MirroredCamera {
  readonly number: number
  readonly id: CameraId
  readonly name: string
  readonly source: string
  readonly from: PeerId
  readonly tracks: readonly Track[]
}

export type ToWorker =
  | ({ type: 'addViewer'; call: number } & ViewerRequest)
  | ({ type: 'offerViewer'; call: number } & OfferedPlace)
  | { type: 'acceptAnswer'; call: number; id: string; answer: string }
  | { type: 'patchIce'; call: number; id: string; fragment: string; ifMatch: string | undefined }
  | { type: 'closeViewer'; id: string; reason: string }
  | { type: 'opened'; call: number; camera: MirroredCamera }
  | { type: 'notOpened'; call: number; failure: Failure }
  | ({ type: 'sendRtp'; camera: number } & PackedPackets)
  | { type: 'sendReport'; camera: number; report: TrackReport }
  /** Packets were left out: nothing is sent before the next keyframe. */
  | { type: 'skip'; camera: number }
  | { type: 'ended'; camera: number; reason: string }
  | { type: 'stop' }

/** What a call of the main thread's is answered with, by its kind. */
export type WorkerAnswer = ViewerAnswer | string | PatchOutcome | void

export type FromWorker =
  | { type: 'ready'; kind: SenderKind }
  | { type: 'refused'; why: string }
  | { type: 'answered'; call: number; answer: WorkerAnswer }
  | { type: 'failed'; call: number; failure: Failure }
  | { type: 'open'; call: number; camera: CameraId }
  | { type: 'released'; camera: number }
  | { type: 'onPli'; camera: number }
  | { type: 'onNack'; asked: number; sent: number }
  | { type: 'onSkipped'; packets: number }
  | { type: 'onClosed'; id: string; reason: string }

/** What a thread is started with. */
export interface WorkerStart {
  readonly extraAddresses: readonly string[]
  readonly iceServers: readonly IceServer[]
  readonly iceTcp: boolean
  /** One number: how many packets this thread has taken up. */
  readonly taken: SharedArrayBuffer
}

/** Packets one after the other in one buffer that changes hands: one message a batch, and nothing to walk through when it is copied. */
export interface PackedPackets { readonly bytes: Uint8Array<ArrayBuffer>; readonly tracks: readonly number[]; readonly lengths: readonly number[] }

export function pack(packets: readonly TrackPacket[]): PackedPackets {
  const bytes = new Uint8Array(packets.reduce((sum, { rtp }) => sum + rtp.byteLength, 0))
  let at = 0
  for (const { rtp } of packets) {
    bytes.set(rtp, at)
    at += rtp.byteLength
  }
  return { bytes, tracks: packets.map(({ track }) => track), lengths: packets.map(({ rtp }) => rtp.byteLength) }
}

export function unpack({ bytes, tracks, lengths }: PackedPackets): TrackPacket[] {
  let at = 0
  return lengths.map((length, i) => ({ track: tracks[i] ?? 0, rtp: bytes.subarray(at, at += length) }))
}
