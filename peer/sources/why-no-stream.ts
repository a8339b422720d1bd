import { sourceLabel, type SourceSpec } from './source-spec.ts'

/** What FFmpeg says of a camera or server on the network, and what a person can do about it. */
const REASONS: ReadonlyArray<readonly [said: RegExp, why: string]> = [
  [/401 unauthorized/i, 'refused user name or password: they stand before the host, as USER:PASSWORD@, with @ : / # % in them as %40 %3A %2F %23 %25; one that takes SHA-256 digests only has to be set to MD5'],
  [/403 forbidden/i, 'does not let this user see it: allow it in the camera'],
  [/404 not found/i, 'has no stream at this address: its manual says the path, and an onvif source asks the camera for it'],
  [/4XX client error|nonmatching transport/i, 'does not send this way: try ?transport=udp (or tcp), or another path'],
  [/5XX server error/i, 'cannot send now: many cameras serve few viewers at once; end others, or switch it off and on'],
  [/connection refused/i, 'is there, but nothing listens at this port: see that the camera has RTSP (or the server this stream) switched on, and at which port'],
  [/timed out|no route|unreachable|input\/output error/i, 'does not answer: see that it is on, on this network, and has this address'],
  [/invalid data|end of file|find stream info/i, 'sends nothing that can be read: see what codec it is set to']
]

/** SRT says one thing of whoever is not there and of whoever has another passphrase. */
const UNTOLD = /timed out|refused|input\/output error|unknown error|end of file/i

/** Why there is no stream, for people; names no user and no password, and no address but the camera's. Pure. */
export function whyNoStream(spec: SourceSpec, { message }: Error): string {
  const why = spec.kind === 'srt' && UNTOLD.test(message) ? 'does not let us in: see that it is on, listens there, and has the same passphrase' : REASONS.find(([said]) => said.test(message))?.[1]
  return why === undefined ? message : `${sourceLabel(spec)} ${why} (${message.replace(/^Failed to [\w ]+: /, '')})`
}
