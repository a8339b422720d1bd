import { basename, extname } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { captureOf, inZone, parseMoment } from '../../../../node/library/deep/capture.ts'
import { positionOfExif } from '../../../../node/library/deep/camera-facts.ts'
import { belongsBeside, footageStems } from '../../../../node/library/deep/sidecars.ts'

const test = suite('capture time')

test('clocks are read as cameras write them, and empty ones are none', () => {
  assert.equal(parseMoment('2024:05:06 07:08:09.5+02:00'), { year: 2024, month: 5, day: 6, clock: [7, 8, 9, 500], zone: '+02:00' })
  for (const text of ['0000:00:00 00:00:00', '1904:01:01 00:00:00', '1980:01:01 00:00:00', '2024:13:01 00:00:00', 'yesterday', undefined, 5]) assert.is(parseMoment(text), undefined, String(text))
})

test('what the wall says in a zone is that moment, also beside a change of clocks', () => {
  assert.is(inZone(Date.UTC(2024, 6, 1, 12), 'Europe/Zurich'), Date.UTC(2024, 6, 1, 10))
  assert.is(inZone(Date.UTC(2024, 2, 31, 3, 30), 'Europe/Zurich'), Date.UTC(2024, 2, 31, 1, 30))
  assert.is(inZone(Date.UTC(2024, 0, 1, 0, 0, 0, 250), 'Asia/Kolkata'), Date.UTC(2023, 11, 31, 18, 30, 0, 250))
  assert.is(inZone(0, 'Nowhere/At all'), undefined)
})

test('the best of several clocks is taken, and it is said which', () => {
  assert.equal(captureOf({ 'Keys:CreationDate': '2024:05:06 09:08:09+02:00', 'QuickTime:CreateDate': '2024:05:06 08:00:00' }, 'a.mov'), { createdAtMs: Date.UTC(2024, 4, 6, 7, 8, 9), createdAtSource: 'QuickTime CreationDate', createdAtZone: '+02:00' })
  assert.equal(captureOf({ 'ExifIFD:DateTimeOriginal': '2024:05:06 07:08:09' }, 'a.jpg'), { createdAtMs: Date.UTC(2024, 4, 6, 7, 8, 9), createdAtSource: 'EXIF DateTimeOriginal', createdAtZone: 'unknown' })
  assert.equal(captureOf({}, 'DCIM/PXL_20240506_070809123.mp4'), { createdAtMs: Date.UTC(2024, 4, 6, 7, 8, 9), createdAtSource: 'file name', createdAtZone: 'unknown' })
  assert.equal(captureOf({}, 'a.mp4', { createdAtMs: 5 }), { createdAtMs: 5, createdAtSource: 'container', createdAtZone: 'UTC' })
  assert.equal(captureOf({}, 'clip 12345678901234567890.mp4'), {})
})

test('places are read from what ExifTool prints, and nonsense is none', () => {
  assert.equal(positionOfExif({ 'Composite:GPSPosition': '33 deg 51\' 24.48" S, 151 deg 12\' 55.08" E' }), { latitude: -33.8568, longitude: 151.2153 })
  for (const text of ['0 deg 0\' 0.00" N, 0 deg 0\' 0.00" E', '91 deg 0\' 0.00" N, 8 deg 0\' 0.00" E', 'here']) assert.is(positionOfExif({ 'Composite:GPSPosition': text }), undefined, text)
})

test('a sidecar is one by its name, of one file', () => {
  const pairs = [['IMG_0001.AAE', '/x/IMG_0001.HEIC'], ['IMG_O0001.AAE', '/x/IMG_0001.HEIC'], ['IMG_O0001.AAE', '/x/IMG_E0001.HEIC'], ['IMG_0001.AAE', '/x/IMG_E0001.HEIC'], ['C0001M01.XML', '/x/C0001.MP4'], ['a.mp4.xmp', 'a.mp4'], ['A.THM', 'a.mp4']] as const
  for (const [sidecar, footage] of pairs) {
    assert.ok(belongsBeside(sidecar, footage), `${sidecar} of ${footage}`)
    assert.ok(footageStems(sidecar).includes(basename(footage, extname(footage)).toLowerCase()), `${footage} is looked for when ${sidecar} comes`)
  }
  for (const name of ['IMG_00010.AAE', 'IMG_0001.MOV', 'IMG_0001.HEIC', 'C0002M01.XML']) assert.not.ok(belongsBeside(name, '/x/IMG_0001.HEIC'), name)
})

test.run()
