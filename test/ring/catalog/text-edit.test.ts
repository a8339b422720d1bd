import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { textEdit } from '../../../ring/catalog/text-edit.ts'

const test = suite('text edit')

const apply = (before: string, after: string): string => {
  const edit = textEdit(before, after)
  return edit === undefined ? before : before.slice(0, edit.at) + edit.insert + before.slice(edit.at + edit.remove)
}

test('an edit turns the one text into the other, whatever they are', () => {
  const texts = ['', 'a', 'aa', 'ab', 'ba', 'aba', 'the door', 'the open door', 'door door', '😀', '😁', '😀😁', 'x😀', 'x😁y', 'é', 'a b a b']
  for (const before of texts) for (const after of texts) assert.equal(apply(before, after), after, `${before} -> ${after}`)
})

test('only what differs is replaced', () => {
  assert.deepEqual(textEdit('the red door', 'the green door'), { at: 4, remove: 3, insert: 'green' })
  assert.deepEqual(textEdit('same', 'same'), undefined)
})

test('a surrogate pair is replaced whole', () => {
  assert.deepEqual(textEdit('a😀b', 'a😁b'), { at: 1, remove: 2, insert: '😁' })
})

test('a word put before a similar one is inserted whole', () => {
  assert.deepEqual(textEdit('see clip12', 'see clip10 clip12'), { at: 4, remove: 0, insert: 'clip10 ' })
})

test.run()
