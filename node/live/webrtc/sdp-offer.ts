import { InvalidInputError, NotAcceptableOfferError } from '#protocols/errors.ts'
import { codecName, type VideoCodec } from '#protocols/rtp/video-codecs.ts'
import type { Coding } from '../coding.ts'
import { namesIn, typeFor } from './codecs.ts'
import { PLAYOUT_DELAY, playoutDelayId } from './playout-delay.ts'
import { isOpen, keepOnly, payloadTypes, readSdp, type Sdp, type Section, directionOf, writeSdp } from './sdp.ts'

/** What a viewer offered, cut down to what we will send. */
export interface ViewerOffer {
  /** The offer with one payload type for the picture and one for the sound left, and no transport-wide feedback. */
  readonly sdp: string
  readonly codec: VideoCodec
  readonly videoPayloadType: number
  /** undefined when the viewer wants no sound. */
  readonly audioPayloadType: number | undefined
  /** Identifier of the header extension that has pictures shown at once; undefined where that is not wanted or not possible. */
  readonly playoutDelayId: number | undefined
}

/** The offer can not carry the camera, but the viewer may be able to: an offer of ours can. */
export class CounterOfferError extends NotAcceptableOfferError {}

/** Read a WHEP offer, to send what the camera sends. @throws InvalidInputError, NotAcceptableOfferError, CounterOfferError */
export function readViewerOffer(text: string, coding: Coding, lowDelay = false): ViewerOffer {
  const sdp = readSdp(text)
  const video = videoOf(sdp)
  const videoPayloadType = typeFor(video, coding)
  if (videoPayloadType === undefined) throw refusal(video, coding)
  const audio = sdp.media.find((section) => section.kind === 'audio')
  const audioPayloadType = audio !== undefined && receives(audio) ? payloadTypes(audio, /^opus\/48000/i)[0] : undefined
  const delayId = lowDelay ? playoutDelayId(video) : undefined
  keepOnly(video, videoPayloadType)
  if (delayId !== undefined) video.lines.push(`a=extmap:${delayId} ${PLAYOUT_DELAY}`)
  if (audio !== undefined && audioPayloadType !== undefined) keepOnly(audio, audioPayloadType)
  return { sdp: writeSdp(sdp), codec: coding.codec, videoPayloadType, audioPayloadType, playoutDelayId: delayId }
}

/** The one section pictures can be sent in. What else is in an offer the library would take: a data channel, or sound that nobody here hears. @throws CounterOfferError */
function videoOf({ media }: Sdp): Section {
  const [video, audio, others] = [media.filter(({ kind }) => kind === 'video'), media.filter(({ kind }) => kind === 'audio'), media.filter(isForeign)]
  if (video.length !== 1 || audio.length > 1 || others.length > 0) throw new CounterOfferError('offer one video and at most one audio m-line, both recvonly, and nothing else')
  if (!receives(video[0]!)) throw new CounterOfferError('offer the video m-line recvonly: this server only sends')
  if (audio.some((section) => isOpen(section) && directionOf(section) === 'sendonly')) throw new CounterOfferError('offer the audio m-line recvonly: this server only sends')
  return video[0]!
}

/** Who names codecs and the camera's is none of them does not have it (draft-ietf-wish-whep-04 section 4.3.6: offer all you have), so no offer of ours would help. */
function refusal(video: Section, coding: Coding): NotAcceptableOfferError {
  const named = payloadTypes(video, /./)
  const name = codecName(coding.codec)
  if (named.length > 0 && payloadTypes(video, new RegExp(`^${coding.codec}/`, 'i')).length === 0) {
    return new NotAcceptableOfferError(`the camera sends ${name}, and the offer has ${namesIn(video) || 'other codecs'} only: ${remedy(coding.codec)}`)
  }
  if (coding.codec !== 'H264') return new NotAcceptableOfferError(`the camera sends ${name} in a profile that the offer does not have: ${remedy(coding.codec)}`)
  return new CounterOfferError('the camera sends H.264 with packetization-mode=1: accept that')
}

const remedy = (codec: VideoCodec): string => `watch it with a browser that plays ${codecName(codec)}${codec === 'H264' ? '' : ', or have the camera send H.264, which plays everywhere'}`

const isForeign = ({ kind }: Section): boolean => kind !== 'video' && kind !== 'audio'

const receives = (section: Section): boolean => isOpen(section) && ['recvonly', 'sendrecv'].includes(directionOf(section))

/** What a viewer's answer to our offer accepts: the payload types it wants them sent with. @throws InvalidInputError, NotAcceptableOfferError */
export function readViewerAnswer(text: string, coding: Coding): ViewerOffer {
  const sdp = readSdp(text)
  if (sdp.media.some(isForeign)) throw new InvalidInputError('the answer has an m-line that the offer does not have')
  const video = sdp.media.find(({ kind }) => kind === 'video')
  const videoPayloadType = video !== undefined && receives(video) ? typeFor(video, coding) : undefined
  if (video === undefined || videoPayloadType === undefined) throw new NotAcceptableOfferError(`the answer refuses the camera's ${codecName(coding.codec)}: ${remedy(coding.codec)}`)
  const audio = sdp.media.find(({ kind }) => kind === 'audio')
  return { sdp: writeSdp(sdp), codec: coding.codec, videoPayloadType, audioPayloadType: audio !== undefined && receives(audio) ? payloadTypes(audio, /^opus\/48000/i)[0] : undefined, playoutDelayId: playoutDelayId(video) }
}
