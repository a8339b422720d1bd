import assert from 'node:assert/strict'
import { test } from 'uvu'
import { likeliest } from '../../../../node/understanding/inference/languages.ts'
import { SPEECH_WINDOW, speechSpans } from '../../../../node/understanding/inference/speech-spans.ts'
import { segmentsOf } from '../../../../node/understanding/inference/spoken-segments.ts'

const windows = (...runs: ReadonlyArray<readonly [probability: number, count: number]>): number[] => runs.flatMap(([probability, count]) => Array.from({ length: count }, () => probability))
const spansOf = (probabilities: readonly number[]) => speechSpans(probabilities, probabilities.length * SPEECH_WINDOW)

test('speech is where it is likely for a quarter of a second, with a little before and after it', () => {
  assert.deepEqual(spansOf(windows([0.1, 10], [0.9, 20], [0.1, 10])), [{ fromMs: 320 - 30, toMs: 960 + 30 }])
  assert.deepEqual(spansOf(windows([0.1, 10], [0.9, 7], [0.1, 10])), [])
})

test('a short silence, or a doubtful moment, does not end it; a longer one does', () => {
  assert.equal(spansOf(windows([0.9, 20], [0.1, 3], [0.9, 20])).length, 1)
  assert.equal(spansOf(windows([0.9, 20], [0.4, 30], [0.9, 20])).length, 1)
  assert.equal(spansOf(windows([0.9, 20], [0.1, 8], [0.9, 20])).length, 2)
})

test('spans stay within the sound, and do not overlap', () => {
  assert.deepEqual(speechSpans(windows([0.9, 20]), 20 * SPEECH_WINDOW - 100), [{ fromMs: 0, toMs: (20 * SPEECH_WINDOW - 100) / 16 }])
  const close = spansOf(windows([0.9, 20], [0.1, 4], [0.9, 20], [0.1, 4], [0.9, 20]))
  for (const [place, span] of close.entries()) assert.ok(place === 0 || span.fromMs > close[place - 1]!.toMs)
})

test('the language is the likeliest of those there are, with its share', () => {
  const { language, confidence } = likeliest({ '<|en|>': 0, '<|de|>': 2 }, [1, 99, 1 + Math.log(3)])
  assert.equal(language, 'de')
  assert.ok(Math.abs(confidence - 0.75) < 1e-9)
})

test('words become segments at the ends of sentences and at pauses; their times never run backwards or out of the sound', () => {
  const segments = segmentsOf([
    { text: ' Good', timestamp: [0, 0.4] }, { text: ' day.', timestamp: [0.4, 0.8] }, { text: ' It', timestamp: [0.7, 0.9] }, { text: ' rains', timestamp: [0.6, 1.2] }, { text: ' Later', timestamp: [3, null] }
  ], 4)
  assert.deepEqual(segments.map(({ text }) => text), ['Good day.', 'It rains', 'Later'])
  assert.deepEqual(segments.map(({ fromMs, toMs }) => [fromMs, toMs]), [[0, 800], [700, 1200], [3000, 4000]])
  assert.deepEqual(segments[1]?.words.map(({ text, fromMs }) => [text, fromMs]), [['It', 700], ['rains', 700]])
})

test.run()
