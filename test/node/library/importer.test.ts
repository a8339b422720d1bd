// needs: ffmpeg
import { createHash } from 'node:crypto'
import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAssetId } from '#protocols/ids.ts'
import type { ImportResult } from '#protocols/http.ts'
import { silentLog } from '#ring/base/log.ts'
import { createImporter, type LibraryImporter, sentPath, shownPath } from '../../../node/library/importer.ts'
import { isJunkName } from '../../../node/library/junk.ts'
import { MAX_SIDECAR_BYTES } from '../../../node/library/deep/sidecars.ts'
import { createWaitingSidecars } from '../../../node/library/deep/waiting-sidecars.ts'
import { createProber, type Prober } from '../../../node/library/probe.ts'
import { createSidecars } from '../../../node/organise/xmp/sidecars.ts'
import { writeXmp } from '../../../node/organise/xmp/write-xmp.ts'
import { NO_MARKS } from '../../../ring/catalog/asset-marks.ts'
import { ALDER, createLibraryRing, type LibraryRing } from '../../support/library-ring.ts'
import { createMediaFolder, type MediaFolder } from '../../support/media-folder.ts'
import { writeRaw } from '../../support/raw-picture.ts'

interface Context { media: MediaFolder; prober: Prober; library: LibraryRing; importer: LibraryImporter }
const test = suite<Context>('importer')

const importerOf = (library: LibraryRing, prober: Pick<Prober, 'probe'>, folder: string): LibraryImporter =>
  createImporter({ blobs: library.ring.blobs, catalog: library.ring.catalog, prober, waiting: createWaitingSidecars(folder), self: ALDER, writing: () => () => {}, log: silentLog })

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

const sha256 = async (path: string): Promise<string> => createHash('sha256').update(await readFile(path)).digest('hex')

let count = 0

test.before(async (context) => {
  context.media = await createMediaFolder()
  context.prober = createProber({ log: silentLog })
})
test.before.each((context) => {
  context.library = createLibraryRing()
  context.importer = importerOf(context.library, context.prober, context.media.path(`waiting-${++count}`))
})
test.after(async (context) => {
  await context.prober.stop()
  await context.media.remove()
})

const EXPECTED: Record<string, [kind: string, mime: string, codec: string]> = {
  'day1/a.mp4': ['video', 'video/mp4', 'h264'], 'day1/b.mov': ['video', 'video/quicktime', 'h264'], 'day1/c.mkv': ['video', 'video/x-matroska', 'h264'],
  'day2/hevc.mp4': ['video', 'video/mp4', 'hevc'], 'day2/prores.mov': ['video', 'video/quicktime', 'prores'], 'day2/vp9.webm': ['video', 'video/webm', 'vp9'],
  'sound/tone.wav': ['audio', 'audio/wav', 'pcm_s16le'], 'sound/tone.flac': ['audio', 'audio/flac', 'flac'], 'sound/tone.mp3': ['audio', 'audio/mpeg', 'mp3'], 'sound/tone.ogg': ['audio', 'audio/ogg', 'vorbis'],
  'stills/photo.jpg': ['image', 'image/jpeg', 'mjpeg'], 'stills/shot.png': ['image', 'image/png', 'png'], 'stills/web.webp': ['image', 'image/webp', 'webp']
}

test('every kind of file is what its bytes say, and comes out with the bytes it went in with', async ({ media, library, importer }) => {
  for (const name of media.whole) {
    const result = await importer.importFile(media.path(name))
    assert.is(result.outcome, 'imported', `${name}: ${result.reason}`)
    const asset = library.assets.get(parseAssetId(result.assetId ?? ''))
    assert.equal([asset?.facts.kind, asset?.facts.mime, asset?.facts.probe.videoCodec ?? asset?.facts.probe.audioCodec], EXPECTED[name], name)
    assert.is(asset?.facts.id, await sha256(media.path(name)), name)
    const out = await bytesOf(library.ring.blobs.read(asset!.facts.blob!))
    assert.ok(out.equals(await readFile(media.path(name))), name)
    const poster = await bytesOf(library.ring.blobs.read(asset!.poster!))
    assert.is(poster.subarray(0, 3).toString('hex'), 'ffd8ff', name)
  }
})

test('a film tells its length, size, rates, time and place', async ({ media, library, importer }) => {
  const { assetId } = await importer.importFile(media.path('day1/a.mp4'))
  const { probe } = library.assets.get(parseAssetId(assetId ?? ''))!.facts
  assert.ok(Math.abs((probe.durationMs ?? 0) - 1_200) < 60, `${probe.durationMs} ms`)
  assert.equal([probe.container, probe.width, probe.height, probe.framesPerSecond, probe.audioCodec, probe.sampleRate, probe.channels], ['mp4', 320, 180, 25, 'aac', 48_000, 1])
  assert.is(probe.createdAtMs, Date.UTC(2024, 4, 6, 7, 8, 9))
  assert.equal(probe.gps, { latitude: 47.3769, longitude: 8.5417, altitude: 408 })
})

test('what is empty, cut off or no media is refused with a reason, and nothing of it is kept', async ({ media, library, importer }) => {
  const reasons: Record<string, RegExp> = { empty: /empty file/, text: /not a media file/, no: /cut off/, cut: /cut off/ }
  for (const name of media.broken) {
    const result = await importer.importFile(media.path(name))
    assert.is(result.outcome, 'refused', name)
    assert.match(result.reason ?? '', reasons[/\/(\w+)/.exec(name)?.[1] ?? ''] ?? /^$/, name)
  }
  assert.is(library.assets.size, 0)
  assert.is(library.chunks.size, 0)
})

test('the same bytes again are known: one asset, one copy of its chunks, one more place', async ({ media, library, importer }) => {
  const first = await importer.importFile(media.path('stills/shot.png'))
  const chunks = library.chunks.size
  assert.is((await importer.importFile(media.path('stills/shot.png'))).outcome, 'known')
  const elsewhere = await importer.importFile(media.path('stills/shot.png'), { shownPath: 'Card 2/shot.png' })
  assert.equal([elsewhere.outcome, elsewhere.assetId], ['known', first.assetId])
  assert.is(library.chunks.size, chunks)
  assert.equal(library.assets.get(parseAssetId(first.assetId ?? ''))?.locations.map(({ path }) => path), [media.path('stills/shot.png'), 'Card 2/shot.png'])
})

test('a file of a folder is told by its name where its bytes do not tell, as raw pictures', async ({ media, library, importer }) => {
  await writeRaw(media.path('DSC_0001.NEF'), await readFile(media.path('stills/photo.jpg')), 1)
  const { outcome, reason, assetId } = await importer.importFile(media.path('DSC_0001.NEF'))
  assert.is(outcome, 'imported', reason ?? '')
  assert.is(library.assets.get(parseAssetId(assetId ?? ''))?.facts.mime, 'image/x-nikon-nef')
})

const besideOf = async ({ ring, assets }: LibraryRing, assetId: string | null): Promise<Record<string, string>> => {
  const { sidecars } = assets.get(parseAssetId(assetId ?? ''))!
  return Object.fromEntries(await Promise.all(Object.entries(sidecars).map(async ([name, blob]) => [name, (await bytesOf(ring.blobs.read(blob))).toString()])))
}

test('what phones and cameras write beside footage is put beside it, whichever comes first, and waits where nothing is', async ({ media, library, importer }) => {
  const beside = media.path('beside')
  const bring = async (shownPath: string, text: string): Promise<ImportResult> => { await writeFile(beside, text); return importer.importFile(beside, { shownPath }) }
  const early = await bring('DCIM/IMG_0001.AAE', '<plist/>')
  assert.equal([early.outcome, early.assetId], ['imported', null])
  assert.match(early.reason ?? '', /waits here/)
  const { assetId: photo } = await importer.importFile(media.path('stills/photo.jpg'), { shownPath: 'DCIM/IMG_0001.JPG' })
  for (const [name, text] of [['C0001M01.XML', '<xml/>'], ['C0001.THM', 'picture'], ['C0001.cpi', 'info'], ['C0001.srt', '1'], ['C0002M01.XML', '<other/>']]) await bring(`CARD/CLIP/${name}`, text!)
  const { assetId: clip } = await importer.importFile(media.path('day1/a.mp4'), { shownPath: 'CARD/CLIP/C0001.MP4' })
  assert.equal(await besideOf(library, photo), { 'IMG_0001.AAE': '<plist/>' })
  assert.equal(await besideOf(library, clip), { 'C0001M01.XML': '<xml/>', 'C0001.THM': 'picture', 'C0001.cpi': 'info', 'C0001.srt': '1' })
  const late = await bring('DCIM/IMG_O0001.AAE', '<plist>late</plist>')
  assert.equal([late.outcome, late.assetId], ['imported', photo])
  assert.equal([(await bring('DCIM/IMG_0001.AAE', '<plist/>')).outcome, library.assets.size], ['known', 2])
  assert.match((await bring('DCIM/IMG_0001.AAE', 'x'.repeat(MAX_SIDECAR_BYTES + 1))).reason ?? '', /at most 8388608 bytes/)
  await rm(beside)
})

test('cameras use names again: each clip keeps what lay beside it, whether that comes before it or after it, in one import or in two', async ({ media, library, importer }) => {
  const beside = media.path('beside')
  const bring = async (shownPath: string, text: string, id: string): Promise<unknown> => { await writeFile(beside, text); return importer.importFile(beside, { shownPath, batch: { id, source: 'upload' } }) }
  const clip = async (name: string, shownPath: string, id: string): Promise<string | null> => (await importer.importFile(media.path(name), { shownPath, batch: { id, source: 'upload' } })).assetId
  for (const [order, from, to] of [['first', 'one', 'one'], ['last', 'one', 'one'], ['first', 'one', 'two'], ['last', 'one', 'two']] as const) {
    const folder = `${order}-${to}/CLIP`
    const both = async (name: string, text: string, id: string): Promise<string | null> => {
      if (order === 'first') await bring(`${folder}/C0001M01.XML`, text, id)
      const asset = await clip(name, `${folder}/C0001.MP4`, id)
      if (order === 'last') assert.equal(await besideOf(library, asset), {}, 'what belongs to the first is not the second\'s')
      if (order === 'last') await bring(`${folder}/C0001M01.XML`, text, id)
      return asset
    }
    library.assets.clear()
    const [a, b] = [await both('day1/a.mp4', '<a/>', from), await both('day1/b.mov', '<b/>', to)]
    assert.equal([await besideOf(library, a), await besideOf(library, b)], [{ 'C0001M01.XML': '<a/>' }, { 'C0001M01.XML': '<b/>' }], folder)
    await bring(`${folder}/C0001M01.XML`, '<b2/>', to)
    assert.equal([await besideOf(library, a), await besideOf(library, b)], [{ 'C0001M01.XML': '<a/>' }, { 'C0001M01.XML': '<b2/>' }], folder)
  }
  await rm(beside)
})

test('sidecars of one path that come before their clips wait side by side, and each goes to the clip of its import, whatever came between', async ({ media, library, importer }) => {
  library.assets.clear()
  const beside = media.path('beside')
  const bring = async (text: string, id: string): Promise<ImportResult> => { await writeFile(beside, text); return importer.importFile(beside, { shownPath: 'early/C0001M01.XML', batch: { id, source: 'upload' } }) }
  const clip = async (name: string, id: string): Promise<string | null> => (await importer.importFile(media.path(name), { shownPath: 'early/C0001.MP4', batch: { id, source: 'upload' } })).assetId
  await bring('<a/>', 'one')
  assert.not.match((await bring('<b/>', 'two')).reason ?? '', /took the place/)
  assert.match((await bring('<b2/>', 'two')).reason ?? '', /took the place of another/)
  const [b, other, a] = [await clip('day1/b.mov', 'two'), await clip('stills/photo.jpg', 'three'), await clip('day1/a.mp4', 'one')]
  assert.equal(await besideOf(library, b), { 'C0001M01.XML': '<b2/>' })
  assert.equal(await besideOf(library, a), { 'C0001M01.XML': '<a/>' }, 'its own, which another took while it had not come')
  assert.equal(await besideOf(library, other), {})
  await rm(beside)
})

test('words of sidecars go to the clip they came with, where cameras use names again', async ({ media, library, prober }) => {
  const waiting = createWaitingSidecars(media.path(`waiting-words-${++count}`))
  const plain = createImporter({ blobs: library.ring.blobs, catalog: library.ring.catalog, prober, waiting, self: ALDER, writing: () => () => {}, log: silentLog })
  const { catalog } = library.ring
  const importer = createSidecars({ catalog, waiting, self: ALDER, folders: { allowing: () => undefined } }).reading(plain)
  const beside = media.path('beside')
  const bring = async (shownPath: string, description: string, tag: string, id: string): Promise<unknown> => {
    await writeFile(beside, writeXmp({ title: '', notes: description, rating: 0, tags: tag === '' ? [] : [tag], marks: NO_MARKS, fields: {} }))
    return importer.importFile(beside, { shownPath, batch: { id, source: 'upload' } })
  }
  const clip = async (name: string, shownPath: string, id: string): Promise<string> => (await importer.importFile(media.path(name), { shownPath, batch: { id, source: 'upload' } })).assetId ?? ''
  const wordsOf = (id: string): unknown[] => { const { notes, tags } = library.assets.get(parseAssetId(id))!; return [notes, tags] }
  for (const [order, from, to] of [['first', 'one', 'one'], ['last', 'one', 'one'], ['first', 'one', 'two'], ['last', 'one', 'two']] as const) {
    library.assets.clear()
    const path = `${order}-${to}/C0001`
    const both = async (name: string, words: readonly [string, string], id: string): Promise<string> => {
      if (order === 'first') await bring(`${path}.xmp`, ...words, id)
      const asset = await clip(name, `${path}.MP4`, id)
      if (order === 'last') await bring(`${path}.xmp`, ...words, id)
      return asset
    }
    const [a, b] = [await both('day1/a.mp4', ['of a', ''], from), await both('day1/b.mov', ['of b', 'b'], to)]
    assert.equal([wordsOf(a), wordsOf(b)], [['of a', []], ['of b', ['b']]], path)
  }
  library.assets.clear()
  await bring('early/C0001.xmp', 'of a', 'a', 'one')
  await bring('early/C0001.xmp', 'of b', '', 'two')
  const [between, b, a] = [await clip('sound/tone.wav', 'early/C0001.MP4', 'three'), await clip('day1/b.mov', 'early/C0001.MP4', 'two'), await clip('day1/a.mp4', 'early/C0001.MP4', 'one')]
  assert.equal([wordsOf(between), wordsOf(b), wordsOf(a)], [['', []], ['of b', []], ['of a', ['a']]], 'before their clips, and one that is of neither between')
  await rm(beside)
})

test('a file that need not be sent brings what waits for it, too', async ({ media, library, importer }) => {
  const { assetId } = await importer.importFile(media.path('stills/photo.jpg'), { shownPath: 'one/IMG_0001.JPG' })
  const beside = media.path('beside')
  await writeFile(beside, '<plist/>')
  await importer.importFile(beside, { shownPath: 'two/IMG_0001.AAE' })
  assert.equal(await besideOf(library, assetId), {})
  await importer.importKnown(parseAssetId(assetId ?? ''), { shownPath: 'two/IMG_0001.JPG' })
  assert.equal(await besideOf(library, assetId), { 'IMG_0001.AAE': '<plist/>' })
  await rm(beside)
})

test('when a file was last written is its own time, or what is said of it: null is nobody knows', async ({ media, library, importer }) => {
  const timeOf = async (name: string, modifiedAtMs?: number | null): Promise<number | undefined> => {
    const { assetId } = await importer.importFile(media.path(name), { shownPath: name, ...(modifiedAtMs !== undefined && { modifiedAtMs }) })
    return library.assets.get(parseAssetId(assetId ?? ''))?.facts.modifiedAtMs
  }
  const { mtimeMs } = await stat(media.path('stills/shot.png'))
  assert.equal([await timeOf('stills/shot.png'), await timeOf('stills/web.webp', 5), await timeOf('stills/photo.jpg', null)], [Math.floor(mtimeMs), 5, undefined])
})

test('a deleted asset that is imported again is back', async ({ media, library, importer }) => {
  const { assetId } = await importer.importFile(media.path('stills/shot.png'))
  await library.ring.catalog.editAsset(parseAssetId(assetId ?? ''), { deleted: true })
  assert.is((await importer.importFile(media.path('stills/shot.png'))).outcome, 'imported')
})

test('a file that grows while it is read is refused', async ({ media, library, prober }) => {
  const path = media.path('growing.wav')
  await writeFile(path, await readFile(media.path('sound/tone.wav')))
  const importer = importerOf(library, {
    probe: async (...args) => {
      const found = await prober.probe(...args)
      await appendFile(path, 'more')
      return found
    }
  }, media.path('waiting'))
  const result = await importer.importFile(path)
  await rm(path)
  assert.is(result.outcome, 'refused')
  assert.match(result.reason ?? '', /changed while it was read/)
  assert.is(library.assets.size, 0)
})

test('shown paths keep their folders and lose what could mislead; what is sent has no path of this machine', () => {
  assert.is(shownPath('card/../../etc/passwd'), 'card/etc/passwd')
  assert.is(shownPath('C:\\clips\\a.mp4'), 'C:/clips/a.mp4')
  assert.is(shownPath('a\u0000b\r\n\u202Egpj.mp4'), 'abgpj.mp4')
  assert.is(shownPath(''), 'unnamed')
  assert.equal(['/mnt/media/a.mp4', '//server/a.mp4', '/', 'a.mp4'].map(sentPath), ['mnt/media/a.mp4', 'server/a.mp4', 'unnamed', 'a.mp4'])
  assert.ok(isJunkName('.DS_Store') && isJunkName('Thumbs.db') && isJunkName('clip.mp4.part') && !isJunkName('clip.mp4') && !isJunkName('MVI_0001.THM'))
})

test.run()
