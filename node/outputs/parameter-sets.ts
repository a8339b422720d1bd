import { NAL, nalType } from '#protocols/rtp/h264.ts'
import { parseSps } from '#protocols/rtp/h264-sps.ts'
import { NAL265, nalType265 } from '#protocols/rtp/h265.ts'
import { parseH265Sps } from '#protocols/rtp/h265-sps.ts'
import type { Track } from '#protocols/media.ts'
import { emitter } from '#ring/base/emitter.ts'
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

/** The sets of one camera, for as long as that is live. */
interface WatchedSets {
  /** As the stream showed them last: a camera may change its picture. */
  newest(): ParameterSets | undefined
  /** The first ones, or undefined when none come in time. */
  shown(): Promise<ParameterSets | undefined>
}

const watched = new WeakMap<LiveCamera, WatchedSets>()

/** What a decoder of this camera is set up with now: as the stream showed them last, told with the track, or waited for. Undefined for codecs that have none. */
export async function parameterSetsOf(camera: LiveCamera): Promise<ParameterSets | undefined> {
  const { codec, fmtp } = codingOf(camera.tracks)
  const kind = KINDS[codec]
  if (kind === undefined) return undefined
  const sets = watched.get(camera) ?? watchSets(camera, kind)
  watched.set(camera, sets)
  const told = codec === 'H264' ? parametersOf(fmtp) : undefined
  return sets.newest() ?? (told !== undefined && isUsable(kind, [told.sps, told.pps]) ? [told.sps, told.pps] : sets.shown())
}

function watchSets(camera: LiveCamera, kind: SetKind): WatchedSets {
  const came = emitter<void>()
  const seen = new Map<number, Uint8Array>()
  let newest: ParameterSets | undefined
  camera.add({
    write(packet) {
      if (!packet.key) return
      for (const nal of wholeNals(packet, kind)) note(nal)
    },
    report() {},
    ended: () => came.emit()
  })

  function note(nal: Uint8Array): void {
    const type = kind.typeOf(nal)
    if (!kind.types.includes(type)) return
    if (type === kind.types[0]) seen.clear() // those that go with it follow
    seen.set(type, nal)
    const sets = kind.types.flatMap((each) => seen.get(each) ?? [])
    if (sets.length < kind.types.length || !isUsable(kind, sets)) return
    newest = sets
    came.emit()
  }

  return {
    newest: () => newest,
    async shown() {
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, PARAMETER_SETS_MS).unref()
      const leave = came.on(resolve)
      camera.requestKeyframe()
      if (camera.endedReason === undefined) await promise
      clearTimeout(timer)
      leave()
      return newest
    }
  }
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
