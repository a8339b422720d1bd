import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type LineInPicture, mergeLines } from '../../../../node/understanding/inference/reading/merge-lines.ts'

const line = (picture: number, text: string, y = 0.8, confidence = 0.9): LineInPicture => ({ picture, text, box: [0.1, y, 0.4, 0.05], confidence })
const told = (lines: readonly LineInPicture[]): unknown[] => mergeLines(lines).map(({ text, fromPicture, toPicture }) => [text, fromPicture, toPicture])

test('a lower third that stands in several key pictures is one line, as it was read most often', () => {
  const lines = [line(3, 'Dr. Anna Birch'), line(4, 'Dr.Anna Birch', 0.8, 0.99), line(5, 'Dr. Anna Birch'), line(6, 'Dr. Anma Birch')]
  assert.equal(told(lines), [['Dr. Anna Birch', 3, 6]])
})

test('read as often one way as another, the surer reading is kept, with its picture', () => {
  const [standing] = mergeLines([line(0, 'Harbuur at dawn', 0.8, 0.7), line(1, 'Harbour at dawn', 0.8, 0.95)])
  assert.equal([standing!.text, standing!.picture, standing!.confidence], ['Harbour at dawn', 1, 0.95])
})

test('what two people are called are two lines, also at the same place', () => {
  assert.equal(told([line(0, 'Dr. Anna Birch'), line(1, 'Tom Alder')]), [['Dr. Anna Birch', 0, 0], ['Tom Alder', 1, 1]])
})

test('a clock that runs and a score that changes are not one line', () => {
  assert.equal(told([line(0, '10:15:01'), line(1, '10:15:03')]), [['10:15:01', 0, 0], ['10:15:03', 1, 1]])
})

test('a line that was overlooked in one picture stands on; one that comes back later is another', () => {
  assert.equal(told([line(0, 'Live'), line(2, 'Live'), line(9, 'Live')]), [['Live', 0, 2], ['Live', 9, 9]])
})

test('the same words twice in one picture are two lines, and each goes on by itself', () => {
  assert.equal(told([line(0, 'Exit', 0.1), line(0, 'Exit', 0.6), line(1, 'Exit', 0.1), line(1, 'Exit', 0.6)]), [['Exit', 0, 1], ['Exit', 0, 1]])
})

test('credits that roll are the same words at another place', () => {
  assert.equal(told([line(0, 'Camera: Tom Alder', 0.9), line(1, 'Camera: Tom Alder', 0.5), line(2, 'Camera: Tom Alder', 0.1)]), [['Camera: Tom Alder', 0, 2]])
})

test('similar words at another place are other words', () => {
  assert.is(mergeLines([line(0, 'Exit A north', 0.1), line(1, 'Exit A south', 0.7)]).length, 2)
})

test.run()
