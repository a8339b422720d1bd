import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { PASSAGE_CHARACTERS, PASSAGE_MS, passagesOf } from '../../../../node/understanding/transcripts/passages.ts'
import { shownOnes, type Line } from '../../../../node/understanding/transcripts/transcript.ts'
import { randomOf } from '../../../support/random.ts'

const test = suite('what is said, in passages')

const line = (text: string, fromMs: number, toMs = fromMs + 1_000): Line => ({ id: `${fromMs}`, text, fromMs, toMs, speaker: '', words: [] })
const told = (lines: readonly Line[]): unknown[] => passagesOf(lines).map(({ text, fromMs, toMs }) => [text, fromMs, toMs])

test('lines become one passage from the first to the last, until it would be too long in time or in characters', () => {
  assert.deepEqual(told([line('we sail', 0), line(' at dawn. ', 2_000), line('Later', PASSAGE_MS - 500)]), [['we sail at dawn.', 0, 3_000], ['Later', PASSAGE_MS - 500, PASSAGE_MS + 500]])
  const long = 'x'.repeat(PASSAGE_CHARACTERS - 2)
  assert.deepEqual(passagesOf([line(long, 0), line('a', 1_000), line('b', 2_000)]).map(({ text }) => text.length), [PASSAGE_CHARACTERS, 1])
})

test('a line that is too long is one by itself, and whole', () => {
  const long = 'so it goes '.repeat(60).trim()
  assert.deepEqual(told([line('hello', 0), line(long, 1_000, 90_000), line('goodbye', 90_500)]), [['hello', 0, 1_000], [long, 1_000, 90_000], ['goodbye', 90_500, 91_500]])
})

test('what has no letters says nothing, and a picture of the middle is shown', () => {
  assert.deepEqual(passagesOf([line('♪ ♪', 0), line('…', 2_000)]), [])
  assert.deepEqual(passagesOf([line('♪', 0), line('a song', 4_000, 8_000)]), [{ text: 'a song', level: 2, fromMs: 4_000, toMs: 8_000, pictureMs: 6_000 }])
})

test('whatever is said, each line is in just one passage, in order, and none that has several is too long', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = randomOf(seed)
    let atMs = 0
    const lines = Array.from({ length: 60 }, (_, at) => line(`w${at} ${'y'.repeat(Math.floor(random() * 200))}`, atMs += Math.floor(random() * 9_000), atMs + Math.floor(random() * 12_000)))
    const passages = passagesOf(lines)
    assert.deepEqual(passages.flatMap(({ text }) => text.match(/w\d+/g)), lines.map((_, at) => `w${at}`), `seed ${seed}`)
    for (const { text, fromMs, toMs } of passages) {
      assert.ok(lines.some((each) => each.fromMs === fromMs) && toMs >= fromMs)
      assert.ok(text.match(/w\d+/g)!.length === 1 || (text.length <= PASSAGE_CHARACTERS && toMs - fromMs <= PASSAGE_MS), `seed ${seed}: ${text.length} characters, ${toMs - fromMs} ms`)
    }
  }
})

test('a person\'s transcript is read for what it means, else captions, else any that a model heard, the one in use first', () => {
  const shown = (...names: string[]): string[] => shownOnes({ made: Object.fromEntries(names.map((name) => [name, 'blob'])) as never }, 'm@2').map(({ name }) => name)
  assert.deepEqual(shown('transcript@m@1', 'transcript@original', 'transcript', 'transcript-before'), ['transcript'])
  assert.deepEqual(shown('transcript@m@2', 'transcript@original'), ['transcript@original'])
  assert.deepEqual(shown('transcript@m@1', 'transcript@m@2', 'sentences@a'), ['transcript@m@2', 'transcript@m@1'])
  assert.deepEqual(shown('transcript-before', 'analysis@1'), [])
})

test.run()
