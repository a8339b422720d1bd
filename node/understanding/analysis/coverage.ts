import type { UnderstandingView } from '#protocols/http.ts'
import { type Asset, everyAssetInTurns, type Ring } from '#ring'
import type { Inference, Task } from '../inference/inference.ts'
import { lengthOf } from '../length.ts'
import { hasTranscript } from '../transcripts/transcript.ts'
import { isHeard } from '../transcripts/transcriptions.ts'
import { ANALYSIS, isOfTexts, isSentences } from './analysis.ts'
import { isSeen } from './look.ts'
import { PICTURE_TASKS, taskOfReading } from './readings/reading-names.ts'
import type { RingFailures } from './ring-failures.ts'
import type { UnderstandingSettings } from './settings.ts'
import type { WantedReading, WantedReadings } from './wanted-readings.ts'
import type { WhyOff } from './why-off.ts'

/** The library is counted at most this often, in ms. @default 15000 */
export const COUNT_EVERY_MS = 15_000

/** What each task gives people. */
export const TITLES: Readonly<Record<Task | 'analyse', string>> = {
  analyse: 'Scenes and key pictures', 'embed-pictures': 'Finding pictures by a sentence', 'read-text': 'Words in pictures', 'find-objects': 'Things in pictures', 'find-faces': 'Faces', 'describe-pictures': 'Captions of scenes',
  'embed-sentences': 'Finding what is written and said by what it means', 'find-speech': 'Where somebody speaks', transcribe: 'What is said'
}

export interface CoverageComponents {
  readonly ring: { readonly catalog: Pick<Ring['catalog'], 'index'> }
  readonly failures: RingFailures
  readonly wanted: Pick<WantedReadings, 'of'>
  readonly inference: Pick<Inference, 'model' | 'whyNot'>
  readonly whyOff: WhyOff
  readonly settings: Pick<UnderstandingSettings, 'faces' | 'vocabulary'>
  /** @default Date.now */
  readonly nowMs?: () => number
}

/** How much of the library is understood, and by what. */
export interface UnderstandingCoverage {
  view(): Promise<UnderstandingView>
}

interface Counts { understoodMs: number; totalMs: number; seen: number; heard: number; transcripts: number; texts: number; readonly failed: Awaited<ReturnType<RingFailures['counts']>>; readonly done: Map<string, number>; readonly names: Map<string, number> }

export function createUnderstandingCoverage({ ring, failures, wanted, inference, whyOff, settings, nowMs = Date.now }: CoverageComponents): UnderstandingCoverage {
  let counted: { readonly atMs: number; readonly counts: Promise<Counts> } | undefined

  async function count(): Promise<Counts> {
    const counts: Counts = { understoodMs: 0, totalMs: 0, seen: 0, heard: 0, transcripts: 0, texts: 0, failed: await failures.counts(), done: new Map(), names: new Map() }
    for await (const asset of everyAssetInTurns(ring.catalog.index)) add(counts, asset)
    return counts
  }

  function add(counts: Counts, asset: Asset): void {
    const ms = lengthOf(asset.facts)
    counts.totalMs += ms
    const wants = wanted.of(asset).filter(({ node, isThere }) => isThere || node !== undefined)
    const inside = wants.filter(({ name }) => !isSentences(name))
    const isAllIn = inside.every(({ isThere }) => isThere)
    if (isSeen(asset)) counts.seen++
    if (isHeard(asset)) counts.heard++
    if (hasTranscript(asset)) counts.transcripts++
    if (wants.some(({ task }) => task === 'embed-sentences')) counts.texts++
    if (isAllIn && (asset.facts.kind === 'audio' ? hasTranscript(asset) : inside.length > 0)) counts.understoodMs += ms
    for (const task of tasksDone(asset, wants)) counts.done.set(task, (counts.done.get(task) ?? 0) + 1)
    for (const { name } of wants) counts.names.set(name, (counts.names.get(name) ?? 0) + 1)
  }

  function now(): Promise<Counts> {
    if (counted === undefined || nowMs() - counted.atMs > COUNT_EVERY_MS) {
      const counts = count()
      counted = { atMs: nowMs(), counts }
      counts.catch(() => { counted = undefined })
    }
    return counted.counts
  }

  function taskView(task: Task | 'analyse', { seen, texts, failed: { counts }, done, names }: Counts): UnderstandingView['tasks'][number] {
    const named = task === 'analyse' ? [ANALYSIS] : [...names.keys()].filter((each) => taskOf(each) === task)
    const failed = named.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0)
    const count = done.get(task) ?? 0
    const isOff = task === 'find-faces' && settings.faces() !== true
    const why = isOff ? 'nobody agreed to look for faces: an administrator can, in the settings' : task === 'analyse' || named.length > 0 ? null : inference.whyNot(task) ?? null
    return { task, title: TITLES[task], model: task === 'analyse' ? null : inference.model(task)?.name ?? null, why, done: count, waiting: named.length === 0 || isOff ? 0 : Math.max(0, (task === 'embed-sentences' ? texts : seen) - count - failed), failed }
  }

  /** What failed in it is told by its job, at the node that listened. */
  function speechView({ heard, transcripts }: Counts): UnderstandingView['tasks'][number] {
    const why = whyOff('speech') ?? null
    return { task: 'transcribe', title: TITLES.transcribe, model: inference.model('transcribe')?.name ?? null, why, done: transcripts, waiting: why === null ? Math.max(0, heard - transcripts) : 0, failed: 0 }
  }

  return {
    async view() {
      const counts = await now()
      const tasks = [...(['analyse', ...PICTURE_TASKS, 'embed-sentences'] as const).map((task) => taskView(task, counts)), speechView(counts)]
      const off = tasks.flatMap(({ title, why }) => why === null ? [] : [`${title}: ${why}`])
      return {
        coverage: { understoodMs: counts.understoodMs, totalMs: counts.totalMs, silent: [...counts.failed.silent], off, text: coverageText(counts) },
        tasks, faces: settings.faces() === true, vocabulary: [...settings.vocabulary()], updatedAtMs: counted?.atMs ?? nowMs()
      }
    }
  }
}

const taskOf = (name: string): Task | 'analyse' | undefined => name === ANALYSIS ? 'analyse' : isOfTexts(name) ? 'embed-sentences' : taskOfReading(name)

/** Of texts all that there are have to be read: a clip whose name is, and what is said in it is not, waits. */
function tasksDone({ made }: Asset, wants: readonly WantedReading[]): Set<string> {
  const done = new Set(Object.keys(made).flatMap((name) => taskOf(name) ?? []))
  if (wants.some(({ task, isThere }) => task === 'embed-sentences' && !isThere)) done.delete('embed-sentences')
  return done
}

function coverageText({ understoodMs, totalMs }: Counts): string {
  if (totalMs === 0) return 'nothing to understand yet'
  const share = understoodMs >= totalMs ? 100 : Math.min(99, Math.floor((understoodMs / totalMs) * 100))
  return `${share} % of ${lengthText(totalMs)} understood`
}

function lengthText(ms: number): string {
  const minutes = ms / 60_000
  if (minutes < 1) return `${Math.round(ms / 1000)} s`
  return minutes < 120 ? `${Math.round(minutes)} min` : `${Math.round(minutes / 60).toLocaleString('en')} h`
}
