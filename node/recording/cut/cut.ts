import { UnsupportedMediaError } from '#protocols/errors.ts'
import { readAvcC } from '#protocols/rtp/h264.ts'
import { parseSps } from '#protocols/rtp/h264-sps.ts'
import { codecName } from '#protocols/rtp/video-codecs.ts'
import { AUDIO_TIMESCALE, AUDIO_TRACK, type Mp4Tracks, partSegment, readInit, type Sample, VIDEO_TIMESCALE, VIDEO_TRACK } from '../fmp4.ts'
import type { GetChunk } from '../mp4-range.ts'
import { endOf, type PlacedPart } from '../part-selection.ts'
import { type GroupEncoder, MAX_GROUP_BYTES, type EncodedGroup } from './group-encoder.ts'
import { freeIds, type ParameterSets } from './parameter-sets.ts'
import { pictureAt, type PlannedGroup, planGroups, shownAt } from './plan-groups.ts'
import { readPart, type TimedSample } from './read-part.ts'

/** Sound may be stored this much later than its picture, in ms: as much more is looked at behind a range. @default 1000 */
export const SOUND_REACH_MS = 1_000
/** A range that ends this close after a keyframe, in ms, is looked at from the one before: pictures may be stored in another order than they are shown. @default 300 */
const ORDER_REACH_MS = 300
const TICKS_PER_MS = VIDEO_TIMESCALE / 1000

/**
 * How exactly a range is cut: `exact` to the picture at both ends, for which the pictures before the first keyframe are made anew;
 * `keyframe` from the keyframe at or before it, and nothing is made anew.
 */
export type CutMode = 'exact' | 'keyframe'

export interface CutRange {
  readonly fromMs: number
  readonly toMs: number
  readonly mode: CutMode
}

export interface CutParts {
  readonly placed: readonly PlacedPart[]
  /** What the pictures that were made anew are decoded with. */
  readonly made: ParameterSets
}

interface CutComponents { readonly get: GetChunk; readonly getInit: GetChunk; readonly encoder: GroupEncoder }

/**
 * `placed` begins with the keyframe part at or before `fromMs` and reaches `SOUND_REACH_MS` beyond `toMs`. The parts at both ends are
 * replaced by ones that begin and end with the range; those between are the same parts. @throws UnsupportedMediaError, OverloadedError
 */
export async function cutParts(placed: readonly PlacedPart[], range: CutRange, components: CutComponents): Promise<CutParts> {
  const { fromMs, toMs } = range
  const after = placed.findIndex(({ part }, i) => i > 0 && part.key && part.startMs > fromMs)
  const headEnd = after < 0 ? placed.length : after
  const last = placed.findLastIndex(({ part }) => part.key && part.startMs < toMs - ORDER_REACH_MS)
  const tailStart = last < headEnd ? headEnd : last
  const inits = await initsOf(placed, components.getInit)
  const ids = freeIds([...inits.values()].filter(({ codec }) => codec === 'H264').map(({ config }) => readAvcC(config)))
  const made: { sps: Uint8Array[]; pps: Uint8Array[] } = { sps: [], pps: [] }
  const ends = await endsOf([placed.slice(0, headEnd), placed.slice(tailStart)], placed, range, { ...components, inits, ids, made })
  return { made, placed: [...ends[0]!, ...placed.slice(headEnd, tailStart), ...ends[1]!] }
}

interface EndContext extends CutComponents {
  readonly inits: ReadonlyMap<string, Mp4Tracks>
  readonly ids: number[]
  readonly made: { sps: Uint8Array[]; pps: Uint8Array[] }
}

async function endsOf(ends: ReadonlyArray<readonly PlacedPart[]>, placed: readonly PlacedPart[], range: CutRange, context: EndContext): Promise<PlacedPart[][]> {
  const cut: PlacedPart[][] = []
  for (const end of ends) {
    const parts: PlacedPart[] = []
    for (const same of bySession(end)) {
      const one = await cutRun(same, same[0] === placed[0], placed[placed.indexOf(same.at(-1)!) + 1], range, context)
      if (one !== undefined) parts.push(one)
    }
    cut.push(parts)
  }
  return cut
}

async function initsOf(placed: readonly PlacedPart[], getInit: GetChunk): Promise<Map<string, Mp4Tracks>> {
  const inits = new Map<string, Mp4Tracks>()
  for (const { session: { init } } of placed) if (!inits.has(init)) inits.set(init, readInit(Buffer.from(await getInit(init))))
  return inits
}

function bySession(placed: readonly PlacedPart[]): PlacedPart[][] {
  const runs: PlacedPart[][] = []
  for (const each of placed) {
    if (runs.at(-1)?.[0]!.session.session === each.session.session) runs.at(-1)!.push(each)
    else runs.push([each])
  }
  return runs
}

/** Parts that lie side by side in one session, as one that holds only what is wanted; undefined when that is nothing. */
async function cutRun(run: readonly PlacedPart[], isFirst: boolean, next: PlacedPart | undefined, { fromMs, toMs, mode }: CutRange, context: EndContext): Promise<PlacedPart | undefined> {
  const [{ session }] = run as [PlacedPart]
  const ticksOf = (ms: number): number => (ms - session.startMs) * TICKS_PER_MS
  const { video, audio } = await samplesOf(run, context.get)
  const from = !isFirst || mode === 'keyframe' ? -Infinity : pictureAt(video, ticksOf(fromMs))
  const pictures: TimedSample[] = []
  for (const group of planGroups(video, from, ticksOf(toMs), mode === 'keyframe')) pictures.push(...await picturesOf(group, run[0]!, context))
  if (pictures.length === 0) return undefined
  const goesOn = next !== undefined && next.session.session === session.session && next.part.startMs < toMs
  const endTicks = goesOn ? Math.round(ticksOf(next.part.startMs)) : pictures.at(-1)!.time + pictures.at(-1)!.duration
  const inSound = (ticks: number): number => ticks * AUDIO_TIMESCALE / VIDEO_TIMESCALE
  const sounds = audio.filter(({ time, duration }) => time + duration / 2 >= inSound(isFirst ? pictures[0]!.time : -Infinity) && time + duration / 2 < inSound(ticksOf(toMs)))
  const bytes = partSegment(1, [
    { track: VIDEO_TRACK, time: pictures[0]!.time, samples: evenly(pictures, endTicks) },
    { track: AUDIO_TRACK, time: sounds[0]?.time ?? 0, samples: evenly(sounds, sounds.length === 0 ? 0 : sounds.at(-1)!.time + sounds.at(-1)!.duration) }
  ])
  const startMs = session.startMs + pictures[0]!.time / TICKS_PER_MS
  return { session, made: bytes, part: { startMs, durationMs: (endTicks - pictures[0]!.time) / TICKS_PER_MS, bytes: bytes.length, chunks: [], key: true, copies: 0 } }
}

async function samplesOf(run: readonly PlacedPart[], get: GetChunk): Promise<{ video: TimedSample[]; audio: TimedSample[] }> {
  const size = run.reduce((sum, { part }) => sum + part.bytes, 0)
  if (size > MAX_GROUP_BYTES) throw new UnsupportedMediaError(`the keyframe before an end of the range is ${Math.round((endOf(run.at(-1)!.part) - run[0]!.part.startMs) / 1000)} s away, which is too far to cut there: export whole parts instead`)
  const video: TimedSample[] = []
  const audio: TimedSample[] = []
  for (const { part } of run) {
    const chunks: Uint8Array[] = []
    for (const id of part.chunks) chunks.push(await get(id))
    const samples = readPart(Buffer.concat(chunks))
    video.push(...samples.video)
    audio.push(...samples.audio)
  }
  return { video, audio }
}

async function picturesOf(group: PlannedGroup, { session }: PlacedPart, { inits, ids, made, encoder }: EndContext): Promise<readonly TimedSample[]> {
  if ('copy' in group) return group.copy
  const { codec, config } = inits.get(session.init)!
  if (codec !== 'H264') throw new UnsupportedMediaError(`an end of the range lies between two keyframes, and pictures of ${codecName(codec)} are not made anew here: cut at the keyframe, or export whole parts`)
  const { sps, pps } = readAvcC(config)
  const id = ids.shift()
  if (id === undefined) throw new UnsupportedMediaError('the camera uses every id a parameter set can have: export whole parts instead')
  const durations = group.encode.map(({ duration }) => duration).sort((a, b) => a - b)
  const answer = await encoder.encode({
    parameters: [...sps, ...pps], id, profile: sps[0] === undefined ? 100 : parseSps(sps[0]).profile,
    fps: VIDEO_TIMESCALE / Math.max(1, durations[durations.length >> 1] ?? 3_000), fromTicks: group.fromTicks, toTicks: group.toTicks,
    pictures: group.encode.map((picture) => ({ bytes: picture.bytes, key: picture.key, shownAt: shownAt(picture) }))
  })
  made.sps.push(answer.sps)
  made.pps.push(answer.pps)
  return timed(answer, group.encode)
}

/** What was made anew is decoded in the order it is shown; the last lasts as long as what it was made from. */
function timed({ pictures }: EncodedGroup, source: readonly TimedSample[]): TimedSample[] {
  const times = source.map(shownAt).sort((a, b) => a - b)
  const groupEnd = Math.max(...source.map(({ time, duration }) => time + duration))
  return pictures.map(({ bytes, key, shownAt: time }, i) => ({ bytes, key, time, offset: 0, duration: (pictures[i + 1]?.shownAt ?? times.find((other) => other > time) ?? groupEnd) - time }))
}

/** Each sample lasts until the next. */
function evenly(samples: readonly TimedSample[], endTicks: number): Sample[] {
  return samples.map((sample, i) => ({ ...sample, duration: Math.max(1, (samples[i + 1]?.time ?? endTicks) - sample.time) }))
}
