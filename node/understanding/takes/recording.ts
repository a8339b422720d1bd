/** What may be an angle of a take: a file of the library, or a stretch of what a camera recorded. Pure. */
import { type AssetId, type CameraId, parseAssetId, parseCameraId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import type { Span } from '../subject.ts'

/** `camera:gate@1774094400000-1774094460000`: the camera, and from when to when it was, Unix ms. */
export type FootageId = string & { readonly __footageId: true }
export type RecordingId = AssetId | FootageId

/** A stretch of what a camera recorded, Unix ms. */
export interface Footage extends Span {
  readonly camera: CameraId
}

/** What takes know of a recording. An asset is one; of a camera's footage the clock is that of its capture, and `durationMs` counts from where its first keyframe lies. */
export interface Recording extends Pick<Asset, 'title' | 'poster' | 'deletedAtMs'> {
  readonly facts: Pick<Asset['facts'], 'name' | 'kind' | 'mime' | 'probe'> & { readonly id: RecordingId }
}

/** Longest footage in a take, in ms: as much sound is compared. @default 21600000 */
export const MAX_FOOTAGE_MS = 21_600_000

export const footageId = ({ camera, fromMs, toMs }: Footage): FootageId => `camera:${camera}@${fromMs}-${toMs}` as FootageId

/** Undefined for an asset, and for what is no id at all: any member may have written it. */
export function footageOf(id: string): Footage | undefined {
  const [, camera = '', from, to] = /^camera:([a-z0-9-]{1,64})@(\d{1,15})-(\d{1,15})$/.exec(id) ?? []
  const [fromMs, toMs] = [Number(from), Number(to)]
  if (!(toMs > fromMs) || toMs - fromMs > MAX_FOOTAGE_MS) return undefined
  const parsed = checked(() => parseCameraId(camera))
  return parsed && { camera: parsed, fromMs, toMs }
}

/** @throws nothing: undefined for what is none */
export const recordingId = (value: unknown): RecordingId | undefined => typeof value !== 'string' ? undefined : footageOf(value) === undefined ? checked(() => parseAssetId(value)) : value as FootageId

/** Two stretches of one camera that overlap are one recording. */
export function areOne(one: RecordingId, other: RecordingId): boolean {
  if (one === other) return true
  const [a, b] = [footageOf(one), footageOf(other)]
  return a !== undefined && b !== undefined && a.camera === b.camera && a.fromMs < b.toMs && b.fromMs < a.toMs
}

/** How long after one footage of a camera another begins, in ms. */
export const laterBy = (one: RecordingId, other: RecordingId): number => (footageOf(other)?.fromMs ?? 0) - (footageOf(one)?.fromMs ?? 0)

function checked<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}
