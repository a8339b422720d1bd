import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { onFrames } from '../../../../node/understanding/motion/features/on-frames.ts'
import type { Point } from '../../../../node/understanding/motion/motion.ts'

const test = suite('points on frames')
const places: Point[] = [[0.1, 0], [0.2, 0], [0.3, 0], [0.4, 0]]
const track = { id: 7, first: 2, places }

test('pictures that come evenly are frames as they are', () => {
  assert.deepEqual(onFrames(track, [0, 1, 2, 3, 4, 5].map((i) => i * 1000 / 29.97), 29.97), track)
})

test('a picture that is shown for longer stands for more frames, and of two in one frame the later counts', () => {
  const shownMs = [0, 40, 80, 200, 210, 240]
  const { first, places: [...even] } = onFrames(track, shownMs, 25)
  assert.deepEqual([first, even.map(([x]) => x)], [2, [0.1, 0.1, 0.1, 0.3, 0.4]])
})

test.run()
