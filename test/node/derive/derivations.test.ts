// needs: ffmpeg perl
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PeerId } from '#protocols/ids.ts'
import { PICTURE_HASH } from '#ring'
import { masterPlaylist, mediaPlaylist, parsePlan } from '../../../node/derive/proxy-playlist.ts'
import { PROXY, SPRITE, STILL, WAVEFORM } from '../../../node/derive/wanted.ts'
import { type Metadata, METADATA } from '../../../node/library/deep/metadata.ts'
import { ffmpeg } from '../../support/ffmpeg.ts'
import { createMediaFolder, type MediaFolder } from '../../support/media-folder.ts'
import { DeriveRing } from '../../support/derive-ring.ts'
import { writeHeifGrid } from '../../support/heif-grid.ts'
import { writeTimedGps } from '../../support/timed-gps.ts'
import { until } from '../../support/until.ts'

interface Context { media: MediaFolder; dir: string; ring: DeriveRing }
const test = suite<Context>('derivations')

test.before(async (context) => {
  context.media = await createMediaFolder(['day1/a.mp4', 'day1/c.mkv', 'day2/prores.mov', 'sound/tone.mp3', 'stills/photo.jpg'])
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-derive-test-'))
})
test.before.each(async (context) => { context.ring = await DeriveRing.create() })
test.after.each(({ ring }) => ring.end())
test.after(async ({ media, dir }) => {
  await media.remove()
  await rm(dir, { recursive: true })
})

const programThat = async (dir: string, name: string, does: string): Promise<URL> => {
  await writeFile(join(dir, `${name}.mjs`), `process.on('message', () => { ${does} })`)
  return pathToFileURL(join(dir, `${name}.mjs`))
}
const quiet = (ring: DeriveRing): boolean => ring.jobs.list().length > 0 && ring.jobs.list().every(({ endedMs }) => endedMs !== null)
const sizeOf = (path: string): string => execFileSync('/usr/bin/ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name,width,height', '-of', 'csv=p=0', path]).toString().trim().replace(/\s+/g, ' ')

test('a film that browsers do not play gets pictures to scrub, a waveform and a proxy that decodes to its end; the original stays', async ({ ring, media, dir }) => {
  const { assetId } = await ring.importer.importFile(media.path('day2/prores.mov'))
  const before = await ring.bytes(ring.asset(assetId).facts.blob)
  await ring.derivations.start()
  await until(() => [SPRITE, WAVEFORM, PROXY].every((name) => ring.asset(assetId).made[name] !== undefined), 'all is made')
  const { made, found, facts } = ring.asset(assetId)
  await writeFile(join(dir, 'sprite.jpg'), await ring.bytes(made[SPRITE]))
  assert.is(sizeOf(join(dir, 'sprite.jpg')), 'mjpeg,1600,90')
  const { seconds, peaks } = JSON.parse((await ring.bytes(made[WAVEFORM])).toString()) as { seconds: number; peaks: number[] }
  assert.ok(Math.abs(seconds - 1.2) < 0.1 && peaks.length === 2000 && Math.max(...peaks) > 20, `${seconds} s`)
  assert.match(found[PICTURE_HASH] ?? '', /^([0-9a-f]{16}|-)(,([0-9a-f]{16}|-)){4}$/)
  const plan = parsePlan((await ring.bytes(made[PROXY])).toString())
  const [rendition] = plan?.renditions ?? []
  assert.equal([rendition?.width, rendition?.height, rendition?.codecs.startsWith('avc1.64')], [320, 180, true])
  const proxy = await ring.bytes(made[`proxy-${rendition?.name}@1`])
  const told = rendition!.head + rendition!.segments.reduce((sum, [bytes]) => sum + bytes, 0)
  assert.ok(told <= proxy.length && proxy.length - told < 500, 'the ranges are all of it but its index')
  await writeFile(join(dir, 'proxy.mp4'), proxy.subarray(0, told))
  assert.match(sizeOf(join(dir, 'proxy.mp4')), /^h264,320,180,? aac/)
  const pictures = execFileSync('/usr/bin/ffprobe', ['-v', 'error', '-count_frames', '-select_streams', 'v', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', join(dir, 'proxy.mp4')]).toString()
  assert.is(Number.parseInt(pictures, 10), 30)
  assert.match(mediaPlaylist(rendition!), /#EXT-X-MAP:URI="180.mp4",BYTERANGE="\d+@0"\n#EXTINF:1\.\d+,\n#EXT-X-BYTERANGE:\d+@\d+\n180.mp4\n#EXT-X-ENDLIST/)
  assert.ok((await ring.bytes(facts.blob)).equals(before))
})

test('what is larger than its poster gets a still as large as a screen, upright and of the same moment, never larger than it is', async ({ ring, media, dir }) => {
  const make = (name: string, ...how: string[]): string => { execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', ...how, join(dir, name)]); return join(dir, name) }
  const photo = make('photo.jpg', '-i', 'testsrc2=s=3000x2000', '-frames:v', '1')
  const film = make('lying.mp4', '-i', 'testsrc2=s=1280x720:r=10:d=2', '-c:v', 'mpeg4', '-q:v', '5')
  const turned = join(dir, 'turned.mp4')
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', '-i', film, '-c', 'copy', '-metadata:s:v', 'rotate=90', turned])
  const [large, upright, small] = await Promise.all([photo, turned, media.path('day2/prores.mov')].map(async (path) => (await ring.importer.importFile(path)).assetId ?? ''))
  await ring.derivations.start()
  await until(() => [large, upright].every((id) => ring.asset(id!).made[STILL] !== undefined) && quiet(ring), 'the stills are made', 120_000)
  const sizes: string[] = []
  for (const id of [large, upright]) {
    await writeFile(join(dir, 'still.jpg'), await ring.bytes(ring.asset(id!).made[STILL]))
    sizes.push(sizeOf(join(dir, 'still.jpg')))
  }
  assert.equal(sizes, ['mjpeg,1920,1280', 'mjpeg,720,1280'])
  await writeFile(join(dir, 'poster.jpg'), await ring.bytes(ring.asset(upright!).poster))
  const likeness = spawnSync('/usr/bin/ffmpeg', ['-i', join(dir, 'still.jpg'), '-i', join(dir, 'poster.jpg'), '-lavfi', '[0]scale=360:640[a];[a][1]ssim', '-f', 'null', '-']).stderr.toString()
  assert.ok(Number(/All:([\d.]+)/.exec(likeness)?.[1]) > 0.9, likeness.slice(-300))
  assert.is(ring.derivations.status(ring.asset(small!)).some(({ name }) => name === 'still'), false)
})

test('a large film gets two renditions that are cut at the same moments; both play to their end, and the master playlist names both', async ({ ring, dir }) => {
  const film = join(dir, 'large.mov')
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc=s=1920x1080:r=10:d=5', '-f', 'lavfi', '-i', 'sine=d=5', '-c:v', 'mpeg2video', '-q:v', '8', '-c:a', 'pcm_s16le', film])
  const { assetId } = await ring.importer.importFile(film)
  await ring.derivations.start()
  await until(() => ring.asset(assetId).made[PROXY] !== undefined, 'the proxy is made', 120_000)
  const { made } = ring.asset(assetId)
  const plan = parsePlan((await ring.bytes(made[PROXY])).toString())!
  assert.equal(plan.renditions.map(({ name, width, height, segments }) => [name, width, height, segments.map(([, seconds]) => Math.round(seconds))]), [['1080', 1920, 1080, [2, 2, 1]], ['540', 960, 540, [2, 2, 1]]])
  for (const { name, width, height } of plan.renditions) {
    await writeFile(join(dir, `${name}.mp4`), await ring.bytes(made[`proxy-${name}@1`]))
    assert.match(sizeOf(join(dir, `${name}.mp4`)), new RegExp(`^h264,${width},${height},? aac`))
    const pictures = execFileSync('/usr/bin/ffprobe', ['-v', 'error', '-count_frames', '-select_streams', 'v', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', join(dir, `${name}.mp4`)]).toString()
    assert.is(Number.parseInt(pictures, 10), 50, name)
  }
  const [large, small] = masterPlaylist(plan).matchAll(/BANDWIDTH=(\d+),AVERAGE-BANDWIDTH=\d+,RESOLUTION=(\d+x\d+),CODECS="avc1\.64[0-9A-F]{4},mp4a\.40\.2"\n(\d+\.m3u8)/g)
  assert.equal([large?.[2], large?.[3], small?.[2], small?.[3]], ['1920x1080', '1080.m3u8', '960x540', '540.m3u8'])
  assert.ok(Number(large?.[1]) > Number(small?.[1]))
})

test('what browsers play gets no proxy, sound no sprite, a picture nothing that it had at its import', async ({ ring, media }) => {
  const ids = await Promise.all(['day1/a.mp4', 'sound/tone.mp3', 'stills/photo.jpg'].map(async (name) => (await ring.importer.importFile(media.path(name))).assetId))
  await ring.derivations.start()
  await until(() => ids.every((id) => ring.derivations.status(ring.asset(id)).every(({ state }) => state === 'made')), 'all is made')
  const names = ids.map((id) => ring.derivations.status(ring.asset(id)).map(({ name }) => name).join())
  assert.equal(names, ['metadata,sprite,waveform', 'metadata,waveform', 'metadata,look'])
})

test('a film that notes where it is while it runs is looked through in the background: its place, its town and its clock', async ({ ring, dir }) => {
  const film = join(dir, 'GX010001.MP4')
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=25:d=2', '-c:v', 'libx264', '-preset', 'ultrafast', join(dir, 'plain.mp4'))
  await writeTimedGps(join(dir, 'plain.mp4'), film, [{ latitude: 47.3769, longitude: 8.5417, altitude: 408, clock: '240506050807.000', locked: true }])
  const { assetId } = await ring.importer.importFile(film)
  const { made, facts } = ring.asset(assetId)
  assert.equal([made[METADATA], facts.probe.gps], [undefined, undefined])
  await ring.derivations.start()
  await until(() => ring.asset(assetId).made[METADATA] !== undefined, 'it was looked through')
  const later = JSON.parse(ring.asset(assetId).found['probe'] ?? '') as Record<string, unknown>
  assert.equal([later['gps'], later['country'], later['createdAtMs'], later['createdAtSource']], [{ latitude: 47.3769, longitude: 8.5417, altitude: 408 }, 'CH', Date.UTC(2024, 4, 6, 5, 8, 7), 'GPS clock'])
  const read = JSON.parse((await ring.bytes(ring.asset(assetId).made[METADATA])).toString()) as Metadata
  assert.ok(read.ffmpeg !== undefined && read.exif?.['Timed:GPSPosition'] !== undefined, 'with what was read at the import')
})

test('another node makes it, until that one dies: then this one does', async ({ ring, media }) => {
  ring.owner = 'birch-peer' as PeerId
  const { assetId } = await ring.importer.importFile(media.path('day1/a.mp4'))
  await ring.derivations.start()
  await ring.derivations.look()
  assert.equal(ring.derivations.status(ring.asset(assetId)).filter(({ state }) => state !== 'made').map(({ name, state, node }) => `${name} ${state} ${node}`), ['sprite elsewhere birch', 'waveform elsewhere birch'])
  assert.is(ring.jobs.list().length, 0)
  ring.owner = ring.library.ring.self
  ring.membersChanged.emit()
  await until(() => ring.asset(assetId).made[SPRITE] !== undefined, 'this node makes it')
})

test('a file that ends its process fails alone, with a reason, and can be tried again from its job', async ({ ring, media, dir }) => {
  const program = await programThat(dir, 'crash', `process.kill(process.pid, 'SIGSEGV')`)
  await ring.again(program)
  const { assetId } = await ring.importer.importFile(media.path('day2/prores.mov'))
  await until(() => quiet(ring) && ring.jobs.list().length === 2, 'both jobs ended')
  for (const job of ring.jobs.list()) {
    assert.is(job.state, 'failed', job.kind)
    assert.match(job.error ?? '', /the file is damaged: the process that reads it was ended by SIGSEGV/)
    assert.is(job.results[0]?.assetId, assetId)
  }
  assert.equal(ring.derivations.status(ring.asset(assetId)).filter(({ state }) => state === 'failed').map(({ name }) => name), ['sprite', 'waveform', 'proxy'])
  const tries = ring.jobs.list().map(({ id }) => ring.jobs.retry(id).id)
  await until(() => tries.every((id) => ring.jobs.find(id).endedMs !== null), 'they were tried again')
  assert.is(ring.jobs.list()[0]?.state, 'failed')
  await ring.again()
  await until(() => ring.asset(assetId).made[PROXY] !== undefined && ring.asset(assetId).made[SPRITE] !== undefined, 'a good program makes them')
})

test('an original that was damaged in the ring fails with what is wrong with it, and the next one is made', async ({ ring, media }) => {
  const bad = (await ring.importer.importFile(media.path('day1/c.mkv'))).assetId
  const good = (await ring.importer.importFile(media.path('day1/a.mp4'))).assetId
  const { chunks } = await ring.library.ring.blobs.stat(ring.asset(bad).facts.blob!)
  for (const id of chunks) ring.library.chunks.set(id, new Uint8Array(ring.library.chunks.get(id)!.length))
  await ring.derivations.start()
  await until(() => ring.asset(good).made[WAVEFORM] !== undefined && quiet(ring), 'the good one is made')
  const failed = ring.derivations.status(ring.asset(bad)).filter(({ state }) => state === 'failed')
  assert.equal(failed.map(({ name }) => name), ['sprite', 'waveform', 'proxy'])
  for (const { reason } of failed) assert.match(reason ?? '', /^its original does not read any more as the file that came in \(FFmpeg says: Invalid data found[^)]*\): it was damaged since, or parts of it are out of reach\. Have it checked with thatdam verify; when no whole copy of it is left, bring the file in again$/)
  const results = ring.jobs.list().flatMap((job) => job.results.map(({ path, reason }) => `${path} ${reason?.slice(0, 23)}`))
  assert.equal(results.sort(), ['c.mkv proxy: its original doe', 'c.mkv sprite: its original do', 'c.mkv waveform: its original '])
})

test('stopping ends what is being made, and nothing is left of it', async ({ ring, media, dir }) => {
  await ring.again(await programThat(dir, 'hang', 'for (;;);'))
  await ring.importer.importFile(media.path('day1/a.mp4'))
  await until(() => ring.jobs.list().some(({ step }) => step?.startsWith('sprite') === true), 'it is being made')
  await ring.jobs.stop()
  assert.ok(quiet(ring))
  assert.match(ring.jobs.list()[0]?.error ?? '', /the node was stopped/)
})

test('the halves of a live photo become one stack, once: what a person undoes stays undone', async ({ ring, dir }) => {
  writeHeifGrid(join(dir, 'IMG_0001.HEIC'))
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc=s=128x96:d=1', '-c:v', 'libx264', '-pix_fmt', 'yuv420p', join(dir, 'IMG_0001.MOV')])
  await ring.derivations.start()
  const ids = await Promise.all(['IMG_0001.HEIC', 'IMG_0001.MOV'].map(async (name) => (await ring.importer.importFile(join(dir, name))).assetId))
  await until(() => ids.every((id) => ring.asset(id).marks.stack !== ''), 'both are in a stack')
  const [picture, film] = ids.map((id) => ring.asset(id))
  assert.is(picture?.marks.stack, film?.marks.stack)
  await ring.library.ring.catalog.editAsset(picture!.facts.id, { marks: { stack: '' } })
  await ring.derivations.look()
  await until(() => quiet(ring) && ring.derivations.status(ring.asset(ids[1]!)).every(({ state }) => state === 'made'), 'the rest is made')
  assert.is(ring.asset(ids[0]!).marks.stack, '')
})

test('what is in the trash gets nothing made', async ({ ring, media }) => {
  const { assetId } = await ring.importer.importFile(media.path('day1/a.mp4'))
  await ring.library.ring.catalog.editAsset(ring.asset(assetId).facts.id, { deleted: true })
  await ring.derivations.start()
  await ring.derivations.look()
  assert.is(ring.jobs.list().length, 0)
})

test('originals are lent only while they are needed, to whoever was told where', async ({ ring, media }) => {
  const { assetId } = await ring.importer.importFile(media.path('stills/photo.jpg'))
  const { blob, size } = ring.asset(assetId).facts
  let lent = ''
  await ring.door.lend((range, options) => ring.library.ring.blobs.read(blob!, range, options), size, async (url) => {
    lent = url
    assert.is((await (await fetch(url, { headers: { range: 'bytes=2-5' } })).arrayBuffer()).byteLength, 4)
    assert.is((await fetch(url, { headers: { range: `bytes=${size}-` } })).status, 416)
    assert.is((await fetch(url.replace(/.$/, 'x'))).status, 404)
    assert.is((await fetch(url, { method: 'POST' })).status, 404)
  })
  assert.is((await fetch(lent)).status, 404)
})

test.run()
