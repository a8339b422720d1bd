/** Several parameter sets in one avcC (ISO/IEC 14496-15 section 5.3.3.1), told apart by their ids. Pure. */
import { NAL, nalType, readAvcC } from '#protocols/rtp/h264.ts'
import { u16, u8 } from '../boxes.ts'

/** Largest id of a sequence parameter set (H.264 section 7.4.2.1.1). */
const MAX_ID = 31

export interface ParameterSets {
  readonly sps: readonly Uint8Array[]
  readonly pps: readonly Uint8Array[]
}

/** The avcC with more sets in it. */
export function addParameterSets(avcC: Buffer, more: ParameterSets): Buffer {
  const { sps, pps, rest } = readAvcC(avcC)
  const list = (head: number, sets: readonly Uint8Array[]): Uint8Array[] => [u8(head | sets.length), ...sets.flatMap((set) => [u16(set.length), set])]
  return Buffer.concat([avcC.subarray(0, 5), ...list(0xe0, [...sps, ...more.sps]), ...list(0, [...pps, ...more.pps]), rest])
}

/** Ids that none of these sets has, the highest first. */
export function freeIds(used: readonly ParameterSets[]): number[] {
  const taken = new Set(used.flatMap(({ sps, pps }) => [...sps, ...pps].map(idOf)))
  return Array.from({ length: MAX_ID + 1 }, (_, i) => MAX_ID - i).filter((id) => !taken.has(id))
}

/** The first Exp-Golomb number of a PPS, or of an SPS after its profile and level. */
function idOf(nal: Uint8Array): number {
  const start = nalType(nal) === NAL.sps ? 4 : 1
  const bits = [...nal.subarray(start, start + 4)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const zeros = bits.indexOf('1')
  return zeros < 0 ? 0 : Number.parseInt(bits.slice(zeros, 2 * zeros + 1), 2) - 1
}
