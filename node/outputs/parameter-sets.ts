import { NAL, nalType } from '#protocols/rtp/h264.ts'
import { parseSps } from '#protocols/rtp/h264-sps.ts'
import { NAL265, nalType265 } from '#protocols/rtp/h265.ts'
import { parseH265Sps } from '#protocols/rtp/h265-sps.ts'
import type { Track } from '#protocols/media.ts'
import { codingOf } from '../live/coding.ts'
import type { LiveCamera } from '../live/live-camera.ts'
import type { LivePacket } from '../live/live-packet.ts'
import { parametersOf } from '../recording/video-format.ts'

/** A stream that shows no parameter sets for this long, in milliseconds, is described without. @default 5000 */
export const PARAMETER_SETS_MS = 5_000

/** As they are described: SPS and PPS of H.264; VPS, SPS and PPS of HEVC. */
export type ParameterSets = readonly Uint8Array[]

/** How a codec's parameter sets are found in packets. */
interface SetKind {
  readonly typeOf: (nal: Uint8Array) => number
  readonly types: readonly number[]
  /** Packets of several NALs (RFC 6184 section 5.7.1, RFC 7798 section 4.4.2), and the bytes before the first. */
  readonly aggregate: { readonly type: number; readonly headerBytes: number }
  /** @throws InvalidMessageError when they are of no use */
  readonly check: (sets: ParameterSets) => void
}

const KINDS: Readonly<Partial<Record<Track['codec'], SetKind>>> = {
  H264: { typeOf: nalType, types: [NAL.sps, NAL.pps], aggregate: { type: NAL.stapA, headerBytes: 1 }, check: ([sps]) => { parseSps(sps!) } },
  H265: { typeOf: nalType265, types: [NAL265.vps, NAL265.sps, NAL265.pps], aggregate: { type: NAL265.aggregate, headerBytes: 2 }, check: ([, sps]) => { parseH265Sps(sps!) } }
}

const asked = new WeakMap<LiveCamera, Promise<ParameterSets | undefined>>()

/** What a decoder of this camera is set up with: told with the track, or found in the stream. Found once per camera; undefined for codecs that have none. */
export async function parameterSetsOf(camera: LiveCamera): Promise<ParameterSets | undefined> {
  const { codec, fmtp } = codingOf(camera.tracks)
  const kind = KINDS[codec]
  if (kind === undefined) return undefined
  const told = codec === 'H264' ? parametersOf(fmtp) : undefined
  if (told !== undefined && isUsable(kind, [told.sps, told.pps])) return [told.sps, told.pps]
  const finding = asked.get(camera) ?? findIn(camera, kind)
  asked.set(camera, finding)
  const found = await finding
  if (found === undefined) asked.delete(camera) // it may show them later
  return found
}

function findIn(camera: LiveCamera, kind: SetKind): Promise<ParameterSets | undefined> {
  const { promise, resolve } = Promise.withResolvers<ParameterSets | undefined>()
  const seen = new Map<number, Uint8Array>()
  const timer = setTimeout(() => resolve(undefined), PARAMETER_SETS_MS).unref()
  const leave = camera.add({
    write(packet) {
      for (const nal of wholeNals(packet, kind)) if (kind.types.includes(kind.typeOf(nal))) seen.set(kind.typeOf(nal), nal)
      const sets = kind.types.flatMap((type) => seen.get(type) ?? [])
      if (sets.length === kind.types.length) resolve(isUsable(kind, sets) ? sets : undefined)
    },
    report() {},
    ended: () => resolve(undefined)
  })
  camera.requestKeyframe()
  return promise.finally(() => {
    clearTimeout(timer)
    leave()
  })
}

/** The NALs that are whole in this packet: alone in it or aggregated. */
function* wholeNals({ track, rtp: { payload } }: LivePacket, { typeOf, aggregate }: SetKind): Generator<Uint8Array> {
  if (track.kind !== 'video') return
  if (typeOf(payload) !== aggregate.type) return yield payload
  for (let at = aggregate.headerBytes; at + 2 < payload.length;) {
    const length = (payload[at]! << 8) | payload[at + 1]!
    yield payload.subarray(at + 2, at + 2 + length)
    at += 2 + length
  }
}

function isUsable({ check }: SetKind, sets: ParameterSets): boolean {
  try {
    check(sets)
    return true
  } catch {
    return false
  }
}
