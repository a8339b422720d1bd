/** From words with their times to segments that read like sentences. */
import type { Heard, HeardWord } from './inference.ts'

/** A pause that ends a segment, in ms. @default 1000 */
export const SEGMENT_PAUSE_MS = 1_000
/** A segment that is longer ends at the next word, in ms. @default 8000 */
export const LONG_SEGMENT_MS = 8_000
const SENTENCE_END = /[.!?…。！？]["'”’»)]?$/

/** A word as Whisper's tokenizer tells it: with the space before it, in seconds; null: to the end. */
export interface TimedWord {
  readonly text: string
  readonly timestamp: readonly [from: number, to: number | null]
}

/** `seconds`: how long the sound is; nothing is said after it. Times never run backwards. */
export function segmentsOf(timed: readonly TimedWord[], seconds: number): Heard['segments'] {
  const segments: HeardWord[][] = []
  for (const word of wordsOf(timed, seconds * 1000)) {
    const current = segments.at(-1)
    if (current === undefined || endsBefore(current, word)) segments.push([word])
    else current.push(word)
  }
  return segments.map((words) => ({ fromMs: words[0]!.fromMs, toMs: words.at(-1)!.toMs, text: words.map(({ text }) => text).join('').trim(), words: words.map((word) => ({ ...word, text: word.text.trim() })) }))
}

function endsBefore(segment: readonly HeardWord[], word: HeardWord): boolean {
  const last = segment.at(-1)!
  return word.fromMs - last.toMs >= SEGMENT_PAUSE_MS || SENTENCE_END.test(last.text) || last.toMs - segment[0]!.fromMs >= LONG_SEGMENT_MS
}

function* wordsOf(timed: readonly TimedWord[], endMs: number): Generator<HeardWord> {
  let before = 0
  for (const { text, timestamp: [from, to] } of timed) {
    if (text.trim() === '') continue
    const fromMs = Math.min(endMs, Math.max(before, Math.round(from * 1000)))
    const toMs = Math.min(endMs, Math.max(fromMs, Math.round((to ?? endMs / 1000) * 1000)))
    before = fromMs
    yield { text, fromMs, toMs, confidence: undefined }
  }
}
