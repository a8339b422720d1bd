// needs: ffmpeg
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { openMedia } from '../../../../node/library/media-file.ts'
import { captionPairsOf } from '../../../../node/understanding/transcripts/captions/a53.ts'
import type { CaptionTrack } from '../../../../node/understanding/transcripts/captions/caption-tracks.ts'
import { Cea608Field } from '../../../../node/understanding/transcripts/captions/cea608.ts'
import { readCaptionTracks } from '../../../../node/understanding/transcripts/captions/read-tracks.ts'
import { ffmpeg } from '../../../support/ffmpeg.ts'
import { BS, command, CR, EDM, ENM, EOC, type Pair, RATE, RCL, RDC, readByFfmpeg, row, RU2, timed, words, writeHiddenCaptions } from '../../../support/hidden-captions.ts'
import { randomOf } from '../../../support/random.ts'

const test = suite('captions beside pictures')
const folder = await mkdtemp(join(tmpdir(), 'thatdam-hidden-captions-'))
test.after(async () => { await rm(folder, { recursive: true }) })

const popOn = (lines: readonly Pair[][]): Pair[] => [...command(RCL), ...command(ENM), ...lines.flat()]
const SCRIPT = timed([
  { at: 0, pairs: popOn([[...row(14), ...words('The café at dawn,')], [...row(15), ...words('quiet as ever.')]]) },
  { at: 45, pairs: command(EOC) },
  { at: 48, pairs: popOn([[...row(15), ...words('GULLS WAKE FIRST')]]) },
  { at: 90, pairs: command(EOC) },
  { at: 120, pairs: command(EDM) }
])

function read(path: string, demuxer: string): CaptionTrack[] {
  const media = openMedia(path, demuxer)
  try {
    return readCaptionTracks(media, () => {})
  } finally {
    media.close()
  }
}

const told = (tracks: readonly CaptionTrack[]): unknown[] => tracks.filter(({ cues }) => cues.length > 0).map(({ name, cues }) => [name, ...cues.map(({ fromMs, toMs, text }) => [Math.round(fromMs * RATE / 1000), Math.round(toMs * RATE / 1000), text])])

const EXPECTED = [['CC1 (CEA-608)', [45, 90, 'The café at dawn, quiet as ever.'], [90, 120, 'GULLS WAKE FIRST']]]

test('they are read from H.264 in MP4, as another decoder reads them', () => {
  const path = writeHiddenCaptions(folder, 'a.mp4', 5, SCRIPT)
  assert.deepEqual(told(read(path, 'mov')), EXPECTED)
  const theirs = readByFfmpeg(path)
  for (const text of ['The café at dawn,', 'quiet as ever.', 'GULLS WAKE FIRST']) assert.ok(theirs.includes(text), theirs)
})

test('also where another encoder wrote them: with pictures out of order in MPEG-TS, and in MPEG-2', () => {
  for (const [name, demuxer, ...codec] of [['b.ts', 'mpegts', 'libx264', '-bf', '3', '-a53cc', '1'], ['b.mkv', 'matroska', 'libx264', '-bf', '3', '-a53cc', '1'], ['c.ts', 'mpegts', 'mpeg2video', '-bf', '2', '-a53cc', '1']] as const) {
    ffmpeg('-i', join(folder, 'a.mp4'), '-c:v', ...codec, join(folder, name))
    assert.deepEqual(told(read(join(folder, name), demuxer)), EXPECTED, name)
  }
})

test('where pictures do not say when they are shown none are told, instead of letters in no order', () => {
  ffmpeg('-i', join(folder, 'a.mp4'), '-c:v', 'mpeg2video', '-bf', '2', '-a53cc', '1', join(folder, 'b.mpg'))
  assert.deepEqual(told(read(join(folder, 'b.mpg'), 'mpeg')), [])
})

test('the second field is another track', () => {
  const pairs = timed([{ at: 0, pairs: [...command(RCL, 0x15), ...command(0x60, 0x14), ...words('HOLA')] }, { at: 30, pairs: command(EOC, 0x15) }])
  assert.deepEqual(told(read(writeHiddenCaptions(folder, 'c.mp4', 3, pairs, 1), 'mov')).map((track) => (track as unknown[])[0]), ['CC3 (CEA-608)'])
})

test('a film without any is left after its first pictures', () => {
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=30:d=15', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', join(folder, 'd.mp4'))
  const media = openMedia(join(folder, 'd.mp4'), 'mov')
  let packets = 0
  const { read: readPacket } = media
  media.read = (packet) => { packets++; return readPacket(packet) }
  assert.deepEqual(readCaptionTracks(media, () => {}), [])
  media.close()
  assert.ok(packets < 450, `${packets} packets were read`)
})

function field(pairs: readonly Pair[]): Cea608Field {
  const one = new Cea608Field()
  for (const [i, [a, b]] of pairs.entries()) one.push(a, b, i * 100)
  one.end(pairs.length * 100)
  return one
}
const texts = (pairs: readonly Pair[], channel: 0 | 1 = 0): string[] => field(pairs).channels[channel].shown.map(({ text }) => text)

test('lines that roll up are told once each, those that are painted when they go', () => {
  assert.deepEqual(texts([...command(RU2), ...row(15), ...words('ONE LINE'), ...command(CR), ...words('AND NEXT'), ...command(CR), ...words('LAST')]), ['ONE LINE', 'AND NEXT', 'LAST'])
  assert.deepEqual(texts([...command(RDC), ...row(15), ...words('PAINTED'), ...command(EDM)]), ['PAINTED'])
})

test('codes that are sent twice count once, a letter is taken back, special ones stand for plain ones', () => {
  assert.deepEqual(texts([...command(RDC), ...row(15), ...words('BEACHS'), ...command(BS), ...words('ES'), ...command(EDM)]), ['BEACHES'])
  assert.deepEqual(texts([...command(RDC), ...row(15), ...words('MO'), ...command(0x32, 0x13), ...words('WE'), ...command(0x37, 0x11), ...command(EDM)]), ['MÖWE♪'])
})

test('channels of a field take turns and do not mix; text that is no caption is not told', () => {
  const both: Pair[] = [...command(RDC), ...row(15), ...words('FIRST '), ...command(RDC, 0x1c), ...row(15, 1), ...words('SECOND'), ...command(RDC), ...words('ONE'), ...command(EDM), ...command(EDM, 0x1c)]
  assert.deepEqual([texts(both, 0), texts(both, 1)], [['FIRST ONE'], ['SECOND']])
  assert.deepEqual(texts([...command(0x2a), ...words('STOCKS'), ...command(EDM)]), [])
})

test('what is said about the programme between captions is no caption', () => {
  const about: Pair[] = [[0x01, 0x03], ...words('EVENING NEWS'), [0x0f, 0x5a]]
  assert.deepEqual(texts([...command(RDC), ...row(15), ...words('RAIN '), ...about, ...command(RDC), ...words('TODAY'), ...command(EDM)]), ['RAIN TODAY'])
  assert.deepEqual(texts([...command(RDC), ...row(15), ...words('RAIN '), ...about, ...words('TODAY'), ...command(EDM)]), ['RAIN TODAY'])
})

test('whatever bytes come, it neither throws nor keeps more than it may', () => {
  const random = randomOf(11)
  const byte = (): number => Math.floor(random() * 256)
  for (let round = 0; round < 300; round++) {
    const one = new Cea608Field()
    for (let i = 0; i < 400; i++) one.push(byte(), byte(), i)
    one.end(400)
    for (const { shown } of one.channels) for (const { fromMs, toMs, text } of shown) assert.ok(fromMs <= toMs && text.length <= 15 * 33, text)
  }
  for (const codec of ['h264', 'hevc', 'mpeg2video']) {
    const pairsOf = captionPairsOf(codec, null)!
    for (let round = 0; round < 300; round++) {
      const head = [0, 0, 1, codec === 'mpeg2video' ? 0xb2 : codec === 'h264' ? 6 : 39 << 1, ...(codec === 'mpeg2video' ? [] : codec === 'h264' ? [4, byte()] : [1, 4, byte()]), ...(codec === 'mpeg2video' ? [] : [0xb5, 0, 0x31]), 0x47, 0x41, 0x39, 0x34, 3]
      assert.ok(pairsOf(Uint8Array.from([...head, ...Array.from({ length: byte() }, byte)])).length <= 31 * 8)
    }
  }
})

test.run()
