/** Whether something moved between two pictures, by their brightness in blocks. Pure. */
import type { BlockAreas } from './motion-blocks.ts'

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

/** What changed from one picture to the next. */
export interface Change {
  /** Share of the blocks that count, 0 to 1; weighed by the sensitivity, so that the same threshold holds for all. */
  readonly share: number
  /** Names of the zones in which something changed. */
  readonly zones: readonly string[]
}

/** Light that changes everywhere alike is no motion. */
export function changeOf(before: Float32Array, after: Float32Array, { ignored, zones, gain }: BlockAreas = EVERYWHERE): Change {
  const counted = [...after.keys()].filter((block) => ignored[block] !== 1)
  const changes = counted.map((block) => after[block]! - before[block]!)
  const median = changes.toSorted((a, b) => a - b)[changes.length >> 1] ?? 0
  const changed = counted.filter((_, i) => Math.abs(changes[i]! - median) > BLOCK_CHANGE / gain)
  return { share: Math.min(1, changed.length * gain ** 2 / Math.max(1, counted.length)), zones: zones.filter(({ blocks }) => changed.some((block) => blocks[block] === 1)).map(({ name }) => name) }
}

const EVERYWHERE: BlockAreas = { ignored: new Uint8Array(BLOCKS_WIDE * BLOCKS_HIGH), zones: [], gain: 1 }

/** A picture is also compared with the one shown so long before it, in ms: what moves slowly changes little from one look to the next. @default 1000 */
export const COMPARED_MS = 1_000

/** A picture that was looked at. */
export interface Look { readonly atMs: number; readonly blocks: Float32Array }

/** What changed since the last look, or since the oldest of the last second. Nothing did in the first picture of a camera. */
export function changeSince(looks: readonly Look[], { atMs, blocks }: Look, areas?: BlockAreas): Change {
  const [oldest] = looks.filter((look) => atMs - look.atMs <= COMPARED_MS)
  const changes = [...new Set([looks.at(-1), oldest])].flatMap((look) => look === undefined ? [] : [changeOf(look.blocks, blocks, areas)])
  return { share: Math.max(0, ...changes.map(({ share }) => share)), zones: [...new Set(changes.flatMap(({ zones }) => zones))] }
}

/** The looks that the next one is compared with. */
export function remembered(looks: readonly Look[], look: Look): readonly Look[] {
  return [...looks.filter(({ atMs }) => look.atMs - atMs <= COMPARED_MS), look]
}
