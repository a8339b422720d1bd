import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'uvu'
import { InvalidMessageError } from '#protocols/errors.ts'
import { MAX_RTP_BYTES } from '#protocols/media.ts'
import type { AccessUnit } from '#protocols/rtp/depacketiser.ts'
import { h264Depacketiser } from '#protocols/rtp/h264-depacketiser.ts'
import { parseSps } from '#protocols/rtp/h264-sps.ts'
import { h264Packetiser, isKeyframe, joinAnnexB, joinAvcc, NAL, splitAnnexB, splitAvcc } from '#protocols/rtp/h264.ts'
import { buildRtp, parseRtp } from '#protocols/rtp/packet.ts'

const SIZES = [1, 2, 3, 1_187, 1_188, 1_189, 1_190, 2_374, 2_375, 20_000]

function nal(type: number, size: number, firstOfPicture = true): Uint8Array {
  const bytes = new Uint8Array(randomBytes(size)).map((byte) => byte || 1) // no zeros: no accidental start code
  bytes[0] = 0x60 | type
  if (size > 1) bytes[1] = firstOfPicture ? 0x80 | (bytes[1] as number) : 0x40
  return bytes
}

/** A picture: parameter sets before a keyframe, one to three slices of any size. */
function picture(key: boolean): Uint8Array[] {
  const slices = Array.from({ length: randomInt(1, 4) }, (_, i) => nal(key ? NAL.idr : NAL.slice, SIZES[randomInt(SIZES.length)] ?? 1, i === 0))
  return key ? [nal(NAL.sps, 20), nal(NAL.pps, 5), ...slices] : slices
}

function stream(pictures: number, sequence = randomInt(65_536), timestamp = randomInt(2 ** 32)): { units: Uint8Array[][]; packets: Uint8Array[] } {
  const packetiser = h264Packetiser({ sequence })
  const units = Array.from({ length: pictures }, (_, i) => picture(i % 10 === 0))
  return { units, packets: units.flatMap((nals, i) => packetiser.packets(nals, timestamp + i * 3_000)) }
}

function read(packets: Uint8Array[], reorderPackets?: number): AccessUnit[] {
  const depacketiser = h264Depacketiser({ reorderPackets })
  return [...packets.flatMap((packet) => depacketiser.push(parseRtp(packet))), ...depacketiser.flush()]
}

test('what is packetised comes back equal, over the wrap of sequence and time, each packet within the limit', () => {
  for (let round = 0; round < 20; round++) {
    const { units, packets } = stream(40, 65_500, 2 ** 32 - 30_000)
    assert.ok(packets.every((packet) => packet.length <= MAX_RTP_BYTES))
    const out = read(packets, round % 2 === 0 ? 0 : undefined)
    assert.deepEqual(out.map((unit) => unit.nals), units)
    assert.ok(out.every((unit, i) => !unit.damaged && unit.lost === 0 && unit.keyframe === (i % 10 === 0)))
    assert.deepEqual(out.map((unit) => unit.timestamp), units.map((_, i) => (2 ** 32 - 30_000 + i * 3_000) % 2 ** 32))
  }
})

test('packets out of order and doubled come back in order, once', () => {
  for (let round = 0; round < 20; round++) {
    const { units, packets } = stream(40)
    const shuffled = packets
      .map((packet, i) => ({ packet, at: i === 0 ? -10 : i + randomInt(8) }))
      .flatMap((entry) => (randomInt(10) === 0 ? [entry, { ...entry, at: entry.at + 3 }] : [entry]))
      .sort((a, b) => a.at - b.at)
      .map((entry) => entry.packet)
    assert.deepEqual(read(shuffled).map((unit) => unit.nals), units)
  }
})

test('an access unit that lost a packet is damaged; every whole one is right and knows of the loss before it', () => {
  for (let round = 0; round < 50; round++) {
    const { units, packets } = stream(60)
    const expected = new Map(units.map((nals) => [joinAnnexB(nals).join(), nals]))
    const kept = packets.filter((_, i) => i === 0 || randomInt(20) !== 0)
    const out = read(kept, round % 2 === 0 ? 0 : undefined)
    for (const unit of out) {
      if (unit.damaged) continue
      const whole = expected.has(joinAnnexB(unit.nals).join())
      // a keyframe may have lost its parameter sets only; then it says that packets are missing
      assert.ok(whole || (unit.keyframe && unit.lost > 0), 'a torn picture was called whole')
    }
    const lost = out.reduce((sum, unit) => sum + unit.lost, 0)
    const trailing = packets.length - 1 - packets.indexOf(kept.at(-1) as Uint8Array)
    assert.equal(lost, packets.length - kept.length - trailing)
  }
})

test('a stream that starts anew elsewhere is read on', () => {
  const first = stream(5, 100)
  const second = stream(5, 40_000)
  const out = read([...first.packets, ...second.packets], 0)
  assert.equal(out.length, 10)
  assert.ok((out[5] as AccessUnit).lost > 0)
  assert.deepEqual(out.slice(6).map((unit) => unit.nals), second.units.slice(1))
})

test('hostile payloads never throw and never give NALs of an impossible type', () => {
  const depacketiser = h264Depacketiser()
  for (let i = 0; i < 20_000; i++) {
    const payload = new Uint8Array(randomBytes(randomInt(30)))
    if (payload.length > 0 && i % 3 !== 0) payload[0] = [NAL.fuA, NAL.stapA, NAL.idr, 25, 29][randomInt(5)] as number
    const packet = parseRtp(buildRtp({ marker: randomInt(8) === 0, payloadType: 96, sequence: i + randomInt(4), timestamp: Math.floor(i / 10), ssrc: 0 }, payload))
    for (const unit of depacketiser.push(packet)) {
      for (const one of unit.nals) assert.ok((one[0] as number) % 32 >= 1 && (one[0] as number) % 32 < 24)
      assert.equal(unit.keyframe, isKeyframe(unit.nals))
    }
  }
  depacketiser.flush()
})

test('an endless fragment does not eat the memory', () => {
  const depacketiser = h264Depacketiser({ reorderPackets: 0 })
  const body = new Uint8Array(1_188)
  body[0] = 0x60 | NAL.fuA
  let held = 0
  for (let i = 0; i < 10_000; i++) {
    body[1] = i === 0 ? 0x85 : 0x05
    held += depacketiser.push(parseRtp(buildRtp({ marker: false, payloadType: 96, sequence: i, timestamp: 0, ssrc: 0 }, body.slice()))).length
  }
  const [unit] = depacketiser.flush()
  assert.equal(held, 0)
  assert.ok(unit?.damaged)
  assert.equal(unit?.nals.length, 0)
})

test('Annex-B and length-prefixed forms are two writings of the same NALs', () => {
  for (let i = 0; i < 50; i++) {
    const nals = picture(i % 2 === 0).map((one) => (one.length === 1 ? one : one.map((byte, at) => (at > 1 && at < one.length - 1 && at % 7 === 0 ? 0 : byte))))
    assert.deepEqual(splitAnnexB(joinAnnexB(nals)), nals)
    assert.deepEqual(splitAvcc(joinAvcc(nals)), nals)
  }
  assert.deepEqual(splitAnnexB(Uint8Array.of(9, 0, 0, 1, 0x65, 0x88, 0, 0, 0, 1, 0x41, 0x9a)), [Uint8Array.of(0x65, 0x88), Uint8Array.of(0x41, 0x9a)])
  assert.throws(() => splitAvcc(Uint8Array.of(0, 0, 0, 9, 1)), InvalidMessageError)
  assert.throws(() => splitAvcc(Uint8Array.of(0, 0)), InvalidMessageError)
})

test('a real parameter set gives size and profile, a cut one an error', () => {
  const read = (hex: string): unknown[] => {
    const { width, height, profileLevelId } = parseSps(Uint8Array.from(Buffer.from(hex, 'hex')))
    return [width, height, profileLevelId]
  }
  const baseline = '6742c01fda014016ec0440000003004000000f03c60ca8' // x264, 1280x720
  assert.deepEqual(read(baseline), [1280, 720, '42c01f'])
  assert.deepEqual(read('67640028acd940780227e5c044000003000400000300f03c60c658'), [1920, 1080, '640028']) // cropped from 1088
  for (let end = 0; end < 8; end++) assert.throws(() => read(baseline.slice(0, end * 2)), InvalidMessageError)
  for (let i = 0; i < 5_000; i++) {
    const bytes = new Uint8Array(randomBytes(randomInt(40)))
    bytes[0] = 0x67
    try {
      parseSps(bytes)
    } catch (err) {
      assert.ok(err instanceof InvalidMessageError, String(err))
    }
  }
})

test.run()
