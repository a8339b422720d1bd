import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'uvu'
import { InvalidMessageError } from '#protocols/errors.ts'
import { parseAv1Sequence } from '#protocols/rtp/av1-sequence.ts'
import type { AccessUnit } from '#protocols/rtp/depacketiser.ts'
import { parseH265Sps } from '#protocols/rtp/h265-sps.ts'
import type { RtpPacket } from '#protocols/rtp/packet.ts'
import { beginsKeyframe, depacketiserOf, VIDEO_CODECS, type VideoCodec } from '#protocols/rtp/video-codecs.ts'
import { parseVp8Keyframe } from '#protocols/rtp/vp8.ts'
import { parseVp9Keyframe } from '#protocols/rtp/vp9.ts'

/** Payloads of one picture after another; the last of each has the marker. A payload given as undefined was lost. */
function read(codec: VideoCodec, pictures: ReadonlyArray<ReadonlyArray<readonly number[] | undefined>>): AccessUnit[] {
  const depacketiser = depacketiserOf(codec, { reorderPackets: 0 })
  let sequence = 65_530
  const units = pictures.flatMap((payloads, at) => payloads.flatMap((payload, i) => {
    const packet = { sequence: sequence++ & 0xffff, timestamp: at * 3_000, marker: i === payloads.length - 1, payload: Uint8Array.from(payload ?? []) }
    return payload === undefined ? [] : depacketiser.push(packet as unknown as RtpPacket)
  }))
  return [...units, ...depacketiser.flush()]
}

const seen = (units: readonly AccessUnit[]): unknown => units.map(({ nals, keyframe, damaged }) => [nals.map((nal) => [...nal]), keyframe, damaged])

const VP8_KEY = [0x10, 0, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xf0, 0]
test('VP8: frames are joined from their packets, whatever the descriptor says beside', () => {
  const units = read('VP8', [[[0x90, 0x80, 0x81, 0x23, ...VP8_KEY], [0x80, 0xf0, 5, 6, 7, 8, 9]], [[0x10, 0x11, 7]], [[0x00, 1]], [undefined, [0x00, 1, 2]]])
  assert.deepEqual(seen(units.slice(0, 2)), [[[[...VP8_KEY, 8, 9]], true, false], [[[0x11, 7]], false, false]])
  assert.ok(units.slice(2).every(({ damaged }) => damaged), 'a frame whose beginning is missing')
  assert.deepEqual(parseVp8Keyframe(Uint8Array.from(VP8_KEY)), { width: 320, height: 240, profile: 0 })
  assert.throws(() => parseVp8Keyframe(Uint8Array.of(1, 2, 3)), InvalidMessageError)
})

const VP9_KEY = [0x82, 0x49, 0x83, 0x42, 0x00, 0x13, 0xf0, 0x0e, 0xf6, 0x00]
test('VP9: pictures are joined from their packets; a second spatial layer is not taken for a picture of one', () => {
  const units = read('VP9', [[[0x8a, 0x01, 0x08, 0, ...VP9_KEY.slice(0, 5)], [0x84, 0x01, ...VP9_KEY.slice(5)]], [[0xcc, 0x80, 0x02, 0x86, 1]], [[0xa8, 3, 0, 0, ...VP9_KEY], [0xac, 3, 2, 0, 9]]])
  assert.deepEqual(seen(units.slice(0, 2)), [[[VP9_KEY], true, false], [[[0x86, 1]], false, false]])
  assert.equal(units[2]!.damaged, true)
  assert.deepEqual(parseVp9Keyframe(Uint8Array.from(VP9_KEY)), { profile: 0, bitDepth: 8, chroma: 1, fullRange: false, width: 320, height: 240 })
})

const AV1_SEQUENCE = Buffer.from('0a0b0000002d4cffb3cdaf9004', 'hex')
const AV1_FIRST = [0x78, 2, 0x12, 0, 4, 0x08, 1, 2, 3, 0x30, 0x10, 5]
test('AV1: OBUs get their sizes, those in several packets are joined, delimiters are left out', () => {
  const units = read('AV1', [[AV1_FIRST, [0x90, 6, 7]], [[0x10, 0x30, 0x90]], [AV1_FIRST], [AV1_FIRST, undefined, [0x90, 8]]])
  assert.deepEqual(seen(units.slice(0, 2)), [[[[0x0a, 3, 1, 2, 3], [0x32, 4, 0x10, 5, 6, 7]], true, false], [[[0x32, 1, 0x90]], false, false]])
  assert.ok(units.slice(2).every(({ damaged }) => damaged), 'an OBU that does not go on')
  assert.deepEqual(seen(read('AV1', [[[0x20, 9, 1]]])), [[[], false, true]], 'lengths that do not fit')
  const { width, height, profile, bitDepth } = parseAv1Sequence(AV1_SEQUENCE)
  assert.deepEqual({ width, height, profile, bitDepth }, { width: 1_280, height: 720, profile: 0, bitDepth: 8 })
  for (let end = 0; end < AV1_SEQUENCE.length - 2; end++) assert.throws(() => parseAv1Sequence(AV1_SEQUENCE.subarray(0, end)), InvalidMessageError)
})

const [VPS, SPS, PPS] = ['40010c01ffff01600000030090000003000003003c959809', '42010101600000030090000003000003003ca00a080f165959a4932bc05a020000030002000003003c10', '4401c172b46240'].map((text) => [...Buffer.from(text, 'hex')]) as [number[], number[], number[]]
test('HEVC: NALs alone, aggregated and in fragments', () => {
  const aggregate = [0x60, 1, ...[VPS, SPS, PPS].flatMap((nal) => [0, nal.length, ...nal])]
  const units = read('H265', [[aggregate, [0x62, 1, 0x93, 0xaf, 1], [0x62, 1, 0x53, 2, 3]], [[0x02, 1, 0xd0, 5]], [[0x62, 1, 0x93, 0xaf, 1]], [[0x60, 1, 0, 99, 1]]])
  assert.deepEqual(seen(units.slice(0, 2)), [[[VPS, SPS, PPS, [0x26, 1, 0xaf, 1, 2, 3]], true, false], [[[0x02, 1, 0xd0, 5]], false, false]])
  assert.ok(units.slice(2).every(({ damaged }) => damaged))
  const { width, height, chroma, lumaBits, temporalLayers, reorderedPictures } = parseH265Sps(Uint8Array.from(SPS))
  assert.deepEqual({ width, height, chroma, lumaBits, temporalLayers, reorderedPictures }, { width: 320, height: 240, chroma: 1, lumaBits: 8, temporalLayers: 1, reorderedPictures: 2 })
})

test('what begins a keyframe is told from the payload alone', () => {
  const begin: Record<VideoCodec, number[][]> = { H264: [[0x65, 1], [0x67, 1], [0x7c, 0x85, 1]], H265: [VPS, [0x26, 1, 1], [0x62, 1, 0x93, 1]], VP8: [VP8_KEY.toSpliced(0, 0, 0x10)], VP9: [[0x08, 0x82]], AV1: [AV1_FIRST] }
  const go: Record<VideoCodec, number[][]> = { H264: [[0x41, 1], [0x7c, 0x45, 1]], H265: [[0x02, 1, 1], [0x62, 1, 0x13, 1]], VP8: [[0x10, 1], [0x00, 0], [0x11, 0]], VP9: [[0x48, 0], [0x04, 0], [0x28, 2, 0]], AV1: [[0x10, 0x30], [0x90, 1]] }
  for (const codec of VIDEO_CODECS) {
    for (const payload of begin[codec]) assert.equal(beginsKeyframe(codec, Uint8Array.from(payload)), true, `${codec} ${payload}`)
    for (const payload of go[codec]) assert.equal(beginsKeyframe(codec, Uint8Array.from(payload)), false, `${codec} ${payload}`)
    assert.equal(beginsKeyframe(codec, new Uint8Array()), false)
  }
})

test('hostile payloads of any codec are damaged pictures and no errors', () => {
  for (const codec of VIDEO_CODECS) {
    for (let round = 0; round < 500; round++) {
      const payloads = Array.from({ length: 4 }, () => Array.from(randomBytes(1 + randomInt(24))))
      for (const payload of payloads) beginsKeyframe(codec, Uint8Array.from(payload))
      read(codec, [payloads])
    }
  }
})

test.run()
