/** Whether something moved between two pictures, by their brightness in blocks. Pure. */

/** Blocks of a picture, across and down. */
export const BLOCKS_WIDE = 32
export const BLOCKS_HIGH = 18
/** A block whose brightness (0 to 255) changed by more than this, beyond what the whole picture did, has changed. @default 10 */
export const BLOCK_CHANGE = 10
/** Pixels looked at in each direction: every so many. @default 4 */
const STEP = 4

/** Mean brightness of each block. */
export function blocksOf(luma: Uint8Array, width: number, height: number, stride: number): Float32Array {
  const sums = new Float32Array(BLOCKS_WIDE * BLOCKS_HIGH)
  const counts = new Uint32Array(sums.length)
  for (let y = 0; y < height; y += STEP) {
    const row = Math.floor(y * BLOCKS_HIGH / height) * BLOCKS_WIDE
    for (let x = 0; x < width; x += STEP) {
      const block = row + Math.floor(x * BLOCKS_WIDE / width)
      sums[block]! += luma[y * stride + x] ?? 0
      counts[block]!++
    }
  }
  return sums.map((sum, i) => sum / Math.max(1, counts[i]!))
}

/** Share of the blocks that changed, 0 to 1. Light that changes everywhere alike is no motion. */
export function changedShare(before: Float32Array, after: Float32Array): number {
  const changes = after.map((value, i) => value - before[i]!)
  const median = [...changes].sort((a, b) => a - b)[changes.length >> 1] ?? 0
  return changes.reduce((count, change) => count + Number(Math.abs(change - median) > BLOCK_CHANGE), 0) / changes.length
}
