import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { Heard } from '../../../../node/understanding/inference/inference.ts'
import { chaptersOf } from '../../../../node/understanding/transcripts/chapters.ts'
import { linesOf } from '../../../../node/understanding/transcripts/heard-lines.ts'
import { languageOf } from '../../../../node/understanding/transcripts/languages.ts'
import { withoutRepeats } from '../../../../node/understanding/transcripts/repeats.ts'
import { retimed } from '../../../../node/understanding/transcripts/retime.ts'
import { cut, STRETCH_MS } from '../../../../node/understanding/transcripts/stretches.ts'
import type { Line } from '../../../../node/understanding/transcripts/transcript.ts'
import { randomOf } from '../../../support/random.ts'

const heard = (words: ReadonlyArray<readonly [text: string, fromMs: number, toMs: number]>): Heard => ({
  language: 'en', languageConfidence: 0.9, segments: [{ fromMs: words[0]![1], toMs: words.at(-1)![2], text: words.map(([text]) => text).join(' '), words: words.map(([text, fromMs, toMs]) => ({ text: ` ${text}`, fromMs, toMs, confidence: undefined })) }]
})
const name = (i: number): string => `l${i}`
const line = (id: string, fromMs: number, text: string): Line => ({ id, fromMs, toMs: fromMs + 3_000, text, speaker: '', words: [] })

test('a word that is said where nobody speaks is none', () => {
  const { lines } = linesOf(heard([['you', 100, 400], ['hello', 5_100, 5_400], ['there', 5_500, 5_900], ['thanks', 9_000, 9_500]]), { fromMs: 60_000, toMs: 70_000, speech: [{ fromMs: 65_000, toMs: 66_000 }] }, name)
  assert.deepEqual(lines.map(({ fromMs, toMs, text }) => [fromMs, toMs, text]), [[65_100, 65_900, 'hello there']])
})

test('lines end at sentences, at pauses, and when they are long; their times are whole ms within the stretch', () => {
  const words = 'One two three four five six. Seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' ')
  const { lines } = linesOf(heard(words.map((text, i) => [text, i * 400.3, i * 400.3 + 300])), { fromMs: 0.5, toMs: 30_000.5, speech: [{ fromMs: 0, toMs: 30_000 }] }, name)
  assert.equal(lines[0]?.text, 'One two three four five six.')
  assert.ok(lines.length > 2)
  assert.ok(lines.flatMap((one) => [one, ...one.words]).every(({ fromMs, toMs }) => Number.isInteger(fromMs) && Number.isInteger(toMs) && fromMs <= toMs))
  assert.ok(lines.every(({ text, fromMs, toMs }) => text.length <= 100 && toMs - fromMs <= 8_000))
})

test('a model that gives no times of words has them by their letters', () => {
  const { lines } = linesOf({ language: 'en', languageConfidence: 1, segments: [{ fromMs: 1_000, toMs: 2_000, text: 'ab abcdefgh', words: [] }] }, { fromMs: 0, toMs: 3_000, speech: [{ fromMs: 0, toMs: 3_000 }] }, name)
  assert.deepEqual(lines[0]?.words.map(({ fromMs, toMs }) => [fromMs, toMs]), [[1_000, 1_200], [1_200, 2_000]])
})

test('a phrase that runs away is said once and counted; people may say a word again', () => {
  const said = (text: string): { text: string }[] => text.split(' ').map((word) => ({ text: word }))
  const { words, dropped } = withoutRepeats(said(`so ${'Thank you. '.repeat(30)}then`))
  assert.deepEqual([words.map(({ text }) => text).join(' '), dropped], ['so Thank you. then', 58])
  assert.equal(withoutRepeats(said('no no no no never again never again never again')).dropped, 0)
  assert.equal(withoutRepeats(said('la '.repeat(9).trim())).words.length, 1)
})

test('speech is cut in its pauses, never longer than a model hears at once, and nothing of it is lost', () => {
  const random = randomOf(5)
  for (let round = 0; round < 300; round++) {
    let at = 0
    const spans = Array.from({ length: Math.floor(random() * 30) }, () => { const fromMs = at += Math.ceil(random() * 5_000); at += Math.ceil(random() ** 3 * 70_000); return { fromMs, toMs: at } })
    const isLast = random() < 0.5
    const lengthMs = at + Math.floor(random() * 4_000)
    const { stretches, keepFromMs } = cut(spans, { lengthMs, isLast, quietest: (from, to) => (from + to) / 2 })
    for (const [i, stretch] of stretches.entries()) {
      assert.ok(stretch.toMs - stretch.fromMs <= STRETCH_MS && stretch.fromMs >= (stretches[i - 1]?.toMs ?? 0) && stretch.toMs <= lengthMs)
      assert.ok(stretch.speech.every(({ fromMs, toMs }) => fromMs >= stretch.fromMs && toMs <= stretch.toMs))
    }
    const before = spans.reduce((sum, { fromMs, toMs }) => sum + Math.max(0, Math.min(toMs, keepFromMs) - Math.min(fromMs, keepFromMs)), 0)
    const heardMs = stretches.flatMap(({ speech }) => speech).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
    assert.ok(Math.abs(before - heardMs) < 1e-6, `${before} before ${keepFromMs}, ${heardMs} heard`)
    assert.ok(isLast ? keepFromMs === lengthMs : keepFromMs > 0 || lengthMs < 2_000 || spans.length === 0, 'it goes on')
  }
})

test('the language is that of most of the speech; a mixed one says so, a mistake does not', () => {
  const part = (language: string, speechMs: number, confidence = 0.8) => ({ language, speechMs, confidence })
  assert.deepEqual(languageOf([part('de', 60_000), part('en', 20_000, 0.6), part('cy', 900)]).languages.map((one) => one.language), ['de', 'en'])
  const { language, languageConfidence } = languageOf([part('de', 60_000, 0.9), part('de', 20_000, 0.5)])
  assert.equal(language, 'de')
  assert.ok(Math.abs(languageConfidence - 0.8) < 1e-9)
  assert.deepEqual(languageOf([]), { language: '', languageConfidence: 0, languages: [] })
})

test('a section begins after a pause when the words change, not when people only breathe', () => {
  const harbour = Array.from({ length: 40 }, (_, i) => line(`a${i}`, i * 3_500, 'boats harbour water gulls fishing nets'))
  const from = 40 * 3_500 + 12_000
  const kitchen = Array.from({ length: 40 }, (_, i) => line(`b${i}`, from + i * 3_500, 'kitchen recipe butter flour oven bread'))
  assert.deepEqual(chaptersOf([...harbour, ...kitchen]).map(({ fromMs, title }) => [fromMs, title.split(' ')[0]]), [[0, 'boats'], [from, 'kitchen']])
  assert.equal(chaptersOf([...harbour, ...harbour.map((one) => ({ ...one, id: `c${one.id}`, fromMs: one.fromMs + from, toMs: one.toMs + from }))]).length, 1)
  assert.deepEqual(chaptersOf([]), [])
})

test('words that stay keep their times when a line is written anew', () => {
  const timed: Line = { ...line('a', 0, 'we go to sea'), toMs: 4_000, words: ['we', 'go', 'to', 'sea'].map((text, i) => ({ fromMs: i * 1_000, toMs: (i + 1) * 1_000, text })) }
  assert.deepEqual(retimed({ ...timed, text: 'we sail out to sea' }).words.map(({ fromMs, text }) => [fromMs, text]), [[0, 'we'], [1_000, 'sail'], [1_571, 'out'], [2_000, 'to'], [3_000, 'sea']])
  assert.deepEqual(retimed({ ...timed, text: 'we row to sea' }).words.map(({ fromMs }) => fromMs), [0, 1_000, 2_000, 3_000])
})

test.run()
