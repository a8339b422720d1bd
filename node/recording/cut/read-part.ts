/** The samples of a part that `partSegment` wrote. No I/O. */
import { InvalidMessageError } from '#protocols/errors.ts'
import { type BoxAt, boxesIn } from '../boxes.ts'
import { AUDIO_TRACK, type Sample, VIDEO_TRACK } from '../fmp4.ts'

/** Samples of one part at most. @default 20000 */
export const MAX_PART_SAMPLES = 20_000
const ROW_BYTES = 16
const KEY_FLAG = 0x02000000

/** A sample and when it is decoded, in ticks of its track since the session began. */
export interface TimedSample extends Sample {
  readonly time: number
}

export interface PartSamples {
  readonly video: readonly TimedSample[]
  readonly audio: readonly TimedSample[]
}

/** @throws InvalidMessageError when it is none of ours */
export function readPart(bytes: Buffer): PartSamples {
  const [moof] = boxesIn(bytes, 0, bytes.length)
  if (moof?.type !== 'moof') throw notOurs()
  const tracks = new Map(boxesIn(bytes, moof.content, moof.end).filter(({ type }) => type === 'traf').map((traf) => readFragment(bytes, traf)))
  return { video: tracks.get(VIDEO_TRACK) ?? [], audio: tracks.get(AUDIO_TRACK) ?? [] }
}

function readFragment(bytes: Buffer, traf: BoxAt): [number, TimedSample[]] {
  const inner = boxesIn(bytes, traf.content, traf.end)
  const find = (type: string): BoxAt => inner.find((box) => box.type === type) ?? fail()
  const run = find('trun')
  const count = bytes.readUInt32BE(run.content + 4)
  if (count > MAX_PART_SAMPLES || run.content + 12 + count * ROW_BYTES > run.end) throw notOurs()
  let time = Number(bytes.readBigUInt64BE(find('tfdt').content + 4))
  let data = bytes.readUInt32BE(run.content + 8)
  const samples = Array.from({ length: count }, (_, i): TimedSample => {
    const row = run.content + 12 + i * ROW_BYTES
    const size = bytes.readUInt32BE(row + 4)
    if (data + size > bytes.length) throw notOurs()
    const sample = { time, duration: bytes.readUInt32BE(row), bytes: bytes.subarray(data, data + size), key: (bytes.readUInt32BE(row + 8) & KEY_FLAG) !== 0, offset: bytes.readInt32BE(row + 12) }
    time += sample.duration
    data += size
    return sample
  })
  return [bytes.readUInt32BE(find('tfhd').content + 4), samples]
}

const notOurs = (): InvalidMessageError => new InvalidMessageError('MP4: not a part of ours')

function fail(): never {
  throw notOurs()
}
