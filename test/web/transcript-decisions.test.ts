import assert from 'node:assert/strict'
import { test } from 'uvu'
import { joinUp, type Line, mergeLines, renameSpeaker, splitLine, writeLine } from '../../web/src/transcript/line-edits.ts'
import { lineAt, placesIn, timecodeAt, wordAt } from '../../web/src/transcript/moment.ts'

const line = (id: string, fromMs: number, text: string, speaker = ''): Line => ({ id, fromMs, toMs: fromMs + 1_000, text, speaker, words: text.split(' ').map((word, i) => ({ fromMs: fromMs + i * 100, toMs: fromMs + i * 100 + 100, text: word })) })
const texts = (lines: readonly Line[]): string[] => lines.map(({ text }) => text)

test('what two people write in different lines both stays; of the same line mine stands, and theirs is told', () => {
  const base = [line('a', 0, 'one'), line('b', 1_000, 'two'), line('c', 2_000, 'three'), line('d', 3_000, 'four')]
  const mine = [line('a', 0, 'ONE'), line('b', 1_000, 'two'), line('d', 3_000, 'mine'), line('p', 2_500, 'new of mine')]
  const theirs = [line('a', 0, 'one'), line('b', 1_000, 'TWO'), line('c', 2_000, 'three'), line('d', 3_000, 'theirs'), line('q', 4_000, 'new of theirs')]
  const { lines, contested } = mergeLines(base, mine, theirs)
  assert.deepEqual(texts(lines), ['ONE', 'TWO', 'new of mine', 'mine', 'new of theirs'])
  assert.deepEqual(contested.map(({ id, theirs: their }) => [id, their?.text]), [['d', 'theirs']])
})

test('a line they took away and I wrote stands, and that is told; one that nobody wrote goes', () => {
  const base = [line('a', 0, 'one'), line('b', 1_000, 'two')]
  const { lines, contested } = mergeLines(base, [line('a', 0, 'ONE'), line('b', 1_000, 'two')], [])
  assert.deepEqual(texts(lines), ['ONE'])
  assert.deepEqual(contested, [{ id: 'a', theirs: undefined }])
})

test('a line is split where a word begins, with the times of its words, and joined again', () => {
  const split = splitLine([line('a', 0, 'we go to sea', 'Ole')], 'a', 'we go to sea', 5, 'b')
  assert.deepEqual(split.map(({ id, text, fromMs, toMs, speaker }) => [id, text, fromMs, toMs, speaker]), [['a', 'we go', 0, 200, 'Ole'], ['b', 'to sea', 200, 1_000, 'Ole']])
  const joined = joinUp(split, 'b', 'to sea')
  assert.deepEqual(joined.map(({ id, text, words, toMs }) => [id, text, words.length, toMs]), [['a', 'we go to sea', 4, 1_000]])
  assert.equal(splitLine([line('a', 0, 'we go')], 'a', 'we go', 0, 'b').length, 1)
})

test('a line without words goes; a name is given to all that person says', () => {
  assert.deepEqual(writeLine([line('a', 0, 'one')], 'a', '  \n'), [])
  assert.deepEqual(renameSpeaker([line('a', 0, 'x', 'Ole'), line('b', 1, 'y', 'Nora')], 'Ole', 'Ada').map(({ speaker }) => speaker), ['Ada', 'Nora'])
})

test('the line and the word of a moment are found', () => {
  const lines = [line('a', 1_000, 'one two'), line('b', 5_000, 'three')]
  assert.deepEqual([0, 999, 1_000, 4_999, 5_000, 9_000].map((ms) => lineAt(lines, ms)), [-1, -1, 0, 0, 1, 1])
  assert.deepEqual([1_050, 1_150, 3_000].map((ms) => wordAt(lines[0]!, ms)), [0, 1, -1])
})

test('places are found whatever the case and the accents', () => {
  assert.deepEqual(placesIn('Der Käse, der KASE', 'kase'), [[4, 8], [14, 18]])
  assert.deepEqual(placesIn('abc', ''), [])
})

test('a timecode counts from that of the first picture, and leaves out what drop frame leaves out', () => {
  assert.equal(timecodeAt(1_500, '10:00:00:00', 24), '10:00:01:12')
  assert.equal(timecodeAt(60_060, '00:00:00;00', 30_000 / 1_001), '00:01:00;02')
  assert.equal(timecodeAt(3_661_234, undefined, 25), '01:01:01.234')
})

test.run()
