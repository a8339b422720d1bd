import assert from 'node:assert/strict'
import { test } from 'uvu'
import { createMetrics } from '#ring/base/metrics.ts'

test('each thing there is when the page is scraped has its own line, under one head, whatever it is called', () => {
  const metrics = createMetrics()
  const there = new Map([['porch', 1]])
  metrics.gauges('camera_recording', '1 while it is recorded.', 'camera', () => there)
  there.set('a"b\\c\nd', 0)
  assert.equal(metrics.render(), '# HELP thatdam_camera_recording 1 while it is recorded.\n# TYPE thatdam_camera_recording gauge\nthatdam_camera_recording{camera="porch"} 1\nthatdam_camera_recording{camera="a\\"b\\\\c\\nd"} 0\n')
  there.clear()
  assert.doesNotMatch(metrics.render(), /camera=/)
})

test.run()
