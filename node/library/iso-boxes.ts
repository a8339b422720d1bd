/** Boxes of ISO/IEC 14496-12 §4.2 inside a buffer. */

export interface Box {
  readonly type: string
  /** Without its header. */
  readonly bytes: Buffer
}

/** More boxes than this in one are not read. @default 10000 */
export const MAX_INNER_BOXES = 10_000

/** The boxes from `offset` on; one that reaches beyond the end is left out with all after it. */
export function boxesIn(bytes: Buffer, offset: number): Box[] {
  const boxes: Box[] = []
  for (let at = offset; at + 8 <= bytes.length && boxes.length < MAX_INNER_BOXES;) {
    const length = bytes.readUInt32BE(at)
    if (length < 8 || at + length > bytes.length) break
    boxes.push({ type: bytes.toString('latin1', at + 4, at + 8), bytes: bytes.subarray(at + 8, at + length) })
    at += length
  }
  return boxes
}
