/** The bodies of PATCH: `application/trickle-ice-sdpfrag` (RFC 8840 section 4.4 and 9). */
import { InvalidInputError } from '#protocols/errors.ts'
import { type IceCredentials, isUsable, linesOf } from './sdp.ts'

/** What a fragment says. */
export interface IceFragment {
  /** undefined when the fragment does not name the ICE session it belongs to. */
  readonly credentials: IceCredentials | undefined
  /** Candidates this node could reach, without `a=`. */
  readonly candidates: readonly string[]
}

/** All streams share one transport, so the media section a candidate is written in does not matter. @throws InvalidInputError */
export function readFragment(text: string): IceFragment {
  const lines = linesOf(text, 'an SDP fragment')
  const candidates = lines.filter((line) => line.startsWith('a=candidate:')).filter(isUsable).map((line) => line.slice(2))
  const [ufrag, pwd] = [valueOf(lines, 'a=ice-ufrag:'), valueOf(lines, 'a=ice-pwd:')]
  if ((ufrag === undefined) !== (pwd === undefined)) throw new InvalidInputError('an SDP fragment has both ice-ufrag and ice-pwd, or neither')
  if (ufrag === undefined || pwd === undefined) {
    if (candidates.length === 0 && !lines.some((line) => line.startsWith('a=candidate:') || line === 'a=end-of-candidates')) throw new InvalidInputError('an SDP fragment without candidates and without ice-ufrag says nothing')
    return { credentials: undefined, candidates }
  }
  return { credentials: checkCredentials({ ufrag, pwd }), candidates }
}

/** RFC 8839 section 5.4. @throws InvalidInputError */
export function checkCredentials({ ufrag, pwd }: IceCredentials): IceCredentials {
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(ufrag)) throw new InvalidInputError('ice-ufrag has 4 to 256 characters of A-Z, a-z, 0-9, + and /')
  if (!/^[A-Za-z0-9+/]{22,256}$/.test(pwd)) throw new InvalidInputError('ice-pwd has 22 to 256 characters of A-Z, a-z, 0-9, + and /')
  return { ufrag, pwd }
}

/** The fragment that answers an ICE restart: the attributes and the bundle of our description, with the new credentials and candidates. */
export function writeFragment(description: string, { ufrag, pwd }: IceCredentials, candidates: readonly string[]): string {
  const lines = description.split(/\r?\n/)
  const first = (start: string): string[] => lines.filter((line) => line.startsWith(start)).slice(0, 1)
  return [
    ...first('a=ice-options:'), ...first('a=group:BUNDLE'), ...first('m='), ...first('a=mid:'),
    `a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`, ...candidates.map((candidate) => `a=${candidate}`), 'a=end-of-candidates'
  ].join('\r\n') + '\r\n'
}

const valueOf = (lines: readonly string[], start: string): string | undefined => lines.find((line) => line.startsWith(start))?.slice(start.length)
