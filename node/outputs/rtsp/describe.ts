/** What DESCRIBE answers: the session description of one camera (RFC 4566, RFC 6184 section 8.2, RFC 7798 section 7.2, RFC 7587 section 7). No I/O. */
import type { Track } from '#protocols/media.ts'
import { parseSps } from '#protocols/rtp/h264-sps.ts'
import { parseH265Sps } from '#protocols/rtp/h265-sps.ts'
import type { ParameterSets } from '../parameter-sets.ts'
import { PAYLOAD_TYPES } from './track-sender.ts'

export interface Described {
  readonly name: string
  readonly tracks: readonly Track[]
  /** undefined when the stream did not show them yet; they come with its keyframes. */
  readonly parameters: ParameterSets | undefined
}

/** The control attribute of a track, below the camera's own URL. */
export const controlOf = ({ kind }: Pick<Track, 'kind'>): string => `trackID=${kind === 'video' ? 0 : 1}`

/** The track a URL's last piece names. */
export function kindOfControl(control: string): Track['kind'] | undefined {
  return (['video', 'audio'] as const).find((kind) => controlOf({ kind }) === control)
}

export function describe({ name, tracks, parameters }: Described): string {
  const head = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', `s=${name.replaceAll(/\p{Cc}/gu, ' ').trim() || '-'}`, 'c=IN IP4 0.0.0.0', 't=0 0', 'a=tool:ThatDAM', 'a=range:npt=now-', 'a=control:*']
  const media = tracks.flatMap((track) => [...mediaLines(track, parameters), `a=control:${controlOf(track)}`])
  return `${[...head, ...media].join('\r\n')}\r\n`
}

function mediaLines({ kind, codec, channels, fmtp }: Track, parameters: ParameterSets | undefined): string[] {
  const type = PAYLOAD_TYPES[kind]
  if (kind === 'audio') return [`m=audio 0 RTP/AVP ${type}`, `a=rtpmap:${type} opus/48000/2`, `a=fmtp:${type} sprop-stereo=${channels === 2 ? 1 : 0}`]
  const lines = [`m=video 0 RTP/AVP ${type}`, `a=rtpmap:${type} ${codec}/90000`]
  const format = codec === 'H264' ? h264Format(fmtp, parameters) : codec === 'H265' && parameters !== undefined ? h265Format(parameters) : undefined
  return format === undefined ? lines : [...lines, `a=fmtp:${type} ${format.join(';')}`]
}

function h264Format(fmtp: string, parameters: ParameterSets | undefined): string[] {
  const level = parameters === undefined ? /profile-level-id=([0-9a-f]{6})(?![0-9a-f])/i.exec(fmtp)?.[1] : parseSps(parameters[0]!).profileLevelId
  return [
    'packetization-mode=1', ...(level === undefined ? [] : [`profile-level-id=${level.toUpperCase()}`]),
    ...(parameters === undefined ? [] : [`sprop-parameter-sets=${parameters.map(base64).join(',')}`])
  ]
}

function h265Format([vps, sps, pps]: ParameterSets): string[] {
  const { profileTierLevel } = parseH265Sps(sps!)
  const [general = 0, level = 0] = [profileTierLevel[0], profileTierLevel[11]]
  return [`profile-id=${general & 0x1f}`, `level-id=${level}`, `tier-flag=${(general >> 5) & 1}`, `sprop-vps=${base64(vps!)}`, `sprop-sps=${base64(sps!)}`, `sprop-pps=${base64(pps!)}`]
}

const base64 = (nal: Uint8Array): string => Buffer.from(nal).toString('base64')
