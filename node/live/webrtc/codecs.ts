/** Which payload types of a media section can carry a codec, and what is said of it in an offer of ours. */
import { codecName, isVideoCodec, type VideoCodec } from '#protocols/rtp/video-codecs.ts'
import type { Coding } from '../coding.ts'
import { fmtpOf, payloadTypes, type Section } from './sdp.ts'

/** Of the format parameters: what both sides have to agree on. */
const PROFILES: Readonly<Record<VideoCodec, { readonly pattern: RegExp; readonly unsaid: string }>> = {
  H264: { pattern: /profile-level-id=([0-9a-f]{2})/i, unsaid: '' },
  H265: { pattern: /(?:^|[;\s])profile-id=(\d{1,2})(?!\d)/i, unsaid: '1' },
  VP8: { pattern: /(?!)/, unsaid: '' },
  VP9: { pattern: /(?:^|[;\s])profile-id=([0-3])(?!\d)/i, unsaid: '0' },
  AV1: { pattern: /(?:^|[;\s])profile=([0-2])(?!\d)/i, unsaid: '0' }
}

const profileOf = ({ codec, fmtp }: Coding): string => (PROFILES[codec].pattern.exec(fmtp)?.[1] ?? PROFILES[codec].unsaid).toLowerCase()

/** Every coding of a section that this server knows, in the order the other side prefers; of H.264 only packetization-mode=1 (RFC 6184 section 8.1). */
export function codingsOf(section: Section): Array<Coding & { readonly type: number }> {
  const names = new Map(section.lines.map((line) => /^a=rtpmap:(\d{1,3}) (\w+)\/90000$/.exec(line)).filter((match) => match !== null).map(([, type, name]) => [Number(type), name!.toUpperCase()]))
  return payloadTypes(section, /./).flatMap((type) => {
    const codec = names.get(type) ?? ''
    const fmtp = fmtpOf(section, type)
    return isVideoCodec(codec) && (codec !== 'H264' || /packetization-mode=1\b/.test(fmtp)) ? [{ type, codec, fmtp }] : []
  })
}

/** The payload type that carries a coding. H.264 of another profile will do: decoders accept higher ones than they announce. */
export function typeFor(section: Section, coding: Coding): number | undefined {
  const same = codingsOf(section).filter(({ codec }) => codec === coding.codec)
  return (same.find((each) => profileOf(each) === profileOf(coding)) ?? (coding.codec === 'H264' ? same[0] : undefined))?.type
}

/** Names of the codecs a section has, for people. */
export function namesIn(section: Section): string {
  const named = section.lines.flatMap((line) => /^a=rtpmap:\d{1,3} (\w+)\/90000$/.exec(line)?.[1]?.toUpperCase() ?? [])
  return [...new Set(named.filter(isVideoCodec))].map(codecName).join(', ')
}

/** Format parameters of an offer of ours; never the camera's own words, which are somebody else's. */
export function offeredFmtp(coding: Coding): string {
  switch (coding.codec) {
    case 'H264': return 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f'
    case 'H265': return `level-id=180;profile-id=${profileOf(coding)};tier-flag=0;tx-mode=SRST`
    case 'VP9': return `profile-id=${profileOf(coding)}`
    case 'AV1': return `level-idx=13;profile=${profileOf(coding)};tier=0`
    case 'VP8': return ''
  }
}
