import { InvalidInputError, ThatDamError } from '#protocols/errors.ts'

/** Largest SDP accepted, in bytes. @default 65536 */
export const MAX_SDP_BYTES = 65_536

/** The offer is well formed, but there is nothing in it this server can send. */
export class NotAcceptableOfferError extends ThatDamError {
  readonly code = 'ERR_OFFER_NOT_ACCEPTABLE'
  override readonly status = 406
}

/** What a viewer offered, cut down to what we will send. */
export interface ViewerOffer {
  /** The offer with one H.264 and one Opus payload type left, and no transport-wide feedback. */
  readonly sdp: string
  readonly videoPayloadType: number
  /** undefined when the viewer wants no sound. */
  readonly audioPayloadType: number | undefined
}

interface Section { kind: string; lines: string[] }

/** Read a WHEP offer. `fmtp` is the camera's own, to pick the closest profile. @throws InvalidInputError, NotAcceptableOfferError */
export function readViewerOffer(sdp: string, fmtp: string): ViewerOffer {
  const { session, media } = sectionsOf(sdp)
  const video = media.filter((section) => section.kind === 'video')
  const audio = media.filter((section) => section.kind === 'audio')
  if (video.length !== 1 || audio.length > 1) throw new NotAcceptableOfferError('offer one video and at most one audio m-line, both recvonly')
  const videoPayloadType = h264In(video[0]!, fmtp)
  if (videoPayloadType === undefined || !receives(video[0]!)) {
    throw new NotAcceptableOfferError('the camera sends H.264 with packetization-mode=1 and the offer does not accept it in a recvonly video m-line')
  }
  const audioPayloadType = audio[0] !== undefined && receives(audio[0]) ? payloadTypes(audio[0], /^opus\/48000/i)[0] : undefined
  keepOnly(video[0]!, videoPayloadType)
  if (audio[0] !== undefined && audioPayloadType !== undefined) keepOnly(audio[0], audioPayloadType)
  return { sdp: [...session, ...media.flatMap((section) => section.lines)].join('\r\n') + '\r\n', videoPayloadType, audioPayloadType }
}

function sectionsOf(sdp: string): { session: string[]; media: Section[] } {
  const lines = sdp.split(/\r?\n/).filter((line) => line !== '')
  if (lines[0] !== 'v=0') throw new InvalidInputError('the body is not SDP: it has to begin with v=0')
  const broken = lines.find((line) => !/^[a-z]=/.test(line))
  if (broken !== undefined) throw new InvalidInputError(`the body is not SDP: ${JSON.stringify(broken.slice(0, 80))}`)
  const session: string[] = []
  const media: Section[] = []
  for (const line of lines) {
    if (line.startsWith('m=')) media.push({ kind: line.slice(2).split(' ')[0]!, lines: [] })
    ;(media.at(-1)?.lines ?? session).push(line)
  }
  const all = lines.join('\n')
  for (const needed of ['a=ice-ufrag:', 'a=ice-pwd:', 'a=fingerprint:']) {
    if (!all.includes(`\n${needed}`)) throw new InvalidInputError(`the offer has no ${needed.slice(2, -1)}: not a WebRTC offer`)
  }
  return { session, media }
}

const receives = ({ lines }: Section): boolean => !lines.some((line) => line === 'a=inactive' || line === 'a=sendonly') && !/^m=\w+ 0 /.test(lines[0]!)

function payloadTypes({ lines }: Section, codec: RegExp): number[] {
  return lines.flatMap((line) => {
    const [, type, name] = /^a=rtpmap:(\d{1,3}) (\S+)/.exec(line) ?? []
    return name !== undefined && codec.test(name) && Number(type) < 128 ? [Number(type)] : []
  })
}

/** RFC 6184 section 8.1: mode 1, and the profile nearest to the camera's. Decoders accept higher profiles than they announce. */
function h264In(section: Section, fmtp: string): number | undefined {
  const profile = profileOf(fmtp)
  const candidates = payloadTypes(section, /^H264\/90000/i)
    .map((type) => ({ type, fmtp: section.lines.find((line) => line.startsWith(`a=fmtp:${type} `)) ?? '' }))
    .filter((candidate) => /packetization-mode=1\b/.test(candidate.fmtp))
  return (candidates.find((candidate) => profileOf(candidate.fmtp) === profile) ?? candidates[0])?.type
}

const profileOf = (fmtp: string): string => (/profile-level-id=([0-9a-f]{2})/i.exec(fmtp)?.[1] ?? '').toLowerCase()

/** Leave one payload type in a section, so that the answer can only be that one; and no transport-wide feedback, which nobody reads. */
function keepOnly(section: Section, type: number): void {
  section.lines = section.lines
    .map((line) => line.startsWith('m=') ? [...line.split(' ').slice(0, 3), type].join(' ') : line)
    .filter((line) => {
      const [, of] = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line) ?? []
      if (of !== undefined && Number(of) !== type) return false
      return !/^a=rtcp-fb:.*transport-cc/.test(line) && !line.startsWith('a=extmap:')
    })
}
