// needs: ffmpeg perl
import { appendFile, mkdtemp, open, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { silentLog } from '#ring/base/log.ts'
import { cameraFacts } from '../../../../node/library/deep/camera-facts.ts'
import { captureOf } from '../../../../node/library/deep/capture.ts'
import { createExif, type Exif } from '../../../../node/library/deep/exif.ts'
import { firstFix, lacksTimedFix, readWithFix } from '../../../../node/library/deep/timed-fix.ts'
import { type ByteRange, timedRanges } from '../../../../node/library/deep/timed-ranges.ts'
import { ffmpeg } from '../../../support/ffmpeg.ts'
import { writeTimedGps } from '../../../support/timed-gps.ts'

interface Context { dir: string; exif: Exif; film: string }
const test = suite<Context>('where a film notes it was')

test.before(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-fix-'))
  context.exif = createExif({ log: silentLog })
  const plain = join(context.dir, 'plain.mp4')
  context.film = join(context.dir, 'GX010001.MP4')
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=25:d=4', '-c:v', 'libx264', '-preset', 'ultrafast', plain)
  await writeTimedGps(plain, context.film, [
    { latitude: 0, longitude: 0, altitude: 0, clock: '240506050807.000', locked: false }, { latitude: 10, longitude: 10, altitude: 0, clock: '240506050808.000', locked: false },
    { latitude: -33.8568, longitude: 151.2153, altitude: 12, clock: '240506050809.500', locked: true }, { latitude: -34, longitude: 151, altitude: 12, clock: '240506050810.000', locked: true }
  ])
})
test.after(async ({ dir, exif }) => {
  await exif.stop()
  await rm(dir, { recursive: true })
})

test('the first place that the receiver knew is the film\'s, with its town, and its clock says when the film began', async ({ exif, film }) => {
  const quick = await exif.read(film)
  assert.ok(await lacksTimedFix(film, quick ?? {}))
  const tags = await readWithFix(exif, film, {}) ?? {}
  const { gps, place, country } = cameraFacts(tags)
  assert.equal([gps, country], [{ latitude: -33.8568, longitude: 151.2153, altitude: 12 }, 'AU'])
  assert.match(place ?? '', /New South Wales/)
  assert.equal(captureOf(tags, 'GX010001.MP4'), { createdAtMs: Date.UTC(2024, 4, 6, 5, 8, 7, 500), createdAtSource: 'GPS clock', createdAtZone: 'UTC' })
})

test('only a film that may have such notes is looked through', async ({ exif, dir }) => {
  const timed: string[] = []
  const counting = { read: exif.read, readTimed: async (path: string) => { timed.push(path); return undefined } }
  const plain = join(dir, 'plain.mp4')
  await readWithFix(counting, plain, {})
  assert.equal(timed, [])
  await appendFile(plain, '8db42d694ccc418790edff439fe026bf')
  await readWithFix(counting, plain, {})
  assert.equal(timed, [plain], 'an Insta360 has them at its end')
})

test('where hemispheres and states are told apart, they are heard', () => {
  const sony = { 'Doc1:Track3:GPSLatitude': 1, 'Doc1:Track3:GPSLongitude': 2, 'Doc1:Track3:GPSStatus': 'V', 'Doc2:Track3:GPSLatitude': 33.5, 'Doc2:Track3:GPSLatitudeRef': 'S', 'Doc2:Track3:GPSLongitude': 70.5, 'Doc2:Track3:GPSLongitudeRef': 'W', 'Doc2:Track3:GPSStatus': 'A', 'Doc2:Track3:GPSMeasureMode': '3' }
  assert.equal(firstFix(sony), { latitude: -33.5, longitude: -70.5, startMs: undefined })
  assert.equal(firstFix({ ...sony, 'Doc2:Composite:GPSLatitude': -33.25 })?.latitude, -33.25)
  for (const odd of [{}, { 'Doc1:Track3:GPSLatitude': 91, 'Doc1:Track3:GPSLongitude': 0 }, { 'Doc1:Track3:GPSLatitude': 'here', 'Doc1:Track3:GPSLongitude': 1 }, { 'Doc1:Track3:GPSLatitude': 1 }]) assert.is(firstFix(odd), undefined)
})

test('of a large film the tables and the notes are enough: all else may be zeros', async ({ exif, film, dir }) => {
  const bytes = await readFile(film)
  const read = async ([start, end]: ByteRange): Promise<Buffer> => bytes.subarray(start, end)
  const ranges = await timedRanges(read, bytes.length)
  const sparse = join(dir, 'sparse.mp4')
  const file = await open(sparse, 'wx')
  for (const [start, end] of [[0, 64] as const, ...ranges]) await file.write(bytes, start, end - start, start)
  await file.truncate(bytes.length)
  await file.close()
  assert.ok(ranges.reduce((sum, [start, end]) => sum + end - start, 0) < bytes.length / 2)
  assert.is((await stat(sparse)).size, bytes.length)
  assert.equal(cameraFacts(await readWithFix(exif, sparse, {}) ?? {}).gps, { latitude: -33.8568, longitude: 151.2153, altitude: 12 })
})

test('what is no film, is cut off or lies about its tables has no such places', async ({ film }) => {
  const bytes = await readFile(film)
  const rangesIn = (some: Buffer): Promise<ByteRange[]> => timedRanges(async ([start, end]) => some.subarray(start, end), some.length)
  for (const some of [Buffer.alloc(0), Buffer.alloc(5_000), Buffer.from('not a film at all, only words'), bytes.subarray(0, bytes.lastIndexOf('moov') + 100)]) assert.equal(await rangesIn(some), [])
  for (const table of ['stsz', 'stsc', 'stco']) {
    const odd = Buffer.from(bytes)
    odd.fill(0xff, odd.lastIndexOf(table) + 4, odd.lastIndexOf(table) + 24)
    for (const [start, end] of await rangesIn(odd)) assert.ok(start < end && end <= odd.length, table)
  }
})

test.run()
