import assert from 'node:assert/strict'
import { test } from 'uvu'
import { mergeText as nodesMerge } from '../../ring/catalog/text-merge.ts'
import { mergeText, movedCaret } from '../../web/src/organise/merge-text.ts'
import { editOfKey, MARK_KEYS } from '../../web/src/organise/marks.ts'
import { Selection } from '../../web/src/organise/selection.ts'
import { tagTree } from '../../web/src/organise/tree.ts'
import { KEYS } from '../../web/src/shell/keys.ts'

test('a range goes from the one chosen last, either way, and keeps what was chosen', () => {
  const selection = new Selection()
  selection.toggle('e')
  selection.toggle('b')
  selection.rangeTo('d', ['a', 'b', 'c', 'd', 'e'])
  assert.deepEqual([...selection.get()].sort(), ['b', 'c', 'd', 'e'])
  selection.rangeTo('a', ['a', 'b', 'c', 'd', 'e'])
  assert.equal(selection.has('a'), true)
  selection.toggle('a')
  assert.equal(selection.has('a'), false)
  selection.clear()
  assert.equal(selection.get().size, 0)
})

test('the page and the node put texts together so that nothing is lost', () => {
  for (const [base, mine, theirs] of [['one two', 'one two three', 'zero one two'], ['', 'a', 'b'], ['abc', 'c', 'abXc'], ['same', 'same', 'other']] as const) {
    assert.equal([...mergeText(base, mine, theirs)].sort().join(''), [...nodesMerge(base, mine, theirs)].sort().join(''))
  }
  assert.deepEqual([movedCaret('abc', 'Xabc', 2), movedCaret('abc', 'abcX', 2), movedCaret('abc', 'c', 1)], [3, 2, 0])
})

test('keys rate, label and flag', () => {
  assert.deepEqual(['3', '6', 'r', 'U'].map((key) => editOfKey(key)?.patch), [{ rating: 3 }, { marks: { label: 'red' } }, { marks: { flag: 'reject' } }, { marks: { flag: '' } }])
  for (const key of ['q', 'x', 'X']) assert.equal(editOfKey(key), undefined) // X selects
})

/** Single keys of what the help writes: `P R U` is three, `0 – 5` six. */
function singleKeys(written: string): string[] {
  const [, from, to] = /^(\d) – (\d)$/.exec(written) ?? []
  return from === undefined ? written.startsWith('Ctrl ') ? [written] : written.split(' ') : Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => String(Number(from) + at))
}

test('in no place a key means two things, and the help names every key that marks clips', () => {
  const of = new Map(KEYS.map(({ place, keys }) => [place, keys.flatMap(([key]) => singleKeys(key))]))
  const [everywhere, library, clip] = ['Everywhere', 'Library', 'A clip'].map((place) => of.get(place)!)
  assert.ok(everywhere && library && clip)
  of.delete('Everywhere')
  for (const keys of of.values()) assert.equal(new Set([...everywhere, ...keys]).size, everywhere.length + keys.length)
  for (const key of MARK_KEYS) assert.ok(library.includes(key.toUpperCase()) && clip.includes(key.toUpperCase()), key)
})

test('tags lie in one another by their levels', () => {
  const [place, raw] = tagTree([{ tag: 'raw', assets: 3 }, { tag: 'place/oslo', assets: 2 }, { tag: 'place/bergen', assets: 1 }])
  assert.deepEqual([place?.name, place?.count, place?.children.map(({ key, count }) => [key, count]), raw?.key], ['place', 0, [['place/bergen', 1], ['place/oslo', 2]], 'raw'])
})

test.run()
