import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import type { DiskState } from '../../../ring/chunks/disk-state.ts'
import { preferWellDisks } from '../../../ring/placement/disk-preference.ts'

const names = (count: number): PeerId[] => ['alder', 'birch', 'cedar', 'dogwood'].slice(0, count) as PeerId[]
const given = (states: DiskState[], wanted = 3, least = 2): string[] => {
  const live = names(states.length)
  return preferWellDisks(live, (peer) => states[live.indexOf(peer)] ?? 'ok', wanted, least)
}

test('nodes whose disks are well come in their order, and a disk that is only low is well', () => {
  assert.deepEqual(given(['ok', 'low', 'ok', 'ok']), ['alder', 'birch', 'cedar'])
})

test('a full, read-only, slow or failing disk is passed over while others are well', () => {
  for (const state of ['full', 'read-only', 'slow', 'failing'] as const) assert.deepEqual(given(['ok', state, 'ok', 'ok']), ['alder', 'cedar', 'dogwood'], state)
})

test('a second copy on a slow or failing disk is better than none; a full or read-only one is not asked', () => {
  assert.deepEqual(given(['slow', 'ok', 'full']), ['birch', 'alder'])
  assert.deepEqual(given(['full', 'read-only', 'ok']), ['cedar'])
  assert.deepEqual(given(['full', 'failing', 'slow']), ['birch', 'cedar'])
})

test('when every disk is full the answer is who would have been asked', () => {
  assert.deepEqual(given(['full', 'read-only']), ['alder', 'birch'])
  assert.deepEqual(given([]), [])
})

test('the home of a camera is the first whose disk is well', () => {
  assert.deepEqual(given(['full', 'slow', 'low'], 1, 1), ['cedar'])
  assert.deepEqual(given(['full', 'slow'], 1, 1), ['birch'])
})

test.run()
