import type { AssetId, CameraId } from '#protocols/ids.ts'
import type { Asset, Ring } from '#ring'
import type { Span, Subject } from '../subject.ts'
import { hasClock } from './clocks.ts'
import { footageOf } from './recording.ts'
import { type Angle, between, type Ground, type Place, placedIn, turned } from './take.ts'
import type { TakeRecords } from './take-records.ts'

/** What is told of one moment, at most. @default 100 */
export const MOST_SAME_MOMENTS = 100
/** Longest stretch of a camera that is looked at, in ms. @default 86400000 */
export const MAX_MOMENT_MS = 86_400_000
/** Clips of a camera's moment begin this much before it, at most, in ms. @default 21600000 */
export const LONGEST_CLIP_MS = 21_600_000
/** Recordings of a camera that follow each other within this are one, in ms. @default 2000 */
const ONE_STRETCH_MS = 2_000

/** What else was there at the same time. */
export interface SameMoment {
  readonly subject: Subject
  /** In the other's own time. */
  readonly span: Span
  /** The same in the time of what was asked for. */
  readonly here: Span
  readonly by: Ground
}

export interface SameMomentsComponents {
  readonly ring: { readonly catalog: Pick<Ring['catalog'], 'asset' | 'cameras'> & { readonly index: Pick<Ring['catalog']['index'], 'asset' | 'stretches'>; readonly search: Pick<Ring['catalog']['search'], 'ids'> } }
  readonly records: Pick<TakeRecords, 'of'>
}

/** Other recordings of the same moment: of an asset those of its take, and cameras that ran by its clock; of a camera other cameras and clips by their clocks. */
export interface SameMoments {
  /** `within` is a part of the subject, in its own time; a camera's has to be said, and counts up to `MAX_MOMENT_MS`. */
  sameMomentsOf(subject: Subject, within?: Span): Promise<SameMoment[]>
}

export function createSameMoments({ ring: { catalog }, records }: SameMomentsComponents): SameMoments {
  async function ofAsset(id: AssetId, within: Span): Promise<SameMoment[]> {
    const asset = await catalog.asset(id)
    if (asset === undefined || asset.deletedAtMs !== undefined) return []
    const part = common(within, { fromMs: 0, toMs: asset.facts.probe.durationMs ?? 0 })
    if (part === undefined) return []
    const heard = inTake(id, part)
    return [...heard, ...ofItsClock(asset, part).filter(({ subject }) => !heard.some((one) => one.subject.id === subject.id))]
  }

  function inTake(id: AssetId, part: Span): SameMoment[] {
    const { angles } = records.of(id) ?? { angles: [] }
    const own = angles.find(({ recording }) => recording === id)
    return own === undefined ? [] : angles.filter(({ recording }) => recording !== id).flatMap((angle) => {
      const { subject, lengthMs, beginsMs } = shownBy(angle)
      const moment = lengthMs === undefined ? undefined : seen(between(own, angle), { fromMs: 0, toMs: lengthMs }, part)
      return moment === undefined ? [] : [{ subject, here: moment.here, span: moved(moment.span, beginsMs), by: own.by === 'person' || angle.by === 'person' ? 'person' as const : angle.by }]
    })
  }

  /** Whose recording it is, how long (undefined once it was deleted), and when its time begins. */
  function shownBy({ recording }: Angle): { readonly subject: Subject; readonly lengthMs: number | undefined; readonly beginsMs: number } {
    const footage = footageOf(recording)
    if (footage !== undefined) return { subject: { kind: 'camera', id: footage.camera }, lengthMs: footage.toMs - footage.fromMs, beginsMs: footage.fromMs }
    const id = recording as AssetId
    const asset = catalog.index.asset(id)
    return { subject: { kind: 'asset', id }, lengthMs: asset === undefined || asset.deletedAtMs !== undefined ? undefined : asset.facts.probe.durationMs ?? 0, beginsMs: 0 }
  }

  function ofItsClock({ facts }: Asset, part: Span): SameMoment[] {
    return hasClock(facts) ? camerasAt(moved(part, facts.probe.createdAtMs!), facts.probe.createdAtMs!) : []
  }

  /** `originMs`: when the time of what was asked for begins. */
  function camerasAt(at: Span, originMs: number, besides?: CameraId): SameMoment[] {
    return catalog.cameras().filter(({ id }) => id !== besides).flatMap(({ id }) => stretchesOf(id, at).map((span) => ({ subject: { kind: 'camera' as const, id }, span, here: moved(span, -originMs), by: 'clock' as const })))
  }

  function stretchesOf(camera: CameraId, at: Span): Span[] {
    const found: Span[] = []
    for (const { startMs, endMs } of catalog.index.stretches(camera, at.fromMs, at.toMs)) {
      const last = found.at(-1)
      const span = common({ fromMs: startMs, toMs: endMs }, at)
      if (span === undefined) continue
      if (last !== undefined && span.fromMs - last.toMs <= ONE_STRETCH_MS) found[found.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, span.toMs) }
      else found.push(span)
    }
    return found
  }

  async function ofCamera(id: CameraId, within: Span | undefined): Promise<SameMoment[]> {
    const at = within && common(within, { fromMs: 0, toMs: Math.min(within.fromMs + MAX_MOMENT_MS, 8.64e15) })
    return at === undefined ? [] : [...camerasAt(at, 0, id), ...await clipsAt(at)]
  }

  async function clipsAt(at: Span): Promise<SameMoment[]> {
    const q = `has:date -kind:image taken:${iso(Math.max(0, at.fromMs - LONGEST_CLIP_MS))}..${iso(at.toMs)}`
    return (await catalog.search.ids({ q, sort: '-taken' }, MOST_SAME_MOMENTS * 10)).flatMap((id) => {
      const { facts } = catalog.index.asset(id) ?? {}
      const moment = facts === undefined || !hasClock(facts) ? undefined : seen({ offsetMs: facts.probe.createdAtMs!, driftPpm: 0 }, { fromMs: 0, toMs: facts.probe.durationMs ?? 0 }, at)
      return moment === undefined ? [] : [{ subject: { kind: 'asset' as const, id }, by: 'clock' as const, ...moment }]
    })
  }

  return {
    async sameMomentsOf(subject, within) {
      const found = subject.kind === 'asset' ? await ofAsset(subject.id, within ?? { fromMs: 0, toMs: Infinity }) : await ofCamera(subject.id, within)
      return found.slice(0, MOST_SAME_MOMENTS)
    }
  }
}

const iso = (ms: number): string => new Date(Math.round(ms)).toISOString()
const moved = ({ fromMs, toMs }: Span, byMs: number): Span => ({ fromMs: fromMs + byMs, toMs: toMs + byMs })

/** What of `whole`, which lies at `place`, is within `part`: in its own time, and in that of `part`. */
function seen(place: Place, whole: Span, part: Span): { readonly span: Span; readonly here: Span } | undefined {
  const here = common(mapped(place, whole), part)
  return here && { here, span: mapped(turned(place), here) }
}

const mapped = (place: Place, { fromMs, toMs }: Span): Span => ({ fromMs: at(place, fromMs), toMs: at(place, toMs) })
const at = (place: Place, ms: number): number => placedIn(place, { offsetMs: ms, driftPpm: 0 }).offsetMs

/** Undefined where they have nothing in common. */
function common(one: Span, other: Span): Span | undefined {
  const [fromMs, toMs] = [Math.max(one.fromMs, other.fromMs), Math.min(one.toMs, other.toMs)]
  return toMs > fromMs ? { fromMs, toMs } : undefined
}
