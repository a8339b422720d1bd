import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { CameraId, ChunkId, PeerId } from '#protocols/ids.ts'
import type { RecordingPart, RecordingSession } from '#ring'
import { gapsBetween, selectParts } from '../../../node/recording/part-selection.ts'

const test = suite('part selection')

/** A session of one-second parts; `keys` says which begin with a keyframe. */
function recorded(id: string, startMs: number, seconds: number, keys: (i: number) => boolean = () => true, ended?: string) {
  const parts = Array.from({ length: seconds }, (_, i): RecordingPart => ({ startMs: startMs + i * 1_000, durationMs: 1_000, bytes: 10, chunks: [`${id}${i}` as ChunkId], key: keys(i), copies: 2 }))
  const session: RecordingSession = { camera: 'porch' as CameraId, hour: '', session: id, node: `node-${id}` as PeerId, startMs, endMs: startMs + seconds * 1_000, bytes: 0, codecs: '', width: 0, height: 0, init: 'i' as ChunkId, manifest: undefined, tail: parts, ended }
  return { session, parts }
}
const names = (placed: ReturnType<typeof selectParts>): string => placed.map(({ part }) => part.chunks[0]).join(' ')

test('a range begins with the keyframe part at or before it and ends with the part that reaches its end', () => {
  const a = recorded('a', 10_000, 6, (i) => i % 2 === 0)
  assert.equal(names(selectParts([a], 13_500, 14_200)), 'a2 a3 a4')
  assert.equal(names(selectParts([a], 0, 11_000)), 'a0')
  assert.equal(names(selectParts([a], 16_000, 20_000)), '')
})

test('two sessions with a gap follow each other', () => {
  const [a, b] = [recorded('a', 0, 3), recorded('b', 10_000, 2)]
  assert.equal(names(selectParts([b, a], 1_000, 99_000)), 'a1 a2 b0 b1')
})

test('a camera that moved and sent its newest seconds again is played without a repeat and without a hole', () => {
  const a = recorded('a', 0, 5)
  a.parts[4] = { ...a.parts[4]!, durationMs: 500 }
  const b = recorded('b', 4_012, 3)
  assert.equal(names(selectParts([a, b], 0, 99_000)), 'a0 a1 a2 a3 b0 b1 b2')
})

test('a range that one session has whole stays what it was when another comes that overlaps it', () => {
  const a = recorded('a', 0, 8)
  const before = names(selectParts([a], 0, 8_000))
  for (const startMs of [1_970, 2_000, 2_012, 7_990, 7_999]) assert.equal(names(selectParts([a, recorded('b', startMs, 9)], 0, 8_000)), before)
})

test('an overlap without a common boundary goes on at the next keyframe', () => {
  assert.equal(names(selectParts([recorded('a', 0, 5), recorded('b', 3_500, 4)], 0, 99_000)), 'a0 a1 a2 a3 a4 b2 b3')
})

test('a session that lies within another adds nothing', () => {
  assert.equal(names(selectParts([recorded('a', 0, 5), recorded('b', 1_500, 2)], 0, 99_000)), 'a0 a1 a2 a3 a4')
})

test('a gap has the reason its session ended with, or says that the node went away', () => {
  const sessions = [recorded('a', 0, 3, undefined, 'unplugged'), recorded('b', 10_000, 2), recorded('c', 12_100, 2), recorded('d', 20_000, 1)].map(({ session }) => session)
  assert.deepEqual(gapsBetween(sessions, ({ node }) => node), [
    { startMs: 3_000, endMs: 10_000, reason: 'unplugged' },
    { startMs: 14_100, endMs: 20_000, reason: 'node node-c went away while it recorded' }
  ])
})

test.run()
