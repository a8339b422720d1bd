/** Is this publication one we take? Pure: what is asked, what is known, and the answer. */
import { CameraBusyError, InvalidMessageError, type ThatDamError } from '#protocols/errors.ts'
import { type CameraId, parseCameraId, type PeerId } from '#protocols/ids.ts'
import type { MediaMessage, Track } from '#protocols/media.ts'
import { isVideoCodec, VIDEO_CODECS } from '#protocols/rtp/video-codecs.ts'
import type { Member } from '#ring'

export type Publish = Extract<MediaMessage, { publish: unknown }>['publish']

/** What this node knows when a camera knocks. */
export interface IngestView {
  readonly self: PeerId
  readonly home: PeerId
  /** Nodes that may have it: its camera's own, the home among them. */
  readonly owners: readonly PeerId[]
  readonly members: readonly Member[]
  /** Who publishes this camera to this node now. */
  readonly publisher: PeerId | undefined
}

export type PublishAnswer =
  | { type: 'accept' }
  | { type: 'redirect'; to: Member }
  | { type: 'refuse'; error: ThatDamError }

/** Longest camera name or source text, in characters. @default 200 */
export const MAX_NAME_CHARS = 200

/** This node is on its way out, or its disk takes no more: cameras should go elsewhere. */
export function isLeaving(members: readonly Member[]): boolean {
  const self = members.find((member) => member.self)
  return self?.state === 'draining' || self?.presence?.acceptsWrites === false
}

/** A camera belongs to its owners, of which its peer chooses; one that is here already stays, unless this node can not keep it. Others send it home. */
export function judgePublish(publish: Publish, caller: PeerId, view: IngestView): PublishAnswer {
  if (view.publisher !== undefined && view.publisher !== caller) return busy(publish.cameraId)
  const elsewhere = view.members.filter(({ self, alive }) => !self && alive).flatMap(({ presence }) => presence?.cameras ?? []).find(({ cameraId }) => cameraId === publish.cameraId)
  if (elsewhere !== undefined && elsewhere.peerId !== caller) return busy(publish.cameraId)
  const mayStay = (view.publisher === caller || view.owners.includes(view.self)) && !isLeaving(view.members)
  if (view.home === view.self || publish.insist || mayStay) return { type: 'accept' }
  const home = view.members.find(({ peerId }) => peerId === view.home)
  return home === undefined ? { type: 'accept' } : { type: 'redirect', to: home }
}

function busy(camera: CameraId): PublishAnswer {
  return { type: 'refuse', error: new CameraBusyError(`camera ${camera} is published by another peer now; give this one another name`) }
}

/** Check what a peer sent. @throws InvalidMessageError, InvalidIdError */
export function checkPublish(publish: Publish): Publish {
  const { cameraName, source, tracks } = publish
  parseCameraId(publish.cameraId)
  if (cameraName.length > MAX_NAME_CHARS || source.length > MAX_NAME_CHARS) throw new InvalidMessageError(`camera name and source: at most ${MAX_NAME_CHARS} characters`)
  checkTracks(tracks)
  return publish
}

/** One video track of a known codec, and at most one Opus track. @throws InvalidMessageError */
export function checkTracks(tracks: readonly Track[]): void {
  const video = tracks.filter(({ kind, codec, clockRate }) => kind === 'video' && isVideoCodec(codec) && clockRate === 90_000)
  const audio = tracks.filter(({ kind, codec, clockRate, channels }) => kind === 'audio' && codec === 'opus' && clockRate === 48_000 && channels >= 1 && channels <= 2)
  if (video.length !== 1 || audio.length > 1 || video.length + audio.length !== tracks.length) throw new InvalidMessageError(`a camera has one video track of 90000 Hz (${VIDEO_CODECS.join(', ')}) and at most one opus track of 48000 Hz`)
  if (new Set(tracks.map(({ index }) => index)).size !== tracks.length) throw new InvalidMessageError('two tracks have the same index')
  if (tracks.some(({ fmtp, width, height }) => fmtp.length > 1_000 || width > 16_384 || height > 16_384)) throw new InvalidMessageError('a track\'s format is out of bounds')
}
