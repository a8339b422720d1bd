import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { mergeText } from '../../../ring/catalog/text-merge.ts'

const test = suite('texts that two sides changed')

test('changes at different places both stay', () => {
  assert.equal(mergeText('one two three', 'zero one two three', 'one two three four'), 'zero one two three four')
  assert.equal(mergeText('one two three', 'one two three four', 'zero one two three'), 'zero one two three four')
  assert.equal(mergeText('one two three', 'one 2 three', 'one two 3'), 'one 2 3')
})

test('words written at the same place both stay, also in an empty text', () => {
  assert.equal(mergeText('', 'mine', 'theirs').length, 'minetheirs'.length)
  assert.equal(mergeText('ab', 'aXb', 'aYb'), 'aXYb')
})

test('what they wrote inside what I deleted stays', () => {
  assert.equal(mergeText('keep this away keep', 'keep keep', 'keep this far away keep').includes('far'), true)
})

test('no side changed: the other holds', () => {
  assert.equal(mergeText('a', 'a', 'b'), 'b')
  assert.equal(mergeText('a', 'b', 'a'), 'b')
})

test('words that one side puts in are never lost, whatever the other does elsewhere', () => {
  let seed = 1
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
  const change = (text: string, word: string): string => {
    const at = random(text.length + 1)
    return text.slice(0, at) + word + text.slice(at + random(text.length - at + 1))
  }
  for (let round = 0; round < 2_000; round++) {
    const base = Array.from({ length: random(30) }, () => 'abc '[random(4)]).join('')
    const merged = mergeText(base, change(base, '<MINE>'), change(base, '<THEIRS>'))
    for (const word of ['MINE', 'THEIRS']) assert.ok(merged.includes(word), `${word} is missing in ${merged}, which was ${base}`)
  }
})

test.run()
