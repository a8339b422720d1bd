import type { Inference, ModelAtWork, SpokenSpan } from '../inference/inference.ts'
import { inOrder } from './checked-lines.ts'
import { linesOf } from './heard-lines.ts'
import { languageOf } from './languages.ts'
import { type Heard, openNotebook } from './notebook.ts'
import type { SoundPiece } from './sound/media-orders.ts'
import { lengthMsOf, partOf, quietestIn, SoundWindow } from './sound/sound-window.ts'
import { cut, type Stretch, STRETCH_MS } from './stretches.ts'
import { MAX_LINES, type Transcript } from './transcript.ts'

/** So much sound is looked through for speech at once, in ms: all that is ever held of it. @default 60000 */
export const WINDOW_MS = 2 * STRETCH_MS

export interface ListenComponents<Source> {
  readonly inference: Pick<Inference, 'findSpeech' | 'transcribe'>
  /** From a time on. */
  readonly sound: (source: Source, fromMs: number, signal: AbortSignal) => AsyncIterable<SoundPiece>
  /** Unique, and a name of a file. */
  readonly nameOf: (source: Source) => string
  /** Of this node's own, for what is half done. */
  readonly folder: string
}

export interface ListenOptions {
  readonly model: Pick<ModelAtWork, 'name'>
  readonly signal: AbortSignal
  /** Up to where it was listened to, in ms. */
  readonly onProgress?: (doneMs: number) => void
  /** Between two stretches: resolves when work goes on. */
  readonly turn?: () => Promise<void>
}

export interface Listened {
  readonly transcript: Transcript
  /** It is in the ring: what was kept in case of a stop is not needed any more. */
  forget(): Promise<void>
}

/** Listens to one film or recording: where somebody speaks, and what. What was heard before a stop is not heard again. @throws ModelMissingError, RemoteError, the signal's reason */
export type Listen<Source> = (source: Source, options: ListenOptions) => Promise<Listened>

export function createListen<Source>({ inference, sound, nameOf, folder }: ListenComponents<Source>): Listen<Source> {
  async function hear(window: SoundWindow, stretch: Stretch, signal: AbortSignal, name: (i: number) => string): Promise<Heard> {
    const answer = await inference.transcribe(partOf(window.samples, stretch.fromMs, stretch.toMs), { signal })
    const inAsset = ({ fromMs, toMs }: SpokenSpan): SpokenSpan => ({ fromMs: window.fromMs + fromMs, toMs: window.fromMs + toMs })
    const { lines, dropped } = linesOf(answer, { ...inAsset(stretch), speech: stretch.speech.map(inAsset) }, name)
    const speechMs = stretch.speech.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
    return { doneMs: inAsset(stretch).toMs, lines, dropped, language: lines.length === 0 ? undefined : { language: answer.language, confidence: answer.languageConfidence, speechMs } }
  }

  /** What can be heard in the window as it stands; it moves on behind that. */
  async function* hearings(window: SoundWindow, signal: AbortSignal): AsyncGenerator<Stretch> {
    const lengthMs = lengthMsOf(window.samples)
    const spans = window.isSilent ? [] : await inference.findSpeech(window.samples, { signal })
    const { stretches, keepFromMs } = cut(within(spans, lengthMs), { lengthMs, isLast: window.isLast, quietest: (fromMs, toMs) => quietestIn(window.samples, fromMs, toMs) })
    yield* stretches
    window.keepFrom(keepFromMs)
  }

  return async (source, { model, signal, onProgress = () => {}, turn = async () => {} }) => {
    const book = await openNotebook(folder, nameOf(source), model.name)
    const window = new SoundWindow(sound(source, book.heard.at(-1)?.doneMs ?? 0, signal), WINDOW_MS)
    try {
      while (!window.isLast) {
        await window.fill()
        for await (const stretch of hearings(window, signal)) {
          await turn()
          const place = book.heard.length.toString(36)
          await book.note(await hear(window, stretch, signal, (i) => `l${place}-${i.toString(36)}`))
          onProgress(window.fromMs + stretch.toMs)
        }
        if (window.fromMs > (book.heard.at(-1)?.doneMs ?? 0)) await book.note({ doneMs: window.fromMs, lines: [], dropped: 0, language: undefined })
        onProgress(window.fromMs)
      }
    } finally {
      await window.close()
    }
    return { transcript: wholeOf(book.heard, model.name), forget: () => book.remove() }
  }
}

/** Spans as a model gave them, in order, apart, and inside of what it was given. */
function within(spans: readonly SpokenSpan[], lengthMs: number): SpokenSpan[] {
  const inside = spans.map(({ fromMs, toMs }) => ({ fromMs: Math.max(0, Math.round(fromMs)), toMs: Math.min(lengthMs, Math.round(toMs)) })).filter(({ fromMs, toMs }) => toMs > fromMs)
  return inside.toSorted((a, b) => a.fromMs - b.fromMs).reduce<SpokenSpan[]>((apart, span) => {
    const last = apart.at(-1)
    return last !== undefined && span.fromMs <= last.toMs ? [...apart.slice(0, -1), { fromMs: last.fromMs, toMs: Math.max(last.toMs, span.toMs) }] : [...apart, span]
  }, [])
}

function wholeOf(heard: readonly Heard[], model: string): Transcript {
  const lines = inOrder(heard.flatMap((one) => one.lines)).slice(0, MAX_LINES)
  return { origin: { kind: 'model', from: model }, ...languageOf(heard.flatMap(({ language }) => language ?? [])), lines, dropped: heard.reduce((sum, { dropped }) => sum + dropped, 0) }
}
