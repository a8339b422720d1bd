import assert from 'node:assert/strict'
import type { Packet, Stream } from 'node-av/lib'
import { test } from 'uvu'
import { joinAnnexB, NAL, nalType } from '#protocols/rtp/h264.ts'
import { depacketiserOf } from '#protocols/rtp/video-codecs.ts'
import { parseRtp } from '#protocols/rtp/packet.ts'
import { type Bitstream, H264, H265 } from '../../../peer/sources/bitstream.ts'
import { NeedsTranscodeError } from '../../../peer/sources/capture.ts'
import { clockStep } from '../../../peer/sources/clock-step.ts'
import { trackWriter } from '../../../peer/sources/track-writer.ts'
import { passVideo } from '../../../peer/sources/video-path.ts'

const nal = (type: number, ...bytes: number[]): Uint8Array => Uint8Array.from([0x60 | type, ...bytes])
const parameterSets = (mark: number): Uint8Array[] => [nal(NAL.sps, mark, mark), nal(NAL.pps, mark)]
/** first_mb_in_slice 0 and slice_type 7, 5 and 6. */
const [I, P, B] = [nal(NAL.idr, 0x88, 1), nal(NAL.slice, 0x98, 1), nal(NAL.slice, 0x9c, 1)]

/** Sequence parameter sets of x265 without B-frames and with them, and the first bytes of its pictures. */
const [H265_IN_ORDER, H265_REORDERED, H265_KEY, H265_NEXT] = ['42010101600000030090000003000003003ca00a080f16592a4932bc05a02000000300200000030321', '42010101600000030090000003000003003ca00a080f16595924932bc05a02000003000200000300321', '2601af', '0201d0']
  .map((hex) => new Uint8Array(Buffer.from(hex, 'hex'))) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]

/** A stream whose description has parameter sets 1, and what comes out of it. */
function stream(kind: Bitstream = H264, described = parameterSets(1)): { write(seconds: number, ...nals: Uint8Array[]): void; out: Array<{ seconds: number; nals: Uint8Array[] }> } {
  const out: Array<{ seconds: number; nals: Uint8Array[] }> = []
  const depacketiser = depacketiserOf(kind === H264 ? 'H264' : 'H265', { reorderPackets: 0 })
  const writer = trackWriter((event) => {
    if (event.type !== 'packets') return
    for (const { rtp } of event.group.packets) out.push(...depacketiser.push(parseRtp(rtp)).map(({ timestamp, nals }) => ({ seconds: timestamp / 90_000, nals: [...nals] })))
  }, false, kind)
  const path = passVideo({ codecpar: { extradata: Buffer.from(joinAnnexB(described)) }, timeBase: { num: 1, den: 1_000 } } as unknown as Stream, writer, kind)
  return { out, write: (seconds, ...nals) => path.write({ pts: BigInt(seconds * 1_000), data: Buffer.from(joinAnnexB(nals)) } as unknown as Packet, 0) }
}

test('a camera whose senders’ reports move its time back a little is passed on, in order', () => {
  const { write, out } = stream()
  for (const [i, seconds] of [10, 10.04, 10.08, 10.02, 10.06, 10.1, 10.14].entries()) write(seconds, i === 0 ? I : P)
  const times = out.map(({ seconds }) => seconds)
  assert.equal(times.length, 7)
  assert.ok(times.every((seconds, i) => i === 0 || seconds > times[i - 1]!), times.join(' '))
  assert.ok(Math.abs(times.at(-1)! - 10.14) < 0.001, 'and its time is its own again as soon as that goes on')
})

test('a stream with B-frames is encoded', () => {
  const reordered = stream()
  reordered.write(10, I)
  reordered.write(10.12, P)
  assert.throws(() => reordered.write(10.04, B), NeedsTranscodeError)
})

test('HEVC whose time moves back a little is passed on where its parameter set says that no picture is reordered, and encoded else', () => {
  const times = [10, 10.04, 10.08, 10.02, 10.06, 10.1]
  for (const described of [[H265_IN_ORDER], [H265_REORDERED]]) { // what the stream says itself goes before what describes it
    const { write, out } = stream(H265, described)
    for (const [i, seconds] of times.entries()) write(seconds, ...(i === 0 ? [H265_IN_ORDER, H265_KEY] : [H265_NEXT]))
    assert.equal(out.length, times.length)
    assert.ok(out.every(({ seconds }, i) => i === 0 || seconds > out[i - 1]!.seconds))
  }
  for (const described of [[H265_REORDERED], []]) {
    const { write } = stream(H265, described)
    write(10, H265_KEY)
    assert.throws(() => write(9.96, H265_NEXT), NeedsTranscodeError)
  }
})

test('a clock that was set is told from time that passes, and from reports that move it a little', () => {
  const step = clockStep()
  assert.deepEqual([7_200, 7_200.04, 7_199, 7_205, 3_605, 3_605.04, 1_763_900_000].map(step), [0, 0, 0, 0, -3_600, 0, 1_763_896_394.96])
})

test('a clock that was set back by seconds was set: no reports and no B-frames move a picture so far', () => {
  const step = clockStep()
  assert.deepEqual([10, 10.04, 5.04, 5.08, 14, 12.6, 11.04].map(step).map((seconds) => Math.round(seconds * 100) / 100), [0, 0, -5, 0, 0, 0, -1.56])
})

test('parameter sets of the stream itself are newer than those of its description: a later keyframe has them, too', () => {
  const { write, out } = stream()
  write(1, I)
  write(2, ...parameterSets(2), I)
  write(3, I)
  const marks = out.map(({ nals }) => nals.filter((one) => nalType(one) === NAL.sps).map((one) => one[1]))
  assert.deepEqual(marks, [[1], [2], [2]])
})

test.run()
