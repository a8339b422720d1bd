import assert from 'node:assert/strict'
import { test } from 'uvu'
import { knownProbe, LATER_PROBE, laterProbe } from '../../../ring/catalog/known-probe.ts'
import { someFacts } from './fake-ring.ts'

test('what a camera says at length of itself is cut, and all of it is read again', () => {
  const long = '"\\\u0000é'.repeat(2_000)
  const texts = { createdAtSource: long, createdAtZone: long, cameraMake: long, cameraModel: long, lens: long, shutter: long, place: long, country: long, contentId: long }
  const text = laterProbe({ ...texts, iso: 1 / 3, aperture: 1 / 3, focalLength: 1 / 3, createdAtMs: 1_795_370_772_856.25, gps: { latitude: -89.123456789012, longitude: -179.123456789012, altitude: 1 / 3 } } as never)
  assert.ok(text.length <= 2_000, `${text.length}`)
  const probe = knownProbe({ facts: someFacts('a'), found: { [LATER_PROBE]: text } })
  assert.deepEqual([probe.lens?.length, probe.iso, probe.gps?.latitude], [80, 1 / 3, -89.123456789012])
})

test.run()
