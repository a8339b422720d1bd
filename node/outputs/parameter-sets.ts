import { NAL, nalType } from '#protocols/rtp/h264.ts'
import { parseSps } from '#protocols/rtp/h264-sps.ts'
import { codingOf } from '../live/coding.ts'
import type { LiveCamera } from '../live/live-camera.ts'
import type { LivePacket } from '../live/live-packet.ts'
import { parametersOf } from '../recording/video-format.ts'

/** A stream that shows no parameter sets for this long, in milliseconds, is described without. @default 5000 */
export const PARAMETER_SETS_MS = 5_000

export interface ParameterSets { readonly sps: Uint8Array; readonly pps: Uint8Array }

const asked = new WeakMap<LiveCamera, Promise<ParameterSets | undefined>>()

/** What a decoder of this camera is set up with: told with the track, or found in the stream. Found once per camera; other codecs than H.264 have it in their keyframes. */
export async function parameterSetsOf(camera: LiveCamera): Promise<ParameterSets | undefined> {
  if (codingOf(camera.tracks).codec !== 'H264') return undefined
  const told = usable(parametersOf(camera.track('video')?.fmtp ?? ''))
  if (told !== undefined) return told
  const finding = asked.get(camera) ?? findIn(camera)
  asked.set(camera, finding)
  const found = await finding
  if (found === undefined) asked.delete(camera) // it may show them later
  return found
}

function findIn(camera: LiveCamera): Promise<ParameterSets | undefined> {
  const { promise, resolve } = Promise.withResolvers<ParameterSets | undefined>()
  const seen: { sps?: Uint8Array; pps?: Uint8Array } = {}
  const timer = setTimeout(() => resolve(undefined), PARAMETER_SETS_MS).unref()
  const leave = camera.add({
    write(packet) {
      for (const nal of wholeNals(packet)) {
        if (nalType(nal) === NAL.sps) seen.sps = nal
        if (nalType(nal) === NAL.pps) seen.pps = nal
      }
      if (seen.sps !== undefined && seen.pps !== undefined) resolve(usable({ sps: seen.sps, pps: seen.pps }))
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

/** The NALs that are whole in this packet: alone in it or aggregated (RFC 6184 sections 5.6 and 5.7.1). */
function* wholeNals({ track, rtp: { payload } }: LivePacket): Generator<Uint8Array> {
  if (track.kind !== 'video') return
  if (nalType(payload) !== NAL.stapA) return yield payload
  for (let at = 1; at + 2 < payload.length;) {
    const length = (payload[at]! << 8) | payload[at + 1]!
    yield payload.subarray(at + 2, at + 2 + length)
    at += 2 + length
  }
}

function usable(sets: ParameterSets | undefined): ParameterSets | undefined {
  try {
    if (sets !== undefined) parseSps(sets.sps)
    return sets
  } catch {
    return undefined
  }
}
