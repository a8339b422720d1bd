import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { HourNote, MasterNote, RecordingPart, RecordingSession } from '#ring'
import { isDue, MASTER_RETRY_MS, MASTER_STALE_MS, MASTER_TRIES, notesOfPiece, piecesOf, settledUntil } from '../../../../node/recording/masters/master-pieces.ts'

const test = suite('master pieces')
const session = { session: 's1', startMs: 1_000 } as RecordingSession
const part = (startMs: number, key = true): RecordingPart => ({ startMs, durationMs: 1_000, bytes: 1, chunks: [], key, copies: 2 })
const noted = (node: string, more: Partial<MasterNote>): HourNote => ({ node, masters: [{ session: 's1', fromMs: 1_000, toMs: 2_000, format: 'ffv1', state: 'done', asset: '', reason: '', tries: 0, progress: 0, atMs: 0, ...more }] }) as unknown as HourNote

test('every part is in one piece, a piece begins with a keyframe, and the last is there when the recording is over', () => {
  const parts = Array.from({ length: 35 }, (_, i) => part(1_000 + i * 1_000, i % 3 === 0))
  const over = piecesOf(session, parts, true, 10_000)
  assert.deepEqual(over.flatMap((piece) => piece.parts), parts)
  assert.ok(over.every((piece) => piece.parts[0]!.key))
  assert.deepEqual(over.map(({ fromMs, toMs }) => [fromMs, toMs]), [[1_000, 13_000], [13_000, 22_000], [22_000, 31_000], [31_000, 36_000]])
  assert.deepEqual(piecesOf(session, parts, false, 10_000), over.slice(0, 3), 'the same as long as it grows')
})

test('a recording with one keyframe is one piece, and of nothing there is none', () => {
  assert.equal(piecesOf(session, Array.from({ length: 50 }, (_, i) => part(1_000 + i * 1_000, i === 0)), true, 10_000).length, 1)
  assert.deepEqual(piecesOf(session, [], true), [])
})

test('a piece is made once, by one node at a time, again when that one is gone, and not for ever', () => {
  const due = (notes: HourNote[], nowMs = 10_000_000, alive = true): boolean => isDue(notesOfPiece(notes, { session, fromMs: 1_000 }, 'ffv1'), { self: 'alder', nowMs, isAlive: () => alive })
  assert.equal(due([]), true)
  assert.equal(due([noted('birch', {})]), false, 'it is done')
  assert.equal(due([noted('birch', { format: 'prores' })]), true, 'in the other format')
  assert.equal(due([noted('birch', { state: 'making', atMs: 9_999_000 })]), false)
  assert.equal(due([noted('birch', { state: 'making', atMs: 9_999_000 })], 10_000_000, false), true)
  assert.equal(due([noted('birch', { state: 'making', atMs: 10_000_000 - MASTER_STALE_MS })]), true)
  assert.equal(due([noted('alder', { state: 'making', atMs: 9_999_000 })]), true, 'this node was stopped while it made it')
  assert.equal(due([noted('alder', { state: 'failed', tries: 2, atMs: 0 })], MASTER_RETRY_MS * 2 - 1), false)
  assert.equal(due([noted('alder', { state: 'failed', tries: 2, atMs: 0 })], MASTER_RETRY_MS * 2), true)
  assert.equal(due([noted('alder', { state: 'failed', tries: MASTER_TRIES, atMs: 0 })], 1e12), false)
})

test('what is settled is known up to the first piece that is not', () => {
  const notes = [noted('alder', { fromMs: 1_000, toMs: 5_000 }), noted('birch', { fromMs: 5_000, toMs: 9_000, state: 'failed', tries: MASTER_TRIES }), noted('alder', { fromMs: 12_000, toMs: 15_000 })]
  assert.equal(settledUntil(session, notes, 'ffv1'), 9_000)
  assert.equal(settledUntil(session, notes, 'prores'), 1_000)
})

test.run()
