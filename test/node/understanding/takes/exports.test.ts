// needs: xmllint
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import type { TakeAngleView, TakeView } from '#protocols/http.ts'
import { csvOf } from '../../../../node/understanding/takes/export-csv.ts'
import { fcpxmlOf } from '../../../../node/understanding/takes/export-fcpxml.ts'

const test = suite('takes for other programs')

const angle = (title: string, offsetMs: number, more: Partial<TakeAngleView> = {}): TakeAngleView => ({
  recording: 'a'.repeat(64), footage: null, title, name: title, kind: 'video', offsetMs, driftPpm: 0, by: 'sound', confidence: 0.9, durationMs: 10_000, framesPerSecond: 25, timecode: null, takenAtMs: null, hasSound: true, hasPoster: true, width: 1920, height: 1080, ...more
})
const take = (...angles: TakeAngleView[]): TakeView => ({ id: 't', name: 'A & "B" <\u0001c>', by: '', createdAtMs: 1, originMs: 0, durationMs: 20_000, angles, missing: 0, notes: [] })
const ask = (xml: string, path: string): string => execFileSync('/usr/bin/xmllint', ['--xpath', path, '-'], { input: xml }).toString().trim()

test('a multicam clip is well-formed whatever things are called, and each angle begins where it was recorded, to the frame', () => {
  const xml = fcpxmlOf(take(angle('wide.mp4', 0), angle('a<b>&"\u0000.mov', 7_330, { driftPpm: -40.5 }), angle('recorder.wav', 12_000, { kind: 'audio', framesPerSecond: null })))
  assert.equal(ask(xml, 'count(//mc-angle)'), '3')
  assert.equal(ask(xml, 'string(//multicam/mc-angle[2]/asset-clip/@name)'), 'a<b>&".mov')
  assert.deepEqual([ask(xml, 'string(//mc-angle[2]/gap/@duration)'), ask(xml, 'string(//mc-angle[2]/asset-clip/@offset)'), ask(xml, 'string(//mc-angle[1]/asset-clip/@offset)')], ['183/25s', '183/25s', '0s'])
  assert.equal(ask(xml, 'string(//mc-angle[2]//note)'), "Its clock runs -40.5 ppm beside the take's")
  assert.deepEqual([ask(xml, 'count(//asset[@hasVideo])'), ask(xml, 'string(//asset[2]/media-rep/@src)')], ['2', './a%3Cb%3E%26%22%00.mov'])
})

test('frames of NTSC are counted as they are', () => {
  const xml = fcpxmlOf(take(angle('a.mp4', 0, { framesPerSecond: 29.97 }), angle('b.mp4', 1_001, { framesPerSecond: 29.97 })))
  assert.deepEqual([ask(xml, 'string(//format/@frameDuration)'), ask(xml, 'string(//mc-angle[2]/asset-clip/@offset)')], ['1001/30000s', '30030/30000s'])
})

test('a list keeps its columns, and nothing in it is reckoned with', () => {
  const [head, first, second] = csvOf(take(angle('=cmd|"x",y', 0), angle('close, "b".mp4', 1_234.5678, { driftPpm: -12.345 }))).split('\r\n')
  assert.equal(head, 'title,recording,offset_seconds,drift_ppm,duration_seconds,by,confidence,timecode,frames_per_second,file')
  assert.ok(first?.startsWith('"\'=cmd|""x"",y",'))
  assert.equal(second, `"close, ""b"".mp4",${'a'.repeat(64)},1.234568,-12.35,10.000,sound,0.90,,25,"close, ""b"".mp4"`)
})

test('files are found by the names they are downloaded by, whatever people call them', () => {
  const called = take(angle('The answer: 1/2', 0, { name: 'C0001.MP4' }), angle('\ud83d', 0, { name: 'half \ud83d.mov' }))
  const xml = fcpxmlOf(called)
  assert.deepEqual([ask(xml, 'string(//asset[1]/media-rep/@src)'), ask(xml, 'string(//asset[1]/@name)'), ask(xml, 'string(//asset[2]/media-rep/@src)')], ['./C0001.MP4', 'The answer: 1/2', './half%20%EF%BF%BD.mov'])
  assert.match(csvOf(called), /^The answer: 1\/2,.*,C0001\.MP4\r$/m)
})

test.run()
