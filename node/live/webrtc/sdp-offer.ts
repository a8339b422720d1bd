import { PLAYOUT_DELAY, playoutDelayId } from './playout-delay.ts'
import { h264In, isOpen, keepOnly, NotAcceptableOfferError, payloadTypes, readSdp, type Sdp, type Section, directionOf, writeSdp } from './sdp.ts'

/** What a viewer offered, cut down to what we will send. */
export interface ViewerOffer {
  /** The offer with one H.264 and one Opus payload type left, and no transport-wide feedback. */
  readonly sdp: string
  readonly videoPayloadType: number
  /** undefined when the viewer wants no sound. */
  readonly audioPayloadType: number | undefined
  /** Identifier of the header extension that has pictures shown at once; undefined where that is not wanted or not possible. */
  readonly playoutDelayId: number | undefined
}

/** The offer can not carry the camera, but the viewer may be able to: an offer of ours can. */
export class CounterOfferError extends NotAcceptableOfferError {}

/** Read a WHEP offer. `fmtp` is the camera's own, to pick the closest profile. @throws InvalidInputError, NotAcceptableOfferError, CounterOfferError */
export function readViewerOffer(text: string, fmtp: string, lowDelay = false): ViewerOffer {
  const sdp = readSdp(text)
  const video = videoOf(sdp)
  const profile = profileOf(fmtp)
  const videoPayloadType = h264In(video, (theirs) => profileOf(theirs) === profile) // decoders accept higher profiles than they announce
  if (videoPayloadType === undefined) throw refusal(video)
  const audio = sdp.media.find((section) => section.kind === 'audio')
  const audioPayloadType = audio !== undefined && receives(audio) ? payloadTypes(audio, /^opus\/48000/i)[0] : undefined
  const delayId = lowDelay ? playoutDelayId(video) : undefined
  keepOnly(video, videoPayloadType)
  if (delayId !== undefined) video.lines.push(`a=extmap:${delayId} ${PLAYOUT_DELAY}`)
  if (audio !== undefined && audioPayloadType !== undefined) keepOnly(audio, audioPayloadType)
  return { sdp: writeSdp(sdp), videoPayloadType, audioPayloadType, playoutDelayId: delayId }
}

/** The one section pictures can be sent in. @throws CounterOfferError */
function videoOf({ media }: Sdp): Section {
  const video = media.filter(({ kind }) => kind === 'video')
  if (video.length !== 1 || media.filter(({ kind }) => kind === 'audio').length > 1) throw new CounterOfferError('offer one video and at most one audio m-line, both recvonly')
  if (!receives(video[0]!)) throw new CounterOfferError('offer the video m-line recvonly: this server only sends')
  return video[0]!
}

/** Who names codecs and H.264 is none of them has no H.264 (draft-ietf-wish-whep-04 section 4.3.6: offer all you have), so no offer of ours would help. */
function refusal(video: Section): NotAcceptableOfferError {
  const named = payloadTypes(video, /./)
  if (named.length > 0 && payloadTypes(video, /^H264\//i).length === 0) {
    return new NotAcceptableOfferError('the camera sends H.264 and the offer has other codecs only: watch it with a browser that plays H.264')
  }
  return new CounterOfferError('the camera sends H.264 with packetization-mode=1: accept that')
}

const receives = (section: Section): boolean => isOpen(section) && ['recvonly', 'sendrecv'].includes(directionOf(section))

const profileOf = (fmtp: string): string => (/profile-level-id=([0-9a-f]{2})/i.exec(fmtp)?.[1] ?? '').toLowerCase()

/** What a viewer's answer to our offer accepts: the payload types it wants them sent with. @throws InvalidInputError, NotAcceptableOfferError */
export function readViewerAnswer(text: string): ViewerOffer {
  const sdp = readSdp(text)
  const video = sdp.media.find(({ kind }) => kind === 'video')
  const videoPayloadType = video !== undefined && receives(video) ? h264In(video, () => true) : undefined
  if (video === undefined || videoPayloadType === undefined) throw new NotAcceptableOfferError('the answer refuses the camera\'s H.264: watch it with a browser that plays H.264')
  const audio = sdp.media.find(({ kind }) => kind === 'audio')
  return { sdp: writeSdp(sdp), videoPayloadType, audioPayloadType: audio !== undefined && receives(audio) ? payloadTypes(audio, /^opus\/48000/i)[0] : undefined, playoutDelayId: playoutDelayId(video) }
}

