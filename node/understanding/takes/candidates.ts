import type { AssetId } from '#protocols/ids.ts'
import { type Asset, distanceOf, parseHashes, PICTURE_HASH } from '#ring'
import type { Span } from '../subject.ts'
import { hasClock } from './clocks.ts'
import type { Pair } from './landmarks.ts'
import { SoundIndex } from './sound-index.ts'

/** Recordings that a new one is compared with, at most. @default 12 */
export const MOST_CANDIDATES = 12
/** Clocks of cameras that were set by hand are wrong by less than this, in ms. @default 120000 */
export const CLOCK_ERROR_MS = 120_000
/** Recordings of one clock hour that are looked at, at most. @default 500 */
export const MOST_OF_HOUR = 500

const HOUR_MS = 3_600_000

/** Which recordings may be of the same moment: those whose sound has the same landmarks, and those whose clocks say so. No two are compared for it. */
export class Candidates {
  readonly #sounds: SoundIndex
  readonly #spans = new Map<AssetId, Span>()
  readonly #hours = new Map<number, Set<AssetId>>()

  constructor(sounds = new SoundIndex()) {
    this.#sounds = sounds
  }

  has(asset: AssetId): boolean { return this.#sounds.has(asset) }

  add(asset: Asset, pairs: readonly Pair[]): void {
    const { id } = asset.facts
    this.#sounds.add(id, pairs)
    const span = spanOf(asset)
    if (span === undefined) return
    this.#spans.set(id, span)
    for (const hour of hoursOf(span)) this.#hours.set(hour, (this.#hours.get(hour) ?? new Set()).add(id))
  }

  remove(id: AssetId): void {
    this.#sounds.remove(id)
    const span = this.#spans.get(id)
    if (span !== undefined) for (const hour of hoursOf(span)) this.#hours.get(hour)?.delete(id)
    this.#spans.delete(id)
  }

  /** The likeliest first. */
  of(id: AssetId, pairs: readonly Pair[]): AssetId[] {
    const heard = this.#sounds.match(pairs, MOST_CANDIDATES + 1).map(({ clip }) => clip as AssetId)
    return [...new Set([...heard, ...this.#atThatTime(id)])].filter((other) => other !== id).slice(0, MOST_CANDIDATES)
  }

  /** What overlaps for the longest first. */
  #atThatTime(id: AssetId): AssetId[] {
    const span = this.#spans.get(id)
    if (span === undefined) return []
    const near = new Set(hoursOf(span).flatMap((hour) => [...this.#hours.get(hour) ?? []].slice(0, MOST_OF_HOUR)))
    return [...near].map((other) => ({ other, ms: overlap(span, this.#spans.get(other)!) })).filter(({ ms }) => ms > 0).sort((a, b) => b.ms - a.ms).map(({ other }) => other)
  }
}

/** When it was recorded by its clock, give or take what clocks are wrong by. */
export function spanOf({ facts }: Pick<Asset, 'facts'>): Span | undefined {
  const { createdAtMs, durationMs } = facts.probe
  if (!hasClock(facts) || createdAtMs === undefined || durationMs === undefined) return undefined
  return { fromMs: createdAtMs - CLOCK_ERROR_MS, toMs: createdAtMs + durationMs + CLOCK_ERROR_MS }
}

/** Hours that a recording touches, a day of them at most. */
function hoursOf({ fromMs, toMs }: Span): number[] {
  const first = Math.floor(fromMs / HOUR_MS)
  return Array.from({ length: Math.min(24, Math.floor(toMs / HOUR_MS) - first + 1) }, (_, i) => first + i)
}

const overlap = (a: Span, b: Span): number => Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs)

/** Whether two are the same film, or pieces of one recording: those share their sound, and are no two cameras. */
export function areOneFilm(one: Asset, other: Asset): boolean {
  if (one.marks.stack !== '' && one.marks.stack === other.marks.stack) return true
  const [a, b] = [one.found[PICTURE_HASH], other.found[PICTURE_HASH]]
  return a !== undefined && b !== undefined && distanceOf(parseHashes(a), parseHashes(b)) !== undefined
}
