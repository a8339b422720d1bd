// needs: ffmpeg perl
import { execFileSync } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ExifTool, type WriteTags } from 'exiftool-vendored'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { silentLog } from '#ring/base/log.ts'
import { createDeepProber } from '../../../../node/library/deep/deep-prober.ts'
import { createExif } from '../../../../node/library/deep/exif.ts'
import { METADATA } from '../../../../node/library/deep/metadata.ts'
import { createImporter } from '../../../../node/library/importer.ts'
import { createProber, type Found, type Prober } from '../../../../node/library/probe.ts'
import { FakeRing } from '../../../ring/catalog/fake-ring.ts'
import { ffmpeg } from '../../../support/ffmpeg.ts'
import { writeHeifGrid } from '../../../support/heif-grid.ts'
import { ALDER, createLibraryRing } from '../../../support/library-ring.ts'
import { writeRaw } from '../../../support/raw-picture.ts'

interface Context { dir: string; prober: Prober; tool: ExifTool }
const test = suite<Context>('deep prober')

const TAGS: WriteTags = {
  Make: 'Canon', Model: 'Canon EOS R5', LensModel: 'RF24-70mm F2.8 L IS USM', ISO: 400, ExposureTime: '1/250', FNumber: 2.8, FocalLength: '50',
  DateTimeOriginal: '2024:05:06 07:08:09', GPSLatitude: 47.3769, GPSLatitudeRef: 'N', GPSLongitude: 8.5417, GPSLongitudeRef: 'E', GPSAltitude: 408
}

test.before(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-deep-'))
  context.prober = createDeepProber({ prober: createProber({ log: silentLog }, { processes: 1 }), exif: createExif({ log: silentLog }), folder: context.dir })
  context.tool = new ExifTool({ maxProcs: 1 })
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=800x600', '-frames:v', '1', join(context.dir, 'photo.jpg'))
  await context.tool.write(join(context.dir, 'photo.jpg'), TAGS, { writeArgs: ['-overwrite_original'] })
})
test.after(async ({ prober, tool, dir }) => {
  await prober.stop()
  await tool.end()
  await rm(dir, { recursive: true })
})

async function found(prober: Prober, path: string, shownPath?: string): Promise<Found> {
  const seen = await prober.probe(path, shownPath === undefined ? {} : { shownPath })
  if ('refused' in seen) throw new Error(seen.refused)
  return seen
}

test('a photo tells its camera, lens, settings and place, and its clock is read in the zone of that place', async ({ prober, dir }) => {
  const { probe, made } = await found(prober, join(dir, 'photo.jpg'))
  assert.equal([probe.cameraMake, probe.cameraModel, probe.lens, probe.iso, probe.shutter, probe.aperture, probe.focalLength], ['Canon', 'Canon EOS R5', 'RF24-70mm F2.8 L IS USM', 400, '1/250', 2.8, 50])
  assert.match(probe.place ?? '', /Zürich.*Switzerland/)
  assert.is(probe.country, 'CH')
  assert.equal([probe.createdAtMs, probe.createdAtZone], [Date.UTC(2024, 4, 6, 5, 8, 9), 'Europe/Zurich'])
  assert.match(probe.createdAtSource ?? '', /EXIF DateTimeOriginal/)
  const metadata = JSON.parse(Buffer.from(made?.[METADATA] ?? []).toString()) as { exif: Record<string, unknown>; ffmpeg: { streams: unknown[] } }
  assert.is(metadata.exif['ExifIFD:ISO'], 400)
  assert.is(metadata.ffmpeg.streams.length, 1)
  assert.not.ok(JSON.stringify(metadata).includes(dir), 'no path of this machine')
})

test('what is imported is found by its camera, its lens and its place', async ({ prober, dir }) => {
  const ring = new FakeRing()
  const { catalog } = await ring.node('alder')
  const { blobs } = createLibraryRing().ring
  try {
    const importer = createImporter({ blobs, catalog, prober, self: ALDER, writing: () => () => {}, log: silentLog })
    const { outcome, assetId } = await importer.importFile(join(dir, 'photo.jpg'), { batch: { id: 'card-1', source: 'scan' } })
    assert.is(outcome, 'imported')
    for (const q of ['camera:canon', 'camera:"eos r5"', 'rf24', 'zürich', 'near:zürich', 'on:2024-05-06', 'batch:card-1']) assert.equal((await catalog.search.page({ q })).hits.map(({ asset }) => asset.facts.id), [assetId], q)
    assert.equal((await catalog.search.facets({})).facets.find(({ field }) => field === 'camera')?.values.map(({ value }) => value), ['Canon EOS R5'])
  } finally {
    await ring.end()
  }
})

test('a written offset is believed before the place', async ({ prober, tool, dir }) => {
  const path = join(dir, 'offset.jpg')
  await copyFile(join(dir, 'photo.jpg'), path)
  await tool.write(path, { OffsetTimeOriginal: '-05:00' } as WriteTags, { writeArgs: ['-overwrite_original'] })
  const { probe } = await found(prober, path)
  assert.equal([probe.createdAtMs, probe.createdAtZone], [Date.UTC(2024, 4, 6, 12, 8, 9), '-05:00'])
})

test('a film tells its colour, HDR, timecode, keyframes and every stream', async ({ prober, dir }) => {
  const path = join(dir, 'hdr.mov')
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=25:d=1', '-f', 'lavfi', '-i', 'sine=d=1', '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none:keyint=10:hdr-opt=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400',
    '-pix_fmt', 'yuv420p10le', '-tag:v', 'hvc1', '-color_primaries', 'bt2020', '-color_trc', 'smpte2084', '-colorspace', 'bt2020nc', '-timecode', '10:20:30:05', '-c:a', 'aac', '-metadata', 'creation_time=2024-05-06T07:08:09Z', path)
  const { probe, made } = await found(prober, path)
  assert.equal([probe.pixelFormat, probe.bitDepth, probe.colourPrimaries, probe.colourTransfer, probe.colourMatrix, probe.hdr, probe.timecode, probe.fieldOrder], ['yuv420p10le', 10, 'bt2020', 'smpte2084', 'bt2020nc', 'HDR10', '10:20:30:05', 'progressive'])
  assert.ok((probe.keyframeEvery ?? 0) > 1 && (probe.keyframeEvery ?? 99) <= 10, `${probe.keyframeEvery}`)
  assert.equal([probe.createdAtSource, probe.createdAtZone, probe.createdAtMs], ['QuickTime CreateDate', 'UTC', Date.UTC(2024, 4, 6, 7, 8, 9)])
  const { ffmpeg: { streams } } = JSON.parse(Buffer.from(made?.[METADATA] ?? []).toString()) as { ffmpeg: { streams: Array<{ kind: string; groups: { keyframes: number } }> } }
  assert.equal(streams.map(({ kind }) => kind), ['video', 'audio', 'data'])
  assert.ok(streams[0]!.groups.keyframes >= 3)
})

test('the tiles of an iPhone picture are put together, cropped and turned; one with damaged tiles is refused', async ({ prober, dir }) => {
  writeHeifGrid(join(dir, 'grid.heic'), { turns: 1 })
  const { probe, kind, mime, poster } = await found(prober, join(dir, 'grid.heic'))
  assert.equal([kind, mime, probe.width, probe.height, probe.rotation], ['image', 'image/heic', 240, 200, 270])
  await writeFile(join(dir, 'poster.jpg'), poster ?? '')
  const pixels = execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-i', join(dir, 'poster.jpg'), '-vf', 'format=rgb24,scale=2:2:flags=area', '-f', 'rawvideo', '-'])
  const strongest = [0, 1, 2, 3].map((i) => { const [r = 0, g = 0, b = 0] = pixels.subarray(i * 3, i * 3 + 3); return Math.min(r, g, b) > 150 ? 'white' : r > g && r > b ? 'red' : g > b ? 'green' : 'blue' })
  assert.equal(strongest, ['green', 'white', 'red', 'blue'], 'red green over blue white, a quarter turn against the clock')
  writeHeifGrid(join(dir, 'bad.heic'), { lose: 400 })
  const seen = await prober.probe(join(dir, 'bad.heic'))
  assert.match(Reflect.get(seen, 'refused') ?? '', /damaged/)
})

test('a raw picture comes in with the preview inside it, upright', async ({ prober, dir }) => {
  await writeRaw(join(dir, 'upload'), await readFile(join(dir, 'photo.jpg')), 6)
  const { kind, mime, poster, probe, hash } = await found(prober, join(dir, 'upload'), 'card/DSC_0001.NEF')
  assert.equal([kind, mime, probe.container, probe.width, probe.height, probe.rotation], ['image', 'image/x-nikon-nef', 'nef', 6000, 4000, 90])
  await writeFile(join(dir, 'raw.jpg'), poster ?? '')
  const { probe: shown } = await found(prober, join(dir, 'raw.jpg'))
  assert.equal([shown.width, shown.height], [480, 640])
  assert.match(hash ?? '', /^[0-9a-f]{16}$/)
})

test('formats that nothing here can show come in by their bytes and name, never by their name alone', async ({ prober, dir }) => {
  await writeFile(join(dir, 'r3d'), Buffer.from('\0\0\x01\0RED2' + 'x'.repeat(200), 'latin1'))
  const red = await found(prober, join(dir, 'r3d'), 'A001_C001_0101AB_001.R3D')
  assert.equal([red.kind, red.mime, red.probe.container, red.poster], ['video', 'video/x-red-r3d', 'r3d', undefined])
  ffmpeg('-f', 'lavfi', '-i', 'sine=d=1', '-f', 'lavfi', '-i', 'testsrc2=s=160x90:d=1', '-c:v', 'prores_ks', '-profile:v', 'standard', '-c:a', 'pcm_s16le', join(dir, 'clip.mov'))
  const clip = await readFile(join(dir, 'clip.mov'))
  for (let at = clip.indexOf('apcn'); at >= 0; at = clip.indexOf('apcn', at + 4)) clip.write('brxq', at, 'latin1')
  await writeFile(join(dir, 'braw'), clip)
  const braw = await found(prober, join(dir, 'braw'), 'A001_1.braw')
  assert.equal([braw.kind, braw.mime, braw.probe.videoCodec, braw.probe.width, braw.probe.audioCodec], ['video', 'video/x-blackmagic-braw', 'brxq', 160, 'pcm_s16le'])
  assert.match(Reflect.get(await prober.probe(join(dir, 'r3d'), { shownPath: 'clip.nef' }), 'refused') ?? found.name, /found/)
  await writeFile(join(dir, 'text'), 'not a picture at all')
  assert.match(Reflect.get(await prober.probe(join(dir, 'text'), { shownPath: 'DSC_0001.NEF' }), 'refused') ?? '', /not a media file/)
})

test('without perl a file comes in as FFmpeg reads it, and it is said why there is no more', async ({ dir }) => {
  const exif = createExif({ log: silentLog, perl: join(dir, 'no-perl') })
  const prober = createDeepProber({ prober: createProber({ log: silentLog }), exif, folder: dir })
  const { probe, made } = await found(prober, join(dir, 'photo.jpg'))
  assert.equal([probe.width, probe.cameraModel, made?.[METADATA]], [800, undefined, undefined])
  assert.match(await exif.missing() ?? '', /needs perl.*install perl/)
  await prober.stop()
})

test('a file whose name would be an order to ExifTool is not given to it', async ({ prober, dir }) => {
  const path = join(dir, 'a\n-execute\n-Comment=x\n.jpg')
  await copyFile(join(dir, 'photo.jpg'), path)
  const before = await readFile(path)
  const { made } = await found(prober, path)
  assert.is(made?.[METADATA], undefined)
  assert.ok((await readFile(path)).equals(before))
})

test.run()
