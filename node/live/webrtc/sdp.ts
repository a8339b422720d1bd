/** SDP as far as WHEP and WHIP need it: a list of lines per media section, checked before the WebRTC library sees it. */
import { isIP } from 'node:net'
import { InvalidInputError } from '#protocols/errors.ts'

/** Largest SDP accepted, in bytes. @default 65536 */
export const MAX_SDP_BYTES = 65_536
/** Candidates read from one description or fragment, at most. @default 100 */
export const MAX_CANDIDATES = 100
/** Media sections of a description, at most. @default 16 */
export const MAX_SECTIONS = 16

export interface Section { readonly kind: string; lines: string[] }
export interface Sdp { session: string[]; readonly media: Section[] }

/** Username fragment and password of one side (RFC 8839 section 5.4). */
export interface IceCredentials { readonly ufrag: string; readonly pwd: string }

/** Lines of SDP or of a fragment of it. @throws InvalidInputError */
export function linesOf(text: string, what: string): string[] {
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  const broken = lines.find((line) => !/^[a-z]=/.test(line))
  if (broken !== undefined) throw new InvalidInputError(`the body is not ${what}: ${JSON.stringify(broken.slice(0, 80))}`)
  if (lines.filter(isCandidate).length > MAX_CANDIDATES) throw new InvalidInputError(`more than ${MAX_CANDIDATES} candidates: send those of your own interfaces only`)
  return lines
}

/**
 * A whole description with what WebRTC needs in it; candidates nobody here could use are left out. So is that there are no others: addresses that Firefox hides
 * come with its checks, and the library would give up before the first. @throws InvalidInputError
 */
export function readSdp(text: string): Sdp {
  const lines = linesOf(text, 'SDP').filter((line) => line !== 'a=end-of-candidates' && (!isCandidate(line) || isUsable(line)))
  if (lines[0] !== 'v=0') throw new InvalidInputError('the body is not SDP: it has to begin with v=0')
  const sdp: Sdp = { session: [], media: [] }
  for (const line of lines) {
    if (line.startsWith('m=')) sdp.media.push({ kind: line.slice(2).split(' ')[0]!, lines: [] })
    ;(sdp.media.at(-1)?.lines ?? sdp.session).push(line)
  }
  for (const needed of ['ice-ufrag:', 'ice-pwd:', 'fingerprint:']) {
    if (!lines.some((line) => line.startsWith(`a=${needed}`))) throw new InvalidInputError(`the offer has no ${needed.slice(0, -1)}: not a WebRTC offer`)
  }
  if (sdp.media.length > MAX_SECTIONS) throw new InvalidInputError(`more than ${MAX_SECTIONS} media sections`)
  for (const section of sdp.media) unbundle(section)
  return sdp
}

/** Port 0 says refused, except where the section exists only in a bundle (RFC 9143 section 6); the library knows only the former. */
function unbundle(section: Section): void {
  if (!section.lines.includes('a=bundle-only')) return
  section.lines = section.lines.filter((line) => line !== 'a=bundle-only').map((line) => line.replace(/^(m=\w+) 0 /, '$1 9 '))
}

export const writeSdp = ({ session, media }: Sdp): string => [...session, ...media.flatMap(({ lines }) => lines)].join('\r\n') + '\r\n'

export function directionOf({ lines }: Section): 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive' {
  const found = lines.find((line) => /^a=(sendrecv|sendonly|recvonly|inactive)$/.test(line))
  return found === undefined ? 'sendrecv' : found.slice(2) as 'sendonly'
}

/** False for a section that is refused. */
export const isOpen = ({ lines }: Section): boolean => !/^m=\w+ 0 /.test(lines[0]!)

/** Payload types of a section whose `a=rtpmap` matches, in the order the other side prefers. */
export function payloadTypes({ lines }: Section, codec: RegExp): number[] {
  const preferred = lines[0]!.split(' ').slice(3).map(Number).filter((type) => type < 128)
  const matching = lines.flatMap((line) => {
    const [, type, name] = /^a=rtpmap:(\d{1,3}) (\S+)/.exec(line) ?? []
    return name !== undefined && codec.test(name) && preferred.includes(Number(type)) ? [Number(type)] : []
  })
  return matching.sort((a, b) => preferred.indexOf(a) - preferred.indexOf(b))
}

/** Format parameters of a payload type; empty when there are none. */
export function fmtpOf({ lines }: Section, type: number): string {
  const start = `a=fmtp:${type} `
  return lines.find((line) => line.startsWith(start))?.slice(start.length) ?? ''
}

/** Leave one payload type in a section, so that the answer can only be that one; and no transport-wide feedback, which nobody reads. */
export function keepOnly(section: Section, type: number): void {
  section.lines = section.lines
    .map((line) => line.startsWith('m=') ? [...line.split(' ').slice(0, 3), type].join(' ') : line)
    .filter((line) => {
      const [, of] = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line) ?? []
      if (of !== undefined && Number(of) !== type) return false
      return !/^a=rtcp-fb:.*transport-cc/.test(line) && !line.startsWith('a=extmap:')
    })
}

/** What every description of ours says: no RTCP beside the media (RFC 8858 section 3), and nothing of TCP connections that we would open, for we open none. */
export function ownWords(sdp: string): string {
  return sdp.replace(/^a=candidate:.* tcptype active\b.*\r?\n/gm, '').replace(/a=rtcp-mux\r?\n(?!a=rtcp-mux-only)/g, 'a=rtcp-mux\r\na=rtcp-mux-only\r\n')
}

const isCandidate = (line: string): boolean => line.startsWith('a=candidate:')

/**
 * A candidate that is a UDP address. TCP is opened by the other side: a candidate of its own would have this node connect to wherever it says. Names are left out: those of browsers (`.local`) hide an address that its checks show anyway,
 * and any other would make this node ask a name server on somebody's behalf. @throws InvalidInputError when it is no candidate at all
 */
export function isUsable(line: string): boolean {
  const match = /^(?:a=)?candidate:\S{1,32} \d{1,3} (\S{1,10}) \d{1,10} (\S{1,255}) \d{1,5} typ \S+/i.exec(line)
  if (match === null) throw new InvalidInputError(`not an ICE candidate: ${JSON.stringify(line.slice(0, 80))}`)
  return /^udp$/i.test(match[1]!) && isIP(match[2]!) !== 0
}
