import { UnprocessableError } from '#protocols/errors.ts'
import type { Track } from '#protocols/media.ts'
import type { Coding } from '../coding.ts'
import { codingsOf } from '../webrtc/codecs.ts'
import { directionOf, fmtpOf, isOpen, keepOnly, payloadTypes, readSdp, type Section, writeSdp } from '../webrtc/sdp.ts'

/** What a publisher offered, cut down to what we take. */
export interface PublisherOffer {
  /** The offer with one payload type left in each section, without simulcast. */
  readonly sdp: string
  readonly videoPayloadType: number
  /** undefined when it sends no sound. */
  readonly audioPayloadType: number | undefined
  /** It would send the picture in several encodings, and may do so although it is answered that one is taken. */
  readonly hasLayers: boolean
  readonly tracks: readonly Track[]
}

/** Constrained baseline, which every browser decodes: profile 42 with constraint_set1 (RFC 6184 section 8.1). */
const isConstrainedBaseline = (fmtp: string): boolean => /profile-level-id=42[4-7c-f]0/i.test(fmtp)

/**
 * Read a WHIP offer: one stream of one video track and at most one Opus track. H.264 is taken where it is offered, because it plays everywhere;
 * else the publisher's first choice of what is known here. What can not be taken whole is refused whole
 * (RFC 9725 section 4.4.3). @throws InvalidInputError, UnprocessableError
 */
export function readPublisherOffer(text: string): PublisherOffer {
  const sdp = readSdp(text)
  const video = sdp.media.filter(({ kind }) => kind === 'video')
  const audio = sdp.media.filter(({ kind }) => kind === 'audio')
  if (video.length !== 1 || audio.length > 1 || video.length + audio.length !== sdp.media.length) throw new UnprocessableError('offer one video and at most one audio m-line, and nothing else')
  for (const section of sdp.media) checkSends(section)
  const coding = choose(video[0]!)
  if (coding === undefined) throw new UnprocessableError('offer H.264 with packetization-mode=1, which plays everywhere, or VP8, VP9, AV1 or H265')
  const videoPayloadType = coding.type
  const audioPayloadType = audio[0] === undefined ? undefined : payloadTypes(audio[0], /^opus\/48000(\/2)?$/i)[0]
  if (audio[0] !== undefined && audioPayloadType === undefined) throw new UnprocessableError('offer Opus for the sound, or no audio m-line')
  const tracks: Track[] = [{ index: 0, kind: 'video', codec: coding.codec, clockRate: 90_000, channels: 0, fmtp: coding.fmtp.slice(0, 1_000), width: 0, height: 0 }]
  if (audio[0] !== undefined && audioPayloadType !== undefined) tracks.push({ index: 1, kind: 'audio', codec: 'opus', clockRate: 48_000, channels: 2, fmtp: fmtpOf(audio[0], audioPayloadType).slice(0, 1_000), width: 0, height: 0 })
  const hasLayers = offersLayers(video[0]!)
  for (const [section, type] of [[video[0]!, videoPayloadType], [audio[0], audioPayloadType]] as const) if (section !== undefined && type !== undefined) single(section, type)
  return { sdp: writeSdp(sdp), videoPayloadType, audioPayloadType, hasLayers, tracks }
}

function choose(video: Section): Coding & { readonly type: number } | undefined {
  const codings = codingsOf(video)
  const h264 = codings.filter(({ codec }) => codec === 'H264')
  return h264.find(({ fmtp }) => isConstrainedBaseline(fmtp)) ?? h264[0] ?? codings[0]
}

/** RFC 9725 section 4.2: `inactive` and `recvonly` must not be used. */
function checkSends(section: Section): void {
  if (!isOpen(section) || !['sendonly', 'sendrecv'].includes(directionOf(section))) throw new UnprocessableError(`offer the ${section.kind} m-line sendonly: this server only receives`)
}

/** By restrictions (RFC 8853), by a group as browsers had it before (RFC 5576), or several sources of which none repairs another. */
function offersLayers({ lines }: Section): boolean {
  if (lines.some((line) => /^a=(simulcast:|ssrc-group:SIM )/.test(line))) return true
  const repairing = lines.flatMap((line) => /^a=ssrc-group:F\S+ \d+ (.*)/.exec(line)?.[1]?.split(' ') ?? [])
  const sources = new Set(lines.flatMap((line) => /^a=ssrc:(\d+)/.exec(line)?.[1] ?? []))
  return [...sources].filter((ssrc) => !repairing.includes(ssrc)).length > 1
}

/** One layer of one payload type. Packets are told apart by payload type, so who announced which SSRC does not matter. */
function single(section: Section, type: number): void {
  keepOnly(section, type)
  section.lines = section.lines.filter((line) => !/^a=(ssrc|ssrc-group|rid|simulcast):/.test(line))
}
