import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { suite } from 'uvu'
import { InvalidMessageError } from '#protocols/errors.ts'
import { h265Packetiser, NAL265, readHvcC } from '#protocols/rtp/h265.ts'
import { parseRtp } from '#protocols/rtp/packet.ts'
import { depacketiserOf } from '#protocols/rtp/video-codecs.ts'

const test = suite('HEVC over RTP')

const nal = (type: number, bytes: number): Uint8Array => Buffer.concat([Buffer.from([type << 1, 1, 0x80]), randomBytes(Math.max(0, bytes - 3))])
const IDR = 19
const TRAIL = 1

test('what is put into packets comes out again, whatever its size', () => {
  for (let round = 0; round < 50; round++) {
    const maxBytes = randomInt(60, 1_200)
    const packetiser = h265Packetiser({ maxBytes, sequence: randomInt(65_536) })
    const depacketiser = depacketiserOf('H265', { reorderPackets: 0 })
    const pictures = Array.from({ length: 5 }, (_, i) => (i % 3 === 0 ? [nal(NAL265.vps, 24), nal(NAL265.sps, 40), nal(NAL265.pps, 8), nal(IDR, randomInt(4, 5_000))] : [nal(TRAIL, randomInt(4, 5_000))]))
    const packets = pictures.flatMap((nals, i) => packetiser.packets(nals, i * 3_000))
    assert.ok(packets.every(({ length }) => length <= maxBytes))
    const units = [...packets.flatMap((packet) => depacketiser.push(parseRtp(packet))), ...depacketiser.flush()]
    assert.deepEqual(units.map(({ nals }) => nals.map((each) => Buffer.from(each).toString('hex'))), pictures.map((nals) => nals.map((each) => Buffer.from(each).toString('hex'))))
    assert.deepEqual(units.map(({ keyframe, damaged, lost }) => [keyframe, damaged, lost]), pictures.map((_, i) => [i % 3 === 0, false, 0]))
  }
})

test('the parameter sets of an hvcC are read, and one that is cut short anywhere is refused', () => {
  const sets = [nal(NAL265.vps, 24), nal(NAL265.sps, 40), nal(NAL265.pps, 8)]
  const list = (set: Uint8Array): Buffer => Buffer.concat([Buffer.from([0x80 | (set[0]! >> 1), 0, 1, set.length >> 8, set.length & 0xff]), set])
  const hvcC = Buffer.concat([Buffer.from([1, ...Array.from({ length: 21 }, () => 0), sets.length]), ...sets.map(list)])
  assert.deepEqual(readHvcC(hvcC).map((set) => Buffer.from(set)), sets.map((set) => Buffer.from(set)))
  for (let length = 0; length < hvcC.length; length++) assert.throws(() => readHvcC(hvcC.subarray(0, length)), InvalidMessageError)
})

test.run()
